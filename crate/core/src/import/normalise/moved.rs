//! Operators that only move the elements of a quantised value, or choose among them by their order: they become
//! the same on real numbers, between `DequantizeLinear` and `QuantizeLinear` with the scale that the value has. Both
//! directions are exact for numbers that stand on the scale already.

use super::scale::Quantised;
use crate::graph::operator::Moves;
use crate::graph::proto::{NodeProto, TensorProto};
use crate::graph::{Constant, Edit, Editing, Graph, Known, Made, Maker, find, text};

/// How many values are looked at for a scale: each step could be followed twice.
const STEPS: usize = 64;

/// The edit of all of `graph`.
pub(super) fn replace(graph: &Graph) -> Edit {
    let mut edit = Edit::default();
    for (index, node) in graph.nodes().iter().enumerate() {
        if let Some(made) = chosen(graph, node).or_else(|| replacement(graph, node)) {
            edit.put(graph, index, made);
        }
    }
    edit
}

/// What turns real numbers into a quantised value: its scale and its zero point (empty where it is 0).
type Scale<'a> = (&'a str, &'a str);

/// The scale of what `node` gives, where it moves quantised elements.
fn scale<'a>(graph: &'a Graph, node: &NodeProto, steps: &mut usize) -> Option<Scale<'a>> {
    let moves = node.facts().moves?;
    let several = moves == Moves::OfSeveral;
    let places = node.output.iter().filter(|name| !name.is_empty()).count() > 1;
    let between = node.op_type == "Resize" && text(node, "mode").is_some_and(|mode| mode != "nearest");
    if places || between {
        return None;
    }
    let mut inputs = node.input.iter().take(if several { usize::MAX } else { 1 });
    let first = of(graph, inputs.next()?, steps)?;
    inputs.all(|name| of(graph, name, steps) == Some(first)).then_some(first)
}

/// The scale of the quantised value called `name`.
fn of<'a>(graph: &'a Graph, name: &str, steps: &mut usize) -> Option<Scale<'a>> {
    let node = graph.nodes().get(graph.producer(name)?)?;
    if node.op_type != "QuantizeLinear" || !node.is_onnx() {
        *steps += 1;
        return if *steps <= STEPS { scale(graph, node, steps) } else { None };
    }
    let input = |index: usize| node.input.get(index).map_or("", String::as_str);
    let single = graph.constant_shape(input(1)).is_some_and(|shape| shape.iter().product::<usize>() == 1);
    (single && find(node, "output_dtype").is_none()).then(|| (input(1), input(2)))
}

/// Where the largest or least of quantised values stands.
fn chosen(graph: &Graph, node: &NodeProto) -> Option<Made> {
    if !matches!(node.op_type.as_str(), "ArgMax" | "ArgMin") || !node.is_onnx() {
        return None;
    }
    let input = node.input.first()?;
    let (scale, zero) = of(graph, input, &mut 0)?;
    let mut maker = Maker::new(graph, node);
    let real = maker.real(Quantised { value: input, scale, zero }, (0, 2));
    maker.node(&node.op_type, &[&real], node.attribute.clone(), Some(node.output.first()?));
    Some(named(maker, node))
}

fn replacement(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let (scale, zero) = scale(graph, node, &mut 0)?;
    let mut maker = Maker::new(graph, node);
    let inputs = real_inputs(graph, &mut maker, node, (scale, zero))?;
    let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
    // What is cut off below the stored 0 is what lies below its real value.
    let op = if node.op_type == "Relu" { "Clip" } else { &node.op_type };
    let moved = maker.node(op, &inputs, node.attribute.clone(), None);
    let mut made = named(maker, node);
    let mut maker = Maker::new(graph, node);
    maker.quantise(&moved, scale, zero, node.output.first()?);
    // The name that people know stays with what moves.
    let rounding =
        maker.finish().nodes.into_iter().map(|node| NodeProto { name: format!("{moved}.back"), ..node });
    made.nodes.extend(rounding);
    Some(made)
}

/// What `maker` made, its last node called as `node` is.
fn named(mut maker: Maker, node: &NodeProto) -> Made {
    if let Some(made) = maker.made.nodes.last_mut().filter(|_| !node.name.is_empty()) {
        made.name.clone_from(&node.name);
    }
    maker.finish()
}

/// The inputs of `node` with real numbers for those that are quantised.
fn real_inputs(graph: &Graph, maker: &mut Maker, node: &NodeProto, own: Scale) -> Option<Vec<String>> {
    let (scale, zero) = own;
    let op = node.op_type.as_str();
    let mut inputs = node.input.clone();
    // What a `Pad` lays, and a `Relu` keeps, where nothing else is said.
    let implied = match op {
        "Relu" => Some(1),
        "Pad" if inputs.get(2).is_none_or(String::is_empty) => Some(2),
        _ => None,
    };
    if let Some(place) = implied.filter(|_| !zero.is_empty()) {
        inputs.resize(inputs.len().max(place + 1), String::new());
        *inputs.get_mut(place)? = nothing(graph, maker, zero)?;
    }
    for (place, input) in inputs.iter_mut().enumerate().filter(|(_, input)| !input.is_empty()) {
        let quantised = match op {
            "Clip" | "Relu" => true,
            "Pad" => place == 0 || place == 2,
            _ => place == 0 || node.facts().moves == Some(Moves::OfSeveral),
        };
        if quantised {
            *input = maker.real(Quantised { value: input, scale, zero }, (0, 2));
        }
    }
    Some(inputs)
}

/// The stored 0, of the type of `zero`, which a `Pad` lays where it says nothing else.
fn nothing(graph: &Graph, maker: &mut Maker, zero: &str) -> Option<String> {
    let Some(Constant::Dense(like)) = graph.constant(zero) else { return None };
    let name = maker.name("nothing");
    let tensor = TensorProto {
        name: name.clone(),
        data_type: like.data_type,
        raw_data: vec![0],
        ..TensorProto::default()
    };
    maker.made.constants.push(tensor);
    Some(name)
}
