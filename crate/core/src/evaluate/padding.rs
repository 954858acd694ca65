//! Padding that follows from sizes, of which the engine would lay the odd row at the wrong end, or with another
//! number than is meant.

use crate::graph::proto::NodeProto;
use crate::graph::{Graph, Shapes, ints, text};

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
    text(node, "auto_pad").filter(|how| how.starts_with("SAME_"))?;
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
    let is_lower = text(node, "auto_pad").is_some_and(|how| how == "SAME_LOWER");
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
    let stated = ints(node, "kernel_shape", &[]);
    let window: Vec<i64> = if stated.is_empty() {
        graph.constant_shape(node.input.get(1)?)?.iter().skip(2).map(|size| *size as i64).collect()
    } else {
        stated
    };
    let one = vec![1; window.len()];
    let (strides, dilations) = (ints(node, "strides", &one), ints(node, "dilations", &one));
    let added = ints(node, "output_padding", &vec![0; window.len()]);
    let total = |axis: usize| {
        let reach = window.get(axis)?.checked_sub(1)?.checked_mul(*dilations.get(axis)?)?.checked_add(1)?;
        let steps = i64::try_from(*short.get(axis)?).ok()?.checked_sub(1)?;
        let taken = steps.checked_mul(*strides.get(axis)?)?.checked_add(reach)?;
        let taken = taken.checked_add(*added.get(axis)?)?;
        Some(taken.saturating_sub(i64::try_from(*long.get(axis)?).ok()?))
    };
    (0..window.len()).map(total).collect()
}
