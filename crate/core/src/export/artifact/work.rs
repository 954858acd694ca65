//! What a kernel does in one run, as counts that instructions grow with.

use super::program::{Geometry, Tensor};
use super::weights::{Format, Stored};

/// Output pixels that a convolution's kernel computes at once.
const PIXELS: usize = 4;

/// One operation's work.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Which kernel: its name in the table of instructions.
    pub kernel: String,
    /// How often each of its parts runs: the entries of `instructions.json`.
    pub counts: Vec<f64>,
}

impl Work {
    /// A matrix-vector product: entries, lines of rows, outputs, and once.
    pub(crate) fn dense(stored: &Stored, rows: usize) -> Self {
        let lines = rows.div_ceil(stored.format.block());
        Self { kernel: name("dense", stored.format), counts: floats(&[stored.entries, lines, rows, 1]) }
    }

    /// A convolution: entries and lines per step of pixels, outputs, columns of the offset table, and
    /// once per row of pixels.
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
        let lines = rows.div_ceil(block);
        let counts =
            floats(&[stored.entries * steps, lines * steps, rows * output.h * output.w, cols, height]);
        Self { kernel: name("conv", stored.format), counts }
    }

    /// An operation without weights: inner steps, outputs, and once.
    pub(crate) fn simple(kernel: &str, inner: usize, outputs: usize) -> Self {
        Self { kernel: kernel.into(), counts: floats(&[inner, outputs, 1]) }
    }
}

fn name(op: &str, format: Format) -> String {
    format!("{op}.{}", format.name())
}

fn floats(counts: &[usize]) -> Vec<f64> {
    counts.iter().map(|count| *count as f64).collect()
}
