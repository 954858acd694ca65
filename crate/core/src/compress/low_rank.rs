//! Low rank: W (outputs x inputs) ~ U V with k columns between.
//!
//! **Pays** while k < out * in / (out + in). Behind inputs of second moment S = T T', the best U V is
//! the truncated SVD of W T, times the inverse of T.
//!
//! **Source**: truncated SVD (Eckart & Young 1936); as layers, Xue et al. 2013 and, for convolutions
//! as d x d then 1x1, Denton et al. 2014; whitened, Wang et al. 2024 (SVD-LLM).

use super::two_stage::{Draft, finish};
use super::{Choice, Objective, Parts, Split, Values};
use crate::graph::Weight;
use sepal_linalg::{LinalgError, Regression, Svd, times_inverse, whitening};

pub(crate) fn describe(weight: &Weight) -> Vec<Choice> {
    let (rows, columns) = weight.group_shape();
    if rows + columns >= rows * columns {
        return Vec::new();
    }
    (1..=rows.min(columns)).map(Choice::rank).collect()
}

/// The SVD of each group's target behind its inputs: U diag(s) Vt as it acts on the inputs.
pub(crate) fn factor(objective: &Objective) -> Result<Vec<Svd>, LinalgError> {
    objective.groups.iter().map(whitened_svd).collect()
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

pub(crate) fn apply(
    svds: &[Svd],
    rank: usize,
    weight: &Weight,
    objective: &Objective,
    values: Values,
) -> Parts {
    let groups = svds.iter().map(|svd| svd.truncate(rank)).map(|(u, v)| (v, u)).collect();
    let draft = Draft {
        split: Split::Channel,
        names: ["V", "U"],
        groups,
        sparse: [false, false],
        rounds: 0,
        kept: 100,
    };
    finish(draft, weight, objective, values)
}
