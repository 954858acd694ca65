//! PAIR: section 4.3. Two convolutions with a ring of rows in between.

use super::{Head, Operator, ROWWISE, ROWWISE_SECOND};
use crate::Error;
use crate::check::{Area, Bounds, filter_agrees, offsets_fit, require, scratch};
use crate::format::{Cursor, Filter, Matrix, View};
use crate::kernel::{Number, Pass, Source, Target, write_offsets};
use crate::weights::each_panel;

#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    input: View,
    mid: View,
    output: View,
    matrices: [Matrix<'a>; 2],
    filters: [Filter; 2],
    scratch: usize,
    top: usize,
    left: usize,
    zero_point: i8,
}

impl<'a> Operator<'a> for Pair<'a> {
    const BYTES: usize = 124;
    const FLAGS: u8 = ROWWISE | ROWWISE_SECOND;

    fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let formats = [head.weights(head.format)?, head.weights(cursor.last()?)?];
        let (input, mid, output) = (View::read(cursor)?, View::read(cursor)?, View::read(cursor)?);
        let first = Matrix::read(cursor, file, formats[0], head.flags & ROWWISE != 0)?;
        let second = Matrix::read(cursor, file, formats[1], head.flags & ROWWISE_SECOND != 0)?;
        let filters = [Filter::read(cursor)?, Filter::read(cursor)?];
        let scratch = cursor.size32()?;
        let (top, left) = (cursor.size8()?, cursor.size8()?);
        let zero_point = cursor.i8()?;
        cursor.u8()?;
        Ok(Self { input, mid, output, matrices: [first, second], filters, scratch, top, left, zero_point })
    }

    fn is_float(&self) -> bool {
        self.matrices[0].format.is_float()
    }

    fn matrices(&self) -> &[Matrix<'a>] {
        &self.matrices
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        let [first, second] = &self.matrices;
        let is_float = self.is_float();
        let input = Area::of(&self.input, is_float, bounds)?;
        let output = Area::of(&self.output, is_float, bounds)?;
        let mid = ring(self, bounds)?;
        shapes(self)?;
        let row = (self.filters[0].span().0 - 1) as u64 * self.input.pitch as u64;
        offsets_fit(&self.filters[0], self.input.channels, self.input.plane, row)?;
        // The rows of a window may lie in any slots of the ring.
        let row = (self.ring() as u64 - 1) * self.mid.pitch as u64;
        offsets_fit(&self.filters[1], self.mid.channels, self.mid.plane, row)?;
        let scratches =
            [scratch(self.scratch, first, bounds)?, scratch(self.second_scratch(), second, bounds)?];
        input.apart(&output)?;
        mid.apart(&input)?;
        mid.apart(&output)?;
        for scratch in scratches {
            scratch.apart(&input)?;
            scratch.apart(&mid)?;
            scratch.apart(&output)?;
        }
        Ok(())
    }

    /// Makes the output row by row, and before each the rows of mid that it needs and that are not yet
    /// there.
    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        let [first, second] = &self.filters;
        let channels = self.input.channels / first.groups;
        write_offsets(arena, self.scratch, first, (channels, self.input.plane), |y| {
            y * first.dilation_y * self.input.pitch
        });
        let mut next = 0;
        for y in 0..self.output.height {
            let top = y * second.stride_y.get();
            for row in next.max(top)..top + second.span().0 {
                if self.matrices[0].format.is_float() {
                    clear(arena, self, row, 0.0f32);
                } else {
                    clear(arena, self, row, self.zero_point);
                }
                make_row(arena, self, row)?;
            }
            next = top + second.span().0;
            write_offsets(
                arena,
                self.second_scratch(),
                second,
                (self.mid.channels / second.groups, self.mid.plane),
                |ky| slot(self, top + ky * second.dilation_y) * self.mid.pitch,
            );
            use_rows(arena, self, y)?;
        }
        Ok(())
    }
}

impl Pair<'_> {
    /// Rows of mid that are in the arena.
    fn ring(&self) -> usize {
        self.mid.plane.checked_div(self.mid.pitch).unwrap_or(0)
    }

    /// Arena offset of the second matrix's scratch.
    const fn second_scratch(&self) -> usize {
        self.scratch + self.matrices[0].scratch().bytes.next_multiple_of(4)
    }
}

/// The area of mid, of which the arena holds `ring` rows of each channel.
fn ring(op: &Pair<'_>, bounds: &Bounds) -> Result<Area, Error> {
    let mid = &op.mid;
    require(mid.channels > 0 && mid.height > 0 && mid.width > 0 && mid.pitch >= mid.width, Error::View)?;
    let span = op.filters[1].span().0;
    let whole = mid.plane.is_multiple_of(mid.pitch);
    require(whole && (span..=mid.height).contains(&op.ring()), Error::View)?;
    let bytes = if op.is_float() { 4 } else { 1 };
    Area::line(mid.offset, bytes * mid.channels as u64 * mid.plane as u64, bytes, bounds)
}

fn shapes(op: &Pair<'_>) -> Result<(), Error> {
    let ([first, second], [matrix, next]) = (&op.filters, &op.matrices);
    filter_agrees(first, matrix, op.input.channels)?;
    filter_agrees(second, next, op.mid.channels)?;
    let (height, width) = first.output(op.input.height, op.input.width).ok_or(Error::Shape)?;
    let fits = op.top + height <= op.mid.height && op.left + width <= op.mid.width;
    require(fits && op.mid.channels == matrix.rows, Error::Shape)?;
    let (height, width) = second.output(op.mid.height, op.mid.width).ok_or(Error::Shape)?;
    require(op.output.shape() == (next.rows, height, width), Error::Shape)
}

/// Where a row of mid lies in the ring.
fn slot(op: &Pair<'_>, row: usize) -> usize {
    row % op.ring().max(1)
}

/// Sets a whole row of mid to what means 0.
fn clear<N: Number>(arena: &mut [u8], op: &Pair<'_>, row: usize, zero: N) {
    for channel in 0..op.mid.channels {
        let start = op.mid.offset + N::BYTES * op.mid.row(channel, slot(op, row));
        for x in 0..op.mid.width {
            zero.put(arena, start + N::BYTES * x);
        }
    }
}

/// Computes a row of mid, unless it belongs to the border.
fn make_row(arena: &mut [u8], op: &Pair<'_>, row: usize) -> Result<(), Error> {
    let (input, filter, matrix) = (&op.input, &op.filters[0], &op.matrices[0]);
    let Some((height, width)) = filter.output(input.height, input.width) else {
        return Err(Error::Shape);
    };
    let Some(y) = row.checked_sub(op.top).filter(|&y| y < height) else {
        return Ok(());
    };
    let bytes = if matrix.format.is_float() { 4 } else { 1 };
    let mut pass = Pass {
        arena,
        matrix,
        groups: filter.groups,
        scratch: op.scratch,
        source: Source {
            at: input.offset + bytes * y * filter.stride_y.get() * input.pitch,
            row: 0,
            step: filter.stride_x.get(),
            group: input.channels / filter.groups * input.plane,
        },
        target: Target {
            at: op.mid.offset + bytes * (slot(op, row) * op.mid.pitch + op.left),
            pitch: 0,
            plane: op.mid.plane,
        },
        height: 1,
        width,
    };
    each_panel(matrix, &mut pass)
}

/// Computes a row of the output from the rows that the offsets in the scratch point to.
fn use_rows(arena: &mut [u8], op: &Pair<'_>, y: usize) -> Result<(), Error> {
    let (filter, matrix) = (&op.filters[1], &op.matrices[1]);
    let bytes = if matrix.format.is_float() { 4 } else { 1 };
    let mut pass = Pass {
        arena,
        matrix,
        groups: filter.groups,
        scratch: op.second_scratch(),
        source: Source {
            at: op.mid.offset,
            row: 0,
            step: filter.stride_x.get(),
            group: op.mid.channels / filter.groups * op.mid.plane,
        },
        target: Target {
            at: op.output.offset + bytes * y * op.output.pitch,
            pitch: 0,
            plane: op.output.plane,
        },
        height: 1,
        width: op.output.width,
    };
    each_panel(matrix, &mut pass)
}
