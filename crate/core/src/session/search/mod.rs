//! Fit to budget: tables of candidates, sensitivities, a selection under limits, a fit from front to
//! back, and a short search around it. One step at a time, so that a worker can stop in between.

mod request;

pub use request::{Binding, Fixed, FrontPoint, SearchProgress, SearchRequest, SearchStage};

use super::calibration::Calibration;
use super::factors::{FactorStore, Place};
use super::judge::Judge;
use super::tables::{self, Allowed, Trial};
use super::{HeldOut, Opened, SessionError, factors};
use crate::compress::{CompressError, Fit, Plan, Setting, Values};
use crate::cost;
use crate::dataset::Metric;
use crate::search::{Candidate, Effect, Limit, Limits, NoPlan, Selection, Table, choose, front};
use std::collections::VecDeque;

/// Relative output errors at which a layer's effect on the classes is measured.
const PROBED: [f64; 7] = [0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.9];
/// Fits around the first one that are tried.
const TRIES: usize = 6;
/// Halvings of the range of bytes when a loss is the limit.
const HALVINGS: usize = 6;

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

    /// Chooses anew with the middle of the range of bytes (in ratio) as limit.
    fn aim(&mut self, limits: Limits) {
        let (low, high) = (self.range.0.max(1) as f64, self.range.1.max(1) as f64);
        let bytes = Some((low * high).sqrt() as usize);
        self.current = choose(&self.tables, Limits { bytes, ..limits }).ok().map(|found| found.0);
    }

    fn step_fit(&mut self, bench: &mut Bench) -> Result<Option<String>, SessionError> {
        let Some(selection) = self.current.clone() else {
            self.stage = SearchStage::Done;
            return Ok(None);
        };
        let plan = self.plan(&selection);
        let opened = bench.opened;
        let wanted = opened.layers.iter().filter_map(|l| factors::task(opened, &l.name, &plan));
        let task = wanted.into_iter().find(|task| !bench.store.has(task, plan.seed));
        if let Some(task) = task {
            let (layer, weight) = (opened.layer(&task.layer)?, opened.weight(&task.layer)?);
            let place = Place { opened, layer, weight, calibration: bench.calibration };
            bench.store.advance(&task, &place, &plan)?;
            return Ok(Some(task.layer));
        }
        self.judge_fit(bench, selection, &plan)?;
        Ok(None)
    }

    /// Scores what has been fitted, and chooses what to fit next.
    fn judge_fit(&mut self, bench: &Bench, selection: Selection, plan: &Plan) -> Result<(), SessionError> {
        let limits = self.limits(bench.opened);
        let fitted = bench.store.fitted(bench.opened, plan)?;
        let own = fitted.iter().filter_map(|(layer, fitted)| {
            let weight = layer.weight.as_ref().ok()?;
            let before = cost::original(&bench.opened.graph, layer).bytes;
            Some((cost::compressed(&bench.opened.graph, layer, weight, &fitted.parts).bytes, before))
        });
        let kept: usize =
            bench.opened.layers.iter().map(|l| cost::original(&bench.opened.graph, l).bytes).sum();
        let bytes = own.fold(kept, |sum, (now, before)| sum - before + now);
        if let Some(most) = limits.bytes.filter(|most| bytes > *most) {
            // A layer without biases may have been given some: the next choice leaves room for them.
            self.room += bytes - most;
            let next = choose(&self.tables, self.limits(bench.opened)).map(|found| found.0);
            self.current = Some(next.map_err(|none| no_plan(bench.opened, &none))?);
            return Ok(());
        }
        let Some(judge) = self.judge.as_mut() else {
            let worth = selection.loss;
            self.best = Some(Tried { selection, worth, lost: None });
            self.current = None;
            return Ok(());
        };
        let model = bench.opened.whole(&factors::parts_of(&fitted))?;
        let lost = judge.points_lost(model.clone())?;
        let divergence = judge.divergence(model)?;
        // Labelled samples decide by classes, the divergence between equals.
        let worth = if judge.has_labels() { lost + divergence } else { divergence };
        self.tried.push(selection.picks.clone());
        if let Some(most) = self.request.max_loss {
            self.halve(selection, lost, most, limits);
            return Ok(());
        }
        let first = selection.clone();
        // A model that gives no numbers is worth nothing.
        if worth.is_finite() && self.best.as_ref().is_none_or(|best| worth < best.worth) {
            self.best = Some(Tried { selection, worth, lost: Some(lost) });
        }
        let next_to = self.best.as_ref().map_or(first, |best| best.selection.clone());
        self.stage = SearchStage::Refine;
        self.tries += 1;
        let next = self.neighbour(&next_to, limits);
        self.current = next.filter(|_| self.request.refine && self.tries <= TRIES);
        if self.current.is_none() && self.best.is_none() {
            let reason = "the outputs of every plan that was fitted are not numbers".into();
            return Err(CompressError::NoPlan { reason }.into());
        }
        Ok(())
    }

    /// Narrows the range of bytes: the smallest plan that loses at most `most` points.
    fn halve(&mut self, selection: Selection, lost: f64, most: f64, limits: Limits) {
        self.stage = SearchStage::Refine;
        self.tries += 1;
        let bytes = selection.bytes;
        if lost <= most {
            self.range.1 = bytes.min(self.range.1);
            let smaller = self.best.as_ref().is_none_or(|best| bytes < best.selection.bytes);
            if smaller {
                self.best = Some(Tried { worth: bytes as f64, selection, lost: Some(lost) });
            }
        } else {
            self.range.0 = bytes.max(self.range.0);
        }
        let closed = self.range.1 <= self.range.0 + self.range.0 / 50;
        if self.tries > HALVINGS || closed {
            self.current = None;
            return;
        }
        self.aim(limits);
        let again = self.current.as_ref().is_some_and(|c| self.tried.contains(&c.picks));
        if again {
            self.current = None;
        }
    }

    /// The untried selection next to `best`, within the limits, with the least expected loss:
    /// one layer gives up bytes, another takes them.
    fn neighbour(&self, best: &Selection, limits: Limits) -> Option<Selection> {
        let mut found: Option<Selection> = None;
        let mut offer = |picks: Vec<usize>| {
            let selection = Selection::of(&self.tables, picks);
            let allowed = selection.fits(limits) && !self.tried.contains(&selection.picks);
            if allowed && found.as_ref().is_none_or(|f| selection.loss < f.loss) {
                found = Some(selection);
            }
        };
        let moves = |layer: usize| -> Vec<usize> {
            let at = best.picks[layer];
            let near = at.saturating_sub(2)..(at + 3).min(self.tables[layer].candidates.len());
            near.filter(|to| *to != at).collect()
        };
        for a in 0..self.tables.len() {
            for to_a in moves(a) {
                let mut picks = best.picks.clone();
                picks[a] = to_a;
                offer(picks.clone());
                for b in (0..self.tables.len()).filter(|b| *b != a) {
                    for to_b in moves(b) {
                        let mut both = picks.clone();
                        both[b] = to_b;
                        offer(both);
                    }
                }
            }
        }
        found
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

/// That no plan stays within the limits, for the whole model.
fn no_plan(opened: &Opened, none: &NoPlan) -> SessionError {
    let other = cost::others(&opened.graph, &opened.layers).bytes as u64;
    let (what, add) = match none.limit {
        Limit::Bytes => ("bytes of weights", other),
        Limit::Macs => ("multiply-accumulates", 0),
        Limit::Ram => ("bytes of activations", 0),
    };
    let reason = format!(
        "the smallest plan has {} {what}, the limit is {}; layer '{}' needs the most",
        none.least + add,
        none.most + add,
        none.layer
    );
    CompressError::NoPlan { reason }.into()
}
