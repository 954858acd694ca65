//! The artifact of a plan, and what it takes on a device.

use crate::device::{Counted, Kernel, code_bytes, instructions, relative_error};
use crate::evaluate::EvaluateError;
use crate::export::ExportError;
use crate::export::artifact::program::Precision;
use crate::export::artifact::{self, Artifact, Forced, Format, Options, Preference, Work};
use crate::export::lower::{Lowered, Ranges, lower};
use crate::graph::Graph;
use crate::session::compile::calibration::Share;
use crate::session::{Opened, Plan, Session, SessionError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// How an artifact is made. The default is the smallest one of 8-bit integers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct ArtifactOptions {
    /// How activations and arithmetic are done.
    pub precision: Precision,
    /// Which format weights are stored in.
    pub preference: Preference,
    /// Formats that are forced, by layer.
    #[serde(with = "named")]
    #[ts(type = "Record<string, Format>")]
    pub formats: BTreeMap<String, Format>,
}

/// Formats on the wire, by their names.
mod named {
    use super::Format;
    use crate::collect::collected;
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::{Serialize, Serializer};
    use std::collections::BTreeMap;

    pub(super) fn serialize<S: Serializer>(
        formats: &BTreeMap<String, Format>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_map(formats.iter().map(|(layer, format)| (layer, format.name())))
    }

    /// # Errors
    /// A name that no format has.
    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<String, Format>, D::Error> {
        let named = BTreeMap::<String, String>::deserialize(deserializer)?;
        let known = |(layer, name): (String, String)| match Format::named(&name) {
            Some(format) => Ok((layer, format)),
            None => Err(D::Error::unknown_variant(&name, &Format::NAMES)),
        };
        let formats: Vec<_> = named.into_iter().map(known).collect::<Result<_, _>>()?;
        Ok(collected(formats))
    }

    /// The one there may be.
    pub(super) fn serialize_one<'a, F, S>(format: &'a F, serializer: S) -> Result<S::Ok, S::Error>
    where
        &'a F: IntoIterator<Item = &'a Format>,
        S: Serializer,
    {
        format.into_iter().next().map(|format| format.name()).serialize(serializer)
    }
}

/// Estimated instructions of one inference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, TS)]
pub struct Instructions {
    /// On a Cortex-M0.
    pub m0: f64,
    /// On a Cortex-M3.
    pub m3: f64,
    /// On a Cortex-M4.
    pub m4: f64,
}

/// What one layer of an artifact takes.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LayerDevice {
    /// The layer, or the value that is computed.
    pub name: String,
    /// What it is executed as.
    #[ts(type = "string")]
    pub kind: Kernel,
    /// How its weights are stored.
    #[serde(serialize_with = "named::serialize_one")]
    #[ts(type = "Format | null")]
    pub format: Option<Format>,
    /// Bytes of its records, weights and tables.
    pub flash_bytes: usize,
    /// Estimated instructions on a Cortex-M3.
    pub m3: f64,
}

/// What an artifact takes: bytes are exact, instructions estimated.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeviceCost {
    /// Bytes of the artifact.
    pub flash_bytes: usize,
    /// Bytes of the arena.
    pub arena_bytes: usize,
    /// Estimated bytes of code, on a Cortex-M3.
    pub code_bytes: usize,
    /// Estimated instructions of one inference.
    pub instructions: Instructions,
    /// Relative error of the estimate.
    pub instructions_error: f64,
    /// Its operations, in order.
    pub layers: Vec<LayerDevice>,
    /// The value that is computed where the arena is fullest.
    pub peak: String,
}

impl DeviceCost {
    /// Of an artifact.
    pub fn of(artifact: &Artifact) -> Self {
        let on = |core, work: &Work| instructions(core, work.kernel, &work.counts);
        let sum = |core| artifact.operations.iter().map(|op| on(core, &op.work)).sum();
        let layers = artifact.operations.iter().map(|op| LayerDevice {
            name: op.layer.clone(),
            kind: op.kind,
            format: op.format,
            flash_bytes: op.bytes,
            m3: on(Counted::M3, &op.work),
        });
        Self {
            flash_bytes: artifact.bytes.len(),
            arena_bytes: artifact.arena_bytes,
            code_bytes: code_bytes(artifact.operations.iter().map(|op| op.work.kernel)),
            instructions: Instructions { m0: sum(Counted::M0), m3: sum(Counted::M3), m4: sum(Counted::M4) },
            instructions_error: relative_error(),
            layers: layers.collect(),
            peak: artifact.peak.clone(),
        }
    }
}

/// An artifact with the order in which its input's axes lie.
#[derive(Clone, Debug)]
pub struct Exported {
    /// The artifact.
    pub artifact: Artifact,
    /// The order of the ONNX input's axes (without the batch) in the artifact's input, where that is
    /// not theirs.
    pub permutation: Option<Vec<usize>>,
}

/// The artifact of `graph`, a compressed form of `opened` with dense weights.
pub(crate) fn export(
    opened: &Opened,
    graph: &Graph,
    ranges: Option<&Ranges>,
    options: &ArtifactOptions,
) -> Result<Exported, SessionError> {
    let Lowered { program, permutation, .. } = lower(graph, &opened.shapes, ranges, options.precision)?;
    let forced = options.formats.iter().map(|(layer, format)| (layer.clone(), Forced::Format(*format)));
    let options = Options {
        preference: options.preference,
        formats: forced.collect(),
        instructions: |work| instructions(Counted::M3, work.kernel, &work.counts),
    };
    Ok(Exported { artifact: artifact::encode(&program, &options)?, permutation })
}

/// Whether the model states the ranges of all values that a device computes.
fn states_ranges(opened: &Opened, graph: &Graph) -> Result<bool, SessionError> {
    Ok(lower(graph, &opened.shapes, None, Precision::Int8)?.assumed.is_empty())
}

impl Session {
    /// The artifact of `plan`.
    ///
    /// # Errors
    /// As [`Session::apply`]; no calibration samples to find the ranges of 8-bit activations; an
    /// operator that the device runtime lacks.
    pub fn export_artifact(&self, plan: &Plan, options: &ArtifactOptions) -> Result<Exported, SessionError> {
        let (graph, ranges) = self.ranged(plan, (options.precision, Share::All))?;
        let opened = self.opened()?;
        export(opened, &graph, ranges.as_ref(), options).map_err(|error| opened.blamed(error))
    }

    /// The compressed model with dense weights, and the ranges of its activations where they are
    /// needed.
    pub(super) fn ranged(
        &self,
        plan: &Plan,
        (precision, share): (Precision, Share),
    ) -> Result<(Graph, Option<Ranges>), SessionError> {
        let (_, graph) = self.applied(plan)?;
        let ranges = match precision {
            Precision::Float => None,
            Precision::Int8 if self.calibration.is_none() && states_ranges(self.opened()?, &graph)? => None,
            Precision::Int8 => Some(self.ranges(&graph, share)?),
        };
        Ok((graph, ranges))
    }

    fn ranges(&self, graph: &Graph, share: Share) -> Result<Ranges, SessionError> {
        let missing = "8-bit activations need calibration samples to find their ranges, and none are open";
        let calibration =
            self.calibration.as_ref().ok_or_else(|| EvaluateError::Interface(missing.into()))?;
        let input = &self.opened()?.interface.input;
        let ranges =
            calibration.ranges(graph.bytes().map_err(ExportError::from)?.to_vec(), (graph, input), share)?;
        if ranges.get(input) == Some(&(0.0, 0.0)) {
            let nothing = "all calibration samples are 0: they say nothing of the ranges that 8-bit activations \
                           need; give samples such as the device will see";
            return Err(EvaluateError::Interface(nothing.into()).into());
        }
        Ok(ranges)
    }
}
