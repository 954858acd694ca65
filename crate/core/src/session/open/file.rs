//! A file by what it can be told by.

use sepal_linalg::order_by;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Lower-case hexadecimal SHA-256 of `parts` one behind the other.
fn sha256(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A file by size and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its size, framing included.
    pub bytes: usize,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

impl FileReport {
    /// Of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts(&[bytes])
    }

    /// Of several files (names and bytes) as one: `main` first, then the others in the order of their names.
    pub(super) fn of_all(files: &[(String, Vec<u8>)], main: usize) -> Self {
        let key = |index: usize| (index != main, files.get(index).map(|(name, _)| name));
        let order = order_by(files.len(), &mut |a, b| key(a).cmp(&key(b)));
        let parts = order.into_iter().filter_map(|index| files.get(index));
        Self::of_parts(&parts.map(|(_, bytes)| bytes.as_slice()).collect::<Vec<_>>())
    }

    fn of_parts(parts: &[&[u8]]) -> Self {
        Self { bytes: parts.iter().map(|part| part.len()).sum(), sha256: sha256(parts) }
    }
}
