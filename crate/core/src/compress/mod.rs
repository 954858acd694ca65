//! Compression methods. One file per method with the same three functions: `describe` (which
//! settings exist), `factor` (the costly part, once per layer) and `apply` (cut the factors to a
//! setting, fit and round). A layer becomes one matrix or two, applied one after the other.
//!
//! Nothing here knows how a model is scored.

mod channel;
mod dictionary;
mod double_sparse;
mod low_rank;
mod method;
mod objective;
mod parts;
mod plan;
mod prune;
mod rectified;
mod rewrite;
mod separation;
mod storage;
mod stored;
mod two_stage;
mod unfit;

pub use dictionary::{Learned, non_zero_limit};
pub use double_sparse::budget as double_sparse_budget;
pub use method::{Fit, Method, Order, Setting, Values};
pub use objective::{Evidence, Objective, Seen};
pub use parts::{Factor, Parts, Split, Stage, StandIn, Support};
pub use plan::Plan;
pub use prune::PrunePath;
pub use rectified::{Rows, retarget};
pub use rewrite::{Form, densify, is_quantised, rewrite};
pub use storage::{bias_bytes, dense_bytes, sparse_bytes};
pub use unfit::unfit;

use crate::graph::{LayerKind, Weight};
use ndarray::Array2;
use sepal_linalg::{LinalgError, Svd};

/// The costly results of one method on one layer, for every setting of it; one entry per group.
#[derive(Clone, Debug)]
pub enum Factors {
    /// Nothing is needed to round a layer as it is.
    Whole,
    /// SVD of each group's matrix.
    LowRank(Vec<Svd>),
    /// SVD of each group's matrix by input channels.
    Channel(Vec<Svd>),
    /// SVD of each group's separated form.
    Separation(Order, Vec<Svd>),
    /// A dictionary and the OMP path of every input's column.
    Dictionary(Learned),
    /// First and second matrix.
    DoubleSparse(Array2<f32>, Array2<f32>),
    /// Weights at every level of sparsity.
    Prune(PrunePath),
}

/// One rank at which a method can be used, and the non-zeros that it allows there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Rank, or number of atoms; 0 where there is none.
    pub rank: usize,
    /// Allowed non-zeros, rising: per column of a dictionary's code, else in all; empty for dense
    /// methods.
    pub nonzeros: Vec<usize>,
}

impl Choice {
    fn rank(rank: usize) -> Self {
        Self { rank, nonzeros: Vec::new() }
    }
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

/// The settings that `method` has on this layer; empty where it does not fit.
pub fn describe(method: Method, weight: &Weight) -> Vec<Choice> {
    let in_place = matches!(weight.kind, LayerKind::Fixed(_)) && method != Method::Prune;
    if weight.sparse || in_place {
        return Vec::new();
    }
    match method {
        Method::Keep => Vec::new(),
        Method::LowRank => low_rank::describe(weight),
        Method::Channel => channel::describe(weight),
        Method::Dictionary => dictionary::describe(weight),
        Method::DoubleSparse => double_sparse::describe(weight),
        Method::Separation => separation::describe(weight),
        Method::Prune => prune::describe(weight),
    }
}

/// Why a layer does not offer `setting`; `choices` are what [`describe`] says of its method.
///
/// # Errors
/// The reason, for a sentence that ends with it.
pub fn check(choices: &[Choice], setting: Setting, weight: &Weight) -> Result<(), String> {
    let (Some(first), Some(last)) = (choices.first(), choices.last()) else {
        return Err(unfit(setting.method(), weight).unwrap_or("the method does not fit this layer").into());
    };
    match setting {
        Setting::Prune { nonzeros, block } => return check_pruning(nonzeros, block, weight),
        Setting::DoubleSparse { nonzeros } => {
            let (least, most) = (first.nonzeros.first(), first.nonzeros.last());
            let inside = least.is_some_and(|l| *l <= nonzeros) && most.is_some_and(|m| nonzeros <= *m);
            let range = || format!("non-zeros go from {} to {}", least.unwrap_or(&0), most.unwrap_or(&0));
            return if inside { Ok(()) } else { Err(range()) };
        }
        Setting::Separation { kept, .. } if kept == 0 || kept > 100 => {
            return Err("1 to 100 percent of the weights can stay".into());
        }
        _ => {}
    }
    let rank = setting.rank();
    let Some(choice) = choices.iter().find(|choice| choice.rank == rank) else {
        if choices.len() == last.rank - first.rank + 1 {
            return Err(format!("ranks go from {} to {}", first.rank, last.rank));
        }
        let sizes: Vec<String> = choices.iter().map(|choice| choice.rank.to_string()).collect();
        return Err(format!("dictionaries have {} atoms", sizes.join(", ")));
    };
    match setting {
        Setting::Dictionary { nonzeros, .. } if !choice.nonzeros.contains(&nonzeros) => {
            Err(format!("non-zeros per column go from 1 to {}", choice.nonzeros.len()))
        }
        _ => Ok(()),
    }
}

fn check_pruning(nonzeros: usize, block: usize, weight: &Weight) -> Result<(), String> {
    if !prune::BLOCKS.contains(&block) {
        return Err("blocks have 1, 4 or 8 outputs".into());
    }
    if block > 1 && !weight.group_shape().0.is_multiple_of(block) && weight.groups() > 1 {
        return Err(format!("its groups have no whole blocks of {block} outputs"));
    }
    let all = weight.matrix.len();
    if nonzeros == 0 || nonzeros > all {
        return Err(format!("1 to {all} weights can stay"));
    }
    Ok(())
}

/// Factors that take more than one step.
#[derive(Clone, Debug)]
pub struct Learning(Process);

#[derive(Clone, Debug)]
enum Process {
    Once(Option<Factors>),
    Dictionary(Box<dictionary::DictionaryLearning>),
    DoubleSparse(Box<double_sparse::DoubleSparse>),
    Prune(Box<prune::Pruning>, usize),
}

impl Learning {
    /// Starts what `setting` needs of `weight` behind `objective`, or where that has no solution, of the weights
    /// themselves. Methods of one step do it here.
    ///
    /// # Errors
    /// The reason why the matrices cannot be decomposed.
    pub fn start(
        setting: Setting,
        weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Self, LinalgError> {
        let toward = |objective: &Objective| Self::toward(setting, weight, objective, seed);
        match toward(objective) {
            Err(_) if objective.is_calibrated() => toward(&Objective::plain(weight)),
            started => started,
        }
    }

    fn toward(
        setting: Setting,
        weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Self, LinalgError> {
        let once = |factors| Process::Once(Some(factors));
        Ok(Self(match setting {
            Setting::Keep => once(Factors::Whole),
            Setting::LowRank { .. } => once(Factors::LowRank(low_rank::factor(objective)?)),
            Setting::Channel { .. } => once(Factors::Channel(channel::factor(weight, objective)?)),
            Setting::Separation { order, .. } => {
                once(Factors::Separation(order, separation::factor(weight, objective, order)?))
            }
            Setting::Dictionary { atoms, .. } => {
                let learning = dictionary::DictionaryLearning::start(objective, atoms, seed)?;
                Process::Dictionary(Box::new(learning))
            }
            Setting::DoubleSparse { nonzeros } => {
                let problem = objective.groups.first().ok_or(LinalgError::Empty)?;
                Process::DoubleSparse(Box::new(double_sparse::DoubleSparse::start(problem, nonzeros)))
            }
            Setting::Prune { block, .. } => {
                let pruning = prune::Pruning::new(objective, block);
                let steps = pruning.left();
                Process::Prune(Box::new(pruning), steps)
            }
        }))
    }

    /// The same again for another objective of the same layer, from what `factors` were for the last.
    ///
    /// # Errors
    /// As [`Learning::start`].
    pub fn again(
        factors: &Factors,
        setting: Setting,
        weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Self, LinalgError> {
        let (Factors::Prune(path), Setting::Prune { nonzeros, .. }) = (factors, setting) else {
            return Self::start(setting, weight, objective, seed);
        };
        let pruning = prune::Pruning::again(objective, path, nonzeros);
        let steps = pruning.left();
        Ok(Self(Process::Prune(Box::new(pruning), steps)))
    }

    /// Steps done, and steps in all.
    pub fn progress(&self) -> (usize, usize) {
        match &self.0 {
            Process::Once(_) => (0, 1),
            Process::Dictionary(learning) => learning.progress(),
            Process::DoubleSparse(learning) => learning.progress(),
            Process::Prune(pruning, steps) => (steps - pruning.left(), *steps),
        }
    }

    /// One step; gives the factors once they are there.
    pub fn step(&mut self) -> Option<Factors> {
        match &mut self.0 {
            Process::Once(factors) => factors.take(),
            Process::Dictionary(learning) => learning.step(),
            Process::DoubleSparse(learning) => learning.step(),
            Process::Prune(pruning, _) => pruning.step().map(Factors::Prune),
        }
    }
}

/// Cuts `factors` of `weight` to `setting`, fits them to `objective` and stores them as `values`;
/// `None` where they do not belong together.
///
/// Nothing that is not finite, or beyond the size of weights, is given: the fit to the old weights stands in
/// for it, and where that is no better they stay as they are.
pub fn apply(
    factors: &Factors,
    weight: &Weight,
    objective: &Objective,
    setting: Setting,
    values: Values,
) -> Option<Parts> {
    let parts = cut(factors, weight, objective, (setting, values))?;
    if parts.is_sound(weight) {
        return Some(parts);
    }
    Some(plainly(weight, setting, values).unwrap_or_else(|| Parts::kept(weight)))
}

/// `setting` fitted to the old weights, where that gives sensible numbers.
fn plainly(weight: &Weight, setting: Setting, values: Values) -> Option<Parts> {
    let objective = Objective::plain(weight);
    let mut learning = Learning::start(setting, weight, &objective, 0).ok()?;
    let factors = loop {
        if let Some(factors) = learning.step() {
            break factors;
        }
    };
    let parts = cut(&factors, weight, &objective, (setting, values))?;
    parts.is_sound(weight).then_some(Parts { stand_in: Some(StandIn::Plain), ..parts })
}

fn cut(
    factors: &Factors,
    weight: &Weight,
    objective: &Objective,
    (setting, values): (Setting, Values),
) -> Option<Parts> {
    match (factors, setting) {
        (Factors::Whole, Setting::Keep) => Some(prune::whole(weight, objective, values)),
        (Factors::LowRank(svds), Setting::LowRank { rank }) => {
            Some(low_rank::apply(svds, rank, weight, objective, values))
        }
        (Factors::Channel(svds), Setting::Channel { rank }) => {
            Some(channel::apply(svds, rank, weight, objective, values))
        }
        (Factors::Separation(own, svds), Setting::Separation { rank, order, kept }) if *own == order => {
            separation::apply(svds, (rank, order, kept), weight, objective, values)
        }
        (Factors::Dictionary(learned), Setting::Dictionary { nonzeros, .. }) => {
            Some(dictionary::apply(learned, nonzeros, weight, objective, values))
        }
        (Factors::DoubleSparse(first, second), Setting::DoubleSparse { .. }) => {
            Some(double_sparse::apply((first, second), weight, objective, values))
        }
        (Factors::Prune(path), Setting::Prune { nonzeros, .. }) => {
            Some(prune::apply(path, nonzeros, weight, objective, values))
        }
        _ => None,
    }
}

/// ||W - What||², and ||W||².
pub fn squared_error(parts: Option<&Parts>, weight: &Weight) -> (f64, f64) {
    let square = |matrix: &Array2<f32>| matrix.iter().map(|v| f64::from(*v).powi(2)).sum();
    let error = parts.map_or(0.0, |parts| square(&(parts.product(weight) - &weight.matrix)));
    (error, square(&weight.matrix))
}
