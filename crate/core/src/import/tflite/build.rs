//! The ONNX model while it is being made: nodes, constants, names. It knows nothing of `TFLite`.

use super::Reason;
use crate::graph::Element;
use crate::graph::proto::{
    AttributeProto, DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use sepal_limit::PARAMETERS;
use std::collections::{HashMap, HashSet};

/// The operator set that is written.
const OPSET: i64 = 13;
/// The one that has `HardSwish`.
const OPSET_HARD_SWISH: i64 = 14;
/// The intermediate representation that goes with them.
const IR_VERSION: i64 = 8;
/// The domain of operators that ONNX does not have.
pub(super) const DOMAIN: &str = "tflite";
/// The symbolic batch size.
const BATCH: &str = "N";

/// See the module.
#[derive(Default)]
pub(super) struct Builder {
    graph: GraphProto,
    names: HashSet<String>,
    /// How often each name was asked for.
    counts: HashMap<String, usize>,
    described: HashSet<String>,
    constant_bytes: usize,
    custom: bool,
    hard_swish: bool,
}

impl Builder {
    /// `base`, or `base#2` and so on where it is taken.
    pub(super) fn unique(&mut self, base: &str) -> String {
        if self.names.insert(base.to_owned()) {
            return base.to_owned();
        }
        let mut count = self.counts.get(base).copied().unwrap_or(1);
        loop {
            count += 1;
            let name = format!("{base}#{count}");
            if self.names.insert(name.clone()) {
                self.counts.insert(base.to_owned(), count);
                return name;
            }
        }
    }

    /// A node with one output, called `name` like it.
    pub(super) fn node(
        &mut self,
        op: &str,
        name: &str,
        inputs: &[&str],
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.nodes(op, name, inputs, (attributes, 1)).swap_remove(0)
    }

    /// A node with several outputs, the first called like it.
    pub(super) fn nodes(
        &mut self,
        op: &str,
        name: &str,
        inputs: &[&str],
        (attribute, outputs): (Vec<AttributeProto>, usize),
    ) -> Vec<String> {
        let name = self.unique(name);
        let mut output = vec![name.clone()];
        for index in 1..outputs {
            output.push(self.unique(&format!("{name}:{index}")));
        }
        self.hard_swish |= op == "HardSwish";
        self.graph.node.push(NodeProto {
            op_type: op.into(),
            name,
            input: inputs.iter().map(|i| (*i).into()).collect(),
            output: output.clone(),
            attribute,
            ..NodeProto::default()
        });
        output
    }

    /// Moves the last node into the domain of operators that ONNX does not have.
    pub(super) fn make_custom(&mut self) {
        self.custom = true;
        if let Some(node) = self.graph.node.last_mut() {
            node.domain = DOMAIN.into();
        }
    }

    /// A constant.
    ///
    /// # Errors
    /// Where all constants together become too large: a file may name the same bytes many times.
    pub(super) fn constant(
        &mut self,
        name: &str,
        element: Element,
        shape: &[usize],
        bytes: Vec<u8>,
    ) -> Result<String, Reason> {
        self.constant_bytes = self.constant_bytes.saturating_add(bytes.len());
        if self.constant_bytes > 4 * PARAMETERS.most() {
            return Err(format!("its constants take more than {} bytes", 4 * PARAMETERS.most()));
        }
        let name = self.unique(name);
        self.graph.initializer.push(TensorProto {
            name: name.clone(),
            dims: shape.iter().map(|&d| d as i64).collect(),
            data_type: element.code(),
            raw_data: bytes,
            ..TensorProto::default()
        });
        Ok(name)
    }

    /// A constant of float32 values; a scalar where `shape` is empty.
    pub(super) fn floats(&mut self, name: &str, shape: &[usize], values: &[f32]) -> Result<String, Reason> {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::Float, shape, bytes)
    }

    /// A vector of int64 values.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) -> Result<String, Reason> {
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        self.constant(name, Element::Int64, &[values.len()], bytes)
    }

    /// States type and shape of a value; with `batch` the first axis is free.
    pub(super) fn describe(&mut self, name: &str, element: Element, shape: &[usize], batch: bool) {
        if self.described.insert(name.into()) {
            self.graph.value_info.push(value_info(name, element, shape, batch));
        }
    }

    /// Declares a graph input.
    pub(super) fn input(&mut self, name: &str, element: Element, shape: &[usize], batch: bool) -> String {
        let name = self.unique(name);
        self.described.insert(name.clone());
        self.graph.input.push(value_info(&name, element, shape, batch));
        name
    }

    /// The same values, each once: what is there already is copied.
    pub(super) fn told_apart(&mut self, values: Vec<String>) -> Vec<String> {
        let mut known = HashSet::new();
        let apart = values.into_iter().map(|value| {
            if known.insert(value.clone()) {
                return value;
            }
            self.node("Identity", &format!("{value}/Identity"), &[&value], Vec::new())
        });
        apart.collect()
    }

    /// Declares a graph output called `name`, which is the value `value`.
    pub(super) fn output(&mut self, name: &str, value: &str, info: (Element, &[usize], bool)) {
        let is_input = self.graph.input.iter().any(|i| i.name == value);
        let constant = self.graph.initializer.iter().any(|t| t.name == value);
        let value = if is_input || constant {
            self.node("Identity", &format!("{name}/Identity"), &[value], Vec::new())
        } else {
            value.to_owned()
        };
        let taken = self.graph.input.iter().any(|i| i.name == name)
            || self.graph.output.iter().any(|o| o.name == name);
        let name = if taken { self.unique(name) } else { name.to_owned() };
        self.rename(&value, &name);
        self.graph.output.push(value_info(&name, info.0, info.1, info.2));
    }

    /// Gives the value `from` the name `to`; a value that has it takes another.
    fn rename(&mut self, from: &str, to: &str) {
        if from == to {
            return;
        }
        let free = if self.names.contains(to) { self.unique(&format!("{to}/inner")) } else { String::new() };
        self.names.insert(to.into());
        let change = |name: &mut String| {
            if name == from {
                *name = to.into();
            } else if name == to {
                name.clone_from(&free);
            }
        };
        let nodes = self.graph.node.iter_mut();
        nodes.for_each(|n| n.input.iter_mut().chain(&mut n.output).for_each(change));
        self.graph.initializer.iter_mut().for_each(|t| change(&mut t.name));
        self.graph.value_info.iter_mut().for_each(|v| change(&mut v.name));
    }

    /// The finished model, without what no output needs.
    pub(super) fn finish(mut self, name: &str) -> ModelProto {
        self.remove_unused();
        let outputs: HashSet<String> = self.graph.output.iter().map(|o| o.name.clone()).collect();
        let made: HashSet<String> = self.graph.node.iter().flat_map(|n| n.output.iter().cloned()).collect();
        self.graph.value_info.retain(|v| made.contains(&v.name) && !outputs.contains(&v.name));
        self.graph.name = name.into();
        let set = |domain: &str, version| OperatorSetIdProto { domain: domain.into(), version };
        let version = if self.hard_swish { OPSET_HARD_SWISH } else { OPSET };
        let mut opset_import = vec![set("", version)];
        if self.custom {
            opset_import.push(set(DOMAIN, 1));
        }
        ModelProto {
            ir_version: IR_VERSION,
            producer_name: "sepal".into(),
            opset_import,
            graph: Some(self.graph),
            ..ModelProto::default()
        }
    }

    fn remove_unused(&mut self) {
        let mut needed: HashSet<String> = self.graph.output.iter().map(|o| o.name.clone()).collect();
        let keep: Vec<bool> = self
            .graph
            .node
            .iter()
            .rev()
            .map(|node| {
                // Operators that ONNX does not have are shown, whoever reads them.
                let keep = !node.domain.is_empty() || node.output.iter().any(|o| needed.contains(o));
                if keep {
                    needed.extend(node.input.iter().cloned());
                }
                keep
            })
            .collect();
        let mut keep = keep.into_iter().rev();
        self.graph.node.retain(|_| keep.next().unwrap_or(true));
        self.graph.initializer.retain(|t| needed.contains(&t.name));
    }
}

fn value_info(name: &str, element: Element, shape: &[usize], batch: bool) -> ValueInfoProto {
    let dim = |(axis, &size): (usize, &usize)| match (axis, batch) {
        (0, true) => DimensionProto { dim_value: None, dim_param: Some(BATCH.into()) },
        _ => DimensionProto { dim_value: Some(size as i64), dim_param: None },
    };
    let shape = TensorShapeProto { dim: shape.iter().enumerate().map(dim).collect() };
    let tensor_type = TensorTypeProto { elem_type: element.code(), shape: Some(shape) };
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto { tensor_type: Some(tensor_type), ..TypeProto::default() }),
    }
}

/// Node attributes.
pub(super) mod attribute {
    use crate::graph::proto::AttributeProto;

    use crate::graph::proto::attribute_type;
    pub(in super::super) use crate::graph::{new_int as int, new_ints as ints, new_text as text};

    /// An attribute with one float32.
    pub(in super::super) fn float(name: &str, value: f32) -> AttributeProto {
        let r#type = attribute_type::FLOAT;
        AttributeProto { name: name.into(), f: Some(value), r#type, ..AttributeProto::default() }
    }
}
