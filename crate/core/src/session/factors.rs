//! Factors that have been computed, and what is being computed.

use super::calibration::{Calibration, Fitted, LayerFit, ProfileRun, Wanted};
use super::{Opened, SessionError};
use crate::compress::{
    CompressError, Factors, Fit, Learning, Method, Objective, Order, Parts, Plan, Setting, Values, apply,
    non_zero_limit,
};
use crate::graph::{Layer, Weight};
use crate::search::Candidate;
use sepal_linalg::LinalgError;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// One computation that has not been done yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The layer.
    pub layer: String,
    /// The method.
    pub method: Method,
    /// What the factors are good for: atoms of a dictionary, non-zeros of a double sparse form, rows
    /// of a block, 1 for horizontal separation; else 0.
    pub rank: usize,
    /// What the weights are fitted to.
    pub fit: Fit,
    /// For layers that are fitted from front to back, all settings up to this one.
    pub prefix: String,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    /// The layer.
    pub layer: String,
    /// The method.
    pub method: Method,
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Whether the result is there.
    pub done: bool,
}

/// Task and seed (0 where nothing is drawn).
type Key = (Task, u64);

#[derive(Default)]
pub(crate) struct FactorStore {
    done: HashMap<Key, Factors>,
    learning: HashMap<Key, Learning>,
    plain: HashMap<String, Objective>,
    /// What calibration says of each layer, once it has been run.
    calibrated: Option<HashMap<String, Objective>>,
    profile: Option<ProfileRun>,
    fitted: HashMap<Key, Fitted>,
    fitting: Option<(Key, LayerFit)>,
    /// What searches have computed of single layers: the same for every later one.
    pub(crate) candidates: HashMap<CandidateKey, Candidate>,
}

/// Layer, setting, values, fit and seed.
type CandidateKey = (String, Setting, Values, Fit, u64);

fn factor_rank(setting: Setting) -> usize {
    match setting {
        Setting::Dictionary { atoms, .. } => atoms,
        Setting::DoubleSparse { nonzeros } => nonzeros,
        Setting::Prune { block, .. } => block,
        Setting::Separation { order: Order::Horizontal, .. } => 1,
        _ => 0,
    }
}

fn key(task: &Task, seed: u64) -> Key {
    (task.clone(), if task.method == Method::Dictionary { seed } else { 0 })
}

/// What the layer called `name` needs under `plan`; `None` where it is kept.
pub(crate) fn task(opened: &Opened, name: &str, plan: &Plan) -> Option<Task> {
    if !plan.changes(name) {
        return None;
    }
    let setting = plan.setting(name);
    let fit = plan.fit;
    if fit != Fit::Sequential {
        return Some(factor_task(name, setting, fit));
    }
    let prefix = prefix(opened, name, plan);
    Some(Task { layer: name.into(), method: setting.method(), rank: 0, fit, prefix })
}

/// The factors that `setting` needs of a layer that is fitted by itself.
pub(crate) fn factor_task(layer: &str, setting: Setting, fit: Fit) -> Task {
    let (rank, prefix) = (factor_rank(setting), String::new());
    Task { layer: layer.into(), method: setting.method(), rank, fit, prefix }
}

/// All that a layer fitted from front to back depends on: the settings up to and with its own.
fn prefix(opened: &Opened, name: &str, plan: &Plan) -> String {
    let end = opened.layers.iter().position(|layer| layer.name == name).map_or(0, |at| at + 1);
    let changed = opened.layers[..end].iter().filter(|layer| plan.changes(&layer.name));
    let text = changed.map(|layer| {
        let (setting, values) = (plan.setting(&layer.name), plan.values_of(&layer.name));
        format!("{}: {setting:?} {values:?} {}", layer.name, plan.seed)
    });
    text.collect::<Vec<_>>().join("; ")
}

/// What a step works on.
pub(crate) struct Place<'a> {
    pub opened: &'a Opened,
    pub layer: &'a Layer,
    pub weight: &'a Weight,
    pub calibration: Option<&'a Calibration>,
}

impl FactorStore {
    pub(crate) fn has(&self, task: &Task, seed: u64) -> bool {
        let key = key(task, seed);
        match task.fit {
            Fit::Sequential => self.fitted.contains_key(&key),
            _ => self.done.contains_key(&key),
        }
    }

    /// Forgets what was fitted to other calibration samples.
    pub(crate) fn forget_calibration(&mut self) {
        let plain = |task: &Task| task.fit == Fit::Plain;
        self.done.retain(|(task, _), _| plain(task));
        self.learning.retain(|(task, _), _| plain(task));
        self.fitted.clear();
        self.candidates.retain(|key, _| key.3 == Fit::Plain);
        (self.calibrated, self.profile, self.fitting) = (None, None, None);
    }

    /// What is left to do of `task` gets one step shorter: tens of milliseconds, mostly.
    pub(crate) fn advance(
        &mut self,
        task: &Task,
        place: &Place,
        plan: &Plan,
    ) -> Result<TaskProgress, SessionError> {
        let key = key(task, plan.seed);
        if self.has(task, plan.seed) {
            return Ok(progress(task, (1, 1)));
        }
        if task.fit == Fit::Sequential {
            return self.advance_fit(key, place, plan);
        }
        let setting = plan.setting(&task.layer);
        let setting = if setting.method() == task.method { setting } else { first_setting(task.method) };
        self.advance_factors(task, place, setting, plan.seed)
    }

    /// One step of the factors that `setting` needs, with calibration first where the task asks for it.
    pub(crate) fn advance_factors(
        &mut self,
        task: &Task,
        place: &Place,
        setting: Setting,
        seed: u64,
    ) -> Result<TaskProgress, SessionError> {
        if task.fit == Fit::Calibrated && self.calibrated.is_none() {
            return self.advance_profile(task, place);
        }
        let failed = |source: LinalgError| CompressError::Linalg { layer: task.layer.clone(), source };
        let key = key(task, seed);
        self.prepare(place);
        let started = self.learning.remove(&key);
        let objective = self.objective(&task.layer, task.fit).ok_or_else(|| missing(&task.layer))?;
        let mut learning = match started {
            Some(learning) => learning,
            None => Learning::start(setting, place.weight, objective, seed).map_err(failed)?,
        };
        let steps = learning.progress().1;
        if let Some(factors) = learning.step() {
            self.done.insert(key, factors);
            return Ok(progress(task, (steps, steps)));
        }
        let done = learning.progress();
        self.learning.insert(key, learning);
        Ok(progress(task, done))
    }

    fn advance_profile(&mut self, task: &Task, place: &Place) -> Result<TaskProgress, SessionError> {
        let calibration = place.calibration.ok_or_else(|| missing(&task.layer))?;
        let mut run = self.profile.take().unwrap_or_else(|| ProfileRun::new(place.opened, calibration));
        if run.step(place.opened, calibration)? {
            self.calibrated = Some(run.finish(place.opened));
            return Ok(unfinished(task, (0, 1)));
        }
        let done = run.progress(calibration);
        self.profile = Some(run);
        Ok(unfinished(task, done))
    }

    fn advance_fit(&mut self, key: Key, place: &Place, plan: &Plan) -> Result<TaskProgress, SessionError> {
        let task = key.0.clone();
        let calibration = place.calibration.ok_or_else(|| missing(&task.layer))?;
        let mut fit = if let Some((_, fit)) = self.fitting.take().filter(|(own, _)| *own == key) {
            fit
        } else {
            let prefix = self.prefix_model(place, plan)?;
            let (setting, values) = (plan.setting(&task.layer), plan.values_of(&task.layer));
            let wanted = Wanted { setting, values, seed: plan.seed };
            LayerFit::new(place.opened, place.layer, calibration, prefix, wanted)?
        };
        let found = fit.step(place.opened, place.layer, place.weight, calibration)?;
        let done = fit.progress();
        if let Some(fitted) = found {
            self.fitted.insert(key, fitted);
            return Ok(progress(&task, (done.1, done.1)));
        }
        self.fitting = Some((key, fit));
        Ok(unfinished(&task, done))
    }

    /// The model with the layers before this one replaced, if the plan changes any.
    fn prefix_model(&self, place: &Place, plan: &Plan) -> Result<Option<Vec<u8>>, SessionError> {
        let before = place.opened.layers.iter().take_while(|layer| layer.node != place.layer.node);
        let mut changes = Vec::new();
        for layer in before.filter(|layer| plan.changes(&layer.name)) {
            let task = task(place.opened, &layer.name, plan).ok_or_else(|| missing(&layer.name))?;
            let fitted = self.fitted.get(&key(&task, plan.seed)).ok_or_else(|| missing(&layer.name))?;
            changes.push((layer, &fitted.parts));
        }
        if changes.is_empty() {
            return Ok(None);
        }
        Ok(Some(place.opened.whole(&changes)?))
    }

    /// Makes the plain objective of a layer, once.
    pub(crate) fn prepare(&mut self, place: &Place) {
        let name = &place.layer.name;
        if !self.plain.contains_key(name) {
            self.plain.insert(name.clone(), Objective::plain(place.weight));
        }
    }

    /// What the layer is fitted to; calibration may have nothing to say of it, then it is its weights.
    pub(crate) fn objective(&self, layer: &str, fit: Fit) -> Option<&Objective> {
        let calibrated = match fit {
            Fit::Plain => None,
            _ => self.calibrated.as_ref().and_then(|found| found.get(layer)),
        };
        calibrated.or_else(|| self.plain.get(layer))
    }

    /// The factors that `task` has given.
    pub(crate) fn factors(&self, task: &Task, seed: u64) -> Option<&Factors> {
        self.done.get(&key(task, seed))
    }

    /// The layers that `plan` changes, with their replacements.
    pub(crate) fn fitted<'a>(
        &self,
        opened: &'a Opened,
        plan: &Plan,
    ) -> Result<Vec<(&'a Layer, Fitted)>, SessionError> {
        let changed = opened.layers.iter().filter(|l| plan.changes(&l.name));
        changed.map(|layer| Ok((layer, self.fitted_layer(opened, layer, plan)?))).collect()
    }

    fn fitted_layer(&self, opened: &Opened, layer: &Layer, plan: &Plan) -> Result<Fitted, SessionError> {
        let bug = || missing(&layer.name);
        let task = task(opened, &layer.name, plan).ok_or_else(bug)?;
        let key = key(&task, plan.seed);
        if task.fit == Fit::Sequential {
            return self.fitted.get(&key).cloned().ok_or_else(bug);
        }
        let weight = layer.weight.as_ref().map_err(|_| bug())?;
        let objective = self.objective(&layer.name, task.fit).ok_or_else(bug)?;
        let factors = self.done.get(&key).ok_or_else(bug)?;
        let (setting, values) = (plan.setting(&layer.name), plan.values_of(&layer.name));
        let parts = apply(factors, weight, objective, setting, values).ok_or_else(bug)?;
        let output_error = objective.output_error(weight, &parts);
        Ok(Fitted { output_error, parts, evidence: objective.evidence })
    }

    /// Non-zeros of the learned code of `atoms` atoms at each allowed number per column, any seed.
    pub(crate) fn learned_nonzeros(&self, layer: &str, atoms: usize) -> Option<Vec<usize>> {
        let wanted =
            |task: &Task| task.layer == layer && task.method == Method::Dictionary && task.rank == atoms;
        match self.done.iter().find(|(key, _)| wanted(&key.0))?.1 {
            Factors::Dictionary(learned) => {
                Some((1..=non_zero_limit(atoms)).map(|n| learned.stored(n)).collect())
            }
            _ => None,
        }
    }

    pub(crate) fn spectrum(&self, task: &Task) -> Vec<f32> {
        let mut values = match self.done.get(&key(task, 0)) {
            Some(Factors::LowRank(svds)) => svds.iter().flat_map(|svd| svd.values.to_vec()).collect(),
            _ => Vec::new(),
        };
        values.sort_by(|a: &f32, b| b.total_cmp(a));
        values
    }
}

/// A setting of the method, for factors that serve all of them.
fn first_setting(method: Method) -> Setting {
    match method {
        Method::Keep => Setting::Keep,
        Method::LowRank => Setting::LowRank { rank: 1 },
        Method::Channel => Setting::Channel { rank: 1 },
        Method::Dictionary => Setting::Dictionary { atoms: 2, nonzeros: 1 },
        Method::DoubleSparse => Setting::DoubleSparse { nonzeros: 1 },
        Method::Separation => Setting::Separation { rank: 1, order: Order::Vertical, kept: 100 },
        Method::Prune => Setting::Prune { nonzeros: 1, block: 1 },
    }
}

fn missing(layer: &str) -> SessionError {
    CompressError::NotFactored(layer.into()).into()
}

/// As parts without what calibration says of them.
pub(crate) fn parts_of<'a>(fitted: &'a [(&'a Layer, Fitted)]) -> Vec<(&'a Layer, &'a Parts)> {
    fitted.iter().map(|(layer, fitted)| (*layer, &fitted.parts)).collect()
}

fn progress(task: &Task, (step, steps): (usize, usize)) -> TaskProgress {
    TaskProgress { layer: task.layer.clone(), method: task.method, step, steps, done: step >= steps }
}

/// The same for a task that is not done whatever its steps say.
fn unfinished(task: &Task, done: (usize, usize)) -> TaskProgress {
    TaskProgress { done: false, ..progress(task, done) }
}
