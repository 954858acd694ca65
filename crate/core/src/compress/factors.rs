//! The costly results of methods, how they come about, and cutting them to a setting.

use super::method::Factoring;
use super::{Learned, MethodId, Objective, Parts, PrunePath, Setting, Stages, StandIn, Values};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{LinalgError, Svd};
use std::fmt;

/// What has been factored, in one of the forms that methods share; one entry per group.
#[derive(Clone, Debug)]
pub enum Factors {
    /// Nothing: the weights are enough.
    Whole,
    /// SVD of each group's matrix, in the method's own form.
    Svds(Vec<Svd>),
    /// A dictionary and the OMP path of every input's column.
    Dictionary(Learned),
    /// First and second matrix.
    Pair(Array2<f32>, Array2<f32>),
    /// Weights at every level of sparsity.
    Prune(PrunePath),
}

/// Factors, and the settings that they are of.
#[derive(Clone, Debug)]
pub struct Factored {
    method: MethodId,
    factoring: Factoring,
    factors: Factors,
}

/// What a layer is cut for.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// The old weights.
    pub weight: &'a Weight,
    /// What the new ones are fitted to.
    pub objective: &'a Objective,
    /// How they are stored.
    pub values: Values,
}

/// Factors being computed.
pub(crate) trait Process: fmt::Debug + Send {
    /// Steps done, and steps in all.
    fn progress(&self) -> (usize, usize);

    /// One step; gives the factors once they are there.
    fn step(&mut self) -> Option<Factors>;
}

/// Factors that take one step.
#[derive(Debug)]
struct Once(Option<Factors>);

impl Process for Once {
    fn progress(&self) -> (usize, usize) {
        (0, 1)
    }

    fn step(&mut self) -> Option<Factors> {
        self.0.take()
    }
}

/// Factors that are there already.
pub(crate) fn once(factors: Factors) -> Box<dyn Process> {
    Box::new(Once(Some(factors)))
}

/// Factors of a setting being computed.
#[derive(Debug)]
pub struct Learning {
    method: MethodId,
    factoring: Factoring,
    process: Box<dyn Process>,
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
        let toward = |objective: &Objective| setting.compressor().start(weight, objective, seed);
        let process = match toward(objective) {
            Err(_) if objective.is_calibrated() => toward(&Objective::plain(weight)),
            started => started,
        };
        Ok(Self::of(setting, process?))
    }

    /// The same again for another objective of the same layer, from what `before` was for the last.
    ///
    /// # Errors
    /// As [`Learning::start`].
    pub fn again(
        before: &Factored,
        setting: Setting,
        weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Self, LinalgError> {
        let Some(factors) = before.of(setting) else {
            return Self::start(setting, weight, objective, seed);
        };
        match setting.compressor().again(factors, weight, objective, seed) {
            Err(_) if objective.is_calibrated() => Self::start(setting, weight, objective, seed),
            started => Ok(Self::of(setting, started?)),
        }
    }

    fn of(setting: Setting, process: Box<dyn Process>) -> Self {
        Self { method: setting.method(), factoring: setting.factoring(), process }
    }

    /// Steps done, and steps in all.
    pub fn progress(&self) -> (usize, usize) {
        self.process.progress()
    }

    /// One step; gives the factors once they are there.
    pub fn step(&mut self) -> Option<Factored> {
        let factors = self.process.step()?;
        Some(Factored { method: self.method, factoring: self.factoring, factors })
    }
}

impl Setting {
    /// Which settings of its method share its factors.
    pub fn factoring(self) -> Factoring {
        self.compressor().factoring()
    }

    /// The shapes of what it stores in place of `weight`, as far as they are known before it is factored.
    pub fn stages(self, weight: &Weight) -> Stages {
        self.compressor().stages(weight)
    }
}

impl Factored {
    /// What `setting` stores in place of `weight`; `None` where these are not its factors.
    pub fn stages(&self, setting: Setting, weight: &Weight) -> Option<Stages> {
        let factors = self.of(setting)?;
        Some(setting.compressor().factored_stages(factors, weight))
    }

    /// The singular values of all groups, where it has some.
    pub fn spectrum(&self) -> Vec<f32> {
        match &self.factors {
            Factors::Svds(svds) => svds.iter().flat_map(|svd| svd.values.to_vec()).collect(),
            _ => Vec::new(),
        }
    }

    /// The factors, where they are those of `setting`.
    fn of(&self, setting: Setting) -> Option<&Factors> {
        let own = (self.method, self.factoring) == (setting.method(), setting.factoring());
        own.then_some(&self.factors)
    }

    fn cut(&self, setting: Setting, target: Target) -> Option<Parts> {
        setting.compressor().cut(self.of(setting)?, target)
    }
}

/// Cuts factors to `setting`, fits them to `target` and stores them; `None` where these are not its factors.
///
/// Nothing that is not finite, or beyond the size of weights, is given: the fit to the old weights stands in
/// for it, and where that is no better they stay as they are.
pub fn apply(factored: &Factored, setting: Setting, target: Target) -> Option<Parts> {
    let parts = factored.cut(setting, target)?;
    if parts.is_sound(target.weight) {
        return Some(parts);
    }
    Some(plainly(setting, target).unwrap_or_else(|| Parts::kept(target.weight)))
}

/// `setting` fitted to the old weights, where that gives sensible numbers.
fn plainly(setting: Setting, target: Target) -> Option<Parts> {
    let objective = Objective::plain(target.weight);
    let mut learning = Learning::start(setting, target.weight, &objective, 0).ok()?;
    let factored = loop {
        if let Some(factored) = learning.step() {
            break factored;
        }
    };
    let parts = factored.cut(setting, Target { objective: &objective, ..target })?;
    parts.is_sound(target.weight).then_some(Parts { stand_in: Some(StandIn::Plain), ..parts })
}
