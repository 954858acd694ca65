//! Calibration samples, and the passes over them: one for all layers of the original, one more per
//! layer where layers are fitted from front to back.

use super::split::split;
use super::{Opened, SessionError};
use crate::compress::{
    CompressError, Evidence, Factored, Learning, MethodProperty, Objective, Parts, Rows, Setting, Target,
    Values, apply, retarget,
};
use crate::evaluate::{Activations, Engine, EvaluateError, batch_size};
use crate::export::lower::Ranges;
use crate::graph::{Graph, Layer, Weight};
use crate::profile::{Kept, LayerProfile, RangeRun};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use sepal_linalg::LinalgError;
use std::collections::HashMap;

/// Samples that are run at once; fewer where there are few, so that some batches can be held out.
const BATCH: usize = 250;
/// The fewest batches that samples are divided into.
const BATCHES: usize = 10;
/// Rounds of setting rectified targets anew: the first ones choose a new support or factorisation too.
const RECTIFIED_ROUNDS: usize = 5;
/// How many of them start the method over.
const RESTARTS: usize = 2;

/// Unlabelled samples, divided into those to fit to and those held out, and the original model that they
/// are run through.
pub(crate) struct Calibration {
    /// What is fitted to, and chosen by.
    values: Vec<f32>,
    /// What neither a fit nor a choice has seen.
    held_out: Vec<f32>,
    shape: Vec<usize>,
    samples: usize,
    step: usize,
    engine: Engine,
}

/// How many of `samples` of `each` values are run at once.
fn step(engine: &Engine, samples: usize, each: usize) -> usize {
    let most = batch_size(each, BATCH);
    engine.fixed_batch().unwrap_or_else(|| samples.div_ceil(BATCHES).clamp(1, most))
}

impl Calibration {
    pub(crate) fn new(values: Vec<f32>, shape: Vec<usize>, model: Vec<u8>) -> Result<Self, EvaluateError> {
        let engine = Engine::load_named(model)?;
        let each = shape.iter().product::<usize>().max(1);
        let (fitted, held) = split(values.len() / each);
        let picked = |places: &[usize]| -> Vec<f32> {
            let own = places.iter().filter_map(|&place| values.get(place * each..(place + 1) * each));
            own.flatten().copied().collect()
        };
        let held_out = picked(&held);
        let values = if held.is_empty() { values } else { picked(&fitted) };
        let samples = fitted.len();
        let step = step(&engine, samples, each);
        Ok(Self { values, held_out, shape, samples, step, engine })
    }

    /// The same samples, run through `model`.
    pub(crate) fn run_by(self, model: Vec<u8>) -> Result<Self, EvaluateError> {
        let engine = Engine::load_named(model)?;
        let step = step(&engine, self.samples, self.shape.iter().product());
        Ok(Self { step, engine, ..self })
    }

    /// The number of samples to fit to.
    pub(crate) fn samples(&self) -> usize {
        self.samples
    }

    /// The samples to fit to and to choose by, one behind the other.
    pub(crate) fn values(&self) -> &[f32] {
        &self.values
    }

    /// The samples that no fit and no choice has seen; none where there are too few in all.
    pub(crate) fn held_out(&self) -> &[f32] {
        &self.held_out
    }

    /// The number of samples held out.
    pub(crate) fn held_out_samples(&self) -> usize {
        self.held_out.len() / self.shape.iter().product::<usize>().max(1)
    }

    pub(crate) fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Whole batches; what is left over at the end is not used, unless it is all there is.
    fn batches(&self) -> usize {
        (self.samples / self.step).max(1)
    }

    fn batch(&self, index: usize) -> Tensor<f32> {
        let each = self.shape.iter().product::<usize>();
        let (from, to) = (index * self.step, ((index + 1) * self.step).min(self.samples));
        self.rows(&self.values[from * each..to * each])
    }

    /// Some samples as the model takes them: fewer than it takes at a time are repeated.
    fn rows(&self, own: &[f32]) -> Tensor<f32> {
        let each = self.shape.iter().product::<usize>();
        let count = self.engine.fixed_batch().unwrap_or(own.len() / each.max(1));
        let values: Vec<f32> = own.iter().copied().cycle().take(count * each).collect();
        let shape: Vec<usize> = std::iter::once(count).chain(self.shape.iter().copied()).collect();
        Tensor::from_data(&shape, values)
    }
}

/// Samples of each share that the ranges of activations are measured on, at most.
const RANGE_SAMPLES: usize = 1000;

/// Which samples the ranges of activations are measured on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Share {
    /// Those that are fitted to: what is measured on the others is honest.
    Fitted,
    /// All: nothing that was given lies outside.
    All,
}

impl Calibration {
    /// The least and greatest of all values that `model`, whose input and values are those of `graph`, computes on
    /// a share of the samples.
    pub(crate) fn ranges(
        &self,
        model: Vec<u8>,
        (graph, input): (&Graph, &str),
        share: Share,
    ) -> Result<Ranges, EvaluateError> {
        let engine = Engine::load_named(model)?;
        let mut run = RangeRun::new(graph, input);
        let size = self.step * self.shape.iter().product::<usize>();
        let held_out = if share == Share::All { &self.held_out[..] } else { &[] };
        for values in [&self.values[..], held_out] {
            for batch in values.chunks(size.max(1)).take(RANGE_SAMPLES.div_ceil(self.step)) {
                run.add(&engine, self.rows(batch).view())?;
            }
        }
        Ok(run.finish())
    }
}

/// The value that a layer reads.
fn input_of<'a>(graph: &'a Graph, layer: &Layer) -> Option<&'a str> {
    graph.nodes().get(layer.node)?.input.first().map(String::as_str)
}

/// One pass over the samples through the original, for all layers at once.
pub(crate) struct ProfileRun {
    layers: Vec<(usize, LayerProfile)>,
    done: usize,
}

impl ProfileRun {
    pub(crate) fn new(opened: &Opened, calibration: &Calibration) -> Self {
        let of = |(index, layer): (usize, &Layer)| {
            // What serves outputs that cannot be run is fitted to its weights.
            input_of(&opened.graph, layer).filter(|name| calibration.engine.has(name))?;
            let profile = LayerProfile::new(&opened.graph, layer, calibration.samples, false, false)?;
            Some((index, profile))
        };
        Self { layers: opened.layers.iter().enumerate().filter_map(of).collect(), done: 0 }
    }

    pub(crate) fn progress(&self, calibration: &Calibration) -> (usize, usize) {
        (self.done, calibration.batches())
    }

    /// One batch; whether it was the last.
    pub(crate) fn step(&mut self, opened: &Opened, calibration: &Calibration) -> Result<bool, SessionError> {
        if self.done < calibration.batches() {
            let names: Vec<&str> =
                self.layers.iter().filter_map(|(i, _)| input_of(&opened.graph, &opened.layers[*i])).collect();
            let batch = calibration.batch(self.done);
            let found = calibration.engine.values(batch.view(), &names)?;
            for ((index, profile), value) in self.layers.iter_mut().zip(found) {
                if let Ok(weight) = &opened.layers[*index].weight {
                    profile.add(weight, &value, None);
                }
            }
            self.done += 1;
        }
        Ok(self.done >= calibration.batches())
    }

    /// The objective of every layer that could be profiled.
    pub(crate) fn finish(self, opened: &Opened) -> HashMap<String, Objective> {
        let of = |(index, profile): (usize, LayerProfile)| {
            let layer: &Layer = &opened.layers[index];
            let (objective, _) = profile.objective(layer.weight.as_ref().ok()?);
            Some((layer.name.clone(), objective))
        };
        self.layers.into_iter().filter_map(of).collect()
    }
}

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
                LayerProfile::new(&opened.graph, layer, calibration.samples, prefix.is_some(), rectified)
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
