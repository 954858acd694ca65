//! An ONNX graph as a device [`Program`]: operators become operations, what follows a product is fused
//! into it, and constants are folded.

mod constant;
mod input;
mod layer;
mod layout;
mod order;
mod quantised;
mod simple;
mod window;

use super::artifact::program::{
    Border, Geometry, Operation, Precision, Program, Quantisation, Tensor, TensorId, covering,
};
use super::{ExportError, Missing};
use crate::graph::proto::NodeProto;
use crate::graph::{Element, Graph, Shapes, reads};
use order::Order;
use std::collections::{HashMap, HashSet};

/// Why an operation has no place in an artifact, whatever its shapes.
const NO_OPERATION: &str = "Sepal writes no such operation";

/// Least and greatest real value of the values of a graph, by name.
pub type Ranges = HashMap<String, (f32, f32)>;

/// A lowered model.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// What the device runs.
    pub program: Program,
    /// For each input, the order in which its ONNX axes (without the batch) lie in the artifact's
    /// input, where that is not theirs.
    pub permutation: Option<Vec<usize>>,
    /// Values whose scale was made up, since neither the model nor ranges state it.
    pub assumed: Vec<String>,
}

/// Lowers `graph`, whose weights are dense; `shapes` are those of its values for one sample. Without
/// `ranges` scales are made up: sizes are right, results are not.
///
/// # Errors
/// [`ExportError::Unsupported`] with everything that the device runtime does not know.
pub fn lower(
    graph: &Graph,
    shapes: &Shapes,
    ranges: Option<&Ranges>,
    precision: Precision,
) -> Result<Lowered, ExportError> {
    Lowerer::new(graph, shapes, ranges, precision).lowered()
}

/// The same without the limits that offsets in an artifact have.
///
/// # Errors
/// [`ExportError::Unsupported`], as [`lower`].
pub fn lower_large(
    graph: &Graph,
    shapes: &Shapes,
    ranges: Option<&Ranges>,
    precision: Precision,
) -> Result<Lowered, ExportError> {
    Lowerer { large: true, ..Lowerer::new(graph, shapes, ranges, precision) }.lowered()
}

/// The range of a value of which none is known.
const ASSUMED: (f32, f32) = (-1.0, 1.0);

/// Why a node cannot be lowered, as the end of a sentence about it.
type Reason = String;

struct Lowerer<'a> {
    graph: &'a Graph,
    shapes: &'a Shapes,
    ranges: Option<&'a Ranges>,
    precision: Precision,
    program: Program,
    /// Which tensor holds a value.
    values: HashMap<String, TensorId>,
    /// In which order the elements of a value lie in its tensor, where that is not the tensor's own.
    orders: HashMap<String, Order>,
    readers: HashMap<&'a str, Vec<usize>>,
    /// Nodes that are part of another's operation.
    done: HashSet<usize>,
    /// Tensors that must stay without border.
    plain: HashSet<TensorId>,
    permutation: Option<Vec<usize>>,
    /// Whether images may be larger than an artifact's offsets reach.
    large: bool,
    problems: Vec<Missing>,
    /// Values of which nothing is known, because what gives them is missing.
    lost: HashSet<&'a str>,
    /// Scales that quantised files state, by value.
    stated: HashMap<String, Quantisation>,
    /// Values that are the numbers a quantised file stores.
    stored: HashSet<String>,
}

impl<'a> Lowerer<'a> {
    fn new(graph: &'a Graph, shapes: &'a Shapes, ranges: Option<&'a Ranges>, precision: Precision) -> Self {
        let mut readers = HashMap::<&str, Vec<usize>>::new();
        for (index, node) in graph.nodes().iter().enumerate() {
            for input in &node.input {
                readers.entry(input).or_default().push(index);
            }
        }
        Self {
            graph,
            shapes,
            ranges,
            precision,
            program: Program::default(),
            values: HashMap::new(),
            orders: HashMap::new(),
            readers,
            done: HashSet::new(),
            plain: HashSet::new(),
            permutation: None,
            large: false,
            problems: Vec::new(),
            lost: HashSet::new(),
            stated: quantised::stated(graph),
            stored: quantised::stored(graph),
        }
    }

    fn lowered(mut self) -> Result<Lowered, ExportError> {
        self.inputs();
        for index in 0..self.graph.nodes().len() {
            if !self.done.contains(&index) {
                self.node(index);
            }
        }
        self.finish()
    }

    fn problem(&mut self, op: &str, node: &str, reason: impl Into<String>) {
        self.problems.push(Missing { node: node.into(), op: op.into(), reason: reason.into() });
    }

    /// What follows the input called `name` is not to blame.
    fn lose(&mut self, name: &str) {
        let declared = self.graph.proto().input.iter().map(|input| &input.name);
        let names = declared.chain(self.graph.nodes().iter().flat_map(|node| &node.output));
        self.lost.extend(names.filter(|known| *known == name).map(String::as_str));
    }

    fn node(&mut self, index: usize) {
        let node = &self.graph.nodes()[index];
        if node.op_type == "Constant" || self.is_constant(node) {
            return;
        }
        let Err(reason) = self.lower_node(index, node) else { return };
        // Behind a missing operation, only what no model could have is told.
        if !self.waits(node) || reason == NO_OPERATION {
            self.problem(&node.op_type, node.label(), reason);
        }
        // What follows is looked at too: its input is taken as given where its shape is known.
        for output in &node.output {
            if let Some(Ok(dim)) = self.shapes.get(output).map(|shape| chw(shape)) {
                let quantisation = self.quantisation(output);
                self.tensor(output, dim, quantisation);
            } else {
                self.lost.insert(output);
            }
        }
    }

    /// Whether a value that the node reads is lost.
    fn waits(&self, node: &NodeProto) -> bool {
        reads(node).iter().any(|input| self.lost.contains(input.as_str()))
    }

    /// Whether nothing that the node reads depends on the model's input.
    fn is_constant(&self, node: &NodeProto) -> bool {
        let varies = |input: &String| self.values.contains_key(input) || self.lost.contains(input.as_str());
        !node.input.is_empty() && !reads(node).into_iter().any(varies)
    }

    fn lower_node(&mut self, index: usize, node: &'a NodeProto) -> Result<(), Reason> {
        match node.op_type.as_str() {
            "Conv" => self.conv(index, node),
            "Gemm" | "MatMul" => self.dense(index, node),
            "BatchNormalization" | "Add" | "Sub" | "Mul" | "Div" => self.arithmetic(node),
            "MaxPool" | "AveragePool" => self.pool(node),
            "GlobalAveragePool" | "GlobalMaxPool" | "ReduceMean" => self.global_pool(node),
            "Relu" | "Clip" | "LeakyRelu" | "Sigmoid" | "Tanh" | "HardSwish" => self.function(node),
            "Softmax" => self.softmax(node),
            "QuantizeLinear" => self.quantise(node),
            "DequantizeLinear" | "DynamicQuantizeLinear" => self.same(node),
            "Cast" if reads(node).iter().any(|input| self.stored.contains(input.as_str())) => {
                Err(quantised::STORED.into())
            }
            _ if is_same(node) => self.same(node),
            "Concat" => self.concat(node),
            "Pad" => self.pad(node),
            "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" => self.reshape(node),
            "Transpose" => self.transpose(node),
            // What follows from shapes alone is constant.
            "Shape" | "Size" => Ok(()),
            _ => Err(NO_OPERATION.into()),
        }
    }

    fn finish(mut self) -> Result<Lowered, ExportError> {
        for output in &self.graph.proto().output {
            match self.finished(&output.name) {
                Ok(_) if self.stored.contains(&output.name) => {
                    self.problem("the output", &output.name, quantised::STORED);
                }
                Ok(id) => {
                    let id = self.contiguous(id);
                    self.program.outputs.push(id);
                }
                Err(_) if self.lost.contains(output.name.as_str()) => {}
                Err(reason) => self.problem("the output", &output.name, reason),
            }
        }
        if self.program.operations.is_empty() && self.problems.is_empty() {
            self.problem("a model", "", "it has no operations");
        }
        if self.problems.is_empty() {
            let assumed = self.assumed();
            return Ok(Lowered { program: self.program, permutation: self.permutation, assumed });
        }
        Err(ExportError::Unsupported(self.problems))
    }

    /// The scale of the value called `name`.
    fn quantisation(&self, name: &str) -> Option<Quantisation> {
        if self.precision == Precision::Float {
            return None;
        }
        if let Some(stated) = self.stated.get(name) {
            return Some(*stated);
        }
        let range = self.ranges.and_then(|ranges| ranges.get(name).copied());
        let range = range.unwrap_or(ASSUMED);
        Some(if range == (0.0, 0.0) { self.of_its_input(name) } else { covering(range) })
    }

    /// The scale of what the value called `name` is computed from: one that is always 0 states none itself, and
    /// some interpreters refuse steps that are next to nothing.
    fn of_its_input(&self, name: &str) -> Quantisation {
        let (mut name, mut before) = (name, usize::MAX);
        while let Some(index) = self.graph.producer(name).filter(|index| *index < before) {
            let inputs = &self.graph.nodes()[index].input;
            let known = inputs.iter().filter_map(|input| self.values.get(input));
            let mut scales = known.filter_map(|id| self.program.tensors[*id].quantisation);
            if let Some(scale) = scales.next() {
                return scale;
            }
            let Some(first) = inputs.first() else { break };
            (name, before) = (first, index);
        }
        covering(ASSUMED)
    }

    /// A new tensor for the value called `name`.
    fn tensor(
        &mut self,
        name: &str,
        (c, h, w): (usize, usize, usize),
        quantisation: Option<Quantisation>,
    ) -> TensorId {
        let id = self.program.tensors.len();
        let border = Border::default();
        let name_owned = name.to_owned();
        self.program.tensors.push(Tensor {
            name: name_owned.clone(),
            c,
            h,
            w,
            border,
            ring: None,
            quantisation,
            alias: None,
        });
        self.values.insert(name_owned, id);
        id
    }

    /// A new tensor for the output `name`, of the shape that it has in the graph and its own scale.
    fn output(&mut self, name: &str) -> Result<TensorId, Reason> {
        self.output_of(name, None)
    }

    /// The same, of shape `dim` where the graph does not say.
    fn output_of(&mut self, name: &str, dim: Option<(usize, usize, usize)>) -> Result<TensorId, Reason> {
        let dim = match (self.shapes.get(name), dim) {
            (Some(shape), _) => chw(shape)?,
            (None, Some(dim)) => dim,
            (None, None) => return Err("the shape of its output is not known".into()),
        };
        let quantisation = self.quantisation(name);
        Ok(self.tensor(name, dim, quantisation))
    }

    /// The same values without a border around them.
    fn contiguous(&mut self, id: TensorId) -> TensorId {
        if self.program.tensors[id].border == Border::default() {
            self.plain.insert(id);
            return id;
        }
        let copy = Tensor { border: Border::default(), alias: None, ..self.program.tensors[id].clone() };
        self.copied(id, copy)
    }

    /// The same values with at least `border` around them.
    fn bordered(&mut self, id: TensorId, border: Border) -> TensorId {
        if border == Border::default() {
            return id;
        }
        let tensor = &mut self.program.tensors[id];
        if !self.plain.contains(&id) && tensor.alias.is_none() {
            tensor.border = tensor.border.or(border);
            return id;
        }
        let copy = Tensor { border, alias: None, ..tensor.clone() };
        self.copied(id, copy)
    }

    fn copied(&mut self, id: TensorId, copy: Tensor) -> TensorId {
        let output = self.program.tensors.len();
        self.program.tensors.push(copy);
        self.program.operations.push(Operation::Copy { input: id, output, channel: 0 });
        output
    }

    /// The only node that reads `name`, where it is read once.
    fn only_reader(&self, name: &str) -> Option<(usize, &'a NodeProto)> {
        let [index] = self.readers.get(name)?[..] else { return None };
        (self.graph.uses(name) == 1).then(|| (index, &self.graph.nodes()[index]))
    }
}

/// Whether what a node gives is its first input: nothing is dropped once a model is trained, and all numbers of
/// a device that are no integers are float32.
fn is_same(node: &NodeProto) -> bool {
    match node.op_type.as_str() {
        "Identity" | "Dropout" => true,
        "Cast" => Element::stated(node, "to").is_some_and(Element::is_real),
        _ => false,
    }
}

/// Channels, rows and columns of a shape with a batch of one.
fn chw(shape: &[usize]) -> Result<(usize, usize, usize), Reason> {
    let dim = match *shape {
        [1, c, h, w] => (c, h, w),
        [1, c, l] => (c, 1, l),
        [1, c] => (c, 1, 1),
        _ => return Err(format!("its shape {shape:?} is not one sample of at most 3 axes")),
    };
    let most = usize::from(u16::MAX);
    if [dim.0, dim.1, dim.2].iter().any(|&d| d == 0 || d > most) {
        return Err(format!("its shape {shape:?} has an axis that is 0 or above {most}"));
    }
    Ok(dim)
}

/// A filter of the format: sizes and steps of one byte.
fn checked(geometry: Geometry) -> Result<Geometry, Reason> {
    let Geometry { kernel, stride, dilation, pads, .. } = geometry;
    let small = [kernel.0, kernel.1, stride.0, stride.1, dilation.0, dilation.1];
    let fits = small.iter().all(|v| (1..=255).contains(v));
    let border = [pads.top, pads.left, pads.bottom, pads.right].iter().all(|v| *v <= 255);
    if fits && border { Ok(geometry) } else { Err("its filter, stride or padding is above 255".into()) }
}
