//! Faults of the program itself: a panic, here or in a library, ends as one sentence that says what to report.

use anyhow::{Result, anyhow};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, set_hook};
use std::sync::{Mutex, PoisonError};

/// Where the last panic was, and what it said. Panics happen on the engine's threads too.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Does `work` of the command called `name`. Nothing that it had hold of is used after a panic.
pub(crate) fn caught(name: &str, work: impl FnOnce() -> Result<String>) -> Result<String> {
    set_hook(Box::new(|info| *LAST.lock().unwrap_or_else(PoisonError::into_inner) = told(info)));
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        let inside = LAST.lock().unwrap_or_else(PoisonError::into_inner);
        Err(anyhow!(
            "{name} failed inside {inside}: this is a fault of Sepal; please report it with the model, the \
             samples and this command"
        ))
    })
}

/// The file, without the folders of the machine that the program was built on, the line, and what was said.
fn told(info: &PanicHookInfo) -> String {
    let place = info.location().map_or_else(String::new, |at| {
        let parts: Vec<&str> = at.file().split(['/', '\\']).collect();
        let from =
            parts.iter().rposition(|part| *part == "src").map_or(parts.len() - 1, |at| at.saturating_sub(1));
        format!("{}:{}", parts.get(from..).unwrap_or_default().join("/"), at.line())
    });
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default();
    format!("{place} ({})", text.lines().next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn a_panic_is_one_sentence() {
        let list: Vec<usize> = Vec::new();
        let error = caught("evaluate", || Ok(list[list.len()].to_string())).unwrap_err().to_string();
        assert!(error.starts_with("evaluate failed inside cli/src/fault.rs:"), "{error}");
        assert!(
            error
                .contains("(index out of bounds: the len is 0 but the index is 0): this is a fault of Sepal")
        );
        assert!(!error.contains('\n'));
        // On another thread, as those of the engine are.
        let error = caught("fit", || {
            std::thread::scope(|scope| {
                let thread = scope.spawn(|| -> String { unreachable!("on a thread") });
                Ok(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            })
        });
        assert!(error.unwrap_err().to_string().contains("on a thread"));
        assert_eq!(caught("fit", || Ok("done".into())).unwrap(), "done");
    }
}
