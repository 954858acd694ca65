//! ADD, MUL, UNARY, QUANTIZE and DEQUANTIZE: element by element, so that the output may be the input.

use super::Number;
use super::exp::{hard_swish, round, sigmoid, tanh};
use super::number::{activate, clamped, half, relu, relu6, requantise};
use crate::format::{Add, Cast, Function, Mul, Unary, View};

/// Writes `f` of each element of `input` to `output`.
pub(super) fn map<N: Number, M: Number>(arena: &mut [u8], input: &View, output: &View, f: impl Fn(N) -> M) {
    for channel in 0..output.channels {
        for y in 0..output.height {
            let from = input.offset + N::BYTES * input.row(channel, y);
            let to = output.offset + M::BYTES * output.row(channel, y);
            for x in 0..output.width {
                f(N::get(arena, from + N::BYTES * x)).put(arena, to + M::BYTES * x);
            }
        }
    }
}

/// Writes `f` of each element of `a` and of `b`, whose axes of size 1 repeat, to `output`.
fn map2<N: Number>(arena: &mut [u8], [a, b, output]: [&View; 3], f: impl Fn(N, N) -> N) {
    // 0 where the axis repeats, so that every index becomes 0.
    let [of_channel, of_row, of_column] = [b.channels, b.height, b.width].map(|size| usize::from(size > 1));
    for channel in 0..output.channels {
        for y in 0..output.height {
            let from_a = a.offset + N::BYTES * a.row(channel, y);
            let from_b = b.offset + N::BYTES * b.row(channel * of_channel, y * of_row);
            let to = output.offset + N::BYTES * output.row(channel, y);
            for x in 0..output.width {
                let right = N::get(arena, from_b + N::BYTES * x * of_column);
                f(N::get(arena, from_a + N::BYTES * x), right).put(arena, to + N::BYTES * x);
            }
        }
    }
}

pub(crate) fn add(arena: &mut [u8], op: &Add) {
    let views = [&op.a, &op.b, &op.output];
    if !op.is_float {
        let [zero_a, zero_b, zero_out] = op.zeros;
        let scaled = |q: i8, zero: i8, mult: i32| (i32::from(q) - i32::from(zero)).wrapping_mul(mult);
        return map2(arena, views, |a: i8, b: i8| {
            let sum = scaled(a, zero_a, op.mult_a).wrapping_add(scaled(b, zero_b, op.mult_b));
            let sum = sum.wrapping_add(half(op.shift)).wrapping_shr(op.shift);
            clamped(sum, zero_out, op.lo, op.hi)
        });
    }
    if op.mult_b < 0 {
        map2(arena, views, |a: f32, b: f32| activate(a - b, op.activation));
    } else {
        map2(arena, views, |a: f32, b: f32| activate(a + b, op.activation));
    }
}

pub(crate) fn mul(arena: &mut [u8], op: &Mul) {
    let views = [&op.a, &op.b, &op.output];
    if op.is_float {
        return map2(arena, views, |a: f32, b: f32| a * b);
    }
    let [zero_a, zero_b, zero_out] = op.zeros;
    map2(arena, views, |a: i8, b: i8| {
        let product = (i32::from(a) - i32::from(zero_a)) * (i32::from(b) - i32::from(zero_b));
        let scaled = requantise(product, op.mult.into(), op.pre, op.post);
        clamped(scaled, zero_out, i8::MIN, i8::MAX)
    });
}

pub(crate) fn unary(arena: &mut [u8], op: &Unary<'_>) {
    let (input, output) = (&op.input, &op.output);
    match op.function {
        Function::Table(at) => map(arena, input, output, |q: i8| {
            let index = (i32::from(q) + 128).cast_unsigned() as usize;
            i8::get(op.file, at + index)
        }),
        Function::Relu => map(arena, input, output, relu),
        Function::Relu6 => map(arena, input, output, relu6),
        Function::LeakyRelu(slope) => {
            map(arena, input, output, |x: f32| if x < 0.0 { slope * x } else { x });
        }
        Function::Sigmoid => map(arena, input, output, sigmoid),
        Function::Tanh => map(arena, input, output, tanh),
        Function::HardSwish => map(arena, input, output, hard_swish),
        Function::Copy => map(arena, input, output, |x: f32| x),
    }
}

/// The nearest i8 value for a real number: section 4.11.
pub(crate) fn to_i8(real: f32, scale: f32, zero_point: i8) -> i8 {
    let q = round(real / scale).saturating_add(zero_point.into());
    clamped(q, 0, i8::MIN, i8::MAX)
}

/// The real number that an i8 value stands for.
pub(crate) fn to_f32(q: i8, scale: f32, zero_point: i8) -> f32 {
    scale * (i32::from(q) - i32::from(zero_point)) as f32
}

pub(crate) fn quantize(arena: &mut [u8], op: &Cast) {
    map(arena, &op.input, &op.output, |x: f32| to_i8(x, op.scale, op.zero_point));
}

pub(crate) fn dequantize(arena: &mut [u8], op: &Cast) {
    map(arena, &op.input, &op.output, |q: i8| to_f32(q, op.scale, op.zero_point));
}
