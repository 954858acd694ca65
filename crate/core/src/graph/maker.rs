//! Makes the nodes that take another node's place.

use super::proto::{AttributeProto, GraphProto, NodeProto, TensorProto};
use super::{Graph, float_tensor, int64_tensor};

/// What takes the place of a node.
#[derive(Default)]
pub(crate) struct Made {
    pub(crate) nodes: Vec<NodeProto>,
    pub(crate) constants: Vec<TensorProto>,
    /// Values that are read once less than before.
    pub(crate) released: Vec<String>,
}

/// Makes them, with names that nothing else has.
pub(crate) struct Maker<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) made: Made,
    /// What new values are called after.
    pub(crate) prefix: String,
    /// What the node that does the work is called.
    label: String,
}

impl<'a> Maker<'a> {
    /// For what takes the place of `node`.
    pub(crate) fn new(graph: &'a Graph, node: &NodeProto) -> Self {
        // Outputs have names of their own, nodes may share one.
        let prefix = node.output.first().cloned().unwrap_or_default();
        Self { graph, prefix, label: node.label().to_owned(), made: Made::default() }
    }

    /// A name that no value of the graph has.
    pub(crate) fn name(&self, part: &str) -> String {
        let count = self.made.nodes.len() + self.made.constants.len();
        let mut name = format!("{}.{part}{count}", self.prefix);
        while self.graph.producer(&name).is_some() || self.graph.constant(&name).is_some() {
            name.push('\'');
        }
        name
    }

    /// Adds a node with one output, called `output` or given a new name; the output.
    pub(crate) fn node(
        &mut self,
        op: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
        output: Option<&str>,
    ) -> String {
        // The node that does the work keeps the name that people know; no two may have the same.
        let works = output.is_some() || matches!(op, "Conv" | "MatMul" | "Gemm");
        let free = self.made.nodes.iter().all(|node| node.name != self.label);
        let helper = || format!("{}.{}{}", self.label, op.to_lowercase(), self.made.nodes.len());
        let name = if works && free { self.label.clone() } else { helper() };
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

    pub(crate) fn floats(&mut self, part: &str, values: &[f32]) -> String {
        let name = self.name(part);
        self.made.constants.push(float_tensor(&name, &[values.len()], values.iter().copied()));
        name
    }

    pub(crate) fn whole(&mut self, part: &str, values: &[i64]) -> String {
        let name = self.name(part);
        self.made.constants.push(int64_tensor(&name, values));
        name
    }

    /// A constant that a new one takes the place of.
    pub(crate) fn release(&mut self, name: &str) {
        self.made.released.push(name.into());
    }

    pub(crate) fn finish(self) -> Made {
        self.made
    }
}

/// `node` with what `replaced` gives in the place of nodes of its own graphs, those of an `If` or a `Loop`;
/// `None` where that is nothing.
pub(crate) fn within(node: &NodeProto, replaced: &dyn Fn(&NodeProto) -> Option<Made>) -> Option<NodeProto> {
    let mut changed = false;
    let mut new = node.clone();
    for attribute in &mut new.attribute {
        for body in attribute.g.iter_mut().chain(&mut attribute.graphs) {
            changed |= replace_in(body, replaced);
        }
    }
    changed.then_some(new)
}

fn replace_in(body: &mut GraphProto, replaced: &dyn Fn(&NodeProto) -> Option<Made>) -> bool {
    let (mut nodes, mut changed) = (Vec::new(), false);
    for node in std::mem::take(&mut body.node) {
        if let Some(made) = replaced(&node) {
            nodes.extend(made.nodes);
            body.initializer.extend(made.constants);
            changed = true;
        } else if let Some(new) = within(&node, replaced) {
            nodes.push(new);
            changed = true;
        } else {
            nodes.push(node);
        }
    }
    body.node = nodes;
    changed
}
