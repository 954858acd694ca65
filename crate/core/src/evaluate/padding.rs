//! Padding that follows from sizes, of which the engine would lay the odd row at the wrong end, or with another
//! number than is meant.

use crate::graph::proto::NodeProto;
use crate::graph::{Axis, Graph, Padding, Shapes, Window, ints};

const LEFT_OUT: &str = "its auto_pad leaves rows out, as its strides are longer than its window, and programs differ \
                        in which these are; export it with pads in numbers";

const TOGETHER: &str = "the engine mixes the samples of its batch where the file says how many there are; export it \
                        with an open batch, or with a batch of 1";

/// Why `node`, whose values have these `shapes`, would come out wrong for several samples that its file wants at once.
pub(super) fn mixes(shapes: &Shapes, node: &NodeProto) -> Option<&'static str> {
    let samples = shapes.get(node.input.first()?)?.first()?;
    (node.op_type == "ConvInteger" && *samples > 1).then_some(TOGETHER)
}

/// Why the padding of `node`, whose values have these `shapes`, would come out wrong where it is not stated in
/// numbers.
pub(super) fn misjudged(graph: &Graph, shapes: &Shapes, node: &NodeProto) -> Option<&'static str> {
    Padding::automatic(node).ok().flatten().filter(Padding::is_same)?;
    let totals = totals(graph, shapes, node);
    let leaves_out = |rows: i64| totals.iter().flatten().any(|total| *total < -rows);
    match node.op_type.as_str() {
        "AveragePool" | "MaxPool" if leaves_out(1) => Some(LEFT_OUT),
        "Conv" | "ConvInteger" if leaves_out(2) => Some(LEFT_OUT),
        "ConvInteger" if totals.as_ref().is_none_or(|totals| totals.iter().any(|total| *total > 0)) => Some(
            "the engine pads it with another number than its zero point where its padding follows from sizes; \
             export it with pads in numbers",
        ),
        _ => None,
    }
}

/// Whether `node`, whose values have these `shapes`, pads more in front than behind without saying so in numbers, or
/// may: the engine takes `SAME_LOWER` for `SAME_UPPER`.
pub(super) fn is_uneven(graph: &Graph, shapes: &Shapes, node: &NodeProto) -> bool {
    let is_lower = Padding::automatic(node) == Ok(Some(Padding::SameLower));
    let is_even = |total: &i64| *total <= 0 || total % 2 == 0;
    is_lower && !totals(graph, shapes, node).is_some_and(|totals| totals.iter().all(is_even))
}

/// By how much each axis is padded, below 0 where the windows leave rows out; `None` where that cannot be told.
fn totals(graph: &Graph, shapes: &Shapes, node: &NodeProto) -> Option<Vec<i64>> {
    let sizes = |name: Option<&String>| shapes.get(name?)?.get(2..);
    let (mut short, mut long) = (sizes(node.output.first())?, sizes(node.input.first())?);
    if node.op_type == "ConvTranspose" {
        std::mem::swap(&mut short, &mut long);
    }
    let window = if ints(node, "kernel_shape", &[]).is_empty() {
        Window::of(node, graph.constant_shape(node.input.get(1)?)?.get(2..)?)
    } else {
        Window::stated(node)
    };
    let added = ints(node, "output_padding", &[]);
    let total = |(at, axis): (usize, &Axis)| {
        let excess = axis.excess(*long.get(at)?, *short.get(at)?);
        excess.checked_add(added.get(at).copied().unwrap_or(0))
    };
    window.ok()?.axes.iter().enumerate().map(total).collect()
}
