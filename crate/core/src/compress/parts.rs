//! What replaces a layer: one or two matrices per group, and perhaps other biases.

use super::{Order, Values, storage};
use crate::graph::Weight;
use ndarray::{Array2, Axis, concatenate, s};

/// How matrices divide a layer. For a layer that is no convolution, [`Split::Whole`] is one matrix and
/// everything else two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// One matrix, of the layer's own shape.
    Whole,
    /// Whole filters onto k channels, then 1x1 onto the outputs.
    Channel,
    /// 1x1 onto k channels, then whole filters.
    Input,
    /// d x 1 onto k channels, then 1 x d onto the outputs, or the other way round.
    Spatial(Order),
}

/// A matrix as it is stored: those of all groups, one below the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Its real values, with all zeros.
    pub matrix: Array2<f32>,
    /// What is left out.
    pub support: Support,
    /// How values are stored.
    pub values: Values,
    /// Scale of each row, or the codebook; empty for float32.
    pub table: Vec<f32>,
}

/// Which elements of a matrix are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// All.
    Dense,
    /// Blocks of rows, each with one place.
    Sparse {
        /// How many.
        blocks: usize,
        /// Rows of one.
        block: usize,
    },
}

impl Support {
    /// What `mask` keeps, in blocks of `block` rows.
    pub fn of(mask: &Array2<bool>, block: usize) -> Self {
        let block = block.max(1);
        let heads = mask.axis_iter(Axis(0)).step_by(block);
        let blocks = heads.map(|row| row.iter().filter(|free| **free).count()).sum();
        Self::Sparse { blocks, block }
    }
}

impl Factor {
    /// The number of stored values.
    pub fn stored(&self) -> usize {
        match self.support {
            Support::Dense => self.matrix.len(),
            Support::Sparse { blocks, block } => blocks * block,
        }
    }

    /// The bytes of what is stored: values, indices, scales.
    pub fn bytes(&self) -> usize {
        let (rows, columns) = self.matrix.dim();
        match self.support {
            Support::Dense => storage::dense_bytes(rows, columns, self.values),
            Support::Sparse { blocks, block } => {
                storage::sparse_bytes((rows, columns), blocks, block, self.values)
            }
        }
    }
}

/// One stage of a replacement, applied as a layer of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Name of the part, for nodes and initializers.
    pub name: &'static str,
    /// Its matrix.
    pub factor: Factor,
}

/// A layer's replacement: stages in the order of application.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// How a convolution is divided.
    pub split: Split,
    /// One or two.
    pub stages: Vec<Stage>,
    /// New biases, one per output, where they change.
    pub bias: Option<Vec<f32>>,
    /// What stands in for the fit that was asked for, where that gave no sensible numbers.
    pub stand_in: Option<StandIn>,
}

/// What a layer becomes where its fit gives no sensible numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandIn {
    /// The same form fitted to the old weights.
    Plain,
    /// The old weights.
    Kept,
}

/// Numbers above this are no weights: their squares and sums leave float32 soon.
const LARGEST: f32 = 1e15;
/// Weights so many times as large as the old ones undo each other; rounding undoes the model.
const GROWTH: f32 = 1e4;

impl Parts {
    /// The old weights, as they are.
    pub(crate) fn kept(weight: &Weight) -> Self {
        let matrix = weight.matrix.clone();
        let factor = Factor { matrix, support: Support::Dense, values: Values::Float, table: Vec::new() };
        let stages = vec![Stage { name: "kept", factor }];
        Self { split: Split::Whole, stages, bias: None, stand_in: Some(StandIn::Kept) }
    }

    /// Whether all numbers are some that a model can be run with: finite, and of the size of weights.
    pub(crate) fn is_sound(&self, weight: &Weight) -> bool {
        let sound = |v: &f32| v.abs() <= LARGEST;
        let stored =
            |Stage { factor, .. }: &Stage| factor.matrix.iter().all(sound) && factor.table.iter().all(sound);
        let bias = self.bias.as_deref().unwrap_or_default();
        self.stages.iter().all(stored) && bias.iter().all(sound) && self.growth(weight) <= GROWTH
    }

    /// How many times larger than the old weights the new ones are, by the largest of each.
    fn growth(&self, weight: &Weight) -> f32 {
        let largest = |m: &Array2<f32>| m.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
        let now = largest(&self.product(weight));
        if now > 0.0 { now / largest(&weight.matrix) } else { 0.0 }
    }

    /// The one matrix per group that the stages amount to, outputs x inputs of all groups.
    pub fn product(&self, weight: &Weight) -> Array2<f32> {
        let groups: Vec<Array2<f32>> = (0..weight.groups()).map(|g| self.group(weight, g)).collect();
        let views: Vec<_> = groups.iter().map(|group| group.view()).collect();
        concatenate(Axis(0), &views).unwrap_or_default()
    }

    /// The matrix of one group.
    pub fn group(&self, weight: &Weight, group: usize) -> Array2<f32> {
        let of = |stage: &Stage| group_rows(&stage.factor.matrix, group, weight.groups());
        match &self.stages[..] {
            [only] => of(only),
            [first, second, ..] => of(second).dot(&expand(self.split, weight, &of(first))),
            [] => Array2::zeros(weight.group_shape()),
        }
    }
}

/// The first matrix as it acts on the layer's own inputs: the matrix Q with which
/// W ~ second Q. Where the second stage has filter taps, Q repeats the first for each of them.
pub(crate) fn expand(split: Split, weight: &Weight, first: &Array2<f32>) -> Array2<f32> {
    let (height, width) = weight.filter_size();
    let (rank, inputs) = (first.nrows(), weight.group_shape().1);
    let taps = height * width;
    let q = |rows: usize, place: &dyn Fn(usize, usize) -> (usize, usize, usize)| {
        // For every entry of the first matrix: its row in Q, its column there, and the step of both
        // from one tap of the second stage to the next.
        let mut matrix = Array2::zeros((rank * rows, inputs));
        for ((k, a), &value) in first.indexed_iter() {
            for tap in 0..rows {
                let (row, column, step) = place(k, a);
                matrix[[row + tap, column + tap * step]] = value;
            }
        }
        matrix
    };
    match split {
        Split::Whole | Split::Channel => first.clone(),
        Split::Input => q(taps, &|k, c| (k * taps, c * taps, 1)),
        Split::Spatial(Order::Vertical) => q(width, &|k, ci| (k * width, ci * width, 1)),
        Split::Spatial(Order::Horizontal) => {
            q(height, &|k, cj| (k * height, cj / width * taps + cj % width, width))
        }
    }
}

/// Filters n x (k, tap) of a matrix (n, tap) x k.
pub(crate) fn filters(matrix: &Array2<f32>, taps: usize) -> Array2<f32> {
    let (rows, rank) = matrix.dim();
    Array2::from_shape_fn((rows / taps, rank * taps), |(output, inner)| {
        matrix[[output * taps + inner % taps, inner / taps]]
    })
}

/// The second moment of what the first stage sees, from that of the layer's inputs: the mean over
/// the taps that the second stage repeats it for.
pub(crate) fn marginal(split: Split, weight: &Weight, gram: &Array2<f32>) -> Array2<f32> {
    let (height, width) = weight.filter_size();
    let taps = height * width;
    let inputs = gram.nrows();
    let (size, repeats): (usize, usize) = match split {
        Split::Whole | Split::Channel => return gram.clone(),
        Split::Input => (inputs / taps, taps),
        Split::Spatial(Order::Vertical) => (inputs / width, width),
        Split::Spatial(Order::Horizontal) => (inputs / height, height),
    };
    let place = |a: usize, tap: usize| match split {
        Split::Spatial(Order::Horizontal) => a / width * taps + a % width + tap * width,
        _ => a * repeats + tap,
    };
    Array2::from_shape_fn((size, size), |(a, b)| {
        (0..repeats).map(|tap| gram[[place(a, tap), place(b, tap)]]).sum::<f32>() / repeats as f32
    })
}

/// The rows of `matrix` that belong to group `group` of `groups`.
pub(crate) fn group_rows<T: Clone>(matrix: &Array2<T>, group: usize, groups: usize) -> Array2<T> {
    let rows = matrix.nrows() / groups;
    matrix.slice(s![group * rows..(group + 1) * rows, ..]).to_owned()
}
