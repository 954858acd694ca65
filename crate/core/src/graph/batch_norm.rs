//! Batch normalisation with constant statistics, as a factor and a term.

use super::proto::NodeProto;
use super::{Graph, find};

/// What a channel is multiplied with, then what is added: one of each per channel.
pub(crate) struct ScaleShift {
    pub(crate) scale: Vec<f32>,
    pub(crate) shift: Vec<f32>,
}

/// What the `BatchNormalization` `node` does to each of its `channels`; `None` where that is not constant.
pub(crate) fn scale_and_shift(graph: &Graph, node: &NodeProto, channels: usize) -> Option<ScaleShift> {
    let read = |index: usize| -> Option<Vec<f32>> {
        let values = graph.fold(node.input.get(index)?).ok()?.value;
        (values.len() == channels).then(|| values.iter().copied().collect())
    };
    let (gain, bias, mean, variance) = (read(1)?, read(2)?, read(3)?, read(4)?);
    let epsilon = find(node, "epsilon").and_then(|a| a.f).unwrap_or(1e-5);
    let scale: Vec<f32> = gain.iter().zip(&variance).map(|(g, v)| g / (v + epsilon).sqrt()).collect();
    let shift = bias.iter().zip(&mean).zip(&scale).map(|((b, m), s)| b - m * s).collect();
    Some(ScaleShift { scale, shift })
}
