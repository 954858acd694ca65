//! Few input channels: a convolution becomes 1x1 onto k channels, then whole filters onto the outputs.
//!
//! The weights of a group are the matrix M\[(n, t), c\] over its taps t; its SVD cut to k, behind the
//! second moment of the channels. Then the filters are refitted by least squares behind the real
//! patches. **Pays** while k (C + N d1 d2) < N C d1 d2 (weights).
//! **Source**: Zhang et al. 2015, section 3.3, for the split; least squares as in [`super::separation`].

use super::choice::at_rank;
use super::factors::once;
use super::low_rank::whitened_svd;
use super::method::{Compressor, Facts, Method, MethodDial, MethodProperty};
use super::parts::{filters, marginal};
use super::two_stage::{Draft, finish};
use super::{Choice, Factors, Objective, Parts, Point, Process, Setting, Split, StageShape, Stages, Target};
use crate::graph::Weight;
use ndarray::Array2;
use sepal_linalg::{LinalgError, Regression};
use std::fmt;

/// See the module.
pub(crate) struct Channel;

/// The same at one number of channels between.
pub(crate) struct At {
    pub rank: usize,
}

/// Values of a filter for one channel.
fn taps(weight: &Weight) -> usize {
    let (height, width) = weight.filter_size();
    height * width
}

impl Method for Channel {
    fn facts(&self) -> Facts {
        let summary = "Convolutions as 1x1 onto few channels, then whole filters";
        Facts {
            dials: &[MethodDial::Rank],
            properties: &[MethodProperty::Restarts],
            ..Facts::new("channel", summary)
        }
    }

    fn choices(&self, weight: &Weight) -> Vec<Choice> {
        let ((outputs, inputs), taps) = (weight.group_shape(), taps(weight));
        let channels = inputs / taps;
        if taps == 1 || channels + outputs * taps >= outputs * inputs {
            return Vec::new();
        }
        (1..=channels.min(outputs * taps)).map(Choice::rank).collect()
    }

    fn unfit(&self, weight: &Weight) -> &'static str {
        match taps(weight) {
            1 => "it has no filters of more than one value",
            _ => "its matrix is so small that two would take no less",
        }
    }

    fn setting(&self, at: Point) -> Setting {
        Setting::Channel { rank: at.rank }
    }
}

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} input channels", self.rank)
    }
}

impl Compressor for At {
    fn check(&self, choices: &[Choice], _weight: &Weight) -> Result<(), String> {
        at_rank(choices, self.rank).map(|_| ())
    }

    fn stages(&self, weight: &Weight) -> Stages {
        let ((outputs, inputs), taps) = (weight.group_shape(), taps(weight));
        let first = StageShape::dense("channels", weight, self.rank, inputs / taps);
        Stages::pair(Split::Input, first, StageShape::dense("filters", weight, outputs, self.rank * taps))
    }

    fn start(
        &self,
        weight: &Weight,
        objective: &Objective,
        _seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        let taps = taps(weight);
        let form = |problem: &Regression| {
            let (outputs, inputs) = problem.target.dim();
            let target = Array2::from_shape_fn((outputs * taps, inputs / taps), |(row, channel)| {
                problem.target[[row / taps, channel * taps + row % taps]]
            });
            let gram = problem.gram.as_ref().map(|gram| marginal(Split::Input, weight, gram));
            whitened_svd(&Regression::toward(gram, target))
        };
        let svds: Result<_, _> = objective.groups.iter().map(form).collect();
        Ok(once(Factors::Svds(svds?)))
    }

    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts> {
        let Factors::Svds(svds) = factors else { return None };
        let taps = taps(target.weight);
        let cuts = svds.iter().map(|svd| svd.truncate(self.rank));
        let groups = cuts.map(|(left, right)| (right, filters(&left, taps))).collect();
        let rounds = usize::from(target.objective.is_calibrated());
        Some(finish(Draft { rounds, ..Draft::dense(self.stages(target.weight), groups) }, target))
    }
}
