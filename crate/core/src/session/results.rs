//! Figures of a compressed model.

use super::Opened;
use super::view::LayerResult;
use crate::compress::Pair;
use crate::cost::{self, Cost};
use crate::graph::Layer;
use serde::Serialize;
use ts_rs::TS;

/// A plan, carried out.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// Stored values.
    pub parameters: usize,
    /// Bytes of values, indices and pointers.
    pub bytes: usize,
    /// Multiply-accumulates for one sample.
    #[ts(type = "number")]
    pub macs: u64,
    /// ||W - What|| / ||W|| over all layers.
    pub reconstruction_error: f64,
    /// Every layer.
    pub layers: Vec<LayerResult>,
    /// The value up to which the model equals the original, if any is worth keeping.
    pub resume_at: Option<String>,
}

pub(crate) fn layer(opened: &Opened, layer: &Layer, pair: Option<&Pair>, error: (f64, f64)) -> LayerResult {
    let cost = match (pair, &layer.weight) {
        (Some(pair), Ok(weight)) => cost::compressed(&opened.graph, layer, weight, pair),
        _ => cost::original(&opened.graph, layer),
    };
    LayerResult {
        name: layer.name.clone(),
        parameters: cost.parameters,
        bytes: cost.bytes,
        macs: cost.macs,
        reconstruction_error: relative(error),
    }
}

pub(crate) fn total(
    opened: &Opened,
    pairs: &[(&Layer, Pair)],
    layers: Vec<LayerResult>,
    reconstruction_error: f64,
) -> Applied {
    let as_cost = |l: &LayerResult| Cost { parameters: l.parameters, bytes: l.bytes, macs: l.macs };
    let cost = cost::others(&opened.graph, &opened.layers) + layers.iter().map(as_cost).sum();
    let first = pairs.iter().map(|(layer, _)| layer.node).min();
    let input = first.and_then(|node| opened.graph.nodes().get(node)?.input.first().cloned());
    Applied {
        parameters: cost.parameters,
        bytes: cost.bytes,
        macs: cost.macs,
        reconstruction_error,
        layers,
        resume_at: input.filter(|name| !opened.inputs.iter().any(|(input, _)| input == name)),
    }
}

/// The root of a squared error over a squared norm.
pub(crate) fn relative((error, norm): (f64, f64)) -> f64 {
    if norm > 0.0 { (error / norm).sqrt() } else { 0.0 }
}
