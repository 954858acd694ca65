//! COPY and FILL.

use super::Number;
use crate::format::{Copy, Fill};

pub(crate) fn copy(arena: &mut [u8], op: &Copy) {
    let bytes = if op.is_float { f32::BYTES } else { i8::BYTES };
    let length = bytes * op.output.width;
    for channel in 0..op.output.channels {
        for y in 0..op.output.height {
            let from = op.input.offset + bytes * op.input.row(channel, y);
            let to = op.output.offset + bytes * op.output.row(channel, y);
            if from.max(to) + length <= arena.len() {
                arena.copy_within(from..from + length, to);
            }
        }
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
