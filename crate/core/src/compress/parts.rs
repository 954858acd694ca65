//! What replaces a layer: one or two matrices per group, and perhaps other biases.

use super::{Order, Values, storage};
use crate::graph::{LayerKind, Weight};
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};

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

/// One matrix as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Its real values, with all zeros.
    pub matrix: Array2<f32>,
    /// Whether zeros are left out; the number of neighbouring rows that share theirs.
    pub block: Option<usize>,
    /// How values are stored.
    pub values: Values,
    /// Scale of each row, or the codebook; empty for float32.
    pub table: Vec<f32>,
}

impl Factor {
    /// A float32 matrix with every element stored.
    pub fn dense(matrix: Array2<f32>) -> Self {
        Self { matrix, block: None, values: Values::Float, table: Vec::new() }
    }

    /// A float32 matrix with its zeros left out.
    pub fn sparse(matrix: Array2<f32>) -> Self {
        Self { matrix, block: Some(1), values: Values::Float, table: Vec::new() }
    }

    /// The number of stored values.
    pub fn stored(&self) -> usize {
        match self.block {
            None => self.matrix.len(),
            Some(block) => self.blocks(block) * block,
        }
    }

    /// The number of blocks of `block` rows with anything in them.
    fn blocks(&self, block: usize) -> usize {
        let chunks = self.matrix.axis_chunks_iter(Axis(0), block.max(1));
        let used = |chunk: ArrayView2<f32>| {
            chunk.columns().into_iter().filter(|c| c.iter().any(|v| *v != 0.0)).count()
        };
        chunks.map(used).sum()
    }

    /// The bytes of what is stored: values, indices, scales.
    pub fn bytes(&self) -> usize {
        let (rows, columns) = self.matrix.dim();
        match self.block {
            None => storage::dense_bytes(rows, columns, self.values),
            Some(block) => storage::sparse_bytes((rows, columns), self.blocks(block), block, self.values),
        }
    }
}

/// One stage of a replacement, applied as a layer of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Name of the part, for nodes and initializers.
    pub name: &'static str,
    /// One matrix per group.
    pub factors: Vec<Factor>,
}

impl Stage {
    /// The matrices of all groups, one below the other.
    pub fn stacked(&self) -> Array2<f32> {
        let views: Vec<_> = self.factors.iter().map(|factor| factor.matrix.view()).collect();
        concatenate(Axis(0), &views).unwrap_or_default()
    }
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
}

impl Parts {
    /// The one matrix per group that the stages amount to, outputs x inputs of all groups.
    pub fn product(&self, weight: &Weight) -> Array2<f32> {
        let groups: Vec<Array2<f32>> = (0..weight.groups()).map(|g| self.group(weight, g)).collect();
        let views: Vec<_> = groups.iter().map(|group| group.view()).collect();
        concatenate(Axis(0), &views).unwrap_or_default()
    }

    /// The matrix of one group.
    pub fn group(&self, weight: &Weight, group: usize) -> Array2<f32> {
        let of = |stage: &Stage| stage.factors[group].matrix.clone();
        match &self.stages[..] {
            [only] => of(only),
            [first, second, ..] => of(second).dot(&expand(self.split, weight, &of(first))),
            [] => Array2::zeros(weight.group_shape()),
        }
    }
}

/// Filter height and width (1 and the length for one axis), 1 and 1 for a matrix.
pub(crate) fn filter(weight: &Weight) -> (usize, usize) {
    match &weight.kind {
        LayerKind::Conv(conv) => match conv.kernel[..] {
            [height, width] => (height, width),
            ref kernel => (1, kernel.iter().product()),
        },
        _ => (1, 1),
    }
}

/// The first matrix as it acts on the layer's own inputs: the matrix Q with which
/// W ~ second Q. Where the second stage has filter taps, Q repeats the first for each of them.
pub(crate) fn expand(split: Split, weight: &Weight, first: &Array2<f32>) -> Array2<f32> {
    let (height, width) = filter(weight);
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

/// The second moment of what the first stage sees, from that of the layer's inputs: the mean over
/// the taps that the second stage repeats it for.
pub(crate) fn marginal(split: Split, weight: &Weight, gram: &Array2<f32>) -> Array2<f32> {
    let (height, width) = filter(weight);
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
pub(crate) fn group_rows(matrix: &Array2<f32>, group: usize, groups: usize) -> Array2<f32> {
    let rows = matrix.nrows() / groups;
    matrix.slice(s![group * rows..(group + 1) * rows, ..]).to_owned()
}
