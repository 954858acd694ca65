//! One stage of a case: what it gave, what it said, or where it panicked.

use crate::caught::caught;
use serde_json::{Value, json};
use std::fmt::Display;

/// Why a stage gave nothing, as an entry of the answer.
pub(crate) type Failure = Value;

/// What `work` gives, whatever panics on the way.
pub(crate) fn guarded<T, E: Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, Failure> {
    match caught(work) {
        Ok(Ok(given)) => Ok(given),
        Ok(Err(said)) => Err(json!({ "refused": said.to_string() })),
        Err(said) => Err(json!({ "panic": said })),
    }
}
