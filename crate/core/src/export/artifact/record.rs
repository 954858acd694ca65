//! The bytes of records: little-endian fields one after the other.

use super::array::padded;
use super::program::{Border, Geometry, Tensor};
use sepal_runtime::OpKind;
use std::collections::HashMap;

/// Where a view stands in a tensor, and how much of its border it takes in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    /// First channel.
    pub channel: usize,
    /// Channels.
    pub channels: usize,
    /// What of the border belongs to the view.
    pub border: Border,
}

/// Bytes in the making.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record {
    pub bytes: Vec<u8>,
}

impl Record {
    /// The first word of an operator's record.
    pub(crate) fn new(op: OpKind, format: u8, flags: u8) -> Self {
        Self { bytes: vec![op.code(), format, flags, (op.record_bytes() / 4) as u8] }
    }

    pub(crate) fn u8s(mut self, values: &[usize]) -> Self {
        self.bytes.extend(values.iter().map(|v| *v as u8));
        self
    }

    pub(crate) fn i8s(mut self, values: &[i8]) -> Self {
        self.bytes.extend(values.iter().map(|v| v.cast_unsigned()));
        self
    }

    pub(crate) fn u16s(mut self, values: &[usize]) -> Self {
        self.bytes.extend(values.iter().flat_map(|v| (*v as u16).to_le_bytes()));
        self
    }

    pub(crate) fn u32s(mut self, values: &[usize]) -> Self {
        self.bytes.extend(values.iter().flat_map(|v| (*v as u32).to_le_bytes()));
        self
    }

    pub(crate) fn i32s(mut self, values: &[i32]) -> Self {
        self.bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        self
    }

    pub(crate) fn f32(mut self, value: f32) -> Self {
        self.bytes.extend(value.to_le_bytes());
        self
    }

    /// A view of `tensor`, which lies at `offset`.
    pub(crate) fn view(self, tensor: &Tensor, offset: usize, window: Window) -> Self {
        let (own, taken) = (tensor.border, window.border);
        let first = (own.top - taken.top) * tensor.pitch() + (own.left - taken.left);
        let place = offset + (window.channel * tensor.plane() + first) * tensor.element_bytes();
        let (h, w) = (tensor.h + taken.top + taken.bottom, tensor.w + taken.left + taken.right);
        self.u32s(&[place]).u16s(&[window.channels, h, w, tensor.pitch()]).u32s(&[tensor.plane()])
    }

    /// Filter, steps, gaps and groups.
    pub(crate) fn geometry(self, geometry: &Geometry) -> Self {
        let Geometry { kernel, stride, dilation, groups, .. } = *geometry;
        self.u8s(&[kernel.0, kernel.1, stride.0, stride.1, dilation.0, dilation.1]).u16s(&[groups])
    }
}

/// The arrays behind the records.
#[derive(Clone, Debug)]
pub(crate) struct Arrays {
    base: usize,
    pub bytes: Vec<u8>,
    places: HashMap<Vec<u8>, usize>,
}

impl Arrays {
    /// The first array lies at `base` in the file.
    pub(crate) fn new(base: usize) -> Self {
        Self { base, bytes: Vec::new(), places: HashMap::new() }
    }

    /// Adds an array, filled up to a multiple of 4, unless the same is there; its place in the file.
    pub(crate) fn push(&mut self, array: impl IntoIterator<Item = u8>) -> usize {
        let array = padded(array.into_iter().collect());
        let place = self.base + self.bytes.len();
        *self.places.entry(array).or_insert_with_key(|array| {
            self.bytes.extend(array);
            place
        })
    }
}

/// CRC-32 as in zip and PNG.
pub fn crc32(bytes: &[u8]) -> u32 {
    let mut hasher = flate2::Crc::new();
    hasher.update(bytes);
    hasher.sum()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_crc_is_the_usual_one() {
        assert_eq!(super::crc32(b"123456789"), 0xcbf4_3926);
    }
}
