//! Matrices: section 3.1.

use super::{Cursor, Format, f32_at, i16_at, u16_at};
use crate::Error;

/// What follows a FLOAT sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    None,
    Relu,
    Relu6,
}

impl Activation {
    /// Reads the `u16` that names an activation; it must be 0 where the op is not FLOAT.
    pub(crate) fn read(cursor: &mut Cursor<'_>, is_float: bool) -> Result<Self, Error> {
        match cursor.u16()? {
            0 => Ok(Self::None),
            _ if !is_float => Err(Error::Reserved),
            1 => Ok(Self::Relu),
            2 => Ok(Self::Relu6),
            _ => Err(Error::Range),
        }
    }
}

/// A MATRIX block, and the file in which its arrays lie. Offsets count bytes from the file's start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a> {
    pub(crate) file: &'a [u8],
    pub(crate) format: Format,
    pub(crate) rowwise: bool,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) weights: usize,
    pub(crate) bias: usize,
    pub(crate) mult: usize,
    pub(crate) bias_shift: u32,
    pub(crate) pre: u32,
    pub(crate) post: u32,
    pub(crate) zero_point: i8,
    pub(crate) lo: i8,
    pub(crate) hi: i8,
    pub(crate) activation: Activation,
    /// The most values that a row stores, where the format states them.
    pub(crate) most: usize,
}

/// The parts of a convolution's scratch: section 4.2. Byte offsets from its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scratch {
    /// Where the row is unpacked: `u16` offsets, which are those of the columns where all are stored.
    pub(crate) offsets: usize,
    /// And its i8 values.
    pub(crate) values: usize,
    /// The length.
    pub(crate) bytes: usize,
}

impl<'a> Matrix<'a> {
    pub(crate) fn read(
        cursor: &mut Cursor<'_>,
        file: &'a [u8],
        format: Format,
        rowwise: bool,
    ) -> Result<Self, Error> {
        let mut matrix = Self {
            file,
            format,
            rowwise,
            rows: cursor.size16()?,
            cols: cursor.size16()?,
            weights: cursor.size32()?,
            bias: cursor.size32()?,
            mult: cursor.size32()?,
            bias_shift: cursor.u8()?.into(),
            pre: cursor.u8()?.into(),
            post: cursor.u8()?.into(),
            zero_point: cursor.i8()?,
            lo: cursor.i8()?,
            hi: cursor.i8()?,
            activation: Activation::None,
            most: 0,
        };
        if format.states_most() {
            matrix.most = cursor.size16()?;
        } else {
            matrix.activation = Activation::read(cursor, format.is_float())?;
        }
        Ok(matrix)
    }

    /// The scratch of a convolution with this matrix.
    pub(crate) const fn scratch(&self) -> Scratch {
        let columns = 2 * self.cols;
        let behind = columns.next_multiple_of(4);
        match self.format {
            Format::Gap | Format::Skip => {
                let values = behind + (2 * self.most).next_multiple_of(4);
                Scratch { offsets: behind, values, bytes: values + self.most.next_multiple_of(4) }
            }
            Format::Codes => {
                Scratch { offsets: 0, values: behind, bytes: behind + self.cols.next_multiple_of(4) }
            }
            _ => Scratch { offsets: 0, values: behind, bytes: columns },
        }
    }

    /// The bytes from the weights to the end of the file.
    pub(crate) fn stored(&self) -> Result<&'a [u8], Error> {
        self.file.get(self.weights..).ok_or(Error::Array)
    }

    /// What the sum of an i8 row starts with.
    pub(crate) fn bias(&self, row: usize) -> i32 {
        if self.bias == 0 {
            return 0;
        }
        i32::from(i16_at(self.file, self.bias + 2 * row)).wrapping_shl(self.bias_shift)
    }

    /// What the sum of a FLOAT row starts with.
    pub(crate) fn bias_f32(&self, row: usize) -> f32 {
        if self.bias == 0 { 0.0 } else { f32_at(self.file, self.bias + 4 * row) }
    }

    /// The multiplier of a row.
    pub(crate) fn mult(&self, row: usize) -> u16 {
        u16_at(self.file, if self.rowwise { self.mult + 2 * row } else { self.mult })
    }
}
