//! What a report says of the original model, and of each layer.

use crate::compress::{Plan, Setting, Values};
use crate::cost::Cost;
use crate::graph::Layer;
use crate::session::Opened;
use crate::session::open::file::FileReport;
use crate::session::view::LayerResult;
use serde::Serialize;

/// The original model.
#[derive(Clone, Debug, Serialize)]
pub struct ModelReport {
    /// File name.
    pub name: String,
    /// The file.
    pub file: FileReport,
    /// Stored values.
    pub parameters: usize,
    /// Bytes of stored weights.
    pub bytes: usize,
    /// Multiply-accumulates for one sample.
    pub macs: u64,
}

impl Opened {
    pub(super) fn report(&self) -> ModelReport {
        let total = self.total();
        ModelReport {
            name: self.name.clone(),
            file: self.file.clone(),
            parameters: total.parameters,
            bytes: total.bytes,
            macs: total.macs,
        }
    }
}

/// One layer.
#[derive(Clone, Debug, Serialize)]
pub struct LayerReport {
    /// Name in the model.
    pub name: String,
    /// ONNX operator.
    pub op: String,
    /// Shape of the original weights.
    pub shape: Vec<usize>,
    /// What was done.
    #[serde(flatten)]
    pub setting: Setting,
    /// How values are stored.
    pub values: Values,
    /// Stored values now.
    pub parameters: usize,
    /// Bytes now.
    pub bytes: usize,
    /// Multiply-accumulates now.
    pub macs: u64,
    /// Bytes before.
    pub base_bytes: usize,
    /// Multiply-accumulates before.
    pub base_macs: u64,
    /// ||W - What|| / ||W||.
    pub reconstruction_error: f64,
    /// ||(W - What) X|| / ||W X|| on held-out calibration samples.
    pub output_error: Option<f64>,
}

impl LayerReport {
    pub(crate) fn new(layer: &Layer, plan: &Plan, result: &LayerResult, original: Cost) -> Self {
        Self {
            name: layer.name.clone(),
            op: layer.op.clone(),
            shape: layer.shape.clone(),
            setting: plan.setting(&layer.name),
            values: plan.values_of(&layer.name),
            parameters: result.parameters,
            bytes: result.bytes,
            macs: result.macs,
            base_bytes: original.bytes,
            base_macs: original.macs,
            reconstruction_error: result.reconstruction_error,
            output_error: result.output_error,
        }
    }
}
