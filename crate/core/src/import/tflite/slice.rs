//! Operators that take parts of values, or put values together.

use super::build::attribute;
use super::conv::unread;
use super::form::Form;
use super::shape::checked_axis;
use super::{Lowering, Reason};
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef, MirrorPadMode};
use sepal_tflite::{Operator, operator};

/// A part of each axis: first, behind the last, step.
type Part = (i64, i64, i64);

impl<'a> Lowering<'a> {
    pub(super) fn pad(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let pads = self.known_integers(operator.input(1)?).ok_or("its padding is computed, not constant")?;
        let axes = self.shape(input).len();
        if pads.len() != 2 * axes || pads.iter().any(|p| *p < 0) {
            return Err("its padding does not fit its input".into());
        }
        let form = self.preferred(input);
        let begins: Vec<i64> = pads.iter().step_by(2).copied().collect();
        let ends: Vec<i64> = pads.iter().skip(1).step_by(2).copied().collect();
        let mut all = form.arrange(&begins);
        all.extend(form.arrange(&ends));
        let base = self.base(output);
        let mut inputs = vec![self.get(input, form)?, self.out.integers(&format!("{base}/pads"), &all)?];
        let mut mode = "constant";
        if operator.code == operator::PADV2 {
            let value = self.known_reals(operator.input(2)?).and_then(|v| v.first().copied());
            let value = value.ok_or("its padding value is computed, not constant")?;
            inputs.push(self.out.floats(&format!("{base}/value"), &[], &[value])?);
        }
        if operator.code == operator::MIRROR_PAD {
            let Some(BuiltinOptionsRef::MirrorPadOptions(options)) = &operator.options else {
                return Err("it lacks its options".into());
            };
            mode = match options.mode().map_err(unread)? {
                MirrorPadMode::Reflect => "reflect",
                // The border itself is repeated first, so one step of either is the same.
                MirrorPadMode::Symmetric if pads.iter().all(|p| *p <= 1) => "edge",
                MirrorPadMode::Symmetric => return Err("ONNX has no symmetric padding".into()),
            };
        }
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let x = self.emit("Pad", (output, form), "", (&inputs, vec![attribute::text("mode", mode)]));
        self.pass(input, (output, form), x)
    }

    pub(super) fn concatenation(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::ConcatenationOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let output = operator.output(0)?;
        let axes = self.shape(output).len();
        let axis = checked_axis(i64::from(options.axis().map_err(unread)?), axes)?;
        let inputs: Vec<usize> = operator.inputs.iter().copied().flatten().collect();
        if inputs.is_empty() || inputs.iter().any(|i| self.shape(*i).len() != axes) {
            return Err("its inputs have other axes than its output".into());
        }
        let planes = |t: &usize| self.is_activation(*t) && self.preferred(*t) == Form::Planes;
        let form = if axes >= 3 && inputs.iter().any(planes) { Form::Planes } else { Form::Rows };
        let values: Vec<String> =
            inputs.iter().map(|i| self.operand(*i, form, axes)).collect::<Result<_, _>>()?;
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let to = (output, form);
        let along = vec![attribute::int("axis", form.axis(axis, axes) as i64)];
        let x = self.emit("Concat", to, "", (&values, along));
        let activation = options.fused_activation_function().map_err(unread)?;
        let scale = |t: usize| self.model.tensors.get(t).map(|t| (&t.quantisation, t.kind));
        let same = inputs.iter().all(|i| scale(*i) == scale(output));
        match inputs.first() {
            Some(first) if same && activation == ActivationFunctionType::None => self.pass(*first, to, x),
            _ => self.finish(to, x, activation),
        }
    }

    pub(super) fn pack(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::PackOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let output = operator.output(0)?;
        let axis = checked_axis(i64::from(options.axis().map_err(unread)?), self.shape(output).len())? as i64;
        let base = self.base(output);
        let place = self.out.integers(&format!("{base}/axis"), &[axis])?;
        let mut values = Vec::new();
        for &input in operator.inputs.iter().flatten() {
            let x = self.rows(input)?;
            values.push(self.out.node("Unsqueeze", &format!("{base}/part"), &[&x, &place], Vec::new()));
        }
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let to = (output, Form::Rows);
        let x = self.emit("Concat", to, "", (&values, vec![attribute::int("axis", axis)]));
        self.finish(to, x, ActivationFunctionType::None)
    }

    pub(super) fn unpack(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::UnpackOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let input = operator.input(0)?;
        let shape = self.shape(input).to_vec();
        let axis = checked_axis(i64::from(options.axis().map_err(unread)?), shape.len())?;
        if shape.get(axis) != Some(&operator.outputs.len()) {
            return Err("it has another number of outputs than its axis is long".into());
        }
        let parts = self.parts(input, &vec![1; operator.outputs.len()], axis)?;
        for (&output, part) in operator.outputs.iter().zip(parts) {
            let place = self.out.integers(&format!("{}/axis", self.base(output)), &[axis as i64])?;
            let to = (output, Form::Rows);
            let x = self.emit("Squeeze", to, "", (&[&part, &place], Vec::new()));
            self.pass(input, to, x)?;
        }
        Ok(())
    }

    /// `sizes` elements of the axis for each part.
    fn parts(&mut self, input: usize, sizes: &[i64], axis: usize) -> Result<Vec<String>, Reason> {
        let x = self.rows(input)?;
        let name = format!("{}/Split", self.base(input));
        let sizes_name = self.out.integers(&format!("{name}/sizes"), sizes)?;
        let along = vec![attribute::int("axis", axis as i64)];
        Ok(self.out.nodes("Split", &name, &[&x, &sizes_name], (along, sizes.len())))
    }

    /// `SPLIT` and `SPLIT_V`: the sizes of the parts are those of the outputs.
    pub(super) fn split(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (place, from) = if operator.code == operator::SPLIT { (0, 1) } else { (2, 0) };
        let input = operator.input(from)?;
        let axis = self.known_integers(operator.input(place)?).and_then(|v| v.first().copied());
        let axes = self.shape(input).len();
        let axis = checked_axis(axis.ok_or("its axis is computed, not constant")?, axes)?;
        let size = |output: &usize| self.shape(*output).get(axis).map(|d| *d as i64);
        let sizes: Option<Vec<i64>> = operator.outputs.iter().map(size).collect();
        let sizes = sizes.filter(|s| Some(s.iter().sum()) == self.shape(input).get(axis).map(|d| *d as i64));
        let sizes = sizes.ok_or("its parts do not add up to its input")?;
        let form = self.preferred(input);
        let x = self.get(input, form)?;
        let name = format!("{}/Split", self.base(input));
        let sizes_name = self.out.integers(&format!("{name}/sizes"), &sizes)?;
        let along = vec![attribute::int("axis", form.axis(axis, axes) as i64)];
        let parts = self.out.nodes("Split", &name, &[&x, &sizes_name], (along, sizes.len()));
        for (&output, part) in operator.outputs.iter().zip(parts) {
            let (kind, batch) = (self.element(output), self.has_batch(output));
            let shape = self.shape_in(output, form);
            self.out.describe(&part, kind, &shape, batch);
            self.pass(input, (output, form), part)?;
        }
        Ok(())
    }

    pub(super) fn slice(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let begin = self.known_integers(operator.input(1)?).ok_or("its begin is computed, not constant")?;
        let size = self.known_integers(operator.input(2)?).ok_or("its size is computed, not constant")?;
        let shape = self.shape(input).to_vec();
        if begin.len() != shape.len() || size.len() != shape.len() {
            return Err("its begin and size do not fit its input".into());
        }
        let end = |i: usize| if size[i] < 0 { shape[i] as i64 } else { begin[i].saturating_add(size[i]) };
        let parts: Vec<Part> = (0..shape.len()).map(|i| (begin[i], end(i), 1)).collect();
        let form = self.preferred(input);
        let x = self.sliced(input, form, &parts, (output, form))?;
        self.pass(input, (output, form), x)
    }

    /// A Slice of the axes that are not taken whole; the value itself where all are.
    fn sliced(
        &mut self,
        input: usize,
        form: Form,
        parts: &[Part],
        to: (usize, Form),
    ) -> Result<String, Reason> {
        let x = self.get(input, form)?;
        let shape = self.shape(input).to_vec();
        let cut = |(axis, part): &(usize, &Part)| **part != (0, shape[*axis] as i64, 1);
        let cut: Vec<(usize, Part)> = parts.iter().enumerate().filter(cut).map(|(a, p)| (a, *p)).collect();
        if cut.is_empty() {
            return Ok(x);
        }
        let base = self.base(to.0);
        let axes: Vec<i64> = cut.iter().map(|(axis, _)| form.axis(*axis, shape.len()) as i64).collect();
        let list = |get: fn(&Part) -> i64| -> Vec<i64> { cut.iter().map(|(_, part)| get(part)).collect() };
        let inputs = [
            x,
            self.out.integers(&format!("{base}/starts"), &list(|p| p.0))?,
            self.out.integers(&format!("{base}/ends"), &list(|p| p.1))?,
            self.out.integers(&format!("{base}/axes"), &axes)?,
            self.out.integers(&format!("{base}/steps"), &list(|p| p.2))?,
        ];
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        if self.shape(to.0).len() == shape.len() {
            return Ok(self.emit("Slice", to, "", (&inputs, Vec::new())));
        }
        Ok(self.out.node("Slice", &format!("{base}/Slice"), &inputs, Vec::new()))
    }

    pub(super) fn strided_slice(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let (parts, dropped) = self.strided_parts(operator)?;
        let form = if dropped.is_empty() { self.preferred(input) } else { Form::Rows };
        let to = (output, form);
        let mut x = self.sliced(input, form, &parts, to)?;
        if !dropped.is_empty() {
            let axes = self.out.integers(&format!("{}/dropped", self.base(output)), &dropped)?;
            x = self.emit("Squeeze", to, "", (&[&x, &axes], Vec::new()));
        }
        self.pass(input, to, x)
    }

    /// The part of each axis that a `STRIDED_SLICE` takes, and the axes that it drops.
    pub(super) fn strided_parts(&self, operator: &Operator<'a>) -> Result<(Vec<Part>, Vec<i64>), Reason> {
        let Some(BuiltinOptionsRef::StridedSliceOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let known = |index: usize| -> Result<Vec<i64>, Reason> {
            let found = self.known_integers(operator.input(index)?);
            found.ok_or_else(|| "its begin, end or step is computed, not constant".into())
        };
        let (begin, end, step) = (known(1)?, known(2)?, known(3)?);
        let shape = self.shape(operator.input(0)?);
        if begin.len() > shape.len() || end.len() != begin.len() || step.len() != begin.len() {
            return Err("its begin, end and step do not fit its input".into());
        }
        if options.ellipsis_mask().map_err(unread)? != 0 || options.new_axis_mask().map_err(unread)? != 0 {
            return Err("it has an ellipsis or new axes".into());
        }
        let offset = options.offset().map_err(unread)?;
        let (begins, ends) = (options.begin_mask().map_err(unread)?, options.end_mask().map_err(unread)?);
        let shrink = options.shrink_axis_mask().map_err(unread)?;
        let (mut parts, mut dropped) = (Vec::new(), Vec::new());
        for (axis, &size) in shape.iter().enumerate() {
            let (size, bit) = (size as i64, 1 << axis);
            let (Some(&from), Some(&to), Some(&step)) = (begin.get(axis), end.get(axis), step.get(axis))
            else {
                parts.push((0, size, 1));
                continue;
            };
            if step == 0 {
                return Err("its step is 0".into());
            }
            let to = if offset { from.saturating_add(to) } else { to };
            let counted = |v: i64| if v < 0 { v + size } else { v };
            let low = if step < 0 { -1 } else { 0 };
            let high = if step < 0 { size - 1 } else { size };
            let mut first = counted(from).clamp(low, high);
            let mut last = counted(to).clamp(low, high);
            if begins & bit != 0 {
                first = if step < 0 { high } else { 0 };
            }
            if ends & bit != 0 {
                last = if step < 0 { -1 } else { high };
            }
            if shrink & bit != 0 {
                first = counted(from).clamp(0, (size - 1).max(0));
                parts.push((first, first + 1, 1));
                dropped.push(axis as i64);
                continue;
            }
            // An end before the first element is counted from the end, past all.
            parts.push((first, if last < 0 { -size - 1 } else { last }, step));
        }
        Ok((parts, dropped))
    }

    pub(super) fn gather(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let mut axis = 0;
        if let Some(BuiltinOptionsRef::GatherOptions(options)) = &operator.options {
            axis = i64::from(options.axis().map_err(unread)?);
            if options.batch_dims().map_err(unread)? != 0 {
                return Err("it has batch axes".into());
            }
        }
        let (input, indices, output) = (operator.input(0)?, operator.input(1)?, operator.output(0)?);
        let axis = checked_axis(axis, self.shape(input).len())?;
        let (x, places) = (self.rows(input)?, self.rows(indices)?);
        let to = (output, Form::Rows);
        let x = self.emit("Gather", to, "", (&[&x, &places], vec![attribute::int("axis", axis as i64)]));
        self.pass(input, to, x)
    }
}
