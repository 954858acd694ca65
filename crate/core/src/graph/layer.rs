//! Layers: the nodes that hold weights, seen as matrices.

use super::attribute::{find, int, ints, text};
use super::proto::NodeProto;
use super::{Constant, Graph, Shapes, sparse_values, to_f32};
use ndarray::{Array2, ArrayD};
use std::collections::HashMap;

/// Operators whose weights make them a layer. The first three can be compressed.
const LAYER_OPS: [&str; 9] =
    ["Conv", "Gemm", "MatMul", "ConvTranspose", "LSTM", "GRU", "RNN", "QLinearConv", "QLinearMatMul"];

/// A node with weights.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Index of the node in the graph.
    pub node: usize,
    /// The node's name, or its output's where it has none; unique in the model.
    pub name: String,
    /// ONNX operator.
    pub op: String,
    /// Shape of the weights as stored.
    pub shape: Vec<usize>,
    /// Names of the constants that belong to the layer: the weights first.
    pub constants: Vec<String>,
    /// The weights as matrices, or why this layer cannot be compressed.
    pub weight: Result<Weight, String>,
}

/// The weights of a compressible layer.
#[derive(Clone, Debug)]
pub struct Weight {
    /// What the matrix is part of.
    pub kind: LayerKind,
    /// All outputs x inputs of one group; group g owns rows `g * outputs/groups ..`.
    pub matrix: Array2<f32>,
    /// Whether the file stores it as a sparse tensor.
    pub sparse: bool,
    /// How often the matrix is applied per sample.
    pub positions: u64,
    /// The biases, one per output (zeros where there are none), where they can be changed.
    pub bias: Option<Vec<f32>>,
}

/// The kind of a compressible layer.
#[derive(Clone, Debug, PartialEq)]
pub enum LayerKind {
    /// `Gemm` with constant B; weights are stored inputs x outputs unless `transposed`.
    Gemm {
        /// The attribute transB.
        transposed: bool,
    },
    /// `MatMul` with a constant right side, stored inputs x outputs.
    MatMul,
    /// A convolution.
    Conv(Conv),
}

/// Geometry of a convolution.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// Groups; input channels for a depthwise convolution.
    pub groups: usize,
    /// Filter size per spatial axis.
    pub kernel: Vec<usize>,
    /// Spatial size of the input.
    pub input: Vec<usize>,
    /// Spatial size of the output.
    pub output: Vec<usize>,
}

impl Weight {
    /// Number of groups; 1 for matrices.
    pub fn groups(&self) -> usize {
        match &self.kind {
            LayerKind::Conv(conv) => conv.groups,
            _ => 1,
        }
    }

    /// The matrix of one group, outputs/groups x inputs.
    pub fn group(&self, index: usize) -> Array2<f32> {
        let rows = self.matrix.nrows() / self.groups();
        self.matrix.slice(ndarray::s![index * rows..(index + 1) * rows, ..]).to_owned()
    }

    /// Filter height and width; 1 and the length for one axis, 1 and 1 for a matrix.
    pub fn filter_size(&self) -> (usize, usize) {
        match &self.kind {
            LayerKind::Conv(conv) => match conv.kernel[..] {
                [height, width] => (height, width),
                ref kernel => (1, kernel.iter().product()),
            },
            _ => (1, 1),
        }
    }

    /// Rows and columns of one group's matrix.
    pub fn group_shape(&self) -> (usize, usize) {
        (self.matrix.nrows() / self.groups(), self.matrix.ncols())
    }
}

/// Lists the layers of `graph`; `shapes` are those of its values for one sample.
pub fn layers(graph: &Graph, shapes: &Shapes) -> Vec<Layer> {
    let mut names = HashMap::<String, usize>::new();
    let found =
        graph.nodes().iter().enumerate().filter_map(|(index, node)| layer(graph, shapes, index, node));
    found
        .map(|mut layer| {
            let seen = names.entry(layer.name.clone()).or_default();
            *seen += 1;
            if *seen > 1 {
                layer.name = format!("{}#{seen}", layer.name);
            }
            layer
        })
        .collect()
}

fn layer(graph: &Graph, shapes: &Shapes, index: usize, node: &NodeProto) -> Option<Layer> {
    if !LAYER_OPS.contains(&node.op_type.as_str()) {
        return None;
    }
    let constants: Vec<String> = node.input.iter().filter(|i| graph.constant(i).is_some()).cloned().collect();
    let is_matrix = |name: &&String| graph.constant_shape(name).is_some_and(|s| s.len() >= 2);
    let weight_name = match node.op_type.as_str() {
        "Conv" | "Gemm" => node.input.get(1)?.clone(),
        _ => constants.iter().find(is_matrix)?.clone(),
    };
    let shape = graph.constant_shape(&weight_name)?;
    let mut constants = constants;
    constants.sort_by_key(|name| *name != weight_name);
    let weight = read_weight(graph, shapes, node, &weight_name);
    Some(Layer { node: index, name: name_of(node), op: node.op_type.clone(), shape, constants, weight })
}

fn name_of(node: &NodeProto) -> String {
    let output = node.output.first().cloned().unwrap_or_default();
    if node.name.is_empty() { output } else { node.name.clone() }
}

fn read_weight(graph: &Graph, shapes: &Shapes, node: &NodeProto, name: &str) -> Result<Weight, String> {
    let kind = match node.op_type.as_str() {
        "Gemm" => gemm_kind(node)?,
        "MatMul" => LayerKind::MatMul,
        "Conv" => LayerKind::Conv(conv(graph, shapes, node, name)?),
        other => return Err(format!("{other} is kept as it is: Sepal compresses Conv, Gemm and MatMul")),
    };
    if node.input.get(1).map(String::as_str) != Some(name) {
        return Err("its constant matrix is on the left side".into());
    }
    if graph.uses(name) > 1 {
        return Err("its weights are shared with another node".into());
    }
    let (tensor, sparse) = match graph.constant(name) {
        Some(Constant::Dense(tensor)) => (to_f32(tensor)?, false),
        Some(Constant::Sparse(tensor)) => (sparse_values(tensor)?, true),
        None => return Err("its weights are computed, not constant".into()),
    };
    if tensor.iter().any(|v| !v.is_finite()) {
        return Err("its weights hold values that are not finite".into());
    }
    let positions = positions(&kind, shapes, node)?;
    let matrix = as_matrix(&kind, tensor)?;
    let bias = bias(graph, node, matrix.nrows());
    Ok(Weight { kind, matrix, sparse, positions, bias })
}

/// The biases of a node with a third input, `None` where a changed one could not take their place.
fn bias(graph: &Graph, node: &NodeProto, outputs: usize) -> Option<Vec<f32>> {
    let scaled = |name| find(node, name).and_then(|a| a.f).is_some_and(|v| (v - 1.0).abs() > 0.0);
    if node.op_type == "MatMul" || scaled("alpha") || scaled("beta") {
        return None;
    }
    let Some(name) = node.input.get(2).filter(|name| !name.is_empty()) else {
        // Before opset 11 a Gemm needs its third input.
        return (node.op_type == "Conv" || graph.opset() >= 11).then(|| vec![0.0; outputs]);
    };
    let Some(Constant::Dense(tensor)) = graph.constant(name) else { return None };
    let values = to_f32(tensor).ok()?;
    let fits = values.len() == outputs && values.shape().last() == Some(&outputs);
    (fits && values.iter().all(|v| v.is_finite())).then(|| values.iter().copied().collect())
}

fn gemm_kind(node: &NodeProto) -> Result<LayerKind, String> {
    if int(node, "transA", 0) != 0 {
        return Err("its input is transposed".into());
    }
    Ok(LayerKind::Gemm { transposed: int(node, "transB", 0) != 0 })
}

fn conv(graph: &Graph, shapes: &Shapes, node: &NodeProto, name: &str) -> Result<Conv, String> {
    let shape = graph.constant_shape(name).ok_or("its weights are computed, not constant")?;
    let groups = usize::try_from(int(node, "group", 1)).unwrap_or(0);
    let (Some(&outputs), Some(kernel)) = (shape.first(), shape.get(2..)) else {
        return Err("its weights lack axes".into());
    };
    if groups == 0 || outputs % groups != 0 || kernel.is_empty() {
        return Err("its weights do not fit its groups".into());
    }
    let spatial = |value: Option<&String>| -> Result<Vec<usize>, String> {
        let shape = value.and_then(|v| shapes.get(v)).and_then(|s| s.get(2..));
        let known = shape.filter(|s| s.len() == kernel.len());
        known.map(<[usize]>::to_vec).ok_or_else(|| "the shape of its input or output is not known".into())
    };
    if find(node, "auto_pad").is_some() && text(node, "auto_pad").is_none() {
        return Err("its padding cannot be read".into());
    }
    let (input, output) = (spatial(node.input.first())?, spatial(node.output.first())?);
    Ok(Conv { groups, kernel: kernel.to_vec(), input, output })
}

fn positions(kind: &LayerKind, shapes: &Shapes, node: &NodeProto) -> Result<u64, String> {
    if let LayerKind::Conv(conv) = kind {
        return Ok(conv.output.iter().map(|&d| d as u64).product());
    }
    let shape =
        node.output.first().and_then(|o| shapes.get(o)).ok_or("the shape of its output is not known")?;
    let rows = shape.split_last().map_or(&[][..], |(_, rows)| rows);
    Ok(rows.iter().map(|&d| d as u64).product::<u64>().max(1))
}

fn as_matrix(kind: &LayerKind, tensor: ArrayD<f32>) -> Result<Array2<f32>, String> {
    if tensor.is_empty() {
        return Err("its weights are empty".into());
    }
    if let LayerKind::Conv(_) = kind {
        let rows = tensor.shape()[0];
        let columns = tensor.len() / rows;
        let flat = tensor.into_shape_with_order((rows, columns));
        return flat.map_err(|error| error.to_string());
    }
    let ndim = tensor.ndim();
    let matrix = tensor.into_dimensionality::<ndarray::Ix2>();
    let matrix = matrix.map_err(|_| format!("its weights have {ndim} axes, not 2"))?;
    let stored_by_output = matches!(kind, LayerKind::Gemm { transposed: true });
    Ok(if stored_by_output { matrix } else { matrix.t().as_standard_layout().into_owned() })
}

/// Padding of a convolution: explicit `begins, ends`, or the name of an automatic one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Padding {
    Explicit(Vec<i64>),
    Automatic(String),
}

/// Strides, dilations and padding of the convolution `node` with `axes` spatial axes.
pub(crate) fn conv_geometry(node: &NodeProto, axes: usize) -> (Vec<i64>, Vec<i64>, Padding) {
    let strides = ints(node, "strides", &vec![1; axes]);
    let dilations = ints(node, "dilations", &vec![1; axes]);
    let padding = match text(node, "auto_pad") {
        Some(name) if name != "NOTSET" => Padding::Automatic(name),
        _ => Padding::Explicit(ints(node, "pads", &vec![0; 2 * axes])),
    };
    (strides, dilations, padding)
}
