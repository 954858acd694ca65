//! Changes to a graph, and what they make of the decoded one.

use crate::proto::{
    DimensionProto, GraphProto, NodeProto, SparseTensorProto, TensorProto, TensorShapeProto, TensorTypeProto,
    TypeProto, ValueInfoProto,
};
use std::collections::{BTreeMap, BTreeSet};

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

    /// What `graph`, of a model of `ir_version`, becomes.
    pub fn done(&self, graph: &GraphProto, ir_version: i64) -> GraphProto {
        let kept = |name: &String| !self.drop.contains(name);
        let unnamed = String::new();
        let sparse = |tensor: &&SparseTensorProto| kept(tensor.values.as_ref().map_or(&unnamed, |v| &v.name));
        let inputs = match &self.inputs {
            Some(inputs) => inputs.clone(),
            None => graph.input.iter().filter(|input| kept(&input.name)).cloned().collect(),
        };
        let listed = self.add.iter().filter_map(|tensor| listed(tensor, ir_version));
        let stated = graph.value_info.iter().filter(|info| !self.untyped.contains(&info.name));
        GraphProto {
            node: self.nodes(&graph.node),
            name: graph.name.clone(),
            initializer: graph
                .initializer
                .iter()
                .filter(|t| kept(&t.name))
                .chain(&self.add)
                .cloned()
                .collect(),
            sparse_initializer: graph.sparse_initializer.iter().filter(sparse).cloned().collect(),
            input: inputs.into_iter().chain(listed).collect(),
            output: self.outputs.clone().unwrap_or_else(|| graph.output.clone()),
            value_info: stated.cloned().collect(),
        }
    }

    fn nodes(&self, nodes: &[NodeProto]) -> Vec<NodeProto> {
        let own = nodes.iter().enumerate().flat_map(|(index, node)| match self.replace.get(&index) {
            Some(others) => others.as_slice(),
            None => std::slice::from_ref(node),
        });
        self.first.iter().chain(own).chain(&self.last).cloned().collect()
    }
}

/// The input that an initializer of a model of `ir_version` is listed as too, where it must be.
pub(crate) fn listed(tensor: &TensorProto, ir_version: i64) -> Option<ValueInfoProto> {
    (ir_version < IR_INPUTS_OPTIONAL).then(|| as_input(tensor))
}

fn as_input(tensor: &TensorProto) -> ValueInfoProto {
    let dim = |&d: &i64| DimensionProto { dim_value: Some(d), dim_param: None };
    let shape = TensorShapeProto { dim: tensor.dims.iter().map(dim).collect() };
    let tensor_type = TensorTypeProto { elem_type: tensor.data_type, shape: Some(shape) };
    let r#type = TypeProto { tensor_type: Some(tensor_type), ..TypeProto::default() };
    ValueInfoProto { name: tensor.name.clone(), r#type: Some(r#type) }
}
