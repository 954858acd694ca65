//! `sepal compress`.

use crate::arguments::{Compress, Reading, Writing};
use crate::evaluate::{evaluator, score_all};
use crate::reading::preprocessing;
use crate::told::Told;
use crate::{files, outputs, plan, tflite};
use anyhow::Result;
use sepal_core::session::{
    Chooser, Evaluator, Fit, OutputView, Plan, Report, SamplesView, Score, Session, Setting, Values,
    undefined_text,
};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) fn run(arguments: &Compress) -> Result<String> {
    let (mut session, view) = files::open_model(&arguments.model, &arguments.opening)?;
    allow(&mut session, &arguments.writing)?;
    let plan = plan::read(arguments, &session, &view)?;
    let mut told = Told::of(&view);
    let started = Instant::now();
    // First: they decide how bytes are scaled, of calibration samples too.
    let labelled = labelled(&mut session, &arguments.evaluation, &arguments.reading, &mut told)?;
    open_calibration(&mut session, &arguments.calibration, &arguments.reading, &mut told)?;
    session.factor(&plan)?;
    let seconds = started.elapsed().as_secs_f64();
    let labelled = labelled.map(|(evaluator, _)| evaluator);
    let every = every_output(&session, &plan, labelled.as_ref())?;
    let samples = labelled.as_ref().filter(|_| arguments.tflite.is_some()).map(|found| found.set().clone());
    let (score, base) = scores(&session, &plan, labelled)?;
    let mut report = session.report(&plan, score, base)?;
    told.into_report(&mut report);
    report.seconds = Some(seconds);
    report = report.with_outputs(every);
    let tflite = tflite::write((&session, &plan), arguments, samples.as_ref(), &mut report)?;
    let written = write(&session, &plan, &report, &arguments.model, &arguments.out)?;
    let text =
        |report: &Report| [text(report, &written)].into_iter().chain(tflite).collect::<Vec<_>>().join("\n");
    Ok(if arguments.json { report.to_json() } else { text(&report) })
}

/// Refuses a model of which no file could be loaded, unless that is asked for.
pub(crate) fn allow(session: &mut Session, writing: &Writing) -> Result<()> {
    if writing.partial {
        session.allow_partial();
    }
    let partial = "--partial writes it all the same, and says so in its name";
    session.check_whole().map_err(|error| anyhow::anyhow!("{error}. {partial}"))
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
    let part = if report.partial.is_empty() { "" } else { "-partial" };
    let written = files::write(out, &format!("{stem}-compressed{part}.onnx"), &onnx)?;
    files::write(out, "report.json", report.to_json().as_bytes())?;
    Ok(written)
}

/// An evaluator with the samples at `paths`, where there are any, and how they were read.
pub(crate) fn labelled(
    session: &mut Session,
    paths: &[PathBuf],
    reading: &Reading,
    told: &mut Told,
) -> Result<Option<(Evaluator, SamplesView)>> {
    let found = (!paths.is_empty()).then(|| evaluator(session, paths, reading)).transpose()?;
    if let Some((_, view)) = &found {
        told.samples(view);
    }
    Ok(found)
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
        (None, Ok(Some(calibration))) => session.outputs(Some(plan), calibration.set())?,
        (None, _) => Vec::new(),
    })
}

/// Opens the samples at `paths` to fit to, where there are any.
pub(crate) fn open_calibration(
    session: &mut Session,
    paths: &[PathBuf],
    reading: &Reading,
    told: &mut Told,
) -> Result<()> {
    if paths.is_empty() {
        return Ok(());
    }
    let (name, data) = files::read_samples(paths)?;
    let view = session.open_calibration(&name, data, &preprocessing(reading)?).map_err(files::with_hint)?;
    told.calibration(&view);
    Ok(())
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
    let unused = report.agreement_samples.unwrap_or(0);
    lines.extend(
        report.agreement.map(|a| {
            format!("same class as the original on {a:.2} % of {unused} calibration samples not used")
        }),
    );
    lines.extend(report.difference.map(|d| {
        format!(
            "root mean squared difference from the original {d:.6} on {unused} calibration samples not used"
        )
    }));
    lines.extend(undefined(report));
    lines.extend(outputs::lines(&report.outputs));
    if report.plan.fit == Fit::Plain && !report.plan.layers.is_empty() {
        lines.push(
            "fitted to the old weights alone: no calibration samples were given, or --fit plain".into(),
        );
    }
    lines.extend(chosen_by(report));
    lines.extend(report.notes.iter().chain(&report.warnings).cloned());
    lines.push(report.onnx.text());
    if !report.partial.is_empty() {
        lines.push(format!(
            "partial: no runtime can load the file, for it holds {}",
            report.partial.join("; ")
        ));
    }
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

/// That a score is of samples that also chose the plan.
fn chosen_by(report: &Report) -> Option<String> {
    report.chosen_by.map(|Chooser::Evaluation| {
        let samples = report.samples;
        format!("these {samples} samples also chose the plan, so it is likely to do worse on others; --measure takes samples of their own")
    })
}

fn described(setting: Setting, values: Values) -> String {
    match values {
        Values::Float => setting.to_string(),
        values => format!("{setting}, {}", values.name()),
    }
}
