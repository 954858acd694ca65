//! The package of a plan: the artifact with all that a person needs to run it.

use super::device::{DeviceCost, Exported};
use super::report::{DeviceReport, Report, Verified};
use crate::evaluate::DeviceModel;
use crate::export::package::{Contents, PackageFile, Vector, files};
use crate::session::{Metric, Opened, Plan, Score, Session, SessionError};
use std::ffi::OsStr;
use std::path::Path;

/// What is known of a plan, for its package.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// Of the compressed model in float32.
    pub score: Option<Score>,
    /// Of the original.
    pub base: Option<Score>,
    /// Of the artifact.
    pub verified: Option<Verified>,
}

impl Session {
    /// The artifact of `exported`, ready to run samples of this model.
    ///
    /// # Errors
    /// The artifact is not one that the runtime takes, which is a bug.
    pub fn device_model(&self, exported: &Exported) -> Result<DeviceModel, SessionError> {
        let shape = self.opened()?.sample_shape()?;
        let bytes = exported.artifact.bytes.clone();
        Ok(DeviceModel::open(bytes, &shape, exported.permutation.as_deref())?)
    }

    /// Which output artifacts and `TFLite` files give, as the end of a sentence, where the model has more.
    ///
    /// # Errors
    /// No model is open.
    pub fn one_output(&self) -> Result<Option<String>, SessionError> {
        Ok(self.opened()?.one_output())
    }

    /// The report about `plan` and its artifact.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn device_report(
        &self,
        plan: &Plan,
        exported: &Exported,
        known: &Known,
    ) -> Result<Report, SessionError> {
        let mut report = self.report(plan, known.score.clone(), known.base.clone())?;
        let cost = DeviceCost::of(&exported.artifact);
        let (bytes, output) = (&exported.artifact.bytes, &self.opened()?.interface.output);
        report.device = Some(DeviceReport::new(bytes, output, cost, known.verified.clone()));
        Ok(report)
    }

    /// The files of the package of `plan`; `report` and the runtime `header` are what goes into it. The page has
    /// `sepal.h` beside its module, to load it when it is wanted.
    ///
    /// # Errors
    /// As [`Session::apply`].
    pub fn package(
        &self,
        plan: &Plan,
        exported: &Exported,
        report: &Report,
        header: &str,
    ) -> Result<Vec<PackageFile>, SessionError> {
        let opened = self.opened()?;
        let shape = opened.sample_shape()?;
        let mut model = self.device_model(exported)?;
        let each = shape.iter().product::<usize>();
        let first = self.calibration.as_ref().and_then(|c| c.values().get(..each)).map(<[f32]>::to_vec);
        let sample = first.unwrap_or_else(|| vec![0.0; each]);
        let vector = Vector { input: model.input_bytes(&sample), output: model.run(&sample)? };
        let stem = Path::new(&opened.name).file_stem().and_then(OsStr::to_str).unwrap_or(&opened.name);
        Ok(files(&Contents {
            name: stem,
            artifact: &exported.artifact,
            vector,
            header,
            onnx: self.export_onnx(plan)?,
            report: report.to_json(),
            facts: facts(report)
                .into_iter()
                .chain(opened.one_output().map(|o| ("output".into(), o)))
                .collect(),
            layout: layout(exported),
        }))
    }
}

impl Opened {
    /// Which output a device computes, where the model has more.
    fn one_output(&self) -> Option<String> {
        let others = match self.graph.proto().output.len() {
            0 | 1 => return None,
            2 => "the other output of the model is".into(),
            all => format!("the {} other outputs of the model are", all - 1),
        };
        Some(format!("'{}'; {others} left out", self.interface.output))
    }
}

/// How the elements of the input follow each other.
fn layout(exported: &Exported) -> String {
    let Some(input) = exported.artifact.inputs.first() else { return String::new() };
    let order = match (input.c, input.h, input.w) {
        (c, 1, 1) => format!("They are one vector of {c}."),
        (1, h, w) => format!("They are {h} rows of {w}."),
        (c, h, w) => format!("They lie channel by channel: {c} planes of {h} rows of {w}."),
    };
    if exported.permutation.is_some() {
        return format!("{order} The original model takes its channels last.");
    }
    order
}

fn facts(report: &Report) -> Vec<(String, String)> {
    let mut facts = vec![(
        "original".to_owned(),
        format!("{}, {} bytes of weights", report.model.name, report.base_bytes),
    )];
    let mut fact = |label: &str, value: String| facts.push((label.into(), value));
    if let Some(device) = &report.device {
        let cost = &device.cost;
        fact(
            "flash",
            format!(
                "{} bytes of data, about {} bytes of code on a Cortex-M3",
                cost.flash_bytes, cost.code_bytes
            ),
        );
        fact("RAM", format!("{} bytes of arena, and less than 512 bytes of stack", cost.arena_bytes));
        let million = |instructions: f64| format!("{:.3} M", instructions / 1e6);
        let cores = cost.instructions;
        fact(
            "instructions of one inference, estimated",
            format!(
                "{} on a Cortex-M0, {} on an M3, {} on an M4, within {:.0} %",
                million(cores.m0),
                million(cores.m3),
                million(cores.m4),
                100.0 * cost.instructions_error
            ),
        );
        match &device.verified {
            Some(v) => {
                fact(
                    &format!("{} of these bytes", v.score.metric.name()),
                    format!("{}, {} samples run by the device runtime", v.score.text(), v.score.samples),
                );
                let close = match v.agreement.metric {
                    Metric::Agreement => "same class as in float32",
                    _ => "root mean squared difference from float32",
                };
                fact(close, v.agreement.text());
            }
            None => fact("accuracy of these bytes", "not measured: no labelled samples were open".into()),
        }
        fact("CRC-32", device.crc.clone());
    }
    if let (Some(metric), Some(base)) = (report.metric, report.base_value) {
        let unit = if metric.rises() { format!("{base:.2} %") } else { format!("{base:.6}") };
        fact(&format!("{} of the original", metric.name()), unit);
    }
    facts
}
