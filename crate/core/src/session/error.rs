//! One error for the shells: what, where, what to do.

use crate::compress::CompressError;
use crate::dataset::DatasetError;
use crate::evaluate::EvaluateError;
use crate::export::ExportError;
use crate::graph::GraphError;
use crate::import::ImportError;
use serde::Serialize;
use ts_rs::TS;

/// An error as the page gets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SepalError {
    /// Kind, for programs.
    pub code: ErrorCode,
    /// Stage of the data flow.
    pub stage: ErrorStage,
    /// Layer or node.
    pub node: Option<String>,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// Kinds of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// No model is open.
    NoModel,
    /// No search has been started.
    NoSearch,
    /// The model has no such layer.
    NoLayer,
    /// No plan stays within the limits.
    NoPlan,
    /// What is said of the model does not fit it.
    Options,
    /// A model file is damaged.
    Malformed,
    /// A model file asks for more than a limit allows.
    Limit,
    /// A file that belongs to a model is not there.
    Missing,
    /// A model file holds what is not read.
    Unsupported,
    /// Samples cannot be used.
    Dataset,
    /// A plan does not fit the model.
    Plan,
    /// The model cannot be run.
    Evaluate,
    /// The model cannot be written.
    Export,
    /// A shell was called with what it does not take.
    Argument,
}

/// Stages of the data flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorStage {
    /// Before any of the others.
    Session,
    /// Reading a model.
    Import,
    /// Reading samples.
    Dataset,
    /// Replacing layers.
    Compress,
    /// Searching for a plan.
    Search,
    /// Running a model.
    Evaluate,
    /// Writing a model.
    Export,
    /// The browser's shell.
    Wasm,
}

/// Why the session could not do what was asked. Its state is unchanged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// No model is open.
    #[error("no model is open")]
    NoModel,
    /// The model file.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The samples.
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    /// The plan.
    #[error(transparent)]
    Compress(#[from] CompressError),
    /// Running the model.
    #[error(transparent)]
    Evaluate(#[from] EvaluateError),
    /// Writing the model.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Operators of a `TFLite` file that ONNX does not have, told with their reasons.
    #[error("a compressed file could be loaded by no runtime: ONNX does not have {0}")]
    Partial(String),
    /// No search is running.
    #[error("no search has been started")]
    NoSearch,
    /// What is said of the model does not fit it.
    #[error("{0}")]
    Options(String),
    /// A layer that the model does not have.
    #[error("the model has no layer '{0}'")]
    NoLayer(String),
}

impl SessionError {
    pub(crate) fn no_model() -> Self {
        Self::NoModel
    }

    pub(crate) fn not_factored(layer: &str) -> Self {
        CompressError::NotFactored(layer.into()).into()
    }

    /// The same with a code, the stage, the layer and a hint, as the page gets it.
    pub fn describe(&self) -> SepalError {
        use {ErrorCode as Code, ErrorStage as Stage};
        let (code, stage, node, hint) = match self {
            Self::NoModel => (Code::NoModel, Stage::Session, None, None),
            Self::NoSearch => (Code::NoSearch, Stage::Session, None, None),
            Self::Options(_) => (Code::Options, Stage::Session, None, None),
            Self::Compress(CompressError::NoPlan { .. }) => {
                (Code::NoPlan, Stage::Search, None, Some(NO_PLAN))
            }
            Self::Import(error) => {
                let code = match error {
                    ImportError::Malformed { .. } => Code::Malformed,
                    ImportError::Limit { .. } => Code::Limit,
                    ImportError::Missing { .. } => Code::Missing,
                    ImportError::Unsupported { .. } => Code::Unsupported,
                };
                (code, Stage::Import, None, Some(error.hint()))
            }
            Self::Dataset(error) => (Code::Dataset, Stage::Dataset, None, Some(error.hint)),
            Self::Compress(error) => (Code::Plan, Stage::Compress, layer_of(error), None),
            Self::Evaluate(_) => (Code::Evaluate, Stage::Evaluate, None, None),
            Self::Export(ExportError::Graph(GraphError::Node { node, .. })) => {
                (Code::Export, Stage::Export, Some(node.clone()), None)
            }
            Self::Export(_) | Self::Partial(_) => (Code::Export, Stage::Export, None, None),
            Self::NoLayer(name) => (Code::NoLayer, Stage::Session, Some(name.clone()), None),
        };
        SepalError { code, stage, node, message: self.to_string(), hint: hint.map(Into::into) }
    }
}

/// What to do where no plan stays within the limits.
const NO_PLAN: &str = "Raise the limit, allow more methods and ways to store values, or unlock layers.";

fn layer_of(error: &CompressError) -> Option<String> {
    match error {
        CompressError::Linalg { layer, .. }
        | CompressError::Setting { layer, .. }
        | CompressError::NotFactored(layer) => Some(layer.clone()),
        CompressError::NoPlan { .. } => None,
    }
}
