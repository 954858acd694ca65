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
mod planner;
mod product;
mod simple;
mod value;
mod weights;
mod write;

#[cfg(test)]
mod tests;

use super::ExportError;
use super::artifact::program::{Program, TensorId};
use net::{Net, SlotId};
use planner::Planner;

/// A written file, and for each element of its first input and output, the place in the program's, where that is
/// another.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The file.
    pub bytes: Vec<u8>,
    /// Of its input.
    pub input: Option<Vec<usize>>,
    /// Of its output.
    pub output: Option<Vec<usize>>,
}

/// Where the elements of the first of some slots lie in the first of the tensors that they stand for.
fn places(program: &Program, ids: &[TensorId], net: &Net, slots: &[SlotId]) -> Option<Vec<usize>> {
    let tensor = program.tensors.get(*ids.first()?)?;
    let slot = net.slots.get(*slots.first()?)?;
    let (c, planes) = (tensor.c, tensor.h * tensor.w);
    let moved = c > 1 && planes > 1 && slot.shape == [1, tensor.h, tensor.w, c];
    moved.then(|| (0..tensor.len()).map(|i| i % c * planes + i / c).collect())
}

/// Writes `program` as a `TFLite` file: the same activations, float32 or int8, at its inputs and outputs.
///
/// Images are `[1, rows, columns, channels]`, vectors `[1, channels]`.
///
/// # Errors
/// [`ExportError::Tflite`] with everything that `TFLite`'s operators cannot say.
pub fn encode(program: &Program) -> Result<Encoded, ExportError> {
    let net = Planner::plan(program)?;
    let input = places(program, &program.inputs, &net, &net.inputs);
    let output = places(program, &program.outputs, &net, &net.outputs);
    Ok(Encoded { bytes: write::write(&net), input, output })
}
