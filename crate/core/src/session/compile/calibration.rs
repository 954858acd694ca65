//! Calibration samples, and the pass over them for all layers of the original.

use super::split::split;
use crate::compress::Objective;
use crate::evaluate::{Engine, EvaluateError, batch_size};
use crate::export::lower::Ranges;
use crate::graph::{Graph, Layer};
use crate::profile::{LayerProfile, RangeRun};
use crate::session::{Opened, SessionError};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use std::collections::HashMap;

/// Samples that are run at once; fewer where there are few, so that some batches can be held out.
const BATCH: usize = 250;
/// The fewest batches that samples are divided into.
const BATCHES: usize = 10;

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
    pub(super) engine: Engine,
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
    pub(super) fn batches(&self) -> usize {
        (self.samples / self.step).max(1)
    }

    pub(super) fn batch(&self, index: usize) -> Tensor<f32> {
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
pub(super) fn input_of<'a>(graph: &'a Graph, layer: &Layer) -> Option<&'a str> {
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
