//! The fields of each kind of operation: section 4.

use super::{Activation, Cursor, Filter, Format, Matrix, View};
use crate::Error;

pub(super) const ROWWISE: u8 = 1;
pub(super) const ROWWISE_SECOND: u8 = 2;
const FLOAT: u8 = 0x80;

/// The first word of a record.
pub(super) struct Head {
    pub(super) op: u8,
    pub(super) format: u8,
    pub(super) flags: u8,
}

impl Head {
    pub(super) const fn is_float(&self) -> bool {
        self.flags & FLOAT != 0
    }

    /// Refuses flags beside `FLOAT` and those given.
    pub(super) fn allow(&self, flags: u8) -> Result<(), Error> {
        if self.flags & !(FLOAT | flags) == 0 { Ok(()) } else { Err(Error::Reserved) }
    }

    /// Refuses a format where it has no meaning.
    pub(super) fn plain(&self) -> Result<(), Error> {
        if self.format == 0 { Ok(()) } else { Err(Error::Reserved) }
    }

    /// A weight format, which must be of the op's number type.
    fn weights(&self, code: u8) -> Result<Format, Error> {
        let format = Format::from_code(code)?;
        if format.is_float() == self.is_float() { Ok(format) } else { Err(Error::Range) }
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Dense<'a> {
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) matrix: Matrix<'a>,
}

#[derive(Clone, Copy)]
pub(crate) struct Conv<'a> {
    pub(crate) input: View,
    pub(crate) output: View,
    pub(crate) matrix: Matrix<'a>,
    pub(crate) filter: Filter,
    pub(crate) scratch: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Pair<'a> {
    pub(crate) input: View,
    pub(crate) mid: View,
    pub(crate) output: View,
    pub(crate) matrices: [Matrix<'a>; 2],
    pub(crate) filters: [Filter; 2],
    pub(crate) scratch: usize,
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) zero_point: i8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PoolKind {
    Maximum,
    /// The average of the elements inside.
    Inside,
    /// The average of all places.
    All,
}

#[derive(Clone, Copy)]
pub(crate) struct Pool {
    pub(crate) is_float: bool,
    pub(crate) kind: PoolKind,
    pub(crate) input: View,
    pub(crate) output: View,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) stride_y: usize,
    pub(crate) stride_x: usize,
    pub(crate) top: usize,
    pub(crate) left: usize,
    pub(crate) mult: u16,
    pub(crate) pre: u32,
    pub(crate) post: u32,
    pub(crate) zero_in: i8,
    pub(crate) zero_out: i8,
}

#[derive(Clone, Copy)]
pub(crate) struct Add {
    pub(crate) is_float: bool,
    pub(crate) a: View,
    pub(crate) b: View,
    pub(crate) output: View,
    pub(crate) mult_a: i32,
    pub(crate) mult_b: i32,
    pub(crate) shift: u32,
    pub(crate) zeros: [i8; 3],
    pub(crate) lo: i8,
    pub(crate) hi: i8,
    pub(crate) activation: Activation,
}

#[derive(Clone, Copy)]
pub(crate) struct Mul {
    pub(crate) is_float: bool,
    pub(crate) a: View,
    pub(crate) b: View,
    pub(crate) output: View,
    pub(crate) mult: u16,
    pub(crate) pre: u32,
    pub(crate) post: u32,
    pub(crate) zeros: [i8; 3],
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Function {
    /// File offset of the table of an i8 op.
    Table(usize),
    Relu,
    Relu6,
    LeakyRelu(f32),
    Sigmoid,
    Tanh,
    HardSwish,
    Copy,
}

impl Function {
    fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        if !head.is_float() {
            head.plain()?;
            return cursor.size32().map(Self::Table);
        }
        let parameter = cursor.f32()?;
        Ok(match head.format {
            0 => Self::Relu,
            1 => Self::Relu6,
            2 => Self::LeakyRelu(parameter),
            3 => Self::Sigmoid,
            4 => Self::Tanh,
            5 => Self::HardSwish,
            6 => Self::Copy,
            _ => return Err(Error::Unsupported),
        })
    }
}

#[derive(Clone, Copy)]
pub(crate) struct Unary<'a> {
    pub(crate) file: &'a [u8],
    pub(crate) function: Function,
    pub(crate) input: View,
    pub(crate) output: View,
}

#[derive(Clone, Copy)]
pub(crate) struct Softmax<'a> {
    pub(crate) file: &'a [u8],
    pub(crate) is_float: bool,
    pub(crate) input: usize,
    pub(crate) output: usize,
    pub(crate) len: usize,
    pub(crate) table: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct Copy {
    pub(crate) is_float: bool,
    pub(crate) input: View,
    pub(crate) output: View,
}

#[derive(Clone, Copy)]
pub(crate) struct Fill {
    pub(crate) is_float: bool,
    pub(crate) output: View,
    pub(crate) value: u32,
}

/// QUANTIZE or DEQUANTIZE.
#[derive(Clone, Copy)]
pub(crate) struct Cast {
    pub(crate) input: View,
    pub(crate) output: View,
    pub(crate) scale: f32,
    pub(crate) zero_point: i8,
}

impl<'a> Dense<'a> {
    pub(super) fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let format = head.weights(head.format)?;
        Ok(Self {
            input: cursor.size32()?,
            output: cursor.size32()?,
            matrix: Matrix::read(cursor, file, format, head.flags & ROWWISE != 0)?,
        })
    }
}

impl<'a> Conv<'a> {
    pub(super) fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let format = head.weights(head.format)?;
        Ok(Self {
            input: View::read(cursor)?,
            output: View::read(cursor)?,
            matrix: Matrix::read(cursor, file, format, head.flags & ROWWISE != 0)?,
            filter: Filter::read(cursor)?,
            scratch: cursor.size32()?,
        })
    }
}

impl<'a> Pair<'a> {
    pub(super) fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let first = head.weights(head.format)?;
        let (input, mid, output) = (View::read(cursor)?, View::read(cursor)?, View::read(cursor)?);
        let first = Matrix::read(cursor, file, first, head.flags & ROWWISE != 0)?;
        // The format of the second matrix follows only at the record's end; the block's own
        // reading needs no more of it than the number type, which is that of the first.
        let second = Matrix::read(cursor, file, first.format, head.flags & ROWWISE_SECOND != 0)?;
        let filters = [Filter::read(cursor)?, Filter::read(cursor)?];
        let scratch = cursor.size32()?;
        let (top, left) = (cursor.size8()?, cursor.size8()?);
        let zero_point = cursor.i8()?;
        let second = Matrix { format: head.weights(cursor.u8()?)?, ..second };
        Ok(Self { input, mid, output, matrices: [first, second], filters, scratch, top, left, zero_point })
    }

    /// Rows of mid that are in the arena.
    pub(crate) fn ring(&self) -> usize {
        self.mid.plane.checked_div(self.mid.pitch).unwrap_or(0)
    }

    /// Arena offset of the second matrix's scratch.
    pub(crate) const fn second_scratch(&self) -> usize {
        self.scratch + (2 * self.matrices[0].cols).next_multiple_of(4)
    }
}

impl Pool {
    pub(super) fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        let kind = match head.format {
            0 => PoolKind::Maximum,
            1 => PoolKind::Inside,
            2 => PoolKind::All,
            _ => return Err(Error::Unsupported),
        };
        let pool = Self {
            is_float: head.is_float(),
            kind,
            input: View::read(cursor)?,
            output: View::read(cursor)?,
            height: cursor.size16()?,
            width: cursor.size16()?,
            stride_y: cursor.size8()?,
            stride_x: cursor.size8()?,
            top: cursor.size8()?,
            left: cursor.size8()?,
            mult: cursor.u16()?,
            pre: cursor.u8()?.into(),
            post: cursor.u8()?.into(),
            zero_in: cursor.i8()?,
            zero_out: cursor.i8()?,
        };
        cursor.reserved::<2>()?;
        Ok(pool)
    }
}

impl Add {
    pub(super) fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        head.plain()?;
        Ok(Self {
            is_float: head.is_float(),
            a: View::read(cursor)?,
            b: View::read(cursor)?,
            output: View::read(cursor)?,
            mult_a: cursor.i32()?,
            mult_b: cursor.i32()?,
            shift: cursor.u8()?.into(),
            zeros: [cursor.i8()?, cursor.i8()?, cursor.i8()?],
            lo: cursor.i8()?,
            hi: cursor.i8()?,
            activation: Activation::read(cursor, head.is_float())?,
        })
    }
}

impl Mul {
    pub(super) fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        head.plain()?;
        let mul = Self {
            is_float: head.is_float(),
            a: View::read(cursor)?,
            b: View::read(cursor)?,
            output: View::read(cursor)?,
            mult: cursor.u16()?,
            pre: cursor.u8()?.into(),
            post: cursor.u8()?.into(),
            zeros: [cursor.i8()?, cursor.i8()?, cursor.i8()?],
        };
        cursor.reserved::<1>()?;
        Ok(mul)
    }
}

impl<'a> Unary<'a> {
    pub(super) fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        let (input, output) = (View::read(cursor)?, View::read(cursor)?);
        Ok(Self { file, input, output, function: Function::read(cursor, head)? })
    }
}

impl<'a> Softmax<'a> {
    pub(super) fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
        head.plain()?;
        let (input, output, len) = (cursor.size32()?, cursor.size32()?, cursor.size16()?);
        cursor.reserved::<2>()?;
        Ok(Self { file, is_float: head.is_float(), input, output, len, table: cursor.size32()? })
    }
}

impl Cast {
    pub(super) fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        head.plain()?;
        if !head.is_float() {
            return Err(Error::Range);
        }
        let (input, output) = (View::read(cursor)?, View::read(cursor)?);
        let (scale, zero_point) = (cursor.f32()?, cursor.i8()?);
        cursor.reserved::<3>()?;
        Ok(Self { input, output, scale, zero_point })
    }
}

impl Copy {
    pub(super) fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        head.plain()?;
        Ok(Self { is_float: head.is_float(), input: View::read(cursor)?, output: View::read(cursor)? })
    }
}

impl Fill {
    pub(super) fn read(cursor: &mut Cursor<'_>, head: &Head) -> Result<Self, Error> {
        head.plain()?;
        Ok(Self { is_float: head.is_float(), output: View::read(cursor)?, value: cursor.u32()? })
    }
}
