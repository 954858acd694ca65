//! The artifact: a model as the bytes that the device runtime executes. FORMAT.md of `crate/runtime`
//! says what they mean.
//!
//! [`program`] is the model before it has bytes; [`matrix`] makes weights whole numbers, `choice` says how
//! they are stored, `weights` and `packed` store them, and [`encode()`] puts everything into one file.

mod array;
mod choice;
mod encode;
pub mod matrix;
mod packed;
pub mod program;
mod record;
mod requantise;
mod rooms;
mod simple;
mod support;
mod weights;
mod work;

pub use array::Size;
pub use encode::encode;
pub use packed::{codes_size, gap_bound, gap_size, skip_bound, skip_size};
pub use record::crc32;
pub use sepal_runtime::{Format, Layout};
pub use support::Support;
pub use weights::{encodings, size, store};
pub use work::Work;

use super::ExportError;
use crate::device::{Encoding, Kernel};
use program::Tensor;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Which of the formats that can hold a matrix is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Preference {
    /// The one of fewest bytes.
    #[default]
    Small,
    /// The one of fewest instructions.
    Fast,
}

/// What the encodings of a layer are held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forced {
    /// Those of a format.
    Format(Format),
    /// One layout.
    Layout(Layout),
}

impl Forced {
    fn allows(self, encoding: Encoding) -> bool {
        match self {
            Self::Format(format) => encoding.format == format,
            Self::Layout(layout) => encoding.layout == Some(layout),
        }
    }

    /// The name in FORMAT.md.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format(format) => format.name(),
            Self::Layout(layout) => layout.name,
        }
    }
}

/// How an artifact is made.
#[derive(Clone)]
pub struct Options {
    /// Which format is taken.
    pub preference: Preference,
    /// Formats and layouts that are forced, by layer.
    pub formats: BTreeMap<String, Forced>,
    /// Instructions that some work takes, to compare formats with.
    pub instructions: fn(&Work) -> f64,
}

impl Options {
    /// What is forced for a layer, or for the layer that it is a part of.
    fn forced(&self, layer: &str) -> Option<Forced> {
        let owns = |name: &str| {
            layer.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.formats.iter().find(|(name, _)| owns(name)).map(|(_, format)| *format)
    }

    /// What the best format has least of: two numbers, compared in order.
    fn rank(&self, bytes: usize, work: &Work) -> (f64, f64) {
        let (bytes, instructions) = (bytes as f64, (self.instructions)(work));
        match self.preference {
            Preference::Small => (bytes, instructions),
            Preference::Fast => (instructions, bytes),
        }
    }
}

/// What one operation of an artifact takes.
#[derive(Clone, Debug, PartialEq)]
pub struct OperationCost {
    /// The layer, or the value that it computes.
    pub layer: String,
    /// What it is executed as; for an operator with weights in any form.
    pub kind: Kernel,
    /// How its weights are stored.
    pub format: Option<Format>,
    /// Bytes of its record and arrays.
    pub bytes: usize,
    /// What its kernel does.
    pub work: Work,
}

/// A model as bytes, and what is known of them.
#[derive(Clone, Debug)]
pub struct Artifact {
    /// The file.
    pub bytes: Vec<u8>,
    /// Bytes of the arena that it runs in.
    pub arena_bytes: usize,
    /// Its operations, in order.
    pub operations: Vec<OperationCost>,
    /// The value that is computed where the arena is fullest.
    pub peak: String,
    /// FORMAT.md section 2.5.
    pub features: u32,
    /// What the caller writes.
    pub inputs: Vec<Tensor>,
    /// What the caller reads.
    pub outputs: Vec<Tensor>,
}
