//! The candidates of each layer: every allowed method at a range of settings, with every allowed way
//! to store values, its cost and its error behind calibration inputs.

use super::Opened;
use super::SessionError;
use super::factors::{FactorStore, Place, factor_task};
use super::model::setting_at;
use super::results::relative;
use crate::compress::{Choice, Fit, Method, Order, Setting, Values, apply, check, describe, squared_error};
use crate::cost;
use crate::graph::{Layer, Weight};
use crate::search::{Candidate, Table};

/// Ratio between neighbouring ranks that are tried.
const RANK_STEP: f64 = 1.3;
/// Sizes of dictionaries that are tried, at most.
const DICTIONARIES: usize = 4;
/// Sparsities of a dictionary that are tried.
const SPARSITIES: usize = 5;
/// Percentages of the weights of separated filters that are tried besides all of them.
const THINNED: [u8; 2] = [60, 35];
/// Sizes of a double sparse form that are tried: each takes seconds on large layers.
const DOUBLE_SPARSE: usize = 3;
/// A setting is tried where it takes at most this share of what the whole layer takes with the same
/// values: with more, little is saved over rounding alone.
const MOST_BYTES: f64 = 0.75;

/// The settings of `method` that are worth trying on a layer.
pub(crate) fn settings(method: Method, weight: &Weight, blocks: &[usize]) -> Vec<Setting> {
    let choices = describe(method, weight);
    let ranks: Vec<usize> = choices.iter().map(|choice| choice.rank).collect();
    match method {
        Method::Keep => vec![Setting::Keep],
        Method::LowRank | Method::Channel => {
            spread(&ranks).into_iter().map(|rank| setting_at(method, rank, 0)).collect()
        }
        Method::Separation => {
            let of = |rank| {
                let whole = [Order::Vertical, Order::Horizontal].map(|order| (order, 100));
                let thinned = THINNED.map(|kept| (Order::Vertical, kept));
                let all = whole.into_iter().chain(thinned);
                all.map(move |(order, kept)| Setting::Separation { rank, order, kept })
            };
            spread(&ranks).into_iter().flat_map(of).collect()
        }
        Method::Dictionary => dictionaries(&choices),
        Method::DoubleSparse => {
            let counts = choices.first().map(|c| c.nonzeros.as_slice()).unwrap_or_default();
            let payable: Vec<usize> =
                counts.iter().copied().filter(|n| 3 * n < weight.matrix.len()).collect();
            evenly(&payable, DOUBLE_SPARSE)
                .into_iter()
                .map(|nonzeros| Setting::DoubleSparse { nonzeros })
                .collect()
        }
        Method::Prune => {
            let counts = choices.first().map(|c| c.nonzeros.as_slice()).unwrap_or_default();
            let of = |&nonzeros: &usize| blocks.iter().map(move |&block| Setting::Prune { nonzeros, block });
            let all = counts.iter().flat_map(of);
            all.filter(|setting| check(&choices, *setting, weight).is_ok()).collect()
        }
    }
}

/// Ranks with a ratio of [`RANK_STEP`] between them.
fn spread(ranks: &[usize]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut next = 0.0;
    for &rank in ranks {
        if rank as f64 >= next {
            found.push(rank);
            next = (rank as f64 * RANK_STEP).max(rank as f64 + 1.0);
        }
    }
    found
}

fn dictionaries(choices: &[Choice]) -> Vec<Setting> {
    // The largest dictionaries take longest to learn: they are not tried.
    let small = &choices[..choices.len() - choices.len() / 4];
    let from = small.len() / 4;
    let sizes: Vec<usize> = evenly(&(from..small.len()).collect::<Vec<_>>(), DICTIONARIES);
    let at = |index: usize| {
        let Choice { rank, nonzeros } = &small[index];
        let counts = evenly(nonzeros, SPARSITIES);
        counts.into_iter().map(|n| Setting::Dictionary { atoms: *rank, nonzeros: n }).collect::<Vec<_>>()
    };
    sizes.into_iter().flat_map(at).collect()
}

/// At most `count` of `values`, evenly spaced, the last one among them.
fn evenly(values: &[usize], count: usize) -> Vec<usize> {
    if values.len() <= count {
        return values.to_vec();
    }
    (1..=count).map(|i| values[i * values.len() / count - 1]).collect()
}

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
    pub methods: &'a [Method],
    pub values: &'a [Values],
    pub blocks: &'a [usize],
}

/// All trials of a layer.
pub(crate) fn trials(opened: &Opened, layer: &Layer, allowed: Allowed) -> Vec<Trial> {
    let Ok(weight) = &layer.weight else { return Vec::new() };
    if weight.sparse {
        return Vec::new();
    }
    let bytes =
        |setting, values| cost::expected(&opened.graph, layer, weight, (setting, values), None).bytes as f64;
    let pays = |setting: Setting, values: Values| match setting {
        Setting::Keep => values != Values::Float,
        _ => bytes(setting, values) <= MOST_BYTES * bytes(Setting::Keep, values),
    };
    let tried = allowed.methods.iter().flat_map(|method| settings(*method, weight, allowed.blocks));
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
    let key = |values: Values| (trial.layer.clone(), trial.setting, values, fit, seed);
    let known: Vec<Candidate> =
        trial.values.iter().filter_map(|v| store.candidates.get(&key(*v)).cloned()).collect();
    if known.len() == trial.values.len() {
        return Ok(Some(known));
    }
    let task = factor_task(&trial.layer, trial.setting, fit);
    if !store.has(&task, seed) {
        store.advance_factors(&task, place, trial.setting, seed)?;
        return Ok(None);
    }
    let (Some(objective), Some(factors)) = (store.objective(&trial.layer, fit), store.factors(&task, seed))
    else {
        return Ok(Some(Vec::new()));
    };
    let (opened, layer, weight) = (place.opened, place.layer, place.weight);
    let candidate = |&values: &Values| {
        let parts = apply(factors, weight, objective, trial.setting, values)?;
        let error = objective.output_error(weight, &parts);
        let error = relative(error.unwrap_or_else(|| squared_error(Some(&parts), weight)));
        let live = opened.ram_bytes.get(layer.node).copied().unwrap_or(0);
        Some(Candidate {
            setting: trial.setting,
            values,
            cost: cost::compressed(&opened.graph, layer, weight, &parts),
            ram_bytes: live + cost::between_bytes(weight, trial.setting),
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
