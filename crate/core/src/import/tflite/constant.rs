//! Constants of the file: their elements as they are stored, as numbers, and with their axes in another order.

use super::Reason;
use crate::graph::from_f16;
use sepal_tflite::schema::TensorType;
use sepal_tflite::{Quantisation, Tensor, densify};
use std::borrow::Cow;
use std::rc::Rc;

/// A constant: bytes of the file, or made of some.
#[derive(Clone, Debug)]
pub(super) struct Constant<'a> {
    /// Shared by all operators that pass it on.
    pub(super) bytes: Rc<Cow<'a, [u8]>>,
    pub(super) kind: TensorType,
    pub(super) quantisation: Option<Quantisation>,
    /// The tensor of the file that stores it: its shape, and initializers made of it are shared.
    pub(super) source: usize,
}

/// How a constant is to be laid out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Arrangement {
    /// The shape that its elements are seen in.
    pub(super) seen: Vec<usize>,
    /// The order of those axes in the result.
    pub(super) order: Vec<usize>,
    /// The shape of the result.
    pub(super) shape: Vec<usize>,
}

impl Arrangement {
    /// The axes of `shape` in another order.
    pub(super) fn permuted(shape: &[usize], order: &[usize]) -> Self {
        let result = order.iter().filter_map(|axis| shape.get(*axis).copied()).collect();
        Self { seen: shape.into(), order: order.into(), shape: result }
    }
}

/// Bytes of one element; `None` for types that constants cannot have here.
pub(super) fn width(kind: TensorType) -> Option<usize> {
    match kind {
        TensorType::Uint8 | TensorType::Int8 | TensorType::Bool => Some(1),
        TensorType::Float16 | TensorType::Int16 | TensorType::Uint16 => Some(2),
        TensorType::Float32 | TensorType::Int32 | TensorType::Uint32 => Some(4),
        TensorType::Int64 | TensorType::Float64 | TensorType::Uint64 => Some(8),
        _ => None,
    }
}

/// The constant that a tensor of the file stores, sparse ones filled up, 4-bit integers as 8-bit ones.
pub(super) fn read_constant<'a>(source: usize, tensor: &Tensor<'a>) -> Result<Option<Constant<'a>>, Reason> {
    let Some(data) = tensor.data else { return Ok(None) };
    let quantisation = tensor.quantisation.clone();
    let constant = |bytes, kind| Some(Constant { bytes: Rc::new(bytes), kind, quantisation, source });
    if let Some(sparsity) = &tensor.sparsity {
        let width = width(tensor.kind).ok_or("its sparse weights have a type that is not known")?;
        let dense = densify(sparsity, &tensor.shape, data, width)?;
        return Ok(constant(Cow::Owned(dense), tensor.kind));
    }
    if tensor.kind == TensorType::Int4 {
        let nibble = |byte: u8| [(byte << 4).cast_signed() >> 4, byte.cast_signed() >> 4];
        let values = data.iter().flat_map(|byte| nibble(*byte)).take(tensor.len());
        return Ok(constant(Cow::Owned(values.map(i8::cast_unsigned).collect()), TensorType::Int8));
    }
    Ok(constant(Cow::Borrowed(data), tensor.kind))
}

impl Constant<'_> {
    /// Its elements as integers, where they are 32 or 64 bits wide.
    pub(super) fn integers(&self) -> Option<Vec<i64>> {
        let bytes = self.bytes.as_ref();
        match self.kind {
            TensorType::Int32 => Some(chunks(bytes, i32::from_le_bytes).map(i64::from).collect()),
            TensorType::Int64 => Some(chunks(bytes, i64::from_le_bytes).collect()),
            _ => None,
        }
    }

    /// Its elements as real numbers.
    pub(super) fn reals(&self, shape: &[usize]) -> Option<Vec<f32>> {
        let bytes = self.bytes.as_ref();
        let stored: Vec<f32> = match self.kind {
            TensorType::Float32 => chunks(bytes, f32::from_le_bytes).collect(),
            TensorType::Float16 => chunks(bytes, u16::from_le_bytes).map(from_f16).collect(),
            TensorType::Int8 => bytes.iter().map(|b| f32::from(b.cast_signed())).collect(),
            TensorType::Uint8 => bytes.iter().map(|b| f32::from(*b)).collect(),
            TensorType::Int16 => chunks(bytes, i16::from_le_bytes).map(f32::from).collect(),
            TensorType::Int32 | TensorType::Int64 => return self.wide_reals(shape),
            _ => return None,
        };
        let Some(quantisation) = &self.quantisation else { return Some(stored) };
        let index = channel_index(quantisation, shape);
        let real = |(i, v): (usize, &f32)| {
            let channel = index(i);
            let zero = *quantisation.zero_point.get(channel)? as f32;
            Some((v - zero) * quantisation.scale.get(channel)?)
        };
        stored.iter().enumerate().map(real).collect()
    }

    /// Biases of integer kernels: wider than float32 holds, so they are scaled as float64.
    fn wide_reals(&self, shape: &[usize]) -> Option<Vec<f32>> {
        let stored = self.integers()?;
        let Some(quantisation) = &self.quantisation else {
            return Some(stored.iter().map(|v| *v as f32).collect());
        };
        let index = channel_index(quantisation, shape);
        let real = |(i, v): (usize, &i64)| {
            let channel = index(i);
            let offset = v.saturating_sub(*quantisation.zero_point.get(channel)?);
            Some((offset as f64 * f64::from(*quantisation.scale.get(channel)?)) as f32)
        };
        stored.iter().enumerate().map(real).collect()
    }
}

/// For the position of an element, which scale is its own.
fn channel_index(quantisation: &Quantisation, shape: &[usize]) -> impl Fn(usize) -> usize {
    let channels = quantisation.scale.len();
    let inner: usize = shape.get(quantisation.axis + 1..).unwrap_or_default().iter().product();
    move |position| if channels == 1 { 0 } else { position / inner.max(1) % channels }
}

fn chunks<const N: usize, T>(bytes: &[u8], read: fn([u8; N]) -> T) -> impl Iterator<Item = T> {
    bytes.chunks_exact(N).filter_map(move |chunk| chunk.try_into().ok().map(read))
}

/// The elements of `bytes` with their axes in another order.
pub(super) fn permuted(bytes: &[u8], width: usize, arrangement: &Arrangement) -> Vec<u8> {
    let Arrangement { seen, order, .. } = arrangement;
    let mut strides = vec![width; seen.len()];
    for axis in (1..seen.len()).rev() {
        strides[axis - 1] = strides[axis] * seen[axis];
    }
    let sizes: Vec<usize> = order.iter().filter_map(|a| seen.get(*a).copied()).collect();
    let steps: Vec<usize> = order.iter().filter_map(|a| strides.get(*a).copied()).collect();
    let mut index = vec![0_usize; sizes.len()];
    let mut result = Vec::with_capacity(bytes.len());
    let mut at = 0_usize;
    while let Some(element) = bytes.get(at..at + width).filter(|_| result.len() < bytes.len()) {
        result.extend_from_slice(element);
        for axis in (0..sizes.len()).rev() {
            index[axis] += 1;
            at += steps[axis];
            if index[axis] < sizes[axis] {
                break;
            }
            at -= steps[axis] * sizes[axis];
            index[axis] = 0;
        }
    }
    result
}

/// The zero points as bytes of the type `kind`.
pub(super) fn zero_points(quantisation: &Quantisation, kind: TensorType) -> Result<Vec<u8>, Reason> {
    let byte = |zero: &i64| match kind {
        TensorType::Uint8 => u8::try_from(*zero).ok(),
        _ => i8::try_from(*zero).ok().map(i8::cast_unsigned),
    };
    let bytes: Option<Vec<u8>> = quantisation.zero_point.iter().map(byte).collect();
    bytes.ok_or_else(|| "its zero point does not fit its type".into())
}
