//! What a layer costs: stored values, bytes, multiply-accumulates.
//!
//! Conventions, stated once for the whole program:
//! - **bytes** are those of the stored weights: 4 per float32 value, biases included; a sparse
//!   matrix counts values, indices and pointers ([`csc_bytes`]). Not the file's framing.
//! - **parameters** are the stored values, biases included.
//! - **MACs** are multiply-accumulates of matrix products and convolutions for one sample, zeros of
//!   sparse factors left out, padding counted like input; 1 MAC = 2 FLOP. Biases, activations and
//!   pooling count nothing.

use crate::compress::{Factor, Pair, Setting, Split};
use crate::graph::{Constant, Graph, Layer, LayerKind, Weight, bytes_of, elements_of};
use crate::linalg::csc_bytes;
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
        return layer.constants.iter().map(|name| constant(graph, name)).sum();
    };
    let (rows, columns) = weight.matrix.dim();
    let own = if weight.sparse {
        let stored = weight.matrix.iter().filter(|v| **v != 0.0).count();
        let macs = stored as u64 * weight.positions;
        Cost { parameters: stored, bytes: csc_bytes(rows, columns, stored), macs }
    } else {
        dense(weight.matrix.len(), weight.positions)
    };
    biases(graph, layer) + own
}

/// The cost of the constants that belong to none of `layers`.
pub fn others(graph: &Graph, layers: &[Layer]) -> Cost {
    let owned: HashSet<&String> = layers.iter().flat_map(|l| &l.constants).collect();
    let initializers = graph.proto().initializer.iter().map(|t| &t.name);
    initializers.filter(|name| !owned.contains(name)).map(|name| constant(graph, name)).sum()
}

/// The cost of `layer` with its weights replaced by `pair`.
pub fn compressed(graph: &Graph, layer: &Layer, weight: &Weight, pair: &Pair) -> Cost {
    let [first, second] = stage_positions(weight, pair.split);
    biases(graph, layer) + stage(&pair.first, first) + stage(&pair.second, second)
}

/// The cost of a dense setting before its factors exist, from the shapes alone.
pub fn expected(graph: &Graph, layer: &Layer, weight: &Weight, setting: Setting) -> Cost {
    let (outputs, inputs) = weight.group_shape();
    let (split, first, second) = match setting {
        Setting::LowRank { rank } => (Split::Channel, rank * inputs, rank * outputs),
        Setting::Separation { rank } => {
            let width = filter_width(weight);
            (Split::Spatial, rank * inputs / width, rank * outputs * width)
        }
        Setting::Keep | Setting::Dictionary { .. } => return original(graph, layer),
    };
    let groups = weight.groups();
    let positions = stage_positions(weight, split);
    biases(graph, layer) + dense(groups * first, positions[0]) + dense(groups * second, positions[1])
}

/// The cost of a dictionary of `atoms` atoms whose code holds `stored` values.
pub fn dictionary(graph: &Graph, layer: &Layer, weight: &Weight, atoms: usize, stored: usize) -> Cost {
    let (outputs, inputs) = weight.group_shape();
    let positions = stage_positions(weight, Split::Channel);
    let code = Cost {
        parameters: stored,
        bytes: csc_bytes(atoms, inputs, stored),
        macs: stored as u64 * positions[0],
    };
    biases(graph, layer) + code + dense(atoms * outputs, positions[1])
}

fn biases(graph: &Graph, layer: &Layer) -> Cost {
    layer.constants.iter().skip(1).map(|name| constant(graph, name)).sum()
}

fn dense(values: usize, positions: u64) -> Cost {
    Cost { parameters: values, bytes: 4 * values, macs: values as u64 * positions }
}

fn filter_width(weight: &Weight) -> usize {
    match &weight.kind {
        LayerKind::Conv(conv) => conv.kernel.last().copied().unwrap_or(1),
        _ => 1,
    }
}

fn stage(factors: &[Factor], positions: u64) -> Cost {
    let parameters = factors.iter().map(Factor::stored).sum::<usize>();
    let bytes = factors.iter().map(Factor::bytes).sum();
    Cost { parameters, bytes, macs: parameters as u64 * positions }
}

/// How often each of the two matrices is applied. The vertical half of a separated convolution
/// runs over output rows and input columns.
fn stage_positions(weight: &Weight, split: Split) -> [u64; 2] {
    match (&weight.kind, split) {
        (LayerKind::Conv(conv), Split::Spatial) => {
            let vertical = conv.output[0] as u64 * conv.input[1] as u64;
            [vertical, weight.positions]
        }
        _ => [weight.positions; 2],
    }
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
