//! The device runtime over samples, as a JavaScript class.

use crate::error::{argument, session, to_value};
use js_sys::{Int32Array, Uint8Array};
use sepal_core::session::{DeviceModel, EvaluateError, SessionError, run_bytes};
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Runs an artifact's bytes with the device runtime. Errors are thrown.
#[wasm_bindgen]
pub struct Verifier {
    model: DeviceModel,
    each: usize,
    values: Vec<f32>,
}

/// What is known of the artifact.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Info {
    crc: String,
    artifact_bytes: usize,
    arena_bytes: usize,
    high_water_bytes: usize,
}

fn to_js(error: EvaluateError) -> JsValue {
    session(&SessionError::from(error))
}

#[wasm_bindgen]
impl Verifier {
    /// Opens `artifact` for samples of `shape`; `order` is that of `Session.artifactOrder`.
    #[wasm_bindgen(constructor)]
    pub fn new(artifact: Vec<u8>, shape: Vec<u32>, order: Option<Vec<u32>>) -> Result<Self, JsValue> {
        let shape: Vec<usize> = shape.into_iter().map(|d| d as usize).collect();
        let order: Option<Vec<usize>> = order.map(|axes| axes.into_iter().map(|a| a as usize).collect());
        let model = DeviceModel::open(artifact, &shape, order.as_deref()).map_err(to_js)?;
        Ok(Self { model, each: shape.iter().product(), values: Vec::new() })
    }

    /// Sets the samples.
    #[wasm_bindgen(js_name = setSamples)]
    pub fn set_samples(&mut self, x: Vec<f32>) -> Result<(), JsValue> {
        if self.each == 0 || !x.len().is_multiple_of(self.each) {
            return Err(argument("the samples do not have the artifact's shape"));
        }
        self.values = x;
        Ok(())
    }

    /// The classes that the artifact chooses for the samples `from .. to`.
    pub fn classes(&mut self, from: usize, to: usize) -> Result<Int32Array, JsValue> {
        let count = self.values.len() / self.each;
        let to = to.min(count);
        let from = from.min(to);
        let values = &self.values[from * self.each..to * self.each];
        if let Some(first) = values.get(..self.each).filter(|_| from == 0) {
            self.model.measure(first).map_err(to_js)?;
        }
        let classes = self.model.classes(values).map_err(to_js)?;
        Ok(Int32Array::from(classes.as_slice()))
    }

    /// `{ crc, artifactBytes, arenaBytes, highWaterBytes }`; the last after the first samples were run.
    pub fn info(&self) -> Result<JsValue, JsValue> {
        to_value(&Info {
            crc: format!("{:08x}", self.model.crc()),
            artifact_bytes: self.model.artifact_bytes(),
            arena_bytes: self.model.arena_bytes(),
            high_water_bytes: self.model.high_water_bytes(),
        })
    }
}

/// Runs an artifact on the bytes of all its inputs; gives the bytes of all its outputs.
#[wasm_bindgen(js_name = runArtifact)]
pub fn run_artifact(artifact: &[u8], inputs: &[u8]) -> Result<Uint8Array, JsValue> {
    Ok(Uint8Array::from(run_bytes(artifact, inputs).map_err(to_js)?.as_slice()))
}
