//! `sepal compress`.

use crate::arguments::{Compress, Reading};
use crate::evaluate::{evaluator, score_all};
use crate::reading::preprocessing;
use crate::{files, outputs, plan};
use anyhow::Result;
use sepal_core::session::{
    Evaluator, Fit, OutputView, Plan, Precision, Report, Score, Session, Setting, TfliteReport, Values,
    undefined_text,
};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) fn run(arguments: &Compress) -> Result<String> {
    let (mut session, view) = files::open_model(&arguments.model, &arguments.opening)?;
    let plan = plan::read(arguments, &view)?;
    let started = Instant::now();
    // First: they decide how bytes are scaled, of calibration samples too.
    let labelled = labelled(&mut session, &arguments.evaluation, &arguments.reading)?;
    if !arguments.calibration.is_empty() {
        open_calibration(&mut session, &arguments.calibration, &arguments.reading)?;
    }
    session.factor(&plan)?;
    let seconds = started.elapsed().as_secs_f64();
    let every = every_output(&session, &plan, labelled.as_ref())?;
    let (score, base) = scores(&session, &plan, labelled)?;
    let mut report = session.report(&plan, score, base)?;
    report.seconds = Some(seconds);
    if !arguments.calibration.is_empty() {
        report = report.compared(&agreement(&session, &plan)?);
    }
    report = report.with_outputs(every);
    let tflite = tflite(&session, &plan, arguments, &mut report)?;
    let written = write(&session, &plan, &report, &arguments.model, &arguments.out)?;
    let text =
        |report: &Report| [text(report, &written)].into_iter().chain(tflite).collect::<Vec<_>>().join("\n");
    Ok(if arguments.json { report.to_json() } else { text(&report) })
}

/// Writes the `TFLite` file where it is asked for, and what it is into the report; gives a line about it.
fn tflite(
    session: &Session,
    plan: &Plan,
    arguments: &Compress,
    report: &mut Report,
) -> Result<Option<String>> {
    let Some(name) = arguments.tflite else { return Ok(None) };
    let precision = Precision::from(name);
    let bytes = session.export_tflite(plan, precision).map_err(files::with_hint)?;
    let stem = arguments.model.file_stem().unwrap_or_default().to_string_lossy();
    let path = files::write(&arguments.out, &format!("{stem}-compressed.tflite"), &bytes)?;
    report.tflite = Some(TfliteReport::new(precision, &bytes));
    let numbers = match precision {
        Precision::Int8 => "8-bit integers",
        Precision::Float => "float32",
    };
    let output = session.one_output()?.map_or_else(String::new, |which| format!("; it gives {which}"));
    Ok(Some(format!("TFLite of {numbers}, {} bytes, written to {}{output}", bytes.len(), path.display())))
}

/// Writes the compressed model and the report into `out`; gives the model's path.
pub(crate) fn write(
    session: &Session,
    plan: &Plan,
    report: &Report,
    model: &Path,
    out: &Path,
) -> Result<PathBuf> {
    let stem = model.file_stem().unwrap_or_default().to_string_lossy();
    let onnx = session.export_onnx(plan)?;
    let written = files::write(out, &format!("{stem}-compressed.onnx"), &onnx)?;
    files::write(out, "report.json", report.to_json().as_bytes())?;
    Ok(written)
}

/// An evaluator with the samples at `paths`, where there are any.
pub(crate) fn labelled(
    session: &mut Session,
    paths: &[PathBuf],
    reading: &Reading,
) -> Result<Option<Evaluator>> {
    let found = (!paths.is_empty()).then(|| evaluator(session, paths, reading)).transpose()?;
    Ok(found.map(|(evaluator, _)| evaluator))
}

/// Scores of the compressed and of the original model, where there are labelled samples.
pub(crate) fn scores(
    session: &Session,
    plan: &Plan,
    labelled: Option<Evaluator>,
) -> Result<(Option<Score>, Option<Score>)> {
    let Some(mut evaluator) = labelled else { return Ok((None, None)) };
    evaluator.set_model(session.base_bytes()?, None)?;
    let base = score_all(&mut evaluator)?;
    let (_, bytes) = session.apply(plan)?;
    evaluator.set_model(bytes, None)?;
    Ok((Some(score_all(&mut evaluator)?), Some(base)))
}

/// How every output does on evaluation samples, or else on calibration samples, where there are some.
pub(crate) fn every_output(
    session: &Session,
    plan: &Plan,
    labelled: Option<&Evaluator>,
) -> Result<Vec<OutputView>> {
    Ok(match (labelled, session.unlabelled()) {
        (Some(evaluator), _) => session.outputs(Some(plan), evaluator.set())?,
        (None, Ok(calibration)) => session.outputs(Some(plan), calibration.set())?,
        (None, Err(_)) => Vec::new(),
    })
}

/// Opens the samples at `paths` to fit to.
pub(crate) fn open_calibration(session: &mut Session, paths: &[PathBuf], reading: &Reading) -> Result<()> {
    let (name, data) = files::read_samples(paths)?;
    session.open_calibration(&name, data, &preprocessing(reading)?).map_err(files::with_hint)?;
    Ok(())
}

/// On how many calibration samples both models choose the same class, or how far their outputs differ.
pub(crate) fn agreement(session: &Session, plan: &Plan) -> Result<Score> {
    let mut evaluator = session.unlabelled()?;
    evaluator.set_model(session.base_bytes()?, None)?;
    evaluator.answer_by_model()?;
    evaluator.set_model(session.apply(plan)?.1, None)?;
    score_all(&mut evaluator)
}

/// The report as a table.
pub(crate) fn text(report: &Report, written: &Path) -> String {
    let ratio = |base: f64, now: f64| if now > 0.0 { base / now } else { f64::INFINITY };
    let mut lines =
        vec![format!("{:<24} {:<48} {:>11} {:>13} {:>8}", "layer", "setting", "bytes", "MACs", "error")];
    for layer in &report.layers {
        lines.push(format!(
            "{:<24} {:<48} {:>11} {:>13} {:>7.1}%",
            layer.name,
            described(layer.setting, layer.values),
            layer.bytes,
            layer.macs,
            100.0 * layer.reconstruction_error
        ));
    }
    lines.push(format!(
        "bytes {} of {} ({:.2}x smaller), MACs {} of {} ({:.2}x fewer)",
        report.bytes,
        report.base_bytes,
        ratio(report.base_bytes as f64, report.bytes as f64),
        report.macs,
        report.base_macs,
        ratio(report.base_macs as f64, report.macs as f64),
    ));
    lines.extend(report.metric.map(|metric| {
        let of = if metric.rises() { "of" } else { "over" };
        let (now, base) = (report.scored_text(), report.base_text());
        format!("{} {now} {of} {} samples, original {base}", metric.name(), report.samples)
    }));
    lines.extend(report.agreement.map(|a| format!("same class as the original on {a:.2} % of the samples")));
    lines.extend(report.difference.map(|d| format!("root mean squared difference from the original {d:.6}")));
    lines.extend(undefined(report));
    lines.extend(outputs::lines(&report.outputs));
    if report.plan.fit == Fit::Plain && !report.plan.layers.is_empty() {
        lines.push(
            "fitted to the old weights alone: no calibration samples were given, or --fit plain".into(),
        );
    }
    lines.extend(report.notes.iter().cloned());
    lines.push(report.onnx.text());
    lines.push(format!("written to {}", written.display()));
    lines.join("\n")
}

/// That outputs are not numbers, where some are not.
pub(crate) fn undefined(report: &Report) -> Vec<String> {
    let of = [
        (report.undefined, "the output"),
        (report.base_undefined, "the original's output"),
        (report.agreement_undefined, "one of both models' outputs on the calibration samples"),
    ];
    let found = of.into_iter().filter(|(samples, _)| *samples > 0);
    found.map(|(samples, what)| format!("{what} is {}", undefined_text(samples))).collect()
}

fn described(setting: Setting, values: Values) -> String {
    match values {
        Values::Float => setting.to_string(),
        values => format!("{setting}, {}", values.name()),
    }
}
