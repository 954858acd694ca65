//! What instructions are counted for: kernels and the parts of their work.

use sepal_runtime::{Format, OpKind};
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
    Stored(Format),
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

    /// An operator on weights of a format.
    pub const fn stored(op: OpKind, format: Format) -> Self {
        Self { op, form: Form::Stored(format) }
    }
}

/// The name in `instructions.json`: `softmax`, `dense.dense_s8`, `pool.max`.
impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.form {
            Form::Any => "",
            Form::Stored(format) => format.name(),
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
            Self::Simple { steps, outputs } => vec![steps, outputs, 1],
        };
        counts.into_iter().map(|count| count as f64).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Kernel};
    use sepal_runtime::{Format, OpKind};

    #[test]
    fn kernels_are_named_as_the_table_names_them() {
        let maximum = Kernel { op: OpKind::Pool, form: Form::Maximum };
        let names =
            [Kernel::any(OpKind::Softmax), Kernel::stored(OpKind::Dense, Format::SparseC4D6), maximum]
                .map(|kernel| kernel.to_string());
        assert_eq!(names, ["softmax", "dense.sparse_c4d6", "pool.max"]);
        assert_eq!(format!("{maximum:<10}|"), "pool.max  |");
    }
}
