//! The browser's shell: turns JavaScript values into calls of a session and back.
//!
//! No method, kernel or format is named here; the page's workers are the only callers.

mod error;
mod evaluator;
pub mod plot;
mod session;

use wasm_bindgen::prelude::wasm_bindgen;

/// Reports panics on the console; called once when the module starts.
#[wasm_bindgen(start)]
pub fn start() {
    console_error_panic_hook::set_once();
}

/// The version of Sepal.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}

/// Ends the module by a trap, as a bug would: the page's tests see that nothing is lost by it.
///
/// # Panics
/// Always; that is what it is for.
#[wasm_bindgen(js_name = triggerPanic)]
pub fn trigger_panic() {
    panic!("a panic on request");
}
