//! `skip`: section 5.4.

use super::packed::Decode;
use super::{pick, split_array, table};
use crate::Error;
use crate::format::{Head, Matrix};

/// Bytes of a gap above a code; code 0 is a longer gap.
pub(super) struct Skip<'a> {
    table: [i8; 16],
    entries: &'a [u8],
    bits: u32,
    cols: usize,
}

impl<'a> Skip<'a> {
    pub(super) fn new(matrix: &Matrix<'a>) -> Result<Self, Error> {
        let stored = matrix.stored()?;
        let Head { layout, count } = Head::read(matrix.format, stored)?;
        let (_, rest) = split_array(stored, Head::BYTES)?;
        let (head, rest) = split_array(rest, layout.table_bytes())?;
        let (entries, _) = split_array(rest, count)?;
        Ok(Self { table: table(head), entries, bits: layout.bits, cols: matrix.cols })
    }
}

impl Decode for Skip<'_> {
    #[inline]
    fn weight(&mut self, mut column: usize) -> Result<Option<(usize, i8)>, Error> {
        let mask = (1 << self.bits) - 1;
        loop {
            let entry = u32::from(*self.entries.split_off_first().ok_or(Error::Weights)?);
            let low = (entry >> self.bits) as usize;
            if entry & mask != 0 {
                return Ok(Some((column + low, pick(&self.table, entry & mask))));
            }
            column += (low + 1) << (8 - self.bits);
            if column >= self.cols {
                return Ok(None);
            }
        }
    }
}
