//! A question about a model, and the answer.

use crate::plans::plans;
use crate::stage::{Failure, guarded};
use sepal_core::session::{
    ArtifactOptions, Evaluator, File, Metric, ModelView, OpenOptions, Plan, Precision, Preprocessing,
    Samples, Session, SessionError,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{Error, Result};

/// Kinds of files that a plan is written as, and their names.
const PRECISIONS: [(Precision, &str); 2] = [(Precision::Float, "float"), (Precision::Int8, "int8")];

/// A model with samples, and what to do with it.
#[derive(Deserialize)]
pub(crate) struct Question {
    /// The model's file name.
    name: String,
    /// The output that is read; the first where none is named.
    output: Option<String>,
    /// The stages to go through: evaluate, onnx, plans, tflite, artifact.
    work: Vec<String>,
    /// The seed of all plans.
    seed: u64,
    /// Bytes of the model, of the samples and of the calibration samples.
    pub(crate) blobs: Vec<usize>,
    /// Those bytes.
    #[serde(skip)]
    pub(crate) pieces: Vec<Vec<u8>>,
}

impl Question {
    fn asks(&self, stage: &str) -> bool {
        self.work.iter().any(|asked| asked == stage)
    }

    fn piece(&self, index: usize) -> Vec<u8> {
        self.pieces.get(index).cloned().unwrap_or_default()
    }
}

/// What became of each stage.
#[derive(Default)]
pub(crate) struct Answer {
    stages: Vec<Value>,
    pub(crate) pieces: Vec<Vec<u8>>,
}

impl Answer {
    pub(crate) fn line(&self) -> Result<Vec<u8>> {
        let blobs: Vec<usize> = self.pieces.iter().map(Vec::len).collect();
        serde_json::to_vec(&json!({ "stages": self.stages, "blobs": blobs })).map_err(Error::other)
    }

    /// Adds what a stage gave: facts, and blobs whose places are added to them under their names.
    fn add(&mut self, stage: &str, given: std::result::Result<Given, Failure>) {
        let mut entry = match given {
            Err(failure) => failure,
            Ok(Given { mut facts, pieces }) => {
                for (name, bytes) in pieces {
                    facts[name] = self.pieces.len().into();
                    self.pieces.push(bytes);
                }
                facts
            }
        };
        entry["stage"] = stage.into();
        self.stages.push(entry);
    }
}

/// What a stage gave.
struct Given {
    facts: Value,
    pieces: Vec<(&'static str, Vec<u8>)>,
}

/// Goes through all stages.
pub(crate) fn answer(question: &Question) -> Answer {
    let mut answer = Answer::default();
    let mut session = Session::new();
    let opened = guarded(|| open(&mut session, question));
    let view = match &opened {
        Ok((view, _)) => view.clone(),
        Err(failure) => {
            answer.add("open", Err(failure.clone()));
            return answer;
        }
    };
    answer.add("open", Ok(facts(&view)));
    let read = opened.and_then(|(_, options)| guarded(|| samples(&mut session, question, &options)));
    let samples = match read {
        Ok(samples) => samples,
        Err(failure) => {
            answer.add("evaluate", Err(failure));
            return answer;
        }
    };
    if question.asks("evaluate") {
        answer.add("evaluate", guarded(|| outputs(session.base_bytes()?, &samples)));
    }
    if question.asks("onnx") {
        answer.add("onnx", guarded(|| onnx(&session)));
    }
    if question.asks("plans") {
        plan_stages(&mut session, &samples, &view, (question.seed, &mut answer));
    }
    for (precision, name) in PRECISIONS {
        if question.asks("tflite") {
            answer.add(&format!("tflite {name}"), guarded(|| tflite(&session, precision)));
        }
        if question.asks("artifact") {
            answer.add(&format!("artifact {name}"), guarded(|| artifact(&session, &samples, precision)));
        }
    }
    answer
}

type Opened = (ModelView, Preprocessing);

fn open(session: &mut Session, question: &Question) -> std::result::Result<Opened, SessionError> {
    let options = OpenOptions { output: question.output.clone(), ..OpenOptions::default() };
    let view = session.open_model(vec![File::new(question.name.clone(), question.piece(0))], &options)?;
    // Nothing is guessed.
    let preprocessing = Preprocessing {
        scale: Some(vec![1.0]),
        offset: Some(vec![0.0]),
        metric: Some(Metric::Error),
        ..Preprocessing::default()
    };
    Ok((view, preprocessing))
}

fn facts(view: &ModelView) -> Given {
    let problems: Vec<_> = view.problems.iter().map(|p| json!([p.effect, p.op, p.reason])).collect();
    let facts = json!({
        "inputs": view.inputs,
        "outputs": view.outputs,
        "output": view.output,
        "evaluation": view.evaluation,
        "warnings": view.warnings,
        "problems": problems,
        "layers": view.layers.len(),
    });
    Given { facts, pieces: Vec::new() }
}

fn samples(
    session: &mut Session,
    question: &Question,
    options: &Preprocessing,
) -> std::result::Result<Samples, SessionError> {
    let npz = |index| vec![File { name: "x.npz".into(), bytes: question.piece(index) }];
    session.open_samples("x.npz", npz(1), options)?;
    if question.blobs.len() > 2 {
        session.open_calibration("x.npz", npz(2), options)?;
    }
    Ok(session.take_samples().unwrap_or_default())
}

/// What the model `bytes` gives for the samples.
fn outputs(bytes: Vec<u8>, samples: &Samples) -> std::result::Result<Given, SessionError> {
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples.clone())?;
    evaluator.set_model(bytes, None)?;
    let found = evaluator.class_scores()?;
    let shape = [found.nrows(), found.ncols()];
    let bytes = found.iter().flat_map(|value| value.to_le_bytes()).collect();
    Ok(Given { facts: json!({ "shape": shape }), pieces: vec![("outputs", bytes)] })
}

fn plan_stages(
    session: &mut Session,
    samples: &Samples,
    view: &ModelView,
    (seed, answer): (u64, &mut Answer),
) {
    for (name, plan) in plans(view, seed) {
        let given = guarded(|| {
            session.factor(&plan)?;
            let (_, bytes) = session.apply(&plan)?;
            let mut given = outputs(bytes, samples)?;
            given.pieces.push(("onnx", session.export_onnx(&plan)?));
            given.facts["plan"] = serde_json::to_value(&plan).unwrap_or_default();
            Ok::<_, SessionError>(given)
        });
        answer.add(&format!("plan {name}"), given);
    }
}

/// The model as ONNX, whatever its file is.
fn onnx(session: &Session) -> std::result::Result<Given, SessionError> {
    let bytes = session.export_onnx(&Plan::default())?;
    Ok(Given { facts: json!({}), pieces: vec![("file", bytes)] })
}

fn tflite(session: &Session, precision: Precision) -> std::result::Result<Given, SessionError> {
    let file = session.export_tflite(&Plan::default(), precision)?;
    Ok(Given { facts: json!({}), pieces: vec![("file", file.bytes)] })
}

/// The artifact, the bytes that it reads and gives for each sample, and the numbers that these stand for.
fn artifact(
    session: &Session,
    samples: &Samples,
    precision: Precision,
) -> std::result::Result<Given, SessionError> {
    let options = ArtifactOptions { precision, ..ArtifactOptions::default() };
    let exported = session.export_artifact(&Plan::default(), &options)?;
    let mut model = session.device_model(&exported)?;
    let (mut read, mut given) = (Vec::new(), Vec::new());
    for index in 0..samples.len() {
        read.extend(model.input_bytes(samples.sample(index)));
        given.extend(model.run(samples.sample(index))?);
    }
    let found = model.outputs(&samples.values)?;
    let shape = [samples.len(), model.output_len()];
    let outputs = found.iter().flat_map(|value| value.to_le_bytes()).collect();
    let pieces = vec![
        ("file", exported.artifact.bytes.clone()),
        ("read", read),
        ("given", given),
        ("outputs", outputs),
    ];
    let permutation = &exported.permutation;
    Ok(Given { facts: json!({ "shape": shape, "permutation": permutation }), pieces })
}
