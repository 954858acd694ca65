//! A lowered model as a TensorFlow Lite file, out of operators that every interpreter has: low-rank and
//! separated layers are convolutions and matrix products after each other, and pruned ones are dense
//! with zeros. Weights of an int8 file are 8-bit numbers with one scale for each output, also where the
//! model stores 4 bits or a codebook: their real values are rounded.
//!
//! `TFLite` lays images out as rows, columns, channels. Weights are permuted once, here; activations are
//! only where a matrix mixes rows and columns with channels in another order than the file's.
//!
//! `plan` decides on operators, `value` on the form in which values lie, and `write` makes bytes.

mod net;
mod plan;
mod product;
mod simple;
mod value;
mod weights;
mod write;

#[cfg(test)]
mod tests;

use super::ExportError;
use super::artifact::program::{Program, Quantisation, TensorId};
use net::{Net, SlotId};
use plan::Planner;

/// A written file, and what its first input and output hold.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its first input.
    pub input: End,
    /// Its first output.
    pub output: End,
}

/// An input or output of a file.
#[derive(Clone, Debug, Default)]
pub struct End {
    /// The scale of its numbers; `None` where they are real.
    pub quantisation: Option<Quantisation>,
    /// For each element, its place in the program's order, where that is another.
    pub places: Option<Vec<usize>>,
}

impl End {
    fn of(program: &Program, net: &Net, ids: &[TensorId], slots: &[SlotId]) -> Self {
        let tensor = ids.first().and_then(|id| program.tensors.get(*id));
        let slot = slots.first().and_then(|id| net.slots.get(*id));
        let (Some(tensor), Some(slot)) = (tensor, slot) else { return Self::default() };
        let (c, planes) = (tensor.c, tensor.h * tensor.w);
        let moved = c > 1 && planes > 1 && slot.shape == [1, tensor.h, tensor.w, c];
        let place = |i: usize| i % c * planes + i / c;
        Self {
            quantisation: slot.quantisation(),
            places: moved.then(|| (0..tensor.len()).map(place).collect()),
        }
    }
}

/// Writes `program` as a `TFLite` file: the same activations, float32 or int8, at its inputs and outputs.
///
/// Images are `[1, rows, columns, channels]`, vectors `[1, channels]`.
///
/// # Errors
/// [`ExportError::Tflite`] with everything that `TFLite`'s operators cannot say.
pub fn encode(program: &Program) -> Result<Encoded, ExportError> {
    let net = Planner::plan(program)?;
    let input = End::of(program, &net, &program.inputs, &net.inputs);
    let output = End::of(program, &net, &program.outputs, &net.outputs);
    Ok(Encoded { bytes: write::write(&net), input, output })
}
