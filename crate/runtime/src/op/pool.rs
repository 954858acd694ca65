//! POOL: section 4.4. The maximum or the average of windows.

use super::{Head, Operator};
use crate::Error;
use crate::check::{Area, Bounds, require};
use crate::format::{Cursor, View};
use crate::kernel::{Number, clamped, requantise};
use core::ops::Range;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PoolKind {
    Maximum,
    /// The average of the elements inside.
    Inside,
    /// The average of all places.
    All,
}

#[derive(Clone, Copy)]
pub(crate) struct Pool {
    is_float: bool,
    kind: PoolKind,
    input: View,
    output: View,
    height: usize,
    width: usize,
    stride_y: usize,
    stride_x: usize,
    top: usize,
    left: usize,
    mult: u16,
    pre: u32,
    post: u32,
    zero_in: i8,
    zero_out: i8,
}

impl Operator<'_> for Pool {
    const BYTES: usize = 52;

    fn read(cursor: &mut Cursor<'_>, _: &[u8], head: &Head) -> Result<Self, Error> {
        let kind = match head.format {
            0 => PoolKind::Maximum,
            1 => PoolKind::Inside,
            2 => PoolKind::All,
            _ => return Err(Error::Unsupported),
        };
        let pool = Self {
            is_float: head.is_float(),
            kind,
            input: View::read(cursor)?,
            output: View::read(cursor)?,
            height: cursor.size16()?,
            width: cursor.size16()?,
            stride_y: cursor.size8()?,
            stride_x: cursor.size8()?,
            top: cursor.size8()?,
            left: cursor.size8()?,
            mult: cursor.u16()?,
            pre: cursor.u8()?.into(),
            post: cursor.u8()?.into(),
            zero_in: cursor.i8()?,
            zero_out: cursor.i8()?,
        };
        cursor.reserved::<2>()?;
        Ok(pool)
    }

    fn is_float(&self) -> bool {
        self.is_float
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        let input = Area::of(&self.input, self.is_float, bounds)?;
        let output = Area::of(&self.output, self.is_float, bounds)?;
        require(self.input.channels == self.output.channels, Error::Shape)?;
        require(![self.height, self.width, self.stride_y, self.stride_x].contains(&0), Error::Range)?;
        require(self.pre <= 16 && self.post <= 30, Error::Range)?;
        require(
            self.is_float || self.kind == PoolKind::Maximum || self.mult <= i16::MAX.cast_unsigned(),
            Error::Range,
        )?;
        let rows_meet =
            self.height > self.top && (self.output.height - 1) * self.stride_y < self.input.height + self.top;
        let columns_meet =
            self.width > self.left && (self.output.width - 1) * self.stride_x < self.input.width + self.left;
        require(rows_meet && columns_meet, Error::Shape)?;
        input.apart(&output)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        match (self.kind, self.is_float) {
            (PoolKind::Maximum, false) => windows::<i8>(arena, self, maximum),
            (PoolKind::Maximum, true) => windows::<f32>(arena, self, maximum),
            (_, false) => windows::<i8>(arena, self, average_i8),
            (_, true) => windows::<f32>(arena, self, average_f32),
        }
        Ok(())
    }
}

/// One window, as far as it lies inside the input.
struct Window<'a> {
    arena: &'a [u8],
    op: &'a Pool,
    channel: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

impl Window<'_> {
    /// Folds the elements, row by row.
    #[inline]
    fn fold<N: Number, T>(&self, first: T, mut next: impl FnMut(T, N) -> T) -> T {
        let mut result = first;
        for y in self.rows.clone() {
            let row = self.op.input.offset + N::BYTES * self.op.input.row(self.channel, y);
            for x in self.columns.clone() {
                result = next(result, N::get(self.arena, row + N::BYTES * x));
            }
        }
        result
    }

    /// What an average divides by; at least 1.
    fn count(&self) -> u32 {
        let places = match self.op.kind {
            PoolKind::All => self.op.height * self.op.width,
            _ => self.rows.len() * self.columns.len(),
        };
        places.max(1) as u32
    }
}

/// Calls `reduce` for each window and writes what it gives.
fn windows<N: Number>(arena: &mut [u8], op: &Pool, reduce: impl Fn(&Window<'_>) -> N) {
    for channel in 0..op.output.channels {
        for y in 0..op.output.height {
            let rows = inside(y * op.stride_y, op.top, op.height, op.input.height);
            for x in 0..op.output.width {
                let columns = inside(x * op.stride_x, op.left, op.width, op.input.width);
                let value = reduce(&Window { arena, op, channel, rows: rows.clone(), columns });
                let index = op.output.row(channel, y) + x;
                value.put(arena, op.output.offset + N::BYTES * index);
            }
        }
    }
}

/// The part inside `0 .. size` of a window that begins `border` before `start`.
fn inside(start: usize, border: usize, window: usize, size: usize) -> Range<usize> {
    start.saturating_sub(border)..(start + window).saturating_sub(border).min(size)
}

fn maximum<N: Number + PartialOrd>(window: &Window<'_>) -> N {
    let best = window.fold(None, |best, value: N| match best {
        Some(best) if value > best => Some(value),
        None => Some(value),
        best => best,
    });
    best.unwrap_or_else(|| N::get(&[], 0))
}

fn average_i8(window: &Window<'_>) -> i8 {
    let op = window.op;
    let sum = window.fold(0i32, |sum, value: i8| sum.wrapping_add(i32::from(value) - i32::from(op.zero_in)));
    let average = if op.post == 0 {
        divide(sum, window.count())
    } else {
        requantise(sum, op.mult.into(), op.pre, op.post)
    };
    clamped(average, op.zero_out, i8::MIN, i8::MAX)
}

fn average_f32(window: &Window<'_>) -> f32 {
    window.fold(-0.0, |sum, value: f32| sum + value) / window.count() as f32
}

/// Divides and rounds to the nearest, halves away from zero: section 3.2.
fn divide(sum: i32, count: u32) -> i32 {
    let rounded = (i64::from(sum.unsigned_abs()) + i64::from(count / 2)) / i64::from(count.max(1));
    (if sum < 0 { -rounded } else { rounded }) as i32
}
