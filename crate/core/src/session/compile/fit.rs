//! One layer being fitted: a pass over calibration samples for it alone, where layers are fitted from front to
//! back, and what comes of it.

use super::calibration::{Calibration, input_of};
use crate::compress::{
    CompressError, Evidence, Factored, Learning, MethodProperty, Objective, Parts, Rows, Setting, Target,
    Values, apply, retarget,
};
use crate::evaluate::{Activations, Engine, EvaluateError};
use crate::graph::{Graph, Layer, Weight};
use crate::profile::{Kept, LayerProfile};
use crate::session::{Opened, SessionError};
use rten_tensor::prelude::*;
use sepal_linalg::LinalgError;

/// Rounds of setting rectified targets anew: the first ones choose a new support or factorisation too.
const RECTIFIED_ROUNDS: usize = 5;
/// How many of them start the method over.
const RESTARTS: usize = 2;

/// What is fitted: one layer of a plan.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub setting: Setting,
    pub values: Values,
    pub seed: u64,
}

/// A layer's replacement, and how well it does.
#[derive(Clone, Debug)]
pub(crate) struct Fitted {
    pub parts: Parts,
    /// Error and square of the layer's outputs on samples that its weights were not solved for.
    pub output_error: Option<(f64, f64)>,
    /// What calibration says of the layer.
    pub evidence: Evidence,
}

/// The root of a squared error over a squared norm.
pub(crate) fn relative((error, norm): (f64, f64)) -> f64 {
    if norm > 0.0 { (error / norm).sqrt() } else { 0.0 }
}

/// One layer being fitted behind what the layers before it have become.
pub(crate) struct LayerFit {
    /// The model with those layers replaced; `None` where it is still the original.
    prefix: Option<Engine>,
    wanted: Wanted,
    stage: Stage,
    done: usize,
    steps: usize,
}

enum Stage {
    Profile(Option<Box<LayerProfile>>),
    Learn(Box<Learn>),
}

struct Learn {
    linear: Objective,
    target: Objective,
    kept: Option<Kept>,
    learning: Learning,
    factored: Option<Factored>,
    rounds: usize,
}

impl LayerFit {
    /// `prefix` is the model with the earlier layers replaced, if any are.
    pub(crate) fn new(
        opened: &Opened,
        layer: &Layer,
        calibration: &Calibration,
        prefix: Option<Vec<u8>>,
        wanted: Wanted,
    ) -> Result<Self, SessionError> {
        let prefix = prefix.map(Engine::load_named).transpose()?;
        let rectified = is_rectified(&opened.graph, layer);
        let seen = input_of(&opened.graph, layer).is_some_and(|name| calibration.engine.has(name));
        let profile = seen
            .then(|| {
                LayerProfile::new(&opened.graph, layer, calibration.samples(), prefix.is_some(), rectified)
            })
            .flatten();
        let steps = calibration.batches() + 2 * RECTIFIED_ROUNDS + 20;
        Ok(Self { prefix, wanted, stage: Stage::Profile(profile.map(Box::new)), done: 0, steps })
    }

    pub(crate) fn progress(&self) -> (usize, usize) {
        (self.done.min(self.steps - 1), self.steps)
    }

    /// One step; the result once it is there.
    pub(crate) fn step(
        &mut self,
        opened: &Opened,
        layer: &Layer,
        weight: &Weight,
        calibration: &Calibration,
    ) -> Result<Option<Fitted>, SessionError> {
        self.done += 1;
        let failed = |source: LinalgError| CompressError::Linalg { layer: layer.name.clone(), source };
        if let Stage::Profile(profile) = &mut self.stage {
            let index = self.done - 1;
            if let Some(profile) = profile.as_mut().filter(|_| index < calibration.batches()) {
                let name = input_of(&opened.graph, layer).unwrap_or_default();
                add_batch(profile, calibration, self.prefix.as_ref(), (index, name), weight)?;
                return Ok(None);
            }
            let (linear, kept) = match profile.take() {
                Some(profile) => profile.objective(weight),
                None => (Objective::plain(weight), None),
            };
            self.stage =
                Stage::Learn(Box::new(Learn::new(linear, kept, weight, self.wanted).map_err(failed)?));
            return Ok(None);
        }
        let Stage::Learn(learn) = &mut self.stage else { return Ok(None) };
        learn.step(&layer.name, weight, self.wanted)
    }
}

fn add_batch(
    profile: &mut LayerProfile,
    calibration: &Calibration,
    prefix: Option<&Engine>,
    (index, name): (usize, &str),
    weight: &Weight,
) -> Result<(), SessionError> {
    let batch = calibration.batch(index);
    let run = |engine: &Engine| -> Result<Option<Activations>, EvaluateError> {
        Ok(engine.values(batch.view(), &[name])?.pop())
    };
    let original = run(&calibration.engine)?;
    match prefix.map(run).transpose()?.flatten() {
        Some(seen) => profile.add(weight, &seen, original.as_ref()),
        None => original.is_some_and(|seen| profile.add(weight, &seen, None)),
    };
    Ok(())
}

impl Learn {
    fn new(
        linear: Objective,
        kept: Option<Kept>,
        weight: &Weight,
        wanted: Wanted,
    ) -> Result<Self, LinalgError> {
        let learning = Learning::start(wanted.setting, weight, &linear, wanted.seed)?;
        let rounds = if kept.is_some() { RECTIFIED_ROUNDS } else { 0 };
        Ok(Self { target: linear.clone(), linear, kept, learning, factored: None, rounds })
    }

    fn step(&mut self, layer: &str, weight: &Weight, wanted: Wanted) -> Result<Option<Fitted>, SessionError> {
        let Some(factored) = &self.factored else {
            self.factored = self.learning.step();
            return Ok(None);
        };
        let rows = self.kept.as_ref().filter(|_| self.rounds > 0);
        let rows = rows.map(|kept| Rows { inputs: &kept.inputs, outputs: &kept.outputs });
        let values = if rows.is_some() { Values::Float } else { wanted.values };
        let target = Target { weight, objective: &self.target, values };
        let parts =
            apply(factored, wanted.setting, target).ok_or_else(|| SessionError::not_factored(layer))?;
        let Some(rows) = rows else {
            let output_error = self.linear.output_error(weight, &parts);
            return Ok(Some(Fitted { output_error, parts, evidence: self.linear.evidence }));
        };
        self.rounds -= 1;
        // Targets beyond what float32 holds: the last ones stay.
        let Ok(target) = retarget(&self.linear, weight, &parts, rows) else {
            self.rounds = 0;
            return Ok(None);
        };
        self.target = target;
        if self.rounds >= RECTIFIED_ROUNDS - RESTARTS
            && wanted.setting.method().facts().has(MethodProperty::Restarts)
        {
            let again = Learning::again(factored, wanted.setting, weight, &self.target, wanted.seed);
            let failed = |source| CompressError::Linalg { layer: layer.into(), source };
            self.learning = again.map_err(failed)?;
            self.factored = None;
        }
        Ok(None)
    }
}

/// Whether all that reads the layer's output is one rectifier.
fn is_rectified(graph: &Graph, layer: &Layer) -> bool {
    let output = graph.nodes().get(layer.node).and_then(|node| node.output.first());
    let Some(output) = output.filter(|name| graph.uses(name) == 1) else { return false };
    graph.nodes().iter().any(|node| node.op_type == "Relu" && node.input.first() == Some(output))
}
