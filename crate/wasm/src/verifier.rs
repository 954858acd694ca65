//! The device runtime over samples, as a JavaScript class.

use crate::error::{argument, session, to_value};
use crate::evaluator::samples;
use js_sys::{Int32Array, Uint8Array};
use sepal_core::session::{DeviceModel, EvaluateError, Outputs, Samples, SessionError, run_bytes};
use serde::Serialize;
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// Runs an artifact's bytes with the device runtime. Errors are thrown.
#[wasm_bindgen]
pub struct Verifier {
    model: DeviceModel,
    samples: Samples,
    /// The outputs for the slice that was run last.
    last: Option<((usize, usize), Vec<f32>)>,
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
        Ok(Self { model, samples: Samples { shape, ..Samples::default() }, last: None })
    }

    /// Sets the samples, with what `scoring` (as `Evaluator.setSamples` takes it) compares: classes `y` or
    /// wanted outputs `targets`.
    #[wasm_bindgen(js_name = setSamples)]
    pub fn set_samples(
        &mut self,
        x: Vec<f32>,
        y: Vec<i32>,
        targets: Vec<f32>,
        scoring: JsValue,
    ) -> Result<(), JsValue> {
        if self.samples.each() == 0 || !x.len().is_multiple_of(self.samples.each()) {
            return Err(argument("the samples do not have the artifact's shape"));
        }
        let shape = self.samples.shape.iter().map(|d| *d as u32).collect();
        self.samples = samples(x, y, targets, shape, scoring)?;
        self.last = None;
        Ok(())
    }

    /// Runs the samples `from .. to`; gives a `Score`.
    pub fn score(&mut self, from: usize, to: usize) -> Result<JsValue, JsValue> {
        let outputs = self.run(from, to)?;
        let outputs = Outputs::new(&outputs, self.model.output_len());
        to_value(&outputs.score(&self.samples, from).map_err(to_js)?)
    }

    /// How close the artifact's outputs for the samples `from .. to` are to `floats`, those of the float
    /// model (`Evaluator.outputs`): a `Score` of agreement, or of error for metrics that compare no classes.
    pub fn agreement(&mut self, from: usize, to: usize, floats: Vec<f32>) -> Result<JsValue, JsValue> {
        let outputs = self.run(from, to)?;
        let width = self.model.output_len();
        let close = Outputs::new(&outputs, width).agreement(Outputs::new(&floats, width), &self.samples);
        to_value(&close.map_err(to_js)?)
    }

    /// The classes that the artifact chooses for the samples `from .. to`.
    pub fn classes(&mut self, from: usize, to: usize) -> Result<Int32Array, JsValue> {
        let outputs = self.run(from, to)?;
        let classes = Outputs::new(&outputs, self.model.output_len()).classes(self.samples.choosing);
        Ok(Int32Array::from(classes.as_slice()))
    }

    /// The outputs for the samples `from .. to`; those of the last slice are kept.
    fn run(&mut self, from: usize, to: usize) -> Result<Vec<f32>, JsValue> {
        let to = to.min(self.samples.len());
        let from = from.min(to);
        if let Some((_, outputs)) = self.last.as_ref().filter(|(slice, _)| *slice == (from, to)) {
            return Ok(outputs.clone());
        }
        if from == 0 && to > 0 {
            self.model.measure(self.samples.sample(0)).map_err(to_js)?;
        }
        let outputs = self.model.outputs(self.samples.slice(from, to)).map_err(to_js)?;
        self.last = Some(((from, to), outputs.clone()));
        Ok(outputs)
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
