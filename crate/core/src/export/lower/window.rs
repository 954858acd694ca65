//! Pools.

use super::constant::{geometry, integers};
use super::order::Order;
use super::{Lowerer, Reason};
use crate::export::artifact::program::{Border, Geometry, Operation, PoolKind, TensorId};
use crate::graph::proto::NodeProto;
use crate::graph::{int, ints};

/// Windows along rows or columns of `size` elements.
struct Along {
    size: usize,
    before: usize,
    after: usize,
    kernel: usize,
    stride: usize,
}

impl Along {
    fn both(geometry: &Geometry, (h, w): (usize, usize)) -> [Self; 2] {
        let Geometry { kernel, stride, pads, .. } = *geometry;
        let (top, bottom, left, right) = (pads.top, pads.bottom, pads.left, pads.right);
        [
            Self { size: h, before: top, after: bottom, kernel: kernel.0, stride: stride.0 },
            Self { size: w, before: left, after: right, kernel: kernel.1, stride: stride.1 },
        ]
    }

    /// Whether there are `count` windows. With `ceil` a last one may begin before what is behind the input
    /// and end behind it.
    fn has(&self, count: usize, ceil: bool) -> bool {
        let rest = (self.size + self.before + self.after) as i64 - self.kernel as i64;
        let stride = self.stride as i64;
        let (whole, all) = (rest.div_euclid(stride) + 1, -(-rest).div_euclid(stride) + 1);
        let begins_inside = (count.saturating_sub(1)) * self.stride < self.size + self.before;
        count as i64 == whole || (ceil && count as i64 == all && begins_inside)
    }

    /// Whether each of `count` windows has an element of the input.
    fn is_filled(&self, count: usize) -> bool {
        self.kernel > self.before && (count - 1) * self.stride < self.size + self.before
    }

    /// Whether the last of `count` windows ends behind the padding.
    fn overhangs(&self, count: usize) -> bool {
        (count - 1) * self.stride + self.kernel > self.size + self.before + self.after
    }
}

impl Lowerer<'_> {
    pub(super) fn pool(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.input(node, 0)?;
        let source = &self.program.tensors[input];
        let size = (source.h, source.w);
        let kernel: Option<Vec<usize>> =
            ints(node, "kernel_shape", &[]).iter().map(|&k| usize::try_from(k).ok()).collect();
        let geometry = geometry(node, &kernel.unwrap_or_default(), 1, size)?;
        if geometry.dilation != (1, 1) {
            return Err("its window is dilated".into());
        }
        if node.output.len() > 1 && node.output.get(1).is_some_and(|name| !name.is_empty()) {
            return Err("it also gives places".into());
        }
        let (_, h, w) = super::chw(self.shape(&node.output[0])?)?;
        let [rows, columns] = Along::both(&geometry, size);
        let ceil = int(node, "ceil_mode", 0) != 0;
        if !rows.has(h, ceil) || !columns.has(w, ceil) {
            return Err("its output has another size than its window gives".into());
        }
        if !rows.is_filled(h) || !columns.is_filled(w) {
            return Err("one of its windows lies in the padding alone".into());
        }
        let counted = int(node, "count_include_pad", 0) != 0 && geometry.pads != Border::default();
        if node.op_type == "MaxPool" {
            return self.pooled(node, input, PoolKind::Max, geometry);
        }
        if counted && (rows.overhangs(h) || columns.overhangs(w)) {
            // Padding is counted and what is behind it is not: zeros of the input's own, and no padding.
            let name = format!("{}.padded", node.output[0]);
            let input = self.enlarged(input, &name, geometry.pads);
            let geometry = Geometry { pads: Border::default(), ..geometry };
            return self.pooled(node, input, PoolKind::Average, geometry);
        }
        let kind = if counted { PoolKind::AveragePadded } else { PoolKind::Average };
        self.pooled(node, input, kind, geometry)
    }

    pub(super) fn global_pool(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = if node.op_type == "ReduceMean" {
            self.check_mean(node)?;
            self.any_input(node, 0)?
        } else {
            self.input(node, 0)?
        };
        let source = &self.program.tensors[input];
        let kernel = (source.h, source.w);
        let kind = if node.op_type == "GlobalMaxPool" { PoolKind::Max } else { PoolKind::Average };
        let geometry = Geometry { kernel, stride: (1, 1), ..Geometry::pointwise() };
        self.pooled(node, input, kind, geometry)
    }

    /// Means are known over all axes but batch and channel.
    fn check_mean(&self, node: &NodeProto) -> Result<(), Reason> {
        let axes = match node.input.get(1) {
            Some(name) => integers(self.graph, name).unwrap_or_default(),
            None => ints(node, "axes", &[]),
        };
        let name = node.input.first().ok_or("it lacks an input")?;
        let (shape, frame) = (self.shape(name)?, self.frame(name)?);
        let mut axes: Vec<i64> = axes.iter().map(|axis| axis.rem_euclid(shape.len().max(1) as i64)).collect();
        axes.sort_unstable();
        let is_over = |axis: usize| axes.iter().any(|over| usize::try_from(*over) == Ok(axis));
        // Axes of size 1 may be among them or not.
        let fits = |axis: usize| match frame.of(axis) {
            Some(0) => shape.get(axis) == Some(&1) || !is_over(axis),
            _ => shape.get(axis) == Some(&1) || is_over(axis),
        };
        let fits = !axes.is_empty() && !is_over(0) && (1..shape.len()).all(fits);
        if fits { Ok(()) } else { Err(format!("it is a mean over axes {axes:?}")) }
    }

    fn pooled(
        &mut self,
        node: &NodeProto,
        input: TensorId,
        kind: PoolKind,
        geometry: Geometry,
    ) -> Result<(), Reason> {
        let source = &self.program.tensors[input];
        let (channels, from, size) = (source.c, source.quantisation, (source.h, source.w));
        let name = &node.output[0];
        let (h, w) = if geometry.kernel == size && geometry.pads == Border::default() {
            (1, 1)
        } else {
            let (_, h, w) = super::chw(self.shape(name)?)?;
            (h, w)
        };
        let quantisation = self.quantisation(name);
        let output = self.tensor(name, (channels, h, w), quantisation);
        // Windows that the border cuts have counts of their own, and keep the scale.
        let clipped = kind == PoolKind::Average && {
            let exact = geometry.pads == Border::default();
            let [rows, columns] = Along::both(&geometry, size);
            !exact || rows.overhangs(h) || columns.overhangs(w)
        };
        if kind == PoolKind::Max || clipped {
            self.program.tensors[output].quantisation = from;
        }
        self.program.operations.push(Operation::Pool { input, output, kind, geometry });
        self.publish(name, output, Order::plain(channels * h * w))
    }
}

#[cfg(test)]
mod tests {
    use super::Along;

    #[test]
    fn a_last_window_begins_before_what_is_behind_the_input() {
        let along =
            |size, [before, after]: [usize; 2], kernel, stride| Along { size, before, after, kernel, stride };
        // Windows as PyTorch and onnxruntime count them.
        assert!(along(5, [0, 0], 2, 2).has(3, true) && !along(5, [0, 0], 2, 2).has(3, false));
        assert!(along(1, [0, 0], 2, 2).has(1, true) && !along(1, [0, 0], 2, 2).has(1, false));
        assert!(!along(4, [1, 1], 2, 3).has(3, true), "it would begin in the padding behind");
        assert!(along(5, [0, 0], 2, 2).overhangs(3) && !along(5, [0, 1], 2, 2).overhangs(3));
        assert!(!along(3, [2, 0], 2, 1).is_filled(4), "the first lies in the padding");
    }
}
