//! Convolutions: weights out of `TFLite`'s order, padding made explicit.

use super::build::attribute;
use super::constant::Arrangement;
use super::form::Form;
use super::read::Operator;
use super::{Lowering, Reason};
use crate::graph::proto::AttributeProto;
use crate::tflite::schema::{ActivationFunctionType, BuiltinOptionsRef, Padding};

/// A filter's steps, rows before columns.
#[derive(Clone, Copy)]
pub(super) struct Window {
    pub(super) kernel: [usize; 2],
    pub(super) stride: [usize; 2],
    pub(super) dilation: [usize; 2],
    pub(super) padding: Padding,
}

/// An option that could not be read.
pub(super) fn unread(_: planus::Error) -> Reason {
    "its options cannot be read".into()
}

/// A size of at least 1 out of the options.
pub(super) fn size(value: planus::Result<i32>) -> Result<usize, Reason> {
    let value = usize::try_from(value.map_err(unread)?).ok().filter(|v| (1..1 << 16).contains(v));
    value.ok_or_else(|| "its stride, filter or dilation is not a positive size".into())
}

/// Rows and columns of a shape in the order of the file.
pub(super) fn spatial(shape: &[usize]) -> Result<[usize; 2], Reason> {
    match *shape {
        [_, h, w, _] => Ok([h, w]),
        _ => Err(format!("its shape {shape:?} has not 4 axes")),
    }
}

impl Window {
    /// Padding so that `input` positions give `output` ones: at the beginnings, then at the ends.
    fn pads(&self, input: [usize; 2], output: [usize; 2]) -> Result<Vec<i64>, Reason> {
        let (mut begins, mut ends) = (Vec::new(), Vec::new());
        for axis in 0..2 {
            let before = self.kernel[axis].checked_sub(1).ok_or("its filter has no size")?;
            let reach = before.saturating_mul(self.dilation[axis]).saturating_add(1);
            let expected = match self.padding {
                Padding::Same => input[axis].div_ceil(self.stride[axis]),
                Padding::Valid => (input[axis] + self.stride[axis]).saturating_sub(reach) / self.stride[axis],
            };
            if expected != output[axis] || expected == 0 {
                return Err(format!("its output has {} positions where {expected} fit", output[axis]));
            }
            let all = match self.padding {
                Padding::Same => ((expected - 1) * self.stride[axis] + reach).saturating_sub(input[axis]),
                Padding::Valid => 0,
            };
            begins.push((all / 2) as i64);
            ends.push((all - all / 2) as i64);
        }
        begins.extend(ends);
        Ok(begins)
    }

    /// The attributes of a Conv or a pool between values of these sizes.
    pub(super) fn attributes(
        &self,
        input: [usize; 2],
        output: [usize; 2],
    ) -> Result<Vec<AttributeProto>, Reason> {
        let pads = self.pads(input, output)?;
        let ints = |name, values: [usize; 2]| attribute::ints(name, &values.map(|v| v as i64));
        let mut attributes = vec![ints("kernel_shape", self.kernel), ints("strides", self.stride)];
        if pads.iter().any(|p| *p != 0) {
            attributes.push(attribute::ints("pads", &pads));
        }
        if self.dilation != [1, 1] {
            attributes.push(ints("dilations", self.dilation));
        }
        Ok(attributes)
    }
}

impl<'a> Lowering<'a> {
    pub(super) fn conv(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::Conv2DOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let weights = operator.input(1)?;
        let shape = self.shape(weights).to_vec();
        let kernel = spatial(&shape)?;
        let stride = [size(options.stride_h())?, size(options.stride_w())?];
        let dilation = [size(options.dilation_h_factor())?, size(options.dilation_w_factor())?];
        let window = Window { kernel, stride, dilation, padding: options.padding().map_err(unread)? };
        let channels = self.shape(operator.input(0)?).last().copied().unwrap_or(0);
        let (outputs, depth) = (shape[0], shape[3]);
        if depth == 0
            || outputs == 0
            || !channels.is_multiple_of(depth)
            || !outputs.is_multiple_of((channels / depth).max(1))
        {
            return Err(format!("its weights {shape:?} do not fit {channels} channels"));
        }
        let order = Arrangement::permuted(&shape, &[0, 3, 1, 2]);
        let activation = options.fused_activation_function().map_err(unread)?;
        self.convolution(operator, &order, (window, channels / depth), activation)
    }

    pub(super) fn depthwise(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::DepthwiseConv2DOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let weights = operator.input(1)?;
        let shape = self.shape(weights).to_vec();
        let kernel = spatial(&shape)?;
        let stride = [size(options.stride_h())?, size(options.stride_w())?];
        let dilation = [size(options.dilation_h_factor())?, size(options.dilation_w_factor())?];
        let window = Window { kernel, stride, dilation, padding: options.padding().map_err(unread)? };
        let channels = self.shape(operator.input(0)?).last().copied().unwrap_or(0);
        if channels == 0 || shape[0] != 1 || shape[3] == 0 || !shape[3].is_multiple_of(channels) {
            return Err(format!("its weights {shape:?} do not fit {channels} channels"));
        }
        let order = Arrangement::permuted(&shape, &[3, 0, 1, 2]);
        let activation = options.fused_activation_function().map_err(unread)?;
        self.convolution(operator, &order, (window, channels), activation)
    }

    fn convolution(
        &mut self,
        operator: &Operator<'a>,
        order: &Arrangement,
        (window, groups): (Window, usize),
        activation: ActivationFunctionType,
    ) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let sizes = (spatial(self.shape(input))?, spatial(self.shape(output))?);
        if self.shape(output).last() != order.shape.first() {
            return Err("its output has another number of channels than its weights".into());
        }
        let mut attributes = window.attributes(sizes.0, sizes.1)?;
        if groups != 1 {
            attributes.push(attribute::int("group", groups as i64));
        }
        let x = self.planes(input)?;
        let weights = self.weight_or_transposed(operator.input(1)?, order)?;
        let mut inputs = vec![x, weights];
        inputs.extend(self.bias(operator, 2, order.shape[0])?);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let to = (output, Form::Planes);
        let value = self.emit("Conv", to, "", (&inputs, attributes));
        self.finish(to, value, activation)
    }

    /// The weights, constant or computed, with their axes in another order.
    pub(super) fn weight_or_transposed(
        &mut self,
        tensor: usize,
        order: &Arrangement,
    ) -> Result<String, Reason> {
        if !self.is_activation(tensor) {
            return self.weights(tensor, order);
        }
        let rows = self.rows(tensor)?;
        let perm: Vec<i64> = order.order.iter().map(|a| *a as i64).collect();
        let name = format!("{}/Transpose", self.base(tensor));
        Ok(self.out.node("Transpose", &name, &[&rows], vec![attribute::ints("perm", &perm)]))
    }

    pub(super) fn transpose_conv(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::TransposeConvOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        let (weights, input, output) = (operator.input(1)?, operator.input(2)?, operator.output(0)?);
        let shape = self.shape(weights).to_vec();
        let kernel = spatial(&shape)?;
        let stride = [size(options.stride_h())?, size(options.stride_w())?];
        let (from, to) = (spatial(self.shape(input))?, spatial(self.shape(output))?);
        let (mut begins, mut ends, mut more) = (Vec::new(), Vec::new(), Vec::new());
        for axis in 0..2 {
            let full = (from[axis].max(1) - 1) * stride[axis] + kernel[axis];
            let all = full.saturating_sub(to[axis]);
            begins.push((all / 2) as i64);
            ends.push((all - all / 2) as i64);
            more.push((to[axis] + all - full) as i64);
        }
        if more.iter().zip(stride).any(|(m, s)| *m >= s as i64) {
            return Err("its output is larger than its filter reaches".into());
        }
        begins.extend(ends);
        let ints = |name, values: [usize; 2]| attribute::ints(name, &values.map(|v| v as i64));
        let mut attributes = vec![ints("kernel_shape", kernel), ints("strides", stride)];
        attributes.push(attribute::ints("pads", &begins));
        if more.iter().any(|m| *m != 0) {
            attributes.push(attribute::ints("output_padding", &more));
        }
        let x = self.planes(input)?;
        let order = Arrangement::permuted(&shape, &[3, 0, 1, 2]);
        let mut inputs = vec![x, self.weight_or_transposed(weights, &order)?];
        inputs.extend(self.bias(operator, 3, shape[0])?);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let place = (output, Form::Planes);
        let value = self.emit("ConvTranspose", place, "", (&inputs, attributes));
        self.finish(place, value, options.fused_activation_function().map_err(unread)?)
    }
}
