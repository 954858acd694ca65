//! Arrays of stored weights: what all formats make them of.

use ndarray::Array2;

/// What a stored matrix takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Bytes of the array, filled up to a multiple of 4.
    pub bytes: usize,
    /// What a kernel steps over: weights, entries of rows, or entries of blocks.
    pub entries: usize,
    /// What it walks beside them: steps of columns of `gap` and `skip`.
    pub steps: usize,
    /// The most values of a row, where the file states them.
    pub most: usize,
}

impl Size {
    /// Where nothing is stepped over.
    pub(super) const fn of(bytes: usize, entries: usize) -> Self {
        Self { bytes: bytes.next_multiple_of(4), entries, steps: 0, most: 0 }
    }
}

/// Fills up to a multiple of 4.
pub(super) fn padded(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub(super) fn words(words: impl IntoIterator<Item = u32>) -> Vec<u8> {
    words.into_iter().flat_map(u32::to_le_bytes).collect()
}

/// The table of a dense matrix: zero is in it only where it occurs.
pub(super) fn with_zero(values: &Array2<i8>, mut book: Vec<i8>, most: usize) -> Option<Vec<i8>> {
    if values.iter().any(|v| *v == 0) {
        book.insert(0, 0);
    }
    (book.len() <= most).then_some(book)
}

pub(super) fn table_bytes(book: &[i8], entries: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = book.iter().map(|v| v.cast_unsigned()).collect();
    bytes.resize(entries, 0);
    bytes
}

pub(super) fn code_of(book: &[i8], value: i8) -> u32 {
    book.iter().position(|v| *v == value).unwrap_or(0) as u32
}
