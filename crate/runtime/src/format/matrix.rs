//! Matrices and their weight formats: sections 3.1 and 5.

use super::{Cursor, f32_at, i16_at, u16_at};
use crate::Error;

/// How the weights of a matrix are stored: section 5 of FORMAT.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Format {
    /// Bytes, row after row.
    DenseS8 = 0,
    /// Numbers of 4 bits, eight rows in a word.
    DenseS4 = 1,
    /// Codes of 4 bits for up to 16 values.
    DenseC4 = 2,
    /// Entries of an 8-bit delta and an 8-bit value.
    SparseS8 = 3,
    /// Entries of a 6-bit delta and a 4-bit code.
    SparseC4D6 = 4,
    /// Entries of a 4-bit delta and a 4-bit code.
    SparseC4D4 = 5,
    /// Entries of a 7-bit delta and a 3-bit code.
    SparseC3D7 = 6,
    /// Entries of a 5-bit delta and a 3-bit code.
    SparseC3D5 = 7,
    /// Blocks of 4 rows, 8 bits a weight.
    Block4S8 = 8,
    /// Blocks of 8 rows, 4 bits a weight.
    Block8S4 = 9,
    /// `f32`, row after row.
    DenseF32 = 10,
    /// Columns and `f32` values of what is stored.
    SparseF32 = 11,
}

impl Format {
    const ALL: [Self; 12] = [
        Self::DenseS8,
        Self::DenseS4,
        Self::DenseC4,
        Self::SparseS8,
        Self::SparseC4D6,
        Self::SparseC4D4,
        Self::SparseC3D7,
        Self::SparseC3D5,
        Self::Block4S8,
        Self::Block8S4,
        Self::DenseF32,
        Self::SparseF32,
    ];

    pub(crate) fn from_code(code: u8) -> Result<Self, Error> {
        Self::ALL.get(usize::from(code)).copied().ok_or(Error::Unsupported)
    }

    /// The number by which files name this format.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The name in FORMAT.md.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DenseS8 => "dense_s8",
            Self::DenseS4 => "dense_s4",
            Self::DenseC4 => "dense_c4",
            Self::SparseS8 => "sparse_s8",
            Self::SparseC4D6 => "sparse_c4d6",
            Self::SparseC4D4 => "sparse_c4d4",
            Self::SparseC3D7 => "sparse_c3d7",
            Self::SparseC3D5 => "sparse_c3d5",
            Self::Block4S8 => "block4_s8",
            Self::Block8S4 => "block8_s4",
            Self::DenseF32 => "dense_f32",
            Self::SparseF32 => "sparse_f32",
        }
    }

    /// Whether the weights are `f32`.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::DenseF32 | Self::SparseF32)
    }

    /// Whether rows are stored one by one, so that a convolution may have groups.
    pub(crate) const fn has_single_rows(self) -> bool {
        !matches!(self, Self::DenseS4 | Self::Block4S8 | Self::Block8S4)
    }
}

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
