//! Factors that have been computed, and what is being computed.

use super::calibration::{Calibration, ProfileRun};
use super::fit::{Fitted, LayerFit, Wanted};
use crate::collect::collected;
use crate::compress::{
    CompressError, Factored, Factoring, Fit, Learning, MethodId, MethodProperty, Objective, Parts, Plan,
    Setting, Stages, Target, Values, apply,
};
use crate::graph::{Layer, Weight};
use crate::search::Candidate;
use crate::session::{Opened, SessionError};
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
    pub method: MethodId,
    /// What is computed.
    pub work: Work,
}

/// What a task computes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Work {
    /// Factors of the layer by itself.
    Factors {
        /// Which settings they are for.
        factoring: Factoring,
        /// What the weights are fitted to.
        fit: Fit,
    },
    /// The layer behind those before it, front to back: all that the plan does up to and with it.
    Front(Plan),
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    /// The layer.
    pub layer: String,
    /// The method.
    pub method: MethodId,
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Whether the result is there.
    pub done: bool,
}

/// What has been computed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    task: Task,
    /// 0 where nothing is drawn.
    seed: u64,
}

#[derive(Default)]
pub(crate) struct FactorStore {
    done: HashMap<Key, Factored>,
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

/// What a candidate is of.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CandidateKey {
    pub layer: String,
    pub setting: Setting,
    pub values: Values,
    pub fit: Fit,
    pub seed: u64,
}

impl Task {
    fn key(&self, seed: u64) -> Key {
        let drawn = self.method.facts().has(MethodProperty::Drawn) || matches!(self.work, Work::Front(_));
        Key { task: self.clone(), seed: if drawn { seed } else { 0 } }
    }

    /// Whether calibration samples play no part in it.
    fn is_plain(&self) -> bool {
        matches!(self.work, Work::Factors { fit: Fit::Plain, .. })
    }
}

/// What the layer called `name` needs under `plan`; `None` where it is kept.
pub(crate) fn task(opened: &Opened, name: &str, plan: &Plan) -> Option<Task> {
    if !plan.changes(name) {
        return None;
    }
    let setting = plan.setting(name);
    if plan.fit != Fit::Sequential {
        return Some(factor_task(name, setting, plan.fit));
    }
    Some(Task { layer: name.into(), method: setting.method(), work: Work::Front(front(opened, name, plan)) })
}

/// The factors that `setting` needs of a layer that is fitted by itself.
pub(crate) fn factor_task(layer: &str, setting: Setting, fit: Fit) -> Task {
    let work = Work::Factors { factoring: setting.factoring(), fit };
    Task { layer: layer.into(), method: setting.method(), work }
}

/// What `plan` does up to and with a layer: all that it depends on where layers are fitted from front to back.
fn front(opened: &Opened, name: &str, plan: &Plan) -> Plan {
    let end = opened.layers.iter().position(|layer| layer.name == name).map_or(0, |at| at + 1);
    let names = || opened.layers[..end].iter().map(|layer| &layer.name).filter(|name| plan.changes(name));
    Plan {
        seed: plan.seed,
        fit: plan.fit,
        layers: collected(names().map(|name| (name.clone(), plan.setting(name)))),
        values: collected(names().map(|name| (name.clone(), plan.values_of(name)))),
    }
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
        let key = task.key(seed);
        match task.work {
            Work::Front(_) => self.fitted.contains_key(&key),
            Work::Factors { .. } => self.done.contains_key(&key),
        }
    }

    /// Forgets what was fitted to other calibration samples.
    pub(crate) fn forget_calibration(&mut self) {
        self.done.retain(|key, _| key.task.is_plain());
        self.learning.retain(|key, _| key.task.is_plain());
        self.fitted.clear();
        self.candidates.retain(|key, _| key.fit == Fit::Plain);
        (self.calibrated, self.profile, self.fitting) = (None, None, None);
    }

    /// What is left to do of `task`, which `plan` needs, gets one step shorter: tens of milliseconds, mostly.
    pub(crate) fn advance(
        &mut self,
        task: &Task,
        place: &Place,
        plan: &Plan,
    ) -> Result<TaskProgress, SessionError> {
        if self.has(task, plan.seed) {
            return Ok(progress(task, (1, 1)));
        }
        match task.work {
            Work::Front(_) => self.advance_fit(task.key(plan.seed), place, plan),
            Work::Factors { fit, .. } => {
                let setting = plan.setting(&task.layer);
                if factor_task(&task.layer, setting, fit) != *task {
                    return Err(SessionError::not_factored(&task.layer));
                }
                self.advance_factors(place, setting, (fit, plan.seed))
            }
        }
    }

    /// One step of the factors that `setting` needs, with calibration first where the fit asks for it.
    pub(crate) fn advance_factors(
        &mut self,
        place: &Place,
        setting: Setting,
        (fit, seed): (Fit, u64),
    ) -> Result<TaskProgress, SessionError> {
        let task = &factor_task(&place.layer.name, setting, fit);
        if fit == Fit::Calibrated && self.calibrated.is_none() {
            return self.advance_profile(task, place);
        }
        let failed = |source: LinalgError| CompressError::Linalg { layer: task.layer.clone(), source };
        let key = task.key(seed);
        self.prepare(place);
        let started = self.learning.remove(&key);
        let objective =
            self.objective(&task.layer, fit).ok_or_else(|| SessionError::not_factored(&task.layer))?;
        let mut learning = match started {
            Some(learning) => learning,
            None => Learning::start(setting, place.weight, objective, seed).map_err(failed)?,
        };
        let steps = learning.progress().1;
        if let Some(factored) = learning.step() {
            self.done.insert(key, factored);
            return Ok(progress(task, (steps, steps)));
        }
        let done = learning.progress();
        self.learning.insert(key, learning);
        Ok(progress(task, done))
    }

    fn advance_profile(&mut self, task: &Task, place: &Place) -> Result<TaskProgress, SessionError> {
        let calibration = place.calibration.ok_or_else(|| SessionError::not_factored(&task.layer))?;
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
        let task = key.task.clone();
        let calibration = place.calibration.ok_or_else(|| SessionError::not_factored(&task.layer))?;
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
            let task = task(place.opened, &layer.name, plan)
                .ok_or_else(|| SessionError::not_factored(&layer.name))?;
            let fitted = self
                .fitted
                .get(&task.key(plan.seed))
                .ok_or_else(|| SessionError::not_factored(&layer.name))?;
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
    pub(crate) fn factors(&self, task: &Task, seed: u64) -> Option<&Factored> {
        self.done.get(&task.key(seed))
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
        let bug = || SessionError::not_factored(&layer.name);
        let task = task(opened, &layer.name, plan).ok_or_else(bug)?;
        let key = task.key(plan.seed);
        let Work::Factors { fit, .. } = task.work else {
            return self.fitted.get(&key).cloned().ok_or_else(bug);
        };
        let weight = layer.weight.as_ref().map_err(|_| bug())?;
        let objective = self.objective(&layer.name, fit).ok_or_else(bug)?;
        let factored = self.done.get(&key).ok_or_else(bug)?;
        let (setting, values) = (plan.setting(&layer.name), plan.values_of(&layer.name));
        let parts = apply(factored, setting, Target { weight, objective, values }).ok_or_else(bug)?;
        let output_error = objective.output_error(weight, &parts);
        Ok(Fitted { output_error, parts, evidence: objective.evidence })
    }

    /// What `setting` stores in place of the layer called `name`, as factors of any seed and fit say where that
    /// is known no sooner.
    pub(crate) fn stages(&self, name: &str, setting: Setting, weight: &Weight) -> Stages {
        let known = || {
            let mut own = self.done.iter().filter(|(key, _)| key.task.layer == name);
            own.find_map(|(_, factored)| factored.stages(setting, weight))
        };
        let learned = setting.method().facts().has(MethodProperty::Learned).then(known).flatten();
        learned.unwrap_or_else(|| setting.stages(weight))
    }

    /// The singular values that `task` has given, falling.
    pub(crate) fn spectrum(&self, task: &Task) -> Vec<f32> {
        let mut values = self.factors(task, 0).map(Factored::spectrum).unwrap_or_default();
        values.sort_by(f32::total_cmp);
        values.reverse();
        values
    }
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
