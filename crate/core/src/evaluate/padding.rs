//! Padding of which the engine would lay the odd row at the wrong end.

use crate::graph::proto::NodeProto;
use crate::graph::{Graph, Shapes, ints, text};

/// Whether `node`, whose values have these `shapes`, pads more in front than behind without saying so in numbers, or
/// may: the engine takes `SAME_LOWER` for `SAME_UPPER`.
pub(super) fn is_uneven(graph: &Graph, shapes: &Shapes, node: &NodeProto) -> bool {
    let is_lower = text(node, "auto_pad").is_some_and(|how| how == "SAME_LOWER");
    is_lower && is_even(graph, shapes, node) != Some(true)
}

/// Whether all axes are padded by an even number; `None` where that cannot be told.
fn is_even(graph: &Graph, shapes: &Shapes, node: &NodeProto) -> Option<bool> {
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
    let total = |axis: usize| {
        let reach = window.get(axis)?.checked_sub(1)?.checked_mul(*dilations.get(axis)?)?.checked_add(1)?;
        let steps = i64::try_from(*short.get(axis)?).ok()?.checked_sub(1)?;
        let taken = steps.checked_mul(*strides.get(axis)?)?.checked_add(reach)?;
        Some(taken.saturating_sub(i64::try_from(*long.get(axis)?).ok()?).max(0))
    };
    let totals: Vec<i64> = (0..window.len()).map(total).collect::<Option<_>>()?;
    Some(totals.iter().all(|total| total % 2 == 0))
}
