//! Pruning with refit: weights go a fifth at a time, the rest is solved again after each step.
//!
//! **Pays** as soon as values and their places take fewer bytes than the whole matrix, which depends on
//! how values are stored. **Source**: as in [`sepal_linalg::Elimination`].

use super::parts::{Support, group_rows};
use super::two_stage::{rounded, with_bias};
use super::{Choice, Factor, Objective, Parts, Split, Stage, Values};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{Elimination, Regression, Unrounded};

/// Ratio between neighbouring numbers of kept weights that are offered.
const LEVEL_STEP: f64 = 0.8;
/// The fewest weights offered, as a share of all.
const FEWEST: f64 = 0.005;
/// Supports of so many times the wanted weights are not chosen again for changed targets, to save
/// time.
const KEPT_SUPPORTS: usize = 3;
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
    levels: Vec<Level>,
    block: usize,
}

/// The support of a level, and what stands there.
#[derive(Clone, Debug)]
struct Level {
    kept: usize,
    values: Vec<(u32, f32)>,
}

impl Level {
    fn of(elimination: &Elimination) -> Self {
        let both = elimination.weights.iter().zip(&elimination.mask).enumerate();
        let values = both.filter(|(_, (_, free))| **free).map(|(place, (v, _))| (place as u32, *v)).collect();
        Self { kept: elimination.kept(), values }
    }

    fn restore(&self, shape: (usize, usize)) -> (Array2<f32>, Array2<bool>) {
        let (mut weights, mut mask) = (Array2::zeros(shape), Array2::from_elem(shape, false));
        for &(place, value) in &self.values {
            let at = [place as usize / shape.1, place as usize % shape.1];
            (weights[at], mask[at]) = (value, true);
        }
        (weights, mask)
    }
}

/// A path being made, one level a step.
#[derive(Clone, Debug)]
pub(crate) struct Pruning {
    problems: Vec<Regression>,
    left: Vec<usize>,
    path: PrunePath,
}

impl Pruning {
    pub(crate) fn new(objective: &Objective, block: usize) -> Self {
        let problems = objective.groups.clone();
        let all = problems.iter().map(|problem| problem.target.len()).sum();
        Self { problems, left: levels(all), path: PrunePath { levels: Vec::new(), block } }
    }

    /// The same for changed targets, down to `nonzeros`: supports well above it stay as `before` has
    /// them.
    pub(crate) fn again(objective: &Objective, before: &PrunePath, nonzeros: usize) -> Self {
        let mut fresh = Self::new(objective, before.block);
        let from = KEPT_SUPPORTS * nonzeros;
        fresh.path.levels = before.levels.iter().filter(|level| level.kept >= from).cloned().collect();
        let least = fresh.path.levels.last().map_or(usize::MAX, |level| level.kept);
        fresh.left.retain(|level| *level < least);
        fresh
    }

    /// Steps left.
    pub(crate) fn left(&self) -> usize {
        self.left.len()
    }

    /// One level; the whole path once all are done.
    pub(crate) fn step(&mut self) -> Option<PrunePath> {
        if let Some(level) = self.left.pop() {
            let mut elimination = resume(&self.problems, &self.path, None);
            while !elimination.step(level) {}
            let found = Level::of(&elimination);
            self.path.levels.push(found);
        }
        self.left.is_empty().then(|| self.path.clone())
    }
}

/// Goes on from the sparsest level that keeps at least `nonzeros`, of all levels where that is `None`;
/// from everything where there is none.
fn resume<'a>(problems: &'a [Regression], path: &PrunePath, nonzeros: Option<usize>) -> Elimination<'a> {
    let least = nonzeros.unwrap_or(0);
    let start = Elimination::new(problems, path.block);
    let Some(level) = path.levels.iter().rev().find(|level| level.kept >= least) else { return start };
    let (weights, mask) = level.restore(start.weights.dim());
    Elimination::resume(problems, weights, mask, path.block)
}

/// `nonzeros` weights of a path: the level above, solved for this objective and taken further where
/// the number lies between levels.
pub(crate) fn apply(
    path: &PrunePath,
    nonzeros: usize,
    weight: &Weight,
    objective: &Objective,
    values: Values,
) -> Parts {
    let mut elimination = resume(&objective.groups, path, Some(nonzeros));
    if objective.output_shift.is_some() {
        // The path was made for other targets.
        elimination.refit();
    }
    while !elimination.step(nonzeros) {}
    let groups = objective.groups.len();
    let own: Vec<(Array2<f32>, Array2<bool>)> = (0..groups)
        .map(|g| (group_rows(&elimination.weights, g, groups), group_rows(&elimination.mask, g, groups)))
        .collect();
    let matrices: Vec<Unrounded> = objective
        .groups
        .iter()
        .zip(&own)
        .map(|(problem, (x, mask))| Unrounded { problem, x, mask: Some(mask) })
        .collect();
    let factor = Factor { support: Support::of(&elimination.mask, path.block), ..rounded(&matrices, values) };
    let stages = vec![Stage { name: "pruned", factor }];
    with_bias(Parts { split: Split::Whole, stages, bias: None, stand_in: None }, weight, objective)
}

/// The layer as it is, with rounded values.
pub(crate) fn whole(weight: &Weight, objective: &Objective, values: Values) -> Parts {
    let matrices: Vec<Unrounded> = objective
        .groups
        .iter()
        .map(|problem| Unrounded { problem, x: &problem.target, mask: None })
        .collect();
    let stages = vec![Stage { name: "rounded", factor: rounded(&matrices, values) }];
    with_bias(Parts { split: Split::Whole, stages, bias: None, stand_in: None }, weight, objective)
}
