//! `TFLite` files of a default model, through the session.

use sepal_core::session::{File, OpenOptions, Plan, Precision, Preprocessing, Session, Setting, Values};

const WATCH: &[u8] = include_bytes!("../../../www/public/model/watch-cnn.onnx");
const WINDOWS: &[u8] = include_bytes!("../../../www/public/sample/watch-calibration.npz");

fn plan() -> Plan {
    Plan {
        layers: [("conv2".to_owned(), Setting::LowRank { rank: 6 })].into(),
        values: [("conv2".to_owned(), Values::Int8), ("conv3".to_owned(), Values::Codebook)].into(),
        ..Plan::default()
    }
}

fn session() -> Session {
    let mut session = Session::new();
    session.open_model(vec![File::new("watch-cnn.onnx", WATCH)], &OpenOptions::default()).unwrap();
    session
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let file = |precision| {
        let mut session = session();
        let files = vec![File { name: "x.npz".into(), bytes: WINDOWS.to_vec() }];
        session.open_calibration("x.npz", files, &Preprocessing::default()).unwrap();
        session.factor(&plan()).unwrap();
        session.export_tflite(&plan(), precision).unwrap().bytes
    };
    let (float, int8) = (file(Precision::Float), file(Precision::Int8));
    assert_eq!(&float[4..8], b"TFL3");
    assert_eq!((&file(Precision::Float), &file(Precision::Int8)), (&float, &int8));
    assert!(int8.len() * 2 < float.len(), "{} {}", int8.len(), float.len());
}

#[test]
fn int8_without_calibration_samples_says_what_is_missing() {
    let mut session = session();
    session.factor(&plan()).unwrap();
    session.export_tflite(&plan(), Precision::Float).unwrap();
    let error = session.export_tflite(&plan(), Precision::Int8).unwrap_err();
    assert!(error.to_string().contains("calibration samples"), "{error}");
}

/// What the model itself gives for the calibration samples, and what its file gives.
fn both(precision: Precision) -> (ndarray::Array2<f32>, ndarray::Array2<f32>) {
    let mut session = session();
    let files = vec![File { name: "x.npz".into(), bytes: WINDOWS.to_vec() }];
    session.open_calibration("x.npz", files, &Preprocessing::default()).unwrap();
    session.factor(&plan()).unwrap();
    let mut evaluator = session.unlabelled().unwrap().unwrap();
    evaluator.set_model(session.apply(&plan()).unwrap().1, None).unwrap();
    let own = evaluator.class_scores().unwrap();
    let file = session.export_tflite(&plan(), precision).unwrap();
    (own, file.outputs(evaluator.set()).unwrap())
}

#[test]
fn a_files_figures_are_those_of_running_it() {
    let (own, file) = both(Precision::Float);
    assert_eq!(own.dim(), file.dim());
    let most = own.iter().fold(0.0_f32, |most, v| most.max(v.abs()));
    let error = own.iter().zip(&file).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(error < 1e-4 * most, "{error}");
    let (own, file) = both(Precision::Int8);
    let error = own.iter().zip(&file).fold(0.0_f32, |most, (a, b)| most.max((a - b).abs()));
    assert!(error > 1e-4 * most && error < 0.2 * most, "{error} of {most}");
}
