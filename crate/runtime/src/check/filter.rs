//! Convolutions: what CONV and both halves of PAIR have in common.

use super::{Area, Bounds, require};
use crate::Error;
use crate::format::{Filter, Matrix};

/// Greatest offset of a column, which the scratch holds as u16.
const MOST_OFFSET: u64 = 65535;

/// The offsets of a matrix's columns, and what a row is unpacked into.
pub(crate) fn scratch(at: usize, matrix: &Matrix<'_>, bounds: &Bounds) -> Result<Area, Error> {
    Area::line(at, matrix.scratch().bytes as u64, 4, bounds)
}

/// Whether groups, matrix and filter agree, for an input of `channels` channels.
pub(crate) fn filter_agrees(filter: &Filter, matrix: &Matrix<'_>, channels: usize) -> Result<(), Error> {
    let groups = filter.groups.get();
    require(channels.is_multiple_of(groups) && matrix.rows.is_multiple_of(groups), Error::Shape)?;
    require(matrix.cols == channels / groups * filter.height * filter.width, Error::Shape)?;
    require(groups == 1 || matrix.format.block() == 1, Error::Range)
}

/// Whether the last column's offset fits the scratch; its filter row begins at `row`.
pub(crate) fn offsets_fit(filter: &Filter, channels: usize, plane: usize, row: u64) -> Result<(), Error> {
    let channel = (channels / filter.groups) as u64 - 1;
    let last = channel * plane as u64 + row + (filter.dilation_x * (filter.width - 1)) as u64;
    require(last <= MOST_OFFSET, Error::Range)
}
