//! `report.json`: what was done to a model, what it costs now, and what it scores. Keys are stable.

use super::DeviceCost;
use super::held_out::HeldOut;
use super::package::Verified;
use super::results::Applied;
use super::view::{LayerResult, OutputView};
use crate::compress::{Plan, Setting, Values};
use crate::cost::Cost;
use crate::dataset::Metric;
use crate::evaluate::{Score, wilson};
use crate::export::artifact::program::Precision;
use crate::graph::Layer;
use sepal_runtime::stated_crc;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::cmp::Ordering;
use std::fmt::Write;

/// Lower-case hexadecimal SHA-256 of `parts` one behind the other.
fn sha256(parts: &[&[u8]]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    let mut text = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The whole report.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of Sepal.
    pub sepal: String,
    /// The original.
    pub model: ModelReport,
    /// The settings, usable as a plan file.
    pub plan: Plan,
    /// Stored values after compression.
    pub parameters: usize,
    /// Bytes of stored weights, indices and pointers.
    pub bytes: usize,
    /// Multiply-accumulates for one sample; 1 MAC = 2 FLOP.
    pub macs: u64,
    /// The same of the original.
    pub base_bytes: usize,
    /// The same of the original.
    pub base_macs: u64,
    /// What quality was measured by; absent without evaluation samples.
    pub metric: Option<Metric>,
    /// Its value: percent where it rises, else a root mean squared error. None where no sample has one.
    pub value: Option<f64>,
    /// The same of the original on the same samples.
    pub base_value: Option<f64>,
    /// Evaluation samples for which the output is not a number: they are never right, and have no error.
    pub undefined: usize,
    /// The same of the original.
    pub base_undefined: usize,
    /// Percent of the evaluation samples; absent without any, and with another metric.
    pub accuracy: Option<f64>,
    /// 95 % Wilson interval of it, percent.
    pub accuracy_interval: Option<(f64, f64)>,
    /// Percent, of the original on the same samples.
    pub base_accuracy: Option<f64>,
    /// Percent of the calibration samples held out on which both models choose the same class; absent without
    /// any.
    pub agreement: Option<f64>,
    /// Root mean squared difference of the outputs of both models on these samples, where they choose no
    /// classes.
    pub difference: Option<f64>,
    /// Unlabelled samples for which the output of one of both models is not a number: they agree on nothing.
    pub agreement_undefined: usize,
    /// How many samples that was measured on: calibration samples that had no part in any fit or choice.
    pub agreement_samples: Option<usize>,
    /// Calibration samples that weights were fitted to; absent without any.
    pub calibration_samples: Option<usize>,
    /// Calibration samples held out of every fit and every choice.
    pub held_out: Option<usize>,
    /// `evaluation` where the evaluation samples also chose the plan: on others it is likely to be worse.
    pub chosen_by: Option<Chooser>,
    /// That more is lost than was allowed, on samples that had no part in making the model.
    pub limit_missed: Option<LimitMissed>,
    /// Evaluation samples.
    pub samples: usize,
    /// Seconds that searching and fitting took; absent where nobody measured.
    pub seconds: Option<f64>,
    /// ||W - What|| / ||W|| over all layers.
    pub reconstruction_error: f64,
    /// The downloaded file.
    pub onnx: OnnxReport,
    /// Operators that keep every runtime from loading that file, where it was asked for all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub partial: Vec<String>,
    /// The same model as `TFLite`; absent where it was not asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tflite: Option<TfliteReport>,
    /// Every output, the scored one first; empty where there were no samples to measure on.
    pub outputs: Vec<OutputView>,
    /// What was assumed, of the model, its samples and its fit.
    pub notes: Vec<String>,
    /// What looks wrong.
    pub warnings: Vec<String>,
    /// Every layer.
    pub layers: Vec<LayerReport>,
    /// The artifact; absent where only the ONNX file was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceReport>,
}

/// The ONNX file of a report.
#[derive(Clone, Debug, Serialize)]
pub struct OnnxReport {
    /// The file.
    #[serde(flatten)]
    pub file: FileReport,
    /// The size of the file that was opened, its weight files included.
    pub original_bytes: usize,
    /// Whether it is the file that was opened, byte for byte.
    pub unchanged: bool,
}

impl OnnxReport {
    fn new(bytes: &[u8], original: &FileReport) -> Self {
        let file = FileReport::of(bytes);
        Self { unchanged: file == *original, original_bytes: original.bytes, file }
    }

    /// One line about it.
    pub fn text(&self) -> String {
        let (now, before) = (self.file.bytes, self.original_bytes);
        match now.cmp(&before) {
            _ if self.unchanged => format!("the ONNX file is the original as it came, {now} bytes"),
            Ordering::Greater => {
                format!("ONNX file {now} bytes, larger than the original file of {before} bytes")
            }
            _ => format!("ONNX file {now} bytes, original file {before} bytes"),
        }
    }
}

/// Samples that a plan was chosen by and that it is scored on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Chooser {
    /// Those for evaluation.
    Evaluation,
}

/// Samples that had no part in making a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unused {
    /// Those that are only measured on.
    Measure,
    /// The calibration samples held out.
    HeldOut,
}

/// A loss above the one that was allowed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LimitMissed {
    /// What was allowed: points of the metric, or percent of samples that change class.
    pub max_loss: f64,
    /// What is lost.
    pub lost: f64,
    /// Of what.
    pub metric: Metric,
    /// On how many samples.
    pub samples: usize,
    /// Which samples.
    pub of: Unused,
}

/// The `TFLite` file of a report. What it scores is measured on this very file.
#[derive(Clone, Debug, Serialize)]
pub struct TfliteReport {
    /// Of activations and arithmetic.
    pub precision: Precision,
    /// The file.
    #[serde(flatten)]
    pub file: FileReport,
    /// What quality was measured by; absent without evaluation samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<Metric>,
    /// Its value: percent where it rises, else a root mean squared error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<f64>,
    /// Percent of the evaluation samples; absent without any, and with another metric.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// Percent of the calibration samples held out on which it chooses the class of the original model, where its
    /// ranges are those of the others alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<f64>,
    /// Root mean squared difference from the original's outputs, where they choose no classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
}

impl TfliteReport {
    /// Of the file `bytes`.
    pub fn new(precision: Precision, bytes: &[u8]) -> Self {
        let file = FileReport::of(bytes);
        Self { precision, file, metric: None, value: None, accuracy: None, agreement: None, difference: None }
    }

    /// Fills in what the file scores, and how close it is to the original on unlabelled samples.
    pub fn measured(mut self, score: Option<&Score>, close: Option<&Score>) -> Self {
        self.metric = score.map(|score| score.metric);
        self.value = score.and_then(Score::value);
        self.accuracy = self.value.filter(|_| self.metric == Some(Metric::Accuracy));
        match close {
            Some(close) if close.metric == Metric::Agreement => self.agreement = close.value(),
            close => self.difference = close.and_then(Score::value),
        }
        self
    }
}

/// The artifact of a report.
#[derive(Clone, Debug, Serialize)]
pub struct DeviceReport {
    /// The file.
    pub file: FileReport,
    /// CRC-32 of it, as it states it.
    pub crc: String,
    /// The output that it gives: the one that is scored, and no other.
    pub output: String,
    /// What it takes.
    #[serde(flatten)]
    pub cost: DeviceCost,
    /// What running it has shown.
    pub verified: Option<Verified>,
}

impl DeviceReport {
    pub(crate) fn new(artifact: &[u8], output: &str, cost: DeviceCost, verified: Option<Verified>) -> Self {
        Self {
            file: FileReport::of(artifact),
            crc: format!("{:08x}", stated_crc(artifact)),
            output: output.into(),
            cost,
            verified,
        }
    }
}

/// A file by size and hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileReport {
    /// Its size, framing included.
    pub bytes: usize,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

impl FileReport {
    /// Of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self::of_parts(&[bytes])
    }

    /// Of several files (names and bytes) as one: `main` first, then the others in the order of their names.
    pub(crate) fn of_all(files: &[(String, Vec<u8>)], main: usize) -> Self {
        let mut order: Vec<usize> = (0..files.len()).collect();
        order.sort_by_key(|&index| (index != main, files.get(index).map(|(name, _)| name)));
        let parts = order.into_iter().filter_map(|index| files.get(index));
        Self::of_parts(&parts.map(|(_, bytes)| bytes.as_slice()).collect::<Vec<_>>())
    }

    fn of_parts(parts: &[&[u8]]) -> Self {
        Self { bytes: parts.iter().map(|part| part.len()).sum(), sha256: sha256(parts) }
    }
}

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

impl Report {
    /// As JSON text, indented.
    pub fn to_json(&self) -> String {
        // A tree of numbers, strings and lists always has a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default()
    }

    /// The value of the metric as people read it.
    pub fn scored_text(&self) -> String {
        self.text_of(self.value)
    }

    /// The same of the original.
    pub fn base_text(&self) -> String {
        self.text_of(self.base_value)
    }

    fn text_of(&self, value: Option<f64>) -> String {
        self.metric.zip(value).map_or_else(|| "unknown".into(), |(metric, value)| metric.text(value))
    }

    /// Adds what the user should know of how the model was run.
    pub(crate) fn noted(mut self, notes: &[String]) -> Self {
        self.notes.extend_from_slice(notes);
        self
    }

    /// Fills in how close both models are on the samples held out.
    pub(crate) fn compared(mut self, found: Option<HeldOut>) -> Self {
        let Some(HeldOut { score, warning, .. }) = found else { return self };
        match score.metric {
            Metric::Agreement => self.agreement = score.value(),
            _ => self.difference = score.value(),
        }
        self.agreement_undefined = score.undefined;
        self.agreement_samples = Some(score.samples);
        self.warnings.extend(warning);
        self
    }

    /// Fills in what the scores say.
    pub fn scored(mut self, score: Option<Score>, base: Option<Score>) -> Self {
        self.metric = score.as_ref().or(base.as_ref()).map(|score| score.metric);
        self.value = score.as_ref().and_then(Score::value);
        self.base_value = base.as_ref().and_then(Score::value);
        self.undefined = score.as_ref().map_or(0, |score| score.undefined);
        self.base_undefined = base.as_ref().map_or(0, |score| score.undefined);
        if self.metric == Some(Metric::Accuracy) {
            self.accuracy = self.value;
            self.accuracy_interval = score.as_ref().map(wilson);
            self.base_accuracy = self.base_value;
        }
        self.samples = score.map_or(0, |s| s.samples);
        self
    }

    /// Fills in how every output does; the scored one as was filled in before.
    #[must_use]
    pub fn with_outputs(mut self, mut outputs: Vec<OutputView>) -> Self {
        let close = self.agreement.map(|value| (Metric::Agreement, value));
        let close = close.or(self.difference.map(|value| (Metric::Error, value)));
        for output in &mut outputs {
            match (self.metric, close) {
                (Some(_), _) => output.scored(self.metric, self.value, self.base_value),
                (None, Some((metric, value))) => output.scored(Some(metric), Some(value), None),
                (None, None) => {}
            }
        }
        self.outputs = outputs;
        self
    }

    /// A report without scores.
    pub fn new(
        model: ModelReport,
        plan: Plan,
        applied: &Applied,
        onnx: &[u8],
        layers: Vec<LayerReport>,
    ) -> Self {
        Self {
            sepal: env!("CARGO_PKG_VERSION").into(),
            base_bytes: model.bytes,
            base_macs: model.macs,
            onnx: OnnxReport::new(onnx, &model.file),
            model,
            plan,
            parameters: applied.parameters,
            bytes: applied.bytes,
            macs: applied.macs,
            metric: None,
            value: None,
            base_value: None,
            undefined: 0,
            base_undefined: 0,
            accuracy: None,
            accuracy_interval: None,
            base_accuracy: None,
            agreement: None,
            difference: None,
            agreement_undefined: 0,
            agreement_samples: None,
            calibration_samples: None,
            held_out: None,
            chosen_by: None,
            limit_missed: None,
            samples: 0,
            seconds: None,
            reconstruction_error: applied.reconstruction_error,
            partial: Vec::new(),
            tflite: None,
            outputs: Vec::new(),
            notes: applied.notes.clone(),
            warnings: Vec::new(),
            layers,
            device: None,
        }
    }
}
