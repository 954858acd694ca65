//! Operators that give the same elements another shape or order.

use super::build::attribute;
use super::form::Form;
use super::value::Flat;
use super::{Lowering, Reason};
use sepal_tflite::Operator;

/// `axis` of a value with `axes` axes, counted from the end where it is negative.
pub(super) fn checked_axis(axis: i64, axes: usize) -> Result<usize, Reason> {
    let counted = if axis < 0 { axis + axes as i64 } else { axis };
    let inside = usize::try_from(counted).ok().filter(|a| *a < axes);
    inside.ok_or_else(|| format!("its axis {axis} lies outside {axes} axes"))
}

impl<'a> Lowering<'a> {
    /// `RESHAPE`, `SQUEEZE` and `EXPAND_DIMS`: the output's shape says all.
    pub(super) fn reshape(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let (from, to) = (self.shape(input).to_vec(), self.shape(output).to_vec());
        if from.iter().product::<usize>() != to.iter().product::<usize>() {
            return Err(format!("it makes {to:?} of {from:?}"));
        }
        if !self.is_activation(input) {
            return self.reshaped_constant(input, output);
        }
        let value = self.values.get(input).cloned().unwrap_or_default();
        let first = from.len() >= 3 && to.len() >= 2 && from[0] == to[0];
        let planes = first && self.preferred(input) == Form::Planes;
        if planes && to.len() >= 3 && from.last() == to.last() {
            let x = self.planes(input)?;
            let x = self.reshaped(output, Form::Planes, &x)?;
            return self.pass(input, (output, Form::Planes), x);
        }
        if planes && to.len() == 2 && value.rows.is_none() && value.input.is_none() {
            let channels = from.last().copied().unwrap_or(1);
            let one = channels == 1 || channels == to[1];
            if one {
                let x = self.planes(input)?;
                let x = self.reshaped(output, Form::Rows, &x)?;
                return self.pass(input, (output, Form::Rows), x);
            }
            let scale = |t: usize| self.model.tensors.get(t).map(|t| (&t.quantisation, t.kind));
            if scale(input) == scale(output) {
                if let Some(value) = self.values.get_mut(output) {
                    value.flat = Some(Flat { source: input });
                }
                return Ok(());
            }
        }
        let x = self.rows(input)?;
        let x = self.reshaped(output, Form::Rows, &x)?;
        self.pass(input, (output, Form::Rows), x)
    }

    fn reshaped_constant(&mut self, input: usize, output: usize) -> Result<(), Reason> {
        let value = self.values.get(input).cloned().unwrap_or_default();
        let scales =
            value.constant.as_ref().and_then(|c| c.quantisation.as_ref()).map_or(1, |q| q.scale.len());
        if scales > 1 {
            return Err("it reshapes weights with a scale for each channel".into());
        }
        if let Some(to) = self.values.get_mut(output) {
            (to.constant, to.integers) = (value.constant, value.integers);
        }
        Ok(())
    }

    pub(super) fn transpose(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let order = self.known_integers(operator.input(1)?).ok_or("its order is computed, not constant")?;
        let axes = self.shape(input).len();
        let order: Vec<usize> = order.iter().map(|a| checked_axis(*a, axes)).collect::<Result<_, _>>()?;
        let mut sorted = order.clone();
        sorted.sort_unstable();
        if !sorted.into_iter().eq(0..axes) {
            return Err("its order does not name each axis once".into());
        }
        let form = self.preferred(input);
        let x = self.get(input, form)?;
        // The order for what is at hand, which may itself be in another order than the file's.
        let perm: Vec<i64> = order.iter().map(|axis| form.axis(*axis, axes) as i64).collect();
        let x = if perm.is_sorted() {
            x
        } else {
            self.emit("Transpose", (output, Form::Rows), "", (&[&x], vec![attribute::ints("perm", &perm)]))
        };
        self.pass(input, (output, Form::Rows), x)
    }
}
