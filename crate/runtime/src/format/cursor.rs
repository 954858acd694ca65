//! Little-endian fields, one after the other, from bytes of any alignment.

use crate::Error;
use core::num::NonZeroUsize;

/// Reads fields in the order in which they are stored.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(crate) const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The last byte, which stays.
    pub(crate) fn last(&self) -> Result<u8, Error> {
        self.rest.last().copied().ok_or(Error::Truncated)
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let (head, rest) = self.rest.split_first_chunk().ok_or(Error::Truncated)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Error> {
        self.take().map(u8::from_le_bytes)
    }

    pub(crate) fn i8(&mut self) -> Result<i8, Error> {
        self.take().map(i8::from_le_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, Error> {
        self.take().map(u16::from_le_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, Error> {
        self.take().map(u32::from_le_bytes)
    }

    pub(crate) fn i32(&mut self) -> Result<i32, Error> {
        self.take().map(i32::from_le_bytes)
    }

    pub(crate) fn f32(&mut self) -> Result<f32, Error> {
        self.take().map(f32::from_le_bytes)
    }

    /// A `u8` that is a size.
    pub(crate) fn size8(&mut self) -> Result<usize, Error> {
        self.u8().map(usize::from)
    }

    /// A `u8` that is at least 1.
    pub(crate) fn nonzero8(&mut self) -> Result<NonZeroUsize, Error> {
        self.size8().and_then(|size| NonZeroUsize::new(size).ok_or(Error::Range))
    }

    /// A `u16` that is at least 1.
    pub(crate) fn nonzero16(&mut self) -> Result<NonZeroUsize, Error> {
        self.size16().and_then(|size| NonZeroUsize::new(size).ok_or(Error::Range))
    }

    /// A `u16` that is a size.
    pub(crate) fn size16(&mut self) -> Result<usize, Error> {
        self.u16().map(usize::from)
    }

    /// A `u32` that is a size or an offset.
    pub(crate) fn size32(&mut self) -> Result<usize, Error> {
        self.u32().map(|value| value as usize)
    }

    /// Passes over `N` bytes that must be zero.
    pub(crate) fn reserved<const N: usize>(&mut self) -> Result<(), Error> {
        let bytes: [u8; N] = self.take()?;
        if bytes.iter().all(|&byte| byte == 0) { Ok(()) } else { Err(Error::Reserved) }
    }
}

fn chunk_at<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes.get(at..).and_then(<[u8]>::first_chunk).copied().unwrap_or([0; N])
}

/// The number at a byte offset; 0 where the bytes have ended, which a checked artifact rules out.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(chunk_at(bytes, at))
}

/// As [`u16_at`].
pub(crate) fn i16_at(bytes: &[u8], at: usize) -> i16 {
    i16::from_le_bytes(chunk_at(bytes, at))
}

/// As [`u16_at`].
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(chunk_at(bytes, at))
}

/// As [`u16_at`].
pub(crate) fn f32_at(bytes: &[u8], at: usize) -> f32 {
    f32::from_le_bytes(chunk_at(bytes, at))
}
