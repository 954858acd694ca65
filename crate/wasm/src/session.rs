//! The session, as a JavaScript class.

use crate::error::{argument, from_value, session as to_js, to_value};
use js_sys::{Array, Float32Array, Int32Array, Reflect, Uint8Array};
use sepal_core::session::{
    ArtifactOptions, DeviceCost, Evaluator, Exported, File, Known, OpenOptions, Plan, Precision,
    Preprocessing, Samples, Score, SearchRequest, Session as Core, Task, archive,
};
use wasm_bindgen::prelude::{JsValue, wasm_bindgen};

/// One model with its samples and factors. Errors are thrown and leave the session as it was.
#[wasm_bindgen]
#[derive(Default)]
pub struct Session {
    core: Core,
    /// What the page takes out, piece by piece.
    samples: Samples,
    /// The first samples, kept to judge searches by.
    judging: Option<Samples>,
    applied: Vec<u8>,
    /// The artifact that was made last, and its plan.
    exported: Option<(Plan, Exported)>,
}

/// Samples that judge a search.
const JUDGING: usize = 1000;

#[wasm_bindgen]
impl Session {
    /// An empty session.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Opens a model from `[{ name, bytes }]` by `OpenOptions`; gives a `ModelView`.
    #[wasm_bindgen(js_name = openModel)]
    pub fn open_model(&mut self, files: &Array, options: JsValue) -> Result<JsValue, JsValue> {
        let options: OpenOptions = from_value(options)?;
        let view = self.core.open_model(read_files(files)?, &options).map_err(|e| to_js(&e))?;
        (self.judging, self.exported) = (None, None);
        to_value(&view)
    }

    /// The original model as it is evaluated.
    #[wasm_bindgen(js_name = baseBytes)]
    pub fn base_bytes(&self) -> Result<Uint8Array, JsValue> {
        let bytes = self.core.base_bytes().map_err(|e| to_js(&e))?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// Opens samples from `[{ name, bytes }]` by `Preprocessing`; gives a `SamplesView`.
    #[wasm_bindgen(js_name = openSamples)]
    pub fn open_samples(&mut self, name: &str, files: &Array, options: JsValue) -> Result<JsValue, JsValue> {
        let options: Preprocessing = from_value(options)?;
        let view = self.core.open_samples(name, read_files(files)?, &options).map_err(|e| to_js(&e))?;
        if let Some(samples) = self.core.take_interleaved() {
            let first: Vec<usize> = (0..samples.len().min(JUDGING)).collect();
            self.judging = Some(samples.picked(&first));
            self.samples = samples;
        }
        to_value(&view)
    }

    /// Opens unlabelled samples to fit to from `[{ name, bytes }]` by `Preprocessing`; gives a
    /// `CalibrationView`.
    #[wasm_bindgen(js_name = openCalibration)]
    pub fn open_calibration(
        &mut self,
        name: &str,
        files: &Array,
        options: JsValue,
    ) -> Result<JsValue, JsValue> {
        let options: Preprocessing = from_value(options)?;
        let view = self.core.open_calibration(name, read_files(files)?, &options);
        to_value(&view.map_err(|e| to_js(&e))?)
    }

    /// What is known of the model now, as a `ModelView`: samples may have told sizes that its file leaves open.
    pub fn view(&self) -> Result<JsValue, JsValue> {
        to_value(&self.core.view().map_err(|e| to_js(&e))?)
    }

    /// Every output under a plan whose layers have been factored, as `OutputView[]`: measured on the labelled samples
    /// that are open, else on those to fit to.
    pub fn outputs(&self, plan: JsValue) -> Result<JsValue, JsValue> {
        let plan: Plan = from_value(plan)?;
        let calibration = self.core.unlabelled().ok().flatten();
        let fitted = calibration.as_ref().map(Evaluator::set);
        let samples = self.judging.as_ref().or(fitted).cloned().unwrap_or_default();
        to_value(&self.core.outputs(Some(&plan), &samples).map_err(|e| to_js(&e))?)
    }

    /// Starts a search for a plan from a `SearchRequest`. The labelled samples that are open judge it
    /// where it is limited by a loss.
    #[wasm_bindgen(js_name = startSearch)]
    pub fn start_search(&mut self, request: JsValue) -> Result<(), JsValue> {
        let request: SearchRequest = from_value(request)?;
        let judging = request.max_loss.and(self.judging.clone()).map(|samples| {
            let mut evaluator = Evaluator::default();
            evaluator.set_samples(samples).map(|()| evaluator)
        });
        let labelled = judging.transpose().map_err(|e| to_js(&e.into()))?;
        self.core.start_search(request, labelled).map_err(|e| to_js(&e))
    }

    /// One step of the search; gives a `SearchProgress`.
    #[wasm_bindgen(js_name = stepSearch)]
    pub fn step_search(&mut self) -> Result<JsValue, JsValue> {
        to_value(&self.core.step_search().map_err(|e| to_js(&e))?)
    }

    /// Hands over the samples' values; a second call gives none.
    #[wasm_bindgen(js_name = samplesX)]
    pub fn samples_x(&mut self) -> Float32Array {
        Float32Array::from(std::mem::take(&mut self.samples.values).as_slice())
    }

    /// Hands over the samples' classes; a second call gives none.
    #[wasm_bindgen(js_name = samplesY)]
    pub fn samples_y(&mut self) -> Int32Array {
        Int32Array::from(std::mem::take(&mut self.samples.labels).as_slice())
    }

    /// Hands over the wanted outputs of the metric `error`, sample after sample; a second call gives none.
    #[wasm_bindgen(js_name = samplesTargets)]
    pub fn samples_targets(&mut self) -> Float32Array {
        Float32Array::from(std::mem::take(&mut self.samples.targets).as_slice())
    }

    /// The `Task`s to do before `apply` works on the plan.
    pub fn pending(&self, plan: JsValue) -> Result<JsValue, JsValue> {
        let plan: Plan = from_value(plan)?;
        to_value(&self.core.pending(&plan).map_err(|e| to_js(&e))?)
    }

    /// Does one step of a task; gives a `TaskProgress`.
    pub fn advance(&mut self, task: JsValue, plan: JsValue) -> Result<JsValue, JsValue> {
        let (task, plan): (Task, Plan) = (from_value(task)?, from_value(plan)?);
        to_value(&self.core.advance(&task, &plan).map_err(|e| to_js(&e))?)
    }

    /// The cost tables of a layer, as `MethodView[]`.
    pub fn costs(&self, layer: &str) -> Result<JsValue, JsValue> {
        to_value(&self.core.costs(layer).map_err(|e| to_js(&e))?)
    }

    /// Compresses the model; gives an `Applied`.
    pub fn apply(&mut self, plan: JsValue) -> Result<JsValue, JsValue> {
        let plan: Plan = from_value(plan)?;
        let (applied, bytes) = self.core.apply(&plan).map_err(|e| to_js(&e))?;
        self.applied = bytes;
        to_value(&applied)
    }

    /// The file that the last `apply` made, for evaluation.
    #[wasm_bindgen(js_name = appliedBytes)]
    pub fn applied_bytes(&self) -> Uint8Array {
        Uint8Array::from(self.applied.as_slice())
    }

    /// The singular values of a layer, as a `Spectrum`.
    pub fn spectrum(&mut self, layer: &str) -> Result<JsValue, JsValue> {
        to_value(&self.core.spectrum(layer).map_err(|e| to_js(&e))?)
    }

    /// The compressed model for download.
    #[wasm_bindgen(js_name = exportOnnx)]
    pub fn export_onnx(&self, plan: JsValue) -> Result<Uint8Array, JsValue> {
        let plan: Plan = from_value(plan)?;
        let bytes = self.core.export_onnx(&plan).map_err(|e| to_js(&e))?;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// The compressed model for download as `TFLite`, by a `Precision`.
    #[wasm_bindgen(js_name = exportTflite)]
    pub fn export_tflite(&self, plan: JsValue, precision: JsValue) -> Result<Uint8Array, JsValue> {
        let (plan, precision): (Plan, Precision) = (from_value(plan)?, from_value(precision)?);
        let bytes = self.core.export_tflite(&plan, precision).map_err(|e| to_js(&e))?.bytes;
        Ok(Uint8Array::from(bytes.as_slice()))
    }

    /// Makes the artifact of the plan by `ArtifactOptions`; gives its `DeviceCost`.
    #[wasm_bindgen(js_name = makeArtifact)]
    pub fn make_artifact(&mut self, plan: JsValue, options: JsValue) -> Result<JsValue, JsValue> {
        let (plan, options): (Plan, ArtifactOptions) = (from_value(plan)?, from_value(options)?);
        let exported = self.core.export_artifact(&plan, &options).map_err(|e| to_js(&e))?;
        let cost = DeviceCost::of(&exported.artifact);
        self.exported = Some((plan, exported));
        to_value(&cost)
    }

    /// The bytes of the artifact that was made last.
    #[wasm_bindgen(js_name = artifactBytes)]
    pub fn artifact_bytes(&self) -> Result<Uint8Array, JsValue> {
        Ok(Uint8Array::from(self.made()?.1.artifact.bytes.as_slice()))
    }

    /// The order of the model's input axes in that artifact, `null` where it is theirs.
    #[wasm_bindgen(js_name = artifactOrder)]
    pub fn artifact_order(&self) -> Result<JsValue, JsValue> {
        to_value(&self.made()?.1.permutation)
    }

    /// The package of that artifact as a zip archive, with what is known of it: `Score | null` of the
    /// compressed and of the original model, and `Verified | null`; `header` is the runtime, `sepal.h`.
    #[wasm_bindgen(js_name = exportPackage)]
    pub fn export_package(
        &self,
        score: JsValue,
        base_score: JsValue,
        verified: JsValue,
        header: &str,
    ) -> Result<Uint8Array, JsValue> {
        let known = Known {
            score: from_value(score)?,
            base: from_value(base_score)?,
            verified: from_value(verified)?,
        };
        let (plan, exported) = self.made()?;
        let report = self.core.device_report(plan, exported, &known).map_err(|e| to_js(&e))?;
        let files = self.core.package(plan, exported, &report, header).map_err(|e| to_js(&e))?;
        let archive = archive(&files).map_err(|e| to_js(&e.into()))?;
        Ok(Uint8Array::from(archive.as_slice()))
    }

    fn made(&self) -> Result<&(Plan, Exported), JsValue> {
        self.exported.as_ref().ok_or_else(|| argument("no artifact has been made"))
    }

    /// `report.json` about the plan and its scores (`Score | null`).
    #[wasm_bindgen(js_name = exportReport)]
    pub fn export_report(
        &self,
        plan: JsValue,
        score: JsValue,
        base_score: JsValue,
    ) -> Result<Uint8Array, JsValue> {
        let plan: Plan = from_value(plan)?;
        let (score, base): (Option<Score>, Option<Score>) = (from_value(score)?, from_value(base_score)?);
        let report = self.core.report(&plan, score, base).map_err(|e| to_js(&e))?;
        Ok(Uint8Array::from(report.to_json().as_bytes()))
    }
}

fn read_files(files: &Array) -> Result<Vec<File>, JsValue> {
    files.iter().map(|file| read_file(&file)).collect()
}

fn read_file(file: &JsValue) -> Result<File, JsValue> {
    let field = |key: &str| Reflect::get(file, &key.into());
    let name = field("name")?.as_string().ok_or_else(|| argument("a file needs a name"))?;
    Ok(File { name, bytes: Uint8Array::new(&field("bytes")?).to_vec() })
}
