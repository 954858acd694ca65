//! The operators: section 4. Each has a file, and a line in the table below.
//!
//! One more is a file and a line here, its section in FORMAT.md, and in `c/sepal.h` a line of
//! `SEPAL_OPERATIONS`, a function, and a case each in `sepal_check_record` and `sepal_operation`. The
//! tests need its form, bytes, reference and random instances (`tests/runtime`). sepal-core writes it by
//! an `Operation` in `export/artifact/program.rs`, its record in `simple.rs` there, and its lowering.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod add;
mod conv;
mod copy;
mod dense;
mod fill;
mod mul;
mod pair;
mod pool;
mod softmax;
mod unary;

use crate::Error;
use crate::check::Bounds;
use crate::format::{Cursor, Format, Matrix};

/// Flag: each row of the matrix has its own multiplier.
const ROWWISE: u8 = 1;
/// The same for the second matrix of a PAIR.
const ROWWISE_SECOND: u8 = 2;
/// Flag: works on `f32`.
const FLOAT: u8 = 0x80;

/// The bit of the features that says that an operation works on `f32`.
pub const FLOAT_FEATURE: u32 = 1 << 31;

/// One operator: how its record is read and checked, and what it computes.
trait Operator<'a>: Sized {
    /// Length of the record.
    const BYTES: usize;
    /// Flags that it knows beside `FLOAT`.
    const FLAGS: u8 = 0;

    /// Reads the fields behind the first word.
    fn read(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error>;

    fn is_float(&self) -> bool;

    /// Its matrices, at most two. They are checked before the operator is.
    fn matrices(&self) -> &[Matrix<'a>] {
        &[]
    }

    /// Checks the rules of the operator's section.
    fn check(&self, bounds: &Bounds) -> Result<(), Error>;

    /// Computes the outputs, wherever the arena has them.
    fn run(&self, arena: &mut [u8]) -> Result<(), Error>;
}

macro_rules! operators {
    ($($(#[$doc:meta])* $NAME:ident = $code:literal => $module:ident::$Kind:ident $(<$file:lifetime>)?,)*) => {
        /// Kinds of operations: section 4 of FORMAT.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum OpKind {
            $($(#[$doc])* $Kind = $code,)*
        }

        impl OpKind {
            /// All kinds, by rising numbers.
            pub const ALL: &[Self] = &[$(Self::$Kind),*];

            /// The name in FORMAT.md.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Kind => stringify!($NAME),)*
                }
            }

            /// Bytes of a record.
            pub const fn record_bytes(self) -> usize {
                match self {
                    $(Self::$Kind => <$module::$Kind as Operator>::BYTES,)*
                }
            }
        }

        /// One operation.
        #[allow(clippy::large_enum_variant, reason = "there is no heap, and one record at a time")]
        pub(crate) enum Record<'a> {
            $($Kind($module::$Kind $(<$file>)?),)*
        }

        impl<'a> Record<'a> {
            fn body(cursor: &mut Cursor<'_>, file: &'a [u8], head: &Head) -> Result<Self, Error> {
                Ok(match OpKind::from_code(head.op)? {
                    $(OpKind::$Kind => Self::$Kind(head.operator(cursor, file)?),)*
                })
            }

            pub(crate) const fn kind(&self) -> OpKind {
                match self {
                    $(Self::$Kind(_) => OpKind::$Kind,)*
                }
            }

            pub(crate) fn is_float(&self) -> bool {
                match self {
                    $(Self::$Kind(op) => op.is_float(),)*
                }
            }

            /// The matrices of the operation, at most two.
            pub(crate) fn matrices(&self) -> &[Matrix<'a>] {
                match self {
                    $(Self::$Kind(op) => op.matrices(),)*
                }
            }

            /// Checks the rules of the operation but for its matrices.
            pub(crate) fn check(&self, bounds: &Bounds) -> Result<(), Error> {
                match self {
                    $(Self::$Kind(op) => op.check(bounds),)*
                }
            }

            /// Computes the operation.
            pub(crate) fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
                match self {
                    $(Self::$Kind(op) => op.run(arena),)*
                }
            }
        }
    };
}

operators! {
    /// Matrix times vector.
    DENSE = 1 => dense::Dense<'a>,
    /// Convolution.
    CONV = 2 => conv::Conv<'a>,
    /// Two convolutions with only some rows in between.
    PAIR = 3 => pair::Pair<'a>,
    /// Maximum or average of windows.
    POOL = 4 => pool::Pool,
    /// Sum of two tensors.
    ADD = 5 => add::Add,
    /// Product of two tensors, element by element.
    MUL = 6 => mul::Mul,
    /// A function of each element.
    UNARY = 7 => unary::Unary<'a>,
    /// Softmax of a vector.
    SOFTMAX = 8 => softmax::Softmax<'a>,
    /// Copy from one place to another.
    COPY = 9 => copy::Copy,
    /// Set all elements to one value.
    FILL = 10 => fill::Fill,
}

impl OpKind {
    fn from_code(code: u8) -> Result<Self, Error> {
        Self::ALL.iter().copied().find(|kind| kind.code() == code).ok_or(Error::Unsupported)
    }

    /// The number by which files name this operation.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Its bit in the features.
    pub const fn feature(self) -> u32 {
        1 << self.code()
    }
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
}

/// The first word of a record.
struct Head {
    op: u8,
    format: u8,
    flags: u8,
}

impl Head {
    fn operator<'a, O: Operator<'a>>(&self, cursor: &mut Cursor<'_>, file: &'a [u8]) -> Result<O, Error> {
        if self.flags & !(FLOAT | O::FLAGS) != 0 {
            return Err(Error::Reserved);
        }
        O::read(cursor, file, self)
    }

    const fn is_float(&self) -> bool {
        self.flags & FLOAT != 0
    }

    /// Refuses a format where it has no meaning.
    fn plain(&self) -> Result<(), Error> {
        if self.format == 0 { Ok(()) } else { Err(Error::Reserved) }
    }

    /// A weight format, which must be of the op's number type.
    fn weights(&self, code: u8) -> Result<Format, Error> {
        let format = Format::from_code(code)?;
        if format.is_float() == self.is_float() { Ok(format) } else { Err(Error::Range) }
    }
}
