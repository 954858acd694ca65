//! The `TFLite` file of a plan.

use super::{Plan, Precision, Session, SessionError};
use crate::export::lower::lower_large;
use crate::export::{ExportError, tflite};
use crate::graph::Graph;

impl Session {
    /// The compressed model as a `TFLite` file: float32 throughout, or int8 from input to output.
    ///
    /// # Errors
    /// As [`Session::apply`]; no calibration samples to find the ranges of 8-bit activations; all
    /// operators that the file cannot hold, at once.
    pub fn export_tflite(&self, plan: &Plan, precision: Precision) -> Result<Vec<u8>, SessionError> {
        let (bytes, ranges) = self.ranged(plan, precision)?;
        let graph = Graph::decode(bytes).map_err(ExportError::from)?;
        let lowered = lower_large(&graph, &self.opened()?.shapes, ranges.as_ref(), precision);
        let lowered = lowered.map_err(|error| match error {
            ExportError::Unsupported(missing) => {
                ExportError::Tflite(missing.iter().map(ToString::to_string).collect())
            }
            error => error,
        })?;
        Ok(tflite::encode(&lowered.program)?)
    }
}
