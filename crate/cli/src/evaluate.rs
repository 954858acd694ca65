//! `sepal evaluate`, and the scoring that `compress` shares with it.

use crate::arguments::{Evaluate, Reading};
use crate::reading::preprocessing;
use crate::{files, outputs};
use anyhow::Result;
use ndarray_npy::WriteNpyExt;
use sepal_core::session::{Evaluator, Metric, OutputView, Preprocessing, SamplesView, Score, Session};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

/// Samples that are run at once: large enough for speed, small enough for memory.
const BATCH: usize = 500;

#[derive(Serialize)]
struct Output {
    metric: Metric,
    /// Percent where the metric rises, else a root mean squared error; null where no sample has one.
    value: Option<f64>,
    /// Samples for which the output is not a number.
    undefined: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy_interval: Option<(f64, f64)>,
    samples: usize,
    scaling: String,
    preprocessing: Preprocessing,
    /// What was assumed of the model, and how it is run where that is not as its file says.
    notes: Vec<String>,
    note: Option<String>,
    warning: Option<String>,
    outputs: Vec<OutputView>,
    seconds: f64,
}

pub(crate) fn run(arguments: &Evaluate) -> Result<String> {
    let (mut session, _) = files::open_model(&arguments.model, &arguments.opening)?;
    let (mut evaluator, view) = evaluator(&mut session, &arguments.evaluation, &arguments.reading)?;
    evaluator.set_model(session.base_bytes()?, None)?;
    let started = Instant::now();
    let score = score_all(&mut evaluator)?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(path) = &arguments.outputs {
        let file = files::create(path)?;
        evaluator.class_scores()?.write_npy(file)?;
    }
    let mut outputs = session.outputs(None, evaluator.set())?;
    for output in &mut outputs {
        output.scored(Some(score.metric), score.value(), None);
    }
    let is_accuracy = score.metric == Metric::Accuracy;
    let output = Output {
        metric: score.metric,
        value: score.value(),
        undefined: score.undefined,
        accuracy: score.value().filter(|_| is_accuracy),
        accuracy_interval: score.interval().filter(|_| is_accuracy),
        samples: score.samples,
        scaling: view.scaling,
        preprocessing: view.preprocessing,
        notes: session.notes()?,
        note: view.note,
        warning: view.warning,
        outputs,
        seconds,
    };
    if arguments.json {
        return Ok(serde_json::to_string_pretty(&output)?);
    }
    Ok(text(&output, &score))
}

fn text(output: &Output, score: &Score) -> String {
    let detail = match score.interval() {
        Some((low, high)) => {
            let all = score.samples * score.places;
            let of = match score.places {
                1 => format!("{all}"),
                places => format!("{all} positions, {places} in each of {} samples,", score.samples),
            };
            format!("{} of {of} right, 95 % interval {low:.2} to {high:.2} %", score.correct)
        }
        None => format!("{} samples", score.samples),
    };
    let first = format!(
        "{} {} ({detail}), inputs: {}, {:.2} s",
        score.metric.name(),
        score.text(),
        output.scaling,
        output.seconds
    );
    let more = output.notes.iter().chain(&output.note).chain(&output.warning).cloned();
    std::iter::once(first).chain(more).chain(outputs::lines(&output.outputs)).collect::<Vec<_>>().join("\n")
}

/// An evaluator with the samples at `paths`, and how they were read.
pub(crate) fn evaluator(
    session: &mut Session,
    paths: &[PathBuf],
    reading: &Reading,
) -> Result<(Evaluator, SamplesView)> {
    let (name, data) = files::read_samples(paths)?;
    let options = preprocessing(reading)?;
    let view = session.open_samples(&name, data, &options).map_err(files::with_hint)?;
    let mut evaluator = Evaluator::default();
    if let Some(samples) = session.take_samples() {
        evaluator.set_samples(samples)?;
    }
    Ok((evaluator, view))
}

pub(crate) fn score_all(evaluator: &mut Evaluator) -> Result<Score> {
    let mut score = Score { metric: evaluator.set().metric, ..Score::default() };
    for start in (0..evaluator.samples()).step_by(BATCH) {
        score = score.plus(evaluator.score(start, start + BATCH)?);
    }
    Ok(score)
}
