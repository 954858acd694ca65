//! The records of operations: section 4.

use super::operation::{
    Add, Cast, Conv, Copy, Dense, Fill, Function, Head, Mul, Pair, Pool, ROWWISE, ROWWISE_SECOND, Softmax,
    Unary,
};
use super::{Cursor, Matrix};
use crate::Error;

/// Kinds of operations: section 4 of FORMAT.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum OpKind {
    /// Matrix times vector.
    Dense = 1,
    /// Convolution.
    Conv = 2,
    /// Two convolutions with only some rows in between.
    Pair = 3,
    /// Maximum or average of windows.
    Pool = 4,
    /// Sum of two tensors.
    Add = 5,
    /// Product of two tensors, element by element.
    Mul = 6,
    /// A function of each element.
    Unary = 7,
    /// Softmax of a vector.
    Softmax = 8,
    /// Copy from one place to another.
    Copy = 9,
    /// Set all elements to one value.
    Fill = 10,
    /// From f32 to i8.
    Quantize = 11,
    /// From i8 to f32.
    Dequantize = 12,
}

impl OpKind {
    const ALL: [Self; 12] = [
        Self::Dense,
        Self::Conv,
        Self::Pair,
        Self::Pool,
        Self::Add,
        Self::Mul,
        Self::Unary,
        Self::Softmax,
        Self::Copy,
        Self::Fill,
        Self::Quantize,
        Self::Dequantize,
    ];

    fn from_code(code: u8) -> Result<Self, Error> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(Error::Unsupported)
    }

    /// The number by which files name this operation.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The name in FORMAT.md.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dense => "DENSE",
            Self::Conv => "CONV",
            Self::Pair => "PAIR",
            Self::Pool => "POOL",
            Self::Add => "ADD",
            Self::Mul => "MUL",
            Self::Unary => "UNARY",
            Self::Softmax => "SOFTMAX",
            Self::Copy => "COPY",
            Self::Fill => "FILL",
            Self::Quantize => "QUANTIZE",
            Self::Dequantize => "DEQUANTIZE",
        }
    }
}

/// One operation.
#[allow(clippy::large_enum_variant, reason = "there is no heap, and one record at a time")]
pub(crate) enum Record<'a> {
    Dense(Dense<'a>),
    Conv(Conv<'a>),
    Pair(Pair<'a>),
    Pool(Pool),
    Add(Add),
    Mul(Mul),
    Unary(Unary<'a>),
    Softmax(Softmax<'a>),
    Copy(Copy),
    Fill(Fill),
    Quantize(Cast),
    Dequantize(Cast),
}

impl<'a> Record<'a> {
    /// Reads the record at a file offset; also gives the offset behind it.
    ///
    /// # Errors
    /// What is wrong with the record by itself.
    pub(crate) fn read(file: &'a [u8], at: usize) -> Result<(Self, usize), Error> {
        let [op, format, flags, words] =
            *file.get(at..).and_then(<[u8]>::first_chunk).ok_or(Error::Truncated)?;
        let end = at + 4 * usize::from(words);
        let body = file.get(at + 4..end).ok_or(if words == 0 { Error::Record } else { Error::Truncated })?;
        let mut cursor = Cursor::new(body);
        let record =
            Self::body(&mut cursor, file, &Head { op, format, flags }).map_err(|error| match error {
                Error::Truncated => Error::Record,
                error => error,
            })?;
        if cursor.is_empty() { Ok((record, end)) } else { Err(Error::Record) }
    }

    fn body(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let kind = OpKind::from_code(head.op)?;
        head.allow(match kind {
            OpKind::Dense | OpKind::Conv => ROWWISE,
            OpKind::Pair => ROWWISE | ROWWISE_SECOND,
            _ => 0,
        })?;
        Ok(match kind {
            OpKind::Dense => Self::Dense(Dense::read(cursor, file, head)?),
            OpKind::Conv => Self::Conv(Conv::read(cursor, file, head)?),
            OpKind::Pair => Self::Pair(Pair::read(cursor, file, head)?),
            OpKind::Pool => Self::Pool(Pool::read(cursor, head)?),
            OpKind::Add => Self::Add(Add::read(cursor, head)?),
            OpKind::Mul => Self::Mul(Mul::read(cursor, head)?),
            OpKind::Unary => Self::Unary(Unary::read(cursor, file, head)?),
            OpKind::Softmax => Self::Softmax(Softmax::read(cursor, file, head)?),
            OpKind::Copy => Self::Copy(Copy::read(cursor, head)?),
            OpKind::Fill => Self::Fill(Fill::read(cursor, head)?),
            OpKind::Quantize => Self::Quantize(Cast::read(cursor, head)?),
            OpKind::Dequantize => Self::Dequantize(Cast::read(cursor, head)?),
        })
    }

    pub(crate) const fn kind(&self) -> OpKind {
        match self {
            Self::Dense(_) => OpKind::Dense,
            Self::Conv(_) => OpKind::Conv,
            Self::Pair(_) => OpKind::Pair,
            Self::Pool(_) => OpKind::Pool,
            Self::Add(_) => OpKind::Add,
            Self::Mul(_) => OpKind::Mul,
            Self::Unary(_) => OpKind::Unary,
            Self::Softmax(_) => OpKind::Softmax,
            Self::Copy(_) => OpKind::Copy,
            Self::Fill(_) => OpKind::Fill,
            Self::Quantize(_) => OpKind::Quantize,
            Self::Dequantize(_) => OpKind::Dequantize,
        }
    }

    pub(crate) const fn is_float(&self) -> bool {
        match self {
            Self::Dense(op) => op.matrix.format.is_float(),
            Self::Conv(op) => op.matrix.format.is_float(),
            Self::Pair(op) => op.matrices[0].format.is_float(),
            Self::Pool(op) => op.is_float,
            Self::Add(op) => op.is_float,
            Self::Mul(op) => op.is_float,
            Self::Unary(op) => !matches!(op.function, Function::Table(_)),
            Self::Softmax(op) => op.is_float,
            Self::Copy(op) => op.is_float,
            Self::Fill(op) => op.is_float,
            Self::Quantize(_) | Self::Dequantize(_) => true,
        }
    }

    /// The matrices of the operation, at most two.
    pub(crate) fn matrices(&self) -> &[Matrix<'a>] {
        match self {
            Self::Dense(op) => core::slice::from_ref(&op.matrix),
            Self::Conv(op) => core::slice::from_ref(&op.matrix),
            Self::Pair(op) => &op.matrices,
            _ => &[],
        }
    }
}
