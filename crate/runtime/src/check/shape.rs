//! Shapes of operators that work element by element.

use super::{Area, Bounds, require};
use crate::Error;
use crate::format::View;

pub(crate) fn same_shape(a: &View, b: &View) -> Result<(), Error> {
    require(a.shape() == b.shape(), Error::Shape)
}

/// Shapes and places of `a`, `b`, whose axes of size 1 repeat, and the output.
pub(crate) fn binary([a, b, output]: [&View; 3], is_float: bool, bounds: &Bounds) -> Result<(), Error> {
    same_shape(a, output)?;
    let axes = [(b.channels, output.channels), (b.height, output.height), (b.width, output.width)];
    require(axes.iter().all(|&(own, whole)| own == whole || own == 1), Error::Shape)?;
    let target = Area::of(output, is_float, bounds)?;
    Area::of(a, is_float, bounds)?.apart_or_same(&target)?;
    Area::of(b, is_float, bounds)?.apart(&target)
}
