//! Which tensors live when, and where they and the scratch of operations lie in the arena.

use super::choice::{Choices, scratch_bytes};
use super::program::{Border, Operation, Program, TensorId};
use crate::schedule::{Block, Layout, peak, place};

/// Where tensors and scratch lie.
pub(super) struct Rooms {
    pub layout: Layout,
    /// Index of the scratch of each operation among the blocks, where it has one.
    pub scratch: Vec<Option<usize>>,
    /// Tensors whose border is filled, and before which step.
    pub fills: Vec<(usize, TensorId)>,
    /// The step with the fullest arena.
    pub peak: usize,
}

impl Rooms {
    /// `choices` are those of all operations.
    pub(super) fn new(program: &Program, choices: &[Choices]) -> Self {
        let steps = program.operations.len();
        let mut blocks: Vec<Block> = program
            .tensors
            .iter()
            .enumerate()
            .map(|(id, tensor)| {
                let own = |other: TensorId| program.root(other) == id;
                let touches = |op: &Operation| {
                    own(op.writes()) || op.reads().into_iter().any(own) || mid_of(op).is_some_and(own)
                };
                let mut used = (0..steps).filter(|&step| touches(&program.operations[step]));
                let first = used.next().unwrap_or(0);
                let last = used.next_back().unwrap_or(first);
                let among = |ids: &[TensorId]| ids.iter().any(|other| own(*other));
                let first = if among(&program.inputs) { 0 } else { first };
                let last = if among(&program.outputs) { steps } else { last };
                let bytes = if tensor.alias.is_some() { 0 } else { tensor.bytes() };
                Block { bytes, first, last }
            })
            .collect();
        let mut scratch = Vec::new();
        for (step, (operation, choices)) in program.operations.iter().zip(choices).enumerate() {
            let bytes = scratch_of(operation, choices);
            scratch.push((bytes > 0).then_some(blocks.len()));
            if bytes > 0 {
                blocks.push(Block { bytes, first: step, last: step });
            }
        }
        let mut fills = Vec::new();
        for (id, tensor) in program.tensors.iter().enumerate() {
            let writer = program.operations.iter().position(|op| op.writes() == id);
            if tensor.border != Border::default() && tensor.ring.is_none() {
                fills.extend(writer.map(|step| (step, id)));
            }
        }
        let peak = peak(&blocks).0.min(steps.saturating_sub(1));
        Self { layout: place(&blocks), scratch, fills, peak }
    }
}

fn mid_of(operation: &Operation) -> Option<TensorId> {
    match operation {
        Operation::Pair { mid, .. } => Some(*mid),
        _ => None,
    }
}

fn scratch_of(operation: &Operation, choices: &Choices) -> usize {
    let own = |index: usize| choices.get(index).and_then(Option::as_ref);
    match operation {
        Operation::Conv { product, .. } => scratch_bytes(product, own(0)),
        Operation::Pair { stages, .. } => {
            stages.iter().enumerate().map(|(index, (product, _))| scratch_bytes(product, own(index))).sum()
        }
        _ => 0,
    }
}
