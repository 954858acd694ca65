//! Fit to budget: tables of candidates, sensitivities, a selection under limits, a fit from front to
//! back, and a short search around it. One step at a time, so that a worker can stop in between.

mod fit;
mod request;

pub use request::{Binding, Fixed, FrontPoint, SearchProgress, SearchRequest, SearchStage};

use fit::no_plan;

use super::calibration::Calibration;
use super::factors::{self, FactorStore, Place};
use super::held_out::HeldOut;
use super::judge::Judge;
use super::tables::{self, Allowed, Trial};
use crate::compress::{Fit, Plan, Setting, Values};
use crate::cost;
use crate::dataset::Metric;
use crate::search::{Candidate, Effect, Limit, Limits, Selection, Table, choose, front};
use crate::session::{Opened, SessionError};
use std::collections::VecDeque;

/// Relative output errors at which a layer's effect on the classes is measured.
const PROBED: [f64; 7] = [0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9];
/// Fits around the first one that are tried.
const TRIES: usize = 6;

/// See the module.
pub(crate) struct Search {
    request: SearchRequest,
    tables: Vec<Table>,
    trials: VecDeque<Trial>,
    trial_count: usize,
    probes: VecDeque<(usize, usize)>,
    probe_count: usize,
    /// Per layer: squared errors and the divergence that they cause.
    effects: Vec<Vec<(f64, f64)>>,
    judge: Option<Judge>,
    stage: SearchStage,
    front: Vec<Selection>,
    binding: Vec<Limit>,
    current: Option<Selection>,
    /// The best selection that was fitted, what it lost, and its plan.
    best: Option<Tried>,
    tried: Vec<Vec<usize>>,
    tries: usize,
    range: (usize, usize),
    /// Bytes that fits have taken beyond what the tables said.
    room: usize,
}

#[derive(Clone)]
struct Tried {
    selection: Selection,
    /// What the search minimises.
    worth: f64,
    lost: Option<f64>,
}

/// The parts of a session that a search works with.
pub(crate) struct Bench<'a> {
    pub opened: &'a Opened,
    pub store: &'a mut FactorStore,
    pub calibration: Option<&'a Calibration>,
}

/// Whether a candidate leaves its layer as it is.
fn is_kept(candidate: &Candidate) -> bool {
    candidate.setting == Setting::Keep && candidate.values == Values::Float
}

impl Search {
    pub(crate) fn new(request: SearchRequest, bench: &Bench, judge: Option<Judge>) -> Self {
        let opened = bench.opened;
        let mut search = Self {
            tables: Vec::new(),
            trials: VecDeque::new(),
            trial_count: 0,
            probes: VecDeque::new(),
            probe_count: 0,
            effects: vec![Vec::new(); opened.layers.len()],
            judge,
            stage: SearchStage::Tables,
            front: Vec::new(),
            binding: Vec::new(),
            current: None,
            best: None,
            tried: Vec::new(),
            tries: 0,
            range: (0, 0),
            room: 0,
            request,
        };
        for layer in &opened.layers {
            search.tables.push(tables::fixed(layer, tables::kept(opened, layer)));
            let trials = match search.request.locked.get(&layer.name) {
                Some(fixed) if fixed.setting == Setting::Keep && fixed.values == Values::Float => Vec::new(),
                Some(fixed) => {
                    let (setting, values) = (fixed.setting, vec![fixed.values]);
                    vec![Trial { layer: layer.name.clone(), setting, values }]
                }
                None => tables::trials(opened, layer, search.allowed()),
            };
            search.trials.extend(trials);
        }
        search.trial_count = search.trials.len();
        search
    }

    fn allowed(&self) -> Allowed<'_> {
        let SearchRequest { methods, values, blocks, .. } = &self.request;
        Allowed { methods, values, blocks }
    }

    /// The fit that errors are measured behind: that of single layers.
    fn table_fit(&self) -> Fit {
        if self.request.fit == Fit::Plain { Fit::Plain } else { Fit::Calibrated }
    }

    fn limits(&self, opened: &Opened) -> Limits {
        let other = cost::others(&opened.graph, &opened.layers).bytes;
        Limits {
            bytes: self.request.bytes.map(|most| most.saturating_sub(other + self.room)),
            macs: self.request.macs,
            ram_bytes: self.request.ram_bytes,
        }
    }

    /// One step: tens of milliseconds, or the fit of one layer.
    ///
    /// # Errors
    /// No plan stays within the limits, or a layer cannot be factored.
    pub(crate) fn step(&mut self, bench: &mut Bench) -> Result<SearchProgress, SessionError> {
        let layer = match self.stage {
            SearchStage::Tables => self.step_tables(bench)?,
            SearchStage::Sensitivity => self.step_sensitivity(bench)?,
            SearchStage::Fit | SearchStage::Refine => self.step_fit(bench)?,
            SearchStage::Done => None,
        };
        Ok(self.progress(bench.opened, layer))
    }

    fn step_tables(&mut self, bench: &mut Bench) -> Result<Option<String>, SessionError> {
        let Some(trial) = self.trials.front() else {
            self.start_sensitivity();
            return Ok(None);
        };
        let opened = bench.opened;
        let name = trial.layer.clone();
        let (layer, weight) = (opened.layer(&name)?, opened.weight(&name)?);
        let place = Place { opened, layer, weight, calibration: bench.calibration };
        let fit = (self.table_fit(), self.request.seed);
        if let Some(found) = tables::advance(bench.store, trial, &place, fit)? {
            let locked = self.request.locked.contains_key(&name);
            let float = self.request.values.contains(&Values::Float);
            if let Some(table) = self.tables.iter_mut().find(|table| table.layer == name) {
                let first = table.candidates.iter().all(is_kept);
                if !found.is_empty() && (locked || !float && first) {
                    table.candidates.clear();
                }
                table.candidates.extend(found);
            }
            self.trials.pop_front();
        }
        Ok(Some(name))
    }

    fn start_sensitivity(&mut self) {
        self.stage = SearchStage::Sensitivity;
        if self.judge.is_none() {
            return;
        }
        for (index, table) in self.tables.iter().enumerate() {
            for wanted in PROBED {
                let distance = |at: &usize| (table.candidates[*at].squared_error.sqrt() - wanted).abs();
                let nearest = (0..table.candidates.len()).min_by(|a, b| distance(a).total_cmp(&distance(b)));
                let new =
                    |at: &usize| !is_kept(&table.candidates[*at]) && !self.probes.contains(&(index, *at));
                self.probes.extend(nearest.filter(new).map(|at| (index, at)));
            }
        }
        self.probe_count = self.probes.len();
    }

    fn step_sensitivity(&mut self, bench: &mut Bench) -> Result<Option<String>, SessionError> {
        let (Some((index, at)), Some(judge)) = (self.probes.pop_front(), self.judge.as_mut()) else {
            self.start_fit(bench)?;
            return Ok(None);
        };
        let table = &self.tables[index];
        let candidate = &table.candidates[at];
        let plan = Plan {
            seed: self.request.seed,
            fit: if self.request.fit == Fit::Plain { Fit::Plain } else { Fit::Calibrated },
            layers: [(table.layer.clone(), candidate.setting)].into(),
            values: [(table.layer.clone(), candidate.values)].into(),
        };
        let fitted = bench.store.fitted(bench.opened, &plan)?;
        let model = bench.opened.whole(&factors::parts_of(&fitted))?;
        let divergence = judge.divergence(model)?;
        let error = candidate.squared_error;
        self.effects[index].push((error, divergence));
        Ok(Some(table.layer.clone()))
    }

    /// Puts the sensitivities into the tables, and chooses.
    fn start_fit(&mut self, bench: &Bench) -> Result<(), SessionError> {
        for (table, effects) in self.tables.iter_mut().zip(&self.effects) {
            let effect = Effect::of(effects);
            for candidate in &mut table.candidates {
                candidate.loss = effect.at(candidate.squared_error);
            }
            table.reduce();
        }
        self.front = front(&self.tables);
        let limits = self.limits(bench.opened);
        let (selection, binding) =
            choose(&self.tables, limits).map_err(|none| no_plan(bench.opened, &none))?;
        self.binding = binding;
        self.range = (self.front.first().map_or(0, |s| s.bytes), selection.bytes);
        self.current = Some(selection);
        if self.request.max_loss.is_some() && self.judge.is_some() {
            self.aim(limits);
        }
        self.stage = SearchStage::Fit;
        Ok(())
    }

    fn plan(&self, selection: &Selection) -> Plan {
        let mut plan = Plan { seed: self.request.seed, fit: self.request.fit, ..Plan::default() };
        for (table, &pick) in self.tables.iter().zip(&selection.picks) {
            let candidate = &table.candidates[pick];
            if candidate.setting != Setting::Keep {
                plan.layers.insert(table.layer.clone(), candidate.setting);
            }
            if candidate.values != Values::Float {
                plan.values.insert(table.layer.clone(), candidate.values);
            }
        }
        plan
    }

    /// Whether labelled samples have chosen `plan`.
    pub(crate) fn chose_by_labels(&self, plan: &Plan) -> bool {
        let labelled = self.judge.as_ref().is_some_and(Judge::has_labels);
        labelled && self.best.as_ref().is_some_and(|best| self.plan(&best.selection) == *plan)
    }

    /// Whether what the plan loses on samples that had no part in it is more than was allowed.
    ///
    /// A class that changes need not be a point lost: of samples whose class was wrong before, all may change,
    /// and as many may become right as become wrong elsewhere. What labels allow is missed where more change
    /// than that can explain.
    pub(crate) fn misses(&self, found: &HeldOut) -> bool {
        let (Some(most), Some(judge)) = (self.request.max_loss, &self.judge) else { return false };
        match (judge.has_labels(), judge.wrong_before()) {
            (false, _) => found.lost > most,
            (true, Some(wrong)) => {
                found.score.interval().is_some_and(|(_, same)| 100.0 - same > most + 2.0 * wrong)
            }
            (true, None) => false,
        }
    }

    fn progress(&self, opened: &Opened, layer: Option<String>) -> SearchProgress {
        let other = cost::others(&opened.graph, &opened.layers).bytes;
        let (step, steps) = match self.stage {
            SearchStage::Tables => (self.trial_count - self.trials.len(), self.trial_count),
            SearchStage::Sensitivity => (self.probe_count - self.probes.len(), self.probe_count),
            SearchStage::Fit => (0, 1),
            SearchStage::Refine => (self.tries.min(TRIES), TRIES),
            SearchStage::Done => (1, 1),
        };
        let point = |s: &Selection| FrontPoint { bytes: s.bytes + other, macs: s.macs, loss: s.loss };
        let shown = self.best.as_ref().map(|best| &best.selection).or(self.current.as_ref());
        SearchProgress {
            stage: self.stage,
            layer,
            step,
            steps,
            front: self.front.iter().map(point).collect(),
            plan: shown.map(|selection| self.plan(selection)),
            // A limit on loss is what the size was halved against; the others only bounded it.
            binding: match self.request.max_loss {
                Some(_) => vec![Binding::Loss],
                None => self.binding.iter().copied().map(Binding::from).collect(),
            },
            lost: self.best.as_ref().and_then(|best| best.lost),
            metric: self.judge.as_ref().map_or(Metric::Agreement, Judge::metric),
            labelled: self.judge.as_ref().is_some_and(Judge::has_labels),
            samples: self.judge.as_ref().map_or(0, Judge::samples),
            held_out: None,
            missed: false,
        }
    }
}
