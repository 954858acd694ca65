//! What the engine runs without a word and computes otherwise than ONNX says, and what no other words mend: it
//! is refused by name, before anything is run.

use super::engine::Traces;
use super::padding::{is_uneven, misjudged, mixes};
use super::refusal::Refusal;
use crate::graph::proto::{NodeProto, TensorProto};
use crate::graph::{Constant, Element, Graph, Known, int, outline, reads, text, to_f32, to_i64};
use std::collections::BTreeMap;

/// How many values are looked at: each step could be followed twice.
const STEPS: usize = 64;

/// Why `node` would come out wrong, as far as the file alone tells.
pub(super) fn misread(graph: &Graph, node: &NodeProto) -> Option<Refusal> {
    let reason = match node.op_type.as_str() {
        "Resize" if text(node, "mode").is_some_and(|mode| mode == "cubic") => {
            "the engine takes mode cubic for linear; export it with mode linear or nearest"
        }
        "NonMaxSuppression" => {
            "the engine lets boxes of other classes and batches suppress one another; export the model without \
             it, with the boxes as its output"
        }
        "BitCast" if !is_narrow(int(node, "to", 0)) => {
            "the engine keeps numbers of another size than the file says; use types of 8 or 32 bits"
        }
        "ReduceMax" | "ReduceMin" if is_of_no_truths(graph, node) => {
            "the engine does not know that the least truth value is 0; reduce what has elements"
        }
        _ => return None,
    };
    Some(Refusal::wrong(node, reason))
}

fn is_narrow(element: i64) -> bool {
    let known = [Element::Float, Element::Int32, Element::Int8, Element::Uint8];
    known.into_iter().any(|narrow| i64::from(narrow) == element)
}

/// Whether it reduces truth values of which there are none.
fn is_of_no_truths(graph: &Graph, node: &NodeProto) -> bool {
    let Some(input) = node.input.first() else { return false };
    let infos = graph.proto().input.iter().chain(&graph.proto().value_info);
    let mut own = infos
        .filter(|info| info.name == *input)
        .filter_map(|info| info.r#type.as_ref()?.tensor_type.as_ref());
    own.any(|tensor| {
        let dims = tensor.shape.as_ref().map_or(&[][..], |shape| &shape.dim);
        tensor.elem_type == Element::Bool.code() && dims.iter().any(|dim| dim.dim_value == Some(0))
    })
}

/// Node index → constants that it reads and the engine cuts to 32 bits, where that changes what it does.
pub(super) fn wide_integers(graph: &Graph) -> BTreeMap<usize, Vec<Refusal>> {
    let mut found = BTreeMap::<usize, Vec<Refusal>>::new();
    let stored = graph.proto().initializer.iter().map(|tensor| &tensor.name);
    let made = graph.nodes().iter().filter(|node| node.op_type == "Constant").flat_map(|node| &node.output);
    for name in stored.chain(made) {
        let Some(Constant::Dense(tensor)) = graph.constant(name) else { continue };
        let Some(value) = wide_value(tensor) else { continue };
        for index in harmed(graph, name, &mut 0) {
            let reason = format!(
                "its input '{name}' holds {value}, and the engine computes with 32 bits; use smaller numbers"
            );
            found
                .entry(index)
                .or_default()
                .extend(graph.nodes().get(index).map(|node| Refusal::wrong(node, reason)));
        }
    }
    for (index, node) in
        graph.nodes().iter().enumerate().filter(|(_, node)| node.op_type == "ConstantOfShape")
    {
        let value = node.attribute.iter().filter_map(|attribute| attribute.t.as_ref()).find_map(wide_value);
        if let Some(value) = value {
            let reason =
                format!("it gives {value}, and the engine computes with 32 bits; use smaller numbers");
            found.entry(index).or_default().push(Refusal::wrong(node, reason));
        }
    }
    found
}

/// A number in `tensor` that 32 bits do not hold.
fn wide_value(tensor: &TensorProto) -> Option<i64> {
    if tensor.element() != Some(Element::Int64) {
        return None;
    }
    to_i64(tensor)?.into_iter().find(|value| i32::try_from(*value).is_err())
}

/// Nodes to which it matters that the value called `name` is cut to 32 bits: not to those that only ask for an end
/// beyond all sizes, or for bounds.
fn harmed(graph: &Graph, name: &str, steps: &mut usize) -> Vec<usize> {
    let mut found = Vec::new();
    for (index, node) in graph.nodes().iter().enumerate() {
        if !reads(node).contains(&&name.to_owned()) {
            continue;
        }
        let at = |place: usize| node.input.get(place).is_some_and(|input| input == name);
        let own = node.input.iter().filter(|input| *input == name).count();
        let fine = match node.op_type.as_str() {
            "Slice" => !at(0) && !at(3) && !at(4),
            "Clip" => !at(0),
            "Max" | "Min" => true,
            "Loop" => at(0) && own == reads(node).iter().filter(|read| **read == name).count(),
            _ => false,
        };
        let passes =
            matches!(node.op_type.as_str(), "Concat" | "Identity" | "Reshape" | "Squeeze" | "Unsqueeze");
        match node.output.first().filter(|_| passes) {
            Some(output) if *steps < STEPS && graph.uses(output) > 0 => {
                *steps += 1;
                let further = harmed(graph, output, steps);
                let seen = graph.proto().output.iter().any(|own| own.name == *output);
                found.extend(if seen { vec![index] } else { further });
            }
            Some(_) if *steps < STEPS => {}
            _ if fine => {}
            _ => found.push(index),
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What would come out wrong for the sizes with which `graph` was run.
pub fn unsound(graph: &Graph, traces: &Traces) -> Vec<Refusal> {
    let nodes = graph.nodes().iter().enumerate();
    nodes.filter_map(|(place, node)| Some(Refusal { place, ..unsound_node(graph, traces, node)? })).collect()
}

fn unsound_node(graph: &Graph, traces: &Traces, node: &NodeProto) -> Option<Refusal> {
    let shape = |name: Option<&String>| traces.shapes.get(name?);
    match node.op_type.as_str() {
        _ if node.facts().is_recurrent() => {
            let lengths = node.input.get(4).filter(|name| !name.is_empty())?;
            (!is_whole(graph, traces, node, lengths)).then(|| {
                let reason = "the engine does not end a sequence early; export it without sequence_lens";
                let op = format!("{} with its sequence_lens", node.op_type);
                Refusal { op, ..Refusal::wrong(node, reason) }
            })
        }
        "MatMul" => {
            let vector = shape(node.input.get(1)).is_some_and(|shape| shape.len() == 1);
            let known = outline(graph, node.input.get(1)?).is_some_and(|axes| axes.len() == 1);
            let reason = "the engine leaves an axis of 1 where the right side is a vector; make it a matrix of one column";
            (vector && !known).then(|| Refusal::wrong(node, reason))
        }
        "Resize" | "Upsample" => {
            let axis = (0..shape(node.input.first())?.len())
                .find(|axis| takes_others(graph, traces, node, *axis) == Some(true))?;
            let reason = format!(
                "the engine rounds where axis {axis} is read to other places; export it with a whole scale"
            );
            Some(Refusal::wrong(node, reason))
        }
        _ => {
            let uneven = || Refusal {
                op: format!("{} with auto_pad SAME_LOWER where that is uneven", node.op_type),
                reason: None,
                ..Refusal::wrong(node, "")
            };
            let wrong = misjudged(graph, &traces.shapes, node).or_else(|| mixes(&traces.shapes, node));
            let wrong = wrong.map(|reason| Refusal::wrong(node, reason));
            wrong.or_else(|| is_uneven(graph, &traces.shapes, node).then(uneven))
        }
    }
}

/// Whether all sequences are as long as the input, whatever the samples are.
fn is_whole(graph: &Graph, traces: &Traces, node: &NodeProto, lengths: &str) -> bool {
    let steps = node.input.first().and_then(|name| traces.shapes.get(name)?.first().copied());
    let Some(steps) = steps.and_then(|steps| i64::try_from(steps).ok()) else { return false };
    let stated: Option<Vec<i64>> = match graph.constant(lengths) {
        Some(Constant::Dense(tensor)) => {
            to_f32(tensor).ok().map(|values| values.iter().map(|v| *v as i64).collect())
        }
        None if of_sizes(graph, lengths, &mut 0) => {
            traces.integers.get(lengths).map(|values| values.iter().map(|v| i64::from(*v)).collect())
        }
        Some(Constant::Sparse(_)) | None => None,
    };
    stated.is_some_and(|lengths| lengths.iter().all(|length| *length == steps))
}

/// Whether the value called `name` follows from sizes alone.
fn of_sizes(graph: &Graph, name: &str, steps: &mut usize) -> bool {
    *steps += 1;
    if graph.constant(name).is_some() {
        return true;
    }
    let Some(node) = graph.producer(name).and_then(|index| graph.nodes().get(index)) else { return false };
    let has_graphs = node.attribute.iter().any(|a| a.g.is_some() || !a.graphs.is_empty());
    let mut inputs = node.input.iter().filter(|input| !input.is_empty());
    let sized = matches!(node.op_type.as_str(), "Shape" | "Size");
    sized
        || (*steps <= STEPS
            && !has_graphs
            && !node.input.is_empty()
            && inputs.all(|input| of_sizes(graph, input, steps)))
}

/// Whether the engine, which multiplies by 1 / scale, reads other places along `axis` than a division gives. `None`
/// where it reads between places, or sizes are not known.
fn takes_others(graph: &Graph, traces: &Traces, node: &NodeProto, axis: usize) -> Option<bool> {
    let size = |name: Option<&String>| traces.shapes.get(name?)?.get(axis).copied();
    let (from, to) = (size(node.input.first())?, size(node.output.first())?);
    let stated = |at: usize| match graph.constant(node.input.get(at)?)? {
        Constant::Dense(tensor) => to_f32(tensor).ok()?.iter().nth(axis).copied(),
        Constant::Sparse(_) => None,
    };
    let upsample = node.op_type == "Upsample" || graph.opset() < 11;
    let scale = if upsample { stated(1) } else { stated(2) };
    if text(node, "mode").is_some_and(|mode| mode != "nearest") || from == to || from == 0 {
        return None;
    }
    let whole = to as f32 / from as f32;
    let inverse = scale.map_or(from as f32 / to as f32, |scale| 1.0 / scale);
    let how = text(node, "coordinate_transformation_mode");
    let how = if upsample { "asymmetric" } else { how.as_deref().unwrap_or("half_pixel") };
    let rounding = text(node, "nearest_mode");
    let rounding = if upsample { "floor" } else { rounding.as_deref().unwrap_or("round_prefer_floor") };
    let halves = match how {
        "half_pixel" => 0.5,
        "pytorch_half_pixel" if to > 1 => 0.5,
        "asymmetric" => 0.0,
        _ => return None,
    };
    let place = |coordinate: f32| rounded(coordinate.clamp(0.0, (from - 1) as f32), rounding);
    let differs = |at: usize| {
        let (divided, multiplied) =
            ((at as f32 + halves) / scale.unwrap_or(whole), inverse * (at as f32 + halves));
        place(divided - halves) != place(multiplied - halves)
    };
    Some((0..to).any(differs))
}

fn rounded(coordinate: f32, how: &str) -> f32 {
    match how {
        "floor" => coordinate.floor(),
        "ceil" => coordinate.ceil(),
        "round_prefer_ceil" => (coordinate + 0.5).floor(),
        _ => (coordinate - 0.5).ceil(),
    }
}
