//! Weights and biases as constants.

use super::net::{Net, Scales, Slot, SlotId};
use crate::export::artifact::program::{Product, Quantisation};
use ndarray::{Array2, Axis};
use sepal_tflite::schema::TensorType;

/// How the elements of a matrix lie in a constant.
pub(super) struct Arrangement {
    /// For each column there, the column of the matrix; its own order where that is `None`.
    pub columns: Option<Vec<usize>>,
    /// Outputs last.
    pub transposed: bool,
    pub shape: Vec<usize>,
}

impl Arrangement {
    fn arranged<T: Copy>(&self, matrix: &Array2<T>) -> Vec<T> {
        let picked = self.columns.as_ref().map(|columns| matrix.select(Axis(1), columns));
        let matrix = picked.as_ref().unwrap_or(matrix);
        if self.transposed { matrix.t().iter().copied().collect() } else { matrix.iter().copied().collect() }
    }

    /// The axis of the outputs.
    fn axis(&self) -> usize {
        if self.transposed { self.shape.len() - 1 } else { 0 }
    }
}

/// The weights and biases of `product` for an input of the scale `input`; biases of 0 too, since some
/// interpreters want them.
pub(super) fn constants(
    net: &mut Net,
    product: &Product,
    input: Option<Quantisation>,
    arrangement: &Arrangement,
) -> [SlotId; 2] {
    let rows = product.matrix.dim().0;
    let mut biases = product.bias.clone();
    biases.resize(rows, 0.0);
    let (weights, bias) = match input {
        Some(input) => integers(product, &biases, input, arrangement),
        None => floats(product, &biases, arrangement),
    };
    let name = |part: &str| format!("{}/{part}", product.layer);
    let weights = Slot { name: name("weights"), shape: arrangement.shape.clone(), ..weights };
    let bias = Slot { name: name("bias"), shape: vec![rows], ..bias };
    [net.constant(weights), net.constant(bias)]
}

fn slot(kind: TensorType, scales: Scales, data: Vec<u8>) -> Slot {
    Slot { name: String::new(), shape: Vec::new(), kind, scales, data: Some(data) }
}

fn floats(product: &Product, biases: &[f32], arrangement: &Arrangement) -> (Slot, Slot) {
    let bytes = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let of = |values: &[f32]| slot(TensorType::Float32, Scales::default(), bytes(values));
    (of(&arrangement.arranged(&product.matrix.weights())), of(biases))
}

fn integers(
    product: &Product,
    biases: &[f32],
    input: Quantisation,
    arrangement: &Arrangement,
) -> (Slot, Slot) {
    let found = product.integers(input);
    let scales: Vec<f32> = found.scales.iter().map(|scale| scale * input.scale).collect();
    let steps = |(row, bias): (usize, &f32)| {
        let scale = scales.get(row).or(scales.first()).copied().unwrap_or(1.0);
        // The conversion keeps within the range of i32.
        (bias / scale).round() as i32
    };
    let bias = biases.iter().enumerate().flat_map(|pair| steps(pair).to_le_bytes()).collect();
    let weights = arrangement.arranged(&found.values).into_iter().map(i8::cast_unsigned).collect();
    let of = |values: Vec<f32>, axis: usize| Scales { values, zero_point: 0, axis };
    (
        slot(TensorType::Int8, of(found.scales, arrangement.axis()), weights),
        slot(TensorType::Int32, of(scales, 0), bias),
    )
}
