//! Products with weights.

use super::net::{Recipe, Slot, SlotId};
use super::planner::{Form, Planner, Reason, fused};
use super::weights::{Arrangement, constants};
use crate::export::artifact::program::{Border, Geometry, Product, TensorId};
use crate::graph::Axis;
use sepal_tflite::operator;
use sepal_tflite::schema::{
    BuiltinOptions, Conv2DOptions, DepthwiseConv2DOptions, FullyConnectedOptions, Padding,
};

/// How a window gets beyond the edges of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edge {
    /// As `TFLite`'s own rule says.
    Own(Padding),
    /// By an operator before it, and then not at all.
    Around(Border),
}

/// Version of the operator for filters of groups.
const GROUPED: i32 = 6;

impl Planner<'_> {
    /// One or several vectors times a matrix.
    pub(super) fn dense(
        &mut self,
        (input, output): (TensorId, TensorId),
        product: &Product,
    ) -> Result<(), Reason> {
        let (rows, columns) = product.matrix.dim();
        let positions = self.program.tensors[input].len() / columns.max(1);
        let (slot, order) = if positions == 1 { self.vector(input)? } else { (self.flat(input)?, None) };
        let arrangement = Arrangement { columns: order, transposed: false, shape: vec![rows, columns] };
        let own = self.net.slots[slot].quantisation();
        let [weights, bias] = constants(&mut self.net, product, own, &arrangement);
        let options = FullyConnectedOptions {
            fused_activation_function: fused(product.activation),
            ..FullyConnectedOptions::default()
        };
        let recipe = Recipe {
            code: operator::FULLY_CONNECTED,
            int8_version: 4,
            options: Some(BuiltinOptions::FullyConnectedOptions(Box::new(options))),
        };
        let result = self.result(output, vec![positions, rows]);
        let slot = self.net.step(recipe, vec![slot, weights, bias], result);
        let slot = self.limited(slot, product.activation);
        self.define(output, Form::Flat, slot);
        Ok(())
    }

    /// The slot of the program's tensor `id`, on its scale.
    pub(super) fn result(&self, id: TensorId, shape: Vec<usize>) -> Slot {
        Slot::activation(&self.program.tensors[id].name, shape, self.scale(id))
    }

    /// A convolution of an image.
    pub(super) fn convolution(
        &mut self,
        slot: SlotId,
        output: TensorId,
        product: &Product,
        geometry: &Geometry,
    ) -> Result<SlotId, Reason> {
        let (rows, h, w) = self.dim(output);
        let (slot, padding) = match self.edge(slot, (h, w), geometry) {
            Edge::Own(padding) => (slot, padding),
            Edge::Around(border) => (self.padded(slot, border), Padding::Valid),
        };
        let channels = self.net.slots[slot].shape.last().copied().unwrap_or(0);
        if channels == 0 || !rows.is_multiple_of(channels.min(geometry.groups).max(1)) {
            return Err("its filters do not fit its groups".into());
        }
        let depthwise = geometry.groups == channels && channels > 1;
        let arrangement = arrangement(product.matrix.dim(), geometry, depthwise);
        let input = self.net.slots[slot].quantisation();
        let [weights, bias] = constants(&mut self.net, product, input, &arrangement);
        let recipe = if depthwise {
            depthwise_recipe(product, geometry, (padding, rows / channels))
        } else {
            convolution_recipe(product, geometry, padding)
        };
        let result = self.result(output, vec![1, h, w, rows]);
        let grouped = !depthwise && geometry.groups > 1;
        let slot = self.net.step(recipe, vec![slot, weights, bias], result);
        if let Some(step) = self.net.steps.last_mut().filter(|_| grouped) {
            step.version = GROUPED;
        }
        Ok(self.limited(slot, product.activation))
    }

    /// How windows that make an image of `out` rows and columns get beyond the edges of `slot`.
    pub(super) fn edge(&self, slot: SlotId, out: (usize, usize), geometry: &Geometry) -> Edge {
        let [rows, columns] = self.sides(slot, out, geometry);
        if rows.is_valid() && columns.is_valid() {
            return Edge::Own(Padding::Valid);
        }
        if rows.is_same() && columns.is_same() {
            return Edge::Own(Padding::Same);
        }
        Edge::Around(self.around(slot, out, geometry))
    }

    /// The border that those windows need.
    pub(super) fn around(&self, slot: SlotId, out: (usize, usize), geometry: &Geometry) -> Border {
        let [rows, columns] = self.sides(slot, out, geometry);
        Border { top: rows.before, left: columns.before, bottom: rows.after(), right: columns.after() }
    }

    fn sides(&self, slot: SlotId, out: (usize, usize), geometry: &Geometry) -> [Side; 2] {
        let shape = &self.net.slots[slot].shape;
        let (kernel, stride, dilation) = (geometry.kernel, geometry.stride, geometry.dilation);
        let size = |axis: usize| shape.get(axis).copied().unwrap_or(0);
        let rows = Axis { kernel: kernel.0, stride: stride.0, dilation: dilation.0 };
        let columns = Axis { kernel: kernel.1, stride: stride.1, dilation: dilation.1 };
        [
            Side { axis: rows, size: size(1), out: out.0, before: geometry.pads.top },
            Side { axis: columns, size: size(2), out: out.1, before: geometry.pads.left },
        ]
    }
}

/// Windows along rows or columns.
struct Side {
    axis: Axis,
    size: usize,
    out: usize,
    before: usize,
}

impl Side {
    /// What the windows take beyond the image.
    fn missing(&self) -> usize {
        usize::try_from(self.axis.excess(self.size, self.out)).unwrap_or(0)
    }

    /// What they take behind it.
    fn after(&self) -> usize {
        self.missing().saturating_sub(self.before)
    }

    fn is_valid(&self) -> bool {
        self.before == 0 && self.axis.fitting(self.size) == Some(self.out)
    }

    fn is_same(&self) -> bool {
        self.out == self.axis.steps(self.size) && self.before == self.missing() / 2
    }
}

/// The filters of a convolution: outputs, rows, columns, channels; or without the channels and outputs
/// last, where each channel has its own.
fn arrangement((rows, columns): (usize, usize), geometry: &Geometry, depthwise: bool) -> Arrangement {
    let (h, w) = geometry.kernel;
    if depthwise {
        return Arrangement { columns: None, transposed: true, shape: vec![1, h, w, rows] };
    }
    let (taps, channels) = (h * w, columns / (h * w).max(1));
    let order = (0..taps).flat_map(|tap| (0..channels).map(move |channel| channel * taps + tap));
    let columns = (taps > 1 && channels > 1).then(|| order.collect());
    Arrangement { columns, transposed: false, shape: vec![rows, h, w, channels] }
}

fn convolution_recipe(product: &Product, geometry: &Geometry, padding: Padding) -> Recipe {
    let options = Conv2DOptions {
        padding,
        stride_h: geometry.stride.0 as i32,
        stride_w: geometry.stride.1 as i32,
        fused_activation_function: fused(product.activation),
        dilation_h_factor: geometry.dilation.0 as i32,
        dilation_w_factor: geometry.dilation.1 as i32,
    };
    let options = Some(BuiltinOptions::Conv2DOptions(Box::new(options)));
    Recipe { code: operator::CONV_2D, int8_version: 3, options }
}

fn depthwise_recipe(
    product: &Product,
    geometry: &Geometry,
    (padding, multiplier): (Padding, usize),
) -> Recipe {
    let options = DepthwiseConv2DOptions {
        padding,
        stride_h: geometry.stride.0 as i32,
        stride_w: geometry.stride.1 as i32,
        depth_multiplier: multiplier as i32,
        fused_activation_function: fused(product.activation),
        dilation_h_factor: geometry.dilation.0 as i32,
        dilation_w_factor: geometry.dilation.1 as i32,
    };
    let options = Some(BuiltinOptions::DepthwiseConv2DOptions(Box::new(options)));
    Recipe { code: operator::DEPTHWISE_CONV_2D, int8_version: 3, options }
}
