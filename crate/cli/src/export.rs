//! `sepal export`: the package for a device, with figures of the very bytes in it.

use crate::arguments::{Export, PreferenceName};
use crate::compress::{labelled, open_calibration, undefined};
use crate::evaluate::score_all;
use crate::told::Told;
use crate::{files, plan};
use anyhow::{Context, Result, bail};
use sepal_core::session::{
    ArtifactOptions, Evaluator, Exported, Format, HEADER, Known, Metric, Outputs, Plan, Preference, Report,
    Samples, Session, Verified,
};
use std::path::Path;

/// Samples that are run at once.
const BATCH: usize = 500;

pub(crate) fn run(arguments: &Export) -> Result<String> {
    let (mut session, view) = files::open_model(&arguments.model, &arguments.opening)?;
    let plan = arguments.plan.as_deref().map(plan::from_file).transpose()?.unwrap_or_default();
    let mut told = Told::of(&view);
    // First: they decide how bytes are scaled, of calibration samples too.
    let labelled = labelled(&mut session, &arguments.evaluation, &arguments.reading, &mut told)?;
    let evaluator = labelled.map(|(evaluator, _)| evaluator);
    open_calibration(&mut session, &arguments.calibration, &arguments.reading, &mut told)?;
    session.factor(&plan)?;
    let exported = session.export_artifact(&plan, &options(arguments)?).map_err(files::with_hint)?;
    let known = known(&session, &plan, &exported, (evaluator, arguments))?;
    let mut report = session.device_report(&plan, &exported, &known)?;
    told.into_report(&mut report);
    let package = session.package(&plan, &exported, &report, HEADER)?;
    write(&arguments.out, &package)?;
    let mut lines = vec![text(&report, &arguments.out)];
    lines.extend(session.one_output()?.map(|which| format!("a device gives {which}: choose with --output")));
    Ok(if arguments.json { report.to_json() } else { lines.join("\n") })
}

fn options(arguments: &Export) -> Result<ArtifactOptions> {
    let forced = arguments.formats.iter().map(|text| {
        let (layer, name) =
            text.split_once('=').with_context(|| format!("--formats takes LAYER=FORMAT, not '{text}'"))?;
        let format = Format::named(name).with_context(|| format!("there is no format '{name}'"))?;
        Ok((layer.to_owned(), format))
    });
    Ok(ArtifactOptions {
        precision: arguments.precision.into(),
        preference: match arguments.prefer {
            PreferenceName::Small => Preference::Small,
            PreferenceName::Fast => Preference::Fast,
        },
        formats: forced.collect::<Result<_>>()?,
    })
}

/// What running the artifact and both models over the labelled samples shows.
fn known(
    session: &Session,
    plan: &Plan,
    exported: &Exported,
    (evaluator, arguments): (Option<Evaluator>, &Export),
) -> Result<Known> {
    let Some(mut evaluator) = evaluator else {
        if arguments.vectors > 0 {
            bail!("--vectors needs --evaluation");
        }
        return Ok(Known::default());
    };
    evaluator.set_model(session.base_bytes()?, None)?;
    let base = score_all(&mut evaluator)?;
    evaluator.set_model(session.apply(plan)?.1, None)?;
    let float = evaluator.class_scores()?;
    let float = Outputs::of(&float);
    let score = float.score(evaluator.set(), 0)?;
    let verified = verify(session, exported, evaluator.set(), float)?;
    if arguments.vectors > 0 {
        vectors(session, exported, evaluator.set(), arguments)?;
    }
    Ok(Known { score: Some(score), base: Some(base), verified: Some(verified) })
}

fn verify(session: &Session, exported: &Exported, samples: &Samples, float: Outputs) -> Result<Verified> {
    let mut model = session.device_model(exported)?;
    let mut outputs = Vec::new();
    for from in (0..samples.len()).step_by(BATCH) {
        outputs.extend(model.outputs(samples.slice(from, from + BATCH))?);
    }
    let outputs = Outputs::new(&outputs, model.output_len());
    Ok(Verified {
        score: outputs.score(samples, 0)?,
        agreement: outputs.agreement(float, samples)?,
        high_water_bytes: model.measure(samples.sample(0))?,
        crc: format!("{:08x}", model.crc()),
    })
}

/// Writes samples as the artifact reads them, and what it gives, beside the package.
fn vectors(session: &Session, exported: &Exported, samples: &Samples, arguments: &Export) -> Result<()> {
    let mut model = session.device_model(exported)?;
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let count = arguments.vectors.min(samples.len());
    for index in 0..count {
        // Spread over the set: labels are often sorted.
        let at = index * samples.len() / count;
        let sample = samples.sample(at);
        inputs.extend(model.input_bytes(sample));
        outputs.extend(model.run(sample)?);
    }
    let folder = if is_zip(&arguments.out) {
        arguments.out.parent().unwrap_or(Path::new("."))
    } else {
        &arguments.out
    };
    files::write(folder, "input.bin", &inputs)?;
    files::write(folder, "output.bin", &outputs)?;
    Ok(())
}

fn is_zip(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip"))
}

/// Writes the archive, or its files where `out` is a folder.
fn write(out: &Path, package: &[sepal_core::session::PackageFile]) -> Result<()> {
    if is_zip(out) {
        let folder = out.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        files::write(folder, &files::name_of(out), &sepal_core::session::archive(package)?)?;
        return Ok(());
    }
    for file in package {
        let path = out.join(&file.path);
        let folder = path.parent().unwrap_or(out);
        files::write(folder, &files::name_of(&path), &file.bytes)?;
    }
    Ok(())
}

fn text(report: &Report, out: &Path) -> String {
    let mut lines = Vec::new();
    if let Some(device) = &report.device {
        lines.push(format!(
            "{:<28} {:<10} {:<14} {:>9} {:>14}",
            "layer", "as", "format", "bytes", "M3 instructions"
        ));
        for layer in &device.cost.layers {
            let format = layer.format.map_or("", Format::name);
            lines.push(format!(
                "{:<28} {:<10} {:<14} {:>9} {:>14.0}",
                layer.name, layer.kind, format, layer.flash_bytes, layer.m3
            ));
        }
        let cost = &device.cost;
        lines.push(format!(
            "flash {} bytes, arena {} bytes, about {} bytes of code, {:.3} M instructions on a Cortex-M3 (estimated)",
            cost.flash_bytes,
            cost.arena_bytes,
            cost.code_bytes,
            cost.instructions.m3 / 1e6
        ));
        if let Some(verified) = &device.verified {
            lines.push(format!(
                "verified: {} {} of {} samples by the device runtime, {} {}, arena {} of {} bytes, CRC {}",
                verified.score.metric.name(),
                verified.score.text(),
                verified.score.samples,
                match verified.agreement.metric {
                    Metric::Agreement => "same class as in float32 on",
                    _ => "root mean squared difference from float32",
                },
                verified.agreement.text(),
                verified.high_water_bytes,
                cost.arena_bytes,
                verified.crc
            ));
        }
    }
    if report.metric.is_some() {
        lines.push(format!("in float32 {}, original {}", report.scored_text(), report.base_text()));
        lines.extend(undefined(report));
    }
    lines.extend(report.notes.iter().chain(&report.warnings).cloned());
    lines.push(format!("written to {}", out.display()));
    lines.join("\n")
}
