//! Formats that store blocks of neighbouring rows with shared columns: section 5.2.

use super::{Panel, Visit, nibbles_of_word, split_array};
use crate::Error;
use crate::format::Matrix;

/// A block of rows.
pub(super) struct Block<'a> {
    deltas: &'a [u8],
    words: &'a [[u8; 4]],
}

impl Block<'_> {
    #[inline]
    fn entries(&self, mut each: impl FnMut(usize, [u8; 4])) {
        let mut column = 0;
        for (&delta, &word) in self.deltas.iter().zip(self.words) {
            column += usize::from(delta);
            each(column, word);
        }
    }
}

impl Panel<i8, 4> for Block<'_> {
    #[inline]
    fn walk(&self, mut each: impl FnMut(usize, [i8; 4])) {
        self.entries(|column, word| each(column, word.map(u8::cast_signed)));
    }
}

impl Panel<i8, 8> for Block<'_> {
    #[inline]
    fn walk(&self, mut each: impl FnMut(usize, [i8; 8])) {
        self.entries(|column, word| each(column, nibbles_of_word(u32::from_le_bytes(word))));
    }
}

/// `P` rows in a block.
pub(super) fn rows<const P: usize>(matrix: &Matrix<'_>, visit: &mut impl Visit) -> Result<(), Error>
where
    for<'a> Block<'a>: Panel<i8, P>,
{
    let (counts, rest) = split_array(matrix.stored()?, 2 * matrix.rows.div_ceil(P))?;
    let counts = counts.as_chunks().0;
    let total = counts.iter().map(|&count| usize::from(u16::from_le_bytes(count))).sum::<usize>();
    let (mut deltas, rest) = split_array(rest, total)?;
    let (words, _) = split_array(rest, total.saturating_mul(4))?;
    let mut words = words.as_chunks().0;
    for (index, &count) in counts.iter().enumerate() {
        let count = usize::from(u16::from_le_bytes(count));
        let here = Block {
            deltas: deltas.split_off(..count).ok_or(Error::Array)?,
            words: words.split_off(..count).ok_or(Error::Array)?,
        };
        visit.panel(P * index, &here);
    }
    Ok(())
}
