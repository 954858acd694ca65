//! What convolutions and pools leave unsaid, said: the engine wants the size of a window, or its strides.

use crate::graph::proto::NodeProto;
use crate::graph::{Edit, Graph, find, ints, new_ints, text};

/// The edit of all of `graph`.
pub(super) fn state(graph: &Graph) -> Edit {
    let nodes = graph.nodes().iter().enumerate();
    let stated = nodes.filter_map(|(index, node)| Some((index, vec![stated(graph, node)?])));
    Edit { replace: stated.collect(), ..Edit::default() }
}

/// `node` with all that it leaves out, where it leaves something out.
fn stated(graph: &Graph, node: &NodeProto) -> Option<NodeProto> {
    let convolution = matches!(node.op_type.as_str(), "Conv" | "ConvTranspose");
    let pool = matches!(node.op_type.as_str(), "MaxPool" | "AveragePool");
    let said = |name: &str| find(node, name).is_some_and(|attribute| !attribute.ints.is_empty());
    let lower = text(node, "auto_pad").is_some_and(|how| how == "SAME_LOWER");
    // The engine takes the strides of a convolution as 1 where its window's size is stated.
    let is_said = said(if convolution { "kernel_shape" } else { "strides" }) && !lower;
    if !node.domain.is_empty() || !(convolution || pool) || is_said {
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
    if lower {
        let pads = lower_pads(&node, &window, &strides)?;
        node.attribute.retain(|attribute| attribute.name != "auto_pad");
        node.attribute.push(new_ints("pads", &pads));
    }
    Some(node)
}

/// The padding that `SAME_LOWER` means, which the engine lays as for `SAME_UPPER`. Known without the input's
/// size where there are no strides.
fn lower_pads(node: &NodeProto, window: &[i64], strides: &[i64]) -> Option<Vec<i64>> {
    if node.op_type == "ConvTranspose" || strides.iter().any(|&stride| stride != 1) {
        return None;
    }
    let dilations = ints(node, "dilations", &vec![1; window.len()]);
    let total = |(size, dilation): (&i64, &i64)| size.checked_sub(1)?.checked_mul(*dilation);
    let totals: Vec<i64> = window.iter().zip(&dilations).map(total).collect::<Option<_>>()?;
    Some(totals.iter().map(|total| total - total / 2).chain(totals.iter().map(|total| total / 2)).collect())
}
