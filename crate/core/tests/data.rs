//! Samples of every kind, read for a model: what they are scored by, what was assumed, what is wrong.

use flate2::Compression;
use flate2::read::GzEncoder;
use sepal_core::dataset::{self, Raw, Wanted};
use sepal_core::session::{
    Colour, Evaluator, File, Layout, Metric, OpenOptions, Preprocessing, SamplesView, Score, Session,
    SessionError,
};
use std::fs;
use std::io::Read;
use std::path::Path;

fn fixture(path: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixture");
    fs::read(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn npy(descr: &str, shape: &str, content: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), content].concat()
}

fn floats(shape: &str, values: &[f32]) -> Vec<u8> {
    npy("<f4", shape, &values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())
}

/// Six samples of the fixtures' model: the largest of the first three values is the class.
const X: [f32; 24] = [
    9.0, 1.0, 2.0, 0.0, 1.0, 8.0, 2.0, 3.0, 0.0, 1.0, 7.0, 5.0, 6.0, 5.0, 4.0, 1.0, 2.0, 9.0, 1.0, 1.0, 3.0,
    2.0, 1.0, 0.0,
];

fn session() -> Session {
    let mut session = Session::new();
    let model = File::new("dense.onnx", fixture("model/dense.onnx"));
    session.open_model(vec![model], &OpenOptions::default()).unwrap();
    session
}

fn open(files: Vec<File>, options: &Preprocessing) -> Result<(SamplesView, Score), SessionError> {
    let mut session = session();
    let view = session.open_samples("data", files, options)?;
    let samples = session.take_interleaved().unwrap();
    assert_eq!(samples.metric, view.metric);
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples)?;
    evaluator.set_model(session.base_bytes()?, None)?;
    let score = evaluator.score(0, view.samples)?;
    Ok((view, score))
}

fn raw(files: Vec<File>, inputs: &[(&str, &[usize])]) -> Raw {
    let inputs = inputs.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect();
    let wanted = Wanted { inputs, outputs: 3, ..Wanted::default() };
    dataset::read(files, &Preprocessing::default(), &wanted).unwrap()
}

#[test]
fn arrays_are_found_by_their_names() {
    let x = floats("(6, 4)", &X);
    let y = npy("|u1", "(6,)", &[0, 1, 2, 0, 1, 2]);
    let pair = vec![File::new("y_test.npy", y.clone()), File::new("X_test.npy", x.clone())];
    let (view, score) = open(pair, &Preprocessing::default()).unwrap();
    assert_eq!((view.metric, score.correct, score.samples), (Metric::Accuracy, 5, 6));
    let other = vec![File::new("whatever.npy", x.clone()), File::new("labels.npy", y)];
    assert_eq!(open(other, &Preprocessing::default()).unwrap().1.correct, 5);
    let several = vec![File::new("a.npy", x.clone()), File::new("b.npy", x)];
    let error = open(several, &Preprocessing::default()).unwrap_err().to_string();
    assert!(error.contains("it has no array x, but a, b"), "{error}");
}

#[test]
fn packings_are_known_and_read_to_their_end() {
    let text = b"PK,a,b,c,y\n9,1,2,0,0\n1,8,2,3,1\n".as_slice();
    let (view, score) = open(vec![File::new("t.csv", text)], &Preprocessing::default()).unwrap();
    assert_eq!((view.samples, score.correct), (2, 2));
    // Two packings, one after the other, as `cat` makes them.
    let packed: Vec<u8> = text.split_inclusive(|byte| *byte == b'\n').flat_map(gzip).collect();
    let (view, _) = open(vec![File::new("t.csv.gz", packed)], &Preprocessing::default()).unwrap();
    assert_eq!(view.samples, 2);
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    GzEncoder::new(content, Compression::fast()).read_to_end(&mut packed).unwrap();
    packed
}

#[test]
fn several_inputs_are_packed_sample_by_sample() {
    let files = vec![
        File::new("right.npy", floats("(2, 1)", &[10.0, 20.0])),
        File::new("left.npy", floats("(2, 2)", &[1.0, 2.0, 3.0, 4.0])),
    ];
    let found = raw(files, &[("left", &[2]), ("right:0", &[1])]);
    assert_eq!((found.values, found.shape), (vec![1.0, 2.0, 10.0, 3.0, 4.0, 20.0], vec![2, 3]));
}

#[test]
fn the_metric_is_that_of_what_is_stated() {
    let with = |y: Vec<u8>| vec![File::new("x.npy", floats("(6, 4)", &X)), File::new("y.npy", y)];
    let targets: Vec<f32> = (0..18).map(|i| i as f32 / 7.0).collect();
    let (view, score) = open(with(floats("(6, 3)", &targets)), &Preprocessing::default()).unwrap();
    assert_eq!((view.metric, score.metric), (Metric::Error, Metric::Error));
    assert!(score.value() > Some(0.0) && view.previews[0].label.is_some());

    let alone = || vec![File::new("x.npy", floats("(6, 4)", &X))];
    let (view, score) = open(alone(), &Preprocessing::default()).unwrap();
    assert_eq!((view.metric, score.value()), (Metric::Agreement, Some(100.0)));
    assert!(view.note.unwrap().contains("original model's own answers"));

    let error = Preprocessing { metric: Some(Metric::Error), ..Preprocessing::default() };
    let (view, score) = open(alone(), &error).unwrap();
    assert_eq!((view.metric, score.value()), (Metric::Error, Some(0.0)));
    let auc = Preprocessing { metric: Some(Metric::Reconstruction), ..Preprocessing::default() };
    let error = open(alone(), &auc).unwrap_err().to_string();
    assert!(error.contains("the model gives 3 values for 4"), "{error}");
}

#[test]
fn what_is_said_is_done_and_given_back() {
    let files =
        || vec![File::new("x.npy", floats("(6, 4)", &X)), File::new("y.npy", npy("|u1", "(6,)", &[0; 6]))];
    let options = Preprocessing {
        scale: Some(vec![2.0]),
        offset: Some(vec![1.0, 2.0, 3.0, 4.0]),
        layout: Some(Layout::Nchw),
        colour: Some(Colour::Rgb),
        ..Preprocessing::default()
    };
    let (view, _) = open(files(), &options).unwrap();
    assert_eq!(view.preprocessing.scale, Some(vec![2.0; 4]));
    assert_eq!(view.preprocessing.metric, Some(Metric::Accuracy));
    assert_eq!(view.previews[0].values, [19.0, 4.0, 7.0, 4.0]);
    for (scale, expected) in
        [(vec![1.0; 3], "fit no axis"), (vec![f32::NAN], "one number each"), (vec![], "one number")]
    {
        let wrong = Preprocessing { scale: Some(scale), ..Preprocessing::default() };
        let error = open(files(), &wrong).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let quantised = Preprocessing { quantised: Some(true), ..Preprocessing::default() };
    let error = open(files(), &quantised).unwrap_err().to_string();
    assert!(error.contains("states no scale and zero point"), "{error}");
}

#[test]
fn recordings_become_features_or_stay() {
    let tones = || vec![File::new("tones.zip", fixture("data/tones.zip"))];
    let features = raw(tones(), &[("input", &[1, 49, 10])]);
    assert_eq!((features.shape, features.class_names.len()), (vec![4, 49, 10], 2));
    let waves = raw(tones(), &[("input", &[800])]);
    assert_eq!(waves.shape, [4, 800]);
    assert!(waves.values.iter().all(|v| v.abs() <= 1.0));
}

#[test]
fn a_cut_file_of_any_kind_is_an_error_or_less_data() {
    let names =
        ["f4.npz", "alone.npy", "images.idx", "images.idx.gz", "table.csv", "pictures.zip", "tones.zip"];
    let inputs = vec![("x".to_owned(), vec![1, 49, 10])];
    let wanted = Wanted { inputs, outputs: 3, ..Wanted::default() };
    for name in names {
        let whole = fixture(&format!("data/{name}"));
        for length in (0..whole.len()).step_by(whole.len().div_ceil(300)) {
            let cut = File::new(name, &whole[..length]);
            let found = dataset::read(vec![cut], &Preprocessing::default(), &wanted);
            assert!(found.is_err() || name == "table.csv", "{name} at {length}");
        }
    }
}

#[test]
fn a_cut_picture_or_recording_is_an_error() {
    let wanted = Wanted { inputs: vec![("x".into(), vec![3, 4, 4])], outputs: 3, ..Wanted::default() };
    for (name, start) in [("data/pictures.zip", 8), ("data/tones.zip", 12)] {
        let mut archive = zip::ZipArchive::new(std::io::Cursor::new(fixture(name))).unwrap();
        let mut whole = Vec::new();
        std::io::Read::read_to_end(&mut archive.by_index(0).unwrap(), &mut whole).unwrap();
        for length in (start..whole.len() - 12).step_by(7) {
            let cut = vec![File::new("a/cut", &whole[..length])];
            assert!(dataset::read(cut, &Preprocessing::default(), &wanted).is_err(), "{name} at {length}");
        }
    }
}
