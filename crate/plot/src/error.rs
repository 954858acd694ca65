//! Why a chart cannot be drawn.

use crate::chart::Direction;

/// Why a chart cannot be drawn. Points that cannot be shown are no error: they leave gaps.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlotError {
    /// The width or height is not a number, or too large to be a picture on a page.
    #[error("a chart of {width} x {height} pixels cannot be drawn")]
    Size {
        /// The width asked for, in CSS pixels.
        width: f64,
        /// The height asked for, in CSS pixels.
        height: f64,
    },
    /// The labels leave no room for the curves.
    #[error("{width} x {height} pixels leave no room for the plot beside its labels")]
    TooSmall {
        /// The width asked for, in CSS pixels.
        width: f64,
        /// The height asked for, in CSS pixels.
        height: f64,
    },
    /// The ends of an axis are not finite, are too large, or are in the wrong order.
    #[error("the {axis:?} axis cannot reach from {min} to {max}")]
    Range {
        /// The axis.
        axis: Direction,
        /// Its lower end.
        min: f64,
        /// Its upper end.
        max: f64,
    },
    /// A logarithmic axis without any positive value.
    #[error("the {axis:?} axis is logarithmic, but its upper end is {max}")]
    LogRange {
        /// The axis.
        axis: Direction,
        /// Its upper end.
        max: f64,
    },
    /// More series or rules than the backend has places for.
    #[error("{count} series or rules are more than a chart can hold")]
    TooMany {
        /// How many there are.
        count: usize,
    },
    /// Plotters refused a step of the drawing.
    #[error("the chart could not be drawn: {0}")]
    Drawing(String),
}
