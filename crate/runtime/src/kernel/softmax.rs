//! SOFTMAX: section 4.8.

use super::Number;
use super::exp::exp;
use crate::format::{Softmax, u16_at};

pub(crate) fn softmax(arena: &mut [u8], op: &Softmax<'_>) {
    if op.is_float { floats(arena, op) } else { bytes(arena, op) }
}

fn bytes(arena: &mut [u8], op: &Softmax<'_>) {
    let values = arena.get(op.input..op.input + op.len).unwrap_or_default();
    let most = values.iter().map(|&byte| i32::from(byte.cast_signed())).max().unwrap_or(0);
    let share = |value: i8| {
        let below = (most - i32::from(value)).cast_unsigned() as usize;
        u32::from(u16_at(op.file, op.table + 2 * below))
    };
    let sum = values.iter().fold(0u32, |sum, &byte| sum.wrapping_add(share(byte.cast_signed()))).max(1);
    for index in 0..op.len {
        let scaled = (share(i8::get(arena, op.input + index)) * 256 + sum / 2) / sum;
        let value = scaled.min(255) as i32 - 128;
        (value as i8).put(arena, op.output + index);
    }
}

fn floats(arena: &mut [u8], op: &Softmax<'_>) {
    let input = |arena: &[u8], index| f32::get(arena, op.input + f32::BYTES * index);
    let mut most = input(arena, 0);
    for index in 1..op.len {
        let value = input(arena, index);
        if value > most {
            most = value;
        }
    }
    let mut sum = 0.0;
    for index in 0..op.len {
        let share = exp(input(arena, index) - most);
        share.put(arena, op.output + f32::BYTES * index);
        sum += share;
    }
    for index in 0..op.len {
        let at = op.output + f32::BYTES * index;
        (f32::get(arena, at) / sum).put(arena, at);
    }
}
