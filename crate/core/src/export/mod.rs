//! What leaves Sepal: the compressed ONNX file, the same as `TFLite`, and the artifact for a device.

pub mod artifact;
pub mod lower;
pub mod package;
pub mod tflite;

use crate::compress::{CompressError, Parts, Sparsity, densify, rewrite};
use crate::graph::{Edit, Graph, GraphError, Layer};

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
    #[error("the device runtime does not know {}", .0.join("; "))]
    Unsupported(Vec<String>),
    /// What cannot be said in a `TFLite` file, all of it.
    #[error("it cannot be written as TFLite because of {}", .0.join("; "))]
    Tflite(Vec<String>),
}

/// The model with each listed layer replaced by its parts, as an ONNX file.
///
/// [`Sparsity::Dense`] gives the form that our evaluation reads (sparse tensors of the original are
/// filled up too), [`Sparsity::Stored`] the download. Without changes the download is the file itself.
///
/// # Errors
/// A layer that cannot be rewritten, which is a bug.
pub fn onnx(graph: &Graph, changes: &[(&Layer, &Parts)], sparsity: Sparsity) -> Result<Vec<u8>, ExportError> {
    let mut edit = match sparsity {
        Sparsity::Dense => densify(graph)?,
        Sparsity::Stored => Edit::default(),
    };
    for (layer, parts) in changes {
        edit.merge(rewrite(graph, layer, parts, sparsity)?);
    }
    Ok(graph.encode(&edit)?)
}
