//! The two number types, i8 and f32, and their arithmetic: section 3.1.

use super::lanes::{Accumulate, Bytes, FloatSums, Floats, Sums, Values};
use crate::format::{Activation, Matrix};

/// An element of a tensor and a weight.
pub(crate) trait Number: Copy {
    /// What products are summed in.
    type Sum: Copy;
    /// Some elements at once, and as many sums.
    type Values: Values<Self>;
    type Sums: Accumulate<Self, Self::Sum, Self::Values>;
    /// What begins and ends the sums of one row of a matrix.
    type Row: Copy;

    const BYTES: usize;

    /// The element at a byte offset, or 0 behind the end.
    fn get(memory: &[u8], at: usize) -> Self;

    fn put(self, memory: &mut [u8], at: usize);

    fn row(matrix: &Matrix<'_>, row: usize) -> Self::Row;

    fn start(row: &Self::Row) -> Self::Sum;

    fn add_product(sum: Self::Sum, weight: Self, value: Self) -> Self::Sum;

    fn finish(row: &Self::Row, sum: Self::Sum) -> Self;
}

/// Bias, multiplier and bounds of an i8 row.
#[derive(Clone, Copy)]
pub(crate) struct Quantised {
    bias: i32,
    mult: i32,
    pre: u32,
    post: u32,
    zero_point: i8,
    lo: i8,
    hi: i8,
}

/// Brings an i32 sum to the scale of the output.
pub(crate) const fn requantise(sum: i32, mult: i32, pre: u32, post: u32) -> i32 {
    let short = if pre == 0 { sum } else { sum.wrapping_add(1 << (pre - 1)).wrapping_shr(pre) };
    short.wrapping_mul(mult).wrapping_add(half(post)).wrapping_shr(post)
}

/// What is added before a shift so that it rounds.
pub(crate) const fn half(shift: u32) -> i32 {
    1i32.wrapping_shl(shift.wrapping_sub(1))
}

/// Adds a zero point and clamps to `lo ..= hi`.
pub(crate) fn clamped(value: i32, zero_point: i8, lo: i8, hi: i8) -> i8 {
    value.wrapping_add(zero_point.into()).min(hi.into()).max(lo.into()) as i8
}

impl Number for i8 {
    type Sum = i32;
    type Values = Bytes;
    type Sums = Sums;
    type Row = Quantised;

    const BYTES: usize = 1;

    #[inline]
    fn get(memory: &[u8], at: usize) -> Self {
        memory.get(at).map_or(0, |&byte| byte.cast_signed())
    }

    #[inline]
    fn put(self, memory: &mut [u8], at: usize) {
        if let Some(byte) = memory.get_mut(at) {
            *byte = self.cast_unsigned();
        }
    }

    fn row(matrix: &Matrix<'_>, row: usize) -> Quantised {
        Quantised {
            bias: matrix.bias(row),
            mult: matrix.mult(row).into(),
            pre: matrix.pre,
            post: matrix.post,
            zero_point: matrix.zero_point,
            lo: matrix.lo,
            hi: matrix.hi,
        }
    }

    #[inline]
    fn start(row: &Quantised) -> i32 {
        row.bias
    }

    #[inline]
    fn add_product(sum: i32, weight: Self, value: Self) -> i32 {
        sum.wrapping_add(i32::from(weight) * i32::from(value))
    }

    #[inline]
    fn finish(row: &Quantised, sum: i32) -> Self {
        clamped(requantise(sum, row.mult, row.pre, row.post), row.zero_point, row.lo, row.hi)
    }
}

/// Applies an activation to a FLOAT sum.
pub(crate) fn activate(value: f32, activation: Activation) -> f32 {
    match activation {
        Activation::None => value,
        Activation::Relu => relu(value),
        Activation::Relu6 => relu6(value),
    }
}

pub(crate) fn relu(value: f32) -> f32 {
    if value > 0.0 { value } else { 0.0 }
}

pub(crate) fn relu6(value: f32) -> f32 {
    let positive = relu(value);
    if positive < 6.0 { positive } else { 6.0 }
}

impl Number for f32 {
    type Sum = Self;
    type Values = Floats;
    type Sums = FloatSums;
    type Row = (Self, Activation);

    const BYTES: usize = 4;

    #[inline]
    fn get(memory: &[u8], at: usize) -> Self {
        let chunk = memory.get(at..).and_then(<[u8]>::first_chunk);
        chunk.map_or(0.0, |&chunk| Self::from_le_bytes(chunk))
    }

    #[inline]
    fn put(self, memory: &mut [u8], at: usize) {
        if let Some(chunk) = memory.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *chunk = self.to_le_bytes();
        }
    }

    fn row(matrix: &Matrix<'_>, row: usize) -> Self::Row {
        (matrix.bias_f32(row), matrix.activation)
    }

    #[inline]
    fn start(row: &Self::Row) -> Self {
        row.0
    }

    #[inline]
    fn add_product(sum: Self, weight: Self, value: Self) -> Self {
        sum + weight * value
    }

    #[inline]
    fn finish(row: &Self::Row, sum: Self) -> Self {
        activate(sum, row.1)
    }
}
