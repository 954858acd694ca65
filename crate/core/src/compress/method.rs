//! What a compression method says of itself. Each is one file: a [`Method`], and a [`Compressor`] that is the
//! method at one of its settings. All of them are listed in [`super::list`].

use super::choice::spread;
use super::{Choice, Factors, Objective, Order, Parts, Process, Setting, Stages, Target};
use crate::graph::Weight;
use sepal_linalg::LinalgError;
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// A number of a setting that a slider sets, by its name in [`Setting`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MethodDial {
    /// Rank of a factorisation.
    Rank,
    /// Atoms of a dictionary.
    Atoms,
    /// Stored values.
    Nonzeros,
}

/// Something that is true of a method or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MethodProperty {
    /// Searches take long with it, and seldom choose it.
    Slow,
    /// Targets that change while rectified outputs are fitted are worth factoring anew.
    Restarts,
    /// Its rank cuts the singular values of the layer's own matrix.
    Spectrum,
    /// What it stores is known only once the layer is factored.
    Learned,
    /// Its factors depend on the seed.
    Drawn,
    /// It can change a matrix that stays in its place.
    InPlace,
}

/// What holds for a method on every layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// In plans, reports and on the command line: as its variant of [`Setting`] is written.
    pub name: &'static str,
    /// Other names on the command line.
    pub aliases: &'static [&'static str],
    /// A few words for the command line.
    pub summary: &'static str,
    /// What sliders set, the one to look at first.
    pub dials: &'static [MethodDial],
    /// What else is true of it.
    pub properties: &'static [MethodProperty],
    /// The method with the highest is what plans take where none is named; 0 is never taken.
    pub preference: u8,
}

impl Facts {
    /// Those of a method with nothing special to say.
    pub(crate) const fn new(name: &'static str, summary: &'static str) -> Self {
        Self { name, aliases: &[], summary, dials: &[], properties: &[], preference: 0 }
    }

    /// Whether `property` is true of it.
    pub fn has(&self, property: MethodProperty) -> bool {
        self.properties.contains(&property)
    }
}

/// Which settings of a method have their factors in common: those that are equal in this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Factoring {
    /// All of them.
    All,
    /// Those of one order of halves.
    Order(Order),
    /// Those of one number of atoms.
    Atoms(usize),
    /// Those of one number of stored values.
    Nonzeros(usize),
    /// Those of one size of blocks.
    Block(usize),
}

/// The numbers that choose one of a method's settings; each method reads what it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// Rank, or number of atoms.
    pub rank: usize,
    /// Stored values, as [`Choice::nonzeros`] counts them.
    pub nonzeros: usize,
    /// Neighbouring outputs that share which values are stored.
    pub block: usize,
}

/// A way to compress a layer.
pub(crate) trait Method: Sync {
    /// What holds on every layer.
    fn facts(&self) -> Facts;

    /// The settings that it has on a layer; empty where it does not fit. Layers whose weights are stored
    /// sparsely or stay in their place are not asked.
    fn choices(&self, weight: &Weight) -> Vec<Choice>;

    /// Why there is none, to follow the layer's name and a colon.
    fn unfit(&self, _weight: &Weight) -> &'static str {
        "its matrix is so small that two would take no less"
    }

    /// The setting at one of the choices.
    fn setting(&self, at: Point) -> Setting;

    /// The settings of `choices` that a search tries, with these blocks.
    fn candidates(&self, _weight: &Weight, choices: &[Choice], _blocks: &[usize]) -> Vec<Setting> {
        let ranks: Vec<usize> = choices.iter().map(|choice| choice.rank).collect();
        spread(&ranks).into_iter().map(|rank| self.setting(Point { rank, nonzeros: 0, block: 1 })).collect()
    }
}

/// A method at one setting; its `Display` is the setting in words.
pub(crate) trait Compressor: fmt::Display {
    /// Which settings share its factors.
    fn factoring(&self) -> Factoring {
        Factoring::All
    }

    /// Whether a layer with these choices offers the setting.
    ///
    /// # Errors
    /// Why not, for a sentence that ends with it.
    fn check(&self, choices: &[Choice], weight: &Weight) -> Result<(), String>;

    /// The shapes of what is stored in place of `weight`.
    fn stages(&self, weight: &Weight) -> Stages;

    /// The same once `factors` say more of it.
    fn factored_stages(&self, _factors: &Factors, weight: &Weight) -> Stages {
        self.stages(weight)
    }

    /// Starts the costly part, once for all settings of the same factoring.
    ///
    /// # Errors
    /// The matrices cannot be factored.
    fn start(
        &self,
        weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError>;

    /// The same again for changed targets of the layer, from what `factors` were for the last.
    ///
    /// # Errors
    /// As [`Compressor::start`].
    fn again(
        &self,
        _factors: &Factors,
        weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        self.start(weight, objective, seed)
    }

    /// Cuts factors of its factoring to the setting, fits and rounds them.
    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts>;
}
