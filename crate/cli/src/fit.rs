//! `sepal fit`.

use crate::arguments::Fit;
use crate::compress::{allow, every_output, labelled, open_calibration, scores, text, write};
use crate::evaluate::evaluator;
use crate::{devices, files};
use anyhow::{Result, bail};
use sepal_core::session::{
    Fixed, Method, ModelView, Plan, SearchProgress, SearchRequest, SearchStage, Session, Values,
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
    binding: Vec<String>,
}

pub(crate) fn run(arguments: &Fit) -> Result<String> {
    let (mut session, view) = files::open_model(&arguments.model, &arguments.opening)?;
    allow(&mut session, &arguments.writing)?;
    let request = request(arguments, &view)?;
    let started = Instant::now();
    if !arguments.calibration.is_empty() {
        open_calibration(&mut session, &arguments.calibration, &arguments.reading)?;
    }
    let (plan, progress) = search(&mut session, request.clone(), arguments)?;
    session.factor(&plan)?;
    let seconds = started.elapsed().as_secs_f64();
    let measured = if arguments.measure.is_empty() { &arguments.evaluation } else { &arguments.measure };
    let measured = labelled(&mut session, measured, &arguments.reading)?;
    let every = every_output(&session, &plan, measured.as_ref())?;
    let (score, base) = scores(&session, &plan, measured)?;
    let mut report = session.report(&plan, score, base)?;
    report.seconds = Some(seconds);
    report = report.with_outputs(every);
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
    let binding = match progress.binding.join(" and ") {
        names if names.is_empty() => "no limit keeps it from losing less".into(),
        names => format!("what keeps it from losing less: {names}"),
    };
    Ok(format!("{}\n{binding}, {seconds:.1} s", text(&report, &written)))
}

/// Steps the search to its end; its plan.
fn search(session: &mut Session, request: SearchRequest, arguments: &Fit) -> Result<(Plan, SearchProgress)> {
    let labelled = match &arguments.evaluation[..] {
        [] => None,
        paths => Some(evaluator(session, paths, &arguments.reading)?.0),
    };
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

fn request(arguments: &Fit, view: &ModelView) -> Result<SearchRequest> {
    let device = arguments.device.as_deref().map(devices::find).transpose()?;
    for name in &arguments.only {
        if !view.layers.iter().any(|layer| layer.name == *name) {
            bail!("--only names '{name}', which is no layer of {}", view.name);
        }
    }
    let others =
        view.layers.iter().filter(|l| !arguments.only.is_empty() && !arguments.only.contains(&l.name));
    let mut methods: Vec<Method> = arguments.methods.iter().map(|m| Method::from(*m)).collect();
    if methods.is_empty() {
        methods = Method::ALL.into();
    }
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
        locked: others.map(|layer| (layer.name.clone(), Fixed::default())).collect(),
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
