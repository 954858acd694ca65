//! A model that computes in 16 bits computes in 32, as ours does and a device without such numbers: its
//! weights stay as they are stored, and a `Cast` stands behind each; so do its inputs and outputs.

use crate::graph::proto::{AttributeProto, NodeProto, TypeProto, ValueInfoProto};
use crate::graph::{Constant, Edit, Element, Graph, float_tensor, new_int, to_f32};
use std::collections::HashMap;

/// The edit of all of `graph`; an empty one where no node computes in 16 bits.
pub(super) fn widen(graph: &Graph) -> Edit {
    let has_bodies = graph.nodes().iter().flat_map(|node| &node.attribute).any(|a| a.g.is_some());
    let mut work = Work { graph, edit: Edit::default(), wide: HashMap::new() };
    if has_bodies {
        return work.edit;
    }
    work.constants();
    work.inputs();
    if work.wide.is_empty() {
        return Edit::default();
    }
    work.outputs();
    work.nodes();
    let infos = graph.proto().value_info.iter().filter(|info| is_half(element(info)));
    work.edit.untyped.extend(infos.map(|info| info.name.clone()));
    work.edit
}

/// The first node of `graph` whose result runtimes round to 16 bits.
pub(super) fn rounding(graph: &Graph) -> Option<&NodeProto> {
    let inputs: Vec<&str> =
        graph.proto().input.iter().filter(|i| is_half(element(i))).map(|i| &*i.name).collect();
    graph.nodes().iter().find(|node| {
        if node.op_type == "Cast" {
            let to = Element::stated(node, "to").is_some_and(Element::is_half);
            return to && !node.input.iter().any(|name| graph.is_constant(name));
        }
        node.input.iter().any(|name| is_stored(graph, name) || inputs.contains(&name.as_str()))
    })
}

fn is_half(element: i32) -> bool {
    Element::try_from(element).is_ok_and(Element::is_half)
}

/// Whether the file keeps a constant in 16 bits.
fn is_stored(graph: &Graph, name: &str) -> bool {
    matches!(graph.constant(name), Some(Constant::Dense(tensor)) if is_half(tensor.data_type))
}

fn element(info: &ValueInfoProto) -> i32 {
    let tensor = |kind: &TypeProto| kind.tensor_type.as_ref().map(|tensor| tensor.elem_type);
    info.r#type.as_ref().and_then(tensor).unwrap_or_default()
}

fn cast(from: &str, to: &str, element: i32) -> NodeProto {
    NodeProto {
        op_type: "Cast".into(),
        name: format!("{to}.cast"),
        input: vec![from.into()],
        output: vec![to.into()],
        attribute: vec![new_int("to", i64::from(element))],
        ..NodeProto::default()
    }
}

struct Work<'a> {
    graph: &'a Graph,
    edit: Edit,
    /// Values of 16 bits, and what they are called in 32.
    wide: HashMap<&'a str, String>,
}

impl Work<'_> {
    fn name(&self, of: &str) -> String {
        let mut name = format!("{of}.float");
        while self.graph.producer(&name).is_some() || self.graph.constant(&name).is_some() {
            name.push('\'');
        }
        name
    }

    /// Constants that something else than a `Cast` or a scale reads.
    fn constants(&mut self) {
        for node in self.graph.nodes().iter().filter(|node| node.op_type != "Cast") {
            for name in &node.input {
                if !is_stored(self.graph, name) || self.wide.contains_key(name.as_str()) {
                    continue;
                }
                let wide = self.name(name);
                let cast = cast(name, &wide, Element::Float.code());
                match self.graph.constant_node(name) {
                    Some(index) => {
                        self.edit.replace.insert(index, vec![self.graph.nodes()[index].clone(), cast]);
                    }
                    None => self.edit.first.push(cast),
                }
                self.wide.insert(name, wide);
            }
        }
    }

    fn inputs(&mut self) {
        for input in &self.graph.proto().input {
            if is_half(element(input)) && self.graph.constant(&input.name).is_none() {
                let wide = self.name(&input.name);
                self.edit.first.push(cast(&input.name, &wide, Element::Float.code()));
                self.wide.insert(&input.name, wide);
            }
        }
    }

    fn outputs(&mut self) {
        for output in &self.graph.proto().output {
            let half = element(output);
            if is_half(half) && self.graph.producer(&output.name).is_some() {
                let wide = self.name(&output.name);
                self.edit.last.push(cast(&wide, &output.name, half));
                self.wide.insert(&output.name, wide);
            }
        }
    }

    fn nodes(&mut self) {
        for (index, node) in self.graph.nodes().iter().enumerate() {
            if self.edit.replace.contains_key(&index) {
                continue;
            }
            let mut new = node.clone();
            for name in new.input.iter_mut().chain(&mut new.output) {
                if let Some(wide) = self.wide.get(name.as_str()) {
                    name.clone_from(wide);
                }
            }
            if node.op_type == "Cast" && node.input.iter().any(|name| self.graph.constant(name).is_some()) {
                new.input.clone_from(&node.input);
            }
            new.attribute.iter_mut().for_each(widen_attribute);
            if new != *node {
                self.edit.replace.insert(index, vec![new]);
            }
        }
    }
}

/// Types and constants of 16 bits that a node states.
fn widen_attribute(attribute: &mut AttributeProto) {
    let states_type = matches!(attribute.name.as_str(), "to" | "dtype" | "output_dtype");
    let half = attribute.i.and_then(|element| i32::try_from(element).ok()).is_some_and(is_half);
    if states_type && half {
        attribute.i = Some(Element::Float.into());
    }
    if let Some(tensor) = attribute.t.as_mut().filter(|tensor| is_half(tensor.data_type))
        && let Ok(value) = to_f32(tensor)
    {
        *tensor = float_tensor(&tensor.name, value.shape(), value.iter().copied());
    }
}
