//! Tensors as ONNX stores them: sizes, conversion to `f32`, and new ones.

use super::proto::{SparseTensorProto, TensorProto, data_type};
use ndarray::{ArrayD, IxDyn};

/// The number of elements, `None` where a dimension is negative or the product overflows.
pub fn elements_of(dims: &[i64]) -> Option<usize> {
    dims.iter().try_fold(1_usize, |product, &d| product.checked_mul(usize::try_from(d).ok()?))
}

/// Bits of one element of an ONNX data type; strings and unknown types count as 0.
fn element_bits(data_type: i32) -> usize {
    match data_type {
        2 | 3 | 9 | 17..=20 | 24 => 8,
        4 | 5 | 10 | 16 => 16,
        1 | 6 | 12 => 32,
        7 | 11 | 13 | 14 => 64,
        15 => 128,
        21..=23 => 4,
        _ => 0,
    }
}

/// The bytes that the tensor's elements take when stored densely.
pub fn bytes_of(tensor: &TensorProto) -> usize {
    let bits = elements_of(&tensor.dims).unwrap_or(0).saturating_mul(element_bits(tensor.data_type));
    bits.div_ceil(8)
}

/// The elements of a float32 tensor.
///
/// # Errors
/// A sentence that says why it cannot be read: another type, external data, too few bytes.
pub fn to_f32(tensor: &TensorProto) -> Result<ArrayD<f32>, String> {
    if tensor.data_type != data_type::FLOAT {
        return Err(format!("its weights are {}, not float32", type_name(tensor.data_type)));
    }
    if tensor.data_location != 0 {
        return Err("its weights are stored in another file".into());
    }
    let count = elements_of(&tensor.dims).ok_or("its weights have an impossible shape")?;
    let shape: Vec<usize> = tensor.dims.iter().map(|&d| d as usize).collect();
    let values = if tensor.raw_data.is_empty() {
        tensor.float_data.clone()
    } else {
        let words = tensor.raw_data.chunks_exact(4);
        words.map(|w| w.try_into().map_or(0.0, f32::from_le_bytes)).collect()
    };
    if values.len() != count {
        return Err(format!("its weights hold {} values where the shape needs {count}", values.len()));
    }
    ArrayD::from_shape_vec(IxDyn(&shape), values).map_err(|error| error.to_string())
}

/// The dense form of a sparse float32 tensor (COO, linear or per-axis indices).
///
/// # Errors
/// A sentence that says why it cannot be read.
pub fn sparse_values(tensor: &SparseTensorProto) -> Result<ArrayD<f32>, String> {
    let (Some(values), Some(indices)) = (&tensor.values, &tensor.indices) else {
        return Err("its sparse weights lack values or indices".into());
    };
    let shape = elements_of(&tensor.dims).ok_or("its sparse weights have an impossible shape")?;
    let values = to_f32(values)?;
    let linear = linear_indices(indices, &tensor.dims)?;
    let mut dense = vec![0.0; shape];
    if linear.len() != values.len() {
        return Err("its sparse weights have unequal numbers of values and indices".into());
    }
    for (&index, &value) in linear.iter().zip(values.iter()) {
        *dense.get_mut(index).ok_or("a sparse index lies outside the tensor")? = value;
    }
    let dims: Vec<usize> = tensor.dims.iter().map(|&d| d as usize).collect();
    ArrayD::from_shape_vec(IxDyn(&dims), dense).map_err(|error| error.to_string())
}

fn linear_indices(indices: &TensorProto, dims: &[i64]) -> Result<Vec<usize>, String> {
    let raw: Vec<i64> = if indices.raw_data.is_empty() {
        indices.int64_data.clone()
    } else {
        let words = indices.raw_data.chunks_exact(8);
        words.map(|w| w.try_into().map_or(-1, i64::from_le_bytes)).collect()
    };
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
    let name = match data_type {
        2 => "uint8",
        3 => "int8",
        7 => "int64",
        data_type::FLOAT16 => "float16",
        data_type::DOUBLE => "float64",
        data_type::BFLOAT16 => "bfloat16",
        other => return format!("ONNX type {other}"),
    };
    name.into()
}

/// A float32 tensor with the given name, shape and elements (row-major).
pub fn float_tensor(name: &str, shape: &[usize], values: impl IntoIterator<Item = f32>) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: shape.iter().map(|&d| d as i64).collect(),
        data_type: data_type::FLOAT,
        raw_data: values.into_iter().flat_map(f32::to_le_bytes).collect(),
        ..TensorProto::default()
    }
}

/// An int64 vector.
pub fn int64_tensor(name: &str, values: &[i64]) -> TensorProto {
    TensorProto {
        name: name.into(),
        dims: vec![values.len() as i64],
        data_type: data_type::INT64,
        raw_data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        ..TensorProto::default()
    }
}

#[cfg(test)]
mod tests {
    use super::{SparseTensorProto, float_tensor, int64_tensor, sparse_values, to_f32};

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
