//! Operators without weights.

use super::constant::{floats, integers};
use super::layout::Frame;
use super::{Lowerer, Reason};
use crate::export::artifact::program::{
    Activation, Border, Function, Operation, Precision, Quantisation, Tensor, TensorId,
};
use crate::graph::proto::NodeProto;
use crate::graph::{find, int, ints};

/// Opset from which a Softmax is along one axis.
const OPSET_SINGLE_AXIS: i64 = 13;

/// How much finer than its terms' a sum's steps may be: far below what rounding the terms moves it by.
const FINEST: f32 = 256.0;

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
            ([_, _], "Add" | "Sub") => self.add(node),
            ([_, _], "Mul") => self.mul(node),
            _ => Err("its inputs are computed".into()),
        }
    }

    /// The tensors of the node's inputs, the one of the output's shape first, with their axes in one order; and
    /// whether they have changed places. The other must repeat along whole axes.
    fn broadcast(&mut self, node: &NodeProto) -> Result<(TensorId, TensorId, Frame, bool), Reason> {
        let [first, second] = &node.input[..] else { return Err("it has not two inputs".into()) };
        let wanted = self.shape(&node.output[0])?;
        let swapped = self.shape(first)? != wanted;
        let (large, small) = if swapped { (second, first) } else { (first, second) };
        if self.shape(large)? != wanted {
            return Err("its inputs have shapes that do not fit each other".into());
        }
        let frame = self.frame(large)?;
        let (large, small) = (self.framed(large, &frame)?, self.framed(small, &frame)?);
        Ok((large, small, frame, swapped))
    }

    /// The output of such a node, called `name`.
    fn combined(&mut self, name: &str, frame: &Frame) -> Result<TensorId, Reason> {
        let shape = self.shape(name)?;
        let order = frame.order(shape).ok_or("its output has other axes than its input")?;
        let quantisation = self.quantisation(name);
        let output = self.tensor(name, frame.dim(shape), quantisation);
        self.publish(name, output, order)?;
        Ok(output)
    }

    fn add(&mut self, node: &'a NodeProto) -> Result<(), Reason> {
        let (a, b, frame, swapped) = self.broadcast(node)?;
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
        let output = self.combined(&name, &frame)?;
        self.spare(&name, [a, b, output]);
        self.program.operations.push(Operation::Add { a, b, output, subtract, activation });
        Ok(())
    }

    /// A sum's steps may not be finer than a fraction of its terms': interpreters refuse factors beyond their range.
    fn spare(&mut self, name: &str, [a, b, output]: [TensorId; 3]) {
        let scale = |id: TensorId| self.program.tensors[id].quantisation.map_or(0.0, |own| own.scale);
        let least = scale(a).max(scale(b)) / FINEST;
        if let Some(own) = &mut self.program.tensors[output].quantisation
            && !self.stated.contains_key(name)
        {
            own.scale = own.scale.max(least);
        }
    }

    fn mul(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let (a, b, frame, _) = self.broadcast(node)?;
        let output = self.combined(&node.output[0], &frame)?;
        self.program.operations.push(Operation::Mul { a, b, output });
        Ok(())
    }

    /// A value like the tensor `input` in its sizes, read in the order of the node's input.
    fn like(&mut self, node: &NodeProto, input: TensorId) -> Result<TensorId, Reason> {
        let name = node.output.first().ok_or("it has no output")?;
        let order = self.order(&node.input[0], input);
        let own = &self.program.tensors[input];
        let dim = (own.c, own.h, own.w);
        let quantisation = self.quantisation(name);
        let output = self.tensor(name, dim, quantisation);
        self.publish(name, output, order)?;
        Ok(output)
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
        let input = self.any_input(node, 0)?;
        let output = self.like(node, input)?;
        self.program.operations.push(Operation::Unary { input, output, channel: 0, function });
        Ok(())
    }

    pub(super) fn softmax(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.any_input(node, 0)?;
        let shape = self.shape(&node.input[0])?;
        // Older sets take all axes from the stated one on together.
        let single = self.graph.opset() >= OPSET_SINGLE_AXIS;
        let axis = int(node, "axis", if single { -1 } else { 1 });
        let axis = usize::try_from(axis.rem_euclid(shape.len().max(1) as i64)).unwrap_or(0);
        let axes = if single { shape.get(axis..=axis) } else { shape.get(axis..) };
        if axes.map(|axes| axes.iter().product()) != Some(self.program.tensors[input].len()) {
            return Err("it is not over all values of one sample".into());
        }
        let input = self.contiguous(input);
        let output = self.like(node, input)?;
        self.plain.insert(output);
        if self.precision == Precision::Int8 {
            let probabilities = Quantisation { scale: 1.0 / 256.0, zero_point: -128 };
            self.program.tensors[output].quantisation = Some(probabilities);
        }
        self.program.operations.push(Operation::Softmax { input, output });
        Ok(())
    }

    pub(super) fn concat(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let name = node.output.first().ok_or("it has no output")?;
        let shape = self.shape(name)?;
        let axis = int(node, "axis", 1).rem_euclid(shape.len().max(1) as i64);
        // What a Transpose has moved says best where the axes lie.
        let moved = node.input.iter().find(|input| self.orders.contains_key(*input));
        let frame = self.frame(moved.or(node.input.first()).ok_or("it has no inputs")?)?;
        if usize::try_from(axis).ok().and_then(|axis| frame.of(axis)) != Some(0) {
            return Err("it is not along the channels".into());
        }
        let inputs = node.input.iter().map(|input| self.framed(input, &frame));
        let inputs = inputs.collect::<Result<Vec<_>, _>>()?;
        let output = self.combined(name, &frame)?;
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

    /// Padding with zeros.
    pub(super) fn pad(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let name = node.input.first().ok_or("it lacks an input")?.clone();
        let frame = self.frame(&name)?;
        let pads = self.pads(node)?;
        let value = match node.input.get(2).filter(|name| !name.is_empty()) {
            Some(name) => floats(self.graph, name).and_then(|v| v.first().copied()).unwrap_or(f32::NAN),
            None => find(node, "value").and_then(|a| a.f).unwrap_or(0.0),
        };
        let constant = find(node, "mode").is_none_or(|m| m.s.as_deref() == Some(b"constant"));
        if value != 0.0 || !constant {
            return Err("it pads with other values than 0".into());
        }
        let mut border = Border::default();
        for (axis, [before, after]) in pads.into_iter().enumerate().filter(|(_, pads)| *pads != [0, 0]) {
            match frame.of(axis) {
                Some(1) => (border.top, border.bottom) = (before, after),
                Some(2) => (border.left, border.right) = (before, after),
                _ => return Err("it pads other axes than rows and columns".into()),
            }
        }
        let input = self.framed(&name, &frame)?;
        let id = self.enlarged(input, &node.output[0], border);
        let tensor = &self.program.tensors[id];
        if frame.dim(self.shape(&node.output[0])?) != (tensor.c, tensor.h, tensor.w) {
            return Err("its output has another size than its padding gives".into());
        }
        let order = frame.order(self.shape(&node.output[0])?);
        self.publish(&node.output[0], id, order.ok_or("its output has other axes than its input")?)
    }

    /// What a Pad adds before and after each axis.
    fn pads(&self, node: &NodeProto) -> Result<Vec<[usize; 2]>, Reason> {
        let stated = |index: usize| match node.input.get(index).filter(|name| !name.is_empty()) {
            Some(name) => integers(self.graph, name).map(Some).ok_or("its padding is computed"),
            None => Ok(None),
        };
        let pads = stated(1)?.unwrap_or_else(|| ints(node, "pads", &[]));
        let ndim = self.shape(&node.input[0])?.len();
        let axes = stated(3)?.unwrap_or_else(|| (0..ndim as i64).collect());
        let wrong = || "its padding does not fit its axes, or takes values away".to_owned();
        let size = |index: usize| {
            let size = pads.get(index).and_then(|pad| usize::try_from(*pad).ok());
            size.filter(|size| *size < 256).ok_or_else(wrong)
        };
        let mut all = vec![[0, 0]; ndim];
        for (index, axis) in axes.iter().enumerate() {
            let place = usize::try_from(axis.rem_euclid(ndim.max(1) as i64)).map_err(|_| wrong())?;
            *all.get_mut(place).ok_or_else(wrong)? = [size(index)?, size(index + axes.len())?];
        }
        if pads.len() == 2 * axes.len() { Ok(all) } else { Err(wrong()) }
    }

    /// A tensor called `name` of what `input` holds and a border of zeros around it.
    pub(super) fn enlarged(&mut self, input: TensorId, name: &str, border: Border) -> TensorId {
        let from = self.program.tensors[input].clone();
        let (h, w) = (from.h + border.top + border.bottom, from.w + border.left + border.right);
        let (c, quantisation) = (from.c, from.quantisation);
        let id = self.copied(input, Tensor { border, alias: None, ..from });
        let output = self.tensor(name, (c, h, w), quantisation);
        self.program.tensors[output].alias = Some(id);
        self.plain.insert(output);
        output
    }
}
