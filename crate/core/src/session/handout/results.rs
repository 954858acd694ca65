//! Figures of a compressed model.

use super::device::DeviceCost;
use crate::compress::{Evidence, Fit, StandIn, squared_error};
use crate::cost::{self, Cost};
use crate::graph::Layer;
use crate::session::Opened;
use crate::session::compile::fit::{Fitted, relative};
use crate::session::view::LayerResult;
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
    /// What the weights were really fitted to: without calibration samples, the old weights.
    pub fit: Fit,
    /// Every layer.
    pub layers: Vec<LayerResult>,
    /// The value up to which the model equals the original, if any is worth keeping.
    pub resume_at: Option<String>,
    /// Its smallest artifact.
    pub device: DeviceFit,
    /// Where calibration samples could not be fitted to, and what was done instead.
    pub notes: Vec<String>,
}

/// Whether a plan can be written as an artifact.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DeviceFit {
    /// What it takes.
    Fits(DeviceCost),
    /// Why there is none, as a sentence.
    Refused(String),
}

impl DeviceFit {
    /// What the artifact takes, where there is one.
    pub fn cost(&self) -> Option<&DeviceCost> {
        match self {
            Self::Fits(cost) => Some(cost),
            Self::Refused(_) => None,
        }
    }
}

/// The figures of a model whose layers `fitted` have been replaced.
pub(crate) fn applied(
    opened: &Opened,
    (fitted, device): (&[(&Layer, Fitted)], DeviceFit),
    fit: Fit,
) -> Applied {
    let (mut total_error, mut total_norm) = (0.0, 0.0);
    let mut layers = Vec::new();
    let mut cost = cost::others(&opened.graph, &opened.layers);
    for layer in &opened.layers {
        let own = fitted.iter().find(|(l, _)| l.name == layer.name).map(|(_, fitted)| fitted);
        let error = match &layer.weight {
            Ok(weight) => squared_error(own.map(|own| &own.parts), weight),
            Err(_) => (0.0, 0.0),
        };
        (total_error, total_norm) = (total_error + error.0, total_norm + error.1);
        let result = layer_result(opened, layer, own, error);
        cost = cost + Cost { parameters: result.parameters, bytes: result.bytes, macs: result.macs };
        layers.push(result);
    }
    let first = fitted.iter().map(|(layer, _)| layer.node).min();
    let input = first.and_then(|node| opened.graph.nodes().get(node)?.input.first().cloned());
    Applied {
        parameters: cost.parameters,
        bytes: cost.bytes,
        macs: cost.macs,
        reconstruction_error: relative((total_error, total_norm)),
        fit,
        layers,
        resume_at: input.filter(|name| !opened.inputs.iter().any(|(input, _)| input == name)),
        device,
        notes: notes(fitted),
    }
}

/// Where samples could not be fitted to.
fn notes(fitted: &[(&Layer, Fitted)]) -> Vec<String> {
    let named = |is: &dyn Fn(&Fitted) -> bool| {
        let names: Vec<String> =
            fitted.iter().filter(|(_, own)| is(own)).map(|(layer, _)| format!("'{}'", layer.name)).collect();
        (!names.is_empty()).then(|| names.join(", "))
    };
    let seen = |wanted| named(&move |own| own.evidence == wanted);
    let stands = |wanted| named(&move |own| own.parts.stand_in == Some(wanted));
    let found = [
        seen(Evidence::Flat).map(|names| {
            format!("The calibration samples hardly vary where they reach {names}: fitted to the old weights there.")
        }),
        seen(Evidence::Beyond).map(|names| {
            format!("The calibration samples are beyond what float32 holds where they reach {names}: fitted to the old weights there.")
        }),
        stands(StandIn::Plain).map(|names| {
            format!("Fitted to these calibration samples, {names} would have no sensible numbers: fitted to the old weights.")
        }),
        stands(StandIn::Kept).map(|names| format!("No fit gives {names} sensible numbers: kept as they were.")),
    ];
    found.into_iter().flatten().collect()
}

fn layer_result(opened: &Opened, layer: &Layer, fitted: Option<&Fitted>, error: (f64, f64)) -> LayerResult {
    let cost = match (fitted, &layer.weight) {
        (Some(fitted), Ok(weight)) => cost::compressed(&opened.graph, layer, weight, &fitted.parts),
        _ => cost::original(&opened.graph, layer),
    };
    LayerResult {
        name: layer.name.clone(),
        parameters: cost.parameters,
        bytes: cost.bytes,
        macs: cost.macs,
        reconstruction_error: relative(error),
        output_error: fitted.and_then(|fitted| fitted.output_error).map(relative),
    }
}
