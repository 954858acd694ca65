//! Matrices and the arrays of a file: sections 3.1 and 5.

use super::{Bounds, require};
use crate::Error;
use crate::format::{Format, Head, Matrix};
use crate::kernel::Number;
use crate::weights::{Panel, Visit, each_panel};

/// Greatest multiplier, so that its product with 16 bits fits i32.
const MOST_MULT: u16 = 32767;

/// Refuses an array of `len` bytes that leaves the file or does not lie behind the records.
pub(crate) fn array(offset: usize, len: u64, bounds: &Bounds) -> Result<(), Error> {
    let offset = offset as u64;
    let good = offset.is_multiple_of(4) && offset >= bounds.arrays && offset + len <= bounds.file;
    require(good, Error::Array)
}

/// Checks the numbers of a matrix and everything that it refers to.
pub(crate) fn matrix(matrix: &Matrix<'_>, bounds: &Bounds) -> Result<(), Error> {
    require(matrix.rows > 0 && matrix.cols > 0, Error::Shape)?;
    let rows = matrix.rows as u64;
    if matrix.format.is_float() {
        require(matrix.mult == 0, Error::Reserved)?;
    } else {
        numbers(matrix)?;
        array(matrix.mult, if matrix.rowwise { 2 * rows } else { 2 }, bounds)?;
        let count = if matrix.rowwise { matrix.rows } else { 1 };
        require((0..count).all(|row| matrix.mult(row) <= MOST_MULT), Error::Range)?;
    }
    if matrix.bias != 0 {
        array(matrix.bias, rows * if matrix.format.is_float() { 4 } else { 2 }, bounds)?;
    }
    weights(matrix, bounds)
}

fn numbers(matrix: &Matrix<'_>) -> Result<(), Error> {
    let shifts = matrix.bias_shift <= 16 && matrix.pre <= 16 && (1..=30).contains(&matrix.post);
    require(shifts && matrix.lo <= matrix.hi, Error::Range)
}

/// Checks that the weights lie in the file and, where columns are stored, in the matrix.
fn weights(matrix: &Matrix<'_>, bounds: &Bounds) -> Result<(), Error> {
    let (rows, cols) = (matrix.rows as u64, matrix.cols as u64);
    let len = match matrix.format {
        Format::DenseS8 => rows * cols,
        Format::DenseS4 => 4 * cols * rows.div_ceil(8),
        Format::DenseC4 => 16 + 4 * rows * cols.div_ceil(8),
        Format::DenseF32 => 4 * rows * cols,
        Format::Codes => codes_len(matrix)?,
        // The counts say how long it is; walking finds out.
        _ => 0,
    };
    array(matrix.weights, len, bounds)?;
    if len > 0 {
        return Ok(());
    }
    first_code(matrix)?;
    let mut columns = Columns { matrix, rising: matrix.format == Format::SparseF32, good: true };
    each_panel(matrix, &mut columns)?;
    require(columns.good, Error::Weights)
}

/// Bytes of `codes`: head, table, and whole groups of eight codes.
fn codes_len(matrix: &Matrix<'_>) -> Result<u64, Error> {
    let Head { layout, count } = Head::read(matrix.format, matrix.stored()?)?;
    require(count == 0, Error::Reserved)?;
    let groups = (matrix.rows as u64 * matrix.cols as u64).div_ceil(8);
    Ok((Head::BYTES + layout.table_bytes()) as u64 + u64::from(layout.bits) * groups)
}

/// The first value of a table is 0 where that code means no weight.
fn first_code(matrix: &Matrix<'_>) -> Result<(), Error> {
    let table_at = match matrix.format {
        Format::SparseC4D6 | Format::SparseC4D4 | Format::SparseC3D7 | Format::SparseC3D5 => 0,
        Format::Skip => Head::BYTES,
        _ => return Ok(()),
    };
    require(matrix.stored()?.get(table_at) == Some(&0), Error::Weights)
}

/// Walks the stored columns.
struct Columns<'a> {
    matrix: &'a Matrix<'a>,
    /// Whether each column must be above the one before.
    rising: bool,
    good: bool,
}

impl Visit for Columns<'_> {
    fn rows_together(&self) -> usize {
        self.matrix.rows
    }

    fn panel<N: Number, const P: usize, W: Panel<N, P>>(&mut self, _row: usize, panel: &W) {
        let (mut good, mut least) = (true, 0);
        panel.walk(|column, _| {
            good &= column < self.matrix.cols && column >= least;
            if self.rising {
                least = column + 1;
            }
        });
        self.good &= good;
    }

    fn row(&mut self, _row: usize, weights: impl Iterator<Item = (usize, i8)>) {
        let (mut good, mut count) = (true, 0);
        for (column, _) in weights {
            good &= column < self.matrix.cols;
            count += 1;
        }
        self.good &= good && count <= self.matrix.most;
    }
}
