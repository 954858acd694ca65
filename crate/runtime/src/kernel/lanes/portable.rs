//! Lanes as arrays.

use super::{Accumulate, LANES, VECTORS, Values, chunk};
use crate::kernel::Number;

pub(crate) type Bytes = [i8; LANES];
pub(crate) type Floats = [f32; LANES];
pub(crate) type Sums = [i32; LANES];
pub(crate) type FloatSums = [f32; LANES];

impl Values<i8> for Bytes {
    #[inline]
    fn load(memory: &[u8], at: usize) -> Self {
        chunk::<LANES>(memory, at).map_or([0; LANES], |bytes| bytes.map(u8::cast_signed))
    }

    #[inline]
    fn new(values: [i8; LANES]) -> Self {
        values
    }
}

impl Values<f32> for Floats {
    #[inline]
    fn load(memory: &[u8], at: usize) -> Self {
        let mut lanes = [0.0; LANES];
        if let Some(bytes) = chunk::<{ 4 * LANES }>(memory, at) {
            for (lane, &value) in lanes.iter_mut().zip(bytes.as_chunks().0) {
                *lane = f32::from_le_bytes(value);
            }
        }
        lanes
    }

    #[inline]
    fn new(values: [f32; LANES]) -> Self {
        values
    }
}

impl<N: Number> Accumulate<N, N::Sum, [N; LANES]> for [N::Sum; LANES] {
    #[inline]
    fn splat(start: N::Sum) -> Self {
        [start; LANES]
    }

    #[inline]
    fn add_products(mut self, weight: N, values: [N; LANES]) -> Self {
        for (sum, value) in self.iter_mut().zip(values) {
            *sum = N::add_product(*sum, weight, value);
        }
        self
    }

    #[inline]
    fn each(self) -> [N::Sum; LANES] {
        self
    }
}

/// Sums that a dot product is spread over.
const PARTS: usize = if VECTORS { 8 } else { 1 };

/// The sum of products of i8.
pub(crate) fn dot(weights: &[u8], values: &[u8]) -> i32 {
    let (weights, last_weights) = weights.as_chunks::<PARTS>();
    let (values, last_values) = values.as_chunks::<PARTS>();
    let product = |sum: i32, (&weight, &value): (&u8, &u8)| {
        i8::add_product(sum, weight.cast_signed(), value.cast_signed())
    };
    let mut sums = [0; PARTS];
    for (weights, values) in weights.iter().zip(values) {
        for (sum, pair) in sums.iter_mut().zip(weights.iter().zip(values)) {
            *sum = product(*sum, pair);
        }
    }
    let whole = sums.into_iter().fold(0, i32::wrapping_add);
    last_weights.iter().zip(last_values).fold(whole, product)
}
