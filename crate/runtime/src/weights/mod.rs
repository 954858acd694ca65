//! Stored weights, walked: every format gives panels of some neighbouring rows, and a panel gives
//! its columns in rising order with the weights of its rows; or rows that can be decoded only once.
//!
//! Kernels and the check of an artifact are written against this and know no format.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod block;
mod codes;
mod dense;
mod gap;
mod packed;
mod skip;
mod sparse;

use crate::Error;
use crate::format::{Format, Matrix};
use crate::kernel::Number;
use core::slice::ChunksExact;

/// The weights of `P` neighbouring rows.
pub(crate) trait Panel<N, const P: usize> {
    /// Gives each stored column, in the order in which it is stored, with its weights.
    fn walk(&self, each: impl FnMut(usize, [N; P]));
}

/// What is done with the panels of a matrix.
pub(crate) trait Visit {
    /// Panels must not reach over a multiple of this number of rows. Only formats that store rows
    /// one by one heed it.
    fn rows_together(&self) -> usize;

    /// Takes the panel that begins with a row. Rows behind the matrix's last have zero weights.
    fn panel<N: Number, const P: usize, W: Panel<N, P>>(&mut self, row: usize, panel: &W);

    /// Takes a row that is decoded as it is asked for: columns, rising, with their weights.
    fn row(&mut self, row: usize, weights: impl Iterator<Item = (usize, i8)>);
}

/// Gives all panels of a matrix, in the order of rows.
///
/// # Errors
/// Where the weights are not all in the file, or are malformed; what precedes has been visited.
pub(crate) fn each_panel(matrix: &Matrix<'_>, visit: &mut impl Visit) -> Result<(), Error> {
    match matrix.format {
        Format::DenseS8 => dense::rows::<i8>(matrix, visit),
        Format::DenseS4 => dense::nibbles(matrix, visit),
        Format::DenseC4 => dense::codes(matrix, visit),
        Format::SparseS8 => sparse::rows::<2, 8, 8>(matrix, visit),
        Format::SparseC4D6 => sparse::rows::<3, 6, 4>(matrix, visit),
        Format::SparseC4D4 => sparse::rows::<4, 4, 4>(matrix, visit),
        Format::SparseC3D7 => sparse::rows::<3, 7, 3>(matrix, visit),
        Format::SparseC3D5 => sparse::rows::<4, 5, 3>(matrix, visit),
        Format::Block4S8 => block::rows::<4>(matrix, visit),
        Format::Block8S4 => block::rows::<8>(matrix, visit),
        Format::DenseF32 => dense::rows::<f32>(matrix, visit),
        Format::SparseF32 => sparse::floats(matrix, visit),
        Format::Gap => packed::rows(matrix, visit, &mut gap::Gap::new(matrix)?),
        Format::Skip => packed::rows(matrix, visit, &mut skip::Skip::new(matrix)?),
        Format::Codes => packed::rows(matrix, visit, &mut codes::Codes::new(matrix)?),
    }
}

/// Splits off the first `len` bytes and, from the rest, the zero bytes that fill them up to 4.
fn split_array(bytes: &[u8], len: usize) -> Result<(&[u8], &[u8]), Error> {
    let (array, _) = bytes.split_at_checked(len).ok_or(Error::Array)?;
    let rest = bytes.get(len.next_multiple_of(4)..).ok_or(Error::Array)?;
    Ok((array, rest))
}

/// Whole parts of `len` bytes, which is not 0 in a checked artifact.
fn parts_of(bytes: &[u8], len: usize) -> ChunksExact<'_, u8> {
    bytes.chunks_exact(len.max(1))
}

/// The eight numbers of 4 bits in a word, stored plus 8.
fn nibbles_of_word(word: u32) -> [i8; 8] {
    core::array::from_fn(|k| ((word >> (4 * k)) & 15) as i8 - 8)
}

/// A table of up to 16 values.
fn table(bytes: &[u8]) -> [i8; 16] {
    let mut table = [0; 16];
    for (value, &byte) in table.iter_mut().zip(bytes) {
        *value = byte.cast_signed();
    }
    table
}

/// The value that the lowest 4 bits select.
#[inline]
#[expect(clippy::indexing_slicing, reason = "4 bits cannot leave 16 values")]
fn pick(table: &[i8; 16], code: u32) -> i8 {
    table[(code & 15) as usize]
}
