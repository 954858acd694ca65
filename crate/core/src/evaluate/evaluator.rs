//! Scores a model over samples, slice by slice.

use super::{Engine, EvaluateError, Score, arg_max};
use ndarray::{Array2, ArrayView1, Axis, concatenate};
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
    values: Vec<f32>,
    labels: Vec<i32>,
    shape: Vec<usize>,
    base: Option<Engine>,
    model: Option<Engine>,
    resume: Option<String>,
    kept: BTreeMap<(usize, usize), Tensor<f32>>,
    kept_values: usize,
}

impl Evaluator {
    /// Sets the samples: `values` sample after sample, each of `shape`.
    ///
    /// # Errors
    /// [`EvaluateError::Interface`] where sizes do not fit together.
    pub fn set_samples(
        &mut self,
        values: Vec<f32>,
        labels: Vec<i32>,
        shape: Vec<usize>,
    ) -> Result<(), EvaluateError> {
        if values.len() != labels.len() * shape.iter().product::<usize>() {
            return Err(EvaluateError::Interface("the samples do not fit their labels".into()));
        }
        (self.values, self.labels, self.shape) = (values, labels, shape);
        self.forget();
        Ok(())
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

    /// Takes the classes that the model chooses as labels: the next model's score is its agreement
    /// with this one.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn label_by_model(&mut self) -> Result<(), EvaluateError> {
        let scores = self.class_scores()?;
        self.labels = scores.rows().into_iter().map(class_of).collect();
        Ok(())
    }

    /// The classes that the model chooses for the samples `from .. to`.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn classes(&mut self, from: usize, to: usize) -> Result<Vec<i32>, EvaluateError> {
        let to = to.min(self.labels.len());
        let step = self.step();
        let mut classes = Vec::new();
        for start in (from..to).step_by(step) {
            let scores = self.slice_scores(start, (start + step).min(to))?;
            classes.extend(scores.rows().into_iter().map(class_of));
        }
        Ok(classes)
    }

    /// The samples' values from `from` to `to`, sample after sample, and their labels.
    pub fn samples_of(&self, from: usize, to: usize) -> (&[f32], &[i32]) {
        let each = self.shape.iter().product::<usize>();
        let to = to.min(self.labels.len());
        let from = from.min(to);
        (&self.values[from * each..to * each], &self.labels[from..to])
    }

    /// The shape of one sample.
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// What the model says of every sample: samples x classes.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn class_scores(&mut self) -> Result<Array2<f32>, EvaluateError> {
        let step = self.step();
        let starts = (0..self.labels.len()).step_by(step);
        let parts = starts.map(|from| self.slice_scores(from, (from + step).min(self.labels.len())));
        let parts = parts.collect::<Result<Vec<_>, _>>()?;
        let views: Vec<_> = parts.iter().map(|part| part.view()).collect();
        concatenate(Axis(0), &views)
            .map_err(|_| EvaluateError::Interface("it gives more classes for some samples".into()))
    }

    /// The number of samples.
    pub fn samples(&self) -> usize {
        self.labels.len()
    }

    /// Scores the samples `from .. to`.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn score(&mut self, from: usize, to: usize) -> Result<Score, EvaluateError> {
        let to = to.min(self.labels.len());
        let mut score = Score::default();
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
    fn step(&self) -> usize {
        let fixed = self.model.as_ref().and_then(Engine::fixed_batch);
        fixed.unwrap_or_else(|| batch_size(self.shape.iter().product(), BATCH))
    }

    fn slice_scores(&mut self, from: usize, to: usize) -> Result<Array2<f32>, EvaluateError> {
        Engine::scores(&self.output(from, to)?, to - from)
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
        let scores = self.slice_scores(from, to)?;
        let chosen = scores.rows().into_iter().map(class_of);
        let correct = chosen.zip(&self.labels[from..to]).filter(|(a, b)| a == *b).count();
        Ok(Score::classes(correct, to - from))
    }

    /// Samples `from .. to` as a batch, filled up with the last one to `size` where that is fixed.
    fn batch(&self, from: usize, to: usize, size: Option<usize>) -> Tensor<f32> {
        let each = self.shape.iter().product::<usize>();
        let mut values = self.values[from * each..to * each].to_vec();
        let count = size.unwrap_or(to - from);
        while values.len() < count * each {
            values.extend_from_within(values.len() - each..);
        }
        let shape: Vec<usize> = std::iter::once(count).chain(self.shape.iter().copied()).collect();
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

/// One output is the probability of class 1; more are one score per class.
fn class_of(row: ArrayView1<f32>) -> i32 {
    match row.as_slice() {
        Some([one]) => i32::from(*one > 0.5),
        Some(many) => arg_max(many) as i32,
        None => 0,
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
