//! Formats that store every weight: `dense_s8`, `dense_f32`, `dense_s4`, `dense_c4`.

use super::{Panel, Visit, nibbles_of_word, parts_of, pick, split_array, table};
use crate::Error;
use crate::format::Matrix;
use crate::kernel::Number;

/// Rows as they are.
struct Rows<'a, const P: usize> {
    rows: [&'a [u8]; P],
    cols: usize,
}

impl<N: Number, const P: usize> Panel<N, P> for Rows<'_, P> {
    #[inline]
    fn walk(&self, mut each: impl FnMut(usize, [N; P])) {
        for column in 0..self.cols {
            each(column, self.rows.map(|row| N::get(row, N::BYTES * column)));
        }
    }
}

/// Four rows at a time, as far as they may go together, so that a kernel loads inputs once for all.
pub(super) fn rows<N: Number>(matrix: &Matrix<'_>, visit: &mut impl Visit) -> Result<(), Error> {
    let (cols, row_bytes) = (matrix.cols, N::BYTES * matrix.cols);
    let (stored, _) = split_array(matrix.stored()?, row_bytes.saturating_mul(matrix.rows))?;
    let together = visit.rows_together();
    let mut row = 0;
    for group in stored.chunks(row_bytes.saturating_mul(together).max(1)) {
        let mut quads = parts_of(group, 4 * row_bytes);
        for quad in &mut quads {
            let mut parts = parts_of(quad, row_bytes);
            let rows = core::array::from_fn(|_| parts.next().unwrap_or_default());
            visit.panel::<N, 4, _>(row, &Rows { rows, cols });
            row += 4;
        }
        for single in parts_of(quads.remainder(), row_bytes) {
            visit.panel::<N, 1, _>(row, &Rows { rows: [single], cols });
            row += 1;
        }
    }
    Ok(())
}

/// Words of which each holds 4-bit weights of eight rows in one column.
struct Nibbles<'a> {
    words: &'a [[u8; 4]],
}

impl Panel<i8, 8> for Nibbles<'_> {
    #[inline]
    fn walk(&self, mut each: impl FnMut(usize, [i8; 8])) {
        for (column, &word) in self.words.iter().enumerate() {
            each(column, nibbles_of_word(u32::from_le_bytes(word)));
        }
    }
}

pub(super) fn nibbles(matrix: &Matrix<'_>, visit: &mut impl Visit) -> Result<(), Error> {
    let panel_bytes = 4 * matrix.cols;
    let (stored, _) = split_array(matrix.stored()?, panel_bytes.saturating_mul(matrix.rows.div_ceil(8)))?;
    for (index, panel) in parts_of(stored, panel_bytes).enumerate() {
        visit.panel(8 * index, &Nibbles { words: panel.as_chunks().0 });
    }
    Ok(())
}

/// Words of eight codes in one row.
struct Codes<'a> {
    table: [i8; 16],
    words: &'a [[u8; 4]],
    cols: usize,
}

impl Panel<i8, 1> for Codes<'_> {
    #[inline]
    fn walk(&self, mut each: impl FnMut(usize, [i8; 1])) {
        for (index, &word) in self.words.iter().enumerate() {
            let word = u32::from_le_bytes(word);
            let first = 8 * index;
            for k in 0..self.cols.saturating_sub(first).min(8) {
                each(first + k, [pick(&self.table, word >> (4 * k))]);
            }
        }
    }
}

pub(super) fn codes(matrix: &Matrix<'_>, visit: &mut impl Visit) -> Result<(), Error> {
    let row_bytes = 4 * matrix.cols.div_ceil(8);
    let (head, rest) = split_array(matrix.stored()?, 16)?;
    let (stored, _) = split_array(rest, row_bytes.saturating_mul(matrix.rows))?;
    let table = table(head);
    for (row, words) in parts_of(stored, row_bytes).enumerate() {
        visit.panel(row, &Codes { table, words: words.as_chunks().0, cols: matrix.cols });
    }
    Ok(())
}
