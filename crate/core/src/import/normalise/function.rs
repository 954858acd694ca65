//! Functions that a model defines for itself: each call becomes the function's nodes.

use crate::graph::proto::{AttributeProto, FunctionProto, GraphProto, NodeProto};
use crate::graph::{Edit, Graph, GraphError};
use sepal_limit::{NESTING, NODES};
use std::collections::HashMap;

/// `graph` without calls. One level is put in place at a time; functions may call others.
pub(super) fn inline(mut graph: Graph) -> Result<Graph, GraphError> {
    for _ in 0..=NESTING.most() {
        let Some(edit) = calls(&graph)? else { return Ok(graph) };
        graph = graph.edited(edit)?;
        NODES.check(graph.nodes().len()).map_err(|found| GraphError::Malformed(found.to_string()))?;
    }
    Err(GraphError::Malformed("its functions call each other without end".into()))
}

fn calls(graph: &Graph) -> Result<Option<Edit>, GraphError> {
    let functions = &graph.model().functions;
    if functions.is_empty() {
        return Ok(None);
    }
    let (mut edit, mut total) = (Edit::default(), 0_usize);
    for (index, node) in graph.nodes().iter().enumerate() {
        let same = |f: &&FunctionProto| {
            f.name == node.op_type && f.domain == node.domain && f.overload == node.overload
        };
        let Some(function) = functions.iter().find(same) else { continue };
        total += function.node.len();
        NODES.check(total).map_err(|found| GraphError::Malformed(found.to_string()))?;
        edit.replace.insert(index, body(index, node, function));
    }
    Ok((!edit.replace.is_empty()).then_some(edit))
}

/// The nodes of `function` as `call`, node number `index`, calls it.
fn body(index: usize, call: &NodeProto, function: &FunctionProto) -> Vec<NodeProto> {
    let outer = function
        .input
        .iter()
        .enumerate()
        .map(|(i, name)| (name.clone(), call.input.get(i).cloned().unwrap_or_default()));
    let given = function.output.iter().zip(&call.output).filter(|(_, own)| !own.is_empty());
    let mut names: HashMap<String, String> = outer.collect();
    names.extend(given.map(|(name, own)| (name.clone(), own.clone())));
    let label = if call.name.is_empty() { format!("{}{index}", call.op_type) } else { call.name.clone() };
    let values =
        |name: &str| call.attribute.iter().chain(&function.attribute_proto).find(|a| a.name == name).cloned();
    let place = Place { label: &label, values: &values };
    function.node.iter().map(|node| place.node(node, &mut names)).collect()
}

struct Place<'a> {
    label: &'a str,
    values: &'a dyn Fn(&str) -> Option<AttributeProto>,
}

impl Place<'_> {
    fn node(&self, node: &NodeProto, names: &mut HashMap<String, String>) -> NodeProto {
        let mut node = node.clone();
        for name in node.input.iter_mut().chain(&mut node.output).filter(|name| !name.is_empty()) {
            let inner = || format!("{}/{name}", self.label);
            *name = names.entry(name.clone()).or_insert_with(inner).clone();
        }
        if !node.name.is_empty() {
            node.name = format!("{}/{}", self.label, node.name);
        }
        // An attribute that the call does not give is left out: its default holds.
        node.attribute = node.attribute.iter().filter_map(|a| self.attribute(a, names)).collect();
        node
    }

    fn attribute(&self, own: &AttributeProto, names: &HashMap<String, String>) -> Option<AttributeProto> {
        if !own.ref_attr_name.is_empty() {
            let value = (self.values)(&own.ref_attr_name)?;
            return Some(AttributeProto { name: own.name.clone(), ..value });
        }
        let mut attribute = own.clone();
        let graphs = attribute.g.iter_mut().chain(&mut attribute.graphs);
        graphs.for_each(|graph| self.graph(graph, names));
        Some(attribute)
    }

    /// Values of the function keep their new names in the graphs inside it; a graph's own names hide them.
    fn graph(&self, graph: &mut GraphProto, names: &HashMap<String, String>) {
        let mut names = names.clone();
        let own = graph.initializer.iter().map(|t| &t.name).chain(graph.input.iter().map(|i| &i.name));
        for name in own {
            names.insert(name.clone(), name.clone());
        }
        graph.node = graph.node.iter().map(|node| self.node(node, &mut names)).collect();
        for output in &mut graph.output {
            if let Some(name) = names.get(&output.name) {
                output.name.clone_from(name);
            }
        }
    }
}
