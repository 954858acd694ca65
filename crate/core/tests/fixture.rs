//! Every file of tests/fixture is opened, and does what its manifest says.

use sepal_core::session::{Evaluator, File, OpenOptions, Preprocessing, Session};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What is expected of a file: an error with this text, or all that is given.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    #[serde(default)]
    opens: bool,
    /// The error says this, and more.
    error: Option<String>,
    /// Layers of a model.
    layers: Option<usize>,
    /// Whether a model can be run.
    evaluates: Option<bool>,
    /// Why not.
    problem: Option<String>,
    /// Samples in data.
    samples: Option<usize>,
    /// How many of them the entry's model classifies right.
    correct: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    file: String,
    /// Files that belong to it.
    #[serde(default)]
    with: Vec<String>,
    kind: String,
    made_by: String,
    /// For data: the model that it is for.
    model: Option<String>,
    expect: Expect,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixture")
}

fn manifest() -> Vec<Entry> {
    let text = fs::read_to_string(folder().join("manifest.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn file(path: &str) -> File {
    let name = path.rsplit('/').next().unwrap();
    File::new(name, fs::read(folder().join(path)).unwrap_or_else(|error| panic!("{path}: {error}")))
}

fn files(entry: &Entry) -> Vec<File> {
    [&entry.file].into_iter().chain(&entry.with).map(|path| file(path)).collect()
}

/// What is wrong, if anything is.
fn check(entry: &Entry) -> Result<(), String> {
    let wanted = entry.expect.error.as_deref();
    let found = if entry.model.is_some() { check_data(entry) } else { check_model(entry) };
    match (found, wanted) {
        (Err(error), Some(text)) if error.contains(text) && !error.contains('\n') => Ok(()),
        (Ok(()), None) => Ok(()),
        (Ok(()), Some(text)) => Err(format!("it opens, where '{text}' is expected")),
        (Err(error), _) => Err(error),
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, found: T, wanted: Option<T>) -> Result<(), String> {
    match wanted {
        Some(wanted) if found != wanted => Err(format!("{what}: {found:?}, not {wanted:?}")),
        _ => Ok(()),
    }
}

fn check_model(entry: &Entry) -> Result<(), String> {
    let mut session = Session::new();
    let view = session.open_model(files(entry), &OpenOptions::default()).map_err(|e| e.to_string())?;
    equal("layers", view.layers.len(), entry.expect.layers)?;
    equal("evaluates", view.evaluation.is_none(), entry.expect.evaluates)?;
    let problem = view.evaluation.unwrap_or_default();
    match &entry.expect.problem {
        Some(text) if !problem.contains(text) => Err(format!("'{problem}' does not say '{text}'")),
        _ => Ok(()),
    }
}

fn check_data(entry: &Entry) -> Result<(), String> {
    let mut session = Session::new();
    let model = entry.model.as_deref().unwrap();
    session.open_model(vec![file(model)], &OpenOptions::default()).unwrap();
    let asked = Preprocessing::default();
    let view = session.open_samples(&entry.file, files(entry), &asked).map_err(|e| e.to_string())?;
    equal("samples", view.samples, entry.expect.samples)?;
    let samples = session.take_interleaved().unwrap();
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples).map_err(|e| e.to_string())?;
    evaluator.set_model(session.base_bytes().unwrap(), None).map_err(|e| e.to_string())?;
    let score = evaluator.score(0, view.samples).map_err(|e| e.to_string())?;
    equal("correct", score.correct, entry.expect.correct)
}

#[test]
fn every_file_does_what_the_manifest_says() {
    let entries = manifest();
    let wrong = entries.iter().filter_map(|entry| Some(format!("{}: {}", entry.file, check(entry).err()?)));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn padding_that_the_engine_would_lay_wrong_is_refused() {
    let evaluation = |side: usize| {
        let options = OpenOptions { sizes: [("side".into(), side)].into(), ..OpenOptions::default() };
        let model = file("model/lower-open.onnx");
        Session::new().open_model(vec![model], &options).unwrap().evaluation
    };
    assert_eq!(evaluation(7), None);
    let refused = evaluation(6).unwrap();
    assert!(
        refused.contains("no operator Conv with auto_pad SAME_LOWER where that is uneven ('conv')"),
        "{refused}"
    );
}

#[test]
fn the_manifest_names_every_file_and_enough_of_them() {
    let entries = manifest();
    let named: BTreeSet<&str> =
        entries.iter().flat_map(|e| [&e.file].into_iter().chain(&e.with)).map(String::as_str).collect();
    for group in ["model", "data", "tflite"] {
        for found in fs::read_dir(folder().join(group)).unwrap() {
            let path = format!("{group}/{}", found.unwrap().file_name().to_str().unwrap());
            // What the outputs of the models are is a table beside them.
            assert!(
                path.ends_with("expected.json") || named.contains(path.as_str()),
                "{path} is not in the manifest"
            );
        }
    }
    let broken = entries.iter().filter(|entry| entry.expect.error.is_some()).count();
    assert!(named.len() >= 40 && broken >= 15, "{} files, {broken} broken", named.len());
    for entry in &entries {
        assert!(folder().join(&entry.made_by).exists(), "{}", entry.made_by);
        assert!(entry.file.contains(&entry.kind), "{} is no {}", entry.file, entry.kind);
        assert_ne!(entry.expect.opens, entry.expect.error.is_some(), "{}", entry.file);
    }
}
