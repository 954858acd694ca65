//! Pruning with refit: weights go a fifth at a time, the rest is solved again after each step.
//!
//! **Pays** as soon as values and their places take fewer bytes than the whole matrix, which depends on
//! how values are stored. **Source**: as in [`sepal_linalg::Elimination`].

use super::method::{Compressor, Factoring, Facts, Method, MethodDial, MethodProperty};
use super::parts::{Support, group_rows};
use super::two_stage::single;
use super::{Choice, Factors, Objective, Parts, Point, Process, Setting, Stages, Target};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{Elimination, LinalgError, Regression, Unrounded};
use std::fmt;

/// Ratio between neighbouring numbers of kept weights that are offered.
const LEVEL_STEP: f64 = 0.8;
/// The fewest weights offered, as a share of all.
const FEWEST: f64 = 0.005;
/// Supports of so many times the wanted weights are not chosen again for changed targets, to save
/// time.
const KEPT_SUPPORTS: usize = 3;
/// Sizes of blocks that the device has kernels for.
const BLOCKS: [usize; 3] = [1, 4, 8];

/// See the module.
pub(crate) struct Prune;

/// The same at one number of weights.
pub(crate) struct At {
    pub nonzeros: usize,
    pub block: usize,
}

impl Method for Prune {
    fn facts(&self) -> Facts {
        Facts {
            aliases: &["pruning"],
            dials: &[MethodDial::Nonzeros],
            properties: &[MethodProperty::Restarts, MethodProperty::InPlace],
            ..Facts::new("prune", "Weights left out, the rest refitted")
        }
    }

    fn choices(&self, weight: &Weight) -> Vec<Choice> {
        let all = weight.matrix.len();
        vec![Choice { rank: 0, nonzeros: levels(all), most: all }]
    }

    fn unfit(&self, _weight: &Weight) -> &'static str {
        "it has too few weights"
    }

    fn setting(&self, at: Point) -> Setting {
        Setting::Prune { nonzeros: at.nonzeros, block: at.block }
    }

    fn candidates(&self, weight: &Weight, choices: &[Choice], blocks: &[usize]) -> Vec<Setting> {
        let counts = choices.first().map(|c| c.nonzeros.as_slice()).unwrap_or_default();
        let of = |&nonzeros: &usize| blocks.iter().map(move |&block| At { nonzeros, block });
        let offered = counts.iter().flat_map(of).filter(|at| at.check(choices, weight).is_ok());
        offered.map(|At { nonzeros, block }| Setting::Prune { nonzeros, block }).collect()
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} weights kept", self.nonzeros)?;
        if self.block == 1 { Ok(()) } else { write!(f, ", in blocks of {}", self.block) }
    }
}

impl Compressor for At {
    fn factoring(&self) -> Factoring {
        Factoring::Block(self.block)
    }

    fn check(&self, _choices: &[Choice], weight: &Weight) -> Result<(), String> {
        let (block, all) = (self.block, weight.matrix.len());
        if !BLOCKS.contains(&block) {
            return Err("blocks have 1, 4 or 8 outputs".into());
        }
        if block > 1 && !weight.group_shape().0.is_multiple_of(block) && weight.groups() > 1 {
            return Err(format!("its groups have no whole blocks of {block} outputs"));
        }
        if self.nonzeros == 0 || self.nonzeros > all {
            return Err(format!("1 to {all} weights can stay"));
        }
        Ok(())
    }

    fn stages(&self, weight: &Weight) -> Stages {
        let mut stages = Stages::whole("pruned", weight);
        for shape in &mut stages.shapes {
            shape.block = self.block;
            shape.stored = Some(self.nonzeros / self.block * self.block);
        }
        stages
    }

    fn start(
        &self,
        _weight: &Weight,
        objective: &Objective,
        _seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        Ok(Box::new(Pruning::new(objective, self.block)))
    }

    fn again(
        &self,
        factors: &Factors,
        weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        match factors {
            Factors::Prune(path) => Ok(Box::new(Pruning::again(objective, path, self.nonzeros))),
            _ => self.start(weight, objective, seed),
        }
    }

    /// The level above, solved for the objective and taken further where the number lies between levels.
    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts> {
        let Factors::Prune(path) = factors else { return None };
        let objective = target.objective;
        let mut elimination = resume(&objective.groups, path, Some(self.nonzeros));
        if objective.output_shift.is_some() {
            // The path was made for other targets.
            elimination.refit();
        }
        while !elimination.step(self.nonzeros) {}
        let groups = objective.groups.len();
        let own: Vec<(Array2<f32>, Array2<bool>)> = (0..groups)
            .map(|g| (group_rows(&elimination.weights, g, groups), group_rows(&elimination.mask, g, groups)))
            .collect();
        let each = objective.groups.iter().zip(&own);
        let matrices: Vec<Unrounded> =
            each.map(|(problem, (x, mask))| Unrounded { problem, x, mask: Some(mask) }).collect();
        let support = Support::of(&elimination.mask, path.block);
        Some(single(&self.stages(target.weight), &matrices, support, target))
    }
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
#[derive(Debug)]
struct Pruning {
    problems: Vec<Regression>,
    left: Vec<usize>,
    steps: usize,
    path: PrunePath,
}

impl Pruning {
    fn new(objective: &Objective, block: usize) -> Self {
        let problems = objective.groups.clone();
        let left = levels(problems.iter().map(|problem| problem.target.len()).sum());
        Self { problems, steps: left.len(), left, path: PrunePath { levels: Vec::new(), block } }
    }

    /// The same for changed targets, down to `nonzeros`: supports well above it stay as `before` has
    /// them.
    fn again(objective: &Objective, before: &PrunePath, nonzeros: usize) -> Self {
        let mut fresh = Self::new(objective, before.block);
        let from = KEPT_SUPPORTS * nonzeros;
        fresh.path.levels = before.levels.iter().filter(|level| level.kept >= from).cloned().collect();
        let least = fresh.path.levels.last().map_or(usize::MAX, |level| level.kept);
        fresh.left.retain(|level| *level < least);
        fresh.steps = fresh.left.len();
        fresh
    }
}

impl Process for Pruning {
    fn progress(&self) -> (usize, usize) {
        (self.steps - self.left.len(), self.steps)
    }

    /// One level; the whole path once all are done.
    fn step(&mut self) -> Option<Factors> {
        if let Some(level) = self.left.pop() {
            let mut elimination = resume(&self.problems, &self.path, None);
            while !elimination.step(level) {}
            let found = Level::of(&elimination);
            self.path.levels.push(found);
        }
        self.left.is_empty().then(|| Factors::Prune(self.path.clone()))
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
