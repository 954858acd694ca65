//! What convolutions and pools leave unsaid, said: the engine wants the size and the strides of their windows.

use super::maker::Made;
use crate::graph::proto::NodeProto;
use crate::graph::{Graph, find, ints, new_ints};

/// What takes the place of `node`.
pub(super) fn replacement(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let convolution = matches!(node.op_type.as_str(), "Conv" | "ConvTranspose");
    let pool = matches!(node.op_type.as_str(), "MaxPool" | "AveragePool");
    let said = |name: &str| find(node, name).is_some_and(|attribute| !attribute.ints.is_empty());
    if !node.domain.is_empty() || !(convolution || pool) || (said("kernel_shape") && said("strides")) {
        return None;
    }
    let of_weights = || Some(graph.constant_shape(node.input.get(1)?)?.get(2..)?.to_vec());
    let window: Vec<i64> = if said("kernel_shape") {
        ints(node, "kernel_shape", &[])
    } else {
        let shape = of_weights().filter(|_| convolution)?;
        shape.into_iter().map(i64::try_from).collect::<Result<_, _>>().ok()?
    };
    let strides = ints(node, "strides", &vec![1; window.len()]);
    let mut node = node.clone();
    node.attribute.retain(|attribute| !["kernel_shape", "strides"].contains(&attribute.name.as_str()));
    node.attribute.extend([new_ints("kernel_shape", &window), new_ints("strides", &strides)]);
    Some(Made { nodes: vec![node], ..Made::default() })
}
