//! Pruning with refit: weights go a fifth at a time, the rest is solved again after each step.
//!
//! **Pays** as soon as values and indices take fewer bytes than the whole matrix: below about 44 %
//! kept with int8 values. **Source**: as in [`crate::linalg::Elimination`].

use super::two_stage::{rounded, with_bias};
use super::{Choice, Factor, Objective, Parts, Split, Stage, Values};
use crate::graph::Weight;
use crate::linalg::Elimination;
use ndarray::Array2;

/// Ratio between neighbouring numbers of kept weights that are offered.
const LEVEL_STEP: f64 = 0.8;
/// The fewest weights offered, as a share of all.
const FEWEST: f64 = 0.005;
/// Sizes of blocks that the device has kernels for.
pub(crate) const BLOCKS: [usize; 3] = [1, 4, 8];

pub(crate) fn describe(weight: &Weight) -> Vec<Choice> {
    vec![Choice { rank: 0, nonzeros: levels(weight.matrix.len()) }]
}

/// Numbers of kept weights that are offered, rising.
pub(crate) fn levels(all: usize) -> Vec<usize> {
    let least = ((all as f64 * FEWEST) as usize).max(1);
    let mut levels = Vec::new();
    let mut level = (all as f64 * LEVEL_STEP) as usize;
    while level >= least {
        levels.push(level);
        level = ((level as f64 * LEVEL_STEP) as usize).min(level - 1);
    }
    levels.reverse();
    levels
}

/// Weights at each level, the densest first; groups one below the other.
#[derive(Clone, Debug)]
pub struct PrunePath {
    levels: Vec<(usize, Vec<(u32, f32)>)>,
    block: usize,
}

impl PrunePath {
    fn at(&self, index: usize, shape: (usize, usize)) -> Array2<f32> {
        let mut matrix = Array2::zeros(shape);
        for &(place, value) in &self.levels[index].1 {
            let place = place as usize;
            matrix[[place / shape.1, place % shape.1]] = value;
        }
        matrix
    }

    /// The index of the sparsest level that keeps at least `nonzeros`.
    fn above(&self, nonzeros: usize) -> Option<usize> {
        self.levels.iter().rposition(|(kept, _)| *kept >= nonzeros)
    }
}

/// A path being made, one level a step.
#[derive(Clone, Debug)]
pub(crate) struct Pruning {
    groups: Vec<Elimination>,
    left: Vec<usize>,
    all: usize,
    path: PrunePath,
}

impl Pruning {
    pub(crate) fn new(objective: &Objective, block: usize) -> Self {
        let groups = eliminations(objective, block);
        let all = groups.iter().map(|g| g.weights.len()).sum();
        Self { groups, left: levels(all), all, path: PrunePath { levels: Vec::new(), block } }
    }

    /// Steps left.
    pub(crate) fn left(&self) -> usize {
        self.left.len()
    }

    /// One level; the whole path once all are done.
    pub(crate) fn step(&mut self) -> Option<PrunePath> {
        if let Some(level) = self.left.pop() {
            eliminate(&mut self.groups, level, self.all);
            self.path.levels.push((level, stored(&self.groups)));
        }
        self.left.is_empty().then(|| self.path.clone())
    }
}

/// An elimination of each group from everything kept.
fn eliminations(objective: &Objective, block: usize) -> Vec<Elimination> {
    objective.groups.iter().map(|p| Elimination::new(p.clone(), block)).collect()
}

/// Brings all groups together to `wanted` kept weights, each to its share.
fn eliminate(groups: &mut [Elimination], wanted: usize, all: usize) {
    let mut before = 0;
    for group in groups {
        let after = before + group.weights.len();
        while !group.step(share(wanted, before, after, all)) {}
        before = after;
    }
}

/// What the weights `before .. after` of `all` keep when `wanted` stay in all.
fn share(wanted: usize, before: usize, after: usize, all: usize) -> usize {
    (after * wanted / all.max(1)).saturating_sub(before * wanted / all.max(1)).max(1)
}

/// What each group of `weight` keeps when `wanted` weights stay in all.
pub fn shares(weight: &Weight, wanted: usize) -> Vec<usize> {
    let (all, groups) = (weight.matrix.len(), weight.groups());
    let own = all / groups;
    (0..groups).map(|g| share(wanted, g * own, (g + 1) * own, all)).collect()
}

fn stored(groups: &[Elimination]) -> Vec<(u32, f32)> {
    let mut base = 0;
    let mut values = Vec::new();
    for group in groups {
        let kept = group.weights.iter().zip(&group.mask).enumerate().filter(|(_, (_, free))| **free);
        // A weight that was solved to be zero exactly stays in the support.
        values.extend(kept.map(|(i, (v, _))| ((base + i) as u32, if *v == 0.0 { f32::MIN_POSITIVE } else { *v })));
        base += group.weights.len();
    }
    values
}

/// `nonzeros` weights of a path: the level above, taken further where the number lies between levels.
pub(crate) fn apply(
    path: &PrunePath,
    nonzeros: usize,
    weight: &Weight,
    objective: &Objective,
    values: Values,
) -> Parts {
    let start = path.above(nonzeros).map(|index| path.at(index, weight.matrix.dim()));
    let rows = weight.group_shape().0;
    let mut groups = eliminations(objective, path.block);
    if let Some(start) = start {
        for (g, group) in groups.iter_mut().enumerate() {
            let own = start.slice(ndarray::s![g * rows..(g + 1) * rows, ..]);
            group.weights.assign(&own);
            group.mask = own.mapv(|v| v != 0.0);
        }
    }
    eliminate(&mut groups, nonzeros, weight.matrix.len());
    pack(&groups, weight, objective, values)
}

/// The pruned groups as a replacement.
pub(crate) fn pack(groups: &[Elimination], weight: &Weight, objective: &Objective, values: Values) -> Parts {
    let factors = groups.iter().map(|group| {
        let mut factor = rounded(&group.problem, &group.weights, Some(&group.mask), values);
        factor.block = Some(group.block());
        factor
    });
    let stages = vec![Stage { name: "pruned", factors: factors.collect() }];
    with_bias(Parts { split: Split::Whole, stages, bias: None }, weight, objective)
}

/// The layer as it is, with rounded values.
pub(crate) fn whole(weight: &Weight, objective: &Objective, values: Values) -> Parts {
    let factors: Vec<Factor> =
        objective.groups.iter().map(|p| rounded(p, &p.target, None, values)).collect();
    let stages = vec![Stage { name: "rounded", factors }];
    with_bias(Parts { split: Split::Whole, stages, bias: None }, weight, objective)
}
