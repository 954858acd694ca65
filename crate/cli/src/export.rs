//! `sepal export`: the package for a device, with figures of the very bytes in it.

use crate::arguments::{Export, PreferenceName};
use crate::compress::open_calibration;
use crate::evaluate::{evaluator, score_all};
use crate::{files, plan};
use anyhow::{Context, Result, bail};
use sepal_core::session::{
    ArtifactOptions, Evaluator, Exported, Format, Known, Plan, Preference, Report, Session, Verified,
    agreement,
};
use std::path::Path;

/// Samples that are run at once.
const BATCH: usize = 500;

pub(crate) fn run(arguments: &Export) -> Result<String> {
    let (mut session, _) = files::open_model(&arguments.model)?;
    let plan = arguments.plan.as_deref().map(plan::from_file).transpose()?.unwrap_or_default();
    // First: they decide how bytes are scaled, of calibration samples too.
    let evaluator = match &arguments.evaluation[..] {
        [] => None,
        paths => Some(evaluator(&mut session, paths)?.0),
    };
    if let Some(path) = &arguments.calibration {
        open_calibration(&mut session, path)?;
    }
    session.factor(&plan)?;
    let exported = session.export_artifact(&plan, &options(arguments)?).map_err(files::with_hint)?;
    let known = known(&session, &plan, &exported, (evaluator, arguments))?;
    let report = session.device_report(&plan, &exported, &known)?;
    let package = session.package(&plan, &exported, &report)?;
    write(&arguments.out, &package)?;
    Ok(if arguments.json { report.to_json() } else { text(&report, &arguments.out) })
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
    let float = evaluator.classes(0, evaluator.samples())?;
    let (_, labels) = evaluator.samples_of(0, evaluator.samples());
    let score = agreement(&float, labels);
    let verified = verify(session, exported, &evaluator, &float)?;
    if arguments.vectors > 0 {
        vectors(session, exported, &evaluator, arguments)?;
    }
    Ok(Known { score: Some(score), base: Some(base), verified: Some(verified) })
}

fn verify(session: &Session, exported: &Exported, evaluator: &Evaluator, float: &[i32]) -> Result<Verified> {
    let mut model = session.device_model(exported)?;
    let mut classes = Vec::with_capacity(evaluator.samples());
    for from in (0..evaluator.samples()).step_by(BATCH) {
        classes.extend(model.classes(evaluator.samples_of(from, from + BATCH).0)?);
    }
    let (values, _) = evaluator.samples_of(0, 1);
    let high_water_bytes = model.measure(values)?;
    let (_, labels) = evaluator.samples_of(0, evaluator.samples());
    Ok(Verified {
        score: agreement(&classes, labels),
        agreement: agreement(&classes, float),
        high_water_bytes,
        crc: format!("{:08x}", model.crc()),
    })
}

/// Writes samples as the artifact reads them, and what it gives, beside the package.
fn vectors(session: &Session, exported: &Exported, evaluator: &Evaluator, arguments: &Export) -> Result<()> {
    let mut model = session.device_model(exported)?;
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let count = arguments.vectors.min(evaluator.samples());
    for index in 0..count {
        // Spread over the set: labels are often sorted.
        let at = index * evaluator.samples() / count;
        let (sample, _) = evaluator.samples_of(at, at + 1);
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
                "verified: {:.2} % of {} samples by the device runtime, same class as in float32 on {:.2} %, arena {} of {} bytes, CRC {}",
                verified.score.accuracy_percent(),
                verified.score.samples,
                verified.agreement.accuracy_percent(),
                verified.high_water_bytes,
                cost.arena_bytes,
                verified.crc
            ));
        }
    }
    if let (Some(accuracy), Some(base)) = (report.accuracy, report.base_accuracy) {
        lines.push(format!("in float32 {accuracy:.2} %, original {base:.2} %"));
    }
    lines.push(format!("written to {}", out.display()));
    lines.join("\n")
}
