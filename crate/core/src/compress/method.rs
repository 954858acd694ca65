//! The names of the methods and of their settings.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// A way to compress a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// As it is.
    Keep,
    /// Truncated SVD.
    LowRank,
    /// Sparse dictionary, K-SVD and OMP.
    Dictionary,
    /// Separation of convolution filters.
    Separation,
}

impl Method {
    /// The methods that change a layer, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::LowRank, Self::Dictionary, Self::Separation];

    /// The name in plans, reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::LowRank => "low_rank",
            Self::Dictionary => "dictionary",
            Self::Separation => "separation",
        }
    }
}

/// What a plan does to one layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Setting {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Two dense factors.
    LowRank {
        /// Columns of the first factor.
        rank: usize,
    },
    /// A dense dictionary and a sparse code.
    Dictionary {
        /// Atoms in the dictionary.
        atoms: usize,
        /// Non-zeros per column of the sparse code.
        nonzeros: usize,
    },
    /// A vertical and a horizontal convolution.
    Separation {
        /// Channels between the two.
        rank: usize,
    },
}

impl Setting {
    /// The method that the setting belongs to.
    pub fn method(self) -> Method {
        match self {
            Self::Keep => Method::Keep,
            Self::LowRank { .. } => Method::LowRank,
            Self::Dictionary { .. } => Method::Dictionary,
            Self::Separation { .. } => Method::Separation,
        }
    }

    /// Rank, or number of atoms; 0 for keep.
    pub fn rank(self) -> usize {
        match self {
            Self::Keep => 0,
            Self::LowRank { rank } | Self::Separation { rank } => rank,
            Self::Dictionary { atoms, .. } => atoms,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => write!(f, "keep"),
            Self::LowRank { rank } => write!(f, "low rank {rank}"),
            Self::Dictionary { atoms, nonzeros } => {
                write!(f, "a dictionary of {atoms} atoms with {nonzeros} non-zeros per column")
            }
            Self::Separation { rank } => write!(f, "separation at rank {rank}"),
        }
    }
}
