//! A layer as it is; only how its values are stored may change.

use super::factors::once;
use super::method::{Compressor, Facts, Method};
use super::parts::Support;
use super::two_stage::single;
use super::{Choice, Factors, Objective, Parts, Point, Process, Setting, Stages, Target};
use crate::graph::Weight;
use sepal_linalg::{LinalgError, Unrounded};
use std::fmt;

/// See the module.
pub(crate) struct Keep;

/// Its only setting.
pub(crate) struct At;

impl Method for Keep {
    fn facts(&self) -> Facts {
        Facts { aliases: &["quantise"], ..Facts::new("keep", "Nothing but rounded values") }
    }

    fn choices(&self, _weight: &Weight) -> Vec<Choice> {
        Vec::new()
    }

    fn setting(&self, _at: Point) -> Setting {
        Setting::Keep
    }

    fn candidates(&self, _weight: &Weight, _choices: &[Choice], _blocks: &[usize]) -> Vec<Setting> {
        vec![Setting::Keep]
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "keep")
    }
}

impl Compressor for At {
    fn check(&self, _choices: &[Choice], _weight: &Weight) -> Result<(), String> {
        Ok(())
    }

    fn stages(&self, weight: &Weight) -> Stages {
        Stages::whole("rounded", weight)
    }

    fn start(
        &self,
        _weight: &Weight,
        _objective: &Objective,
        _seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        Ok(once(Factors::Whole))
    }

    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts> {
        let Factors::Whole = factors else { return None };
        let each = target.objective.groups.iter();
        let matrices: Vec<Unrounded> =
            each.map(|problem| Unrounded { problem, x: &problem.target, mask: None }).collect();
        Some(single(&self.stages(target.weight), &matrices, Support::Dense, target))
    }
}
