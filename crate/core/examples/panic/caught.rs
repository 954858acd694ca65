//! Panics as sentences, for the examples that go on after one.

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

/// What `work` gives, or where it panicked. Nothing that it had hold of is used after a panic.
pub(crate) fn caught<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| PANIC.lock().unwrap_or_else(PoisonError::into_inner).clone())
}
