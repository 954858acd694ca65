//! Matrices for tests, and golden values.
#![allow(clippy::unwrap_used, clippy::missing_panics_doc)]

use ndarray::{Array2, ArrayBase};
use serde_json::Value;

/// A matrix of independent values, uniform in [-1, 1).
pub fn random(rows: usize, columns: usize, seed: u64) -> Array2<f32> {
    let mut random = fastrand::Rng::with_seed(seed);
    ArrayBase::from_shape_simple_fn((rows, columns), || 2.0 * random.f32() - 1.0)
}

/// Values made by tests/golden/linalg.py, with the versions of what made them.
pub fn golden() -> Value {
    serde_json::from_str(include_str!("../../../tests/golden/linalg.json")).unwrap()
}

/// The numbers of a list in a golden file.
pub fn numbers(value: &Value) -> Vec<f32> {
    value.as_array().unwrap().iter().map(|v| v.as_f64().unwrap() as f32).collect()
}

/// A matrix as the script writes it: shape and row-major values.
pub fn matrix(value: &Value) -> Array2<f32> {
    let shape = numbers(&value["shape"]);
    Array2::from_shape_vec((shape[0] as usize, shape[1] as usize), numbers(&value["values"])).unwrap()
}
