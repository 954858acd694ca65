//! TensorFlow Lite models give what `LiteRT` gives for them, and broken ones an error.

use rten_tensor::TensorView;
use rten_tensor::prelude::*;
use sepal_core::evaluate::Engine;
use sepal_core::import::{self, Effect, ImportError, Imported};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// An input of a model, and what `LiteRT` made of it (tests/fixture/tflite.py).
#[derive(Deserialize)]
#[serde(default)]
struct Case {
    name: String,
    shape: Vec<usize>,
    input: Vec<f32>,
    output_shape: Vec<usize>,
    output: Vec<f32>,
    /// The scale of an integer output; 0 for float32.
    step: f32,
}

impl Default for Case {
    fn default() -> Self {
        let (shape, input, output_shape, output) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { name: String::new(), shape, input, output_shape, output, step: 0.0 }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixture/tflite")
}

fn cases() -> Vec<Case> {
    serde_json::from_str(&fs::read_to_string(folder().join("expected.json")).unwrap()).unwrap()
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join(format!("{name}.tflite"))).unwrap()
}

fn open(name: &str, bytes: Vec<u8>) -> Result<Imported, ImportError> {
    import::model(vec![(name.into(), bytes)])
}

/// How far a value may be off: rounding of float32, two steps of integers, and a share of the largest
/// value where `LiteRT` rounds activations that are float32 here.
fn tolerance(case: &Case) -> f32 {
    let largest = case.output.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    match case.name.as_str() {
        "dynamic_range" => 0.03 * largest,
        // Its output is float32, but LiteRT rounded twice on the way, so it may be one step off.
        "requantised" => 0.1301,
        _ if case.step > 0.0 => 2.001 * case.step,
        _ => 1e-5 + 1e-4 * largest,
    }
}

fn compare(case: &Case, found: &[f32], context: &str) {
    assert_eq!(found.len(), case.output.len(), "{}{context}", case.name);
    let most = tolerance(case);
    for (index, (found, expected)) in found.iter().zip(&case.output).enumerate() {
        let off = (found - expected).abs();
        assert!(off <= most, "{}{context}: output {index} is {found}, not {expected}", case.name);
    }
}

#[test]
fn every_operator_gives_what_litert_gives() {
    let mut batched = 0;
    for case in cases().iter().filter(|case| !case.output.is_empty()) {
        let imported = open(&case.name, bytes(&case.name)).unwrap();
        let stops: Vec<_> = imported.problems.iter().filter(|p| p.effect == Effect::Evaluation).collect();
        assert!(stops.is_empty(), "{}: {stops:?}", case.name);
        let engine = Engine::load(imported.graph.bytes().unwrap().to_vec());
        let engine = engine.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        let one = TensorView::from_data(&case.shape[..], &case.input[..]);
        let result = engine.run(one, None, None);
        let result = result.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        assert_eq!(result.shape(), case.output_shape, "{}", case.name);
        compare(case, &result.to_vec(), "");
        if engine.fixed_batch().is_some() {
            continue;
        }
        batched += 1;
        let mut shape = case.shape.clone();
        shape[0] = 3;
        let zeros = vec![0.0; case.input.len()];
        let three = [&zeros[..], &case.input, &zeros].concat();
        let result = engine.run(TensorView::from_data(&shape[..], &three[..]), None, None);
        let result = result.unwrap_or_else(|error| panic!("{} with 3 samples: {error}", case.name)).to_vec();
        let width = case.output.len();
        assert_eq!(result.len(), 3 * width, "{} with 3 samples", case.name);
        compare(case, &result[width..2 * width], " as one of three");
    }
    assert!(batched > 45, "only {batched} models take several samples");
}

#[test]
fn an_unknown_operator_is_reported_and_the_rest_kept() {
    let imported = open("custom", bytes("custom_operator")).unwrap();
    let [problem] = &imported.problems[..] else { panic!("{:?}", imported.problems) };
    assert_eq!((problem.op.as_str(), problem.effect), ("Wobble", Effect::Evaluation));
    let ops: Vec<_> = imported.graph.nodes().iter().map(|n| n.op_type.as_str()).collect();
    assert_eq!(ops, ["Gemm", "Wobble", "Gemm"]);
}

#[test]
fn formats_are_named() {
    for (name, format) in [
        ("conv", "float32"),
        ("half_weights", "float16 weights"),
        ("dynamic_range", "dynamic range"),
        ("integers_8", "int8"),
        ("integers_unsigned", "uint8"),
        ("integers_16", "int8 with int16 activations"),
    ] {
        let imported = open(name, bytes(name)).unwrap();
        assert_eq!(imported.format, format!("TensorFlow Lite, {format}"));
    }
}

#[test]
fn layers_are_convolutions_with_few_transposes() {
    let count = |name: &str, op: &str| {
        let imported = open(name, bytes(name)).unwrap();
        imported.graph.nodes().iter().filter(|n| n.op_type == op).count()
    };
    // Behind the input only: what follows is flattened by moving the columns of the next matrix.
    assert_eq!(count("flatten", "Transpose"), 1);
    assert_eq!(count("flatten_by_dense", "Transpose"), 1);
    assert_eq!(count("one_axis", "Transpose"), 1);
    assert_eq!(count("image_output", "Transpose"), 2);
    assert_eq!(count("dense", "Transpose"), 0);
    // Before the output those of the file and of the import undo each other; behind the input all three stay.
    assert_eq!(count("layouts", "Transpose"), 3);
}

#[test]
fn a_cut_file_is_an_error_and_never_a_panic() {
    for case in cases() {
        let whole = bytes(&case.name);
        for length in 0..whole.len() {
            // Names and descriptions may lie at the end: a model opens without them.
            let cut = open("cut", whole[..length].to_vec());
            assert!(cut.is_err() || length > whole.len() / 2, "{} cut to {length} bytes", case.name);
        }
    }
}

#[test]
fn any_word_at_its_largest_is_no_panic() {
    for case in cases() {
        let whole = bytes(&case.name);
        for at in (0..whole.len().saturating_sub(4)).step_by(2) {
            for word in [u32::MAX, i32::MAX as u32, 0x8000_0000, 0] {
                let mut changed = whole.clone();
                changed[at..at + 4].copy_from_slice(&word.to_le_bytes());
                let _ = open("changed", changed);
            }
        }
    }
}
