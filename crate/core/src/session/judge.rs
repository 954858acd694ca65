//! How much a compressed model loses, measured: against labels where there are some, else against
//! the original model on calibration samples.

use super::SessionError;
use crate::evaluate::{Evaluator, Score};
use ndarray::{Array2, ArrayView1};

/// Samples that a model is judged on while searching.
const SAMPLES: usize = 1000;

/// Samples that are run at once.
const SLICE: usize = 250;

/// See the module.
pub(crate) struct Judge {
    unlabelled: Evaluator,
    base: Array2<f64>,
    labelled: Option<(Evaluator, Score)>,
}

impl Judge {
    /// Judges against the original `model`: on the unlabelled samples `values`, each of `shape`, and on
    /// labelled ones where they are given.
    pub(crate) fn new(
        values: &[f32],
        shape: &[usize],
        model: &[u8],
        labelled: Option<Evaluator>,
    ) -> Result<Self, SessionError> {
        let each = shape.iter().product::<usize>().max(1);
        let all = values.len() / each;
        let step = all.div_ceil(SAMPLES).max(1);
        let picked: Vec<f32> =
            (0..all).step_by(step).flat_map(|i| &values[i * each..(i + 1) * each]).copied().collect();
        let count = picked.len() / each;
        let mut unlabelled = Evaluator::default();
        unlabelled.set_samples(picked, vec![0; count], shape.to_vec())?;
        unlabelled.set_model(model.to_vec(), None)?;
        unlabelled.label_by_model()?;
        let base = probabilities(&unlabelled.class_scores()?);
        let labelled = labelled
            .map(|mut evaluator| -> Result<_, SessionError> {
                evaluator.set_model(model.to_vec(), None)?;
                let score = score_all(&mut evaluator)?;
                Ok((evaluator, score))
            })
            .transpose()?;
        Ok(Self { unlabelled, base, labelled })
    }

    /// Mean KL divergence of the model's class probabilities from the original's, in nats.
    pub(crate) fn divergence(&mut self, model: Vec<u8>) -> Result<f64, SessionError> {
        self.unlabelled.set_model(model, None)?;
        let other = probabilities(&self.unlabelled.class_scores()?);
        let rows = self.base.rows().into_iter().zip(other.rows());
        let sum: f64 = rows.map(|(p, q)| divergence(p, q)).sum();
        Ok(sum / self.base.nrows().max(1) as f64)
    }

    /// Points of accuracy lost on labelled samples, else the percentage of samples that change class.
    pub(crate) fn points_lost(&mut self, model: Vec<u8>) -> Result<f64, SessionError> {
        let Some((evaluator, base)) = &mut self.labelled else {
            self.unlabelled.set_model(model, None)?;
            let same = score_all(&mut self.unlabelled)?;
            return Ok(100.0 - same.accuracy_percent());
        };
        evaluator.set_model(model, None)?;
        let score = score_all(evaluator)?;
        Ok(base.accuracy_percent() - score.accuracy_percent())
    }

    /// Whether labels decide.
    pub(crate) fn has_labels(&self) -> bool {
        self.labelled.is_some()
    }
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

/// Class probabilities: the scores themselves where each row is non-negative and sums to one, else
/// their softmax; of a single score, its own probability and the rest.
fn probabilities(scores: &Array2<f32>) -> Array2<f64> {
    let (rows, classes) = scores.dim();
    let valid = |row: ArrayView1<f32>| row.iter().all(|v| *v >= 0.0) && (row.sum() - 1.0).abs() < 1e-3;
    let given = scores.rows().into_iter().all(valid);
    if classes == 1 {
        return Array2::from_shape_fn((rows, 2), |(i, class)| {
            let p = f64::from(scores[[i, 0]]).clamp(0.0, 1.0);
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
    use super::{divergence, probabilities};
    use ndarray::array;

    #[test]
    fn logits_and_probabilities_are_told_apart() {
        let p = probabilities(&array![[0.25, 0.75], [1.0, 0.0]]);
        assert_eq!(p, array![[0.25, 0.75], [1.0, 0.0]]);
        let q = probabilities(&array![[0.0, 3.0_f32.ln()]]);
        assert!((q[[0, 1]] - 0.75).abs() < 1e-6);
        assert_eq!(probabilities(&array![[0.25]]), array![[0.75, 0.25]]);
    }

    #[test]
    fn divergence_by_hand() {
        let (p, q) = (array![0.5, 0.5], array![0.25, 0.75]);
        let expected = 0.5 * 2.0_f64.ln() + 0.5 * (0.5 / 0.75_f64).ln();
        assert!((divergence(p.view(), q.view()) - expected).abs() < 1e-12);
        assert_eq!(divergence(p.view(), p.view()), 0.0);
    }
}
