//! What a search is asked, and what it says: these types cross the seam to TypeScript.

use crate::compress::{Fit, MethodId, Plan, Setting, Values};
use crate::dataset::Metric;
use crate::search::Limit;
use crate::session::compile::held_out::HeldOut;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What to search for. Limits are those of the whole model.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SearchRequest {
    /// Most bytes of stored weights.
    pub bytes: Option<usize>,
    /// Most multiply-accumulates.
    #[ts(type = "number | null")]
    pub macs: Option<u64>,
    /// Most bytes of activations at once.
    pub ram_bytes: Option<usize>,
    /// Most points of accuracy or of another metric in percent to lose; without labels, percent of samples
    /// that change class; of an error the rise in percent of the spread of what outputs are compared with.
    pub max_loss: Option<f64>,
    /// Allowed methods.
    pub methods: Vec<MethodId>,
    /// Allowed ways to store values.
    pub values: Vec<Values>,
    /// Allowed blocks of pruned weights: 1, 4, 8 neighbouring outputs that share which stay.
    #[serde(default = "single")]
    pub blocks: Vec<usize>,
    /// What weights are fitted to in the end.
    pub fit: Fit,
    /// Seed of everything that is drawn.
    #[ts(type = "number")]
    pub seed: u64,
    /// Layers that stay as they are set.
    #[ts(type = "Record<string, Fixed>")]
    pub locked: BTreeMap<String, Fixed>,
    /// Whether fits around the first one are tried.
    pub refine: bool,
}

fn single() -> Vec<usize> {
    vec![1]
}

/// A layer that is not searched.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Fixed {
    /// What is done to it.
    pub setting: Setting,
    /// How its values are stored.
    pub values: Values,
}

/// A point of the front: what a selection would cost, and its expected loss.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FrontPoint {
    /// Bytes of the whole model.
    pub bytes: usize,
    /// Multiply-accumulates.
    #[ts(type = "number")]
    pub macs: u64,
    /// Expected divergence from the original's classes, nats; without calibration, relative error.
    pub loss: f64,
}

/// Where a search is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SearchStage {
    /// Candidates of each layer.
    Tables,
    /// What each layer's error does to the outputs.
    Sensitivity,
    /// Fitting the chosen plan.
    Fit,
    /// Plans around it.
    Refine,
    /// Done.
    Done,
}

/// A limit that keeps a plan from losing less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Binding {
    /// Bytes of stored weights.
    Bytes,
    /// Multiply-accumulates.
    Macs,
    /// Peak bytes of activations.
    Ram,
    /// What may be lost.
    Loss,
}

impl Binding {
    /// As the command line and reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Macs => "macs",
            Self::Ram => "ram",
            Self::Loss => "loss",
        }
    }
}

impl From<Limit> for Binding {
    fn from(limit: Limit) -> Self {
        match limit {
            Limit::Bytes => Self::Bytes,
            Limit::Macs => Self::Macs,
            Limit::Ram => Self::Ram,
        }
    }
}

/// How far a search is, and what it has found.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SearchProgress {
    /// What is being done.
    pub stage: SearchStage,
    /// The layer that is being looked at.
    pub layer: Option<String>,
    /// Steps of the stage that are done.
    pub step: usize,
    /// Steps of the stage.
    pub steps: usize,
    /// The front, once it is known.
    pub front: Vec<FrontPoint>,
    /// The best plan so far.
    pub plan: Option<Plan>,
    /// The limits that keep it from losing less.
    pub binding: Vec<Binding>,
    /// Measured on it: points of what `metric` names, where it rises; of an error the rise in percent of the
    /// spread of what outputs are compared with; of agreement the percent of samples that change class.
    pub lost: Option<f64>,
    /// What that is lost of.
    pub metric: Metric,
    /// Whether labels or targets were used for that.
    pub labelled: bool,
    /// On how many samples that was measured: those that chose the plan.
    pub samples: usize,
    /// At the end, how close the plan is to the original on samples that had no part in it.
    pub held_out: Option<HeldOut>,
    /// Whether that is more than was allowed.
    pub missed: bool,
}
