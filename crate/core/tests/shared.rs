//! The models and data of ../shared/data, where that folder is: opened as a person would, they score what
//! was measured with other runtimes.

use sepal_core::session::{Evaluator, File, Metric, OpenOptions, Preprocessing, SamplesView, Score, Session};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Points of accuracy that two runtimes may differ by.
const POINTS: f64 = 0.3;

fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let is_there = folder.is_dir();
    if !is_there {
        let said = writeln!(std::io::stdout(), "skipped: there is no {}", folder.display());
        said.unwrap();
    }
    is_there.then_some(folder)
}

fn score(model: &str, data: &[&str], options: &Preprocessing) -> Option<(SamplesView, Score)> {
    let folder = folder()?;
    let file = |path: &str| {
        let name = path.rsplit('/').next().unwrap();
        File::new(name, fs::read(folder.join(path)).unwrap_or_else(|error| panic!("{path}: {error}")))
    };
    let mut session = Session::new();
    session.open_model(vec![file(&format!("models/{model}"))], &OpenOptions::default()).unwrap();
    let files = data.iter().map(|path| file(&format!("data/{path}"))).collect();
    let view = session.open_samples("data", files, options).unwrap();
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(session.take_samples().unwrap()).unwrap();
    evaluator.set_model(session.base_bytes().unwrap(), None).unwrap();
    let mut score = Score { metric: view.metric, ..Score::default() };
    for from in (0..view.samples).step_by(250) {
        score = score.plus(evaluator.score(from, from + 250).unwrap());
    }
    Some((view, score))
}

#[test]
fn models_score_what_was_measured_elsewhere() {
    // Accuracies of MANIFEST.md, by onnxruntime 1.31.1; the perf set's by LiteRT 2.3.0 on the same model.
    let mnist = ["mnist/t10k-labels-idx1-ubyte.gz", "mnist/t10k-images-idx3-ubyte.gz"];
    let cases: [(&str, &[&str], f64); 7] = [
        ("default/fsdd-dscnn.onnx", &["fsdd_test.npz"], 99.33),
        ("default/watch-cnn.onnx", &["watch_test.npz"], 84.72),
        ("default/lenet-300-100.onnx", &mnist, 98.23),
        ("default/lenet-5-caffe.onnx", &mnist, 99.22),
        ("mlperf-tiny/resnet8.onnx", &["cifar10_test1000.npz"], 87.80),
        ("mlperf-tiny/resnet8.onnx", &["cifar10_perf200_folders.zip"], 87.00),
        ("mlperf-tiny/vww_96.onnx", &["vww_coco128_val2017.npz"], 86.72),
    ];
    for (model, data, accuracy) in cases {
        let Some((view, score)) = score(model, data, &Preprocessing::default()) else { return };
        assert_eq!(view.metric, Metric::Accuracy, "{model}");
        let value = score.value().unwrap();
        assert!(
            (value - accuracy).abs() <= POINTS,
            "{model} {data:?}: {value}, not {accuracy}: {:?}",
            view.note
        );
        assert_eq!(view.warning, None, "{model} {data:?}");
        assert_eq!(view.previews.len(), 8);
    }
}

#[test]
fn numbers_of_another_models_input_need_its_scale() {
    // The float model does not state the scale and zero point of the int8 one.
    let options = Preprocessing {
        scale: Some(vec![0.584_702_9]),
        offset: Some(vec![-83.0 * 0.584_702_9]),
        ..Preprocessing::default()
    };
    let Some((_, score)) = score("mlperf-tiny/kws_ref_model.onnx", &["mlperf_kws01_1000.npz"], &options)
    else {
        return;
    };
    let value = score.value().unwrap();
    assert!((value - 90.10).abs() <= POINTS, "{value}");
}
