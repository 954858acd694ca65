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
    /// Gaps between what is stored: a stream of bits, and entries.
    Gap = 12, "gap";
    /// Bytes of a gap and a code, or of a longer gap.
    Skip = 13, "skip";
    /// Codes of 3 or 4 bits with nothing between rows.
    Codes = 14, "codes";
}

/// One of the forms of a format whose array begins with a head: sections 5.3 to 5.5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Layout {
    /// The name in FORMAT.md.
    pub name: &'static str,
    /// The format.
    pub format: Format,
    /// Bits of a value: 8, or those of a code.
    pub bits: u32,
    /// Bits of an entry beside the stream; for values of 8 bits those of the gap alone.
    pub width: u32,
}

macro_rules! layouts {
    ($($name:literal: $Format:ident, $bits:literal, $width:literal;)*) => {
        impl Layout {
            /// All of them, by the names in FORMAT.md.
            pub const ALL: [Self; [$($bits),*].len()] =
                [$(Self { name: $name, format: Format::$Format, bits: $bits, width: $width }),*];
        }
    };
}

layouts! {
    "gap_c4w8": Gap, 4, 8;
    "gap_c4w6": Gap, 4, 6;
    "gap_c4w4": Gap, 4, 4;
    "gap_c3w8": Gap, 3, 8;
    "gap_c3w6": Gap, 3, 6;
    "gap_c3w4": Gap, 3, 4;
    "gap_s8w4": Gap, 8, 4;
    "gap_s8w2": Gap, 8, 2;
    "gap_s8w0": Gap, 8, 0;
    "skip_c4": Skip, 4, 8;
    "skip_c3": Skip, 3, 8;
    "codes_c4": Codes, 4, 0;
    "codes_c3": Codes, 3, 0;
}

/// The first word of an array that has layouts.
pub(crate) struct Head {
    pub(crate) layout: Layout,
    /// What the layout counts.
    pub(crate) count: usize,
}

impl Head {
    pub(crate) const BYTES: usize = 4;

    /// Reads the head of an array of `format`.
    ///
    /// # Errors
    /// [`Error::Unsupported`] for a layout that there is not.
    pub(crate) fn read(format: Format, stored: &[u8]) -> Result<Self, Error> {
        let head = u32::from_le_bytes(*stored.first_chunk().ok_or(Error::Array)?);
        let stated = (format, head & 15, head >> 4 & 15);
        let own = |layout: &Layout| (layout.format, layout.bits, layout.width) == stated;
        let layout = Layout::ALL.into_iter().find(own).ok_or(Error::Unsupported)?;
        Ok(Self { layout, count: (head >> 8) as usize })
    }
}

impl Layout {
    /// The head of an array of this layout; `count` is below 2^24.
    pub const fn head(&self, count: u32) -> u32 {
        self.bits | self.width << 4 | count << 8
    }

    /// Bits of a step of columns, of which an entry keeps what is left: 2^this columns.
    pub const fn step_bits(&self) -> u32 {
        if self.bits == 8 { self.width } else { self.width.saturating_sub(self.bits) }
    }

    /// Bytes of the table of values.
    pub const fn table_bytes(&self) -> usize {
        if self.bits == 8 { 0 } else { 1 << self.bits }
    }
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

    /// Whether an artifact states the most values of a row, which a convolution unpacks.
    pub const fn states_most(self) -> bool {
        matches!(self, Self::Gap | Self::Skip)
    }

    /// Whether the weights are `f32`.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::DenseF32 | Self::SparseF32)
    }
}
