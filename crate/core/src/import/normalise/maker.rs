//! Makes the nodes that take another node's place.

use crate::graph::proto::{AttributeProto, NodeProto, TensorProto, data_type};
use crate::graph::{Graph, float_tensor, int64_tensor, new_int};

/// Opset from which a scale may differ along an axis.
const OPSET_AXIS: i64 = 13;

/// A quantised value: the integers, their scale and their zero point (empty where it is 0).
#[derive(Clone, Copy)]
pub(super) struct Quantised<'a> {
    pub(super) value: &'a str,
    pub(super) scale: &'a str,
    pub(super) zero: &'a str,
}

/// What takes the place of a node.
#[derive(Default)]
pub(super) struct Made {
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
    /// Values that are read once less than before.
    pub(super) released: Vec<String>,
}

pub(super) struct Maker<'a> {
    graph: &'a Graph,
    prefix: String,
    made: Made,
}

impl<'a> Maker<'a> {
    /// For what takes the place of `node`.
    pub(super) fn new(graph: &'a Graph, node: &NodeProto) -> Self {
        let output = node.output.first().map_or("", String::as_str);
        let own = if node.name.is_empty() { output } else { &node.name };
        Self { graph, prefix: own.to_owned(), made: Made::default() }
    }

    /// A name that no value of the graph has.
    pub(super) fn name(&self, part: &str) -> String {
        let count = self.made.nodes.len() + self.made.constants.len();
        let mut name = format!("{}.{part}{count}", self.prefix);
        while self.graph.producer(&name).is_some() || self.graph.constant(&name).is_some() {
            name.push('\'');
        }
        name
    }

    /// Adds a node with one output, called `output` or given a new name; the output.
    pub(super) fn node(
        &mut self,
        op: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
        output: Option<&str>,
    ) -> String {
        // The node that does the work keeps the name that people know; no two may have the same.
        let works = output.is_some() || matches!(op, "Conv" | "MatMul" | "Gemm");
        let free = self.made.nodes.iter().all(|node| node.name != self.prefix);
        let helper = || format!("{}.{}{}", self.prefix, op.to_lowercase(), self.made.nodes.len());
        let name = if works && free { self.prefix.clone() } else { helper() };
        let output = output.map_or_else(|| self.name(&op.to_lowercase()), Into::into);
        self.made.nodes.push(NodeProto {
            op_type: op.into(),
            name,
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![output.clone()],
            attribute,
            ..NodeProto::default()
        });
        output
    }

    pub(super) fn floats(&mut self, part: &str, values: &[f32]) -> String {
        let name = self.name(part);
        self.made.constants.push(float_tensor(&name, &[values.len()], values.iter().copied()));
        name
    }

    pub(super) fn whole(&mut self, part: &str, values: &[i64]) -> String {
        let name = self.name(part);
        self.made.constants.push(int64_tensor(&name, values));
        name
    }

    /// A constant that a new one takes the place of.
    pub(super) fn release(&mut self, name: &str) {
        self.made.released.push(name.into());
    }

    /// The real values of `from`, whose scale may differ along `axis` of `ndim`.
    pub(super) fn real(&mut self, from: Quantised, (axis, ndim): (usize, usize)) -> String {
        let single =
            self.graph.constant_shape(from.scale).is_none_or(|shape| shape.iter().product::<usize>() == 1);
        let mut inputs = vec![from.value, from.scale];
        if !from.zero.is_empty() {
            inputs.push(from.zero);
        }
        if single {
            return self.node("DequantizeLinear", &inputs, Vec::new(), None);
        }
        if self.graph.opset() >= OPSET_AXIS {
            let axis = vec![new_int("axis", axis as i64)];
            return self.node("DequantizeLinear", &inputs, axis, None);
        }
        self.spread(from, (axis, ndim))
    }

    /// The same in words that older opsets have.
    fn spread(&mut self, from: Quantised, (axis, ndim): (usize, usize)) -> String {
        let shape: Vec<i64> = (0..ndim).map(|i| if i == axis { -1 } else { 1 }).collect();
        let shape_name = self.whole("shape", &shape);
        let float = || vec![new_int("to", i64::from(data_type::FLOAT))];
        let mut value = self.node("Cast", &[from.value], float(), None);
        if !from.zero.is_empty() {
            let zero = self.node("Cast", &[from.zero], float(), None);
            let zero = self.node("Reshape", &[&zero, &shape_name], Vec::new(), None);
            value = self.node("Sub", &[&value, &zero], Vec::new(), None);
        }
        let scale = self.node("Reshape", &[from.scale, &shape_name], Vec::new(), None);
        self.node("Mul", &[&value, &scale], Vec::new(), None)
    }

    /// The value `from`, quantised by its own range and made real again.
    pub(super) fn rounded(&mut self, from: &str) -> String {
        let names = ["rounded", "scale", "zero"].map(|part| self.name(part));
        self.made.nodes.push(NodeProto {
            op_type: "DynamicQuantizeLinear".into(),
            name: format!("{}.dynamicquantizelinear", self.prefix),
            input: vec![from.into()],
            output: names.to_vec(),
            ..NodeProto::default()
        });
        let [value, scale, zero] = &names;
        self.real(Quantised { value, scale, zero }, (0, 2))
    }

    /// Quantises the value `from` to what is called `to`.
    pub(super) fn quantise(&mut self, from: &str, scale: &str, zero: &str, to: &str) {
        let inputs = [from, scale, zero];
        let count = if zero.is_empty() { 2 } else { 3 };
        self.node("QuantizeLinear", &inputs[..count], Vec::new(), Some(to));
    }

    pub(super) fn finish(self) -> Made {
        self.made
    }
}
