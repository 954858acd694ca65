//! Lanes as vectors of 128 bits of WebAssembly.

use super::{Accumulate, LANES, Values, chunk};
use crate::kernel::Number;
use core::arch::wasm32::{
    f32x4, f32x4_add, f32x4_extract_lane, f32x4_mul, f32x4_splat, i16x8, i16x8_extend_low_i8x16, i16x8_splat,
    i32x4_add, i32x4_dot_i16x8, i32x4_extmul_high_i16x8, i32x4_extmul_low_i16x8, i32x4_extract_lane,
    i32x4_splat, u64x2, v128,
};

/// Eight i8, each in 16 bits.
#[derive(Clone, Copy)]
pub(crate) struct Bytes(v128);

#[derive(Clone, Copy)]
pub(crate) struct Floats([v128; 2]);

#[derive(Clone, Copy)]
pub(crate) struct Sums([v128; 2]);

#[derive(Clone, Copy)]
pub(crate) struct FloatSums([v128; 2]);

#[inline]
fn extended(bytes: [u8; LANES]) -> v128 {
    i16x8_extend_low_i8x16(u64x2(u64::from_le_bytes(bytes), 0))
}

impl Values<i8> for Bytes {
    #[inline]
    fn load(memory: &[u8], at: usize) -> Self {
        Self(extended(chunk(memory, at).copied().unwrap_or_default()))
    }

    #[inline]
    fn new(values: [i8; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = values.map(i16::from);
        Self(i16x8(a, b, c, d, e, f, g, h))
    }
}

impl Values<f32> for Floats {
    #[inline]
    fn load(memory: &[u8], at: usize) -> Self {
        let Some(bytes) = chunk::<{ 4 * LANES }>(memory, at) else { return Self([f32x4_splat(0.0); 2]) };
        let mut words = bytes.as_chunks().0.iter().map(|&word| u64::from_le_bytes(word));
        let mut word = || words.next().unwrap_or(0);
        Self([u64x2(word(), word()), u64x2(word(), word())])
    }

    #[inline]
    fn new([a, b, c, d, e, f, g, h]: [f32; LANES]) -> Self {
        Self([f32x4(a, b, c, d), f32x4(e, f, g, h)])
    }
}

impl Accumulate<i8, i32, Bytes> for Sums {
    #[inline]
    fn splat(start: i32) -> Self {
        Self([i32x4_splat(start); 2])
    }

    #[inline]
    fn add_products(self, weight: i8, values: Bytes) -> Self {
        let (Self([low, high]), weight) = (self, i16x8_splat(weight.into()));
        Self([
            i32x4_add(low, i32x4_extmul_low_i16x8(weight, values.0)),
            i32x4_add(high, i32x4_extmul_high_i16x8(weight, values.0)),
        ])
    }

    #[inline]
    fn each(self) -> [i32; LANES] {
        let [[a, b, c, d], [e, f, g, h]] = self.0.map(lanes);
        [a, b, c, d, e, f, g, h]
    }
}

#[inline]
fn lanes(sums: v128) -> [i32; 4] {
    [
        i32x4_extract_lane::<0>(sums),
        i32x4_extract_lane::<1>(sums),
        i32x4_extract_lane::<2>(sums),
        i32x4_extract_lane::<3>(sums),
    ]
}

impl Accumulate<f32, f32, Floats> for FloatSums {
    #[inline]
    fn splat(start: f32) -> Self {
        Self([f32x4_splat(start); 2])
    }

    #[inline]
    fn add_products(self, weight: f32, values: Floats) -> Self {
        let ([low, high], weight) = (self.0, f32x4_splat(weight));
        let [first, second] = values.0;
        Self([f32x4_add(low, f32x4_mul(weight, first)), f32x4_add(high, f32x4_mul(weight, second))])
    }

    #[inline]
    fn each(self) -> [f32; LANES] {
        let [[a, b, c, d], [e, f, g, h]] = self.0.map(|sums| {
            [
                f32x4_extract_lane::<0>(sums),
                f32x4_extract_lane::<1>(sums),
                f32x4_extract_lane::<2>(sums),
                f32x4_extract_lane::<3>(sums),
            ]
        });
        [a, b, c, d, e, f, g, h]
    }
}

/// The sum of products of i8.
pub(crate) fn dot(weights: &[u8], values: &[u8]) -> i32 {
    let (weights, last_weights) = weights.as_chunks::<LANES>();
    let (values, last_values) = values.as_chunks::<LANES>();
    let sums = weights.iter().zip(values).fold(i32x4_splat(0), |sums, (&weights, &values)| {
        i32x4_add(sums, i32x4_dot_i16x8(extended(weights), extended(values)))
    });
    let whole = lanes(sums).into_iter().fold(0, i32::wrapping_add);
    last_weights
        .iter()
        .zip(last_values)
        .fold(whole, |sum, (&weight, &value)| i8::add_product(sum, weight.cast_signed(), value.cast_signed()))
}
