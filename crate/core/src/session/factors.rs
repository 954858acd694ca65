//! Factors that have been computed, and dictionaries that are being learned.

use super::{Opened, SessionError};
use crate::compress::{
    CompressError, Factors, Learning, Method, Pair, Plan, Setting, apply, factor, non_zero_limit,
};
use crate::graph::{Layer, Weight};
use crate::linalg::LinalgError;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// One factorisation that has not been done yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Task {
    /// The layer.
    pub layer: String,
    /// The method.
    pub method: Method,
    /// Atoms of a dictionary; 0 for methods that factor once for all ranks.
    pub rank: usize,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TaskProgress {
    /// The layer.
    pub layer: String,
    /// The method.
    pub method: Method,
    /// Atoms, or 0.
    pub rank: usize,
    /// Steps done.
    pub step: usize,
    /// Steps in all.
    pub steps: usize,
    /// Whether the factors are there.
    pub done: bool,
}

/// Task and seed (0 where nothing is drawn).
type Key = (Task, u64);

#[derive(Default)]
pub(crate) struct FactorStore {
    done: HashMap<Key, Factors>,
    learning: HashMap<Key, Learning>,
}

/// What `setting` needs, `None` for keep.
pub(crate) fn task(layer: &str, setting: Setting) -> Option<Task> {
    let rank = match setting {
        Setting::Keep => return None,
        Setting::Dictionary { atoms, .. } => atoms,
        Setting::LowRank { .. } | Setting::Separation { .. } => 0,
    };
    Some(Task { layer: layer.into(), method: setting.method(), rank })
}

fn key(task: &Task, seed: u64) -> Key {
    (task.clone(), if task.method == Method::Dictionary { seed } else { 0 })
}

impl FactorStore {
    pub(crate) fn has(&self, task: &Task, seed: u64) -> bool {
        self.done.contains_key(&key(task, seed))
    }

    pub(crate) fn get(&self, layer: &str, setting: Setting, seed: u64) -> Option<&Factors> {
        self.done.get(&key(&task(layer, setting)?, seed))
    }

    pub(crate) fn advance(
        &mut self,
        task: &Task,
        weight: &Weight,
        seed: u64,
    ) -> Result<TaskProgress, SessionError> {
        let failed = |source: LinalgError| CompressError::Linalg { layer: task.layer.clone(), source };
        let key = key(task, seed);
        if self.done.contains_key(&key) {
            return Ok(progress(task, (1, 1)));
        }
        if let Some(factors) = factor(task.method, weight).map_err(failed)? {
            self.done.insert(key, factors);
            return Ok(progress(task, (1, 1)));
        }
        let mut learning = match self.learning.remove(&key) {
            Some(learning) => learning,
            None => Learning::start(weight, task.rank, seed).map_err(failed)?,
        };
        let steps = learning.progress().1;
        if let Some(factors) = learning.step(weight) {
            self.done.insert(key, factors);
            return Ok(progress(task, (steps, steps)));
        }
        let done = learning.progress();
        self.learning.insert(key, learning);
        Ok(progress(task, done))
    }

    /// The layers that `plan` changes, with their replacements.
    pub(crate) fn pairs<'a>(
        &self,
        opened: &'a Opened,
        plan: &Plan,
    ) -> Result<Vec<(&'a Layer, Pair)>, SessionError> {
        let changed = opened.layers.iter().filter(|l| plan.setting(&l.name) != Setting::Keep);
        changed
            .map(|layer| {
                let setting = plan.setting(&layer.name);
                let factors = self.get(&layer.name, setting, plan.seed);
                let pair = factors.zip(layer.weight.as_ref().ok()).and_then(|(f, w)| apply(f, w, setting));
                let pair = pair.ok_or_else(|| CompressError::NotFactored(layer.name.clone()))?;
                Ok((layer, pair))
            })
            .collect()
    }

    /// Non-zeros of the learned code of `atoms` atoms at each allowed number per column, any seed.
    pub(crate) fn learned_nonzeros(&self, layer: &str, atoms: usize) -> Option<Vec<usize>> {
        let task = task(layer, Setting::Dictionary { atoms, nonzeros: 0 })?;
        let found = self.done.iter().find(|(key, _)| key.0 == task)?;
        match found.1 {
            Factors::Dictionary(_, path) => {
                Some((1..=non_zero_limit(atoms)).map(|n| path.nonzeros(n)).collect())
            }
            _ => None,
        }
    }

    pub(crate) fn spectrum(&self, layer: &str) -> Vec<f32> {
        let mut values = match self.get(layer, Setting::LowRank { rank: 1 }, 0) {
            Some(Factors::LowRank(svds)) => svds.iter().flat_map(|svd| svd.values.to_vec()).collect(),
            _ => Vec::new(),
        };
        values.sort_by(|a: &f32, b| b.total_cmp(a));
        values
    }
}

fn progress(task: &Task, (step, steps): (usize, usize)) -> TaskProgress {
    TaskProgress {
        layer: task.layer.clone(),
        method: task.method,
        rank: task.rank,
        step,
        steps,
        done: step >= steps,
    }
}
