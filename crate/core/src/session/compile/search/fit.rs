//! Plans that are fitted one after the other: the one that the tables choose, and those around it.

use super::{Bench, Search, SearchStage, TRIES, Tried};
use crate::compress::{CompressError, Plan};
use crate::cost;
use crate::search::{Limit, Limits, NoPlan, Selection, choose};
use crate::session::compile::factors::{self, Place};
use crate::session::{Opened, SessionError};

/// Halvings of the range of bytes when a loss is the limit.
const HALVINGS: usize = 6;

impl Search {
    /// Chooses anew with the middle of the range of bytes (in ratio) as limit.
    pub(super) fn aim(&mut self, limits: Limits) {
        let (low, high) = (self.range.0.max(1) as f64, self.range.1.max(1) as f64);
        let bytes = Some((low * high).sqrt() as usize);
        self.current = choose(&self.tables, Limits { bytes, ..limits }).ok().map(|found| found.0);
    }

    pub(super) fn step_fit(&mut self, bench: &mut Bench) -> Result<Option<String>, SessionError> {
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
}

/// That no plan stays within the limits, for the whole model.
pub(super) fn no_plan(opened: &Opened, none: &NoPlan) -> SessionError {
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
