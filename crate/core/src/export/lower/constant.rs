//! Constants and attributes as the lowering needs them.

use super::Reason;
use crate::export::artifact::program::{Border, Geometry};
use crate::graph::proto::NodeProto;
use crate::graph::{Axis, Constant, Graph, Window, ints, to_i64};
use ndarray::ArrayD;

/// The constant called `name` as float32.
pub(super) fn floats(graph: &Graph, name: &str) -> Option<ArrayD<f32>> {
    graph.fold(name).ok().map(|folded| folded.value)
}

/// The constant integers called `name`.
pub(super) fn integers(graph: &Graph, name: &str) -> Option<Vec<i64>> {
    let Constant::Dense(tensor) = graph.constant(name)? else { return None };
    to_i64(tensor)
}

/// One value per channel of a constant that a value with `count` channels is combined with: a scalar, or as many
/// values along the channel axis, which is the one `from_end` counted from the end.
pub(super) fn per_channel(values: &ArrayD<f32>, from_end: usize, count: usize) -> Option<Vec<f32>> {
    if values.len() == 1 {
        return Some(vec![*values.first()?; count]);
    }
    let along = values.shape().get(values.ndim().checked_sub(from_end)?) == Some(&count);
    (along && values.len() == count).then(|| values.iter().copied().collect())
}

/// The order of the axes that a Transpose makes.
pub(super) fn permutation(node: &NodeProto) -> Option<Vec<usize>> {
    let order = ints(node, "perm", &[]);
    let order: Option<Vec<usize>> = order.iter().map(|&axis| usize::try_from(axis).ok()).collect();
    order.filter(|order| !order.is_empty())
}

/// The filter of a convolution or pooling node with `kernel` along its axes, on `input` rows and
/// columns.
pub(super) fn geometry(
    node: &NodeProto,
    kernel: &[usize],
    groups: usize,
    input: (usize, usize),
) -> Result<Geometry, Reason> {
    let axes = kernel.len();
    let sizes = [input.0, input.1];
    let sizes = sizes.get(2_usize.saturating_sub(axes)..).filter(|_| (1..=2).contains(&axes));
    let sizes = sizes.ok_or_else(|| format!("it works along {axes} axes"))?;
    let window = Window::of(node, kernel)?;
    let lone = Axis { kernel: 1, stride: 1, dilation: 1 };
    let (down, along) = match window.axes[..] {
        [down, along] => (down, along),
        _ => (lone, window.axes[0]),
    };
    let ([top, bottom], [left, right]) = match window.pads(sizes)[..] {
        [rows, columns] => (rows, columns),
        ref pads => ([0, 0], pads[0]),
    };
    super::checked(Geometry {
        kernel: (down.kernel, along.kernel),
        stride: (down.stride, along.stride),
        dilation: (down.dilation, along.dilation),
        groups,
        pads: Border { top, left, bottom, right },
    })
}
