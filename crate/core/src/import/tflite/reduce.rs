//! Operators that take axes together.

use super::build::attribute;
use super::conv::unread;
use super::form::Form;
use super::shape::checked_axis;
use super::{Lowering, Reason};
use crate::graph::Element;
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef};
use sepal_tflite::{Operator, operator};

/// Below this the length of a vector counts as this, as `TFLite` does it.
const LEAST_LENGTH: f32 = 1e-6;

impl<'a> Lowering<'a> {
    pub(super) fn reduce(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let keep = match &operator.options {
            Some(BuiltinOptionsRef::ReducerOptions(options)) => options.keep_dims().map_err(unread)?,
            _ => false,
        };
        let found = self.known_integers(operator.input(1)?).ok_or("its axes are computed, not constant")?;
        let count = self.shape(input).len();
        let mut axes = found.iter().map(|a| checked_axis(*a, count)).collect::<Result<Vec<_>, _>>()?;
        axes.sort_unstable();
        axes.dedup();
        let spatial = count >= 3 && axes.iter().copied().eq(1..count - 1);
        let form = if keep || spatial { self.preferred(input) } else { Form::Rows };
        let x = self.get(input, form)?;
        let mut along: Vec<i64> = axes.iter().map(|a| form.axis(*a, count) as i64).collect();
        along.sort_unstable();
        let to = (output, if keep { form } else { Form::Rows });
        let op = match operator.code {
            operator::MEAN => "ReduceMean",
            operator::SUM => "ReduceSum",
            operator::REDUCE_MAX => "ReduceMax",
            _ => "ReduceMin",
        };
        let mut attributes = vec![attribute::int("keepdims", i64::from(keep))];
        let mut inputs = vec![x];
        if along.is_empty() {
            return self.pass(input, to, inputs.swap_remove(0));
        }
        // From opset 13 on the axes of a sum are an input.
        if op == "ReduceSum" {
            inputs.push(self.out.integers(&format!("{}/axes", self.base(output)), &along)?);
        } else {
            attributes.insert(0, attribute::ints("axes", &along));
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let value = self.emit(op, to, "", (&inputs, attributes));
        match operator.code {
            operator::REDUCE_MAX | operator::REDUCE_MIN => self.pass(input, to, value),
            _ => self.finish(to, value, ActivationFunctionType::None),
        }
    }

    pub(super) fn arg_max(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let axis = self.known_integers(operator.input(1)?).and_then(|v| v.first().copied());
        let axis = axis.ok_or("its axis is computed, not constant")?;
        let axis = checked_axis(axis, self.shape(input).len())?;
        let x = self.rows(input)?;
        let attributes = vec![attribute::int("axis", axis as i64), attribute::int("keepdims", 0)];
        let base = self.base(output);
        let mut value = self.out.node("ArgMax", &base, &[&x], attributes);
        let (kind, to) = (self.element(output), (output, Form::Rows));
        if kind != Element::Int64 {
            let cast = vec![attribute::int("to", i64::from(kind))];
            value = self.emit("Cast", to, "/Cast", (&[&value], cast));
        }
        self.keep(output, Form::Rows, value);
        Ok(())
    }

    /// Every vector of channels divided by its length.
    pub(super) fn l2_normalisation(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let axes = self.shape(input).len();
        if axes == 0 {
            return Err("its input has no axes".into());
        }
        let form = self.preferred(input);
        let x = self.get(input, form)?;
        let base = self.base(output);
        let along = form.axis(axes - 1, axes) as i64;
        let attributes = vec![attribute::ints("axes", &[along]), attribute::int("keepdims", 1)];
        let length = self.out.node("ReduceL2", &format!("{base}/length"), &[&x], attributes);
        let least = self.out.floats(&format!("{base}/least"), &[], &[LEAST_LENGTH])?;
        let length = self.out.node("Max", &format!("{base}/Max"), &[&length, &least], Vec::new());
        let to = (output, form);
        let value = self.emit("Div", to, "", (&[&x, &length], Vec::new()));
        self.finish(to, value, ActivationFunctionType::None)
    }
}
