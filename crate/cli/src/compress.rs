//! `sepal compress`.

use crate::arguments::Compress;
use crate::evaluate::{evaluator, score_all};
use crate::{files, plan};
use anyhow::Result;
use sepal_core::session::{Fit, Plan, Preprocessing, Report, Score, Session, Setting, Values};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub(crate) fn run(arguments: &Compress) -> Result<String> {
    let (mut session, view) = files::open_model(&arguments.model)?;
    let plan = plan::read(arguments, &view)?;
    let started = Instant::now();
    if let Some(path) = &arguments.calibration {
        open_calibration(&mut session, path)?;
    }
    session.factor(&plan)?;
    let seconds = started.elapsed().as_secs_f64();
    let (score, base) = scores(&mut session, &plan, &arguments.evaluation)?;
    let mut report = session.report(&plan, score, base)?;
    report.seconds = Some(seconds);
    if arguments.calibration.is_some() {
        report.agreement = Some(agreement(&session, &plan)?.accuracy_percent());
    }
    let written = write(&session, &plan, &report, &arguments.model, &arguments.out)?;
    Ok(if arguments.json { report.to_json() } else { text(&report, &written) })
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

/// Scores of the compressed and of the original model, where there are labelled samples.
pub(crate) fn scores(
    session: &mut Session,
    plan: &Plan,
    labelled: &[PathBuf],
) -> Result<(Option<Score>, Option<Score>)> {
    if labelled.is_empty() {
        return Ok((None, None));
    }
    let (mut evaluator, _) = evaluator(session, labelled)?;
    evaluator.set_model(session.base_bytes()?, None)?;
    let base = score_all(&mut evaluator)?;
    let (_, bytes) = session.apply(plan)?;
    evaluator.set_model(bytes, None)?;
    Ok((Some(score_all(&mut evaluator)?), Some(base)))
}

/// Opens the unlabelled samples at `path` to fit to.
pub(crate) fn open_calibration(session: &mut Session, path: &Path) -> Result<()> {
    let (name, data) = files::read_samples(&[path.to_path_buf()])?;
    session.open_calibration(&name, data, &Preprocessing::default()).map_err(files::with_hint)?;
    Ok(())
}

/// On how many calibration samples both models choose the same class.
pub(crate) fn agreement(session: &Session, plan: &Plan) -> Result<Score> {
    let mut evaluator = session.unlabelled()?;
    evaluator.set_model(session.base_bytes()?, None)?;
    evaluator.label_by_model()?;
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
    if let (Some(accuracy), Some(base)) = (report.accuracy, report.base_accuracy) {
        lines.push(format!("accuracy {accuracy:.2} % of {} samples, original {base:.2} %", report.samples));
    }
    lines.extend(report.agreement.map(|a| format!("same class as the original on {a:.2} % of the samples")));
    if report.plan.fit == Fit::Plain && !report.plan.layers.is_empty() {
        lines.push(
            "fitted to the old weights alone: no calibration samples were given, or --fit plain".into(),
        );
    }
    lines.push(format!("written to {}", written.display()));
    lines.join("\n")
}

fn described(setting: Setting, values: Values) -> String {
    match values {
        Values::Float => setting.to_string(),
        values => format!("{setting}, {}", values.name()),
    }
}
