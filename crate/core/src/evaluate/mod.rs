//! Running models: rten for the float graph, and scores of what comes out.

mod engine;
mod evaluator;
mod score;

pub use engine::{Activations, Engine, EvaluateError, trace_shapes};
pub use evaluator::Evaluator;
pub use score::{Score, arg_max, wilson};
