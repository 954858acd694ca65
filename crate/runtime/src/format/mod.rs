//! The fields of an artifact, typed, as FORMAT.md lays them out.
//!
//! Reading checks that the bytes are there, that reserved fields are zero and that enumerations are
//! known. What fields mean for each other is the business of `check`.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod cursor;
mod filter;
mod header;
mod matrix;
mod view;
mod weights;

pub use header::stated_crc;
pub use view::Tensor;
pub use weights::{Format, Layout};

pub(crate) use cursor::{Cursor, f32_at, i16_at, u16_at, u32_at};
pub(crate) use filter::Filter;
pub(crate) use header::{HEADER_BYTES, Header, TENSOR_BYTES};
pub(crate) use matrix::{Activation, Matrix};
pub(crate) use view::View;
pub(crate) use weights::Head;
