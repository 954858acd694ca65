//! What instructions are counted for: kernels and the parts of their work.

use super::Encoding;
use sepal_runtime::OpKind;
use serde::{Serialize, Serializer};
use std::fmt;

/// A kernel of the device runtime: an operator, and which of its forms where they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kernel {
    /// The operator.
    pub op: OpKind,
    /// Which of its forms.
    pub form: Form,
}

/// Forms of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The only one, or any.
    Any,
    /// By how weights are stored.
    Stored(Encoding),
    /// A maximum over windows.
    Maximum,
    /// A mean over windows.
    Average,
}

impl Kernel {
    /// An operator in any form.
    pub const fn any(op: OpKind) -> Self {
        Self { op, form: Form::Any }
    }

    /// An operator on weights that are so stored.
    pub const fn stored(op: OpKind, encoding: Encoding) -> Self {
        Self { op, form: Form::Stored(encoding) }
    }
}

/// The name in `instructions.json`: `softmax`, `dense.dense_s8`, `pool.max`.
impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.form {
            Form::Any => "",
            Form::Stored(encoding) => encoding.name(),
            Form::Maximum => "max",
            Form::Average => "average",
        };
        let dot = if form.is_empty() { "" } else { "." };
        f.pad(&format!("{}{dot}{form}", self.op.name().to_ascii_lowercase()))
    }
}

impl Serialize for Kernel {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How often each part of a kernel runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counts {
    /// A matrix-vector product.
    Dense {
        /// Stored entries.
        entries: usize,
        /// Rows, or blocks of them.
        lines: usize,
        /// Values that are computed.
        outputs: usize,
    },
    /// A matrix-vector product with gaps between entries, of which some are stepped over.
    Gaps {
        /// Stored values.
        entries: usize,
        /// Steps beside them.
        steps: usize,
        /// Rows.
        lines: usize,
    },
    /// A convolution.
    Conv {
        /// Stored entries, for each step of pixels.
        entries: usize,
        /// Rows or blocks of them, for each step of pixels.
        lines: usize,
        /// Values that are computed.
        outputs: usize,
        /// Columns of the table of offsets.
        columns: usize,
        /// Rows of pixels.
        rows: usize,
    },
    /// A convolution that goes by rows of weights, each unpacked once.
    Rows {
        /// Stored entries, for each step of pixels.
        entries: usize,
        /// Rows, for each step of pixels.
        lines: usize,
        /// Entries and steps that are unpacked.
        unpacked: usize,
        /// Columns of the table of offsets.
        columns: usize,
        /// Rows of pixels, for each row of weights.
        rows: usize,
    },
    /// An operation without weights.
    Simple {
        /// Inner steps.
        steps: usize,
        /// Values that are computed.
        outputs: usize,
    },
}

impl Counts {
    /// The counts in the order of `instructions.json`; what runs once has a 1.
    pub fn parts(&self) -> Vec<f64> {
        let counts = match *self {
            Self::Dense { entries, lines, outputs } => vec![entries, lines, outputs, 1],
            Self::Conv { entries, lines, outputs, columns, rows } => {
                vec![entries, lines, outputs, columns, rows]
            }
            Self::Gaps { entries, steps, lines } => vec![entries, steps, lines, 1],
            Self::Rows { entries, lines, unpacked, columns, rows } => {
                vec![entries, lines, unpacked, columns, rows, 1]
            }
            Self::Simple { steps, outputs } => vec![steps, outputs, 1],
        };
        counts.into_iter().map(|count| count as f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Form, Kernel};
    use sepal_runtime::{Format, Layout, OpKind};

    #[test]
    fn kernels_are_named_as_the_table_names_them() {
        let maximum = Kernel { op: OpKind::Pool, form: Form::Maximum };
        let sparse = Kernel::stored(OpKind::Dense, Encoding::plain(Format::SparseS8));
        let gap = Kernel::stored(OpKind::Conv, Layout::ALL[0].into());
        let names = [Kernel::any(OpKind::Softmax), sparse, gap, maximum].map(|kernel| kernel.to_string());
        assert_eq!(names, ["softmax", "dense.sparse_s8", "conv.gap_c4w8", "pool.max"]);
        assert_eq!(format!("{maximum:<10}|"), "pool.max  |");
    }
}
