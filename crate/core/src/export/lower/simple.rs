//! Operators without weights.

use super::constant::{floats, geometry, integers, permutation};
use super::{Lowerer, Reason};
use crate::export::artifact::program::{
    Activation, Border, Function, Geometry, Operation, PoolKind, Precision, Quantisation, Tensor, TensorId,
};
use crate::graph::proto::NodeProto;
use crate::graph::{find, int, ints};

impl<'a> Lowerer<'a> {
    /// Sums and products: of a value and a constant, or of two values.
    pub(super) fn arithmetic(&mut self, node: &'a NodeProto) -> Result<(), Reason> {
        let known: Vec<TensorId> =
            node.input.iter().filter_map(|name| self.values.get(name).copied()).collect();
        match (known[..].iter().as_slice(), node.op_type.as_str()) {
            ([only], _) => {
                let name = node.input.iter().find(|name| self.values.contains_key(*name)).cloned();
                self.channelwise(node, *only, &name.unwrap_or_default())
            }
            ([a, b], "Add" | "Sub") => self.add(node, [*a, *b]),
            ([a, b], "Mul") => self.mul(node, [*a, *b]),
            _ => Err("its inputs are computed".into()),
        }
    }

    /// The larger one first; the other must repeat along whole axes.
    fn broadcast(&self, [a, b]: [TensorId; 2]) -> Result<(TensorId, TensorId, bool), Reason> {
        let dim = |id: TensorId| {
            let tensor = &self.program.tensors[id];
            [tensor.c, tensor.h, tensor.w]
        };
        let repeats = |small: TensorId, large: TensorId| {
            dim(small).iter().zip(dim(large)).all(|(s, l)| *s == l || *s == 1)
        };
        match (repeats(b, a), repeats(a, b)) {
            (true, _) => Ok((a, b, false)),
            (_, true) => Ok((b, a, true)),
            _ => Err("its inputs have shapes that do not fit each other".into()),
        }
    }

    fn add(&mut self, node: &'a NodeProto, ids: [TensorId; 2]) -> Result<(), Reason> {
        let (a, b, swapped) = self.broadcast(ids)?;
        let subtract = node.op_type == "Sub";
        if subtract && swapped {
            return Err("it subtracts a larger value from a smaller one".into());
        }
        let mut name = node.output[0].clone();
        let mut activation = Activation::None;
        if let Some((index, next)) = self.only_reader(&name) {
            let found = match next.op_type.as_str() {
                "Relu" => Some(Activation::Relu),
                "Clip" => self.clip(next),
                _ => None,
            };
            let float = self.precision == Precision::Float;
            if let Some(found) = found.filter(|f| !float || !matches!(f, Activation::Clip(..))) {
                activation = found;
                self.done.insert(index);
                name.clone_from(&next.output[0]);
            }
        }
        let output = self.output(&name)?;
        self.program.operations.push(Operation::Add { a, b, output, subtract, activation });
        Ok(())
    }

    fn mul(&mut self, node: &NodeProto, ids: [TensorId; 2]) -> Result<(), Reason> {
        let (a, b, _) = self.broadcast(ids)?;
        let output = self.output(&node.output[0])?;
        self.program.operations.push(Operation::Mul { a, b, output });
        Ok(())
    }

    pub(super) fn pool(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.input(node, 0)?;
        let source = self.program.tensors[input].clone();
        let kernel: Option<Vec<usize>> =
            ints(node, "kernel_shape", &[]).iter().map(|&k| usize::try_from(k).ok()).collect();
        let geometry = geometry(node, &kernel.unwrap_or_default(), 1, (source.h, source.w))?;
        if geometry.dilation != (1, 1) {
            return Err("its window is dilated".into());
        }
        if node.output.len() > 1 && node.output.get(1).is_some_and(|name| !name.is_empty()) {
            return Err("it also gives places".into());
        }
        let kind = match (node.op_type.as_str(), int(node, "count_include_pad", 0)) {
            ("MaxPool", _) => PoolKind::Max,
            (_, 0) => PoolKind::Average,
            _ => PoolKind::AveragePadded,
        };
        self.pooled(node, input, kind, geometry)
    }

    pub(super) fn global_pool(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.input(node, 0)?;
        let source = &self.program.tensors[input];
        let kernel = (source.h, source.w);
        if node.op_type == "ReduceMean" {
            self.check_mean(node)?;
        }
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
        let ndim = self.shapes.get(&node.input[0]).map_or(0, Vec::len) as i64;
        let mut axes: Vec<i64> = axes.iter().map(|axis| axis.rem_euclid(ndim.max(1))).collect();
        axes.sort_unstable();
        let wanted: Vec<i64> = (2..ndim).collect();
        if axes == wanted && ndim > 2 { Ok(()) } else { Err(format!("it is a mean over axes {axes:?}")) }
    }

    fn pooled(
        &mut self,
        node: &NodeProto,
        input: TensorId,
        kind: PoolKind,
        geometry: Geometry,
    ) -> Result<(), Reason> {
        let output = self.output(&node.output[0])?;
        let source = &self.program.tensors[input];
        let (from, size) = (source.quantisation, (source.h, source.w));
        // Windows that the border cuts have counts of their own, and keep the scale.
        let clipped = kind == PoolKind::Average && {
            let exact = geometry.pads == Border::default();
            let tensor = &self.program.tensors[output];
            let last = |out: usize, stride: usize, kernel: usize| (out - 1) * stride + kernel;
            let inside = last(tensor.h, geometry.stride.0, geometry.kernel.0) <= size.0
                && last(tensor.w, geometry.stride.1, geometry.kernel.1) <= size.1;
            !(exact && inside)
        };
        if kind == PoolKind::Max || clipped {
            self.program.tensors[output].quantisation = from;
        }
        self.program.operations.push(Operation::Pool { input, output, kind, geometry });
        Ok(())
    }

    pub(super) fn function(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let alpha = |default: f32| find(node, "alpha").and_then(|a| a.f).unwrap_or(default);
        let function = match node.op_type.as_str() {
            "Relu" => Function::Relu,
            "LeakyRelu" => Function::LeakyRelu(alpha(0.01)),
            "Sigmoid" => Function::Sigmoid,
            "Tanh" => Function::Tanh,
            "HardSwish" => Function::HardSwish,
            _ => match self.clip(node) {
                Some(Activation::Relu) => Function::Relu,
                Some(Activation::Relu6) => Function::Relu6,
                _ => return Err("its limits are not 0 and 6".into()),
            },
        };
        let input = self.input(node, 0)?;
        let output = self.output(&node.output[0])?;
        self.program.operations.push(Operation::Unary { input, output, channel: 0, function });
        Ok(())
    }

    pub(super) fn softmax(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.input(node, 0)?;
        let source = &self.program.tensors[input];
        if source.h * source.w != 1 {
            return Err("it is not over one vector of classes".into());
        }
        let input = self.contiguous(input);
        let output = self.output(&node.output[0])?;
        self.plain.insert(output);
        if self.precision == Precision::Int8 {
            let probabilities = Quantisation { scale: 1.0 / 256.0, zero_point: -128 };
            self.program.tensors[output].quantisation = Some(probabilities);
        }
        self.program.operations.push(Operation::Softmax { input, output });
        Ok(())
    }

    pub(super) fn concat(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let ndim = self.shapes.get(&node.output[0]).map_or(0, Vec::len) as i64;
        if int(node, "axis", 1).rem_euclid(ndim.max(1)) != 1 {
            return Err("it is not along the channels".into());
        }
        let inputs = (0..node.input.len()).map(|i| self.input(node, i)).collect::<Result<Vec<_>, _>>()?;
        let output = self.output(&node.output[0])?;
        let mut channel = 0;
        for input in inputs {
            let (from, to) = (&self.program.tensors[input], &self.program.tensors[output]);
            let operation = if from.quantisation == to.quantisation {
                Operation::Copy { input, output, channel }
            } else {
                Operation::Unary { input, output, channel, function: Function::Copy }
            };
            channel += from.c;
            self.program.operations.push(operation);
        }
        Ok(())
    }

    /// Padding with zeros: a border, kept in a tensor of the padded size.
    pub(super) fn pad(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.input(node, 0)?;
        let pads = match node.input.get(1) {
            Some(name) => integers(self.graph, name).unwrap_or_default(),
            None => ints(node, "pads", &[]),
        };
        let value = match node.input.get(2).filter(|name| !name.is_empty()) {
            Some(name) => floats(self.graph, name).and_then(|v| v.first().copied()).unwrap_or(f32::NAN),
            None => find(node, "value").and_then(|a| a.f).unwrap_or(0.0),
        };
        let constant = crate::graph::find(node, "mode").is_none_or(|m| m.s.as_deref() == Some(b"constant"));
        let side = |index: usize| pads.get(index).and_then(|p| usize::try_from(*p).ok()).filter(|p| *p < 256);
        let spatial = pads.len() == 8 && [0, 1, 4, 5].iter().all(|&i| pads[i] == 0);
        let border = match (spatial, side(2), side(3), side(6), side(7)) {
            (true, Some(top), Some(left), Some(bottom), Some(right)) => Border { top, left, bottom, right },
            _ => return Err("it pads other axes than rows and columns".into()),
        };
        if value != 0.0 || !constant {
            return Err("it pads with other values than 0".into());
        }
        let output = self.output(&node.output[0])?;
        let (from, to) = (self.program.tensors[input].clone(), self.program.tensors[output].clone());
        if (to.h, to.w) != (from.h + border.top + border.bottom, from.w + border.left + border.right) {
            return Err("its output has another size than its padding gives".into());
        }
        let copy = Tensor { border, name: to.name.clone(), ..from };
        let id = self.copied(input, Tensor { alias: None, ..copy });
        self.program.tensors[output].quantisation = self.program.tensors[id].quantisation;
        self.program.tensors[output].alias = Some(id);
        self.plain.insert(output);
        Ok(())
    }

    /// Another shape of the same elements in the same order.
    pub(super) fn reshape(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.input(node, 0)?;
        if node.op_type == "Transpose" && !keeps_order(node, self.shapes.get(&node.input[0])) {
            return Err("it moves axes".into());
        }
        let name = &node.output[0];
        let shape = self.shapes.get(name).ok_or("the shape of its output is not known")?;
        let (c, h, w) = super::chw(shape)?;
        let same = {
            let own = &self.program.tensors[input];
            (own.c, own.h, own.w) == (c, h, w)
        };
        if same {
            self.values.insert(name.clone(), input);
            return Ok(());
        }
        let input = self.contiguous(input);
        let from = self.program.tensors[input].clone();
        if from.len() != c * h * w {
            return Err("it changes the number of elements".into());
        }
        let id = self.tensor(name, (c, h, w), from.quantisation);
        self.program.tensors[id].alias = Some(input);
        self.plain.insert(id);
        Ok(())
    }
}

/// Whether a Transpose only moves axes of size 1.
fn keeps_order(node: &NodeProto, shape: Option<&Vec<usize>>) -> bool {
    let (Some(order), Some(shape)) = (permutation(node), shape) else { return false };
    let long: Vec<usize> =
        order.into_iter().filter(|&axis| shape.get(axis).is_some_and(|d| *d > 1)).collect();
    long.is_sorted()
}
