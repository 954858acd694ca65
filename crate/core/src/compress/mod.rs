//! Compression methods: one file each, behind the trait `method::Method`, and one line each in `list`. A
//! method says which settings it has on a layer; a setting is factored (the costly part, once for all that share
//! it), then cut, fitted and rounded. A layer becomes one matrix or two, applied one after the other.
//!
//! Nothing here knows how a model is scored.

mod channel;
mod choice;
mod dictionary;
mod double_sparse;
mod factors;
mod keep;
mod list;
mod low_rank;
mod method;
mod objective;
mod offer;
mod parts;
mod plan;
mod prune;
mod rectified;
mod rewrite;
mod separation;
mod setting;
mod stages;
mod storage;
mod stored;
mod two_stage;

pub use choice::{Choice, Dials};
pub use dictionary::Learned;
pub(crate) use factors::Process;
pub use factors::{Factored, Factors, Learning, Target, apply};
pub use list::MethodId;
pub use method::{Factoring, Facts, MethodDial, MethodProperty, Point};
pub use objective::{Evidence, Objective, Seen};
pub use offer::Near;
pub use parts::{Factor, Parts, Split, Stage, StandIn, Support};
pub use plan::Plan;
pub use prune::PrunePath;
pub use rectified::{Rows, retarget};
pub use rewrite::{Form, densify, is_quantised, rewrite};
pub use setting::{Fit, Order, Setting, Values};
pub use stages::{StageShape, Stages};
pub use storage::{bias_bytes, dense_bytes, sparse_bytes};

use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::LinalgError;

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
    /// A search found nothing within its limits.
    #[error("no plan stays within the limits: {reason}")]
    NoPlan {
        /// Which limit, and by how much.
        reason: String,
    },
    /// A bug: factors that do not belong to the setting.
    #[error("layer '{0}' has not been factored for this setting")]
    NotFactored(String),
}

/// ||W - What||², and ||W||².
pub fn squared_error(parts: Option<&Parts>, weight: &Weight) -> (f64, f64) {
    let square = |matrix: &Array2<f32>| matrix.iter().map(|v| f64::from(*v).powi(2)).sum();
    let error = parts.map_or(0.0, |parts| square(&(parts.product(weight) - &weight.matrix)));
    (error, square(&weight.matrix))
}
