//! Puts the pair of matrices that replaces a layer into the graph, as ordinary operators.

use super::{Factor, Pair, Split};
use crate::graph::proto::{AttributeProto, NodeProto, SparseTensorProto, TensorProto, attribute_type};
use crate::graph::{
    Constant, Conv, Edit, Graph, GraphError, Layer, LayerKind, Padding, Weight, conv_geometry, float_tensor,
    int64_tensor, new_int, new_ints, sparse_values,
};
use ndarray::{Array2, Axis, concatenate};

/// How sparse factors are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sparsity {
    /// With their zeros: for runtimes that read no sparse tensors, such as our evaluation.
    Dense,
    /// As the sparse value of a Constant node: ONNX Runtime reads it and the ONNX checker accepts it
    /// (a sparse *initializer* fails the checker's type inference). Dense where the opset has none.
    Stored,
}

/// Opset from which Constant nodes hold sparse values.
const OPSET_SPARSE: i64 = 11;

/// The edit that replaces `layer` by `pair`: two nodes of the same kind, the first without bias.
///
/// # Errors
/// [`GraphError::Node`] for a layer that is not compressible.
pub fn rewrite(graph: &Graph, layer: &Layer, pair: &Pair, sparsity: Sparsity) -> Result<Edit, GraphError> {
    let bug = |message: &str| GraphError::Node { node: layer.name.clone(), message: message.into() };
    let weight = layer.weight.as_ref().map_err(|reason| bug(reason))?;
    let node = graph.nodes().get(layer.node).ok_or_else(|| bug("the node is gone"))?;
    let [first_name, second_name] = pair.names.map(|part| fresh(graph, &format!("{}.{part}", layer.name)));
    let (first_matrix, second_matrix) = (stack(&pair.first), stack(&pair.second));
    let mut first = first_node(node, weight, pair.split);
    first.name.clone_from(&first_name);
    first.output = vec![fresh(graph, &format!("{first_name}.output"))];
    let mut second = second_node(node, weight, pair.split);
    second.name.clone_from(&second_name);
    second.input[0].clone_from(&first.output[0]);
    let (first_weight, second_weight) = (format!("{first_name}.weight"), format!("{second_name}.weight"));
    first.input = vec![node.input[0].clone(), first_weight.clone()];
    second.input[1].clone_from(&second_weight);

    let mut edit = Edit::default();
    edit.replace.insert(layer.node, vec![first, second]);
    drop_constant(graph, &mut edit, &layer.constants[0]);
    let tensor = first_tensor(&first_weight, weight, pair.split, &first_matrix);
    if is_stored_sparse(graph, &pair.first, sparsity) {
        edit.replace.entry(layer.node).or_default().insert(0, sparse_constant(tensor));
    } else {
        edit.add.push(tensor);
    }
    edit.add.push(second_tensor(&second_weight, weight, pair.split, &second_matrix));
    Ok(edit)
}

/// The edit that gives every sparse constant its zeros back.
///
/// # Errors
/// [`GraphError::Node`] for a sparse tensor that cannot be read.
pub fn densify(graph: &Graph) -> Result<Edit, GraphError> {
    let mut edit = Edit::default();
    for name in graph.sparse_constants() {
        let Some(Constant::Sparse(tensor)) = graph.constant(name) else { continue };
        let dense =
            sparse_values(tensor).map_err(|message| GraphError::Node { node: name.into(), message })?;
        edit.add.push(float_tensor(name, dense.shape(), dense.iter().copied()));
        drop_constant(graph, &mut edit, name);
    }
    Ok(edit)
}

fn is_stored_sparse(graph: &Graph, factors: &[Factor], sparsity: Sparsity) -> bool {
    let sparse = matches!(factors, [Factor::Sparse(_)]);
    sparse && sparsity == Sparsity::Stored && graph.opset() >= OPSET_SPARSE
}

fn drop_constant(graph: &Graph, edit: &mut Edit, name: &str) {
    match graph.constant_node(name) {
        Some(node) => drop(edit.replace.insert(node, Vec::new())),
        None => drop(edit.drop.insert(name.into())),
    }
}

/// `name`, made longer until no value of the graph has it.
fn fresh(graph: &Graph, name: &str) -> String {
    let taken = |name: &str| {
        graph.constant(name).is_some()
            || graph.nodes().iter().any(|n| n.name == name || n.output.iter().any(|o| o == name))
    };
    let mut candidate = name.to_owned();
    while taken(&candidate) || taken(&format!("{candidate}.weight")) {
        candidate.push('\'');
    }
    candidate
}

fn stack(factors: &[Factor]) -> Array2<f32> {
    let dense: Vec<_> = factors.iter().map(Factor::to_dense).collect();
    let views: Vec<_> = dense.iter().map(|matrix| matrix.view()).collect();
    concatenate(Axis(0), &views).unwrap_or_default()
}

fn first_node(node: &NodeProto, weight: &Weight, split: Split) -> NodeProto {
    let mut first = NodeProto { op_type: "MatMul".into(), ..NodeProto::default() };
    if let LayerKind::Conv(conv) = &weight.kind {
        first.op_type = "Conv".into();
        first.attribute = match split {
            Split::Channel => node.attribute.clone(),
            Split::Spatial => one_axis(node, conv, 0),
        };
    }
    first
}

fn second_node(node: &NodeProto, weight: &Weight, split: Split) -> NodeProto {
    let mut second = node.clone();
    if let LayerKind::Conv(conv) = &weight.kind {
        second.attribute = match split {
            Split::Channel => {
                let ones = vec![1; conv.kernel.len()];
                vec![new_ints("kernel_shape", &ones), new_int("group", conv.groups as i64)]
            }
            Split::Spatial => one_axis(node, conv, 1),
        };
    }
    second
}

/// The attributes of a 2-D convolution that works along `axis` only.
fn one_axis(node: &NodeProto, conv: &Conv, axis: usize) -> Vec<AttributeProto> {
    let (strides, dilations, padding) = conv_geometry(node, 2);
    let only = |values: &[i64], rest: i64| -> Vec<i64> {
        (0..values.len()).map(|i| if i % 2 == axis { values[i] } else { rest }).collect()
    };
    let kernel: Vec<i64> = conv.kernel.iter().map(|&d| d as i64).collect();
    let mut attributes = vec![
        new_ints("kernel_shape", &only(&kernel, 1)),
        new_ints("strides", &only(&strides, 1)),
        new_ints("dilations", &only(&dilations, 1)),
        new_int("group", conv.groups as i64),
    ];
    match padding {
        Padding::Explicit(pads) => attributes.push(new_ints("pads", &only(&pads, 0))),
        Padding::Automatic(_) => {
            attributes.extend(node.attribute.iter().filter(|a| a.name == "auto_pad").cloned());
        }
    }
    attributes
}

fn first_tensor(name: &str, weight: &Weight, split: Split, matrix: &Array2<f32>) -> TensorProto {
    let LayerKind::Conv(conv) = &weight.kind else {
        return transposed(name, matrix);
    };
    let rows = matrix.nrows();
    let kernel = match split {
        Split::Channel => conv.kernel.clone(),
        Split::Spatial => vec![conv.kernel[0], 1],
    };
    let channels = matrix.ncols() / kernel.iter().product::<usize>();
    float_tensor(name, &[&[rows, channels], &kernel[..]].concat(), matrix.iter().copied())
}

fn second_tensor(name: &str, weight: &Weight, split: Split, matrix: &Array2<f32>) -> TensorProto {
    match &weight.kind {
        LayerKind::Gemm { transposed: true } => {
            float_tensor(name, &[matrix.nrows(), matrix.ncols()], matrix.iter().copied())
        }
        LayerKind::Gemm { transposed: false } | LayerKind::MatMul => transposed(name, matrix),
        LayerKind::Conv(conv) => {
            let kernel = match split {
                Split::Channel => vec![1; conv.kernel.len()],
                Split::Spatial => vec![1, conv.kernel[1]],
            };
            let channels = matrix.ncols() / kernel.iter().product::<usize>();
            float_tensor(name, &[&[matrix.nrows(), channels], &kernel[..]].concat(), matrix.iter().copied())
        }
    }
}

fn transposed(name: &str, matrix: &Array2<f32>) -> TensorProto {
    float_tensor(name, &[matrix.ncols(), matrix.nrows()], matrix.t().iter().copied())
}

/// A Constant node with the non-zeros of `tensor`, indexed linearly.
fn sparse_constant(tensor: TensorProto) -> NodeProto {
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
