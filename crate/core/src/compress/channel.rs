//! Few input channels: a convolution becomes 1x1 onto k channels, then whole filters onto the outputs.
//!
//! The weights of a group are the matrix M\[(n, t), c\] over its taps t; its SVD cut to k, behind the
//! second moment of the channels. Then the filters are refitted by least squares behind the real
//! patches. **Pays** while k (C + N d1 d2) < N C d1 d2 (weights).
//! **Source**: Zhang et al. 2015, section 3.3, for the split; least squares as in [`super::separation`].

use super::low_rank::whitened_svd;
use super::parts::{filters, marginal};
use super::two_stage::{Draft, finish};
use super::{Choice, Objective, Parts, Split, Values};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{LinalgError, Regression, Svd};

pub(crate) fn describe(weight: &Weight) -> Vec<Choice> {
    let (height, width) = weight.filter_size();
    let (outputs, inputs) = weight.group_shape();
    let taps = height * width;
    let channels = inputs / taps;
    if taps == 1 || channels + outputs * taps >= outputs * inputs {
        return Vec::new();
    }
    (1..=channels.min(outputs * taps)).map(Choice::rank).collect()
}

pub(crate) fn factor(weight: &Weight, objective: &Objective) -> Result<Vec<Svd>, LinalgError> {
    let (height, width) = weight.filter_size();
    let taps = height * width;
    let form = |problem: &Regression| {
        let (outputs, inputs) = problem.target.dim();
        let target = Array2::from_shape_fn((outputs * taps, inputs / taps), |(row, channel)| {
            problem.target[[row / taps, channel * taps + row % taps]]
        });
        let gram = problem.gram.as_ref().map(|gram| marginal(Split::Input, weight, gram));
        whitened_svd(&Regression::toward(gram, target))
    };
    objective.groups.iter().map(form).collect()
}

pub(crate) fn apply(
    svds: &[Svd],
    rank: usize,
    weight: &Weight,
    objective: &Objective,
    values: Values,
) -> Parts {
    let (height, width) = weight.filter_size();
    let taps = height * width;
    let cuts = svds.iter().map(|svd| svd.truncate(rank));
    let groups = cuts.map(|(left, right)| (right, filters(&left, taps)));
    let draft = Draft {
        split: Split::Input,
        names: ["channels", "filters"],
        groups: groups.collect(),
        sparse: [false, false],
        rounds: usize::from(objective.is_calibrated()),
        kept: 100,
    };
    finish(draft, weight, objective, values)
}
