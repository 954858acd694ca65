//! What a kernel does in one run, as counts that instructions grow with.

use super::array::Size;
use super::program::{Geometry, Tensor};
use crate::device::{Counts, Encoding, Kernel};
use sepal_runtime::{Format, OpKind};

/// Output pixels that a convolution's kernel computes at once.
const PIXELS: usize = 4;

/// One operation's work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Work {
    /// Which kernel.
    pub kernel: Kernel,
    /// How often each of its parts runs.
    pub counts: Counts,
}

impl Work {
    /// A matrix-vector product.
    pub(crate) fn dense(encoding: Encoding, size: &Size, rows: usize) -> Self {
        let lines = rows.div_ceil(encoding.format.block());
        let counts = if encoding.layout.is_some() {
            Counts::Gaps { entries: size.entries, steps: size.steps, lines }
        } else {
            Counts::Dense { entries: size.entries, lines, outputs: rows }
        };
        Self { kernel: Kernel::stored(OpKind::Dense, encoding), counts }
    }

    /// A convolution with a matrix of (rows, columns), into `output`.
    pub(crate) fn conv(
        encoding: Encoding,
        size: &Size,
        dim: (usize, usize),
        (output, geometry): (&Tensor, &Geometry),
    ) -> Self {
        let pointwise = geometry.kernel == (1, 1) && geometry.stride == (1, 1);
        let (height, width) = if pointwise && output.border == super::program::Border::default() {
            (1, output.h * output.w)
        } else {
            (output.h, output.w)
        };
        Self::pixels(encoding, size, dim, (height, width, 1))
    }

    /// A convolution of a PAIR, which makes its output row by row.
    pub(crate) fn pair(
        encoding: Encoding,
        size: &Size,
        dim: (usize, usize),
        (output, _): (&Tensor, &Geometry),
    ) -> Self {
        Self::pixels(encoding, size, dim, (output.h, output.w, output.h))
    }

    /// A convolution on rows of pixels that are made in `passes` goes.
    fn pixels(
        encoding: Encoding,
        size: &Size,
        (rows, cols): (usize, usize),
        (height, width, passes): (usize, usize, usize),
    ) -> Self {
        let block = encoding.format.block();
        let steps = height * if block > 1 { width } else { width.div_ceil(PIXELS) };
        let (entries, lines) = (size.entries * steps, rows.div_ceil(block) * steps);
        let counts = if encoding.layout.is_some() || encoding.format == Format::DenseS8 {
            let unpacked = if encoding.layout.is_some() { (size.entries + size.steps) * passes } else { 0 };
            Counts::Rows { entries, lines, unpacked, columns: cols, rows: rows * height }
        } else {
            Counts::Conv { entries, lines, outputs: rows * height * width, columns: cols, rows: height }
        };
        Self { kernel: Kernel::stored(OpKind::Conv, encoding), counts }
    }

    /// An operation without weights.
    pub(crate) fn simple(kernel: Kernel, steps: usize, outputs: usize) -> Self {
        Self { kernel, counts: Counts::Simple { steps, outputs } }
    }
}
