//! Models whose samples meet in a batch are run one sample at a time, wherever they are run; outputs that are
//! not numbers are counted, and chosen by no search.

use ndarray::Array2;
use sepal_core::session::{Evaluator, File, Metric, ModelView, OpenOptions, Plan, Preprocessing, Session};
use std::fs;
use std::path::Path;

/// Samples of six values: each of its own size and sign.
const SAMPLES: usize = 8;
const EACH: usize = 6;

fn open(name: &str) -> (Session, ModelView) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../tests/fixture/model/{name}.onnx"));
    let mut session = Session::new();
    let files = vec![File::new("model.onnx", fs::read(path).unwrap())];
    let view = session.open_model(files, &OpenOptions::default()).unwrap();
    (session, view)
}

fn values(samples: usize, each: usize) -> Vec<f32> {
    (0..samples * each).map(|i| ((i * i * 7 + i) % 23) as f32 / 4.0 - 2.0).collect()
}

/// `values` of so many samples as a .npy file.
fn npy(values: &[f32], samples: usize) -> File {
    let shape = format!("({samples}, {})", values.len() / samples);
    let mut header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    while !(header.len() + 11).is_multiple_of(64) {
        header.push(' ');
    }
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    File::new("x.npy", bytes)
}

fn evaluator(session: &mut Session, values: &[f32], samples: usize) -> Evaluator {
    session.open_samples("x.npy", vec![npy(values, samples)], &Preprocessing::default()).unwrap();
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(session.take_samples().unwrap()).unwrap();
    evaluator
}

/// What the model says of all samples, and of each in a session of its own.
fn together_and_alone(name: &str, each: usize) -> (Array2<f32>, Vec<Vec<f32>>) {
    let values = values(SAMPLES, each);
    let outputs = |values: &[f32], samples| {
        let (mut session, _) = open(name);
        let mut evaluator = evaluator(&mut session, values, samples);
        evaluator.set_model(session.base_bytes().unwrap(), None).unwrap();
        evaluator.class_scores().unwrap()
    };
    let alone = values.chunks(each).map(|sample| outputs(sample, 1).into_iter().collect());
    (outputs(&values, SAMPLES), alone.collect())
}

#[test]
fn samples_that_meet_are_run_singly() {
    for name in ["mix-standard", "mix-centred", "mix-shares", "mix-largest", "mix-alone", "mix-across"] {
        let (_, view) = open(name);
        let said = view.notes.join(" ");
        let why = if name == "mix-alone" { "no more than one sample" } else { "change each other's outputs" };
        assert!(said.contains(why) && said.contains("run by itself"), "{name}: {said}");
        let each = if name == "mix-standard" { 18 } else { EACH };
        let (together, alone) = together_and_alone(name, each);
        for (row, alone) in together.rows().into_iter().zip(&alone) {
            assert_eq!(row.to_vec(), *alone, "{name}");
        }
    }
}

#[test]
fn samples_that_do_not_meet_are_run_together() {
    for name in ["layers", "symbolic", "sum-wider", "nan-logarithms", "sound", "attention", "several"] {
        let (_, view) = open(name);
        let alone = view.notes.iter().filter(|note| note.contains("run by itself"));
        assert_eq!(alone.count(), 0, "{name}: {:?}", view.notes);
    }
}

#[test]
fn files_that_fix_how_many_meet_are_told_of() {
    let said = |name| open(name).1.notes.iter().any(|note| note.contains("4 samples at a time"));
    assert!(said("together") && !said("batch"));
}

#[test]
fn compressed_variants_inherit_it() {
    let (mut session, view) = open("mix-centred");
    let layer = view.layers.iter().find(|layer| !layer.methods.is_empty()).unwrap();
    let text = format!(r#"{{"layers":{{"{}":{{"method":"prune","nonzeros":9}}}}}}"#, layer.name);
    let plan: Plan = serde_json::from_str(&text).unwrap();
    session.factor(&plan).unwrap();
    let values = values(SAMPLES, EACH);
    let mut evaluator = evaluator(&mut session, &values, SAMPLES);
    let (_, bytes) = session.apply(&plan).unwrap();
    evaluator.set_model(bytes, None).unwrap();
    let together = evaluator.outputs(0, SAMPLES).unwrap();
    for index in 0..SAMPLES {
        assert_eq!(evaluator.outputs(index, index + 1).unwrap().row(0), together.row(index));
    }
}

#[test]
fn what_is_not_a_number_is_counted() {
    let (mut session, _) = open("nan-quotients");
    // 0 / 0 in the first sample, 1 / 0 in the second.
    let mut values = vec![0.5; 4 * EACH];
    values[..EACH].fill(0.0);
    values[EACH..2 * EACH].copy_from_slice(&[1.0, -1.0, 2.0, -2.0, 0.0, 0.0]);
    let mut evaluator = evaluator(&mut session, &values, 4);
    evaluator.set_model(session.base_bytes().unwrap(), None).unwrap();
    let score = evaluator.score(0, 4).unwrap();
    assert_eq!((score.metric, score.samples, score.undefined), (Metric::Agreement, 4, 2));
    // The original agrees with itself, but not on what is no answer.
    assert_eq!(score.correct, 2);
    assert_eq!(evaluator.classes(0, 2).unwrap(), [-1, -1]);
}

#[test]
fn a_list_longer_than_the_rows_is_added_to_each() {
    for name in ["sum-wider", "sum-wider-first", "sum-scaled", "sum-narrower"] {
        let (together, alone) = together_and_alone(name, EACH);
        assert_eq!(together.dim(), (SAMPLES, 5));
        for (row, alone) in together.rows().into_iter().zip(&alone) {
            assert!(row.iter().zip(alone).all(|(a, b)| (a - b).abs() <= 1e-5), "{name}");
        }
    }
}
