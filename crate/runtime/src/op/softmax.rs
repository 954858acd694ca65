//! SOFTMAX: section 4.8. Probabilities of a vector.

use super::{Head, Operator};
use crate::Error;
use crate::check::{Area, Bounds, array, require};
use crate::format::{Cursor, u16_at};
use crate::kernel::{Number, exp};

#[derive(Clone, Copy)]
pub(crate) struct Softmax<'a> {
    file: &'a [u8],
    is_float: bool,
    input: usize,
    output: usize,
    len: usize,
    table: usize,
}

impl<'a> Operator<'a> for Softmax<'a> {
    const BYTES: usize = 20;

    fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        head.plain()?;
        let (input, output, len) = (cursor.size32()?, cursor.size32()?, cursor.size16()?);
        cursor.reserved::<2>()?;
        Ok(Self { file, is_float: head.is_float(), input, output, len, table: cursor.size32()? })
    }

    fn is_float(&self) -> bool {
        self.is_float
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        require(self.len > 0, Error::Shape)?;
        if self.is_float {
            require(self.table == 0, Error::Reserved)?;
        } else {
            array(self.table, 512, bounds)?;
            table(self.file, self.table)?;
        }
        let bytes = if self.is_float { 4 } else { 1 };
        let input = Area::line(self.input, bytes * self.len as u64, bytes, bounds)?;
        input.apart_or_same(&Area::line(self.output, bytes * self.len as u64, bytes, bounds)?)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        if self.is_float {
            floats(arena, self);
        } else {
            bytes(arena, self);
        }
        Ok(())
    }
}

/// The table falls from 32768.
fn table(file: &[u8], at: usize) -> Result<(), Error> {
    let entry = |index: usize| u16_at(file, at + 2 * index);
    let falling = (1..256).all(|index| entry(index) <= entry(index - 1));
    require(entry(0) == 1 << 15 && falling, Error::Range)
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
