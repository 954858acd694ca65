//! Low rank: W (outputs x inputs) ~ U V with k columns between.
//!
//! **Pays** while k < out * in / (out + in). Behind inputs of second moment S = T T', the best U V is
//! the truncated SVD of W T, times the inverse of T.
//!
//! **Source**: truncated SVD (Eckart & Young 1936); as layers, Xue et al. 2013 and, for convolutions
//! as d x d then 1x1, Denton et al. 2014; whitened, Wang et al. 2024 (SVD-LLM).

use super::choice::at_rank;
use super::factors::once;
use super::method::{Compressor, Facts, Method, MethodDial, MethodProperty};
use super::two_stage::{Draft, finish};
use super::{Choice, Factors, Objective, Parts, Point, Process, Setting, Split, StageShape, Stages, Target};
use crate::graph::Weight;
use sepal_linalg::{LinalgError, Regression, Svd, times_inverse, whitening};
use std::fmt;

/// See the module.
pub(crate) struct LowRank;

/// The same at one rank.
pub(crate) struct At {
    pub rank: usize,
}

impl Method for LowRank {
    fn facts(&self) -> Facts {
        Facts {
            aliases: &["low-rank", "svd"],
            dials: &[MethodDial::Rank],
            properties: &[MethodProperty::Restarts, MethodProperty::Spectrum],
            preference: 1,
            ..Facts::new("low_rank", "Truncated SVD")
        }
    }

    fn choices(&self, weight: &Weight) -> Vec<Choice> {
        let (rows, columns) = weight.group_shape();
        if rows + columns >= rows * columns {
            return Vec::new();
        }
        (1..=rows.min(columns)).map(Choice::rank).collect()
    }

    fn setting(&self, at: Point) -> Setting {
        Setting::LowRank { rank: at.rank }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "low rank {}", self.rank)
    }
}

impl Compressor for At {
    fn check(&self, choices: &[Choice], _weight: &Weight) -> Result<(), String> {
        at_rank(choices, self.rank).map(|_| ())
    }

    fn stages(&self, weight: &Weight) -> Stages {
        let (outputs, inputs) = weight.group_shape();
        let first = StageShape::dense("V", weight, self.rank, inputs);
        Stages::pair(Split::Channel, first, StageShape::dense("U", weight, outputs, self.rank))
    }

    /// The SVD of each group's target behind its inputs: U diag(s) Vt as it acts on the inputs.
    fn start(
        &self,
        _weight: &Weight,
        objective: &Objective,
        _seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        let svds: Result<_, _> = objective.groups.iter().map(whitened_svd).collect();
        Ok(once(Factors::Svds(svds?)))
    }

    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts> {
        let Factors::Svds(svds) = factors else { return None };
        let cuts = svds.iter().map(|svd| svd.truncate(self.rank));
        let groups = cuts.map(|(u, v)| (v, u)).collect();
        Some(finish(Draft::dense(self.stages(target.weight), groups), target))
    }
}

/// The SVD of target T, its right side times the inverse of T.
pub(crate) fn whitened_svd(problem: &Regression) -> Result<Svd, LinalgError> {
    let Some(gram) = &problem.gram else {
        return Svd::new(problem.target.view());
    };
    let lower = whitening(gram.view())?;
    let svd = Svd::new(problem.target.dot(&lower).view())?;
    let vt = times_inverse(&svd.vt, &lower);
    Ok(Svd { vt, ..svd })
}
