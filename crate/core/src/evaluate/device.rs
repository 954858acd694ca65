//! Runs an artifact with the device runtime: the figure that stands on a download is made here, from
//! the bytes that are downloaded.

use super::{EvaluateError, Outputs};
use crate::dataset::Choosing;
use sepal_runtime::{Program, Tensor};

/// What an arena is painted with before a run, to see how far it is written: two patterns, since a run
/// may write one of them itself.
const PAINTS: [u8; 2] = [0xa5, 0x5a];

/// An artifact with room to run in.
pub struct DeviceModel {
    artifact: Vec<u8>,
    crc: u32,
    arena: Vec<u8>,
    /// Place in a sample of each element of the artifact's input, where they differ.
    order: Option<Vec<usize>>,
    input: Tensor,
    output: Tensor,
    high_water: usize,
}

impl DeviceModel {
    /// Opens `artifact`. A sample has `shape` (without the batch); `permutation` is the order in which
    /// its axes lie in the artifact's input.
    ///
    /// # Errors
    /// What is wrong with the artifact, or that the sample does not fit it.
    pub fn open(
        artifact: Vec<u8>,
        shape: &[usize],
        permutation: Option<&[usize]>,
    ) -> Result<Self, EvaluateError> {
        let program = Program::parse(&artifact).map_err(|error| EvaluateError::Load(error.to_string()))?;
        let ends = (program.inputs().next(), program.outputs().next());
        let (Some(input), Some(output)) = ends else {
            return Err(EvaluateError::Interface("it has no input or no output".into()));
        };
        if input.len() != shape.iter().product::<usize>() {
            let reason = format!("its input takes {} values, a sample has {shape:?}", input.len());
            return Err(EvaluateError::Interface(reason));
        }
        let (crc, arena) = (program.crc(), vec![0; program.arena_bytes()]);
        let order = permutation.map(|axes| permuted(shape, axes));
        Ok(Self { artifact, crc, arena, order, input, output, high_water: 0 })
    }

    /// Bytes of the arena as the artifact declares them.
    pub fn arena_bytes(&self) -> usize {
        self.arena.len()
    }

    /// Bytes of the arena up to the last one that a run has written.
    pub fn high_water_bytes(&self) -> usize {
        self.high_water
    }

    /// CRC-32 of the artifact, as it states it.
    pub fn crc(&self) -> u32 {
        self.crc
    }

    /// Bytes of the artifact.
    pub fn artifact_bytes(&self) -> usize {
        self.artifact.len()
    }

    /// The bytes that the artifact reads for a sample.
    pub fn input_bytes(&self, sample: &[f32]) -> Vec<u8> {
        let place = |i: usize| self.order.as_ref().map_or(i, |order| order[i]);
        let values = (0..self.input.len()).map(|i| sample.get(place(i)).copied().unwrap_or(0.0));
        if self.input.is_float {
            return values.flat_map(f32::to_le_bytes).collect();
        }
        values.map(|x| self.input.quantise(x).cast_unsigned()).collect()
    }

    /// Runs one sample; the bytes of the output.
    ///
    /// # Errors
    /// The runtime refuses, which is a bug.
    pub fn run(&mut self, sample: &[f32]) -> Result<Vec<u8>, EvaluateError> {
        let input = self.input_bytes(sample);
        let program = parse(&self.artifact)?;
        run(&program, &mut self.arena, &input)
    }

    /// Runs one sample twice in a painted arena, to see how far it is written.
    ///
    /// # Errors
    /// As [`DeviceModel::run`].
    pub fn measure(&mut self, sample: &[f32]) -> Result<usize, EvaluateError> {
        let input = self.input_bytes(sample);
        let program = parse(&self.artifact)?;
        for paint in PAINTS {
            self.arena.fill(paint);
            run(&program, &mut self.arena, &input)?;
            let written = self.arena.iter().rposition(|byte| *byte != paint).map_or(0, |last| last + 1);
            self.high_water = self.high_water.max(written.next_multiple_of(4));
        }
        Ok(self.high_water)
    }

    /// How many values it gives for a sample.
    pub fn output_len(&self) -> usize {
        self.output.len()
    }

    /// The real outputs for the samples in `values`, one sample after the other.
    ///
    /// # Errors
    /// As [`DeviceModel::run`].
    pub fn outputs(&mut self, values: &[f32]) -> Result<Vec<f32>, EvaluateError> {
        let samples = values.chunks_exact(self.input.len());
        let inputs: Vec<Vec<u8>> = samples.map(|sample| self.input_bytes(sample)).collect();
        let program = parse(&self.artifact)?;
        let mut outputs = Vec::with_capacity(inputs.len() * self.output.len());
        for input in inputs {
            let output = run(&program, &mut self.arena, &input)?;
            outputs.extend(real(&self.output, &output));
        }
        Ok(outputs)
    }

    /// The classes that `choosing` finds for the samples in `values`, one sample after the other.
    ///
    /// # Errors
    /// As [`DeviceModel::run`].
    pub fn classes(&mut self, values: &[f32], choosing: Choosing) -> Result<Vec<i32>, EvaluateError> {
        let outputs = self.outputs(values)?;
        Ok(Outputs::new(&outputs, self.output.len()).classes(choosing))
    }
}

/// Runs `artifact` on the bytes of all its inputs; the bytes of all its outputs.
///
/// # Errors
/// What is wrong with the artifact or with the length of `inputs`.
pub fn run_bytes(artifact: &[u8], inputs: &[u8]) -> Result<Vec<u8>, EvaluateError> {
    let program = parse(artifact)?;
    let wrong = || EvaluateError::Interface("the bytes do not fit the artifact's inputs".into());
    let mut arena = vec![0; program.arena_bytes()];
    let mut rest = inputs;
    for index in 0..program.inputs().count() {
        let room = program.input_mut(&mut arena, index).ok_or_else(wrong)?;
        let (own, after) = rest.split_at_checked(room.len()).ok_or_else(wrong)?;
        room.copy_from_slice(own);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(wrong());
    }
    program.run(&mut arena).map_err(|error| EvaluateError::Run(error.to_string()))?;
    let outputs = (0..program.outputs().count()).filter_map(|index| program.output(&arena, index));
    Ok(outputs.flatten().copied().collect())
}

fn parse(artifact: &[u8]) -> Result<Program<'_>, EvaluateError> {
    Program::parse(artifact).map_err(|error| EvaluateError::Load(error.to_string()))
}

fn run(program: &Program, arena: &mut [u8], input: &[u8]) -> Result<Vec<u8>, EvaluateError> {
    let room = program.input_mut(arena, 0).filter(|room| room.len() == input.len());
    let full = || EvaluateError::Interface("the sample does not fit the artifact".into());
    room.ok_or_else(full)?.copy_from_slice(input);
    program.run(arena).map_err(|error| EvaluateError::Run(error.to_string()))?;
    Ok(program.output(arena, 0).ok_or_else(full)?.to_vec())
}

/// The numbers that the bytes of an output stand for.
fn real(output: &Tensor, bytes: &[u8]) -> Vec<f32> {
    if output.is_float {
        return bytes.chunks_exact(4).map(|w| w.try_into().map_or(0.0, f32::from_le_bytes)).collect();
    }
    bytes.iter().map(|b| output.real(b.cast_signed())).collect()
}

/// For each element in the order `axes`, its place in a sample of `shape`.
pub(crate) fn permuted(shape: &[usize], axes: &[usize]) -> Vec<usize> {
    let strides: Vec<usize> = (0..shape.len()).map(|axis| shape[axis + 1..].iter().product()).collect();
    let mut places = vec![0];
    for &axis in axes {
        let (size, stride) = (shape.get(axis).copied().unwrap_or(1), strides.get(axis).copied().unwrap_or(0));
        places = places.iter().flat_map(|place| (0..size).map(move |i| place + i * stride)).collect();
    }
    places
}

#[cfg(test)]
mod tests {
    use super::permuted;

    #[test]
    fn axes_move_as_transpose_moves_them() {
        // Rows, columns, channels: planes first.
        assert_eq!(permuted(&[2, 2, 3], &[2, 0, 1]), [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11]);
        assert_eq!(permuted(&[2, 3], &[0, 1]), [0, 1, 2, 3, 4, 5]);
    }
}
