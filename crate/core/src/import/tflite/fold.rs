//! Shape arithmetic: integers that are known before the model runs. Shapes in a `TFLite` file are fixed, so
//! `SHAPE` is a constant, and what is computed of it is too.

use super::Lowering;
use super::shape::checked_axis;
use sepal_tflite::schema::{BuiltinOptionsRef, TensorType};
use sepal_tflite::{Operator, operator};

/// Most elements that an operator reads or makes: shapes are short, and a file can name a list many times.
const ELEMENTS: usize = 1024;

impl<'a> Lowering<'a> {
    /// Computes the operator's output now, if it is such arithmetic; whether it is.
    pub(super) fn fold(&mut self, operator: &Operator<'a>) -> bool {
        let (Some(values), [output]) = (self.folded(operator), &operator.outputs[..]) else { return false };
        let elements: usize = self.shape(*output).iter().product();
        if values.len() != elements {
            return false;
        }
        if let Some(value) = self.values.get_mut(*output) {
            value.integers = Some(values);
        }
        true
    }

    fn folded(&self, operator: &Operator<'a>) -> Option<Vec<i64>> {
        if operator.code == operator::SHAPE {
            return Some(self.shape(operator.optional(0)?).iter().map(|d| *d as i64).collect());
        }
        let output = self.model.tensors.get(*operator.outputs.first()?)?;
        if !matches!(output.kind, TensorType::Int32 | TensorType::Int64) {
            return None;
        }
        let elements = |tensor: usize| self.shape(tensor).iter().product::<usize>();
        let read = operator.inputs.iter().flatten().map(|tensor| elements(*tensor));
        let all = read.fold(output.len(), usize::saturating_add);
        if all > ELEMENTS {
            return None;
        }
        let inputs: Option<Vec<Vec<i64>>> =
            operator.inputs.iter().map(|i| self.known_integers((*i)?)).collect();
        let inputs = inputs?;
        let pairs = |compute: fn(i64, i64) -> Option<i64>| -> Option<Vec<i64>> {
            let (a, b) = (inputs.first()?, inputs.get(1)?);
            let at = |v: &Vec<i64>, i: usize| v.get(if v.len() == 1 { 0 } else { i }).copied();
            (0..a.len().max(b.len())).map(|i| compute(at(a, i)?, at(b, i)?)).collect()
        };
        match operator.code {
            operator::CAST | operator::RESHAPE | operator::SQUEEZE | operator::EXPAND_DIMS => {
                inputs.first().cloned()
            }
            operator::PACK => Some(inputs.concat()).filter(|v| v.len() == operator.inputs.len()),
            operator::CONCATENATION => self.is_in_front(operator).then(|| inputs.concat()),
            operator::ADD => pairs(i64::checked_add),
            operator::SUB => pairs(i64::checked_sub),
            operator::MUL => pairs(i64::checked_mul),
            operator::GATHER => {
                let values = inputs.first()?;
                let pick = |i: &i64| values.get(usize::try_from(*i).ok()?).copied();
                inputs.get(1)?.iter().map(pick).collect()
            }
            operator::STRIDED_SLICE => self.folded_slice(operator, inputs.first()?),
            _ => None,
        }
    }

    /// Whether the axis along which parts are put together has none of several places in front of it.
    fn is_in_front(&self, operator: &Operator<'a>) -> bool {
        let Some(BuiltinOptionsRef::ConcatenationOptions(options)) = &operator.options else { return false };
        let shape = operator.outputs.first().map_or(&[][..], |output| self.shape(*output));
        let axis = options.axis().ok().and_then(|axis| checked_axis(i64::from(axis), shape.len()).ok());
        let front = axis.and_then(|axis| shape.get(..axis));
        front.is_some_and(|sizes| sizes.iter().all(|size| *size == 1))
    }

    fn folded_slice(&self, operator: &Operator<'a>, values: &[i64]) -> Option<Vec<i64>> {
        if self.shape(operator.optional(0)?).len() != 1 {
            return None;
        }
        let (parts, _) = self.strided_parts(operator).ok()?;
        let &[(first, last, step)] = &parts[..] else { return None };
        let step = usize::try_from(step).ok().filter(|s| *s > 0)?;
        let (first, last) = (usize::try_from(first).ok()?, usize::try_from(last).ok()?);
        Some(values.get(first..last)?.iter().step_by(step).copied().collect())
    }
}
