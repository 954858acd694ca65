//! What a model is measured by where nobody says: nothing is taken for an auto-encoder or for a choice of classes
//! that does not behave as one.

use super::reading::Question;
use crate::dataset::{Answers, Preprocessing, Raw, Samples, Wanted};
use crate::evaluate::{EvaluateError, Evaluator};
use crate::session::{Metric, Opened, SessionError};

/// An auto-encoder's outputs differ from its inputs by less than this share of the inputs' spread.
const CLOSE: f64 = 0.5;
/// Samples that tell.
const TELLING: usize = 256;

/// What quality on `raw` samples is measured by, and a sentence where that was a choice.
///
/// # Errors
/// Agreement is asked for where outputs are no classes, or the model cannot be run.
pub(crate) fn measured_by(
    opened: &Opened,
    (name, raw): (&str, &Raw),
    options: &Preprocessing,
    wanted: &Wanted,
) -> Result<(Metric, Option<String>), SessionError> {
    if let Some(metric) = options.metric {
        return match opened.no_classes().filter(|_| metric == Metric::Agreement) {
            Some(reason) => {
                let reason = format!("agreement compares classes, and {reason}; use metric=error");
                Err(EvaluateError::Interface(reason).into())
            }
            None => Ok((metric, None)),
        };
    }
    let guess = raw.metric(wanted, options);
    let (metric, why) = match guess {
        Metric::Reconstruction | Metric::Auc => {
            let error = reconstruction(opened, (name, raw), options, wanted)?;
            // With another number of inputs than outputs nothing is reconstructed.
            let other = raw.metric(&Wanted { inputs: Vec::new(), ..wanted.clone() }, options);
            if error < CLOSE {
                let why = format!(
                    "Taken for an auto-encoder, since it gives as many values as it reads and they differ from the inputs by {error:.2} of their spread; if it is none, set the metric (metric=agreement or error)."
                );
                (guess, Some(why))
            } else {
                let why = format!(
                    "It gives as many values as it reads, but they differ from the inputs by {error:.2} of their spread, so it is not taken for an auto-encoder; if it is one, set the metric (metric=reconstruction or auc)."
                );
                (other, Some(why))
            }
        }
        guess => (guess, None),
    };
    let Some(reason) = opened.unlike_classes().filter(|_| metric == Metric::Agreement) else {
        return Ok((metric, why));
    };
    let no_classes =
        format!("Agreement compares classes, and {reason}; the difference of the outputs is measured.");
    Ok((Metric::Error, Some(why.into_iter().chain([no_classes]).collect::<Vec<_>>().join(" "))))
}

/// How far the outputs are from the inputs, as a share of the inputs' spread, as they are best read; abnormal
/// samples left out.
fn reconstruction(
    opened: &Opened,
    (name, raw): (&str, &Raw),
    options: &Preprocessing,
    wanted: &Wanted,
) -> Result<f64, SessionError> {
    let labels = raw.answers(name, raw.metric(wanted, options), wanted, options)?.labels;
    let (metric, hints) = (Metric::Reconstruction, opened.hints());
    let question = Question { name, raw, wanted, options, hints, metric, answers: &Answers::default() };
    let reading = question.choose(opened)?.reading;
    let normal: Vec<usize> =
        (0..raw.len()).filter(|&i| labels.get(i).is_none_or(|label| *label == 0)).collect();
    let picked: Vec<usize> = normal.iter().copied().step_by(normal.len().div_ceil(TELLING).max(1)).collect();
    let values = raw.fit(name, &wanted.shape(), &reading, picked.into_iter())?;
    let samples = Samples { values, shape: wanted.shape(), metric, ..Samples::default() };
    let (count, spread) = (samples.len(), samples.spread());
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples)?;
    evaluator.set_model(opened.evaluation(&[])?, None)?;
    let score = evaluator.score(0, count)?;
    let error = (score.squared_error / score.samples.max(1) as f64).sqrt();
    Ok(if spread > 0.0 { error / spread } else { error })
}
