//! What the shells get to see. These types cross the seam to TypeScript, camelCase on the wire;
//! `www/src/protocol/generated.ts` is made from them and a test fails when the two drift apart.

use crate::compress::{MethodDial, MethodId, MethodProperty, Point, Setting};
use crate::dataset::{Choosing, Metric, Preprocessing};
use crate::import;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Costs of one layer under one method at one rank, biases included, for one sample.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CostRow {
    /// Rank, or number of atoms; 0 where there is none.
    pub rank: usize,
    /// The setting at the first of the non-zeros.
    pub setting: Setting,
    /// Allowed non-zeros, rising: per column of a dictionary's code, else in all; empty for dense
    /// methods.
    pub nonzeros: Vec<usize>,
    /// What non-zeros are a share of; 0 for dense methods.
    pub most: usize,
    /// Stored values, aligned with `nonzeros` (one entry for dense methods).
    pub parameters: Vec<usize>,
    /// Bytes for each way to store values, in the order of `Values`; each aligned likewise.
    pub bytes: Vec<Vec<usize>>,
    /// Multiply-accumulates, aligned likewise.
    #[ts(type = "Array<number>")]
    pub macs: Vec<u64>,
}

impl CostRow {
    /// All its settings, the fewest non-zeros first.
    pub fn settings(&self) -> Vec<Setting> {
        let method = self.setting.method();
        let at = |&nonzeros: &usize| method.setting(Point { rank: self.rank, nonzeros, block: 1 });
        if self.nonzeros.is_empty() { vec![self.setting] } else { self.nonzeros.iter().map(at).collect() }
    }
}

/// What holds for a method on every layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MethodFacts {
    /// Which.
    pub method: MethodId,
    /// What sliders set, the one to look at first.
    pub dials: Vec<MethodDial>,
    /// What else is true of it.
    pub properties: Vec<MethodProperty>,
}

impl MethodFacts {
    pub(crate) fn of(method: MethodId) -> Self {
        let facts = method.facts();
        Self { method, dials: facts.dials.to_vec(), properties: facts.properties.to_vec() }
    }
}

/// A method that fits a layer; rows rise by rank and are the ranks that it allows.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MethodView {
    /// Which.
    pub method: MethodId,
    /// Its ranks.
    pub rows: Vec<CostRow>,
}

/// A layer of the original model.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LayerView {
    /// Unique name.
    pub name: String,
    /// ONNX operator.
    pub op: String,
    /// Weights as stored.
    pub shape: Vec<usize>,
    /// Stored values.
    pub parameters: usize,
    /// Bytes of them.
    pub bytes: usize,
    /// Multiply-accumulates for one sample.
    #[ts(type = "number")]
    pub macs: u64,
    /// Bytes of the whole layer for each way to store values, in the order of `Values`.
    pub whole_bytes: Vec<usize>,
    /// Rank of the matrix form; 0 where the layer cannot be compressed.
    pub full_rank: usize,
    /// Methods that fit; empty where the layer cannot be compressed.
    pub methods: Vec<MethodView>,
    /// Why it cannot.
    pub reason: Option<String>,
    /// What the default plan does with it.
    pub suggested: MethodId,
}

/// A model input, batch first, as 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct InputView {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
}

/// What the user says of a model where its file leaves it open.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct OpenOptions {
    /// Sizes of symbolic axes, by name or as `INPUT[AXIS]`; the batch is 1.
    #[ts(type = "Record<string, number>")]
    pub sizes: BTreeMap<String, usize>,
    /// The output that is scored; the first where none is named.
    pub output: Option<String>,
}

/// A symbolic axis of a model's inputs, other than the batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SizeView {
    /// Its name in the file, or the input's and the axis's number.
    pub name: String,
    /// What it is taken as.
    pub size: usize,
    /// Whether that was guessed: neither said, nor told by samples.
    pub assumed: bool,
    /// Whether samples told it.
    pub from_samples: bool,
}

/// What a node that is not supported keeps from working.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// The model cannot be run, so there is no accuracy.
    Evaluation,
    /// The layer stays as it is.
    Compression,
    /// There is no artifact for a device.
    Device,
}

/// Something in a model that is not supported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// The node.
    pub node: String,
    /// Its operator.
    pub op: String,
    /// Why, as the end of a sentence about it.
    pub reason: String,
    /// What does not work for it; all else does.
    pub effect: Effect,
}

impl Problem {
    /// What import found, unless it only makes results differ.
    pub(crate) fn of(found: &import::Problem) -> Option<Self> {
        let effect = match found.effect {
            import::Effect::Evaluation => Effect::Evaluation,
            import::Effect::Compression => Effect::Compression,
            import::Effect::Accuracy => return None,
        };
        let import::Problem { node, op, reason, .. } = found.clone();
        Some(Self { node, op, reason, effect })
    }
}

/// An opened model.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ModelView {
    /// File name.
    pub name: String,
    /// Size of all its files.
    pub file_bytes: usize,
    /// Of the file, and of those of its weights behind it, hexadecimal.
    pub sha256: String,
    /// Format and version.
    pub format: String,
    /// Inputs.
    pub inputs: Vec<InputView>,
    /// Names of the outputs.
    pub outputs: Vec<String>,
    /// The one that is scored.
    pub output: String,
    /// Symbolic axes, and what they are taken as.
    pub sizes: Vec<SizeView>,
    /// What is not supported, node by node.
    pub problems: Vec<Problem>,
    /// Stored values of the whole model.
    pub parameters: usize,
    /// Bytes of them (not of the file).
    pub bytes: usize,
    /// Multiply-accumulates for one sample.
    #[ts(type = "number")]
    pub macs: u64,
    /// Stored values that belong to no layer.
    pub other_parameters: usize,
    /// Bytes of them.
    pub other_bytes: usize,
    /// The methods that at least one layer can take, in the order in which they are offered.
    pub methods: Vec<MethodFacts>,
    /// Nodes with weights, in graph order.
    pub layers: Vec<LayerView>,
    /// What the file states about itself, by name: who made it, ONNX's metadata.
    pub metadata: Vec<(String, String)>,
    /// What the user should know.
    pub warnings: Vec<String>,
    /// What was assumed, and how it is run where that is not as its file says.
    pub notes: Vec<String>,
    /// Why the model cannot be evaluated, if it cannot.
    pub evaluation: Option<String>,
}

/// A sample as the model sees it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// Channels, rows and columns; a signal has one row, a vector one row and one channel.
    pub shape: (usize, usize, usize),
    /// Real values, channel after channel, row after row; cut short where there are very many.
    pub values: Vec<f32>,
    /// Its label, if it has one.
    pub label: Option<String>,
}

/// Opened samples.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SamplesView {
    /// File name.
    pub name: String,
    /// How many.
    pub samples: usize,
    /// One more than the largest label.
    pub classes: usize,
    /// Of one sample.
    pub shape: Vec<usize>,
    /// How stored values become inputs.
    pub scaling: String,
    /// What was assumed.
    pub note: Option<String>,
    /// What quality is measured by.
    pub metric: Metric,
    /// How outputs choose classes.
    pub choosing: Choosing,
    /// Names of the classes, where the files state them.
    pub class_names: Vec<String>,
    /// How the data was read, nothing left open.
    pub preprocessing: Preprocessing,
    /// The first samples.
    pub previews: Vec<Preview>,
    /// What looks wrong: accuracy near chance, for one.
    pub warning: Option<String>,
    /// Whether they told sizes that the model leaves open: what is known of it has changed.
    pub resized: bool,
    /// Whether their score cannot be told from chance: no search should go by it.
    pub chance: bool,
}

/// A layer after a plan.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LayerResult {
    /// Its name.
    pub name: String,
    /// Stored values.
    pub parameters: usize,
    /// Bytes.
    pub bytes: usize,
    /// Multiply-accumulates.
    #[ts(type = "number")]
    pub macs: u64,
    /// ||W - What|| / ||W||.
    pub reconstruction_error: f64,
    /// ||(W - What) X|| / ||W X|| on held-out calibration samples; absent without any.
    pub output_error: Option<f64>,
}

/// Opened calibration samples.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CalibrationView {
    /// File name.
    pub name: String,
    /// How many.
    pub samples: usize,
    /// How many of them neither a fit nor a choice sees, to measure on; none where there are too few.
    pub held_out: usize,
    /// How stored values become inputs.
    pub scaling: String,
    /// What was assumed.
    pub note: Option<String>,
    /// What looks wrong: accuracy near chance, for one.
    pub warning: Option<String>,
    /// Whether they told sizes that the model leaves open: what is known of it has changed.
    pub resized: bool,
}

/// How an output of a model does, in reports and on the page.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct OutputView {
    /// Its name.
    pub name: String,
    /// Of one sample; empty where it cannot be run.
    pub shape: Vec<usize>,
    /// Whether it is the one that is scored.
    pub chosen: bool,
    /// What it is measured by: with nothing to compare it with, nothing.
    pub metric: Option<Metric>,
    /// The metric's value: of the chosen one the score, of the others how close they are to the original's.
    pub value: Option<f64>,
    /// The same of the original; what is compared with it has none.
    pub base_value: Option<f64>,
    /// How far the original's values are from their mean.
    pub spread: Option<f64>,
    /// Why nothing is known of it.
    pub reason: Option<String>,
}

/// The singular values of a layer, falling.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Spectrum {
    /// Which layer.
    pub layer: String,
    /// The values.
    pub values: Vec<f32>,
}
