//! The browser's shell: turns JavaScript values into calls of a session and back.
//!
//! No method, kernel or format is named here; the page's workers are the only callers.

mod error;
pub mod evaluator;
pub mod plot;
pub mod session;
pub mod verifier;

use js_sys::Reflect;
use sepal_core::session::NeedsWhole;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// The property of the worker's global object that says why the light module ended.
const NEEDS_WHOLE: &str = "needsWhole";

/// Reports panics on the console, and what is left to the whole module to the worker; called once when the module
/// starts.
#[wasm_bindgen(start)]
pub fn start() {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().is::<NeedsWhole>() {
            // The worker's global object takes any property: nothing to handle.
            let _ = Reflect::set(&js_sys::global(), &NEEDS_WHOLE.into(), &JsValue::TRUE);
        } else {
            console_error_panic_hook::hook(panic);
        }
    }));
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
