//! Peak bytes of activations, in the file's order of execution, as float32.
//!
//! Between the two stages of a replaced layer only what the second stage needs at once is kept: one
//! position, or as many rows as its filter is high.

use crate::compress::{Order, Split, Stages};
use crate::graph::{Graph, LayerKind, Shapes, Weight};
use std::collections::HashMap;

/// Bytes of one activation.
const ACTIVATION: usize = 4;

/// For each node, the bytes of all values that are alive while it runs: its inputs and outputs, and
/// what later nodes still need. Constants do not count.
pub fn live_bytes(graph: &Graph, shapes: &Shapes) -> Vec<usize> {
    let nodes = graph.nodes();
    let size = |name: &str| -> usize {
        let constant = graph.constant(name).is_some();
        let elements = || shapes.get(name).map_or(0, |shape| shape.iter().product::<usize>());
        if constant { 0 } else { ACTIVATION * elements() }
    };
    let mut last = HashMap::<&str, usize>::new();
    for (index, node) in nodes.iter().enumerate() {
        last.extend(node.input.iter().map(|name| (name.as_str(), index)));
    }
    for output in &graph.proto().output {
        last.insert(&output.name, nodes.len());
    }
    let mut alive: HashMap<&str, usize> =
        graph.proto().input.iter().map(|input| (input.name.as_str(), size(&input.name))).collect();
    let mut live = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        alive.extend(node.output.iter().filter(|n| !n.is_empty()).map(|name| (name.as_str(), size(name))));
        live.push(alive.values().sum());
        alive.retain(|name, _| last.get(name).is_some_and(|end| *end > index));
    }
    live
}

/// Bytes between the two stages that replace a layer; 0 where there is one.
pub fn between_bytes(weight: &Weight, stages: &Stages) -> usize {
    let Some(channels) = stages.between() else { return 0 };
    let LayerKind::Conv(conv) = &weight.kind else { return ACTIVATION * channels };
    let (height, width) =
        (conv.kernel.first().copied().unwrap_or(1), conv.input.last().copied().unwrap_or(1));
    let places = match stages.split {
        Split::Input | Split::Spatial(Order::Horizontal) => height * width,
        Split::Spatial(Order::Vertical) => width,
        Split::Whole | Split::Channel => 1,
    };
    ACTIVATION * channels * places
}
