//! Running models: rten for the float graph, the device runtime for artifacts, and scores of what
//! comes out.

mod batch;
mod build;
mod device;
mod engine;
mod evaluator;
mod extent;
mod mend;
mod operators;
mod outputs;
mod padding;
mod refusal;
mod score;
mod undefined;
mod unsound;
mod work;

pub use batch::{Together, is_independent, run_together};
pub(crate) use device::permuted;
pub use device::{DeviceModel, run_bytes};
pub use engine::{Activations, Engine, EvaluateError, Integers, Traces, trace_shapes};
pub use evaluator::Evaluator;
pub(crate) use evaluator::batch_size;
pub use extent::check_extent;
pub use mend::mended;
pub use operators::{blocked, unknown_operators};
pub use outputs::Outputs;
pub use refusal::{Refusal, refused_because};
pub use score::{Score, Z, undefined_text, wilson};
pub use unsound::unsound;
