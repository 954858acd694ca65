//! The rules that operators have in common.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod area;
mod filter;
mod matrix;
mod shape;

use crate::Error;

pub(crate) use area::Area;
pub(crate) use filter::{filter_agrees, offsets_fit, scratch};
pub(crate) use matrix::{array, matrix};
pub(crate) use shape::{binary, same_shape};

/// What all checks compare with. Sizes are u64, so that no sum of fields overflows.
pub(crate) struct Bounds {
    pub(crate) file: u64,
    /// File offset behind the last record, where arrays may begin.
    pub(crate) arrays: u64,
    pub(crate) arena: u64,
}

/// Fails with `error` unless `holds`.
pub(crate) fn require(holds: bool, error: Error) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(error) }
}
