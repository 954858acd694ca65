//! The browser's shell: turns JavaScript values into calls of a session and back.
//!
//! No method, kernel or format is named here; the page's workers are the only callers.

mod error;
pub mod evaluator;
pub mod plot;
pub mod session;
pub mod verifier;

use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

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

/// The devices that an artifact is judged by, as `Device[]`.
#[wasm_bindgen]
pub fn devices() -> Result<JsValue, JsValue> {
    error::to_value(&sepal_core::session::devices())
}
