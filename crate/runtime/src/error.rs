//! The one error of this crate.

use core::fmt;

/// Why an artifact was refused, or a call could not be served.
///
/// A plain number of one byte, so that firmware can log or blink it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum Error {
    /// The bytes end before something that they announce.
    Truncated = 1,
    /// The first four bytes are not `SEP1`.
    Magic = 2,
    /// The major version is not 1.
    Version = 3,
    /// A size or a count in the header breaks its rule.
    Header = 4,
    /// The length in the header is not the length of the bytes.
    Length = 5,
    /// The checksum does not match: the bytes were damaged.
    Checksum = 6,
    /// The artifact needs an operation or a weight format that this version does not know.
    Unsupported = 7,
    /// The announced features are not those of the operations.
    Features = 8,
    /// A reserved field or bit is not zero.
    Reserved = 9,
    /// The length of an operation's record is not that of its kind.
    Record = 10,
    /// A number lies outside its range.
    Range = 11,
    /// Shapes do not agree.
    Shape = 12,
    /// A tensor or a scratch area breaks its rules or leaves the arena.
    View = 13,
    /// An operation would write where it still reads.
    Overlap = 14,
    /// An array leaves the file, is not aligned, or lies among the records.
    Array = 15,
    /// Stored weights leave their matrix or their array.
    Weights = 16,
    /// The arena that was given is shorter than [`arena_bytes`](crate::Program::arena_bytes).
    ArenaTooShort = 17,
}

impl Error {
    /// The number of this error, for logs.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Truncated => "the artifact ends too early",
            Self::Magic => "this is not a .sepal artifact",
            Self::Version => "the artifact has another major version",
            Self::Header => "the header breaks a rule",
            Self::Length => "the artifact has another length than its header says",
            Self::Checksum => "the artifact is damaged: its checksum does not match",
            Self::Unsupported => "the artifact needs an operation or a format that is not supported",
            Self::Features => "the features are not those of the operations",
            Self::Reserved => "a reserved field is not zero",
            Self::Record => "a record has a wrong length",
            Self::Range => "a number lies outside its range",
            Self::Shape => "shapes do not agree",
            Self::View => "a tensor lies outside the arena",
            Self::Overlap => "an operation would write where it reads",
            Self::Array => "an array lies outside the file",
            Self::Weights => "stored weights lie outside their matrix",
            Self::ArenaTooShort => "the arena is too short",
        })
    }
}

impl core::error::Error for Error {}
