//! What a layer costs: stored values, bytes, multiply-accumulates.
//!
//! Conventions, stated once for the whole program:
//! - **bytes** are those of the stored weights, biases included: 4 per float32 value, else as
//!   [`crate::compress::sparse_bytes`] says; a sparse matrix counts values, indices and pointers.
//!   Not the file's framing.
//! - **parameters** are the stored values, biases included.
//! - **MACs** are multiply-accumulates of matrix products and convolutions for one sample, zeros of
//!   sparse factors left out, padding counted like input; 1 MAC = 2 FLOP. Biases, activations and
//!   pooling count nothing.
//! - **RAM** is the peak of the float32 activations that are alive at once ([`live_bytes`]).

mod ram;

pub use ram::{between_bytes, live_bytes};

use crate::compress::{
    Order, Parts, Split, Stage, StageShape, Stages, Values, bias_bytes, dense_bytes, sparse_bytes,
};
use crate::graph::{Constant, Element, Graph, Layer, LayerKind, Role, Stored, Weight, bytes_of, elements_of};
use std::collections::HashSet;
use std::ops::Add;

/// The cost of a layer or of a model, for one sample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Stored values.
    pub parameters: usize,
    /// Bytes of stored values, indices and pointers.
    pub bytes: usize,
    /// Multiply-accumulates.
    pub macs: u64,
}

impl Add for Cost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            parameters: self.parameters + other.parameters,
            bytes: self.bytes + other.bytes,
            macs: self.macs + other.macs,
        }
    }
}

impl std::iter::Sum for Cost {
    fn sum<I: Iterator<Item = Self>>(costs: I) -> Self {
        costs.fold(Self::default(), Add::add)
    }
}

/// The cost of `layer` as the file has it. The MACs of layers that cannot be compressed are not
/// counted.
pub fn original(graph: &Graph, layer: &Layer) -> Cost {
    let Ok(weight) = &layer.weight else {
        return layer.constants.iter().map(|own| stored(graph, own)).sum();
    };
    let (rows, columns) = weight.matrix.dim();
    let of_weights = |own: &&Stored| matches!(own.role, Role::Weight | Role::WeightTable);
    let file: Cost = layer.constants.iter().filter(of_weights).map(|own| stored(graph, own)).sum();
    let values =
        if weight.sparse { weight.matrix.iter().filter(|v| **v != 0.0).count() } else { weight.matrix.len() };
    let macs = values as u64 * weight.positions;
    let name = graph.nodes().get(layer.node).and_then(|node| node.input.get(layer.input));
    let listed = layer.constants.iter().any(|own| is_list(graph, &own.name, values));
    let packed = name.is_some_and(|name| graph.is_packed(name));
    let own = if packed && !(weight.sparse && listed) {
        Cost { parameters: values, bytes: file.bytes, macs }
    } else if weight.sparse {
        Cost { parameters: values, bytes: sparse_bytes((rows, columns), values, 1, Values::Float), macs }
    } else {
        Cost { macs, ..file }
    };
    biases(graph, layer) + own
}

/// Whether a constant holds at least `count` real numbers.
fn is_list(graph: &Graph, name: &str, count: usize) -> bool {
    let Some(Constant::Dense(tensor)) = graph.constant(name) else { return false };
    tensor.element() == Some(Element::Float) && elements_of(&tensor.dims).is_some_and(|found| found >= count)
}

/// The cost of the constants that belong to none of `layers`.
pub fn others(graph: &Graph, layers: &[Layer]) -> Cost {
    let owned: HashSet<&String> = layers.iter().flat_map(|l| &l.constants).map(|own| &own.name).collect();
    let initializers = graph.proto().initializer.iter().map(|t| &t.name);
    initializers.filter(|name| !owned.contains(name)).map(|name| constant(graph, name)).sum()
}

/// The cost of `layer` with its weights replaced by `parts`.
pub fn compressed(graph: &Graph, layer: &Layer, weight: &Weight, parts: &Parts) -> Cost {
    let positions = stage_positions(weight, parts.split);
    let stages = parts.stages.iter().zip(positions).map(|(own, positions)| stage(own, positions));
    let values = parts.stages.first().map(|stage| stage.factor.values).unwrap_or_default();
    new_biases(graph, layer, weight, parts.bias.is_some(), values) + stages.sum()
}

/// The cost of what a setting stores before its factors exist, from its shape alone.
pub fn expected(graph: &Graph, layer: &Layer, weight: &Weight, stages: &Stages, values: Values) -> Cost {
    if stages.is_whole() && values == Values::Float {
        return original(graph, layer);
    }
    let positions = stage_positions(weight, stages.split);
    let costs =
        stages.shapes.iter().zip(positions).map(|(shape, positions)| of_shape(shape, values, positions));
    new_biases(graph, layer, weight, false, values) + costs.sum()
}

fn of_shape(shape: &StageShape, values: Values, positions: u64) -> Cost {
    let &StageShape { rows, columns, stored, block, .. } = shape;
    let (count, bytes) = match stored {
        None => (rows * columns, dense_bytes(rows, columns, values)),
        Some(count) => (count, sparse_bytes((rows, columns), count / block, block, values)),
    };
    Cost { parameters: count, bytes, macs: count as u64 * positions }
}

fn biases(graph: &Graph, layer: &Layer) -> Cost {
    let of_biases = |own: &&Stored| matches!(own.role, Role::Bias | Role::BiasTable);
    layer.constants.iter().filter(of_biases).map(|own| stored(graph, own)).sum()
}

/// A constant of a layer as the file stores it; scales and zero points are bytes, not parameters.
fn stored(graph: &Graph, own: &Stored) -> Cost {
    let cost = constant(graph, &own.name);
    let table = matches!(own.role, Role::WeightTable | Role::BiasTable);
    Cost { parameters: if table { 0 } else { cost.parameters }, ..cost }
}

/// Biases of a changed layer: those that it has, or one per output where it gets new ones.
fn new_biases(graph: &Graph, layer: &Layer, weight: &Weight, added: bool, values: Values) -> Cost {
    let old = biases(graph, layer).parameters;
    let count = if added { old.max(weight.matrix.nrows()) } else { old };
    Cost { parameters: count, bytes: count * bias_bytes(values), macs: 0 }
}

fn stage(stage: &Stage, positions: u64) -> Cost {
    let stored = stage.factor.stored();
    Cost { parameters: stored, bytes: stage.factor.bytes(), macs: stored as u64 * positions }
}

/// How often each of the two matrices is applied. The vertical half of a separated convolution
/// runs over output rows and input columns, a 1x1 in front over the whole input.
fn stage_positions(weight: &Weight, split: Split) -> [u64; 2] {
    let LayerKind::Conv(conv) = &weight.kind else { return [weight.positions; 2] };
    let first = match split {
        Split::Whole | Split::Channel => weight.positions,
        Split::Input => conv.input.iter().map(|&d| d as u64).product(),
        Split::Spatial(Order::Vertical) => conv.output[0] as u64 * conv.input[1] as u64,
        Split::Spatial(Order::Horizontal) => conv.input[0] as u64 * conv.output[1] as u64,
    };
    [first, weight.positions]
}

fn constant(graph: &Graph, name: &str) -> Cost {
    let (parameters, bytes) = match graph.constant(name) {
        Some(Constant::Dense(tensor)) => (elements_of(&tensor.dims).unwrap_or(0), bytes_of(tensor)),
        Some(Constant::Sparse(tensor)) => {
            let count = tensor.values.as_ref().and_then(|v| elements_of(&v.dims)).unwrap_or(0);
            (count, 4 * count)
        }
        None => (0, 0),
    };
    Cost { parameters, bytes, macs: 0 }
}
