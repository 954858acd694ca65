//! The files of a report: what was opened, and what was written.

use crate::dataset::Metric;
use crate::evaluate::Score;
use crate::export::artifact::program::Precision;
use crate::session::handout::device::DeviceCost;
use crate::session::open::file::FileReport;
use sepal_runtime::stated_crc;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use ts_rs::TS;

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
    pub(super) fn new(bytes: &[u8], original: &FileReport) -> Self {
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

/// What running an artifact's bytes over the evaluation samples has shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Its score, by the metric of the samples.
    pub score: Score,
    /// How close it is to the same compressed model in float32: samples on which both choose the same class;
    /// for metrics that compare none, the root mean squared difference of the outputs.
    pub agreement: Score,
    /// Bytes of the arena that were written.
    pub high_water_bytes: usize,
    /// CRC-32 of the artifact, 8 hexadecimal digits.
    pub crc: String,
}
