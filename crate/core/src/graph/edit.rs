//! What an edit does that looks at the graph which it changes.

use super::{Edit, Graph, Made};
use std::collections::HashMap;

/// See the module.
pub(crate) trait Editing {
    /// Drops the value called `name` that one reader less reads: its constant or the node that gives
    /// it, and what only that node reads, where nothing else does.
    fn release(&mut self, graph: &Graph, name: &str);

    /// Takes the node away that gives the value called `name`, which a constant takes the place of, and what
    /// only that node reads.
    fn release_producer(&mut self, graph: &Graph, name: &str);

    /// Drops the constant called `name`.
    fn drop_constant(&mut self, graph: &Graph, name: &str);

    /// Puts `made` in the place of node number `index` of `graph`.
    fn put(&mut self, graph: &Graph, index: usize, made: Made);

    /// Adds the edit of one more layer of `graph`. Where it is of a node that has been replaced already,
    /// as the other matrix of an LSTM is, the last nodes of both become one that reads what either reads.
    fn merge_layer(&mut self, other: Edit, graph: &Graph);
}

impl Editing for Edit {
    fn release(&mut self, graph: &Graph, name: &str) {
        release(self, graph, vec![name.to_owned()]);
    }

    fn release_producer(&mut self, graph: &Graph, name: &str) {
        let Some(index) = graph.producer(name) else { return };
        self.replace.insert(index, Vec::new());
        release(self, graph, graph.nodes().get(index).map_or_else(Vec::new, |node| node.input.clone()));
    }

    fn drop_constant(&mut self, graph: &Graph, name: &str) {
        match graph.constant_node(name) {
            Some(node) => drop(self.replace.insert(node, Vec::new())),
            None => drop(self.drop.insert(name.into())),
        }
    }

    fn put(&mut self, graph: &Graph, index: usize, made: Made) {
        self.add.extend(made.constants);
        self.replace.insert(index, made.nodes);
        made.released.iter().for_each(|name| self.release(graph, name));
    }

    fn merge_layer(&mut self, mut other: Self, graph: &Graph) {
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

/// Drops all of `names` that one reader less reads.
fn release(edit: &mut Edit, graph: &Graph, mut names: Vec<String>) {
    let mut readers = HashMap::<String, usize>::new();
    while let Some(name) = names.pop() {
        let left = readers.entry(name.clone()).or_insert_with(|| graph.uses(&name));
        *left = left.saturating_sub(1);
        if *left > 0 || name.is_empty() {
            continue;
        }
        if graph.constant(&name).is_some() {
            edit.drop_constant(graph, &name);
            continue;
        }
        let Some(index) = graph.producer(&name) else { continue };
        let Some(node) = graph.nodes().get(index).filter(|node| node.output.len() == 1) else { continue };
        edit.replace.insert(index, Vec::new());
        names.extend(node.input.iter().cloned());
    }
}
