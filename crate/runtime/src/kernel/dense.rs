//! DENSE: a matrix times a vector.

use super::Number;
use super::lanes::dot;
use crate::Error;
use crate::format::{Dense, Format, Matrix};
use crate::weights::{Panel, Visit, each_panel};

/// Reads `cols` values at `input`, writes `rows` values at `output`.
pub(crate) fn dense(arena: &mut [u8], op: &Dense<'_>) -> Result<(), Error> {
    if op.matrix.format == Format::DenseS8 {
        return bytes(arena, op);
    }
    let (matrix, input, output) = (&op.matrix, op.input, op.output);
    each_panel(matrix, &mut Product { arena, matrix, input, output })
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
