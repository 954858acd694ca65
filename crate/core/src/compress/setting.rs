//! What a plan says of a layer: the setting of a method, how values are stored, what is fitted to.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which half of a separated convolution comes first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// d x 1, then 1 x d.
    #[default]
    Vertical,
    /// 1 x d, then d x 1.
    Horizontal,
}

/// What a plan does to one layer: one variant per method, named as the method is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Setting {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Two dense factors.
    LowRank {
        /// Columns of the second factor.
        rank: usize,
    },
    /// A 1x1 convolution in front of narrower filters.
    Channel {
        /// Channels between the two.
        rank: usize,
    },
    /// A dense dictionary and a sparse code.
    Dictionary {
        /// Atoms in the dictionary.
        atoms: usize,
        /// Non-zeros per column of the sparse code; behind real inputs their mean.
        nonzeros: usize,
    },
    /// Two sparse factors.
    DoubleSparse {
        /// Non-zeros of both together.
        nonzeros: usize,
    },
    /// A vertical and a horizontal convolution.
    Separation {
        /// Channels between the two.
        rank: usize,
        /// Which comes first.
        #[serde(default)]
        order: Order,
        /// Percent of the weights of both halves that stay; the others are pruned.
        #[serde(default = "hundred")]
        kept: u8,
    },
    /// Weights left out.
    Prune {
        /// Weights that stay, in all groups together.
        nonzeros: usize,
        /// Neighbouring outputs that share which weights stay: 1, 4 or 8.
        #[serde(default = "one")]
        block: usize,
    },
}

fn one() -> usize {
    1
}

fn hundred() -> u8 {
    100
}

/// How the values of a layer's matrices are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// float32.
    #[default]
    Float,
    /// 8 bits with one scale per output.
    Int8,
    /// 4 bits with one scale per output.
    Int4,
    /// 4-bit indices into 16 values per matrix.
    Codebook,
    /// 3-bit indices into 8 values per matrix.
    Codebook3,
}

impl Values {
    /// All of them, the most exact first.
    pub const ALL: [Self; 5] = [Self::Float, Self::Int8, Self::Int4, Self::Codebook, Self::Codebook3];

    /// Bits of one stored value.
    pub fn bits(self) -> usize {
        match self {
            Self::Float => 32,
            Self::Int8 => 8,
            Self::Int4 | Self::Codebook => 4,
            Self::Codebook3 => 3,
        }
    }

    /// The name in plans and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Int8 => "int8",
            Self::Int4 => "int4",
            Self::Codebook => "codebook",
            Self::Codebook3 => "codebook3",
        }
    }
}

/// What the new weights are fitted to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The old weights, as they are.
    #[default]
    Plain,
    /// Each layer's outputs on calibration samples.
    Calibrated,
    /// The same from front to back: on the inputs that the compressed layers before it give.
    Sequential,
}
