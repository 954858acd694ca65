//! Every output of a model: what it is, and how far a compressed model's is from the original's.

use super::factors;
use crate::dataset::Choosing;
use crate::evaluate::{Activations, EvaluateError, Evaluator, Outputs};
use crate::session::view::OutputView;
use crate::session::{Metric, Opened, Plan, Samples, Session, SessionError};
use std::collections::BTreeSet;

/// Samples that the outputs of two models are compared on, at most.
const SAMPLES: usize = 1000;
/// More values than this are no choice of a class: `ImageNet-21k` has 21,841 classes.
const CLASSES: usize = 30_000;

/// What outputs are called that choose no class.
const NO_CLASSES: [&str; 6] = ["box", "landmark", "keypoint", "coord", "embedding", "heatmap"];

/// Why an output of `shape` for one sample chooses no class, as the end of a sentence; none where it may.
pub(crate) fn no_classes(shape: &[usize]) -> Option<String> {
    let sizes = || shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" x ");
    let values = shape.iter().fold(1_usize, |all, size| all.saturating_mul(*size));
    if shape.iter().filter(|size| **size > 1).count() > 1 {
        return Some(format!("its {} values for a sample are no choice of one class", sizes()));
    }
    (values > CLASSES).then(|| format!("its {values} values for a sample are too many to be classes"))
}

impl Opened {
    /// The shape of the value called `name` for one sample, without the axis of the samples.
    fn shape_of(&self, name: &str) -> Option<&[usize]> {
        self.shapes.get(self.interface.source_of(name)).map(|shape| shape.get(1..).unwrap_or_default())
    }

    /// Why the scored output is not guessed to choose a class: its shape, or its name.
    pub(crate) fn unlike_classes(&self) -> Option<String> {
        let name = self.interface.output.to_lowercase();
        let word = NO_CLASSES.into_iter().find(|word| name.contains(word));
        let named = || Some(format!("'{}' is called '{}'", self.interface.output, word?));
        self.no_classes().or_else(named)
    }

    /// Why the scored output chooses no class, as the end of a sentence about it; none where it may.
    pub(crate) fn no_classes(&self) -> Option<String> {
        let name = &self.interface.output;
        let reason = no_classes(self.shape_of(name)?)?;
        Some(format!("'{name}' is no such output: {reason}"))
    }

    /// All outputs, the scored one first, nothing measured yet.
    fn outputs(&self) -> Vec<OutputView> {
        let interface = &self.interface;
        let view = |name: &str, reason: Option<&str>| OutputView {
            name: name.into(),
            shape: self.shape_of(name).unwrap_or_default().to_vec(),
            chosen: name == interface.output,
            metric: None,
            value: None,
            base_value: None,
            spread: None,
            reason: reason.map(Into::into),
        };
        let run = (!self.runs_whole).then_some("what gives it cannot be run here");
        let others = interface.others().map(|name| view(name, run));
        let texts = interface.texts().iter().map(|name| view(name, Some("it holds no numbers")));
        std::iter::once(view(&interface.output, None)).chain(others).chain(texts).collect()
    }
}

impl OutputView {
    /// Fills in the metric's value, and that of the original where it was measured, of the output that is scored.
    pub fn scored(&mut self, metric: Option<Metric>, value: Option<f64>, base: Option<f64>) {
        if self.chosen {
            (self.metric, self.value, self.base_value) = (metric, value, base);
        }
    }
}

/// How one output of two models differs over samples.
#[derive(Default)]
struct Tally {
    values: usize,
    /// Sums of the original's values, of their squares, and of the squared differences.
    sums: [f64; 3],
    rows: usize,
    equal: usize,
    same_class: usize,
    /// Classes that the original chooses.
    classes: BTreeSet<i32>,
    /// Whether some rows are no probabilities: none negative, 1 in all.
    is_unlikely: bool,
    /// Whether some samples have no row of their own.
    is_mixed: bool,
    width: usize,
}

impl Tally {
    /// Takes in what both models give for `samples` samples, of `batch` that were run.
    fn add(
        &mut self,
        (samples, batch): (usize, usize),
        base: &Activations,
        other: &Activations,
    ) -> Result<(), EvaluateError> {
        if base.shape != other.shape {
            let reason =
                format!("an output has the shape {:?}, the original's {:?}", other.shape, base.shape);
            return Err(EvaluateError::Interface(reason));
        }
        let rows = base.shape.first().copied().unwrap_or(0);
        let has_rows = rows == samples || rows == batch;
        self.width = base.values.len().checked_div(rows).unwrap_or(0);
        self.is_mixed |= !has_rows;
        let kept = if has_rows { samples * self.width } else { base.values.len() };
        let values = |found: &Activations| found.values.get(..kept).unwrap_or_default().to_vec();
        let (base, other) = (values(base), values(other));
        self.values += kept;
        for (a, b) in base.iter().zip(&other) {
            let (a, b) = (f64::from(*a), f64::from(*b));
            let new = [a, a * a, (a - b) * (a - b)];
            self.sums.iter_mut().zip(new).for_each(|(sum, new)| *sum += new);
        }
        if has_rows && self.width > 0 {
            self.rows += samples;
            let pairs = base.chunks_exact(self.width).zip(other.chunks_exact(self.width));
            self.equal += pairs.filter(|(a, b)| a == b).count();
            let likely =
                |row: &[f32]| row.iter().all(|v| *v >= 0.0) && (row.iter().sum::<f32>() - 1.0).abs() < 1e-3;
            self.is_unlikely |= !base.chunks_exact(self.width).all(likely);
            let chosen = Outputs::new(&base, self.width).classes(Choosing::default());
            let others = Outputs::new(&other, self.width).classes(Choosing::default());
            self.same_class += chosen.iter().zip(&others).filter(|(a, b)| a == b).count();
            self.classes.extend(chosen);
        }
        Ok(())
    }

    /// The original's deviation from its mean.
    fn spread(&self) -> f64 {
        let count = self.values.max(1) as f64;
        let [sum, squares, _] = self.sums;
        (squares / count - (sum / count).powi(2)).max(0.0).sqrt()
    }

    /// Metric and value: the share of equal classes of probabilities, where there are several, or of equal rows of
    /// `whole` numbers; else the root mean squared difference.
    fn found(&self, whole: bool, shape: &[usize]) -> (Metric, f64) {
        let share = |count: usize| 100.0 * count as f64 / self.rows.max(1) as f64;
        let chooses = !self.is_mixed
            && !self.is_unlikely
            && self.width > 1
            && self.classes.len() > 1
            && no_classes(shape).is_none();
        match () {
            () if whole && !self.is_mixed => (Metric::Agreement, share(self.equal)),
            () if chooses => (Metric::Agreement, share(self.same_class)),
            () => (Metric::Error, (self.sums[2] / self.values.max(1) as f64).sqrt()),
        }
    }
}

impl Session {
    /// What was assumed when the model was opened, and what samples have told since, as sentences.
    ///
    /// # Errors
    /// No model is open.
    pub fn notes(&self) -> Result<Vec<String>, SessionError> {
        Ok(self.opened()?.notes())
    }

    /// Every output of the model, the scored one first: how close the others are under `plan` to the original's on
    /// (some of) `samples`; without a plan only how these are spread. [`OutputView::scored`] fills in the first.
    ///
    /// # Errors
    /// As [`Session::apply`], or a model cannot be run.
    pub fn outputs(&self, plan: Option<&Plan>, samples: &Samples) -> Result<Vec<OutputView>, SessionError> {
        let opened = self.opened()?;
        let mut views = opened.outputs();
        if views.len() == 1 || !opened.runs_whole || samples.is_empty() {
            return Ok(views);
        }
        let tallies = self.compared(plan, samples)?;
        for (view, tally) in views.iter_mut().zip(&tallies) {
            let spread = tally.spread();
            view.spread = spread.is_finite().then_some(spread);
            if view.chosen || plan.is_none() {
                continue;
            }
            let (metric, value) = tally.found(opened.interface.is_whole(&view.name), &view.shape);
            view.metric = Some(metric);
            view.value = value.is_finite().then_some(value);
            view.reason = (!value.is_finite()).then(|| "it is not a number".into());
        }
        Ok(views)
    }

    /// What the original and the model under `plan` give at each output, compared.
    fn compared(&self, plan: Option<&Plan>, samples: &Samples) -> Result<Vec<Tally>, SessionError> {
        let opened = self.opened()?;
        let step = samples.len().div_ceil(SAMPLES).max(1);
        let picked = samples.picked(&(0..samples.len()).step_by(step).collect::<Vec<_>>());
        let evaluator = |model: Vec<u8>| -> Result<Evaluator, SessionError> {
            let mut evaluator = Evaluator::default();
            evaluator.set_samples(picked.clone())?;
            evaluator.set_model(model, None)?;
            Ok(evaluator)
        };
        let base = evaluator(opened.whole(&[])?)?;
        let changed = plan.map(|plan| -> Result<Evaluator, SessionError> {
            let fitted = self.factors.fitted(opened, &self.effective(plan))?;
            evaluator(opened.whole(&factors::parts_of(&fitted))?)
        });
        let changed = changed.transpose()?;
        let mut tallies = Vec::<Tally>::new();
        let step = base.step();
        for from in (0..picked.len()).step_by(step) {
            let to = (from + step).min(picked.len());
            let found = base.every(from, to)?;
            let others = changed.as_ref().map(|model| model.every(from, to)).transpose()?;
            let others = others.as_ref().unwrap_or(&found);
            tallies.resize_with(found.len(), Tally::default);
            for (tally, (own, other)) in tallies.iter_mut().zip(found.iter().zip(others)) {
                tally.add((to - from, step), own, other)?;
            }
        }
        Ok(tallies)
    }
}

#[cfg(test)]
mod tests {
    use super::{Activations, Metric, Tally, no_classes};

    #[test]
    fn shapes_that_choose_no_class() {
        for shape in [&[10][..], &[1, 10], &[10, 1, 1], &[1], &[21_841]] {
            assert_eq!(no_classes(shape), None, "{shape:?}");
        }
        assert!(no_classes(&[100, 4]).unwrap().contains("100 x 4 values"));
        assert!(no_classes(&[198_750]).unwrap().contains("198750 values"));
        assert!(no_classes(&[1, 49, 12]).is_some());
    }

    fn tally(shape: &[usize], base: &[f32], other: &[f32]) -> Tally {
        let give = |values: &[f32]| Activations { shape: shape.to_vec(), values: values.to_vec() };
        let mut tally = Tally::default();
        tally.add((2, 2), &give(base), &give(other)).unwrap();
        tally
    }

    #[test]
    fn outputs_are_compared_by_class_number_or_value() {
        let (base, other) = ([1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]);
        assert_eq!(tally(&[2, 2], &base, &other).found(false, &[2]), (Metric::Agreement, 50.0));
        assert_eq!(tally(&[2, 2], &base, &other).found(false, &[1, 2]), (Metric::Agreement, 50.0));
        // No probabilities, one class for all, boxes, or what is no row per sample: values.
        assert_eq!(tally(&[2, 2], &[1.0, 0.5, 0.0, 1.0], &other).found(false, &[2]).0, Metric::Error);
        let one = tally(&[2, 2], &[1.0, 0.0, 1.0, 0.0], &other);
        assert_eq!(one.found(false, &[2]).0, Metric::Error);
        assert_eq!(tally(&[2, 2], &base, &other).found(false, &[2, 2]), (Metric::Error, 0.5_f64.sqrt()));
        assert_eq!(tally(&[1, 2, 2], &base, &other).found(false, &[2]).0, Metric::Error);
        assert_eq!(tally(&[2], &[3.0, 4.0], &[3.0, 5.0]).found(true, &[]), (Metric::Agreement, 50.0));
        assert_eq!(tally(&[2, 2], &base, &other).spread(), 0.5);
    }

    #[test]
    fn samples_that_fill_a_batch_do_not_count() {
        let give = |last: f32| Activations { shape: vec![4, 1], values: vec![1.0, 2.0, last, last] };
        let mut tally = Tally::default();
        tally.add((2, 4), &give(0.0), &give(9.0)).unwrap();
        assert_eq!(tally.found(false, &[1]), (Metric::Error, 0.0));
        assert!(
            tally.add((2, 4), &give(0.0), &Activations { shape: vec![2], values: vec![0.0; 2] }).is_err()
        );
    }
}
