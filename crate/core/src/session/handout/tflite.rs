//! The `TFLite` file of a plan, and what running it gives.

use crate::evaluate::permuted;
use crate::export::lower::{Lowered, lower_large};
use crate::export::tflite::{self, Encoded};
use crate::export::{ExportError, Interface, evaluation};
use crate::graph::declared_inputs;
use crate::import;
use crate::session::compile::calibration::Share;
use crate::session::{EvaluateError, Evaluator, Plan, Precision, Samples, Session, SessionError};
use ndarray::Array2;

/// A `TFLite` file, and how samples of this model go into it.
#[derive(Clone, Debug)]
pub struct ExportedTflite {
    /// The file.
    pub bytes: Vec<u8>,
    /// For each element of the file's input, its place in a sample.
    input: Vec<usize>,
    /// For each element of the model's output, its place in that of the file.
    output: Option<Vec<usize>>,
}

impl ExportedTflite {
    fn new(encoded: Encoded, shape: &[usize], permutation: Option<&[usize]>) -> Self {
        let own: Vec<usize> = (0..shape.len()).collect();
        // Of the program's input; then those of the file's.
        let program = permuted(shape, permutation.unwrap_or(&own));
        let input = match &encoded.input {
            Some(places) => places.iter().filter_map(|place| program.get(*place).copied()).collect(),
            None => program,
        };
        let output = encoded.output.map(|places| {
            let mut back = vec![0; places.len()];
            places.iter().enumerate().for_each(|(at, place)| back[*place] = at);
            back
        });
        Self { bytes: encoded.bytes, input, output }
    }

    /// What this very file gives for `samples`, as real numbers in the order of the model: samples x values. The
    /// file is read again, and its whole numbers are those of the file at every step.
    ///
    /// # Errors
    /// The file cannot be read again or run.
    pub fn outputs(&self, samples: &Samples) -> Result<Array2<f32>, SessionError> {
        let files = vec![("written.tflite".to_owned(), self.bytes.clone())];
        let import::Imported { graph, problems, .. } = import::model(files)?;
        if let Some(problem) = problems.iter().find(|p| p.effect == import::Effect::Evaluation) {
            let reason = format!("{} '{}' ({})", problem.op, problem.node, problem.reason);
            return Err(EvaluateError::Load(reason).into());
        }
        let inputs = declared_inputs(&graph);
        let interface = Interface::of(&graph, &inputs, None).map_err(EvaluateError::Interface)?;
        let mut evaluator = Evaluator::default();
        evaluator.set_samples(Samples {
            values: self.fed(samples),
            shape: interface.shape.get(1..).unwrap_or_default().to_vec(),
            metric: crate::dataset::Metric::Agreement,
            ..Samples::default()
        })?;
        evaluator.set_model(evaluation(&graph, &[], &interface)?, None)?;
        Ok(self.ordered(evaluator.class_scores()?))
    }

    /// `samples` in the order of the file's input; reading the file again makes real numbers of its ends.
    fn fed(&self, samples: &Samples) -> Vec<f32> {
        let rows = samples.values.chunks_exact(self.input.len().max(1));
        rows.flat_map(|row| self.input.iter().filter_map(|place| row.get(*place).copied())).collect()
    }

    fn ordered(&self, outputs: Array2<f32>) -> Array2<f32> {
        match &self.output {
            Some(places) if places.len() == outputs.ncols() => {
                outputs.select(ndarray::Axis(1), places).as_standard_layout().into_owned()
            }
            _ => outputs,
        }
    }
}

impl Session {
    /// The compressed model as a `TFLite` file: float32 throughout, or int8 from input to output.
    ///
    /// # Errors
    /// As [`Session::apply`]; no calibration samples to find the ranges of 8-bit activations; all
    /// operators that the file cannot hold, at once.
    pub fn export_tflite(&self, plan: &Plan, precision: Precision) -> Result<ExportedTflite, SessionError> {
        self.tflite_by(plan, precision, Share::All)
    }

    /// The same with the ranges of the samples that are fitted to alone: figures of it on those held out are of
    /// samples that had no part in making it.
    ///
    /// # Errors
    /// As [`Session::export_tflite`].
    pub fn unseen_tflite(&self, plan: &Plan, precision: Precision) -> Result<ExportedTflite, SessionError> {
        self.tflite_by(plan, precision, Share::Fitted)
    }

    fn tflite_by(
        &self,
        plan: &Plan,
        precision: Precision,
        share: Share,
    ) -> Result<ExportedTflite, SessionError> {
        let (graph, ranges) = self.ranged(plan, (precision, share))?;
        let opened = self.opened()?;
        let lowered = lower_large(&graph, &opened.shapes, ranges.as_ref(), precision);
        let Lowered { program, permutation, .. } =
            lowered.map_err(|error| match opened.blamed(error.into()) {
                SessionError::Export(ExportError::Unsupported(missing)) => {
                    ExportError::Tflite(missing.iter().map(ToString::to_string).collect()).into()
                }
                error => error,
            })?;
        let shape = opened.interface.shape.get(1..).unwrap_or_default();
        Ok(ExportedTflite::new(tflite::encode(&program)?, shape, permutation.as_deref()))
    }
}
