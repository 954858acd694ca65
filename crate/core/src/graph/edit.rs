//! Editing by splicing: what is replaced is written anew, all else is copied byte for byte.

use super::proto::{
    DimensionProto, NodeProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use super::{Graph, GraphError, wire};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet, HashMap};

// Field numbers in ModelProto and GraphProto.
const MODEL_GRAPH: u64 = 7;
const GRAPH_NODE: u64 = 1;
const GRAPH_INITIALIZER: u64 = 5;
const GRAPH_INPUT: u64 = 11;
const GRAPH_OUTPUT: u64 = 12;
const GRAPH_VALUE_INFO: u64 = 13;
const GRAPH_SPARSE_INITIALIZER: u64 = 15;
/// Before this IR version every initializer must also be listed as a graph input.
const IR_INPUTS_OPTIONAL: i64 = 4;

/// A change to a graph: nodes replaced, constants dropped and added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Edit {
    /// Node index → what stands in its place (nothing: the node is removed).
    pub replace: BTreeMap<usize, Vec<NodeProto>>,
    /// Initializers, sparse ones too, that go.
    pub drop: BTreeSet<String>,
    /// Values whose stated types no longer hold.
    pub untyped: BTreeSet<String>,
    /// New initializers.
    pub add: Vec<TensorProto>,
    /// New nodes in front of all others.
    pub first: Vec<NodeProto>,
    /// New nodes behind all others.
    pub last: Vec<NodeProto>,
    /// Inputs in place of those of the file.
    pub inputs: Option<Vec<ValueInfoProto>>,
    /// Outputs in place of those of the file.
    pub outputs: Option<Vec<ValueInfoProto>>,
}

impl Edit {
    /// Adds another edit to this one; they must not touch the same nodes.
    pub fn merge(&mut self, other: Self) {
        self.replace.extend(other.replace);
        self.drop.extend(other.drop);
        self.untyped.extend(other.untyped);
        self.add.extend(other.add);
        self.first.extend(other.first);
        self.last.extend(other.last);
        self.inputs = other.inputs.or(self.inputs.take());
        self.outputs = other.outputs.or(self.outputs.take());
    }

    /// Drops the value called `name` that one reader less reads: its constant or the node that gives
    /// it, and what only that node reads, where nothing else does.
    pub fn release(&mut self, graph: &Graph, name: &str) {
        self.release_all(graph, vec![name.to_owned()]);
    }

    /// Takes the node away that gives the value called `name`, which a constant takes the place of, and what
    /// only that node reads.
    pub fn release_producer(&mut self, graph: &Graph, name: &str) {
        let Some(index) = graph.producer(name) else { return };
        self.replace.insert(index, Vec::new());
        self.release_all(graph, graph.nodes().get(index).map_or_else(Vec::new, |node| node.input.clone()));
    }

    fn release_all(&mut self, graph: &Graph, mut names: Vec<String>) {
        let mut readers = HashMap::<String, usize>::new();
        while let Some(name) = names.pop() {
            let left = readers.entry(name.clone()).or_insert_with(|| graph.uses(&name));
            *left = left.saturating_sub(1);
            if *left > 0 || name.is_empty() {
                continue;
            }
            if graph.constant(&name).is_some() {
                self.drop_constant(graph, &name);
                continue;
            }
            let Some(index) = graph.producer(&name) else { continue };
            let Some(node) = graph.nodes().get(index).filter(|node| node.output.len() == 1) else {
                continue;
            };
            self.replace.insert(index, Vec::new());
            names.extend(node.input.iter().cloned());
        }
    }

    /// Drops the constant called `name`.
    pub fn drop_constant(&mut self, graph: &Graph, name: &str) {
        match graph.constant_node(name) {
            Some(node) => drop(self.replace.insert(node, Vec::new())),
            None => drop(self.drop.insert(name.into())),
        }
    }
}

impl Edit {
    /// Adds the edit of one more layer of `graph`. Where it is of a node that has been replaced already,
    /// as the other matrix of an LSTM is, the last nodes of both become one that reads what either reads.
    pub fn merge_layer(&mut self, mut other: Self, graph: &Graph) {
        for (index, nodes) in &mut other.replace {
            let before = self.replace.get_mut(index).and_then(|found| Some((found.pop()?, found)));
            let (Some(original), Some((first, others))) = (graph.nodes().get(*index), before) else {
                continue;
            };
            if let Some(last) = nodes.last_mut() {
                for (place, input) in last.input.iter_mut().enumerate() {
                    if original.input.get(place) == Some(input) {
                        *input = first.input.get(place).unwrap_or(input).clone();
                    }
                }
            }
            nodes.splice(0..0, others.drain(..));
        }
        self.merge(other);
    }
}

impl Graph {
    /// The model file with `edit` done. The empty edit gives the file's own bytes.
    ///
    /// # Errors
    /// [`GraphError::Malformed`] where the file's bytes cannot be walked.
    pub fn encode(&self, edit: &Edit) -> Result<Vec<u8>, GraphError> {
        let mut out = Vec::with_capacity(self.bytes().len());
        for field in wire::fields(self.bytes()) {
            let field = field?;
            if field.number == MODEL_GRAPH {
                wire::put_message(&mut out, MODEL_GRAPH, &self.encode_graph(field.payload, edit)?);
            } else {
                out.extend_from_slice(field.bytes);
            }
        }
        Ok(out)
    }

    fn encode_graph(&self, graph: &[u8], edit: &Edit) -> Result<Vec<u8>, GraphError> {
        let mut out = Vec::with_capacity(graph.len());
        for node in &edit.first {
            wire::put_message(&mut out, GRAPH_NODE, &node.encode_to_vec());
        }
        let mut counts = BTreeMap::<u64, usize>::new();
        for field in wire::fields(graph) {
            let field = field?;
            let count = counts.entry(field.number).or_default();
            let index = *count;
            *count += 1;
            match field.number {
                GRAPH_NODE if edit.replace.contains_key(&index) => {
                    for node in &edit.replace[&index] {
                        wire::put_message(&mut out, GRAPH_NODE, &node.encode_to_vec());
                    }
                }
                GRAPH_INPUT if edit.inputs.is_some() => {}
                GRAPH_OUTPUT if edit.outputs.is_some() => {}
                number if self.is_dropped(number, index, edit) => {}
                _ => out.extend_from_slice(field.bytes),
            }
        }
        self.append(&mut out, edit);
        Ok(out)
    }

    fn is_dropped(&self, number: u64, index: usize, edit: &Edit) -> bool {
        let graph = self.proto();
        if number == GRAPH_VALUE_INFO {
            let info = graph.value_info.get(index);
            return info.is_some_and(|info| edit.untyped.contains(&info.name));
        }
        let name = match number {
            GRAPH_INITIALIZER => graph.initializer.get(index).map(|t| &t.name),
            GRAPH_INPUT => graph.input.get(index).map(|i| &i.name),
            GRAPH_SPARSE_INITIALIZER => {
                graph.sparse_initializer.get(index).and_then(|t| t.values.as_ref()).map(|v| &v.name)
            }
            _ => None,
        };
        name.is_some_and(|name| edit.drop.contains(name))
    }

    fn append(&self, out: &mut Vec<u8>, edit: &Edit) {
        for node in &edit.last {
            wire::put_message(out, GRAPH_NODE, &node.encode_to_vec());
        }
        for input in edit.inputs.iter().flatten() {
            wire::put_message(out, GRAPH_INPUT, &input.encode_to_vec());
        }
        for output in edit.outputs.iter().flatten() {
            wire::put_message(out, GRAPH_OUTPUT, &output.encode_to_vec());
        }
        for tensor in &edit.add {
            wire::put_message(out, GRAPH_INITIALIZER, &tensor.encode_to_vec());
            if self.model().ir_version < IR_INPUTS_OPTIONAL {
                wire::put_message(out, GRAPH_INPUT, &as_input(tensor).encode_to_vec());
            }
        }
    }
}

fn as_input(tensor: &TensorProto) -> ValueInfoProto {
    let dim = |&d: &i64| DimensionProto { dim_value: Some(d), dim_param: None };
    let shape = TensorShapeProto { dim: tensor.dims.iter().map(dim).collect() };
    let tensor_type = TensorTypeProto { elem_type: tensor.data_type, shape: Some(shape) };
    let r#type = TypeProto { tensor_type: Some(tensor_type), ..TypeProto::default() };
    ValueInfoProto { name: tensor.name.clone(), r#type: Some(r#type) }
}

#[cfg(test)]
mod tests {
    use super::super::proto::{GraphProto, ModelProto, NodeProto};
    use super::super::{float_tensor, wire};
    use super::{Edit, Graph};
    use prost::Message;

    fn model(ir_version: i64) -> Vec<u8> {
        let node = |op: &str| NodeProto {
            op_type: op.into(),
            input: vec!["x".into(), "w".into()],
            output: vec![op.into()],
            ..NodeProto::default()
        };
        let graph = GraphProto {
            node: vec![node("MatMul"), node("Add")],
            initializer: vec![float_tensor("w", &[1], [1.0]), float_tensor("v", &[1], [2.0])],
            ..GraphProto::default()
        };
        let mut bytes =
            ModelProto { ir_version, graph: Some(graph), ..ModelProto::default() }.encode_to_vec();
        // A field that nothing here knows must survive.
        wire::put_message(&mut bytes, 1234, b"unknown");
        bytes
    }

    #[test]
    fn the_empty_edit_gives_the_same_bytes() {
        let bytes = model(8);
        let graph = Graph::decode(bytes.clone()).unwrap();
        assert_eq!(graph.encode(&Edit::default()).unwrap(), bytes);
    }

    #[test]
    fn an_edit_touches_only_what_it_names() {
        for ir_version in [3, 8] {
            let graph = Graph::decode(model(ir_version)).unwrap();
            let mut edit = Edit::default();
            edit.replace.insert(0, vec![NodeProto { op_type: "Gemm".into(), ..NodeProto::default() }]);
            edit.drop.insert("w".into());
            edit.add.push(float_tensor("u", &[2], [1.0, 2.0]));
            let bytes = graph.encode(&edit).unwrap();
            assert!(bytes.windows(7).any(|w| w == b"unknown"));
            let again = Graph::decode(bytes).unwrap();
            let ops: Vec<_> = again.nodes().iter().map(|n| n.op_type.as_str()).collect();
            assert_eq!(ops, ["Gemm", "Add"]);
            let names: Vec<_> = again.proto().initializer.iter().map(|t| t.name.as_str()).collect();
            assert_eq!(names, ["v", "u"]);
            assert_eq!(again.proto().input.len(), usize::from(ir_version < 4));
        }
    }
}
