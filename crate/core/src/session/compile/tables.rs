//! The candidates of each layer: every allowed method at a range of settings, with every allowed way
//! to store values, its cost and its error behind calibration inputs.

use super::factors::{CandidateKey, FactorStore, Place, factor_task};
use super::fit::relative;
use crate::compress::{Fit, MethodId, Setting, Target, Values, apply, squared_error};
use crate::cost;
use crate::graph::Layer;
use crate::search::{Candidate, Table};
use crate::session::{Opened, SessionError};

/// A setting is tried where it takes at most this share of what the whole layer takes with the same
/// values: with more, little is saved over rounding alone.
const MOST_BYTES: f64 = 0.75;

/// The layer's own cost, losing nothing.
pub(crate) fn kept(opened: &Opened, layer: &Layer) -> Candidate {
    Candidate {
        setting: Setting::Keep,
        values: Values::Float,
        cost: cost::original(&opened.graph, layer),
        ram_bytes: opened.ram_bytes.get(layer.node).copied().unwrap_or(0),
        squared_error: 0.0,
        loss: 0.0,
    }
}

/// What is tried on one layer, one setting a step.
pub(crate) struct Trial {
    pub layer: String,
    pub setting: Setting,
    pub values: Vec<Values>,
}

/// What a search may use.
#[derive(Clone, Copy)]
pub(crate) struct Allowed<'a> {
    pub methods: &'a [MethodId],
    pub values: &'a [Values],
    pub blocks: &'a [usize],
}

/// All trials of a layer.
pub(crate) fn trials(opened: &Opened, layer: &Layer, allowed: Allowed) -> Vec<Trial> {
    let Ok(weight) = &layer.weight else { return Vec::new() };
    if weight.sparse {
        return Vec::new();
    }
    let bytes = |setting: Setting, values| {
        cost::expected(&opened.graph, layer, weight, &setting.stages(weight), values).bytes as f64
    };
    let pays = |setting: Setting, values: Values| match setting {
        Setting::Keep => values != Values::Float,
        _ => bytes(setting, values) <= MOST_BYTES * bytes(Setting::Keep, values),
    };
    let tried = allowed.methods.iter().flat_map(|method| method.candidates(weight, allowed.blocks));
    let all = tried.map(|setting| Trial {
        layer: layer.name.clone(),
        setting,
        values: allowed.values.iter().copied().filter(|values| pays(setting, *values)).collect(),
    });
    all.filter(|trial| !trial.values.is_empty()).collect()
}

/// One step of a trial: what it still has to factor, or its candidates once that is done.
pub(crate) fn advance(
    store: &mut FactorStore,
    trial: &Trial,
    place: &Place,
    (fit, seed): (Fit, u64),
) -> Result<Option<Vec<Candidate>>, SessionError> {
    let key = |values: Values| {
        let (layer, setting) = (trial.layer.clone(), trial.setting);
        CandidateKey { layer, setting, values, fit, seed }
    };
    let known: Vec<Candidate> =
        trial.values.iter().filter_map(|v| store.candidates.get(&key(*v)).cloned()).collect();
    if known.len() == trial.values.len() {
        return Ok(Some(known));
    }
    let task = factor_task(&trial.layer, trial.setting, fit);
    if !store.has(&task, seed) {
        store.advance_factors(place, trial.setting, (fit, seed))?;
        return Ok(None);
    }
    let (Some(objective), Some(factored)) = (store.objective(&trial.layer, fit), store.factors(&task, seed))
    else {
        return Ok(Some(Vec::new()));
    };
    let (opened, layer, weight) = (place.opened, place.layer, place.weight);
    let candidate = |&values: &Values| {
        let parts = apply(factored, trial.setting, Target { weight, objective, values })?;
        let error = objective.output_error(weight, &parts);
        let error = relative(error.unwrap_or_else(|| squared_error(Some(&parts), weight)));
        let live = opened.ram_bytes.get(layer.node).copied().unwrap_or(0);
        Some(Candidate {
            setting: trial.setting,
            values,
            cost: cost::compressed(&opened.graph, layer, weight, &parts),
            ram_bytes: live + cost::between_bytes(weight, &trial.setting.stages(weight)),
            squared_error: error * error,
            loss: error * error,
        })
    };
    let known = |candidate: &Candidate| candidate.squared_error.is_finite();
    let found: Vec<Candidate> = trial.values.iter().filter_map(candidate).filter(known).collect();
    store.candidates.extend(found.iter().map(|c| (key(c.values), c.clone())));
    Ok(Some(found))
}

/// The table of a layer that stays as the plan has it.
pub(crate) fn fixed(layer: &Layer, candidate: Candidate) -> Table {
    Table { layer: layer.name.clone(), candidates: vec![candidate] }
}
