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
use super::artifact::program::Program;
use plan::Planner;

/// Writes `program` as a `TFLite` file: the same activations, float32 or int8, at its inputs and outputs.
///
/// Images are `[1, rows, columns, channels]`, vectors `[1, channels]`.
///
/// # Errors
/// [`ExportError::Tflite`] with everything that `TFLite`'s operators cannot say.
pub fn encode(program: &Program) -> Result<Vec<u8>, ExportError> {
    Ok(write::write(&Planner::plan(program)?))
}
