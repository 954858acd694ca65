//! A model as the device runs it, before it has bytes: tensors and operations.

use super::matrix::{Integers, Matrix};
use sepal_runtime::OpKind;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use sepal_runtime::Quantisation;

/// Largest bias in steps of an accumulator.
const MOST_BIAS: f32 = 4_194_304.0;

/// Largest number of 16 bits that a bias is stored in.
const SHORT: f32 = 32_767.0;
/// Largest step of shared biases, in steps of the output.
const BIAS_ERROR: f32 = 0.25;

/// Index of a tensor in [`Program::tensors`].
pub type TensorId = usize;

/// How activations and arithmetic are done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// i8 with one scale per tensor, i32 accumulation.
    #[default]
    Int8,
    /// float32.
    Float,
}

/// The quantisation of values from `low` to `high`; 0 is always among them. What is always 0 takes a step that
/// leaves room for what is added to it.
pub fn covering((low, high): (f32, f32)) -> Quantisation {
    let (low, high) = (low.min(0.0), high.max(0.0));
    let high = if low < high { high } else { 1.0 };
    let scale = ((high - low) / 255.0).max(f32::MIN_POSITIVE * 1e6);
    let zero_point = (-128.0 - low / scale).round().clamp(-128.0, 127.0) as i8;
    Quantisation { scale, zero_point }
}

/// Rows and columns around a tensor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Border {
    /// Above.
    pub top: usize,
    /// To the left.
    pub left: usize,
    /// Below.
    pub bottom: usize,
    /// To the right.
    pub right: usize,
}

impl Border {
    /// Enough for both.
    pub fn or(self, other: Self) -> Self {
        Self {
            top: self.top.max(other.top),
            left: self.left.max(other.left),
            bottom: self.bottom.max(other.bottom),
            right: self.right.max(other.right),
        }
    }
}

/// One value in the arena: channels, rows, columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The ONNX value that it holds.
    pub name: String,
    /// Channels.
    pub c: usize,
    /// Rows.
    pub h: usize,
    /// Columns.
    pub w: usize,
    /// Room around it for padded convolutions, part of its storage.
    pub border: Border,
    /// Where only some rows are kept, how many.
    pub ring: Option<usize>,
    /// Its scale; `None` for float32.
    pub quantisation: Option<Quantisation>,
    /// The tensor whose elements it shares, in another shape.
    pub alias: Option<TensorId>,
}

impl Tensor {
    /// The number of elements without border.
    pub fn len(&self) -> usize {
        self.c * self.h * self.w
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes of one element.
    pub fn element_bytes(&self) -> usize {
        if self.quantisation.is_some() { 1 } else { 4 }
    }

    /// Elements from row to row.
    pub fn pitch(&self) -> usize {
        self.w + self.border.left + self.border.right
    }

    /// Rows with border.
    pub fn rows(&self) -> usize {
        self.h + self.border.top + self.border.bottom
    }

    /// Elements from channel to channel.
    pub fn plane(&self) -> usize {
        self.pitch() * self.ring.unwrap_or(self.rows())
    }

    /// Its bytes in the arena.
    pub fn bytes(&self) -> usize {
        self.c * self.plane() * self.element_bytes()
    }
}

/// Where a convolution's filter stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Geometry {
    /// Filter rows and columns.
    pub kernel: (usize, usize),
    /// Steps.
    pub stride: (usize, usize),
    /// Distance between taps.
    pub dilation: (usize, usize),
    /// Groups of channels.
    pub groups: usize,
    /// Padding.
    pub pads: Border,
}

impl Geometry {
    /// A 1x1 filter.
    pub fn pointwise() -> Self {
        Self { kernel: (1, 1), stride: (1, 1), dilation: (1, 1), groups: 1, pads: Border::default() }
    }

    /// Filter size with gaps.
    pub fn reach(&self) -> (usize, usize) {
        (self.dilation.0 * (self.kernel.0 - 1) + 1, self.dilation.1 * (self.kernel.1 - 1) + 1)
    }

    /// Output rows and columns on `h` x `w`; `None` where the filter does not fit.
    pub fn output(&self, h: usize, w: usize) -> Option<(usize, usize)> {
        let (reach_h, reach_w) = self.reach();
        let along = |size: usize, pads: usize, reach: usize, stride: usize| {
            Some((size + pads).checked_sub(reach)? / stride + 1)
        };
        let p = self.pads;
        Some((
            along(h, p.top + p.bottom, reach_h, self.stride.0)?,
            along(w, p.left + p.right, reach_w, self.stride.1)?,
        ))
    }
}

/// The least and greatest real output of a fused rectifier.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Activation {
    /// Any.
    #[default]
    None,
    /// From 0.
    Relu,
    /// 0 to 6.
    Relu6,
    /// Between two values; int8 only.
    Clip(f32, f32),
}

/// A matrix with what follows it.
#[derive(Clone, Debug)]
pub struct Product {
    /// The layer that it belongs to.
    pub layer: String,
    /// The weights.
    pub matrix: Matrix,
    /// Real biases, one per output, or none.
    pub bias: Vec<f32>,
    /// What follows.
    pub activation: Activation,
}

impl Product {
    /// The weights as whole numbers, in steps that leave room for the biases on such an `input`.
    pub(crate) fn integers(&self, input: Quantisation) -> Integers {
        self.integers_within(input, MOST_BIAS, f32::MAX)
    }

    /// The same where biases share steps that may not be coarser than a fraction of a step of the `output`: a row of
    /// next to no weights and a large bias would else take the precision of all others.
    pub(crate) fn shared_integers(&self, input: Quantisation, output: Quantisation) -> Integers {
        let reach = output.real(i8::MAX).max(-output.real(i8::MIN));
        let integers = self.integers_within(input, MOST_BIAS, reach);
        let most = integers.scales.iter().copied().fold(0.0, f32::max) * input.scale;
        let unit = (BIAS_ERROR * output.scale / most).clamp(1.0, MOST_BIAS / SHORT);
        self.integers_within(input, unit * SHORT, reach)
    }

    /// `reach` is the largest bias that makes a difference.
    fn integers_within(&self, input: Quantisation, most_bias: f32, reach: f32) -> Integers {
        let mut integers = self.matrix.integers();
        integers.coarsen(|row| self.bias.get(row).map_or(0.0, |b| b.abs() / (input.scale * most_bias)));
        let most = self.bias.iter().fold(0.0_f32, |most, bias| most.max(bias.abs())).min(reach);
        integers.spare_empty_rows(most, input.scale);
        integers
    }
}

/// Kinds of pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolKind {
    /// Largest.
    Max,
    /// Mean over what lies inside.
    Average,
    /// Mean over all places, those outside as 0.
    AveragePadded,
}

/// Functions of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Function {
    /// max(x, 0).
    Relu,
    /// min(max(x, 0), 6).
    Relu6,
    /// x, or a share of it below 0.
    LeakyRelu(f32),
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// Hyperbolic tangent.
    Tanh,
    /// x relu6(x + 3) / 6.
    HardSwish,
    /// x: only its scale changes.
    Copy,
}

impl Function {
    /// Its value at `x`.
    pub fn at(self, x: f32) -> f32 {
        match self {
            Self::Relu => x.max(0.0),
            Self::Relu6 => x.clamp(0.0, 6.0),
            Self::LeakyRelu(share) => {
                if x < 0.0 {
                    share * x
                } else {
                    x
                }
            }
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Tanh => x.tanh(),
            Self::HardSwish => x * (x + 3.0).clamp(0.0, 6.0) / 6.0,
            Self::Copy => x,
        }
    }
}

/// One operation.
#[derive(Clone, Debug)]
pub enum Operation {
    /// One matrix-vector product; `rows` is the part of the tensors that it works on, where they hold
    /// several vectors.
    Dense {
        /// Read.
        input: TensorId,
        /// Written.
        output: TensorId,
        /// Which of several vectors.
        position: usize,
        /// The weights.
        product: Product,
    },
    /// A convolution.
    Conv {
        /// Read.
        input: TensorId,
        /// Written.
        output: TensorId,
        /// The weights.
        product: Product,
        /// The filter.
        geometry: Geometry,
    },
    /// Two convolutions with a ring of rows between them.
    Pair {
        /// Read.
        input: TensorId,
        /// Between.
        mid: TensorId,
        /// Written.
        output: TensorId,
        /// Weights and filters.
        stages: Box<[(Product, Geometry); 2]>,
    },
    /// Pooling.
    Pool {
        /// Read.
        input: TensorId,
        /// Written.
        output: TensorId,
        /// How.
        kind: PoolKind,
        /// Window, steps and padding; no groups, no dilation.
        geometry: Geometry,
    },
    /// a + b, or a - b.
    Add {
        /// First.
        a: TensorId,
        /// Second; axes of size 1 repeat.
        b: TensorId,
        /// Written.
        output: TensorId,
        /// Subtract.
        subtract: bool,
        /// What follows.
        activation: Activation,
    },
    /// a * b.
    Mul {
        /// First.
        a: TensorId,
        /// Second; axes of size 1 repeat.
        b: TensorId,
        /// Written.
        output: TensorId,
    },
    /// A function of each value.
    Unary {
        /// Read.
        input: TensorId,
        /// Written.
        output: TensorId,
        /// Where in the output's channels it is written.
        channel: usize,
        /// Which function.
        function: Function,
    },
    /// Probabilities of a vector.
    Softmax {
        /// Read.
        input: TensorId,
        /// Written.
        output: TensorId,
    },
    /// The same values elsewhere, of the same scale.
    Copy {
        /// Read.
        input: TensorId,
        /// Written.
        output: TensorId,
        /// Where in the output's channels it is written.
        channel: usize,
    },
}

/// A whole model.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// All values.
    pub tensors: Vec<Tensor>,
    /// In the order of execution.
    pub operations: Vec<Operation>,
    /// What the caller writes.
    pub inputs: Vec<TensorId>,
    /// What the caller reads.
    pub outputs: Vec<TensorId>,
}

impl Program {
    /// The tensor that owns the elements of `id`.
    pub fn root(&self, id: TensorId) -> TensorId {
        let mut root = id;
        while let Some(next) = self.tensors[root].alias {
            root = next;
        }
        root
    }
}

impl Operation {
    /// The operator that executes it.
    pub fn kind(&self) -> OpKind {
        match self {
            Self::Dense { .. } => OpKind::Dense,
            Self::Conv { .. } => OpKind::Conv,
            Self::Pair { .. } => OpKind::Pair,
            Self::Pool { .. } => OpKind::Pool,
            Self::Add { .. } => OpKind::Add,
            Self::Mul { .. } => OpKind::Mul,
            Self::Unary { .. } => OpKind::Unary,
            Self::Softmax { .. } => OpKind::Softmax,
            Self::Copy { .. } => OpKind::Copy,
        }
    }

    /// What it reads.
    pub fn reads(&self) -> Vec<TensorId> {
        match self {
            Self::Dense { input, .. }
            | Self::Conv { input, .. }
            | Self::Pair { input, .. }
            | Self::Pool { input, .. }
            | Self::Unary { input, .. }
            | Self::Softmax { input, .. }
            | Self::Copy { input, .. } => vec![*input],
            Self::Add { a, b, .. } | Self::Mul { a, b, .. } => vec![*a, *b],
        }
    }

    /// What it writes.
    pub fn writes(&self) -> TensorId {
        match self {
            Self::Dense { output, .. }
            | Self::Conv { output, .. }
            | Self::Pair { output, .. }
            | Self::Pool { output, .. }
            | Self::Unary { output, .. }
            | Self::Softmax { output, .. }
            | Self::Copy { output, .. }
            | Self::Add { output, .. }
            | Self::Mul { output, .. } => *output,
        }
    }
}
