//! What convolutions and pools leave unsaid, said: the engine wants the size of a window, or its strides.

use crate::graph::operator::Slides;
use crate::graph::proto::NodeProto;
use crate::graph::{
    Axis, Edit, Graph, Known, Padding, Shapes, Window, declared_shapes, find, ints, new_ints, new_pads,
};

/// The edit of all of `graph`.
pub(super) fn state(graph: &Graph) -> Edit {
    let shapes = declared_shapes(graph);
    let nodes = graph.nodes().iter().enumerate();
    let stated = nodes.filter_map(|(index, node)| Some((index, vec![stated(graph, &shapes, node)?])));
    Edit { replace: stated.collect(), ..Edit::default() }
}

/// `node` with all that it leaves out, where it leaves something out.
fn stated(graph: &Graph, shapes: &Shapes, node: &NodeProto) -> Option<NodeProto> {
    let convolution = node.facts().slides? == Slides::Filter;
    let said = |name: &str| find(node, name).is_some_and(|attribute| !attribute.ints.is_empty());
    // Around integers the engine would not lay their zero point.
    let to_pad = match Padding::automatic(node) {
        Ok(Some(Padding::SameLower)) => true,
        Ok(Some(Padding::SameUpper)) => node.op_type == "ConvInteger",
        _ => false,
    };
    // The engine takes the strides of a convolution as 1 where its window's size is stated.
    let is_said = said(if convolution { "kernel_shape" } else { "strides" });
    if is_said && !to_pad {
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
        if let Some(pads) = pads(&node, &window, size) {
            node.attribute.retain(|attribute| attribute.name != "auto_pad");
            node.attribute.push(new_pads(&pads));
        } else if is_said {
            return None;
        }
    }
    Some(node)
}

/// What `SAME_LOWER`, which the engine lays as `SAME_UPPER`, and `SAME_UPPER` lay around each axis. Where there are
/// strides, it needs the input's `sizes`; what stays as it is runs where the padding is even.
fn pads(node: &NodeProto, kernel: &[i64], sizes: Option<&[usize]>) -> Option<Vec<[usize; 2]>> {
    if node.op_type == "ConvTranspose" {
        return None;
    }
    let kernel: Vec<usize> =
        kernel.iter().map(|size| usize::try_from(*size)).collect::<Result<_, _>>().ok()?;
    let window = Window::of(node, &kernel).ok()?;
    let total = |(at, axis): (usize, &Axis)| {
        if axis.stride == 1 {
            return Some(axis.reach() - 1);
        }
        // Sizes that the file leaves open are declared as 1.
        let size = *sizes?.get(at).filter(|size| **size > 1)?;
        let excess = axis.excess(size, axis.steps(size));
        // Where more is left out than a row, which rows these are is not agreed on.
        (excess >= -1).then(|| usize::try_from(excess).unwrap_or(0))
    };
    let totals = window.axes.iter().enumerate().map(total);
    totals.map(|total| Some(window.padding.halves(total?))).collect()
}
