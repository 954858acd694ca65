//! Low rank: W (outputs x inputs) ~ U V with k columns between.
//!
//! **Pays** while k < out * in / (out + in). **Source**: truncated SVD (Eckart & Young 1936); as
//! layers, Xue et al. 2013 and, for convolutions as d x d then 1x1, Denton et al. 2014.

use super::{Choice, Factor, Pair, Split};
use crate::graph::Weight;
use crate::linalg::{LinalgError, Svd};

pub(crate) fn describe(weight: &Weight) -> Vec<Choice> {
    let (rows, columns) = weight.group_shape();
    if rows + columns >= rows * columns {
        return Vec::new();
    }
    (1..=rows.min(columns)).map(|rank| Choice { rank, nonzeros: Vec::new() }).collect()
}

pub(crate) fn factor(weight: &Weight) -> Result<Vec<Svd>, LinalgError> {
    (0..weight.groups()).map(|g| Svd::new(weight.group(g).view())).collect()
}

pub(crate) fn apply(svds: &[Svd], rank: usize) -> Pair {
    let cuts = svds.iter().map(|svd| svd.truncate(rank));
    let (second, first) = cuts.map(|(u, v)| (Factor::Dense(u), Factor::Dense(v))).unzip();
    Pair { split: Split::Channel, first, second, names: ["V", "U"] }
}
