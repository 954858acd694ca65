//! Scores a model over samples, slice by slice.

use super::{Activations, Engine, EvaluateError, Outputs, Score};
use crate::dataset::{Choosing, Metric, Samples};
use ndarray::{Array2, Axis, concatenate};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use std::collections::BTreeMap;

/// Most values kept of activations in front of the first changed layer: 128 MB.
const KEPT_VALUES: usize = 32_000_000;

/// Samples that are run at once where the file does not say.
const BATCH: usize = 500;

/// Values of samples that are run at once: what a network makes of a picture in between is up to 30 times
/// larger, 250 MB as float32.
const BATCH_VALUES: usize = 2_000_000;

/// How many samples of `each` values are run at once where the file does not say, `most` at most.
pub(crate) fn batch_size(each: usize, most: usize) -> usize {
    (BATCH_VALUES / each.max(1)).clamp(1, most)
}

/// Samples, the original model and the one being scored.
///
/// Activations that the original computes in front of the first changed layer are kept per slice,
/// so that only what follows is run again.
#[derive(Default)]
pub struct Evaluator {
    samples: Samples,
    base: Option<Engine>,
    model: Option<Engine>,
    resume: Option<String>,
    kept: BTreeMap<(usize, usize), Tensor<f32>>,
    kept_values: usize,
}

impl Evaluator {
    /// Sets the samples, and by their metric what scores are made of.
    ///
    /// # Errors
    /// [`EvaluateError::Interface`] where sizes do not fit together.
    pub fn set_samples(&mut self, samples: Samples) -> Result<(), EvaluateError> {
        let count = samples.len();
        // What the original is to say may still be open.
        let classes = count * samples.choosing.places;
        let labels = match samples.metric {
            Metric::Accuracy | Metric::Auc => samples.labels.len() == classes,
            Metric::Agreement => samples.labels.is_empty() || samples.labels.len() == classes,
            Metric::Error | Metric::Reconstruction => samples.labels.is_empty(),
        };
        let targets = match samples.metric {
            Metric::Error => samples.targets.len().is_multiple_of(count.max(1)),
            _ => samples.targets.is_empty(),
        };
        if samples.values.len() != count * samples.each() || !labels || !targets {
            return Err(EvaluateError::Interface("the samples do not fit their labels".into()));
        }
        self.samples = samples;
        self.forget();
        Ok(())
    }

    /// Sets how outputs choose classes, as many for each sample as before.
    pub fn set_choosing(&mut self, choosing: Choosing) {
        self.samples.choosing = choosing;
    }

    /// Sets the original model.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub fn set_base(&mut self, bytes: Vec<u8>) -> Result<(), EvaluateError> {
        self.forget();
        self.base = Some(Engine::load(bytes)?);
        Ok(())
    }

    /// Sets the model to score. `resume` names the value up to which it equals the original.
    ///
    /// # Errors
    /// Why it cannot be loaded.
    pub fn set_model(&mut self, bytes: Vec<u8>, resume: Option<String>) -> Result<(), EvaluateError> {
        if resume != self.resume {
            self.forget();
        }
        self.model = Some(Engine::load(bytes)?);
        self.resume = resume;
        Ok(())
    }

    /// Takes what the model says as what is right: its classes, or its outputs where the metric is their
    /// error. The next model's score is its agreement with this one, or its distance from it.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn answer_by_model(&mut self) -> Result<(), EvaluateError> {
        let outputs = self.class_scores()?;
        self.answer_with(&outputs);
        Ok(())
    }

    /// The same with `outputs` that a model gave for all samples.
    pub fn answer_with(&mut self, outputs: &Array2<f32>) {
        match self.samples.metric {
            Metric::Error => self.samples.targets = outputs.iter().copied().collect(),
            _ => self.samples.labels = Outputs::of(outputs).classes(self.samples.choosing),
        }
    }

    /// The samples, taken out.
    pub fn into_samples(self) -> Samples {
        self.samples
    }

    /// The classes that the model chooses for the samples `from .. to`.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn classes(&mut self, from: usize, to: usize) -> Result<Vec<i32>, EvaluateError> {
        let outputs = self.outputs(from, to)?;
        Ok(Outputs::of(&outputs).classes(self.samples.choosing))
    }

    /// What the model gives for the samples `from .. to`: samples x values.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn outputs(&mut self, from: usize, to: usize) -> Result<Array2<f32>, EvaluateError> {
        let to = to.min(self.samples.len());
        let step = self.step();
        let parts = (from..to).step_by(step).map(|start| self.slice_scores(start, (start + step).min(to)));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        if parts.is_empty() {
            return Ok(Array2::zeros((0, 0)));
        }
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        concatenate(Axis(0), &views)
            .map_err(|_| EvaluateError::Interface("it gives more values for some samples".into()))
    }

    /// What the model gives at each of its outputs for the samples `from .. to`, which are run at once: shapes
    /// and elements, of samples that fill a fixed batch too.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn every(&self, from: usize, to: usize) -> Result<Vec<Activations>, EvaluateError> {
        let model = self.model.as_ref().ok_or_else(no_model)?;
        model.every(self.batch(from, to.min(self.samples.len()), model.fixed_batch()).view())
    }

    /// The samples themselves.
    pub fn set(&self) -> &Samples {
        &self.samples
    }

    /// What the model says of every sample: samples x values.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn class_scores(&mut self) -> Result<Array2<f32>, EvaluateError> {
        self.outputs(0, self.samples.len())
    }

    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.samples.len()
    }

    /// Scores the samples `from .. to`.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn score(&mut self, from: usize, to: usize) -> Result<Score, EvaluateError> {
        let to = to.min(self.samples.len());
        let mut score = Score { metric: self.samples.metric, ..Score::default() };
        let step = self.step();
        let mut start = from;
        while start < to {
            let end = start.saturating_add(step).min(to);
            score = score.plus(self.score_slice(start, end)?);
            start = end;
        }
        Ok(score)
    }

    /// How many samples are run at once.
    pub(crate) fn step(&self) -> usize {
        let fixed = self.model.as_ref().and_then(Engine::fixed_batch);
        fixed.unwrap_or_else(|| batch_size(self.samples.each(), BATCH))
    }

    fn slice_scores(&mut self, from: usize, to: usize) -> Result<Array2<f32>, EvaluateError> {
        let output = self.output(from, to)?;
        self.model.as_ref().ok_or_else(no_model)?.scores(&output, to - from)
    }

    /// The model's output for the samples `from .. to`.
    fn output(&mut self, from: usize, to: usize) -> Result<Tensor<f32>, EvaluateError> {
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let batch = self.batch(from, to, model.fixed_batch());
        let Some(name) = self.resume.clone() else {
            return model.run(batch.view(), None, None);
        };
        let kept = match self.kept.get(&(from, to)) {
            Some(kept) => kept.clone(),
            None => match self.base.as_ref().map(|base| base.run(batch.view(), None, Some(&name))) {
                Some(Ok(kept)) => self.keep((from, to), kept),
                // The value was fused away: run everything.
                _ => return model.run(batch.view(), None, None),
            },
        };
        let model = self.model.as_ref().ok_or_else(no_model)?;
        let resumed = model.run(batch.view(), Some((&name, kept.view())), None);
        resumed.or_else(|_| model.run(batch.view(), None, None))
    }

    fn score_slice(&mut self, from: usize, to: usize) -> Result<Score, EvaluateError> {
        let outputs = self.slice_scores(from, to)?;
        Outputs::of(&outputs).score(&self.samples, from)
    }

    /// Samples `from .. to` as a batch, filled up with the last one to `size` where that is fixed.
    fn batch(&self, from: usize, to: usize, size: Option<usize>) -> Tensor<f32> {
        let each = self.samples.each();
        let mut values = self.samples.values[from * each..to * each].to_vec();
        let count = size.unwrap_or(to - from);
        while values.len() < count * each {
            values.extend_from_within(values.len() - each..);
        }
        let shape: Vec<usize> = std::iter::once(count).chain(self.samples.shape.iter().copied()).collect();
        Tensor::from_data(&shape, values)
    }

    fn keep(&mut self, slice: (usize, usize), value: Tensor<f32>) -> Tensor<f32> {
        if self.kept_values + value.len() <= KEPT_VALUES {
            self.kept_values += value.len();
            self.kept.insert(slice, value.clone());
        }
        value
    }

    fn forget(&mut self) {
        self.kept.clear();
        self.kept_values = 0;
    }
}

fn no_model() -> EvaluateError {
    EvaluateError::Interface("no model is set".into())
}

#[cfg(test)]
mod tests {
    use super::batch_size;

    #[test]
    fn large_samples_are_run_few_at_a_time() {
        assert_eq!(batch_size(784, 500), 500);
        assert_eq!(batch_size(3 * 224 * 224, 500), 13);
        assert_eq!(batch_size(usize::MAX, 500), 1);
        assert_eq!(batch_size(0, 500), 500);
    }
}
