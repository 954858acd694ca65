//! How much a file may ask for. Checked before anything of that size is allocated.

use super::ImportError;
use crate::graph::{Graph, elements_of};

/// Largest model file: 64 MB.
pub const FILE_BYTES: usize = 64_000_000;
/// Most weights in a model: 20 million.
pub(super) const PARAMETERS: usize = 20_000_000;
/// Most nodes in a graph.
pub(super) const NODES: usize = 20_000;
/// Most tensors in a graph.
pub(super) const TENSORS: usize = 10_000;
/// Most axes of a tensor.
pub(super) const AXES: usize = 8;
/// Longest name, in bytes.
pub(super) const NAME_BYTES: usize = 1024;

/// Checks a file's size.
///
/// # Errors
/// [`ImportError::Limit`].
pub fn check_file(name: &str, bytes: usize) -> Result<(), ImportError> {
    check(name, bytes, FILE_BYTES, "bytes")
}

pub(crate) fn check_graph(name: &str, graph: &Graph) -> Result<(), ImportError> {
    let proto = graph.proto();
    check(name, proto.node.len(), NODES, "operators")?;
    check(name, proto.initializer.len(), TENSORS, "tensors")?;
    let mut parameters = 0_usize;
    for tensor in &proto.initializer {
        check(name, tensor.dims.len(), AXES, "axes in one tensor")?;
        check(name, tensor.name.len(), NAME_BYTES, "bytes in one name")?;
        parameters = parameters.saturating_add(elements_of(&tensor.dims).unwrap_or(usize::MAX));
        check(name, parameters, PARAMETERS, "weights")?;
    }
    for tensor in &proto.sparse_initializer {
        check(name, elements_of(&tensor.dims).unwrap_or(usize::MAX), PARAMETERS, "weights")?;
    }
    let attributes = proto.node.iter().flat_map(|n| &n.attribute).filter_map(|a| a.sparse_tensor.as_ref());
    for tensor in attributes {
        check(name, elements_of(&tensor.dims).unwrap_or(usize::MAX), PARAMETERS, "weights")?;
    }
    proto.node.iter().try_for_each(|n| check(name, n.name.len(), NAME_BYTES, "bytes in one name"))
}

pub(super) fn check(name: &str, found: usize, most: usize, what: &str) -> Result<(), ImportError> {
    if found <= most {
        return Ok(());
    }
    let reason = format!("it has {found} {what}, at most {most} are possible");
    Err(ImportError::Limit { name: name.into(), reason })
}
