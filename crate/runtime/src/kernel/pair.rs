//! PAIR: two convolutions with a ring of rows in between.

use super::Number;
use super::pass::{Pass, Source, Target, write_offsets};
use crate::Error;
use crate::format::Pair;
use crate::weights::each_panel;

/// Makes the output row by row, and before each the rows of mid that it needs and that are not yet
/// there.
pub(crate) fn pair(arena: &mut [u8], op: &Pair<'_>) -> Result<(), Error> {
    let [first, second] = &op.filters;
    let channels = op.input.channels / first.groups;
    write_offsets(arena, op.scratch, first, (channels, op.input.plane), |y| {
        y * first.dilation_y * op.input.pitch
    });
    let mut next = 0;
    for y in 0..op.output.height {
        let top = y * second.stride_y.get();
        for row in next.max(top)..top + second.span().0 {
            if op.matrices[0].format.is_float() {
                clear(arena, op, row, 0.0f32);
            } else {
                clear(arena, op, row, op.zero_point);
            }
            make_row(arena, op, row)?;
        }
        next = top + second.span().0;
        write_offsets(
            arena,
            op.second_scratch(),
            second,
            (op.mid.channels / second.groups, op.mid.plane),
            |ky| slot(op, top + ky * second.dilation_y) * op.mid.pitch,
        );
        use_rows(arena, op, y)?;
    }
    Ok(())
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
        offsets: op.scratch,
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
        offsets: op.second_scratch(),
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
