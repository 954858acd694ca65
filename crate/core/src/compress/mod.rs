//! Compression methods. One file per method with the same three functions: `describe` (which
//! settings exist), `factor` (the costly part, once per layer) and `apply` (cut the factors to a
//! setting). Every method replaces a layer's matrix by two, applied one after the other.
//!
//! Nothing here knows how a model is scored.

mod dictionary;
mod low_rank;
mod method;
mod plan;
mod rewrite;
mod separation;

pub use dictionary::{Learning, non_zero_limit};
pub use method::{Method, Setting};
pub use plan::Plan;
pub use rewrite::{Sparsity, densify, rewrite};

use crate::graph::Weight;
use crate::linalg::{Dictionary, LinalgError, OmpPath, SparseMatrix, Svd};
use ndarray::Array2;

/// The costly results of one method on one layer, for every setting of it; one entry per group.
#[derive(Clone, Debug)]
pub enum Factors {
    /// SVD of each group's matrix.
    LowRank(Vec<Svd>),
    /// SVD of each group's separated form.
    Separation(Vec<Svd>),
    /// A dictionary and the OMP path of every input's column.
    Dictionary(Dictionary, OmpPath),
}

/// How the two matrices of a pair divide a convolution; without meaning for plain matrices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Split {
    /// Whole filters onto k channels, then 1x1 onto the outputs.
    Channel,
    /// d x 1 onto k channels, then 1 x d onto the outputs.
    Spatial,
}

/// One matrix of a pair, k x inputs or outputs x k.
#[derive(Clone, Debug, PartialEq)]
pub enum Factor {
    /// Every element stored.
    Dense(Array2<f32>),
    /// Zeros left out.
    Sparse(SparseMatrix),
}

impl Factor {
    /// The number of stored values.
    pub fn stored(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.len(),
            Self::Sparse(matrix) => matrix.nonzeros(),
        }
    }

    /// The bytes of what is stored, indices and pointers included.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Dense(matrix) => 4 * matrix.len(),
            Self::Sparse(matrix) => matrix.bytes(),
        }
    }

    /// With all its zeros.
    pub fn to_dense(&self) -> Array2<f32> {
        match self {
            Self::Dense(matrix) => matrix.clone(),
            Self::Sparse(matrix) => matrix.to_dense(),
        }
    }
}

/// A layer's replacement: per group, W ~ second * first in the order of application.
#[derive(Clone, Debug)]
pub struct Pair {
    /// How a convolution is divided.
    pub split: Split,
    /// Applied first: rank x inputs.
    pub first: Vec<Factor>,
    /// Applied second: outputs x rank.
    pub second: Vec<Factor>,
    /// Names of the two parts, for nodes and initializers.
    pub names: [&'static str; 2],
}

/// One rank at which a method can be used, and the non-zeros per column that it allows there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Rank, or number of atoms.
    pub rank: usize,
    /// Allowed non-zeros per column of the sparse code; empty for dense methods.
    pub nonzeros: Vec<usize>,
}

/// What can go wrong in compressing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompressError {
    /// The matrices could not be factored.
    #[error("layer '{layer}' cannot be factored: {source}")]
    Linalg {
        /// The layer's name.
        layer: String,
        /// Why.
        source: LinalgError,
    },
    /// The plan asks for what the layer does not offer.
    #[error("layer '{layer}' cannot be set to {setting}: {reason}")]
    Setting {
        /// The layer's name.
        layer: String,
        /// What was asked for.
        setting: String,
        /// Why it is not possible.
        reason: String,
    },
    /// A bug: factors that do not belong to the setting.
    #[error("layer '{0}' has not been factored for this setting")]
    NotFactored(String),
}

/// The settings that `method` has on this layer; empty where it does not fit.
pub fn describe(method: Method, weight: &Weight) -> Vec<Choice> {
    if weight.sparse {
        return Vec::new();
    }
    match method {
        Method::Keep => Vec::new(),
        Method::LowRank => low_rank::describe(weight),
        Method::Dictionary => dictionary::describe(weight),
        Method::Separation => separation::describe(weight),
    }
}

/// The factors of a dense method. A dictionary is learned in steps instead, by [`Learning`].
///
/// # Errors
/// The reason why the matrices cannot be decomposed.
pub fn factor(method: Method, weight: &Weight) -> Result<Option<Factors>, LinalgError> {
    Ok(match method {
        Method::Keep | Method::Dictionary => None,
        Method::LowRank => Some(Factors::LowRank(low_rank::factor(weight)?)),
        Method::Separation => Some(Factors::Separation(separation::factor(weight)?)),
    })
}

/// Cuts `factors` of `weight` to `setting`; `None` where they do not belong together.
pub fn apply(factors: &Factors, weight: &Weight, setting: Setting) -> Option<Pair> {
    match (factors, setting) {
        (Factors::LowRank(svds), Setting::LowRank { rank }) => Some(low_rank::apply(svds, rank)),
        (Factors::Separation(svds), Setting::Separation { rank }) => separation::apply(svds, weight, rank),
        (Factors::Dictionary(dictionary, path), Setting::Dictionary { nonzeros, .. }) => {
            Some(dictionary::apply(dictionary, path, nonzeros))
        }
        _ => None,
    }
}

/// ||W - What||² of a cut, and ||W||².
///
/// **Source**: for an SVD the squared singular values that are cut off; for a dictionary measured
/// on the product.
pub fn squared_error(factors: &Factors, setting: Setting, weight: &Weight) -> (f64, f64) {
    let total: f64 = weight.matrix.iter().map(|v| f64::from(*v).powi(2)).sum();
    let error = match (factors, setting) {
        (Factors::LowRank(svds), Setting::LowRank { rank })
        | (Factors::Separation(svds), Setting::Separation { rank }) => {
            let tail = svds.iter().flat_map(|svd| svd.values.iter().skip(rank));
            tail.map(|v| f64::from(*v).powi(2)).sum()
        }
        (Factors::Dictionary(dictionary, path), Setting::Dictionary { nonzeros, .. }) => {
            let difference = dictionary.atoms.dot(&path.code(nonzeros).to_dense()) - &weight.matrix;
            difference.iter().map(|v| f64::from(*v).powi(2)).sum()
        }
        _ => 0.0,
    };
    (error, total)
}
