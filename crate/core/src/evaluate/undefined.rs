//! Values that are no numbers: the engine's Relu and Clip make a bound of them, which would then look like an answer.

use crate::graph::proto::NodeProto;
use crate::graph::{Constant, Graph, Known, Made, Maker, to_f32};
use std::collections::HashSet;

/// `node`, with the values behind it as they are where they are no numbers; `None` where there are none.
pub(super) fn kept(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let (input, output) = (node.input.first()?, node.output.first()?);
    if !may_be_undefined(graph, input) {
        return None;
    }
    let mut maker = Maker::new(graph, node);
    let cut = maker.name("cut");
    maker.made.nodes.push(NodeProto { output: vec![cut.clone()], ..node.clone() });
    let undefined = maker.node("IsNaN", &[input], Vec::new(), None);
    maker.node("Where", &[&undefined, input, &cut], Vec::new(), Some(output));
    Some(maker.finish())
}

/// Whether something before the value called `name` may give NaN.
fn may_be_undefined(graph: &Graph, name: &str) -> bool {
    let (mut seen, mut names) = (HashSet::new(), vec![name]);
    while let Some(name) = names.pop() {
        let Some(index) = graph.producer(name).filter(|index| seen.insert(*index)) else { continue };
        let Some(node) = graph.nodes().get(index) else { continue };
        if makes(graph, node) {
            return true;
        }
        names.extend(node.input.iter().map(String::as_str));
    }
    false
}

/// A quotient by constants other than 0, and a whole power, are numbers.
fn makes(graph: &Graph, node: &NodeProto) -> bool {
    let constant = || {
        let Constant::Dense(tensor) = graph.constant(node.input.get(1)?)? else { return None };
        to_f32(tensor).ok()
    };
    let all = |holds: fn(f32) -> bool| constant().is_some_and(|values| values.iter().all(|v| holds(*v)));
    match node.op_type.as_str() {
        "Div" | "Mod" => !all(|v| v != 0.0),
        "Pow" => !all(|v| v >= 0.0 && v.fract() == 0.0),
        _ => node.facts().is_undefined,
    }
}
