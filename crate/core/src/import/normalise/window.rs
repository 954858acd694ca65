//! What convolutions and pools leave unsaid, said: the engine wants the size of a window, or its strides.

use crate::graph::proto::NodeProto;
use crate::graph::{Edit, Graph, Shapes, declared_shapes, find, ints, new_ints, text};

/// The edit of all of `graph`.
pub(super) fn state(graph: &Graph) -> Edit {
    let shapes = declared_shapes(graph);
    let nodes = graph.nodes().iter().enumerate();
    let stated = nodes.filter_map(|(index, node)| Some((index, vec![stated(graph, &shapes, node)?])));
    Edit { replace: stated.collect(), ..Edit::default() }
}

/// `node` with all that it leaves out, where it leaves something out.
fn stated(graph: &Graph, shapes: &Shapes, node: &NodeProto) -> Option<NodeProto> {
    let convolution = matches!(node.op_type.as_str(), "Conv" | "ConvInteger" | "ConvTranspose");
    let pool = matches!(node.op_type.as_str(), "MaxPool" | "AveragePool");
    let said = |name: &str| find(node, name).is_some_and(|attribute| !attribute.ints.is_empty());
    let how = text(node, "auto_pad").unwrap_or_default();
    let lower = how == "SAME_LOWER";
    // Around integers the engine would not lay their zero point.
    let to_pad = lower || how == "SAME_UPPER" && node.op_type == "ConvInteger";
    // The engine takes the strides of a convolution as 1 where its window's size is stated.
    let is_said = said(if convolution { "kernel_shape" } else { "strides" });
    if !node.domain.is_empty() || !(convolution || pool) || is_said && !to_pad {
        return None;
    }
    let of_weights = || {
        let name = node.input.get(1)?;
        let folded = || graph.fold(name).ok().map(|folded| folded.value.shape().to_vec());
        Some(graph.constant_shape(name).or_else(folded)?.get(2..)?.to_vec())
    };
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
    if to_pad {
        let size = node.input.first().and_then(|name| shapes.get(name)?.get(2..));
        if let Some(totals) = totals(&node, &window, &strides, size) {
            let front = |total: &i64| if lower { total - total / 2 } else { total / 2 };
            let pads: Vec<i64> =
                totals.iter().map(front).chain(totals.iter().map(|total| total - front(total))).collect();
            node.attribute.retain(|attribute| attribute.name != "auto_pad");
            node.attribute.push(new_ints("pads", &pads));
        } else if is_said {
            return None;
        }
    }
    Some(node)
}

/// By how much `SAME_LOWER`, which the engine lays as `SAME_UPPER`, and `SAME_UPPER` pad each axis. Where there are
/// strides, it needs the input's `size`; what stays as it is runs where the padding is even.
fn totals(node: &NodeProto, window: &[i64], strides: &[i64], size: Option<&[usize]>) -> Option<Vec<i64>> {
    if node.op_type == "ConvTranspose" {
        return None;
    }
    let dilations = ints(node, "dilations", &vec![1; window.len()]);
    let total = |axis: usize| {
        let (window, stride) = (*window.get(axis)?, *strides.get(axis)?);
        let reach = window.checked_sub(1)?.checked_mul(*dilations.get(axis)?)?;
        if stride == 1 {
            return Some(reach);
        }
        // Sizes that the file leaves open are declared as 1.
        let size = i64::try_from(*size?.get(axis)?).ok().filter(|size| *size > 1 && stride > 0)?;
        let steps = (size - 1) / stride;
        let total = steps.checked_mul(stride)?.checked_add(reach)?.checked_add(1)?.saturating_sub(size);
        // Where more is left out than a row, which rows these are is not agreed on.
        (total >= -1).then_some(total.max(0))
    };
    (0..window.len()).map(total).collect()
}
