//! Layers: the nodes that hold weights, seen as matrices.

use super::operator::Known;
use super::proto::NodeProto;
use super::weight::read_weight;
use super::{Graph, Shapes};
use ndarray::Array2;
use std::collections::{HashMap, HashSet};

/// A node with weights.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Index of the node in the graph.
    pub node: usize,
    /// Which input of the node gives the weights.
    pub input: usize,
    /// The node's name, or its output's where it has none; unique in the model. A recurrent node is
    /// two layers, `NAME.W` for its input's matrix and `NAME.R` for its state's.
    pub name: String,
    /// ONNX operator.
    pub op: String,
    /// Shape of the weights as the node reads them.
    pub shape: Vec<usize>,
    /// The constants that belong to the layer: the weights first, then what they are read with.
    pub constants: Vec<Stored>,
    /// The weights as matrices, or why this layer cannot be compressed.
    pub weight: Result<Weight, String>,
}

/// A constant of a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Its name.
    pub name: String,
    /// What it is.
    pub role: Role,
}

/// What a constant of a layer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The weights.
    Weight,
    /// Scale or zero point of the weights, or a shape.
    WeightTable,
    /// Biases, or another operand.
    Bias,
    /// Scale or zero point of these.
    BiasTable,
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
    /// The input matrix of a recurrent node with one direction: stored outputs x inputs behind an axis
    /// of 1. Two matrices are a `MatMul` in front of the node, and the node.
    Recurrent,
    /// A matrix that stays in its place in the form that it has: only its values can change.
    Fixed(Fixed),
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

/// How the matrix of a layer that is changed in place lies in its tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Fixed {
    /// Matrices that lie one below the other.
    pub groups: usize,
    /// The tensor, seen with these axes ...
    pub axes: Vec<usize>,
    /// ... and put into this order, is the matrix.
    pub order: Vec<usize>,
}

impl Fixed {
    /// The tensor's elements in their own order, of the matrix's.
    pub fn stored(&self, matrix: &Array2<f32>) -> Option<Vec<f32>> {
        let seen: Option<Vec<usize>> = self.order.iter().map(|&axis| self.axes.get(axis).copied()).collect();
        let values: Vec<f32> = matrix.iter().copied().collect();
        let array = ndarray::ArrayD::from_shape_vec(seen?, values).ok()?;
        let back: Option<Vec<usize>> =
            (0..self.order.len()).map(|axis| self.order.iter().position(|o| *o == axis)).collect();
        Some(array.permuted_axes(back?).iter().copied().collect())
    }
}

impl Weight {
    /// Number of groups; 1 for matrices.
    pub fn groups(&self) -> usize {
        match &self.kind {
            LayerKind::Conv(conv) => conv.groups,
            LayerKind::Fixed(fixed) => fixed.groups,
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
    let mut owned = HashSet::<String>::new();
    let nodes = graph.nodes().iter().enumerate();
    let found = nodes.flat_map(|(index, node)| of_node(graph, shapes, index, node));
    found
        .map(|mut layer| {
            let seen = names.entry(layer.name.clone()).or_default();
            *seen += 1;
            if *seen > 1 {
                layer.name = format!("{}#{seen}", layer.name);
            }
            // A constant that several layers read belongs to the first.
            layer.constants.retain(|constant| owned.insert(constant.name.clone()));
            layer
        })
        .collect()
}

fn of_node(graph: &Graph, shapes: &Shapes, index: usize, node: &NodeProto) -> Vec<Layer> {
    let facts = node.facts();
    let is_matrix = |input: &usize| {
        let name = node.input.get(*input).map_or("", String::as_str);
        graph.is_constant(name) && folded_shape(graph, name).len() >= 2
    };
    let inputs: Vec<usize> = if node.is_onnx() {
        facts.weights.iter().copied().filter(is_matrix).collect()
    } else {
        (0..node.input.len()).filter(is_matrix).collect()
    };
    let recurrent = facts.is_recurrent();
    let count = if recurrent { 2 } else { 1 };
    inputs
        .into_iter()
        .take(count)
        .map(|input| layer(graph, shapes, (index, node), input, recurrent))
        .collect()
}

fn layer(
    graph: &Graph,
    shapes: &Shapes,
    (index, node): (usize, &NodeProto),
    input: usize,
    recurrent: bool,
) -> Layer {
    let weight_name = node.input.get(input).map_or("", String::as_str);
    let mut name = node.label().to_owned();
    if recurrent {
        name.push_str(if input == 1 { ".W" } else { ".R" });
    }
    // The other operands of a recurrent node belong to its first layer.
    let others = node
        .input
        .iter()
        .enumerate()
        .filter(|(other, _)| *other != input && !(recurrent && (input == 2 || *other == 2)));
    let mut constants = constants_of(graph, weight_name, [Role::Weight, Role::WeightTable]);
    constants.extend(others.flat_map(|(_, other)| constants_of(graph, other, [Role::Bias, Role::BiasTable])));
    let shape = folded_shape(graph, weight_name);
    let mut own = Layer {
        node: index,
        input,
        name,
        op: node.op_type.clone(),
        shape,
        constants,
        weight: Err(String::new()),
    };
    own.weight = read_weight(graph, shapes, node, &own);
    own
}

/// The constants that the value called `name` is made of.
fn constants_of(graph: &Graph, name: &str, [first, rest]: [Role; 2]) -> Vec<Stored> {
    if !graph.is_constant(name) {
        return Vec::new();
    }
    let names = match graph.fold(name) {
        Ok(folded) => folded.constants,
        Err(_) => vec![name.to_owned()],
    };
    let role = |index: usize| if index == 0 { first } else { rest };
    names.into_iter().enumerate().map(|(i, name)| Stored { name, role: role(i) }).collect()
}

fn folded_shape(graph: &Graph, name: &str) -> Vec<usize> {
    let folded = || graph.fold(name).map(|folded| folded.value.shape().to_vec()).unwrap_or_default();
    graph.constant_shape(name).unwrap_or_else(folded)
}
