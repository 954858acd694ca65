//! What is put behind an operator: its fused activation, and the rounding of integer activations.

use super::build::attribute;
use super::constant::zero_points;
use super::form::Form;
use super::{Lowering, Reason};
use crate::graph::Element;
use sepal_tflite::schema::{ActivationFunctionType, TensorType};
use sepal_tflite::{Operator, operator};

impl<'a> Lowering<'a> {
    /// Takes `value` as the tensor, behind the activation that is fused into the operator and the rounding
    /// of the tensor's type.
    pub(super) fn finish(
        &mut self,
        to: (usize, Form),
        value: String,
        activation: ActivationFunctionType,
    ) -> Result<(), Reason> {
        let value = self.activated(to, value, activation)?;
        let value = self.quantised(to.0, to.1, value)?;
        self.keep(to.0, to.1, value);
        Ok(())
    }

    /// The same for an operator that only moves elements: they are rounded anew only to another scale.
    pub(super) fn pass(&mut self, from: usize, to: (usize, Form), value: String) -> Result<(), Reason> {
        let scale = |t: usize| self.model.tensors.get(t).map(|t| (&t.quantisation, t.kind));
        let value = if scale(from) == scale(to.0) { value } else { self.quantised(to.0, to.1, value)? };
        self.keep(to.0, to.1, value);
        Ok(())
    }

    fn activated(
        &mut self,
        to: (usize, Form),
        value: String,
        activation: ActivationFunctionType,
    ) -> Result<String, Reason> {
        match activation {
            ActivationFunctionType::None => Ok(value),
            ActivationFunctionType::Relu => Ok(self.emit("Relu", to, "/Relu", (&[&value], Vec::new()))),
            ActivationFunctionType::Relu6 => self.clipped(to, &value, (0.0, 6.0)),
            ActivationFunctionType::ReluN1To1 => self.clipped(to, &value, (-1.0, 1.0)),
            ActivationFunctionType::Tanh => Ok(self.emit("Tanh", to, "/Tanh", (&[&value], Vec::new()))),
            ActivationFunctionType::SignBit => Err("its activation SIGN_BIT is not known".into()),
        }
    }

    pub(super) fn clipped(
        &mut self,
        to: (usize, Form),
        value: &str,
        (low, high): (f32, f32),
    ) -> Result<String, Reason> {
        let base = self.base(to.0);
        let low = self.out.floats(&format!("{base}/min"), &[], &[low])?;
        let high = self.out.floats(&format!("{base}/max"), &[], &[high])?;
        Ok(self.emit("Clip", to, "/Clip", (&[value, &low, &high], Vec::new())))
    }

    /// `value` rounded as the tensor's integer type does: to integers and back.
    pub(super) fn quantised(&mut self, tensor: usize, form: Form, value: String) -> Result<String, Reason> {
        let Some(found) = self.model.tensors.get(tensor) else { return Ok(value) };
        let (Some(quantisation), kind) = (found.quantisation.clone(), found.kind) else { return Ok(value) };
        let [scale] = quantisation.scale[..] else {
            return Err("its output has a scale for each channel".into());
        };
        if scale <= 0.0 {
            return Err("its output has the scale 0".into());
        }
        let base = self.base(tensor);
        let integer = match kind {
            TensorType::Int8 => Element::Int8,
            TensorType::Uint8 => Element::Uint8,
            TensorType::Int16 => return self.rounded((tensor, form), &value, scale),
            _ => return Ok(value),
        };
        let zero = zero_points(&quantisation, kind)?;
        let scale = self.out.floats(&format!("{base}/scale"), &[], &[scale])?;
        let zero = self.out.constant(&format!("{base}/zero_point"), integer, &[], zero)?;
        let name = format!("{base}/QuantizeLinear");
        let stored = self.out.node("QuantizeLinear", &name, &[&value, &scale, &zero], Vec::new());
        let (shape, batch) = (self.shape_in(tensor, form), self.has_batch(tensor));
        self.out.describe(&stored, integer, &shape, batch);
        let inputs = [stored.as_str(), &scale, &zero];
        Ok(self.emit("DequantizeLinear", (tensor, form), "/DequantizeLinear", (&inputs, Vec::new())))
    }

    /// 16-bit integers, which `QuantizeLinear` knows from opset 21 only: rounded by arithmetic.
    fn rounded(&mut self, to: (usize, Form), value: &str, scale: f32) -> Result<String, Reason> {
        let scale = self.out.floats(&format!("{}/scale", self.base(to.0)), &[], &[scale])?;
        let steps = self.emit("Div", to, "/steps", (&[value, &scale], Vec::new()));
        let whole = self.emit("Round", to, "/Round", (&[&steps], Vec::new()));
        let limits = (f32::from(i16::MIN), f32::from(i16::MAX));
        let inside = self.clipped(to, &whole, limits)?;
        Ok(self.emit("Mul", to, "/real", (&[&inside, &scale], Vec::new())))
    }

    /// `QUANTIZE` and `DEQUANTIZE`: of a constant, the constant; else the value, rounded to the new type.
    pub(super) fn requantise(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let constant = self.values.get(input).and_then(|v| v.constant.clone());
        if let (Some(constant), operator::DEQUANTIZE) = (constant, operator.code) {
            if let Some(value) = self.values.get_mut(output) {
                value.constant = Some(constant);
            }
            return Ok(());
        }
        if self.element(input) != Element::Float {
            return Err("its input is integers without a scale".into());
        }
        let form = self.preferred(input);
        let value = self.get(input, form)?;
        if operator.code == operator::DEQUANTIZE {
            self.keep(output, form, value);
            return Ok(());
        }
        self.pass(input, (output, form), value)
    }

    /// `DENSIFY`: constants are filled up when they are read.
    pub(super) fn densify(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let constant = self.values.get(input).and_then(|v| v.constant.clone());
        let constant = constant.ok_or("its input is not constant")?;
        if let Some(value) = self.values.get_mut(output) {
            value.constant = Some(constant);
        }
        Ok(())
    }

    pub(super) fn cast(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let form = self.preferred(input);
        let value = self.get(input, form)?;
        let to = vec![attribute::int("to", i64::from(self.element(output)))];
        let value = self.emit("Cast", (output, form), "", (&[&value], to));
        self.finish((output, form), value, ActivationFunctionType::None)
    }
}
