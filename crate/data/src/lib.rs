//! Data as strangers bring it: arrays (`.npy`, IDX), tables (CSV), pictures (PNG, JPEG) and recordings (WAV), out of
//! their packings (zip, gzip; an `.npz` is a zip of `.npy` files), as plain values.
//!
//! Every reader takes bytes that nobody has looked at, checks what they ask for against [`sepal_limit`] before it
//! allocates, and gives values or a sentence. So nothing in here indexes, unwraps or converts what may not fit: the
//! lints below hold it to that. No word of models in here: what values mean to one is not known.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

pub mod element;
pub mod idx;
pub mod npy;
pub mod picture;
pub mod table;
pub mod unpack;
pub mod wav;

/// A file as it was given.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name; of one in a folder or an archive, its path.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl File {
    /// A file of `bytes`.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// Why a file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} cannot be used: {reason}")]
pub struct FileError {
    /// The file's name.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
}

/// A number of 32 bits as a size; where a size has fewer, the largest one, which no limit allows.
fn size(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
