//! `sepal compress`.

use crate::arguments::Compress;
use crate::evaluate::{evaluator, score_all};
use crate::{files, plan};
use anyhow::Result;
use sepal_core::session::{Plan, Report, Score, Session};
use std::path::Path;

pub(crate) fn run(arguments: &Compress) -> Result<String> {
    let (mut session, view) = files::open_model(&arguments.model)?;
    let plan = plan::read(arguments, &view)?;
    session.factor(&plan)?;
    let (score, base) = scores(&mut session, &plan, arguments)?;
    let mut report = session.report(&plan, score, base)?;
    if let Some(path) = &arguments.calibration {
        report.agreement = Some(agreement(&mut session, &plan, path)?.accuracy_percent());
    }
    let stem = arguments.model.file_stem().unwrap_or_default().to_string_lossy();
    let json = report.to_json();
    let onnx = session.export_onnx(&plan)?;
    let written = files::write(&arguments.out, &format!("{stem}-compressed.onnx"), &onnx)?;
    files::write(&arguments.out, "report.json", json.as_bytes())?;
    Ok(if arguments.json { json } else { text(&report, &written) })
}

/// Scores of the compressed and of the original model, where there are labelled samples.
fn scores(
    session: &mut Session,
    plan: &Plan,
    arguments: &Compress,
) -> Result<(Option<Score>, Option<Score>)> {
    if arguments.evaluation.is_empty() {
        return Ok((None, None));
    }
    let (mut evaluator, _) = evaluator(session, &arguments.evaluation)?;
    evaluator.set_model(session.base_bytes()?, None)?;
    let base = score_all(&mut evaluator)?;
    let (_, bytes) = session.apply(plan)?;
    evaluator.set_model(bytes, None)?;
    Ok((Some(score_all(&mut evaluator)?), Some(base)))
}

/// On how many unlabelled samples both models choose the same class.
fn agreement(session: &mut Session, plan: &Plan, path: &Path) -> Result<Score> {
    let (name, data) = files::read_samples(&[path.to_path_buf()])?;
    let mut evaluator = session.unlabelled(&name, data).map_err(files::with_hint)?;
    evaluator.set_model(session.base_bytes()?, None)?;
    evaluator.label_by_model()?;
    evaluator.set_model(session.apply(plan)?.1, None)?;
    score_all(&mut evaluator)
}

fn text(report: &Report, written: &Path) -> String {
    let ratio = |base: f64, now: f64| if now > 0.0 { base / now } else { f64::INFINITY };
    let mut lines =
        vec![format!("{:<24} {:<48} {:>11} {:>13} {:>8}", "layer", "setting", "bytes", "MACs", "error")];
    for layer in &report.layers {
        lines.push(format!(
            "{:<24} {:<48} {:>11} {:>13} {:>7.1}%",
            layer.name,
            layer.setting.to_string(),
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
    lines.push(format!("written to {}", written.display()));
    lines.join("\n")
}
