//! Whether the samples of a batch are each other's affair.

use super::{Engine, EvaluateError};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

/// Samples that are run together, and alone.
const SAMPLES: usize = 2;
/// How far outputs may differ, as a share of the largest.
const TOLERANCE: f32 = 1e-4;

/// Whether the model in the ONNX file `bytes`, whose one input has this `shape` for one sample, batch first,
/// gives the same for samples together and alone.
///
/// # Errors
/// Why the model cannot be run.
pub fn is_independent(bytes: Vec<u8>, shape: &[usize]) -> Result<bool, EvaluateError> {
    let engine = Engine::load(bytes)?;
    let each: usize = shape.iter().product();
    let values = unlike(SAMPLES * each);
    let mut alone = Vec::new();
    for sample in values.chunks_exact(each.max(1)) {
        let sample = Tensor::from_data(shape, sample.to_vec());
        alone.extend(engine.run(sample.view(), None, None)?.to_vec());
    }
    let mut shape = shape.to_vec();
    if let Some(first) = shape.first_mut() {
        *first = SAMPLES;
    }
    let together = engine.run(Tensor::from_data(&shape, values).view(), None, None)?;
    let most = alone.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let near = |(a, b): (&f32, f32)| (a - b).abs() <= TOLERANCE * most;
    let rows = together.shape().first() == Some(&SAMPLES) && together.len() == alone.len();
    Ok(rows && alone.iter().zip(together.to_vec()).all(near))
}

/// Values without a pattern, from -1 to 1.
fn unlike(count: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / (u32::MAX / 2) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(count).collect()
}
