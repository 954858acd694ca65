//! Changes to a graph.

use super::Graph;
use super::proto::{NodeProto, TensorProto, ValueInfoProto};
use std::collections::{BTreeMap, BTreeSet, HashMap};

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
