//! Tensors as ONNX stores them: sizes, conversion to `f32`, and new ones.

use crate::Element;
use crate::proto::{SparseTensorProto, TensorProto};
use ndarray::{ArrayD, IxDyn};
use num_traits::AsPrimitive;
use std::borrow::Cow;

/// The number of elements, `None` where a dimension is negative or the product overflows.
pub fn elements_of(dims: &[i64]) -> Option<usize> {
    dims.iter().try_fold(1_usize, |product, &d| product.checked_mul(usize::try_from(d).ok()?))
}

/// The sizes of all axes, `None` where one is negative.
fn sizes_of(dims: &[i64]) -> Option<Vec<usize>> {
    dims.iter().map(|&d| usize::try_from(d).ok()).collect()
}

/// The bytes that the tensor's elements take when stored densely; 0 for strings and unknown types.
pub fn bytes_of(tensor: &TensorProto) -> usize {
    let bits =
        elements_of(&tensor.dims).unwrap_or(0).saturating_mul(tensor.element().map_or(0, Element::bits));
    bits.div_ceil(8)
}

/// The elements of a tensor of numbers as float32. Whole numbers above 2^24 are rounded.
///
/// # Errors
/// A sentence that says why it cannot be read: another type, external data, too few bytes.
pub fn to_f32(tensor: &TensorProto) -> Result<ArrayD<f32>, String> {
    if tensor.data_location != 0 {
        return Err("its weights are stored in another file".into());
    }
    let impossible = "its weights have an impossible shape";
    let (count, shape) = elements_of(&tensor.dims).zip(sizes_of(&tensor.dims)).ok_or(impossible)?;
    let values = elements(tensor, count)
        .ok_or_else(|| format!("its weights are {}, not numbers", type_name(tensor.data_type)))?;
    if values.len() != count {
        return Err(format!("its weights hold {} values where the shape needs {count}", values.len()));
    }
    ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|error| error.to_string())
}

/// The elements of a tensor of whole numbers; `None` for other types and for external data.
pub fn to_i64(tensor: &TensorProto) -> Option<Vec<i64>> {
    if tensor.data_location != 0 {
        return None;
    }
    match tensor.element()? {
        Element::Int64 if tensor.raw_data.is_empty() => Some(tensor.int64_data.clone()),
        Element::Int64 => Some(words(&tensor.raw_data, i64::from_le_bytes)),
        Element::Int32 if tensor.raw_data.is_empty() => {
            Some(tensor.int32_data.iter().map(|&v| v.into()).collect())
        }
        Element::Int32 => Some(words(&tensor.raw_data, |w| i32::from_le_bytes(w).into())),
        _ => None,
    }
}

/// The elements as they are stored, at most `count` of packed ones; `None` for types without numbers.
fn elements(tensor: &TensorProto, count: usize) -> Option<Vec<f32>> {
    let raw = &tensor.raw_data;
    let typed = raw.is_empty();
    Some(match tensor.element()? {
        Element::Float if typed => tensor.float_data.clone(),
        Element::Float => words(raw, f32::from_le_bytes),
        Element::Double if typed => tensor.double_data.iter().map(|v| v.as_()).collect(),
        Element::Double => words(raw, |w| f64::from_le_bytes(w).as_()),
        Element::Int64 if typed => tensor.int64_data.iter().map(|v| v.as_()).collect(),
        Element::Int64 => words(raw, |w| i64::from_le_bytes(w).as_()),
        Element::Uint64 | Element::Uint32 if typed => tensor.uint64_data.iter().map(|v| v.as_()).collect(),
        Element::Uint64 => words(raw, |w| u64::from_le_bytes(w).as_()),
        Element::Uint32 => words(raw, |w| u32::from_le_bytes(w).as_()),
        Element::Int32 => narrow(tensor, |w| i32::from_le_bytes(w).as_()),
        Element::Float16 => narrow(tensor, |w| from_f16(u16::from_le_bytes(w))),
        Element::Bfloat16 => narrow(tensor, |w| from_bf16(u16::from_le_bytes(w))),
        Element::Int16 => narrow(tensor, |w| i16::from_le_bytes(w).into()),
        Element::Uint16 => narrow(tensor, |w| u16::from_le_bytes(w).into()),
        Element::Int8 => narrow(tensor, |w| i8::from_le_bytes(w).into()),
        Element::Uint8 | Element::Bool => narrow(tensor, |w| u8::from_le_bytes(w).into()),
        Element::Int4 | Element::Uint4 => nibbles(tensor, count),
        _ => return None,
    })
}

/// The little-endian words of `N` bytes in `bytes`.
fn words<const N: usize, T>(bytes: &[u8], read: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.chunks_exact(N).filter_map(|word| word.try_into().ok()).map(read).collect()
}

/// Elements of `N` bytes, 4 at most: from the raw data, else the lower bytes of the numbers of 32 bits that stand
/// for them.
fn narrow<const N: usize>(tensor: &TensorProto, read: impl Fn([u8; N]) -> f32) -> Vec<f32> {
    if !tensor.raw_data.is_empty() {
        return words(&tensor.raw_data, read);
    }
    let low = |v: &i32| v.to_le_bytes().first_chunk::<N>().copied();
    tensor.int32_data.iter().filter_map(low).map(read).collect()
}

/// Four-bit elements, two in a byte, the first one low.
fn nibbles(tensor: &TensorProto, count: usize) -> Vec<f32> {
    let signed = tensor.element() == Some(Element::Int4);
    let value = |nibble: u8| {
        let wide = i16::from(nibble);
        f32::from(if signed && wide > 7 { wide - 16 } else { wide })
    };
    let pairs = narrow_bytes(tensor);
    pairs.iter().flat_map(|byte| [value(byte & 15), value(byte >> 4)]).take(count).collect()
}

/// The bytes of the raw data, else the lowest byte of each number of 32 bits.
fn narrow_bytes(tensor: &TensorProto) -> Cow<'_, [u8]> {
    if !tensor.raw_data.is_empty() {
        return Cow::Borrowed(&tensor.raw_data);
    }
    tensor.int32_data.iter().map(|v| v.to_le_bytes()).map(|[low, ..]| low).collect()
}

/// The value of a float16.
pub fn from_f16(bits: u16) -> f32 {
    let (sign, exponent, mantissa) = (bits >> 15, bits >> 10 & 31, bits & 1023);
    let magnitude = match exponent {
        0 => f32::from(mantissa) * 2.0_f32.powi(-24),
        31 if mantissa == 0 => f32::INFINITY,
        31 => f32::NAN,
        _ => f32::from_bits((u32::from(exponent) + 112) << 23 | u32::from(mantissa) << 13),
    };
    if sign == 1 { -magnitude } else { magnitude }
}

/// The value of a bfloat16: the upper half of a float32.
fn from_bf16(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

/// The dense form of a sparse float32 tensor (COO, linear or per-axis indices).
///
/// # Errors
/// A sentence that says why it cannot be read.
pub fn sparse_values(tensor: &SparseTensorProto) -> Result<ArrayD<f32>, String> {
    let (Some(values), Some(indices)) = (&tensor.values, &tensor.indices) else {
        return Err("its sparse weights lack values or indices".into());
    };
    let impossible = "its sparse weights have an impossible shape";
    let (count, shape) = elements_of(&tensor.dims).zip(sizes_of(&tensor.dims)).ok_or(impossible)?;
    let values = to_f32(values)?;
    let linear = linear_indices(indices, &tensor.dims)?;
    let mut dense = vec![0.0; count];
    if linear.len() != values.len() {
        return Err("its sparse weights have unequal numbers of values and indices".into());
    }
    for (&index, &value) in linear.iter().zip(values.iter()) {
        *dense.get_mut(index).ok_or("a sparse index lies outside the tensor")? = value;
    }
    ArrayD::from_shape_vec(IxDyn(&shape), dense).map_err(|error| error.to_string())
}

fn linear_indices(indices: &TensorProto, dims: &[i64]) -> Result<Vec<usize>, String> {
    let raw = to_i64(indices).ok_or("its sparse indices are not whole numbers")?;
    let outside = || String::from("a sparse index lies outside the tensor");
    let axes = if indices.dims.len() == 2 { dims.len().max(1) } else { 1 };
    let combine = |index: &[i64]| -> Option<usize> {
        if axes == 1 {
            return usize::try_from(*index.first()?).ok();
        }
        let inside = index.iter().zip(dims).all(|(i, d)| (0..*d).contains(i));
        let linear =
            index.iter().zip(dims).try_fold(0_i64, |sum, (i, d)| sum.checked_mul(*d)?.checked_add(*i));
        usize::try_from(linear?).ok().filter(|_| inside)
    };
    raw.chunks(axes).map(|index| combine(index).ok_or_else(outside)).collect()
}

fn type_name(data_type: i32) -> String {
    match Element::try_from(data_type) {
        Ok(Element::String) => "text".into(),
        Ok(Element::Complex64 | Element::Complex128) => "complex numbers".into(),
        Ok(element) if element.bits() == 8 => "8-bit floats".into(),
        _ => format!("ONNX type {data_type}"),
    }
}

/// A size as ONNX has it.
fn dim(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// A float32 tensor with the given name, shape and elements (row-major).
pub fn float_tensor(name: &str, shape: &[usize], values: impl IntoIterator<Item = f32>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: shape.iter().map(|&d| dim(d)).collect(),
        data_type: Element::Float.code(),
        raw_data: values.into_iter().flat_map(f32::to_le_bytes).collect(),
        ..TensorProto::default()
    }
}

/// An int64 vector.
pub fn int64_tensor(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![dim(values.len())],
        data_type: Element::Int64.code(),
        raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{Element, SparseTensorProto, TensorProto, float_tensor, int64_tensor, sparse_values, to_f32};

    #[test]
    fn a_float_tensor_reads_back() {
        let tensor = float_tensor("w", &[2, 3], (0..6).map(|i| i as f32));
        assert_eq!(to_f32(&tensor).unwrap()[[1, 2]], 5.0);
    }

    #[test]
    fn a_shape_that_promises_more_is_an_error() {
        let mut tensor = float_tensor("w", &[2, 3], [0.0; 6]);
        tensor.dims = vec![1 << 40, 1 << 40];
        assert!(to_f32(&tensor).is_err());
        tensor.dims = vec![7];
        assert!(to_f32(&tensor).unwrap_err().contains("needs 7"));
    }

    type Case<'a> = (Element, Vec<u8>, Vec<i32>, &'a [f32]);

    #[test]
    fn every_type_reads_from_bytes_and_from_its_own_field() {
        // Type, bytes, and the same in the typed field that ONNX gives it.
        let f16: [u16; 4] = [0x3c00, 0xc500, 0x0001, 0x7bff];
        let wide = |v: &[u16]| v.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
        let plain = |v: &[u16]| v.iter().map(|&w| i32::from(w)).collect::<Vec<i32>>();
        let cases: [Case; 7] = [
            (Element::Float16, wide(&f16), plain(&f16), &[1.0, -5.0, 5.960_464_5e-8, 65504.0]),
            (Element::Bfloat16, wide(&[0x3f80, 0xc0a0]), plain(&[0x3f80, 0xc0a0]), &[1.0, -5.0]),
            (Element::Int8, vec![0xff, 127], vec![-1, 127], &[-1.0, 127.0]),
            (Element::Uint8, vec![255, 3], vec![255, 3], &[255.0, 3.0]),
            (Element::Int16, vec![0xfe, 0xff], vec![-2], &[-2.0]),
            (Element::Int32, vec![0xfd, 0xff, 0xff, 0xff], vec![-3], &[-3.0]),
            (Element::Int4, vec![0x8f, 0x07], vec![0x8f, 0x07], &[-1.0, -8.0, 7.0]),
        ];
        for (element, raw_data, int32_data, expected) in cases {
            let data_type = element.code();
            let own = TensorProto { dims: vec![expected.len() as i64], data_type, ..TensorProto::default() };
            let raw = TensorProto { raw_data, ..own.clone() };
            let typed = TensorProto { int32_data, ..own };
            for tensor in [raw, typed] {
                assert_eq!(to_f32(&tensor).unwrap().as_slice().unwrap(), expected, "type {element:?}");
            }
        }
        let double = TensorProto {
            dims: vec![1],
            data_type: Element::Double.code(),
            double_data: vec![0.5],
            ..TensorProto::default()
        };
        assert_eq!(to_f32(&double).unwrap()[[0]], 0.5);
        let text = TensorProto { data_type: Element::String.code(), dims: vec![0], ..TensorProto::default() };
        assert!(to_f32(&text).unwrap_err().contains("text"));
    }

    #[test]
    fn sparse_indices_may_be_linear_or_per_axis() {
        let values = float_tensor("s", &[2], [3.0, 4.0]);
        let mut per_axis = int64_tensor("i", &[0, 1, 1, 2]);
        per_axis.dims = vec![2, 2];
        for indices in [int64_tensor("i", &[1, 5]), per_axis] {
            let sparse =
                SparseTensorProto { values: Some(values.clone()), indices: Some(indices), dims: vec![2, 3] };
            let dense = sparse_values(&sparse).unwrap();
            assert_eq!((dense[[0, 1]], dense[[1, 2]], dense.sum()), (3.0, 4.0, 7.0));
        }
    }

    #[test]
    fn a_sparse_index_outside_is_an_error() {
        let sparse = SparseTensorProto {
            values: Some(float_tensor("s", &[1], [1.0])),
            indices: Some(int64_tensor("i", &[6])),
            dims: vec![2, 3],
        };
        assert!(sparse_values(&sparse).unwrap_err().contains("outside"));
    }
}
