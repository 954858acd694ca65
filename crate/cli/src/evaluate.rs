//! `sepal evaluate`, and the scoring that `compress` shares with it.

use crate::arguments::Evaluate;
use crate::files;
use anyhow::Result;
use ndarray_npy::WriteNpyExt;
use sepal_core::session::{Evaluator, Preprocessing, Score, Session, wilson};
use serde::Serialize;
use std::path::PathBuf;
use std::time::Instant;

/// Samples that are run at once: large enough for speed, small enough for memory.
const BATCH: usize = 500;

#[derive(Serialize)]
struct Output {
    metric: &'static str,
    accuracy: f64,
    accuracy_interval: (f64, f64),
    samples: usize,
    scaling: String,
    seconds: f64,
}

pub(crate) fn run(arguments: &Evaluate) -> Result<String> {
    let (mut session, _) = files::open_model(&arguments.model)?;
    let (mut evaluator, scaling) = evaluator(&mut session, &arguments.evaluation)?;
    evaluator.set_model(session.base_bytes()?, None)?;
    let started = Instant::now();
    let score = score_all(&mut evaluator)?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(path) = &arguments.outputs {
        let file = files::create(path)?;
        evaluator.class_scores()?.write_npy(file)?;
    }
    let output = Output {
        metric: "accuracy",
        accuracy: score.accuracy_percent(),
        accuracy_interval: wilson(&score),
        samples: score.samples,
        scaling,
        seconds,
    };
    if arguments.json {
        return Ok(serde_json::to_string_pretty(&output)?);
    }
    let (low, high) = output.accuracy_interval;
    Ok(format!(
        "accuracy {:.2} % ({} of {} right, 95 % interval {low:.2} to {high:.2} %), inputs: {}, {:.2} s",
        output.accuracy, score.correct, score.samples, output.scaling, output.seconds
    ))
}

/// An evaluator with the samples at `paths`, and how they were scaled.
pub(crate) fn evaluator(session: &mut Session, paths: &[PathBuf]) -> Result<(Evaluator, String)> {
    let (name, data) = files::read_samples(paths)?;
    let view = session.open_samples(&name, data, &Preprocessing::default()).map_err(files::with_hint)?;
    let mut evaluator = Evaluator::default();
    if let Some((values, labels, shape)) = session.take_samples() {
        evaluator.set_samples(values, labels, shape)?;
    }
    Ok((evaluator, view.scaling))
}

pub(crate) fn score_all(evaluator: &mut Evaluator) -> Result<Score> {
    let mut score = Score::default();
    for start in (0..evaluator.samples()).step_by(BATCH) {
        score = score.plus(evaluator.score(start, start + BATCH)?);
    }
    Ok(score)
}
