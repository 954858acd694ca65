//! One stage of a case: what it gave, what it said, or where it panicked.

use serde_json::{Value, json};
use std::fmt::Display;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

/// Where the last panic was, and what it said.
static PANIC: Mutex<String> = Mutex::new(String::new());

/// Has panics leave their place, without the path of this machine's packages, and their message.
pub(crate) fn remember_panics() {
    set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |place| {
            let parts: Vec<&str> = place.file().split(['/', '\\']).collect();
            let source = parts.iter().rposition(|part| *part == "src").unwrap_or(0);
            format!("{}:{}", parts[source.saturating_sub(1)..].join("/"), place.line())
        });
        let said = info.payload_as_str().unwrap_or("without a message");
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = format!("in {place}: {said}");
    }));
}

/// Why a stage gave nothing, as an entry of the answer.
pub(crate) type Failure = Value;

/// What `work` gives, whatever panics on the way.
pub(crate) fn guarded<T, E: Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, Failure> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(given)) => Ok(given),
        Ok(Err(said)) => Err(json!({ "refused": said.to_string() })),
        Err(_) => {
            let said = PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone();
            Err(json!({ "panic": said }))
        }
    }
}
