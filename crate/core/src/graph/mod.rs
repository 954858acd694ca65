//! The model as an editable ONNX graph.
//!
//! A [`Graph`] keeps the file's bytes and a decoded view of them. An edit replaces nodes and
//! initializers, in the view at once and in the bytes when they are asked for; everything else is copied
//! byte for byte, so the identity edit is the file itself.
//! The messages and the bytes are [`sepal_onnx`]'s, whose names are found here. This module knows nothing of
//! compression.

mod batch_norm;
mod edit;
mod fold;
mod layer;
mod maker;
pub(crate) mod operator;
mod outline;
mod recurrent;
mod shape;
mod splice;
mod unpack;
mod weight;
mod window;

pub(crate) use batch_norm::{ScaleShift, scale_and_shift};
pub(crate) use edit::Editing;
pub use fold::Folded;
pub use layer::{Conv, Fixed, Layer, LayerKind, Role, Stored, Weight, layers};
pub(crate) use maker::{Made, Maker, within};
pub(crate) use operator::Known;
pub(crate) use outline::outline;
pub use recurrent::batch_axis;
pub use sepal_onnx::{
    Edit, Element, bytes_of, elements_of, float_tensor, int64_tensor, ints, new_int, new_ints, new_text,
    proto, sparse_values, to_f32, to_i64,
};
pub(crate) use sepal_onnx::{find, from_f16, int, text};
pub use shape::{FreeAxis, Shapes, declared_inputs, declared_shapes, free_axes};
pub(crate) use window::{Axis, Padding, Window, new_pads};

use proto::{GraphProto, ModelProto, NodeProto, SparseTensorProto, TensorProto};
use sepal_onnx::Message;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// What can be wrong with a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GraphError {
    /// The bytes are not the message they should be.
    #[error("the file is not a readable ONNX model: {0}")]
    Malformed(String),
    /// A node cannot be understood.
    #[error("node '{node}': {message}")]
    Node {
        /// The node's name.
        node: String,
        /// What is wrong with it.
        message: String,
    },
}

impl From<sepal_onnx::Malformed> for GraphError {
    fn from(found: sepal_onnx::Malformed) -> Self {
        Self::Malformed(found.to_string())
    }
}

/// Where a constant value of the graph is stored.
#[derive(Clone, Copy, Debug)]
pub enum Constant<'a> {
    /// An initializer, or the value of a Constant node.
    Dense(&'a TensorProto),
    /// A sparse initializer, or the sparse value of a Constant node.
    Sparse(&'a SparseTensorProto),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Initializer(usize),
    Sparse(usize),
    ConstantNode(usize),
    SparseNode(usize),
    /// A Constant node whose value is no tensor: its index, and that of the tensor made of it.
    PlainNode(usize, usize),
}

/// An ONNX model: the file that it was read from, what has been edited since, and what all of it says.
#[derive(Clone, Debug)]
pub struct Graph {
    file: Arc<Vec<u8>>,
    /// In the order in which they were done.
    edits: Vec<Arc<Edit>>,
    /// The file with them, once it was asked for.
    edited: OnceLock<Result<Vec<u8>, GraphError>>,
    model: ModelProto,
    constants: HashMap<String, Place>,
    /// Values of Constant nodes that are written as plain numbers, as tensors.
    plain: Vec<TensorProto>,
    uses: HashMap<String, usize>,
    producers: HashMap<String, usize>,
    /// The axis of its inputs that is said to count samples.
    said_axis: Option<usize>,
}

impl Graph {
    /// Decodes `bytes`.
    ///
    /// # Errors
    /// [`GraphError::Malformed`] when they are no ONNX model with a graph.
    pub fn decode(bytes: Vec<u8>) -> Result<Self, GraphError> {
        let model = sepal_onnx::decode(&bytes)?;
        Ok(Self::indexed(Arc::new(bytes), Vec::new(), model))
    }

    /// A model that was made here.
    pub(crate) fn made(model: ModelProto) -> Self {
        Self::indexed(Arc::new(model.encode_to_vec()), Vec::new(), model)
    }

    /// What `file` says after `edits`, which is `model`.
    fn indexed(file: Arc<Vec<u8>>, edits: Vec<Arc<Edit>>, model: ModelProto) -> Self {
        let graph = model.graph.as_ref().unwrap_or(&EMPTY);
        let mut plain = Vec::new();
        let constants = index_constants(graph, &mut plain);
        let mut uses = HashMap::new();
        count_uses(graph, &mut uses);
        let outputs = |(index, node): (usize, &NodeProto)| -> Vec<(String, usize)> {
            node.output.iter().filter(|o| !o.is_empty()).map(|output| (output.clone(), index)).collect()
        };
        let producers = graph.node.iter().enumerate().flat_map(outputs).collect();
        let edited = OnceLock::new();
        Self { file, edits, edited, model, constants, plain, uses, producers, said_axis: None }
    }

    /// Says which axis of its inputs counts samples; `None` leaves it to what reads them.
    pub fn say_batch_axis(&mut self, axis: Option<usize>) {
        self.said_axis = axis;
    }

    /// The axis of its inputs that is said to count samples.
    pub fn said_batch_axis(&self) -> Option<usize> {
        self.said_axis
    }

    /// The decoded model.
    pub fn model(&self) -> &ModelProto {
        &self.model
    }

    /// The decoded main graph.
    pub fn proto(&self) -> &GraphProto {
        self.model.graph.as_ref().unwrap_or(&EMPTY)
    }

    /// The nodes of the main graph, in file order.
    pub fn nodes(&self) -> &[NodeProto] {
        &self.proto().node
    }

    /// The version of the default operator set, 0 where the file states none.
    pub fn opset(&self) -> i64 {
        let imports = &self.model.opset_import;
        imports.iter().filter(|o| proto::is_onnx(&o.domain)).map(|o| o.version).max().unwrap_or(0)
    }

    /// The constant called `name`, if there is one.
    pub fn constant(&self, name: &str) -> Option<Constant<'_>> {
        let graph = self.proto();
        match *self.constants.get(name)? {
            Place::Initializer(index) => graph.initializer.get(index).map(Constant::Dense),
            Place::Sparse(index) => graph.sparse_initializer.get(index).map(Constant::Sparse),
            Place::ConstantNode(index) => constant_value(graph.node.get(index)?).map(Constant::Dense),
            Place::SparseNode(index) => sparse_value(graph.node.get(index)?).map(Constant::Sparse),
            Place::PlainNode(_, index) => self.plain.get(index).map(Constant::Dense),
        }
    }

    /// The shape of the constant called `name`.
    pub fn constant_shape(&self, name: &str) -> Option<Vec<usize>> {
        let dims = match self.constant(name)? {
            Constant::Dense(tensor) => &tensor.dims,
            Constant::Sparse(tensor) => &tensor.dims,
        };
        dims.iter().map(|&d| usize::try_from(d).ok()).collect()
    }

    /// The node that gives the value called `name`, if one does.
    pub fn producer(&self, name: &str) -> Option<usize> {
        self.producers.get(name).copied()
    }

    /// Whether some value's name starts with `start`.
    pub fn has_names_like(&self, start: &str) -> bool {
        let inputs = self.proto().input.iter().map(|input| &input.name);
        self.constants.keys().chain(self.producers.keys()).chain(inputs).any(|name| name.starts_with(start))
    }

    /// How often `name` is read, by nodes (of subgraphs too) and as a graph output.
    pub fn uses(&self, name: &str) -> usize {
        self.uses.get(name).copied().unwrap_or(0)
    }

    /// Names of all sparse constants.
    pub fn sparse_constants(&self) -> Vec<&str> {
        let sparse = |place: &Place| matches!(place, Place::Sparse(_) | Place::SparseNode(_));
        let mut names: Vec<&str> =
            self.constants.iter().filter(|(_, p)| sparse(p)).map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The index of the Constant node that makes `name`, if a node does.
    pub(crate) fn constant_node(&self, name: &str) -> Option<usize> {
        match self.constants.get(name) {
            Some(Place::ConstantNode(index) | Place::SparseNode(index) | Place::PlainNode(index, _)) => {
                Some(*index)
            }
            _ => None,
        }
    }
}

static EMPTY: GraphProto = GraphProto {
    node: Vec::new(),
    name: String::new(),
    initializer: Vec::new(),
    sparse_initializer: Vec::new(),
    input: Vec::new(),
    output: Vec::new(),
    value_info: Vec::new(),
};

fn index_constants(graph: &GraphProto, plain: &mut Vec<TensorProto>) -> HashMap<String, Place> {
    let mut constants = HashMap::new();
    for (index, node) in graph.node.iter().enumerate() {
        let place = match (constant_value(node), sparse_value(node)) {
            (Some(_), _) => Place::ConstantNode(index),
            (None, Some(_)) => Place::SparseNode(index),
            (None, None) => match plain_value(node) {
                Some(tensor) => {
                    plain.push(tensor);
                    Place::PlainNode(index, plain.len() - 1)
                }
                None => continue,
            },
        };
        constants.extend(node.output.first().map(|name| (name.clone(), place)));
    }
    for (index, tensor) in graph.sparse_initializer.iter().enumerate() {
        if let Some(values) = &tensor.values {
            constants.insert(values.name.clone(), Place::Sparse(index));
        }
    }
    for (index, tensor) in graph.initializer.iter().enumerate() {
        constants.insert(tensor.name.clone(), Place::Initializer(index));
    }
    constants
}

fn constant_value(node: &NodeProto) -> Option<&TensorProto> {
    if node.op_type != "Constant" {
        return None;
    }
    find(node, "value")?.t.as_ref()
}

/// The value of a Constant node that is written as plain numbers.
fn plain_value(node: &NodeProto) -> Option<TensorProto> {
    if node.op_type != "Constant" {
        return None;
    }
    let number = |name| find(node, name);
    let own = TensorProto { name: node.output.first()?.clone(), ..TensorProto::default() };
    if let Some(values) = number("value_floats").map(|a| &a.floats) {
        return Some(float_tensor(&own.name, &[values.len()], values.iter().copied()));
    }
    if let Some(value) = number("value_float") {
        return Some(float_tensor(&own.name, &[], [value.f.unwrap_or(0.0)]));
    }
    if let Some(values) = number("value_ints").map(|a| &a.ints) {
        return Some(int64_tensor(&own.name, values));
    }
    let value = number("value_int")?.i.unwrap_or(0);
    Some(TensorProto { dims: Vec::new(), ..int64_tensor(&own.name, &[value]) })
}

fn sparse_value(node: &NodeProto) -> Option<&SparseTensorProto> {
    if node.op_type != "Constant" {
        return None;
    }
    find(node, "sparse_value")?.sparse_tensor.as_ref()
}

/// All that `node` reads: its inputs, and what its own graphs read.
pub(crate) fn reads(node: &NodeProto) -> Vec<&String> {
    let mut names: Vec<&String> = node.input.iter().collect();
    for inner in node.attribute.iter().flat_map(|a| a.g.iter().chain(&a.graphs)) {
        names.extend(inner.output.iter().map(|output| &output.name));
        names.extend(inner.node.iter().flat_map(reads));
    }
    names
}

fn count_uses(graph: &GraphProto, uses: &mut HashMap<String, usize>) {
    let inputs = graph.node.iter().flat_map(|node| &node.input);
    let outputs = graph.output.iter().map(|output| &output.name);
    for name in inputs.chain(outputs) {
        *uses.entry(name.clone()).or_default() += 1;
    }
    let attributes = graph.node.iter().flat_map(|node| &node.attribute);
    for subgraph in attributes.flat_map(|a| a.g.iter().chain(&a.graphs)) {
        count_uses(subgraph, uses);
    }
}
