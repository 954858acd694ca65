//! Model files: bytes to [`Graph`], with what is wrong said in one sentence.

mod external;
mod limit;
mod normalise;
mod order;
mod problem;
mod tflite;

pub use limit::check_file;
pub use problem::{Effect, Problem};

use crate::graph::proto::NodeProto;
use crate::graph::{Graph, GraphError};
use crate::whole;
use limit::{check_graph, too_large};
use sepal_onnx::census::{self, CensusError};
use sepal_tflite::is_tflite;
use std::collections::BTreeSet;

/// The oldest operator set that is read.
pub const OLDEST_OPSET: i64 = 7;
/// Faults of one kind that are named; the others are counted.
const MOST_FAULTS: usize = 5;

/// Why a model cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Not a file of the format, or a broken one.
    #[error("{name} is not a readable {format} model: {reason}")]
    Malformed {
        /// The file's name.
        name: String,
        /// The format that it seems to be in.
        format: &'static str,
        /// What was found.
        reason: String,
    },
    /// Valid, but not for Sepal.
    #[error("{name} cannot be used: {reason}")]
    Unsupported {
        /// The file's name.
        name: String,
        /// What is not supported.
        reason: String,
    },
    /// Files that hold its weights are not there.
    #[error("{name} is not complete: {reason}")]
    Missing {
        /// The file's name.
        name: String,
        /// Which files, and what to do.
        reason: String,
    },
    /// Larger than Sepal takes.
    #[error("{name} is too large: {reason}")]
    Limit {
        /// The file's name.
        name: String,
        /// Which limit, and by how much.
        reason: String,
    },
}

impl ImportError {
    /// What the user can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Malformed { format: "TensorFlow Lite", .. } => "Convert the model to .tflite again.",
            Self::Malformed { .. } => "Export the model as .onnx again.",
            Self::Unsupported { .. } => "Export it again, as ONNX with opset 13 or newer.",
            Self::Missing { .. } => "Exported as one file, with its weights inside, it needs no other.",
            Self::Limit { .. } => "Sepal is made for small models; try a smaller one.",
        }
    }
}

/// A model that was read.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The model as an ONNX graph.
    pub graph: Graph,
    /// The file's format, for people.
    pub format: String,
    /// What is not supported in it.
    pub problems: Vec<Problem>,
}

/// Which of some files (names and bytes) is the model; the others hold its weights.
pub fn main_file(files: &[(String, Vec<u8>)]) -> usize {
    let is_model = |(name, bytes): &(String, Vec<u8>)| {
        is_tflite(bytes) || name.rsplit('.').next().is_some_and(|end| end.eq_ignore_ascii_case("onnx"))
    };
    files.iter().position(is_model).unwrap_or(0)
}

/// Reads a model from its files (names and bytes), ONNX or TensorFlow Lite; ONNX weights may lie in files
/// of their own.
///
/// # Errors
/// What is wrong with them, in one sentence.
pub fn model(mut files: Vec<(String, Vec<u8>)>) -> Result<Imported, ImportError> {
    let main = main_file(&files);
    let all = files.iter().fold(0_usize, |sum, (_, bytes)| sum.saturating_add(bytes.len()));
    let (name, bytes) = if files.is_empty() { Default::default() } else { files.swap_remove(main) };
    let name = name.as_str();
    check_file(name, all)?;
    if is_tflite(&bytes) {
        whole::required();
        let imported = tflite::model(name, &bytes)?;
        check_graph(name, &imported.graph)?;
        order::check(name, &imported.graph)?;
        return Ok(imported);
    }
    let (graph, differing) = onnx_with(name, bytes, &files)?;
    let format = format!("ONNX, opset {}", graph.opset());
    Ok(Imported { graph, format, problems: differing.into_iter().collect() })
}

/// Reads the ONNX file `bytes`, called `name` in messages.
///
/// # Errors
/// What is wrong with it, in one sentence.
pub fn onnx(name: &str, bytes: Vec<u8>) -> Result<Graph, ImportError> {
    Ok(onnx_with(name, bytes, &[])?.0)
}

/// The paths, from a model's folder, of the files that hold weights of it; none where `bytes` are no model.
pub fn weight_files(bytes: &[u8]) -> BTreeSet<String> {
    if is_tflite(bytes) {
        return BTreeSet::new();
    }
    decode("", bytes.to_vec()).map(|graph| external::names(&graph)).unwrap_or_default()
}

fn decode(name: &str, bytes: Vec<u8>) -> Result<Graph, ImportError> {
    check_file(name, bytes.len())?;
    sniff(name, &bytes)?;
    census::check(&bytes).map_err(|error| match error {
        CensusError::Malformed(_) => malformed(name, "it is damaged or cut short".into()),
        CensusError::TooMany(many) => too_large(name, many),
    })?;
    Graph::decode(bytes).map_err(|error| {
        let reason = match error {
            GraphError::Malformed(_) => "it is damaged or cut short".into(),
            other => other.to_string(),
        };
        malformed(name, reason)
    })
}

fn onnx_with(
    name: &str,
    bytes: Vec<u8>,
    beside: &[(String, Vec<u8>)],
) -> Result<(Graph, Option<Problem>), ImportError> {
    let graph = decode(name, bytes)?;
    check_graph(name, &graph)?;
    order::check(name, &graph)?;
    let broken = |error: GraphError| malformed(name, error.to_string());
    let graph = match external::inline(name, &graph, beside)? {
        Some(edit) => graph.edited(edit).map_err(broken)?,
        None => graph,
    };
    check_supported(name, &graph)?;
    let differing = normalise::differing(&graph);
    let graph = normalise::normalise(graph).map_err(broken)?;
    // Functions bring nodes of their own.
    check_supported(name, &graph)?;
    check_graph(name, &graph)?;
    order::check(name, &graph)?;
    Ok((graph, differing))
}

/// Names the usual mix-ups by their first bytes, before protobuf makes nonsense of them.
fn sniff(name: &str, bytes: &[u8]) -> Result<(), ImportError> {
    let looks = match bytes {
        [] => "the file is empty",
        [0x89, b'P', b'N', b'G', ..] => "it is a PNG picture",
        [0xff, 0xd8, 0xff, ..] => "it is a JPEG picture",
        [b'P', b'K', 3, 4, ..] => "it is a zip archive (a PyTorch or Keras file, perhaps)",
        [0x89, b'H', b'D', b'F', ..] => "it is an HDF5 file (Keras, perhaps)",
        [b'{' | b'<' | b'#', ..] => "it is a text file",
        bytes if bytes.iter().take(64).all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace()) => {
            "it is a text file"
        }
        _ => return Ok(()),
    };
    Err(malformed(name, looks.into()))
}

fn malformed(name: &str, reason: String) -> ImportError {
    ImportError::Malformed { name: name.into(), format: "ONNX", reason }
}

/// What every operator has, and this one lacks.
fn missing(node: &NodeProto) -> &'static str {
    if node.op_type.is_empty() { "type" } else { "output" }
}

/// All that is wrong at once, in one sentence.
fn check_supported(name: &str, graph: &Graph) -> Result<(), ImportError> {
    let told = |faults: Vec<String>| faults.join("; ");
    let faults = malformations(graph);
    if !faults.is_empty() {
        return Err(malformed(name, told(faults)));
    }
    let mut faults = Vec::new();
    match graph.opset() {
        0 => {
            faults
                .push("it does not say which opset it uses, or has only operators from outside ONNX".into());
        }
        opset if opset < OLDEST_OPSET => {
            faults.push(format!("it uses opset {opset}, older than {OLDEST_OPSET}"));
        }
        _ => {}
    }
    if graph.proto().output.is_empty() {
        faults.push("it declares no outputs".into());
    }
    let reason = told(faults);
    if reason.is_empty() { Ok(()) } else { Err(ImportError::Unsupported { name: name.into(), reason }) }
}

/// What no ONNX graph is without.
fn malformations(graph: &Graph) -> Vec<String> {
    if graph.nodes().is_empty() {
        return vec!["it holds no operators".into()];
    }
    let bare = graph.nodes().iter().filter(|node| node.output.is_empty() || node.op_type.is_empty());
    let faults = bare.map(|node| format!("its operator '{}' has no {}", node.name, missing(node)));
    let mut faults: Vec<String> = faults.collect();
    let more = faults.len().saturating_sub(MOST_FAULTS);
    if more > 0 {
        faults.truncate(MOST_FAULTS);
        faults.push(format!("and {more} more like these"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::{ImportError, onnx};

    #[test]
    fn mix_ups_are_named() {
        let cases: [(&[u8], &str); 4] = [
            (b"", "empty"),
            (b"\x89PNG\r\n\x1a\n", "PNG"),
            (b"label,pixel0,pixel1\n", "text file"),
            (&[0x0a, 0xff, 0xff], "damaged"),
        ];
        for (bytes, expected) in cases {
            let error = onnx("model.onnx", bytes.to_vec()).unwrap_err();
            assert!(matches!(error, ImportError::Malformed { .. }));
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn truncation_anywhere_is_an_error_and_never_a_panic() {
        let whole = include_bytes!("../../../../www/public/model/watch-cnn.onnx");
        assert!(onnx("whole", whole.to_vec()).is_ok());
        for length in (0..whole.len()).step_by(61) {
            assert!(onnx("cut", whole[..length].to_vec()).is_err(), "{length} bytes");
        }
    }
}
