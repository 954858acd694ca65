//! Where tensors lie: sections 2.2 and 2.3.

use super::Cursor;
use crate::{Error, Quantisation};

/// A tensor in the arena. Sizes, pitch and plane count elements; the offset counts bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) offset: usize,
    pub(crate) channels: usize,
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) pitch: usize,
    pub(crate) plane: usize,
}

impl View {
    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<Self, Error> {
        Ok(Self {
            offset: cursor.size32()?,
            channels: cursor.size16()?,
            height: cursor.size16()?,
            width: cursor.size16()?,
            pitch: cursor.size16()?,
            plane: cursor.size32()?,
        })
    }

    pub(crate) const fn shape(&self) -> (usize, usize, usize) {
        (self.channels, self.height, self.width)
    }

    /// Index of the first element of a row, in elements from the view's offset.
    pub(crate) const fn row(&self, channel: usize, y: usize) -> usize {
        channel * self.plane + y * self.pitch
    }
}

/// An input or an output of a program: contiguous values in the arena, channel by channel and row
/// by row.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tensor {
    /// Bytes from the start of the arena.
    pub offset: usize,
    /// Number of channels.
    pub channels: usize,
    /// Rows of a channel.
    pub height: usize,
    /// Columns of a channel.
    pub width: usize,
    /// Whether the values are `f32`, little-endian; else they are `i8`.
    pub is_float: bool,
    /// Units of one step of an `i8` value: `real = scale * (q - zero_point)`. 1.0 for `f32`.
    pub scale: f32,
    /// The `i8` value that means 0.0.
    pub zero_point: i8,
}

impl Tensor {
    /// What stands for a description that cannot be read, which a checked artifact rules out.
    pub(crate) const NOTHING: Self =
        Self { offset: 0, channels: 0, height: 0, width: 0, is_float: false, scale: 1.0, zero_point: 0 };

    pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<(Self, View), Error> {
        let view = View::read(cursor)?;
        let dtype = cursor.u8()?;
        let zero_point = cursor.i8()?;
        cursor.reserved::<2>()?;
        let scale = cursor.f32()?;
        if dtype > 1 {
            return Err(Error::Range);
        }
        let tensor = Self {
            offset: view.offset,
            channels: view.channels,
            height: view.height,
            width: view.width,
            is_float: dtype == 1,
            scale,
            zero_point,
        };
        Ok((tensor, view))
    }

    /// How `i8` values stand for real numbers.
    pub const fn quantisation(&self) -> Quantisation {
        Quantisation { scale: self.scale, zero_point: self.zero_point }
    }

    /// As [`Quantisation::quantise`].
    pub fn quantise(&self, real: f32) -> i8 {
        self.quantisation().quantise(real)
    }

    /// As [`Quantisation::real`].
    pub fn real(&self, q: i8) -> f32 {
        self.quantisation().real(q)
    }

    /// Number of values.
    #[expect(clippy::len_without_is_empty, reason = "a tensor has at least one value")]
    pub const fn len(&self) -> usize {
        self.channels * self.height * self.width
    }

    /// Bytes in the arena.
    pub const fn bytes(&self) -> usize {
        if self.is_float { 4 * self.len() } else { self.len() }
    }
}
