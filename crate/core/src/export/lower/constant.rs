//! Constants and attributes as the lowering needs them.

use super::Reason;
use crate::export::artifact::program::{Border, Geometry};
use crate::graph::proto::NodeProto;
use crate::graph::{Constant, Graph, Padding, conv_geometry, ints, to_i64};
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
    if !(1..=2).contains(&axes) {
        return Err(format!("it works along {axes} axes"));
    }
    let (strides, dilations, padding) = conv_geometry(node, axes);
    let pair = |values: &[i64], least: i64| -> Result<(usize, usize), Reason> {
        let get = |i: usize| values.get(i).copied().filter(|v| *v >= least);
        let wrong = || "its attributes do not fit its axes".to_owned();
        let last = usize::try_from(get(axes - 1).ok_or_else(wrong)?).map_err(|_| wrong())?;
        if axes == 1 {
            return Ok((usize::try_from(least).unwrap_or(1), last));
        }
        Ok((usize::try_from(get(0).ok_or_else(wrong)?).map_err(|_| wrong())?, last))
    };
    let kernel = if axes == 1 { (1, kernel[0]) } else { (kernel[0], kernel[1]) };
    let mut geometry = Geometry {
        kernel,
        stride: pair(&strides, 1)?,
        dilation: pair(&dilations, 1)?,
        groups,
        pads: Border::default(),
    };
    geometry.pads = match padding {
        Padding::Explicit(pads) => {
            let (begins, ends) = pads.split_at(pads.len() / 2);
            let ((top, left), (bottom, right)) = (pair(begins, 0)?, pair(ends, 0)?);
            Border { top, left, bottom, right }
        }
        Padding::Automatic(name) => automatic(&name, &geometry, input)?,
    };
    super::checked(geometry)
}

/// Padding so that every step of the stride has a place: ONNX's `SAME_UPPER` and `SAME_LOWER`.
fn automatic(name: &str, geometry: &Geometry, (h, w): (usize, usize)) -> Result<Border, Reason> {
    let reach = geometry.reach();
    let along = |size: usize, reach: usize, stride: usize| {
        let all = ((size.div_ceil(stride) - 1) * stride + reach).saturating_sub(size);
        let half = all / 2;
        if name == "SAME_LOWER" { (all - half, half) } else { (half, all - half) }
    };
    match name {
        "VALID" => Ok(Border::default()),
        "SAME_UPPER" | "SAME_LOWER" => {
            let (top, bottom) = along(h, reach.0, geometry.stride.0);
            let (left, right) = along(w, reach.1, geometry.stride.1);
            Ok(Border { top, left, bottom, right })
        }
        other => Err(format!("its padding '{other}' is not known")),
    }
}
