//! How much a compressed model loses, measured: against labels or targets where there are some, else
//! against the original model on calibration samples.

use super::held_out::points_lost;
use crate::dataset::{Choosing, Metric, Samples};
use crate::evaluate::{EvaluateError, Evaluator, Score};
use crate::session::SessionError;
use ndarray::{Array2, ArrayView1, Axis};

/// Samples that a model is judged on while searching.
const SAMPLES: usize = 1000;

/// Samples that are run at once.
const SLICE: usize = 250;

/// Values that are kept of outputs that are not scored, about.
const OTHER_VALUES: usize = 2_000_000;

/// See the module.
pub(crate) struct Judge {
    unlabelled: Evaluator,
    /// What the original gives: class probabilities, or values where no classes are compared.
    base: Array2<f64>,
    labelled: Option<(Evaluator, Score)>,
    others: Others,
}

/// What the original gives at the outputs that are not scored, for some samples.
struct Others {
    base: Vec<Vec<f32>>,
    samples: usize,
}

impl Others {
    /// Of the model that `evaluator` holds: one batch of its samples.
    fn of(evaluator: &Evaluator) -> Result<Self, SessionError> {
        let any = evaluator.samples().min(1);
        let one = if any > 0 { Self::given(evaluator, any)? } else { Vec::new() };
        let each: usize = one.iter().map(Vec::len).sum();
        let samples =
            if one.is_empty() { 0 } else { evaluator.step().min(OTHER_VALUES / each.max(1)).max(1) };
        let base = if samples > 0 { Self::given(evaluator, samples)? } else { one };
        Ok(Self { base, samples })
    }

    fn given(evaluator: &Evaluator, samples: usize) -> Result<Vec<Vec<f32>>, SessionError> {
        let found = evaluator.every(0, samples)?;
        Ok(found.into_iter().skip(1).map(|output| output.values).collect())
    }

    /// The sum of their squared errors, each relative to the original's variance.
    fn error(&self, evaluator: &Evaluator) -> Result<f64, SessionError> {
        if self.samples == 0 {
            return Ok(0.0);
        }
        let found = Self::given(evaluator, self.samples)?;
        let table = |values: &[f32]| {
            Array2::from_shape_fn((values.len(), 1), |(at, _)| values.get(at).map_or(0.0, |v| f64::from(*v)))
        };
        Ok(self
            .base
            .iter()
            .zip(&found)
            .map(|(base, other)| relative_error(&table(base), &table(other)))
            .sum())
    }
}

impl Judge {
    /// Judges against the original `model`: on `unlabelled` samples, and on labelled ones where they are
    /// given.
    pub(crate) fn new(
        unlabelled: Evaluator,
        model: &[u8],
        labelled: Option<Evaluator>,
    ) -> Result<Self, SessionError> {
        let samples = unlabelled.into_samples();
        let step = samples.len().div_ceil(SAMPLES).max(1);
        let picked: Vec<usize> = (0..samples.len()).step_by(step).collect();
        let (mut unlabelled, base) = answered(samples.picked(&picked), model)?;
        unlabelled.set_model(model.to_vec(), None)?;
        let others = Others::of(&unlabelled)?;
        let labelled = labelled
            .map(|mut evaluator| -> Result<_, SessionError> {
                evaluator.set_model(model.to_vec(), None)?;
                let score = score_all(&mut evaluator)?;
                if score.undefined == score.samples && score.samples > 0 {
                    return Err(no_numbers(score.samples));
                }
                Ok((evaluator, score))
            })
            .transpose()?;
        Ok(Self { unlabelled, base, labelled, others })
    }

    /// How far the model's outputs are from the original's: the mean KL divergence of class probabilities,
    /// in nats; of other outputs, and of those that are not scored, the squared error relative to their variance.
    /// Infinite where they are not numbers.
    pub(crate) fn divergence(&mut self, model: Vec<u8>) -> Result<f64, SessionError> {
        self.unlabelled.set_model(model, None)?;
        let outputs = self.unlabelled.class_scores()?;
        let set = self.unlabelled.set();
        let other = compared(&outputs, set);
        let others = self.others.error(&self.unlabelled)?;
        if others.is_nan() || other.iter().any(|value| !value.is_finite()) {
            return Ok(f64::INFINITY);
        }
        if !set.metric.compares_classes() {
            return Ok(others + relative_error(&self.base, &other));
        }
        let rows = self.base.rows().into_iter().zip(other.rows());
        let sum: f64 = rows.map(|(p, q)| divergence(p, q)).sum();
        Ok(others + sum / self.base.nrows().max(1) as f64)
    }

    /// What is lost, in points: of a metric in percent, on labelled samples; else the percentage of samples
    /// that change class; of an error its rise in percent of the spread of what outputs are compared with.
    /// Infinite where outputs are not numbers that the original's are.
    pub(crate) fn points_lost(&mut self, model: Vec<u8>) -> Result<f64, SessionError> {
        let (evaluator, base) = match &mut self.labelled {
            Some((evaluator, base)) => (evaluator, Some(&*base)),
            None => (&mut self.unlabelled, None),
        };
        evaluator.set_model(model, None)?;
        let score = score_all(evaluator)?;
        if score.undefined > base.map_or(0, |base| base.undefined) {
            return Ok(f64::INFINITY);
        }
        Ok(points_lost(&score, base, evaluator.set().spread()))
    }

    /// What is lost of.
    pub(crate) fn metric(&self) -> Metric {
        let evaluator = self.labelled.as_ref().map_or(&self.unlabelled, |(evaluator, _)| evaluator);
        evaluator.set().metric
    }

    /// How many samples that is measured on.
    pub(crate) fn samples(&self) -> usize {
        self.labelled.as_ref().map_or(&self.unlabelled, |(evaluator, _)| evaluator).samples()
    }

    /// Percent of the labelled samples on which the original is wrong, where classes are compared.
    pub(crate) fn wrong_before(&self) -> Option<f64> {
        let (_, base) = self.labelled.as_ref().filter(|(_, base)| base.metric == Metric::Accuracy)?;
        Some(100.0 - base.accuracy_percent())
    }

    /// Whether labels decide.
    pub(crate) fn has_labels(&self) -> bool {
        self.labelled.is_some()
    }
}

/// An evaluator over those of `samples` for which the original `model` gives numbers, what it gives being right,
/// and these in the form in which they are compared.
fn answered(samples: Samples, model: &[u8]) -> Result<(Evaluator, Array2<f64>), SessionError> {
    let all = samples.len();
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples)?;
    evaluator.set_model(model.to_vec(), None)?;
    let outputs = evaluator.class_scores()?;
    let base = compared(&outputs, evaluator.set());
    // Every position of a sample has a row.
    let each = base.nrows().checked_div(all).unwrap_or(1).max(1);
    let chunks = base.axis_chunks_iter(Axis(0), each).enumerate();
    let defined = chunks.filter(|(_, rows)| rows.iter().all(|value| value.is_finite()));
    let defined: Vec<usize> = defined.map(|(index, _)| index).collect();
    if defined.is_empty() && all > 0 {
        return Err(no_numbers(all));
    }
    let samples = evaluator.into_samples().picked(&defined);
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples)?;
    evaluator.answer_with(&outputs.select(Axis(0), &defined));
    let rows: Vec<usize> = defined.iter().flat_map(|index| index * each..(index + 1) * each).collect();
    Ok((evaluator, base.select(Axis(0), &rows)))
}

fn no_numbers(samples: usize) -> SessionError {
    let reason = format!(
        "its output is not a number in any of {samples} samples, so nothing can be judged by them: check how \
         they are scaled"
    );
    EvaluateError::Interface(reason).into()
}

fn score_all(evaluator: &mut Evaluator) -> Result<Score, SessionError> {
    let mut score = Score::default();
    for from in (0..evaluator.samples()).step_by(SLICE) {
        score = score.plus(evaluator.score(from, from + SLICE)?);
    }
    Ok(score)
}

fn divergence(p: ArrayView1<f64>, q: ArrayView1<f64>) -> f64 {
    p.iter()
        .zip(q)
        .map(|(p, q)| if *p > 0.0 { p * (p / q.max(1e-12)).ln() } else { 0.0 })
        .sum::<f64>()
        .max(0.0)
}

/// Outputs in the form in which they are compared: a row for each choice of a class.
fn compared(outputs: &Array2<f32>, samples: &Samples) -> Array2<f64> {
    let choosing = samples.choosing;
    if !samples.metric.compares_classes() {
        return outputs.mapv(f64::from);
    }
    if choosing.places == 1 {
        return probabilities(outputs, choosing);
    }
    let classes = choosing.classes_of(outputs.ncols());
    let rows = outputs.rows().into_iter().map(|row| row.to_vec());
    let values: Vec<f32> =
        rows.flat_map(|row| choosing.split(&row).flatten().collect::<Vec<f32>>()).collect();
    let count = values.len().checked_div(classes).unwrap_or(0);
    Array2::from_shape_vec((count, classes), values)
        .map_or_else(|_| outputs.mapv(f64::from), |split| probabilities(&split, choosing))
}

/// Squared error of `other` relative to how far the rows of `base` are from their mean.
fn relative_error(base: &Array2<f64>, other: &Array2<f64>) -> f64 {
    if base.dim() != other.dim() {
        return f64::INFINITY;
    }
    let error: f64 = base.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum();
    let Some(mean) = base.mean_axis(Axis(0)) else { return 0.0 };
    let variance: f64 = base.rows().into_iter().flat_map(|row| (&row - &mean).mapv(|v| v * v)).sum();
    if variance > 0.0 { error / variance } else { error }
}

/// Class probabilities: the scores themselves where each row is non-negative and sums to one, else
/// their softmax; of a single score, its own probability or a logit's, and the rest.
fn probabilities(scores: &Array2<f32>, choosing: Choosing) -> Array2<f64> {
    let (rows, classes) = scores.dim();
    let valid = |row: ArrayView1<f32>| row.iter().all(|v| *v >= 0.0) && (row.sum() - 1.0).abs() < 1e-3;
    let undefined = |row: ArrayView1<f32>| row.iter().any(|v| v.is_nan() || *v == f32::INFINITY);
    let given = scores.rows().into_iter().all(|row| valid(row) || undefined(row));
    if classes == 1 {
        return Array2::from_shape_fn((rows, 2), |(i, class)| {
            let value = f64::from(scores[[i, 0]]);
            if !value.is_finite() {
                return f64::NAN;
            }
            let logit = value - f64::from(choosing.threshold);
            let p =
                if choosing.is_probability() { value.clamp(0.0, 1.0) } else { 1.0 / (1.0 + (-logit).exp()) };
            if class == 1 { p } else { 1.0 - p }
        });
    }
    let mut found = scores.mapv(f64::from);
    if !given {
        for mut row in found.rows_mut() {
            let largest = row.iter().fold(f64::NEG_INFINITY, |m, v| m.max(*v));
            row.mapv_inplace(|v| (v - largest).exp());
            let sum = row.sum();
            row /= sum;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Choosing, Metric, Samples, compared, divergence, probabilities, relative_error};
    use ndarray::array;

    #[test]
    fn logits_and_probabilities_are_told_apart() {
        let probabilities = |scores| probabilities(&scores, Choosing::default());
        let p = probabilities(array![[0.25, 0.75], [1.0, 0.0]]);
        assert_eq!(p, array![[0.25, 0.75], [1.0, 0.0]]);
        let q = probabilities(array![[0.0, 3.0_f32.ln()]]);
        assert!((q[[0, 1]] - 0.75).abs() < 1e-6);
        assert_eq!(probabilities(array![[0.25]]), array![[0.75, 0.25]]);
        let logit = Choosing { threshold: Choosing::LOGIT, ..Choosing::default() };
        let q = super::probabilities(&array![[3.0_f32.ln()]], logit);
        assert!((q[[0, 1]] - 0.75).abs() < 1e-6);
    }

    #[test]
    fn every_position_is_compared() {
        let choosing = Choosing { places: 2, ..Choosing::default() };
        let samples = Samples { metric: Metric::Agreement, choosing, ..Samples::default() };
        // Two classes of two positions.
        let found = compared(&array![[0.25, 0.5, 0.75, 0.5]], &samples);
        assert_eq!(found, array![[0.25, 0.75], [0.5, 0.5]]);
    }

    #[test]
    fn relative_errors_by_hand() {
        let (base, other) = (array![[0.0, 0.0], [2.0, 4.0]], array![[1.0, 0.0], [2.0, 4.0]]);
        // Rows are (1, 2) from their mean.
        assert_eq!(relative_error(&base, &other), 0.1);
        assert_eq!(relative_error(&base, &base), 0.0);
    }

    #[test]
    fn divergence_by_hand() {
        let (p, q) = (array![0.5, 0.5], array![0.25, 0.75]);
        let expected = 0.5 * 2.0_f64.ln() + 0.5 * (0.5 / 0.75_f64).ln();
        assert!((divergence(p.view(), q.view()) - expected).abs() < 1e-12);
        assert_eq!(divergence(p.view(), p.view()), 0.0);
    }
}
