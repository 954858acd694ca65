//! Artifacts of the default models: what is promised of them holds for their bytes.

use sepal_core::session::{
    ArtifactOptions, Choosing, DeviceCost, Exported, File, Format, OpenOptions, Plan, Precision, Preference,
    Preprocessing, Session, Setting, Values,
};

const LENET: &[u8] = include_bytes!("../../../www/public/model/lenet-300-100.onnx");
const WATCH: &[u8] = include_bytes!("../../../www/public/model/watch-cnn.onnx");
const MNIST: &[u8] = include_bytes!("../../../www/public/sample/mnist-calibration.npz");
const WINDOWS: &[u8] = include_bytes!("../../../www/public/sample/watch-calibration.npz");

/// Header, input, output and three records of LeNet-300-100.
const OVERHEAD_BYTES: usize = 256;

fn session(name: &str, model: &[u8], samples: &[u8]) -> Session {
    let mut session = Session::new();
    session.open_model(vec![File::new(name, model)], &OpenOptions::default()).unwrap();
    let files = vec![File { name: "x.npz".into(), bytes: samples.to_vec() }];
    session.open_calibration("x.npz", files, &Preprocessing::default()).unwrap();
    session
}

fn watch() -> Session {
    session("watch-cnn.onnx", WATCH, WINDOWS)
}

fn pruned() -> Plan {
    Plan {
        layers: [
            ("conv2".to_owned(), Setting::LowRank { rank: 6 }),
            ("conv3".to_owned(), Setting::Prune { nonzeros: 900, block: 1 }),
        ]
        .into(),
        values: [("conv2".to_owned(), Values::Int8), ("conv3".to_owned(), Values::Codebook)].into(),
        ..Plan::default()
    }
}

fn exported(session: &mut Session, plan: &Plan, options: &ArtifactOptions) -> Exported {
    session.factor(plan).unwrap();
    session.export_artifact(plan, options).unwrap()
}

/// The classes that a model chooses for the calibration samples held out, in float32 and as an artifact.
fn both_classes(session: &mut Session, plan: &Plan, options: &ArtifactOptions) -> (Vec<i32>, Vec<i32>) {
    let exported = exported(session, plan, options);
    let mut evaluator = session.unlabelled().unwrap().unwrap();
    evaluator.set_model(session.apply(plan).unwrap().1, None).unwrap();
    let count = evaluator.samples().min(300);
    let float = evaluator.classes(0, count).unwrap();
    let values = evaluator.set().slice(0, count);
    (float, session.device_model(&exported).unwrap().classes(values, Choosing::default()).unwrap())
}

#[test]
fn a_plans_figures_are_those_of_its_artifact() {
    let mut session = watch();
    for plan in [Plan::default(), pruned()] {
        let exported = exported(&mut session, &plan, &ArtifactOptions::default());
        // Before ranges are known, while a slider moves.
        let shown = session.apply(&plan).unwrap().0.device.cost().unwrap().clone();
        assert_eq!(shown, DeviceCost::of(&exported.artifact));
        assert_eq!(shown.flash_bytes, exported.artifact.bytes.len());
        let parts: usize = shown.layers.iter().map(|layer| layer.flash_bytes).sum();
        assert_eq!(parts + 32 + 2 * 24, shown.flash_bytes, "header, input and output besides");
    }
}

#[test]
fn a_run_writes_the_arena_to_its_end_and_no_further() {
    let mut session = watch();
    for plan in [Plan::default(), pruned()] {
        let exported = exported(&mut session, &plan, &ArtifactOptions::default());
        let mut model = session.device_model(&exported).unwrap();
        let sample = vec![0.3; 6 * 128];
        assert_eq!(model.measure(&sample).unwrap(), exported.artifact.arena_bytes);
        assert_eq!(model.arena_bytes(), exported.artifact.arena_bytes);
    }
}

#[test]
fn the_container_takes_little() {
    let mut session = session("lenet-300-100.onnx", LENET, MNIST);
    let exported = exported(&mut session, &Plan::default(), &ArtifactOptions::default());
    let weights = 784 * 300 + 300 * 100 + 100 * 10;
    let tables = 410 * (2 + 2);
    let overhead = exported.artifact.bytes.len() - weights - tables;
    assert!(overhead <= OVERHEAD_BYTES, "{overhead} bytes");
}

#[test]
fn an_artifact_chooses_as_the_float_model_does() {
    let mut session = watch();
    for (precision, least_percent) in [(Precision::Int8, 95), (Precision::Float, 100)] {
        let options = ArtifactOptions { precision, ..ArtifactOptions::default() };
        for plan in [Plan::default(), pruned()] {
            let (float, device) = both_classes(&mut session, &plan, &options);
            let same = float.iter().zip(&device).filter(|(a, b)| a == b).count();
            assert!(100 * same >= least_percent * float.len(), "{precision:?}: {same} of {}", float.len());
        }
    }
}

#[test]
fn formats_follow_the_preference_and_can_be_forced() {
    let mut session = watch();
    let plan = pruned();
    let of = |session: &mut Session, options: &ArtifactOptions| {
        DeviceCost::of(&exported(session, &plan, options).artifact)
    };
    let small = of(&mut session, &ArtifactOptions::default());
    let fast = ArtifactOptions { preference: Preference::Fast, ..ArtifactOptions::default() };
    let fast = of(&mut session, &fast);
    assert!(small.flash_bytes <= fast.flash_bytes && fast.instructions.m3 <= small.instructions.m3);
    let formats = [("conv3".to_owned(), Format::SparseS8)].into();
    let forced = of(&mut session, &ArtifactOptions { formats, ..ArtifactOptions::default() });
    let layer = forced.layers.iter().find(|layer| layer.name == "conv3").unwrap();
    assert_eq!(layer.format, Some(Format::SparseS8));
    for retired in [Format::DenseC4, Format::SparseC4D6] {
        let formats = [("conv3".to_owned(), retired)].into();
        let options = ArtifactOptions { formats, ..ArtifactOptions::default() };
        assert!(session.export_artifact(&plan, &options).is_err(), "{retired:?}");
    }
    let formats = [("conv3".to_owned(), Format::DenseS4)].into();
    let error = session.export_artifact(&plan, &ArtifactOptions { formats, ..ArtifactOptions::default() });
    assert!(error.unwrap_err().to_string().contains("cannot be stored as dense_s4"));
}

#[test]
fn an_artifact_states_the_least_version_that_describes_it() {
    let mut session = watch();
    let plan = pruned();
    let mut version = |format: Format| {
        let formats = ["conv1", "conv2", "conv3", "fc"].map(|layer| (layer.to_owned(), format)).into();
        let options = ArtifactOptions { formats, ..ArtifactOptions::default() };
        let bytes = exported(&mut session, &plan, &options).artifact.bytes;
        (bytes[4], bytes[5])
    };
    assert_eq!(version(Format::DenseS8), (1, 0));
    assert_eq!(version(Format::Gap), (1, 1));
}

#[test]
fn int8_without_calibration_samples_says_what_is_missing() {
    let mut session = Session::new();
    session.open_model(vec![File::new("watch-cnn.onnx", WATCH)], &OpenOptions::default()).unwrap();
    let error = session.export_artifact(&Plan::default(), &ArtifactOptions::default()).unwrap_err();
    assert!(error.to_string().contains("calibration samples"), "{error}");
    let float = ArtifactOptions { precision: Precision::Float, ..ArtifactOptions::default() };
    assert!(session.export_artifact(&Plan::default(), &float).is_ok());
}

#[test]
fn samples_of_zeros_give_no_ranges() {
    let mut header = "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 784), }".to_owned();
    header.push_str(&" ".repeat(117 - header.len()));
    let bytes = [b"\x93NUMPY\x01\x00\x76\x00", header.as_bytes(), b"\n", &vec![0; 40 * 784][..]].concat();
    let mut session = session("lenet-300-100.onnx", LENET, MNIST);
    session.open_calibration("x.npy", vec![File::new("x.npy", bytes)], &Preprocessing::default()).unwrap();
    let error = session.export_artifact(&Plan::default(), &ArtifactOptions::default()).unwrap_err();
    assert!(error.to_string().contains("all calibration samples are 0"), "{error}");
}

#[test]
fn the_same_plan_gives_the_same_bytes() {
    let bytes = || exported(&mut watch(), &pruned(), &ArtifactOptions::default()).artifact.bytes;
    assert_eq!(bytes(), bytes());
}
