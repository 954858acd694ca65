//! `report.json`: what was done to a model, what it costs now, and what it scores. Keys are stable.

mod file;
mod layer;

pub use file::{TfliteReport, Verified};

pub(super) use file::DeviceReport;

use file::OnnxReport;
use layer::{LayerReport, ModelReport};

use super::results::Applied;
use crate::compress::Plan;
use crate::cost;
use crate::dataset::Metric;
use crate::evaluate::{Score, wilson};
use crate::session::compile::held_out::HeldOut;
use crate::session::view::OutputView;
use crate::session::{Session, SessionError};
use serde::Serialize;

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

impl Session {
    /// The report about `plan`, with what the evaluation gave.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn report(
        &self,
        plan: &Plan,
        score: Option<Score>,
        base: Option<Score>,
    ) -> Result<Report, SessionError> {
        let opened = self.opened()?;
        let (applied, _) = self.apply(plan)?;
        let onnx = self.export_onnx(plan)?;
        let layers = opened.layers.iter().zip(&applied.layers);
        let layers = layers.map(|(layer, result)| {
            let original = cost::original(&opened.graph, layer);
            LayerReport::new(layer, plan, result, original)
        });
        let model: ModelReport = opened.report();
        let report = Report::new(model, self.effective(plan), &applied, &onnx, layers.collect());
        let report = report.scored(score, base).noted(&opened.notes());
        let mut report = report.compared(self.held_out(plan)?);
        report.partial = opened.partial();
        if let Some(calibration) = &self.calibration {
            report.calibration_samples = Some(calibration.samples());
            report.held_out = Some(calibration.held_out_samples());
        }
        report.notes.extend(self.too_few());
        let chose = self.search.as_ref().is_some_and(|search| search.chose_by_labels(&report.plan));
        report.chosen_by = (chose && report.metric.is_some()).then_some(Chooser::Evaluation);
        Ok(report)
    }
}
