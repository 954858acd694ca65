//! The `TFLite` file beside a compressed model, with figures of the very bytes in it.

use crate::arguments::Compress;
use crate::files;
use anyhow::Result;
use sepal_core::session::{
    Evaluator, ExportedTflite, Metric, Outputs, Plan, Precision, Report, Samples, Score, Session,
    TfliteReport,
};

/// Writes the file where it is asked for, and what it is and scores on `samples` into the report; gives a line
/// about it.
pub(crate) fn write(
    (session, plan): (&Session, &Plan),
    arguments: &Compress,
    samples: Option<&Samples>,
    report: &mut Report,
) -> Result<Option<String>> {
    let Some(name) = arguments.tflite else { return Ok(None) };
    let precision = Precision::from(name);
    let file = session.export_tflite(plan, precision).map_err(files::with_hint)?;
    let score = samples.map(|samples| score(&file, samples)).transpose()?;
    let unlabelled = (!arguments.calibration.is_empty()).then(|| session.unlabelled()).transpose()?.flatten();
    let close = unlabelled.map(|evaluator| closeness((session, plan), precision, evaluator)).transpose()?;
    let stem = arguments.model.file_stem().unwrap_or_default().to_string_lossy();
    let path = files::write(&arguments.out, &format!("{stem}-compressed.tflite"), &file.bytes)?;
    report.tflite = Some(TfliteReport::new(precision, &file.bytes).measured(score.as_ref(), close.as_ref()));
    let numbers = match precision {
        Precision::Int8 => "8-bit integers",
        Precision::Float => "float32",
    };
    let scored =
        score.map(|score| format!(", {} {} of {} samples", score.metric.name(), score.text(), score.samples));
    let close = close.map(|close| match close.metric {
        Metric::Agreement => {
            let share = close.text();
            format!(", same class as the original on {share} of {} samples not used", close.samples)
        }
        _ => format!(", root mean squared difference from the original {}", close.text()),
    });
    let (scored, close) = (scored.unwrap_or_default(), close.unwrap_or_default());
    let line = format!("TFLite of {numbers}, {} bytes{scored}{close}", file.bytes.len());
    let output = session.one_output()?.map_or_else(String::new, |which| format!("; it gives {which}"));
    Ok(Some(format!("{line}, written to {}{output}", path.display())))
}

fn score(file: &ExportedTflite, samples: &Samples) -> Result<Score> {
    let outputs = file.outputs(samples)?;
    Ok(Outputs::of(&outputs).score(samples, 0)?)
}

/// How close such a file is to the original on the samples of `evaluator`, where they have no part in its ranges.
fn closeness(
    (session, plan): (&Session, &Plan),
    precision: Precision,
    mut evaluator: Evaluator,
) -> Result<Score> {
    let file = session.unseen_tflite(plan, precision)?;
    evaluator.set_model(session.base_bytes()?, None)?;
    evaluator.answer_by_model()?;
    let outputs = file.outputs(evaluator.set())?;
    Ok(Outputs::of(&outputs).score(evaluator.set(), 0)?)
}
