//! The evaluator, as a JavaScript class.

use crate::error::{from_value, session, to_value};
use js_sys::{Float32Array, Int32Array};
use sepal_core::session::{Choosing, Evaluator as Core, Metric, Samples, SessionError};
use serde::Deserialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Scores models over samples, slice by slice. Errors are thrown.
#[wasm_bindgen]
#[derive(Default)]
pub struct Evaluator {
    core: Core,
}

#[wasm_bindgen]
impl Evaluator {
    /// Without samples and models.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the samples, each of `shape`, with what `scoring` (`{ metric: Metric, choosing: Choosing }`)
    /// compares: classes `y` or wanted outputs `targets`, else none of them.
    #[wasm_bindgen(js_name = setSamples)]
    pub fn set_samples(
        &mut self,
        x: Vec<f32>,
        y: Vec<i32>,
        targets: Vec<f32>,
        shape: Vec<u32>,
        scoring: JsValue,
    ) -> Result<(), JsValue> {
        let samples = samples(x, y, targets, shape, scoring)?;
        self.core.set_samples(samples).map_err(|e| session(&SessionError::from(e)))
    }

    /// Sets the original model.
    #[wasm_bindgen(js_name = setBase)]
    pub fn set_base(&mut self, bytes: Vec<u8>) -> Result<(), JsValue> {
        self.core.set_base(bytes).map_err(|e| session(&SessionError::from(e)))
    }

    /// Sets the model to score; `resume_at` names the value up to which it equals the original.
    #[wasm_bindgen(js_name = setModel)]
    pub fn set_model(&mut self, bytes: Vec<u8>, resume_at: Option<String>) -> Result<(), JsValue> {
        self.core.set_model(bytes, resume_at).map_err(|e| session(&SessionError::from(e)))
    }

    /// Scores the samples `from .. to`; gives a `Score`.
    pub fn score(&mut self, from: usize, to: usize) -> Result<JsValue, JsValue> {
        to_value(&self.core.score(from, to).map_err(|e| session(&SessionError::from(e)))?)
    }

    /// The classes that the model chooses for the samples `from .. to`, as `Int32Array`.
    pub fn classes(&mut self, from: usize, to: usize) -> Result<Int32Array, JsValue> {
        let classes = self.core.classes(from, to).map_err(|e| session(&SessionError::from(e)))?;
        Ok(Int32Array::from(classes.as_slice()))
    }

    /// What the model gives for the samples `from .. to`, one sample after the other, as `Float32Array`.
    pub fn outputs(&mut self, from: usize, to: usize) -> Result<Float32Array, JsValue> {
        let outputs = self.core.outputs(from, to).map_err(|e| session(&SessionError::from(e)))?;
        Ok(Float32Array::from(outputs.as_slice().unwrap_or_default()))
    }
}

/// What samples are scored by, and how outputs choose classes.
#[derive(Deserialize)]
struct Scoring {
    metric: Metric,
    choosing: Choosing,
}

/// Samples as JavaScript hands them over.
pub(crate) fn samples(
    values: Vec<f32>,
    labels: Vec<i32>,
    targets: Vec<f32>,
    shape: Vec<u32>,
    scoring: JsValue,
) -> Result<Samples, JsValue> {
    let shape = shape.into_iter().map(|d| d as usize).collect();
    let Scoring { metric, choosing } = from_value(scoring)?;
    Ok(Samples { values, shape, labels, targets, metric, choosing })
}
