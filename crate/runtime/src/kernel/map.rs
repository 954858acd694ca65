//! Element by element, so that the output may be the input.

use super::Number;
use crate::format::View;

/// Writes `f` of each element of `input` to `output`.
pub(crate) fn map<N: Number>(arena: &mut [u8], input: &View, output: &View, f: impl Fn(N) -> N) {
    for channel in 0..output.channels {
        for y in 0..output.height {
            let from = input.offset + N::BYTES * input.row(channel, y);
            let to = output.offset + N::BYTES * output.row(channel, y);
            for x in 0..output.width {
                f(N::get(arena, from + N::BYTES * x)).put(arena, to + N::BYTES * x);
            }
        }
    }
}

/// Writes `f` of each element of `a` and of `b`, whose axes of size 1 repeat, to `output`.
pub(crate) fn map2<N: Number>(arena: &mut [u8], [a, b, output]: [&View; 3], f: impl Fn(N, N) -> N) {
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
