//! DENSE: section 4.1. A matrix times a vector.

use super::{Head, Operator, ROWWISE};
use crate::Error;
use crate::check::{Area, Bounds};
use crate::format::{Cursor, Format, Matrix};
use crate::kernel::{Number, dot};
use crate::weights::{Panel, Visit, each_panel};

/// Reads `cols` values at `input`, writes `rows` values at `output`.
#[derive(Clone, Copy)]
pub(crate) struct Dense<'a> {
    input: usize,
    output: usize,
    matrix: Matrix<'a>,
}

impl<'a> Operator<'a> for Dense<'a> {
    const BYTES: usize = 36;
    const FLAGS: u8 = ROWWISE;

    fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let format = head.weights(head.format)?;
        Ok(Self {
            input: cursor.size32()?,
            output: cursor.size32()?,
            matrix: Matrix::read(cursor, file, format, head.flags & ROWWISE != 0)?,
        })
    }

    fn is_float(&self) -> bool {
        self.matrix.format.is_float()
    }

    fn matrices(&self) -> &[Matrix<'a>] {
        core::slice::from_ref(&self.matrix)
    }

    fn check(&self, bounds: &Bounds) -> Result<(), Error> {
        let bytes = if self.is_float() { 4 } else { 1 };
        let input = Area::line(self.input, bytes * self.matrix.cols as u64, bytes, bounds)?;
        let output = Area::line(self.output, bytes * self.matrix.rows as u64, bytes, bounds)?;
        input.apart(&output)
    }

    fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        if self.matrix.format == Format::DenseS8 {
            return bytes(arena, self);
        }
        let Self { matrix, input, output } = self;
        each_panel(matrix, &mut Product { arena, matrix, input: *input, output: *output })
    }
}

struct Product<'a> {
    arena: &'a mut [u8],
    matrix: &'a Matrix<'a>,
    input: usize,
    output: usize,
}

impl Visit for Product<'_> {
    fn rows_together(&self) -> usize {
        self.matrix.rows
    }

    fn panel<N: Number, const P: usize, W: Panel<N, P>>(&mut self, row: usize, panel: &W) {
        let rows: [N::Row; P] = core::array::from_fn(|p| N::row(self.matrix, row + p));
        let mut sums = rows.map(|row| N::start(&row));
        let values = self.arena.get(self.input..).unwrap_or_default();
        panel.walk(|column, weights| {
            let value = N::get(values, N::BYTES * column);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = N::add_product(*sum, weight, value);
            }
        });
        let present = self.matrix.rows - row;
        for (p, (row_data, sum)) in rows.iter().zip(sums).take(present).enumerate() {
            N::finish(row_data, sum).put(self.arena, self.output + N::BYTES * (row + p));
        }
    }

    fn row(&mut self, row: usize, weights: impl Iterator<Item = (usize, i8)>) {
        let own = i8::row(self.matrix, row);
        let values = self.arena.get(self.input..).unwrap_or_default();
        let sum = weights.fold(i8::start(&own), |sum, (column, weight)| {
            i8::add_product(sum, weight, i8::get(values, column))
        });
        i8::finish(&own, sum).put(self.arena, self.output + row);
    }
}

/// `dense_s8`: dot products, which have no need of panels.
fn bytes(arena: &mut [u8], op: &Dense<'_>) -> Result<(), Error> {
    let matrix = &op.matrix;
    let rows = matrix.stored()?.chunks_exact(matrix.cols.max(1)).take(matrix.rows);
    for (index, weights) in rows.enumerate() {
        let row = i8::row(matrix, index);
        let values = arena.get(op.input..op.input + matrix.cols).ok_or(Error::View)?;
        let sum = i8::start(&row).wrapping_add(dot(weights, values));
        i8::finish(&row, sum).put(arena, op.output + index);
    }
    Ok(())
}
