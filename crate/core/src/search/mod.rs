//! Which setting for which layer: from a table of candidates per layer to a plan under limits.
//!
//! A layer's candidates carry what they cost and what they are expected to lose; losses of layers
//! add up (they are second-order effects of small, nearly independent errors). Nothing here knows
//! how candidates come about or how models are run.

mod choose;
mod effect;
mod front;
#[cfg(test)]
pub(crate) mod testing;

pub use choose::{Limit, NoPlan, choose};
pub use effect::Effect;
pub use front::front;

use crate::compress::{Setting, Values};
use crate::cost::Cost;
use sepal_linalg::sort_by;

/// One way to treat one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// What is done to it.
    pub setting: Setting,
    /// How its values are stored.
    pub values: Values,
    /// What the layer then costs.
    pub cost: Cost,
    /// Peak bytes of activations while the layer runs.
    pub ram_bytes: usize,
    /// Error of its output relative to the output, squared; without calibration, of its weights.
    pub squared_error: f64,
    /// Expected loss: what [`Effect`] says of the squared error.
    pub loss: f64,
}

/// The candidates of one layer, at least one.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// The layer's name.
    pub layer: String,
    /// Its candidates.
    pub candidates: Vec<Candidate>,
}

impl Table {
    /// Drops every candidate that another one beats or equals in all of bytes, MACs, RAM and loss; the
    /// first of equals stays. What is left rises in bytes.
    pub fn reduce(&mut self) {
        let all = std::mem::take(&mut self.candidates);
        let beats = |a: &Candidate, b: &Candidate| {
            a.cost.bytes <= b.cost.bytes
                && a.cost.macs <= b.cost.macs
                && a.ram_bytes <= b.ram_bytes
                && a.loss <= b.loss
        };
        for candidate in all {
            if self.candidates.iter().any(|kept| beats(kept, &candidate)) {
                continue;
            }
            self.candidates.retain(|kept| !beats(&candidate, kept));
            self.candidates.push(candidate);
        }
        sort_by(&mut self.candidates, |a, b| {
            let key = |c: &Candidate| (c.cost.bytes, c.cost.macs, c.ram_bytes);
            key(a).cmp(&key(b))
        });
    }
}

/// What a plan must not exceed; for the whole model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of stored weights.
    pub bytes: Option<usize>,
    /// Multiply-accumulates.
    pub macs: Option<u64>,
    /// Peak bytes of activations.
    pub ram_bytes: Option<usize>,
}

/// One candidate for each table, by index, and what they come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Selection {
    /// Index into each table's candidates.
    pub picks: Vec<usize>,
    /// Bytes of all layers.
    pub bytes: usize,
    /// Multiply-accumulates of all layers.
    pub macs: u64,
    /// The largest RAM of any.
    pub ram_bytes: usize,
    /// Sum of the expected losses.
    pub loss: f64,
}

impl Selection {
    /// What `picks` come to.
    pub fn of(tables: &[Table], picks: Vec<usize>) -> Self {
        let (mut bytes, mut macs, mut ram_bytes, mut loss) = (0, 0, 0, 0.0);
        for (table, &pick) in tables.iter().zip(&picks) {
            let candidate = &table.candidates[pick];
            bytes += candidate.cost.bytes;
            macs += candidate.cost.macs;
            ram_bytes = ram_bytes.max(candidate.ram_bytes);
            loss += candidate.loss;
        }
        Self { picks, bytes, macs, ram_bytes, loss }
    }

    /// Whether it stays within `limits`.
    pub fn fits(&self, limits: Limits) -> bool {
        limits.bytes.is_none_or(|most| self.bytes <= most)
            && limits.macs.is_none_or(|most| self.macs <= most)
            && limits.ram_bytes.is_none_or(|most| self.ram_bytes <= most)
    }
}
