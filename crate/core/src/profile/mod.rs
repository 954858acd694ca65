//! What calibration samples say of each layer: second moments of its inputs, streamed.
//!
//! Memory is bounded by the layers' sizes, not by the number of samples; rows are kept only where a
//! fit asks for them, and then at most 64 MB.

mod patches;
mod ranges;

pub use ranges::RangeRun;

use crate::compress::{Objective, Seen};
use crate::evaluate::Activations;
use crate::graph::{Graph, Layer, Weight};
use ndarray::{Array2, Axis, concatenate};
use patches::Cut;
use sepal_linalg::Moments;

/// Inputs of a matrix above which no moments are gathered: their square would take over 64 MB.
const MOST_INPUTS: usize = 4096;
/// Rows that are looked at for a matrix of few inputs.
const FEWEST_ROWS: usize = 10_000;
/// Rows per input that are looked at for larger ones.
const ROWS_PER_INPUT: usize = 40;
/// Most values of kept rows: 64 MB.
const KEPT_VALUES: usize = 16_000_000;
/// One batch in so many is held out, to check fits on.
const HELD_OUT: usize = 5;

/// Gathers what one layer sees.
pub struct LayerProfile {
    cut: Cut,
    seen: Vec<Seen>,
    /// Rows of each sample that are looked at.
    rows_per_sample: usize,
    batches: usize,
    kept: Option<Kept>,
}

/// Rows kept for fits that look at single outputs: per group, inputs seen and wanted outputs before
/// the bias.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Rows x inputs, per group.
    pub inputs: Vec<Array2<f32>>,
    /// Rows x outputs, per group.
    pub outputs: Vec<Array2<f32>>,
    /// The rows of each batch, until they are joined.
    parts: Vec<Part>,
    values: usize,
}

/// Rows of one batch, per group.
#[derive(Clone, Debug, Default)]
struct Part {
    inputs: Vec<Array2<f32>>,
    outputs: Vec<Array2<f32>>,
}

impl LayerProfile {
    /// A profile of `layer` over `samples` samples. With `shifted`, the inputs that it will see differ
    /// from the original ones; with `keep`, rows are kept. `None` where the layer cannot be profiled.
    pub fn new(graph: &Graph, layer: &Layer, samples: usize, shifted: bool, keep: bool) -> Option<Self> {
        let weight = layer.weight.as_ref().ok()?;
        let inputs = weight.group_shape().1;
        if inputs > MOST_INPUTS || weight.sparse {
            return None;
        }
        let cut = Cut::of(graph, layer, weight)?;
        let wanted = FEWEST_ROWS.max(ROWS_PER_INPUT * inputs);
        let moments = || Moments::new(inputs, shifted);
        let seen = (0..weight.groups()).map(|_| Seen { fitted: moments(), held_out: moments() }).collect();
        let rows_per_sample = wanted.div_ceil(samples.max(1)).max(1);
        Some(Self { cut, seen, rows_per_sample, batches: 0, kept: keep.then(Kept::default) })
    }

    /// Adds a batch of the layer's input: as it will be seen, and as it was where that differs.
    /// Whether it had the shape that the layer needs.
    pub fn add(&mut self, weight: &Weight, seen: &Activations, original: Option<&Activations>) -> bool {
        let turn = self.batches;
        self.batches += 1;
        let held_out = turn % HELD_OUT == HELD_OUT - 1;
        let mut kept = Part::default();
        for group in 0..weight.groups() {
            let cut = |batch: &Activations| self.cut.rows(batch, group, self.rows_per_sample, turn);
            let Some(rows) = cut(seen) else { return false };
            let before = match original.map(cut) {
                None => None,
                Some(Some(rows)) => Some(rows),
                Some(None) => return false,
            };
            let weights = weight.group(group);
            if rows.ncols() != weights.ncols() {
                return false;
            }
            let own = &mut self.seen[group];
            let moments = if held_out { &mut own.held_out } else { &mut own.fitted };
            moments.add(rows.view(), before.as_ref().map(|b| b.view()), weights.view());
            if self.kept.is_some() && !held_out {
                let outputs = before.as_ref().unwrap_or(&rows).dot(&weights.t());
                kept.inputs.push(rows);
                kept.outputs.push(outputs);
            }
        }
        if let Some(store) = self.kept.as_mut().filter(|_| !held_out) {
            store.push(kept);
        }
        true
    }

    /// The objective of the layer, and the rows that were kept where they are of use.
    pub fn objective(self, weight: &Weight) -> (Objective, Option<Kept>) {
        let mut seen = self.seen;
        for own in &mut seen {
            // Too few batches to hold one out.
            if own.held_out.rows == 0.0 {
                own.held_out = own.fitted.clone();
            }
        }
        let objective = Objective::calibrated(weight, seen, weight.bias.is_some());
        let kept = self.kept.filter(|_| objective.is_calibrated()).map(Kept::joined);
        (objective, kept)
    }
}

impl Kept {
    fn push(&mut self, part: Part) {
        let values: usize = part.inputs.iter().chain(&part.outputs).map(Array2::len).sum();
        if self.values + values <= KEPT_VALUES {
            self.values += values;
            self.parts.push(part);
        }
    }

    fn joined(self) -> Self {
        let groups = self.parts.first().map_or(0, |part| part.inputs.len());
        let join = |side: fn(&Part) -> &Vec<Array2<f32>>, group: usize| {
            let views: Vec<_> = self.parts.iter().map(|part| side(part)[group].view()).collect();
            concatenate(Axis(0), &views).unwrap_or_default()
        };
        let inputs = (0..groups).map(|g| join(|part| &part.inputs, g)).collect();
        let outputs = (0..groups).map(|g| join(|part| &part.outputs, g)).collect();
        Self { inputs, outputs, parts: Vec::new(), values: self.values }
    }
}
