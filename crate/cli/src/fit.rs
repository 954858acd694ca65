//! `sepal fit`.

use crate::arguments::Fit;
use crate::compress::{allow, every_output, labelled, open_calibration, scores, text, write};
use crate::told::Told;
use crate::{devices, files, plan};
use anyhow::{Result, bail};
use sepal_core::session::{
    Binding, Evaluator, Fixed, LimitMissed, Method, ModelView, Plan, Report, SamplesView, Score,
    SearchProgress, SearchRequest, SearchStage, Session, Unused, Values, points_lost,
};
use serde::Serialize;
use std::time::Instant;

/// What a report of a fit holds besides the report itself.
#[derive(Serialize)]
struct Limits {
    bytes: Option<usize>,
    ram_bytes: Option<usize>,
    macs: Option<u64>,
    max_loss: Option<f64>,
    /// Those that keep the plan from losing less.
    binding: Vec<Binding>,
}

/// Samples with labels: those that choose the plan, and those that the result is measured on.
struct Labelled {
    choosing: Option<Evaluator>,
    measured: Option<Evaluator>,
}

pub(crate) fn run(arguments: &Fit) -> Result<String> {
    let (mut session, view) = files::open_model(&arguments.model, &arguments.opening)?;
    allow(&mut session, &arguments.writing)?;
    let request = request(arguments, &session, &view)?;
    let mut told = Told::of(&view);
    let started = Instant::now();
    let Labelled { choosing, measured } = open(&mut session, arguments, &mut told)?;
    let (plan, progress) = search(&mut session, request.clone(), choosing)?;
    session.factor(&plan)?;
    let seconds = started.elapsed().as_secs_f64();
    let every = every_output(&session, &plan, measured.as_ref())?;
    let spread = measured.as_ref().map_or(0.0, |evaluator| evaluator.set().spread());
    let (score, base) = scores(&session, &plan, measured)?;
    let mut report = session.report(&plan, score.clone(), base.clone())?;
    report.seconds = Some(seconds);
    report = report.with_outputs(every);
    if !arguments.measure.is_empty() {
        report.chosen_by = None;
    }
    let unused = score.zip(base).filter(|_| !arguments.measure.is_empty());
    report.limit_missed = match (request.max_loss, unused) {
        (Some(max_loss), Some((score, base))) => missed(max_loss, (&score, &base), spread),
        (Some(max_loss), None) => missed_held_out(max_loss, &progress),
        (None, _) => None,
    };
    told.into_report(&mut report);
    let written = write(&session, &plan, &report, &arguments.model, &arguments.out)?;
    let limits = Limits {
        bytes: request.bytes,
        ram_bytes: request.ram_bytes,
        macs: request.macs,
        max_loss: request.max_loss,
        binding: progress.binding.clone(),
    };
    if arguments.json {
        let mut value = serde_json::to_value(&report)?;
        value["limits"] = serde_json::to_value(&limits)?;
        return Ok(serde_json::to_string_pretty(&value)?);
    }
    let first = report.limit_missed.iter().map(missed_text);
    let last = [text(&report, &written), bound_text(&report, &progress, seconds)];
    Ok(first.chain(last).collect::<Vec<_>>().join("\n"))
}

/// Opens all samples: with labels first, they decide how bytes are scaled, of calibration samples too.
fn open(session: &mut Session, arguments: &Fit, told: &mut Told) -> Result<Labelled> {
    let measured = labelled(session, &arguments.measure, &arguments.reading, told)?;
    let choosing = labelled(session, &arguments.evaluation, &arguments.reading, told)?;
    open_calibration(session, &arguments.calibration, &arguments.reading, told)?;
    if let Some((_, view)) = choosing.as_ref().filter(|(_, view)| view.chance && !arguments.anyway) {
        refuse_chance(view)?;
    }
    let choosing = choosing.map(|(evaluator, _)| evaluator);
    let measured = match (measured, &choosing) {
        (Some((evaluator, _)), _) => Some(evaluator),
        (None, Some(choosing)) => {
            let mut again = Evaluator::default();
            again.set_samples(choosing.set().clone())?;
            Some(again)
        }
        (None, None) => None,
    };
    Ok(Labelled { choosing, measured })
}

/// A search by labels that the original is no better than chance on would make any model.
fn refuse_chance(view: &SamplesView) -> Result<()> {
    let warning = view.warning.clone().unwrap_or_default();
    bail!(
        "{warning} A search by these samples would choose by chance: set how they are read with --preprocess, or add --anyway"
    )
}

/// That more is lost than allowed on samples that are only measured on.
fn missed(max_loss: f64, (score, base): (&Score, &Score), spread: f64) -> Option<LimitMissed> {
    let lost = points_lost(score, Some(base), spread);
    let (metric, samples, of) = (score.metric, score.samples, Unused::Measure);
    (lost > max_loss).then_some(LimitMissed { max_loss, lost, metric, samples, of })
}

/// The same on the calibration samples held out.
fn missed_held_out(max_loss: f64, progress: &SearchProgress) -> Option<LimitMissed> {
    let found = progress.held_out.as_ref().filter(|_| progress.missed)?;
    let (metric, samples, of) = (found.score.metric, found.score.samples, Unused::HeldOut);
    Some(LimitMissed { max_loss, lost: found.lost, metric, samples, of })
}

fn missed_text(missed: &LimitMissed) -> String {
    let LimitMissed { max_loss, lost, metric, samples, of } = missed;
    let unused = match of {
        Unused::Measure => format!("{samples} samples of --measure"),
        Unused::HeldOut => format!("{samples} calibration samples not used"),
    };
    let what = match (of, metric.rises()) {
        (Unused::HeldOut, true) => format!("{lost:.2} % of {unused} change class"),
        (_, true) => format!("{lost:.2} points of {} are lost on {unused}", metric.name()),
        (_, false) => format!("the {} on {unused} rises by {lost:.2} % of their spread", metric.name()),
    };
    format!("LIMIT MISSED: {what}, {max_loss:.2} were allowed.")
}

fn bound_text(report: &Report, progress: &SearchProgress, seconds: f64) -> String {
    let names: Vec<&str> = progress.binding.iter().map(|limit| limit.name()).collect();
    let binding = match names.join(" and ") {
        names if names.is_empty() => "no limit keeps it from losing less".into(),
        names => format!("what keeps it from losing less: {names}"),
    };
    let changes = report.layers.iter().any(|layer| report.plan.changes(&layer.name));
    let unchanged =
        if changes { "" } else { "no layer is changed: the model is within its limits as it is; " };
    format!("{unchanged}{binding}, {seconds:.1} s")
}

/// Steps the search to its end; its plan.
fn search(
    session: &mut Session,
    request: SearchRequest,
    labelled: Option<Evaluator>,
) -> Result<(Plan, SearchProgress)> {
    let max_loss = request.max_loss;
    session.start_search(request, labelled)?;
    loop {
        let progress = session.step_search().map_err(files::with_hint)?;
        if progress.stage != SearchStage::Done {
            continue;
        }
        let Some(plan) = progress.plan.clone() else { bail!("the search found no plan") };
        if let (Some(most), None) = (max_loss, progress.lost) {
            bail!("no plan smaller than the model was found that loses at most {most} points");
        }
        return Ok((plan, progress));
    }
}

fn request(arguments: &Fit, session: &Session, view: &ModelView) -> Result<SearchRequest> {
    let device = arguments.device.as_deref().map(devices::find).transpose()?;
    for name in &arguments.only {
        if !view.layers.iter().any(|layer| layer.name == *name) {
            bail!("--only names '{name}', which is no layer of {}", view.name);
        }
    }
    let named = |name: &String| arguments.only.is_empty() || arguments.only.contains(name);
    let (searched, others): (Vec<_>, Vec<_>) = view.layers.iter().partition(|layer| named(&layer.name));
    let mut methods = arguments.methods.clone();
    if methods.is_empty() {
        methods = [Method::ALL, &[Method::Keep]].concat();
    }
    plan::check_methods(&methods, session, (view, &searched))?;
    let mut values: Vec<Values> = arguments.values.iter().map(|v| Values::from(*v)).collect();
    if values.is_empty() {
        values = Values::ALL.into();
    }
    // Rounding a layer as it is comes with every way to store values.
    if !methods.contains(&Method::Keep) {
        methods.push(Method::Keep);
    }
    let request = SearchRequest {
        bytes: arguments.flash.or(device.map(|d| d.flash)),
        macs: arguments.macs,
        ram_bytes: arguments.ram.or(device.map(|d| d.ram)),
        max_loss: arguments.max_loss,
        methods,
        values,
        blocks: arguments.blocks.clone(),
        fit: arguments.toward.into(),
        seed: arguments.seed,
        locked: others.into_iter().map(|layer| (layer.name.clone(), Fixed::default())).collect(),
        refine: true,
    };
    let limited = request.bytes.is_some() || request.macs.is_some() || request.ram_bytes.is_some();
    if !limited && request.max_loss.is_none() {
        bail!("give a limit: --flash, --ram, --macs, --max-loss or --device");
    }
    if request.max_loss.is_some() && arguments.calibration.is_empty() {
        bail!("--max-loss needs --calibration: without samples no loss can be measured");
    }
    Ok(request)
}
