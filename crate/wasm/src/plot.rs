//! Charts.

use crate::error::{argument, from_value, to_value};
use sepal_plot::{Chart, render};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Draws a `Chart`; gives a `Picture`.
#[wasm_bindgen(js_name = renderChart)]
pub fn render_chart(chart: JsValue) -> Result<JsValue, JsValue> {
    let chart: Chart = from_value(chart)?;
    to_value(&render(&chart).map_err(|error| argument(&error.to_string()))?)
}
