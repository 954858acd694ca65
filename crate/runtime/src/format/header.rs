//! The header: section 2.1.

use super::{Cursor, u32_at};
use crate::Error;
use crate::crc::crc32;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 32;
/// Bytes of the description of one input or output.
pub(crate) const TENSOR_BYTES: usize = 24;

const MAGIC: u32 = 0x3150_4553;
const MAJOR: u8 = 1;
/// Where the bytes begin that the checksum covers.
const CHECKED_FROM: usize = 16;
/// Where the checksum lies.
const CRC_AT: usize = 12;
/// Greatest length of a file and of an arena.
const MOST_BYTES: usize = 1 << 26;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Header {
    pub(crate) crc: u32,
    pub(crate) arena_bytes: usize,
    pub(crate) operations: usize,
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) features: u32,
}

/// The checksum that an artifact states, by which one can be told from another; 0 where it is too
/// short. Nothing is checked.
pub fn stated_crc(artifact: &[u8]) -> u32 {
    u32_at(artifact, CRC_AT)
}

impl Header {
    /// Reads and checks the header of an artifact that is exactly `bytes`.
    ///
    /// # Errors
    /// The first rule of section 2.1 that is broken. Length and checksum come before what depends on
    /// them, so that damage is called damage.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut cursor = Cursor::new(bytes);
        if cursor.u32()? != MAGIC {
            return Err(Error::Magic);
        }
        let (major, _minor, header_bytes) = (cursor.u8()?, cursor.u8()?, cursor.size16()?);
        if major != MAJOR {
            return Err(Error::Version);
        }
        let total_bytes = cursor.size32()?;
        let header = Self {
            crc: cursor.u32()?,
            arena_bytes: cursor.size32()?,
            operations: cursor.size16()?,
            inputs: cursor.size8()?,
            outputs: cursor.size8()?,
            features: cursor.u32()?,
        };
        let reserved = cursor.reserved::<4>();
        if total_bytes != bytes.len() {
            return Err(Error::Length);
        }
        let rest = bytes.get(CHECKED_FROM..).ok_or(Error::Truncated)?;
        if crc32(rest) != header.crc {
            return Err(Error::Checksum);
        }
        reserved?;
        let sizes = [total_bytes, header.arena_bytes];
        let sizes_good = sizes.iter().all(|&size| size % 4 == 0 && size <= MOST_BYTES);
        let counts_good = header.operations > 0 && header.inputs > 0 && header.outputs > 0;
        if header_bytes == HEADER_BYTES && sizes_good && counts_good {
            Ok(header)
        } else {
            Err(Error::Header)
        }
    }

    /// File offset of the first record.
    pub(crate) const fn records_at(&self) -> usize {
        HEADER_BYTES + TENSOR_BYTES * (self.inputs + self.outputs)
    }
}
