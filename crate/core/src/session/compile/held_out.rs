//! What is stated of a compressed model where nothing but the original says what is right: how close both
//! are on the calibration samples that had no part in making it.

use super::calibration::Calibration;
use super::split::FEWEST;
use crate::dataset::{Metric, Samples};
use crate::evaluate::{EvaluateError, Evaluator, Outputs, Score};
use crate::session::{Plan, Session, SessionError};
use serde::Serialize;
use ts_rs::TS;

/// How close a compressed model is to the original on calibration samples that no fit and no choice has
/// seen.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HeldOut {
    /// Agreement of the classes, or the error against the original's outputs.
    pub score: Score,
    /// What that is lost: percent of the samples change class; of an error its percent of the spread of the
    /// original's outputs.
    pub lost: f64,
    /// Why it says little.
    pub warning: Option<String>,
}

/// What `score` has lost of `base`, or of a perfect one: points of what rises; of an error its rise in percent
/// of the `spread` of what outputs are compared with. Infinite where no sample has a number.
pub fn points_lost(score: &Score, base: Option<&Score>, spread: f64) -> f64 {
    let perfect = if score.metric.rises() { 100.0 } else { 0.0 };
    let before = base.map_or(Some(perfect), Score::value);
    let Some((before, now)) = before.zip(score.value()) else { return f64::INFINITY };
    if score.metric.rises() {
        before - now
    } else {
        100.0 * (now - before) / if spread > 0.0 { spread } else { 1.0 }
    }
}

impl Session {
    /// An evaluator over the calibration samples that were held out; what is right is open until a model
    /// answers. `None` where there are too few to hold some out.
    ///
    /// # Errors
    /// No calibration samples are open.
    pub fn unlabelled(&self) -> Result<Option<Evaluator>, SessionError> {
        let values = self.opened_calibration()?.held_out();
        if values.is_empty() { Ok(None) } else { self.over(values).map(Some) }
    }

    /// The same over the samples that are fitted to and chosen by.
    pub(crate) fn choosing(&self) -> Result<Evaluator, SessionError> {
        self.over(self.opened_calibration()?.values())
    }

    fn over(&self, values: &[f32]) -> Result<Evaluator, SessionError> {
        let mut evaluator = Evaluator::default();
        evaluator.set_samples(Samples {
            values: values.to_vec(),
            shape: self.opened_calibration()?.shape().to_vec(),
            metric: self.unlabelled_metric()?,
            choosing: self.scoring.map_or(self.calibrated.1, |(_, choosing)| choosing),
            ..Samples::default()
        })?;
        Ok(evaluator)
    }

    /// How close the model compressed by `plan` is to the original on the samples held out; `None` where
    /// there are none.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn held_out(&self, plan: &Plan) -> Result<Option<HeldOut>, SessionError> {
        if self.calibration.is_none() {
            return Ok(None);
        }
        let Some(mut evaluator) = self.unlabelled()? else { return Ok(None) };
        evaluator.set_model(self.base_bytes()?, None)?;
        let original = evaluator.class_scores()?;
        evaluator.answer_with(&original);
        evaluator.set_model(self.compressed(plan)?, None)?;
        let now = evaluator.class_scores()?;
        let outputs = Outputs::of(&now);
        let score = outputs.score(evaluator.set(), 0)?;
        let lost = points_lost(&score, None, evaluator.set().spread());
        let warning = match score.metric {
            Metric::Agreement => {
                let choosing = evaluator.set().choosing;
                one_class(&Outputs::of(&original).classes(choosing), &outputs.classes(choosing))
            }
            _ => None,
        };
        Ok(Some(HeldOut { score, lost, warning }))
    }

    /// Why nothing can be said of how close both models are, where calibration samples are open.
    pub(crate) fn too_few(&self) -> Option<String> {
        let calibration = self.calibration.as_ref().filter(|c| c.held_out().is_empty())?;
        Some(format!(
            "{} calibration samples are too few to hold some out, so how close both models are has not been measured; give at least {}.",
            calibration.samples(),
            2 * FEWEST
        ))
    }

    fn opened_calibration(&self) -> Result<&Calibration, SessionError> {
        let missing = || EvaluateError::Interface("no calibration samples are open".into());
        Ok(self.calibration.as_ref().ok_or_else(missing)?)
    }
}

/// That all samples fall into one class, by the original or by the compressed model.
fn one_class(original: &[i32], now: &[i32]) -> Option<String> {
    let only = |classes: &[i32]| classes.first().copied().filter(|first| classes.iter().all(|c| c == first));
    let count = original.len();
    match (only(original), only(now)) {
        (Some(class), _) => Some(format!(
            "All {count} samples held out fall into class {class}, so that both models agree says little: give calibration samples of all classes."
        )),
        (None, Some(class)) => {
            Some(format!("The compressed model puts all {count} samples held out into class {class}."))
        }
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::one_class;

    #[test]
    fn samples_of_one_class_are_told() {
        assert!(
            one_class(&[2, 2, 2], &[2, 2, 1])
                .unwrap()
                .starts_with("All 3 samples held out fall into class 2")
        );
        assert!(
            one_class(&[0, 1, 2], &[1, 1, 1]).unwrap().contains("puts all 3 samples held out into class 1")
        );
        assert_eq!(one_class(&[0, 1, 2], &[1, 1, 2]), None);
        assert_eq!(one_class(&[], &[]), None);
    }
}
