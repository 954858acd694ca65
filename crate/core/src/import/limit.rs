//! Checks a decoded model against the limits.

use super::ImportError;
use crate::graph::{Graph, elements_of};
use sepal_limit::{AXES, FILE_BYTES, NAME_BYTES, NODES, PARAMETERS, TENSORS, TooMany};

/// Checks a file's size.
///
/// # Errors
/// [`ImportError::Limit`].
pub fn check_file(name: &str, bytes: usize) -> Result<(), ImportError> {
    FILE_BYTES.check(bytes).map_err(|error| too_large(name, error))
}

pub(crate) fn check_graph(name: &str, graph: &Graph) -> Result<(), ImportError> {
    check_counts(graph).map_err(|error| too_large(name, error))
}

pub(crate) fn too_large(name: &str, error: TooMany) -> ImportError {
    ImportError::Limit { name: name.into(), reason: error.to_string() }
}

fn check_counts(graph: &Graph) -> Result<(), TooMany> {
    let proto = graph.proto();
    NODES.check(proto.node.len())?;
    TENSORS.check(proto.initializer.len())?;
    let mut parameters = 0_usize;
    for tensor in &proto.initializer {
        AXES.check(tensor.dims.len())?;
        NAME_BYTES.check(tensor.name.len())?;
        parameters = parameters.saturating_add(elements_of(&tensor.dims).unwrap_or(usize::MAX));
        PARAMETERS.check(parameters)?;
    }
    let attributes = proto.node.iter().flat_map(|n| &n.attribute).filter_map(|a| a.sparse_tensor.as_ref());
    for tensor in proto.sparse_initializer.iter().chain(attributes) {
        AXES.check(tensor.dims.len())?;
        parameters = parameters.saturating_add(elements_of(&tensor.dims).unwrap_or(usize::MAX));
        PARAMETERS.check(parameters)?;
    }
    proto.node.iter().try_for_each(|node| NAME_BYTES.check(node.name.len()))
}
