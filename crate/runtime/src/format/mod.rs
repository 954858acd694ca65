//! The fields of an artifact, typed, as FORMAT.md lays them out.
//!
//! Reading checks that the bytes are there, that reserved fields are zero and that enumerations are
//! known. What fields mean for each other is the business of `check`.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cursor;
mod filter;
mod header;
mod matrix;
mod operation;
mod record;
mod view;

pub use matrix::Format;
pub use record::OpKind;
pub use view::Tensor;

pub(crate) use cursor::{Cursor, f32_at, i16_at, u16_at};
pub(crate) use filter::Filter;
pub(crate) use header::{HEADER_BYTES, Header, TENSOR_BYTES};
pub(crate) use matrix::{Activation, Matrix};
pub(crate) use operation::{
    Add, Cast, Conv, Copy, Dense, Fill, Function, Mul, Pair, Pool, PoolKind, Softmax, Unary,
};
pub(crate) use record::Record;
pub(crate) use view::View;
