//! Operators on elements.

use super::build::attribute;
use super::conv::unread;
use super::form::Form;
use super::{Lowering, Reason};
use crate::graph::proto::AttributeProto;
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef};
use sepal_tflite::{Operator, operator};

impl<'a> Lowering<'a> {
    /// Operators with one input of the output's shape.
    pub(super) fn unary(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (op, attributes) = unary_op(operator)?;
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        if self.shape(input) != self.shape(output) {
            return Err("its output has another shape than its input".into());
        }
        let form = self.preferred(input);
        let x = self.get(input, form)?;
        let to = (output, form);
        let value = match operator.code {
            operator::RELU6 => self.clipped(to, &x, (0.0, 6.0))?,
            operator::RELU_N1_TO_1 => self.clipped(to, &x, (-1.0, 1.0))?,
            operator::SQUARE => self.emit("Mul", to, "", (&[&x, &x], Vec::new())),
            operator::RSQRT => {
                let root = self.emit("Sqrt", to, "/Sqrt", (&[&x], Vec::new()));
                self.emit("Reciprocal", to, "", (&[&root], Vec::new()))
            }
            _ => self.emit(op, to, "", (&[&x], attributes)),
        };
        self.finish(to, value, ActivationFunctionType::None)
    }

    /// The operands' common form: channels first only where every operand can be brought into it.
    fn common_form(&self, operands: &[usize], axes: usize) -> Form {
        let activations = operands.iter().filter(|t| self.is_activation(**t));
        let lower = activations.clone().any(|t| self.shape(*t).len() != axes && self.shape(*t).len() > 1);
        let wanted = activations.clone().any(|t| self.preferred(*t) == Form::Planes);
        let vector = activations.clone().any(|t| self.shape(*t).len() == 1);
        if wanted && !lower && !vector && axes >= 3 { Form::Planes } else { Form::Rows }
    }

    pub(super) fn binary(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (a, b, output) = (operator.input(0)?, operator.input(1)?, operator.output(0)?);
        let axes = self.shape(output).len();
        let form = self.common_form(&[a, b], axes);
        let (x, y) = (self.operand(a, form, axes)?, self.operand(b, form, axes)?);
        let to = (output, form);
        let op = match operator.code {
            operator::ADD => "Add",
            operator::MUL => "Mul",
            operator::DIV => "Div",
            operator::MAXIMUM => "Max",
            operator::MINIMUM => "Min",
            _ => "Sub",
        };
        let mut value = self.emit(op, to, "", (&[&x, &y], Vec::new()));
        if operator.code == operator::SQUARED_DIFFERENCE {
            value = self.emit("Mul", to, "/square", (&[&value, &value], Vec::new()));
        }
        self.finish(to, value, fused(operator)?)
    }

    /// A slope per channel (or element) for values below 0.
    pub(super) fn prelu(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, slope, output) = (operator.input(0)?, operator.input(1)?, operator.output(0)?);
        let axes = self.shape(input).len();
        let form = self.common_form(&[input, slope], axes);
        let (x, slope) = (self.get(input, form)?, self.operand(slope, form, axes)?);
        let to = (output, form);
        let value = self.emit("PRelu", to, "", (&[&x, &slope], Vec::new()));
        self.finish(to, value, ActivationFunctionType::None)
    }

    pub(super) fn softmax(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let axes = self.shape(input).len();
        if axes == 0 {
            return Err("its input has no axes".into());
        }
        let form = self.preferred(input);
        let mut x = self.get(input, form)?;
        let to = (output, form);
        if let Some(BuiltinOptionsRef::SoftmaxOptions(options)) = &operator.options {
            let beta = options.beta().map_err(unread)?;
            if (beta - 1.0).abs() > f32::EPSILON {
                let beta = self.out.floats(&format!("{}/beta", self.base(output)), &[], &[beta])?;
                x = self.emit("Mul", to, "/scaled", (&[&x, &beta], Vec::new()));
            }
        }
        let op = if operator.code == operator::SOFTMAX { "Softmax" } else { "LogSoftmax" };
        let axis = vec![attribute::int("axis", form.axis(axes - 1, axes) as i64)];
        let value = self.emit(op, to, "", (&[&x], axis));
        self.finish(to, value, ActivationFunctionType::None)
    }
}

/// The activation that is fused into an operation on two values.
fn fused(operator: &Operator) -> Result<ActivationFunctionType, Reason> {
    let found = match &operator.options {
        Some(BuiltinOptionsRef::AddOptions(options)) => options.fused_activation_function(),
        Some(BuiltinOptionsRef::SubOptions(options)) => options.fused_activation_function(),
        Some(BuiltinOptionsRef::MulOptions(options)) => options.fused_activation_function(),
        Some(BuiltinOptionsRef::DivOptions(options)) => options.fused_activation_function(),
        _ => return Ok(ActivationFunctionType::None),
    };
    found.map_err(unread)
}

/// The ONNX operator for one of `TFLite`, and its attributes.
fn unary_op(operator: &Operator) -> Result<(&'static str, Vec<AttributeProto>), Reason> {
    let mut attributes = Vec::new();
    let op = match operator.code {
        operator::ABS => "Abs",
        operator::COS => "Cos",
        operator::ELU => "Elu",
        operator::EXP => "Exp",
        operator::FLOOR => "Floor",
        operator::HARD_SWISH => "HardSwish",
        operator::LOG => "Log",
        operator::LOGISTIC => "Sigmoid",
        operator::NEG => "Neg",
        operator::RELU => "Relu",
        operator::SIN => "Sin",
        operator::SQRT => "Sqrt",
        operator::TANH => "Tanh",
        operator::RELU6 | operator::RELU_N1_TO_1 => "Clip",
        operator::SQUARE => "Mul",
        operator::RSQRT => "Reciprocal",
        operator::LEAKY_RELU => {
            let Some(BuiltinOptionsRef::LeakyReluOptions(options)) = &operator.options else {
                return Err("it lacks its options".into());
            };
            attributes.push(attribute::float("alpha", options.alpha().map_err(unread)?));
            "LeakyRelu"
        }
        _ => return Err("an operator that is not known here".into()),
    };
    Ok((op, attributes))
}
