//! `gap`: section 5.3.

use super::packed::Decode;
use super::{pick, split_array, table};
use crate::Error;
use crate::format::{Head, Layout, Matrix};

/// Bits of a word of the stream.
const WORD: u32 = u32::BITS;

/// A stream of bits and entries, walked from the first row on.
pub(super) struct Gap<'a> {
    layout: Layout,
    cols: usize,
    stream: Stream<'a>,
    fields: Fields<'a>,
    table: [i8; 16],
    /// Values of 8 bits.
    values: &'a [u8],
}

impl<'a> Gap<'a> {
    pub(super) fn new(matrix: &Matrix<'a>) -> Result<Self, Error> {
        let stored = matrix.stored()?;
        let Head { layout, count } = Head::read(matrix.format, stored)?;
        let (_, mut rest) = split_array(stored, Head::BYTES)?;
        let mut total = None;
        if layout.bits == 8 {
            let (count, behind) = rest.split_first_chunk().ok_or(Error::Array)?;
            (total, rest) = (Some(u32::from_le_bytes(*count) as usize), behind);
        }
        let (head, rest) = split_array(rest, layout.table_bytes())?;
        let (words, mut entries) = split_array(rest, 4 * count)?;
        let mut values = Default::default();
        if let Some(total) = total {
            let bytes = fields_bytes(total, layout.width);
            let (fields, rest) = split_array(entries, bytes)?;
            (entries, values) = (fields, split_array(rest, total)?.0);
        }
        Ok(Self {
            layout,
            cols: matrix.cols,
            stream: Stream { words: words.as_chunks().0, word: 0, left: 0 },
            fields: Fields { bytes: entries, width: layout.width, word: 0, left: 0 },
            table: table(head),
            values,
        })
    }

    /// What an entry keeps of its gap, and its value.
    #[inline]
    fn entry(&mut self) -> Result<(usize, i8), Error> {
        let entry = self.fields.next()?;
        if self.layout.bits == 8 {
            let value = self.values.split_off_first().ok_or(Error::Weights)?;
            return Ok((entry as usize, value.cast_signed()));
        }
        let code = entry & ((1 << self.layout.bits) - 1);
        Ok(((entry >> self.layout.bits) as usize, pick(&self.table, code)))
    }
}

/// Bytes of words that hold `count` fields of `width` bits.
const fn fields_bytes(count: usize, width: u32) -> usize {
    match WORD.checked_div(width) {
        Some(each) => count.div_ceil(each as usize).saturating_mul(4),
        None => 0,
    }
}

impl Decode for Gap<'_> {
    #[inline]
    fn weight(&mut self, mut column: usize) -> Result<Option<(usize, i8)>, Error> {
        let shift = self.layout.step_bits();
        // No more steps than reach the row's end, and one where it has been reached.
        let most = (self.cols.saturating_sub(column)).div_ceil(1 << shift).max(1);
        let steps = self.stream.steps()? as usize;
        if steps > most {
            return Err(Error::Weights);
        }
        column += steps << shift;
        if steps > 0 && column >= self.cols {
            return Ok(None);
        }
        let (low, value) = self.entry()?;
        Ok(Some((column + low, value)))
    }
}

/// Bits, 16 in a halfword, the first on top.
struct Stream<'a> {
    words: &'a [[u8; 4]],
    /// Bits that were read from the file and not yet given, the next on top.
    word: u32,
    /// How many.
    left: u32,
}

impl Stream<'_> {
    /// The ones before the next zero, which is passed over too.
    #[inline]
    fn steps(&mut self) -> Result<u32, Error> {
        let mut steps = 0;
        loop {
            let ones = self.word.leading_ones();
            if ones < self.left {
                // In two shifts, since a word of 31 ones leaves nothing.
                self.word = self.word << ones << 1;
                self.left -= ones + 1;
                return Ok(steps + ones);
            }
            steps += self.left;
            let &word = self.words.split_off_first().ok_or(Error::Weights)?;
            (self.word, self.left) = (u32::from_le_bytes(word).rotate_left(WORD / 2), WORD);
        }
    }
}

/// Fields of some bits: bytes, or as many as fit in a word, the first on top.
struct Fields<'a> {
    bytes: &'a [u8],
    width: u32,
    /// Fields that were read from the file and not yet given, the next on top.
    word: u32,
    /// How many.
    left: u32,
}

impl Fields<'_> {
    /// The next field; 0 where fields have no bits.
    #[inline]
    fn next(&mut self) -> Result<u32, Error> {
        match self.width {
            0 => return Ok(0),
            8 => return self.bytes.split_off_first().map(|&byte| byte.into()).ok_or(Error::Weights),
            _ => {}
        }
        if self.left == 0 {
            let (&word, rest) = self.bytes.split_first_chunk().ok_or(Error::Weights)?;
            let word = u32::from_le_bytes(word);
            // Kernels in C find the end of five fields by these bits.
            if self.width == 6 && word & 3 != 2 {
                return Err(Error::Weights);
            }
            (self.bytes, self.word, self.left) = (rest, word, WORD / self.width);
        }
        let field = self.word >> (WORD - self.width);
        self.word <<= self.width;
        self.left -= 1;
        Ok(field)
    }
}
