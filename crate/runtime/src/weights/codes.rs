//! `codes`: section 5.5.

use super::packed::Decode;
use super::{pick, split_array, table};
use crate::Error;
use crate::format::{Head, Matrix};

/// All weights as codes, with nothing between rows.
pub(super) struct Codes<'a> {
    table: [i8; 16],
    bytes: &'a [u8],
    bits: u32,
    cols: usize,
    /// Codes that were read from the file and not yet given, the next in the lowest bits.
    word: u32,
    /// How many.
    left: u32,
}

impl<'a> Codes<'a> {
    pub(super) fn new(matrix: &Matrix<'a>) -> Result<Self, Error> {
        let stored = matrix.stored()?;
        let Head { layout, .. } = Head::read(matrix.format, stored)?;
        let (_, rest) = split_array(stored, Head::BYTES)?;
        let (head, bytes) = split_array(rest, layout.table_bytes())?;
        Ok(Self { table: table(head), bytes, bits: layout.bits, cols: matrix.cols, word: 0, left: 0 })
    }

    /// The eight codes in the next `bits` bytes.
    fn eight(&mut self) -> Result<u32, Error> {
        let bytes = self.bytes.split_off(..self.bits as usize).ok_or(Error::Array)?;
        Ok(bytes.iter().rev().fold(0, |word, &byte| word << 8 | u32::from(byte)))
    }
}

impl Decode for Codes<'_> {
    #[inline]
    fn weight(&mut self, column: usize) -> Result<Option<(usize, i8)>, Error> {
        if column == self.cols {
            return Ok(None);
        }
        if self.left == 0 {
            (self.word, self.left) = (self.eight()?, 8);
        }
        let code = self.word & ((1 << self.bits) - 1);
        self.word >>= self.bits;
        self.left -= 1;
        Ok(Some((column, pick(&self.table, code))))
    }
}
