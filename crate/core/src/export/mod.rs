//! What leaves Sepal: the compressed ONNX file, the same as `TFLite`, and the artifact for a device.

pub mod artifact;
mod evaluation;
mod interface;
pub mod lower;
pub mod package;
pub mod tflite;
mod unsigned;

pub use evaluation::{dense, evaluated, evaluation, needed_nodes, whole};
pub use interface::Interface;

use crate::compress::{CompressError, Form, Parts, rewrite};
use crate::graph::{Edit, Editing, Graph, GraphError, Layer};
use std::fmt;
use unsigned::write_unsigned;

/// Why nothing can be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExportError {
    /// The graph cannot be rewritten.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// The layers cannot be compressed as asked.
    #[error(transparent)]
    Compress(#[from] CompressError),
    /// What the device format cannot hold.
    #[error("'{node}' cannot be exported for a device: {message}")]
    Artifact {
        /// The layer or value.
        node: String,
        /// What is wrong with it.
        message: String,
    },
    /// Operators that the device runtime lacks, all of them.
    #[error("the device runtime does not know {}", sentence(.0))]
    Unsupported(Vec<Missing>),
    /// What cannot be said in a `TFLite` file, all of it.
    #[error("it cannot be written as TFLite because of {}", .0.join("; "))]
    Tflite(Vec<String>),
}

/// What the device runtime lacks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The node, or an input or output.
    pub node: String,
    /// Its operator, or what else it is.
    pub op: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} '{}' ({})", self.op, self.node, self.reason)
    }
}

fn sentence(missing: &[Missing]) -> String {
    missing.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The model with each listed layer replaced by its parts, as an ONNX file for download: what changes is stored
/// as small as ONNX allows, and no weights are left that ONNX Runtime's kernels clip.
///
/// # Errors
/// A layer that cannot be rewritten, which is a bug.
pub fn onnx(graph: &Graph, changes: &[(&Layer, &Parts)]) -> Result<Vec<u8>, ExportError> {
    let mut edit = Edit::default();
    for (layer, parts) in changes {
        edit.merge_layer(rewrite(graph, layer, parts, Form::Stored)?, graph);
    }
    write_unsigned(graph, &mut edit);
    Ok(graph.encode(&edit)?)
}
