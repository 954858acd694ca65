//! The one way from a Rust error to a JavaScript one.

use js_sys::{Error, Reflect};
use sepal_core::session::{ErrorCode, ErrorStage, SepalError, SessionError};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// A JavaScript `Error` that carries code, stage, node, message and hint.
pub(crate) fn to_js(error: &SepalError) -> JsValue {
    let js = Error::new(&error.message);
    let set = |key: &str, value: &JsValue| {
        // An ordinary object takes any property: nothing to handle.
        let _ = Reflect::set(&js, &key.into(), value);
    };
    set("code", &word(error.code));
    set("stage", &word(error.stage));
    set("node", &error.node.as_deref().map_or(JsValue::NULL, Into::into));
    set("hint", &error.hint.as_deref().map_or(JsValue::NULL, Into::into));
    js.into()
}

/// A unit variant as the page calls it.
fn word(variant: impl Serialize) -> JsValue {
    serde_wasm_bindgen::to_value(&variant).unwrap_or(JsValue::NULL)
}

pub(crate) fn session(error: &SessionError) -> JsValue {
    to_js(&error.describe())
}

/// An error of this shell itself: arguments that are not what they should be.
pub(crate) fn argument(message: &str) -> JsValue {
    to_js(&SepalError {
        code: ErrorCode::Argument,
        stage: ErrorStage::Wasm,
        node: None,
        message: message.into(),
        hint: None,
    })
}

/// `value` as a plain JavaScript object; maps become objects too.
pub(crate) fn to_value<T: Serialize>(value: &T) -> Result<JsValue, JsValue> {
    let serializer = serde_wasm_bindgen::Serializer::json_compatible();
    value.serialize(&serializer).map_err(|error| argument(&error.to_string()))
}

/// A Rust value from a JavaScript one.
pub(crate) fn from_value<T: serde::de::DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    serde_wasm_bindgen::from_value(value).map_err(|error| argument(&error.to_string()))
}
