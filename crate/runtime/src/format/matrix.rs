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
}

impl<'a> Matrix<'a> {
    pub(crate) fn read(
        cursor: &mut Cursor<'_>,
        file: &'a [u8],
        format: Format,
        rowwise: bool,
    ) -> Result<Self, Error> {
        Ok(Self {
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
            activation: Activation::read(cursor, format.is_float())?,
        })
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
