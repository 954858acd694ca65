//! Models of the shared folder, opened and scored: `SEPAL_DATA` names the folder, without which the test
//! says so and does nothing.

use sepal_core::session::{
    ArtifactOptions, Effect, Evaluator, File, OpenOptions, Plan, Precision, Preprocessing, Session,
};
use std::path::{Path, PathBuf};

/// File, samples, and accuracy as measured with ONNX Runtime.
const MODELS: [(&str, &str, f64); 17] = [
    ("default/fsdd-dscnn-bn.onnx", "fsdd.npz", 99.33),
    ("default/fsdd-dscnn.onnx", "fsdd.npz", 99.33),
    ("default/watch-cnn.onnx", "watch.npz", 84.72),
    ("exporters/fsdd-dscnn-torch215-inline.onnx", "fsdd.npz", 99.33),
    ("exporters/fsdd-dscnn-torch215.onnx", "fsdd.npz", 99.33),
    ("exporters/fsdd-dscnn-torchscript.onnx", "fsdd.npz", 99.33),
    ("exporters/watch-cnn-torch215-inline.onnx", "watch.npz", 84.72),
    ("mlperf-tiny/kws_ref_model.onnx", "kws.npz", 90.10),
    ("mlperf-tiny/resnet8.onnx", "cifar.npz", 87.80),
    ("mlperf-tiny/vww_96.onnx", "vww.npz", 86.72),
    ("ort-quantized/fsdd-dscnn-qdq-pc.onnx", "fsdd.npz", 99.33),
    ("ort-quantized/fsdd-dscnn-qop-pc.onnx", "fsdd.npz", 99.33),
    ("ort-quantized/watch-cnn-qdq-pc.onnx", "watch.npz", 84.45),
    ("ort-quantized/resnet8-qdq-pc.onnx", "cifar.npz", 87.80),
    ("ort-quantized/resnet8-qop-pc.onnx", "cifar.npz", 87.60),
    ("default/lenet-300-100.onnx", "mnist-all.npz", 98.23),
    ("ort-quantized/lenet-300-100-dyn.onnx", "mnist-all.npz", 98.26),
];

fn read(path: &Path) -> Option<File> {
    Some(File::new(&path.file_name()?.to_string_lossy(), std::fs::read(path).ok()?))
}

#[test]
fn models_score_what_they_score_elsewhere() {
    let (Ok(models), Ok(samples)) = (std::env::var("SEPAL_MODELS"), std::env::var("SEPAL_SAMPLES")) else {
        eprintln!("SEPAL_MODELS and SEPAL_SAMPLES are not set: no model was scored");
        return;
    };
    let (models, samples) = (PathBuf::from(models), PathBuf::from(samples));
    let mut wrong = Vec::new();
    for (name, data, expected) in MODELS {
        let path = models.join(name);
        let beside = PathBuf::from(format!("{}.data", path.display()));
        let files: Vec<File> = [&path, &beside].into_iter().filter_map(|path| read(path)).collect();
        let mut session = Session::new();
        let view = match session.open_model(files, &OpenOptions::default()) {
            Ok(view) => view,
            Err(error) => {
                wrong.push(format!("{name}: {error}"));
                continue;
            }
        };
        let compressible = view.layers.iter().filter(|layer| layer.reason.is_none()).count();
        let device: Vec<String> = view
            .problems
            .iter()
            .filter(|p| p.effect == Effect::Device)
            .map(|p| format!("{} {} {}", p.op, p.node, p.reason))
            .collect();
        if let Some(reason) = view.evaluation {
            wrong.push(format!("{name}: {reason}"));
            continue;
        }
        let data = vec![read(&samples.join(data)).unwrap()];
        session.open_samples("s", data, &Preprocessing::default()).unwrap();
        let (values, labels, shape) = session.take_samples().unwrap();
        let mut evaluator = Evaluator::default();
        evaluator.set_samples(values, labels, shape).unwrap();
        evaluator.set_model(session.base_bytes().unwrap(), None).unwrap();
        let mut score = sepal_core::session::Score::default();
        for from in (0..evaluator.samples()).step_by(200) {
            score = score.plus(evaluator.score(from, from + 200).unwrap());
        }
        let artifact = session.export_artifact(
            &Plan::default(),
            &ArtifactOptions { precision: Precision::Int8, ..ArtifactOptions::default() },
        );
        eprintln!(
            "| {name} | {:.2} | {expected} | {}/{compressible} | {} | {:?} | {} B of weights",
            score.accuracy_percent(),
            view.layers.len(),
            if device.is_empty() { "yes".into() } else { device.join("; ") },
            artifact.map(|a| a.artifact.bytes.len()).map_err(|e| e.to_string()),
            view.bytes
        );
        if (score.accuracy_percent() - expected).abs() > 0.3 {
            wrong.push(format!("{name}: {:.2} instead of {expected}", score.accuracy_percent()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
