//! The graph of a file as plain values. Whoever has one can rely on what it says of itself: `read` has checked it.

use crate::Reason;
use crate::schema::{BuiltinOptionsRef, SparsityParametersRef, TensorType};

/// How integers stand for real values: `real = scale * (quantised - zero_point)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantisation {
    /// One, or one per index of the axis.
    pub scale: Vec<f32>,
    /// As many as scales.
    pub zero_point: Vec<i64>,
    /// The axis of the tensor that scales belong to; 0 where there is one.
    pub axis: usize,
}

/// A tensor of the file.
#[derive(Clone, Debug)]
pub struct Tensor<'a> {
    /// Its name, or one made of its number.
    pub name: String,
    /// Sizes of its axes.
    pub shape: Vec<usize>,
    /// What its elements are.
    pub kind: TensorType,
    /// Its values, where it is constant: as many bytes as the shape needs unless it is sparse.
    pub data: Option<&'a [u8]>,
    /// What its whole numbers stand for; of real numbers, nothing.
    pub quantisation: Option<Quantisation>,
    /// How the values of a sparse one are laid out.
    pub sparsity: Option<SparsityParametersRef<'a>>,
    /// Whether it is kept from run to run.
    pub variable: bool,
}

impl Tensor<'_> {
    /// The number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// An operator of the file.
#[derive(Clone, Debug)]
pub struct Operator<'a> {
    /// Its number, one of [`crate::operator`] where it is known.
    pub code: i32,
    /// As the schema or the custom operator calls it.
    pub name: String,
    /// Indices of tensors; `None` where an optional one is left out.
    pub inputs: Vec<Option<usize>>,
    /// Indices of tensors.
    pub outputs: Vec<usize>,
    /// What its table of options says; none of a kind that is not known.
    pub options: Option<BuiltinOptionsRef<'a>>,
}

impl Operator<'_> {
    /// The tensor that is input `index`.
    ///
    /// # Errors
    /// That there is none.
    pub fn input(&self, index: usize) -> Result<usize, Reason> {
        self.optional(index).ok_or_else(|| format!("it lacks input {index}"))
    }

    /// The tensor that is input `index`, if there is one.
    pub fn optional(&self, index: usize) -> Option<usize> {
        self.inputs.get(index).copied().flatten()
    }

    /// The tensor that is output `index`.
    ///
    /// # Errors
    /// That there is none.
    pub fn output(&self, index: usize) -> Result<usize, Reason> {
        self.outputs.get(index).copied().ok_or_else(|| format!("it lacks output {index}"))
    }
}

/// The main graph of a file. Every tensor is constant, an input, kept from run to run, or made by one operator before
/// it is read.
#[derive(Clone, Debug)]
pub struct Model<'a> {
    /// All tensors; whatever names one is its index here.
    pub tensors: Vec<Tensor<'a>>,
    /// In the order in which they run.
    pub operators: Vec<Operator<'a>>,
    /// Indices of tensors.
    pub inputs: Vec<usize>,
    /// Indices of tensors.
    pub outputs: Vec<usize>,
    /// How many graphs the file has; the first is read.
    pub subgraphs: usize,
}
