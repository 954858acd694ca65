//! What a kernel does in one run, as counts that instructions grow with.

use super::program::{Geometry, Tensor};
use super::weights::Stored;
use crate::device::{Counts, Kernel};
use sepal_runtime::OpKind;

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
    pub(crate) fn dense(stored: &Stored, rows: usize) -> Self {
        let lines = rows.div_ceil(stored.format.block());
        let counts = Counts::Dense { entries: stored.entries, lines, outputs: rows };
        Self { kernel: Kernel::stored(OpKind::Dense, stored.format), counts }
    }

    /// A convolution.
    pub(crate) fn conv(
        stored: &Stored,
        (rows, cols): (usize, usize),
        output: &Tensor,
        geometry: &Geometry,
    ) -> Self {
        let pointwise = geometry.kernel == (1, 1) && geometry.stride == (1, 1);
        let (height, width) = if pointwise && output.border == super::program::Border::default() {
            (1, output.h * output.w)
        } else {
            (output.h, output.w)
        };
        let block = stored.format.block();
        let steps = height * if block > 1 { width } else { width.div_ceil(PIXELS) };
        let counts = Counts::Conv {
            entries: stored.entries * steps,
            lines: rows.div_ceil(block) * steps,
            outputs: rows * output.h * output.w,
            columns: cols,
            rows: height,
        };
        Self { kernel: Kernel::stored(OpKind::Conv, stored.format), counts }
    }

    /// An operation without weights.
    pub(crate) fn simple(kernel: Kernel, steps: usize, outputs: usize) -> Self {
        Self { kernel, counts: Counts::Simple { steps, outputs } }
    }
}
