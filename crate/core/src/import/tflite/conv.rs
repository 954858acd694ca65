//! Convolutions: weights out of `TFLite`'s order, padding made explicit.

use super::build::attribute;
use super::constant::Arrangement;
use super::form::Form;
use super::{Lowering, Reason};
use crate::graph::proto::AttributeProto;
use crate::graph::{self, Axis, Window, new_pads};
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef, Padding};
use sepal_tflite::{Operator, planus};

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

/// A filter of `kernel` rows and columns, its steps and the distances of its taps.
pub(super) fn window(
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    padding: Padding,
) -> Result<Window, Reason> {
    if kernel.contains(&0) {
        return Err("its filter has no size".into());
    }
    let axis = |at: usize| Axis { kernel: kernel[at], stride: stride[at], dilation: dilation[at] };
    let padding = match padding {
        Padding::Same => graph::Padding::SameUpper,
        Padding::Valid => graph::Padding::Valid,
    };
    Ok(Window { axes: vec![axis(0), axis(1)], padding })
}

/// The attributes of a Conv or a pool between values of these sizes, its padding in numbers.
pub(super) fn attributes(
    window: &Window,
    input: [usize; 2],
    output: [usize; 2],
) -> Result<Vec<AttributeProto>, Reason> {
    let expected = [0, 1].map(|at| window.places(at, input[at]).unwrap_or(0));
    let wrong = expected.iter().zip(output).find(|(expected, output)| **expected == 0 || *expected != output);
    if let Some((expected, output)) = wrong {
        return Err(format!("its output has {output} positions where {expected} fit"));
    }
    let padding = graph::Padding::Explicit(window.pads(&input));
    let window = Window { padding, ..window.clone() };
    let [kernel, strides, dilations, pads] = window.attributes();
    let mut attributes = vec![kernel, strides];
    attributes.extend([pads].into_iter().filter(|pads| pads.ints.iter().any(|pad| *pad != 0)));
    attributes.extend([dilations].into_iter().filter(|dilations| dilations.ints != [1, 1]));
    Ok(attributes)
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
        let window = window(kernel, stride, dilation, options.padding().map_err(unread)?)?;
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
        let window = window(kernel, stride, dilation, options.padding().map_err(unread)?)?;
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
        let mut attributes = attributes(&window, sizes.0, sizes.1)?;
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
        // What the filters reach over beyond the output is cut off, what they do not reach is added behind.
        let window = window(kernel, stride, [1, 1], Padding::Same)?;
        let excess = [0, 1].map(|at| window.axes[at].excess(to[at], from[at]));
        let more = excess.map(|excess| excess.min(0).saturating_neg());
        if more.iter().zip(stride).any(|(m, s)| *m >= s as i64) {
            return Err("its output is larger than its filter reaches".into());
        }
        let pads = excess.map(|excess| window.padding.halves(usize::try_from(excess).unwrap_or(0)));
        let [kernel, strides, _, _] = window.attributes();
        let mut attributes = vec![kernel, strides, new_pads(&pads)];
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
