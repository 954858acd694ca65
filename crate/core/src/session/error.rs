//! One error for the shells: what, where, what to do.

use super::view::SepalError;
use crate::compress::CompressError;
use crate::dataset::DatasetError;
use crate::evaluate::EvaluateError;
use crate::export::ExportError;
use crate::graph::GraphError;
use crate::import::ImportError;

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

    /// The same with a code, the stage, the layer and a hint, as the page gets it.
    pub fn describe(&self) -> SepalError {
        let (code, stage, node, hint) = match self {
            Self::NoModel => ("no_model", "session", None, None),
            Self::NoSearch => ("no_search", "session", None, None),
            Self::Options(_) => ("options", "session", None, None),
            Self::Compress(CompressError::NoPlan { .. }) => ("no_plan", "search", None, Some(NO_PLAN)),
            Self::Import(error) => {
                let code = match error {
                    ImportError::Malformed { .. } => "malformed",
                    ImportError::Limit { .. } => "limit",
                    ImportError::Missing { .. } => "missing",
                    ImportError::Unsupported { .. } => "unsupported",
                };
                (code, "import", None, Some(error.hint()))
            }
            Self::Dataset(error) => ("dataset", "dataset", None, Some(error.hint)),
            Self::Compress(error) => ("plan", "compress", layer_of(error), None),
            Self::Evaluate(_) => ("evaluate", "evaluate", None, None),
            Self::Export(ExportError::Graph(GraphError::Node { node, .. })) => {
                ("export", "export", Some(node.clone()), None)
            }
            Self::Export(_) | Self::Partial(_) => ("export", "export", None, None),
            Self::NoLayer(name) => ("no_layer", "session", Some(name.clone()), None),
        };
        SepalError {
            code: code.into(),
            stage: stage.into(),
            node,
            message: self.to_string(),
            hint: hint.map(Into::into),
        }
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
