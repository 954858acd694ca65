//! Formats that store what is not zero, row by row: section 5.1 and `sparse_f32`.

use super::{Panel, Visit, pick, split_array, table};
use crate::Error;
use crate::format::Matrix;

/// One row: `ENTRIES` entries in a word, each with the value or the code in its lowest `CODE` bits
/// and a delta of `DELTA` bits above them.
struct Row<'a, const ENTRIES: usize, const DELTA: u32, const CODE: u32> {
    table: &'a [i8; 16],
    words: &'a [[u8; 4]],
}

impl<const ENTRIES: usize, const DELTA: u32, const CODE: u32> Panel<i8, 1> for Row<'_, ENTRIES, DELTA, CODE> {
    #[inline]
    fn walk(&self, mut each: impl FnMut(usize, [i8; 1])) {
        let mut column = 0;
        for &word in self.words {
            let mut word = u32::from_le_bytes(word);
            for _ in 0..ENTRIES {
                column += ((word >> CODE) & ((1 << DELTA) - 1)) as usize;
                let value = if CODE == 8 { word as i8 } else { pick(self.table, word & ((1 << CODE) - 1)) };
                each(column, [value]);
                word >>= DELTA + CODE;
            }
        }
    }
}

pub(super) fn rows<const ENTRIES: usize, const DELTA: u32, const CODE: u32>(
    matrix: &Matrix<'_>,
    visit: &mut impl Visit,
) -> Result<(), Error> {
    let table_len = if CODE == 8 { 0 } else { 1 << CODE };
    let (head, rest) = split_array(matrix.stored()?, table_len)?;
    let (counts, mut rest) = split_array(rest, matrix.rows)?;
    let table = table(head);
    for (row, &count) in counts.iter().enumerate() {
        let (words, behind) = split_array(rest, 4 * usize::from(count))?;
        visit.panel(row, &Row::<ENTRIES, DELTA, CODE> { table: &table, words: words.as_chunks().0 });
        rest = behind;
    }
    Ok(())
}

/// One row of `sparse_f32`.
struct FloatRow<'a> {
    columns: &'a [[u8; 2]],
    values: &'a [[u8; 4]],
}

impl Panel<f32, 1> for FloatRow<'_> {
    #[inline]
    fn walk(&self, mut each: impl FnMut(usize, [f32; 1])) {
        for (&column, &value) in self.columns.iter().zip(self.values) {
            each(u16::from_le_bytes(column).into(), [f32::from_le_bytes(value)]);
        }
    }
}

pub(super) fn floats(matrix: &Matrix<'_>, visit: &mut impl Visit) -> Result<(), Error> {
    let (counts, rest) = split_array(matrix.stored()?, 2 * matrix.rows)?;
    let counts = counts.as_chunks().0;
    let total = counts.iter().map(|&count| usize::from(u16::from_le_bytes(count))).sum::<usize>();
    let (columns, rest) = split_array(rest, total.saturating_mul(2))?;
    let (values, _) = split_array(rest, total.saturating_mul(4))?;
    let (mut columns, mut values) = (columns.as_chunks().0, values.as_chunks().0);
    for (row, &count) in counts.iter().enumerate() {
        let count = usize::from(u16::from_le_bytes(count));
        let here = FloatRow {
            columns: columns.split_off(..count).ok_or(Error::Array)?,
            values: values.split_off(..count).ok_or(Error::Array)?,
        };
        visit.panel(row, &here);
    }
    Ok(())
}
