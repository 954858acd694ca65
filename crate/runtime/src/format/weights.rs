//! Weight formats: section 5.

use crate::Error;

macro_rules! formats {
    ($($(#[$doc:meta])* $Format:ident = $code:literal, $name:literal;)*) => {
        /// How the weights of a matrix are stored: section 5 of FORMAT.md.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        #[repr(u8)]
        pub enum Format {
            $($(#[$doc])* $Format = $code,)*
        }

        impl Format {
            /// All formats, by rising numbers from 0 on.
            pub const ALL: [Self; Self::NAMES.len()] = [$(Self::$Format),*];

            /// Their names in FORMAT.md.
            pub const NAMES: [&str; [$($code),*].len()] = [$($name),*];
        }
    };
}

formats! {
    /// Bytes, row after row.
    DenseS8 = 0, "dense_s8";
    /// Numbers of 4 bits, eight rows in a word.
    DenseS4 = 1, "dense_s4";
    /// Codes of 4 bits for up to 16 values.
    DenseC4 = 2, "dense_c4";
    /// Entries of an 8-bit delta and an 8-bit value.
    SparseS8 = 3, "sparse_s8";
    /// Entries of a 6-bit delta and a 4-bit code.
    SparseC4D6 = 4, "sparse_c4d6";
    /// Entries of a 4-bit delta and a 4-bit code.
    SparseC4D4 = 5, "sparse_c4d4";
    /// Entries of a 7-bit delta and a 3-bit code.
    SparseC3D7 = 6, "sparse_c3d7";
    /// Entries of a 5-bit delta and a 3-bit code.
    SparseC3D5 = 7, "sparse_c3d5";
    /// Blocks of 4 rows, 8 bits a weight.
    Block4S8 = 8, "block4_s8";
    /// Blocks of 8 rows, 4 bits a weight.
    Block8S4 = 9, "block8_s4";
    /// `f32`, row after row.
    DenseF32 = 10, "dense_f32";
    /// Columns and `f32` values of what is stored.
    SparseF32 = 11, "sparse_f32";
}

impl Format {
    pub(crate) fn from_code(code: u8) -> Result<Self, Error> {
        Self::ALL.get(usize::from(code)).copied().ok_or(Error::Unsupported)
    }

    /// The format called `name` in FORMAT.md.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The number by which files name this format.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Its bit in the features.
    pub const fn feature(self) -> u32 {
        1 << (16 + self.code())
    }

    /// The name in FORMAT.md.
    #[expect(clippy::indexing_slicing, reason = "there is a name for each number")]
    pub const fn name(self) -> &'static str {
        Self::NAMES[self as usize]
    }

    /// Rows that are stored together.
    pub const fn block(self) -> usize {
        match self {
            Self::DenseS4 | Self::Block8S4 => 8,
            Self::Block4S8 => 4,
            _ => 1,
        }
    }

    /// Whether the weights are `f32`.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::DenseF32 | Self::SparseF32)
    }
}
