//! Operators without weights.

use super::net::{Recipe, SlotId};
use super::planner::{Form, Planner, Reason, fused};
use super::product::Edge;
use crate::export::artifact::program::{
    Activation, Border, Function, Geometry, PoolKind, Quantisation, TensorId,
};
use sepal_tflite::operator;
use sepal_tflite::schema::{
    ActivationFunctionType, AddOptions, BuiltinOptions, ConcatenationOptions, LeakyReluOptions, Padding,
    Pool2DOptions, ReducerOptions, SoftmaxOptions, SubOptions,
};

/// The scale that 8-bit logistic functions and probabilities have in `TFLite`.
const UNIT: Quantisation = Quantisation { scale: 1.0 / 256.0, zero_point: -128 };
/// The scale of 8-bit hyperbolic tangents.
const SIGNED_UNIT: Quantisation = Quantisation { scale: 1.0 / 128.0, zero_point: 0 };

impl Planner<'_> {
    pub(super) fn pool(
        &mut self,
        (input, output): (TensorId, TensorId),
        kind: PoolKind,
        geometry: &Geometry,
    ) -> Result<(), Reason> {
        let slot = self.spatial(input)?;
        let (c, h, w) = self.dim(output);
        let (_, rows, columns) = self.dim(input);
        let whole = geometry.kernel == (rows, columns) && geometry.pads == Border::default();
        let slot = if whole && kind != PoolKind::Max {
            self.mean(slot, output)
        } else {
            let (slot, padding) = match (self.edge(slot, (h, w), geometry), kind) {
                (Edge::Own(Padding::Valid), _) => (slot, Padding::Valid),
                (Edge::Own(padding), PoolKind::Max | PoolKind::Average) => (slot, padding),
                (Edge::Around(border), PoolKind::Max) => (self.padded_low(slot, border), Padding::Valid),
                (_, PoolKind::AveragePadded) => {
                    let border = self.around(slot, (h, w), geometry);
                    (self.padded(slot, border), Padding::Valid)
                }
                (Edge::Around(_), PoolKind::Average) => {
                    return Err("it is a mean of windows that padding cuts otherwise than TFLite's".into());
                }
            };
            self.windows(slot, (kind, [1, h, w, c]), (geometry, padding))
        };
        self.define(output, Form::Spatial, slot);
        Ok(())
    }

    /// The mean of all rows and columns.
    fn mean(&mut self, slot: SlotId, output: TensorId) -> SlotId {
        let axes = self.net.integers("axes", vec![2], &[1, 2]);
        let options = BuiltinOptions::ReducerOptions(Box::new(ReducerOptions { keep_dims: true }));
        let result = self.result(output, vec![1, 1, 1, self.dim(output).0]);
        self.net.step(Recipe::of(operator::MEAN, Some(options)), vec![slot, axes], result)
    }

    /// Pooling keeps the scale of its input.
    fn windows(
        &mut self,
        slot: SlotId,
        (kind, shape): (PoolKind, [usize; 4]),
        (geometry, padding): (&Geometry, Padding),
    ) -> SlotId {
        let options = Pool2DOptions {
            padding,
            stride_h: geometry.stride.0 as i32,
            stride_w: geometry.stride.1 as i32,
            filter_height: geometry.kernel.0 as i32,
            filter_width: geometry.kernel.1 as i32,
            fused_activation_function: ActivationFunctionType::None,
        };
        let code = if kind == PoolKind::Max { operator::MAX_POOL_2D } else { operator::AVERAGE_POOL_2D };
        let options = Some(BuiltinOptions::Pool2DOptions(Box::new(options)));
        let result = self.like(slot, "pooled", shape.to_vec());
        self.net.step(Recipe::of(code, options), vec![slot], result)
    }

    /// Both inputs in one form: flat where both are that and of one shape.
    fn operands(&mut self, a: TensorId, b: TensorId) -> Result<([SlotId; 2], Form), Reason> {
        let (first, second) = (self.operand(a)?, self.operand(b)?);
        let shape = |slot: SlotId| &self.net.slots[slot].shape;
        if first.1 == second.1 && shape(first.0) == shape(second.0) && self.dim(a) == self.dim(b) {
            return Ok(([first.0, second.0], first.1));
        }
        Ok(([self.spatial(a)?, self.spatial(b)?], Form::Spatial))
    }

    pub(super) fn add(
        &mut self,
        [a, b, output]: [TensorId; 3],
        subtract: bool,
        activation: Activation,
    ) -> Result<(), Reason> {
        let fused_activation_function = fused(activation);
        let recipe = if subtract {
            let options = SubOptions { fused_activation_function, ..SubOptions::default() };
            Recipe::of(operator::SUB, Some(BuiltinOptions::SubOptions(Box::new(options))))
        } else {
            let options = AddOptions { fused_activation_function, ..AddOptions::default() };
            Recipe::of(operator::ADD, Some(BuiltinOptions::AddOptions(Box::new(options))))
        };
        self.both(recipe, [a, b, output], activation)
    }

    pub(super) fn mul(&mut self, ids: [TensorId; 3]) -> Result<(), Reason> {
        let options = BuiltinOptions::MulOptions(Box::default());
        self.both(Recipe::of(operator::MUL, Some(options)), ids, Activation::None)
    }

    fn both(
        &mut self,
        recipe: Recipe,
        [a, b, output]: [TensorId; 3],
        activation: Activation,
    ) -> Result<(), Reason> {
        let (slots, form) = self.operands(a, b)?;
        let result = self.result(output, self.net.slots[slots[0]].shape.clone());
        let slot = self.net.step(recipe, slots.to_vec(), result);
        let slot = self.limited(slot, activation);
        self.define(output, form, slot);
        Ok(())
    }

    pub(super) fn unary(
        &mut self,
        (input, output): (TensorId, TensorId),
        channel: usize,
        function: Function,
    ) -> Result<(), Reason> {
        if self.pieces.contains_key(&output) {
            let slot = self.spatial(input)?;
            let slot = self.function(slot, output, function);
            self.piece(output, channel, slot);
            return Ok(());
        }
        let (slot, form) = self.operand(input)?;
        let slot = self.function(slot, output, function);
        self.define(output, form, slot);
        Ok(())
    }

    /// A function of each value, on the scale that `TFLite` has for it.
    fn function(&mut self, slot: SlotId, output: TensorId, function: Function) -> SlotId {
        let own = self.net.slots[slot].quantisation();
        let planned = self.scale(output);
        let of = |code| Recipe::of(code, None);
        let (recipe, scale) = match function {
            Function::Copy => return self.requantised(slot, planned),
            Function::Relu => (of(operator::RELU), planned),
            // tflite-micro does not rescale here.
            Function::Relu6 => (of(operator::RELU6), own),
            Function::LeakyRelu(alpha) => {
                let options = BuiltinOptions::LeakyReluOptions(Box::new(LeakyReluOptions { alpha }));
                (Recipe::of(operator::LEAKY_RELU, Some(options)), planned)
            }
            Function::Sigmoid => (of(operator::LOGISTIC), own.and(Some(UNIT))),
            Function::Tanh => (of(operator::TANH), own.and(Some(SIGNED_UNIT))),
            Function::HardSwish => (Recipe::plain(operator::HARD_SWISH, None), planned),
        };
        let mut result = self.result(output, self.net.slots[slot].shape.clone());
        if let Some(Quantisation { scale, zero_point }) = scale {
            (result.scales.values, result.scales.zero_point) = (vec![scale], zero_point);
        }
        self.net.step(recipe, vec![slot], result)
    }

    pub(super) fn softmax(&mut self, input: TensorId, output: TensorId) -> Result<(), Reason> {
        let (_, h, w) = self.dim(input);
        let (slot, form) = self.operand(input)?;
        // The operator goes over the last axis: what is flat may lie in any shape, and an image lies in planes.
        let (slot, form) = match form {
            Form::Spatial if h * w == 1 => (slot, form),
            _ => {
                let slot = self.flat(input)?;
                (self.reshaped(slot, vec![1, self.program.tensors[input].len()]), Form::Flat)
            }
        };
        let options = BuiltinOptions::SoftmaxOptions(Box::new(SoftmaxOptions { beta: 1.0 }));
        let result = self.result(output, self.net.slots[slot].shape.clone());
        let slot = self.net.step(Recipe::of(operator::SOFTMAX, Some(options)), vec![slot], result);
        self.define(output, form, slot);
        Ok(())
    }

    pub(super) fn copy(
        &mut self,
        (input, output): (TensorId, TensorId),
        channel: usize,
    ) -> Result<(), Reason> {
        if self.pieces.contains_key(&output) {
            let slot = self.spatial(input)?;
            self.piece(output, channel, slot);
            return Ok(());
        }
        let class = self.class(input);
        self.copies.insert(output, class);
        Ok(())
    }

    /// A part of a tensor; with the last one all are put together, on one scale.
    fn piece(&mut self, output: TensorId, channel: usize, slot: SlotId) {
        let slot = self.requantised(slot, self.scale(output));
        let Some((left, pieces)) = self.pieces.get_mut(&output) else { return };
        *left = left.saturating_sub(1);
        pieces.insert(channel, slot);
        if *left > 0 {
            return;
        }
        let slots: Vec<SlotId> = pieces.values().copied().collect();
        let (c, h, w) = self.dim(output);
        let options =
            ConcatenationOptions { axis: 3, fused_activation_function: ActivationFunctionType::None };
        let options = BuiltinOptions::ConcatenationOptions(Box::new(options));
        let result = self.result(output, vec![1, h, w, c]);
        let slot = self.net.step(Recipe::of(operator::CONCATENATION, Some(options)), slots, result);
        self.define(output, Form::Spatial, slot);
    }

    /// The larger (or smaller) of each value and a constant, where that is not its scale's end anyway.
    pub(super) fn limit(&mut self, slot: SlotId, (code, name): (i32, &str), value: f32) -> SlotId {
        let end = if code == operator::MAXIMUM { i8::MIN } else { i8::MAX };
        if self.net.slots[slot].quantisation().is_some_and(|q| q.quantise(value) == end) {
            return slot;
        }
        let constant = self.net.scalar(name, value, slot);
        let result = self.like(slot, name, self.net.slots[slot].shape.clone());
        self.net.step(Recipe::of(code, None), vec![slot, constant], result)
    }
}
