//! COPY and FILL.

use super::Number;
use super::elementwise::map;
use crate::format::{Copy, Fill};

pub(crate) fn copy(arena: &mut [u8], op: &Copy) {
    if op.is_float {
        map(arena, &op.input, &op.output, |x: f32| x);
    } else {
        map(arena, &op.input, &op.output, |q: i8| q);
    }
}

pub(crate) fn fill(arena: &mut [u8], op: &Fill) {
    if op.is_float {
        set(arena, op, f32::from_bits(op.value));
    } else {
        set(arena, op, op.value as i8);
    }
}

fn set<N: Number>(arena: &mut [u8], op: &Fill, value: N) {
    let view = &op.output;
    for channel in 0..view.channels {
        for y in 0..view.height {
            let start = view.offset + N::BYTES * view.row(channel, y);
            for x in 0..view.width {
                value.put(arena, start + N::BYTES * x);
            }
        }
    }
}
