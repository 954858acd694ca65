//! How weights are stored in a file: as they are, without their zeros, or as integers with a scale per row.

use super::{Factor, Values};
use crate::graph::proto::{
    AttributeProto, NodeProto, SparseTensorProto, TensorProto, attribute_type, data_type,
};
use crate::graph::{float_tensor, int64_tensor, new_int};

/// Integers of at most 8 bits and their scales, and the node that makes `tensor` of them, where `factor` is
/// stored so; its rows lie along `axis` of the tensor.
pub(super) fn quantised(
    tensor: &TensorProto,
    factor: &Factor,
    axis: usize,
) -> Option<(NodeProto, [TensorProto; 3])> {
    let rows = usize::try_from(*tensor.dims.get(axis)?).ok()?;
    if !matches!(factor.values, Values::Int8 | Values::Int4) || factor.table.len() != rows {
        return None;
    }
    let inner: i64 = tensor.dims.get(axis + 1..)?.iter().product();
    let inner = usize::try_from(inner).ok()?.max(1);
    let words = tensor.raw_data.chunks_exact(4).enumerate();
    let raw_data = words.map(|(index, word)| {
        let value = word.try_into().map_or(0.0, f32::from_le_bytes);
        let scale = factor.table.get(index / inner % rows).copied().unwrap_or_default();
        let steps = if scale == 0.0 { 0.0 } else { (value / scale).round_ties_even() };
        // Between -127 and 127 by the way it was rounded.
        (steps as i8).to_le_bytes()[0]
    });
    let integers = TensorProto {
        name: format!("{}.int8", tensor.name),
        dims: tensor.dims.clone(),
        data_type: data_type::INT8,
        raw_data: raw_data.collect(),
        ..TensorProto::default()
    };
    let scales = float_tensor(&format!("{}.scale", tensor.name), &[rows], factor.table.iter().copied());
    // ONNX Runtime wants them where there is a scale per row.
    let zeros = TensorProto {
        name: format!("{}.zero_point", tensor.name),
        dims: scales.dims.clone(),
        data_type: data_type::INT8,
        raw_data: vec![0; rows],
        ..TensorProto::default()
    };
    let node = NodeProto {
        op_type: "DequantizeLinear".into(),
        name: format!("{}.dequantize", tensor.name),
        input: vec![integers.name.clone(), scales.name.clone(), zeros.name.clone()],
        output: vec![tensor.name.clone()],
        attribute: vec![new_int("axis", axis as i64)],
        ..NodeProto::default()
    };
    Some((node, [integers, scales, zeros]))
}

/// A Constant node with the non-zeros of `tensor`, indexed linearly.
pub(super) fn sparse(tensor: TensorProto) -> NodeProto {
    let words = tensor.raw_data.chunks_exact(4);
    let values = words.map(|w| w.try_into().map_or(0.0, f32::from_le_bytes));
    let (indices, values): (Vec<i64>, Vec<f32>) =
        values.enumerate().filter(|(_, v)| *v != 0.0).map(|(i, v)| (i as i64, v)).unzip();
    let sparse = SparseTensorProto {
        indices: Some(int64_tensor("", &indices)),
        values: Some(float_tensor("", &[values.len()], values)),
        dims: tensor.dims,
    };
    let attribute = AttributeProto {
        name: "sparse_value".into(),
        sparse_tensor: Some(sparse),
        r#type: attribute_type::SPARSE_TENSOR,
        ..AttributeProto::default()
    };
    NodeProto {
        op_type: "Constant".into(),
        name: format!("{}.constant", tensor.name),
        output: vec![tensor.name],
        attribute: vec![attribute],
        ..NodeProto::default()
    }
}
