//! Fitting to calibration samples, and searching, on the models that the page ships.

use rten_tensor::Tensor;
use rten_tensor::prelude::*;
use sepal_core::dataset::{self, Colour, Order as AxisOrder, Reading, Wanted};
use sepal_core::evaluate::Engine;
use sepal_core::graph::{Constant, to_f32};
use sepal_core::session::{
    Evaluator, File, Fit, Fixed, Method, OpenOptions, Order, Plan, Preprocessing, SearchRequest, SearchStage,
    Session, Setting, Values,
};

fn file(folder: &str, name: &str) -> Vec<u8> {
    let path = format!("{}/../../www/public/{folder}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn samples(name: &str) -> Vec<File> {
    vec![File { name: name.into(), bytes: file("sample", name) }]
}

/// A session with model and calibration, and an evaluator with the labelled samples.
fn open(model: &str, set: &str) -> (Session, Evaluator) {
    let mut session = Session::new();
    session.open_model(vec![File::new(model, file("model", model))], &OpenOptions::default()).unwrap();
    session
        .open_samples("evaluation", samples(&format!("{set}-evaluation.npz")), &Preprocessing::default())
        .unwrap();
    let labelled = session.take_samples().unwrap();
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(labelled).unwrap();
    let view = session
        .open_calibration(
            "calibration",
            samples(&format!("{set}-calibration.npz")),
            &Preprocessing::default(),
        )
        .unwrap();
    assert_eq!(view.samples, 500);
    (session, evaluator)
}

fn motion() -> (Session, Evaluator) {
    open("watch-cnn.onnx", "watch")
}

fn right(session: &mut Session, evaluator: &mut Evaluator, plan: &Plan) -> usize {
    session.factor(plan).unwrap();
    evaluator.set_model(session.apply(plan).unwrap().1, None).unwrap();
    evaluator.score(0, evaluator.samples()).unwrap().correct
}

fn plan(fit: Fit, layers: &[(&str, Setting)], values: &[(&str, Values)]) -> Plan {
    let layers = layers.iter().map(|(name, setting)| ((*name).to_owned(), *setting)).collect();
    let values = values.iter().map(|(name, values)| ((*name).to_owned(), *values)).collect();
    Plan { seed: 1, fit, layers, values }
}

fn output_error(session: &mut Session, plan: &Plan, layer: &str) -> f64 {
    session.factor(plan).unwrap();
    let (applied, _) = session.apply(plan).unwrap();
    applied.layers.iter().find(|l| l.name == layer).unwrap().output_error.unwrap()
}

#[test]
fn every_data_aware_form_loses_less_of_the_outputs_than_its_plain_twin() {
    let (mut session, _) = motion();
    let settings = [
        Setting::LowRank { rank: 10 },
        Setting::Channel { rank: 10 },
        Setting::Dictionary { atoms: 13, nonzeros: 3 },
        Setting::DoubleSparse { nonzeros: 900 },
        Setting::Prune { nonzeros: 900, block: 1 },
        Setting::Prune { nonzeros: 900, block: 8 },
    ];
    for setting in settings {
        let aware = plan(Fit::Calibrated, &[("conv3", setting)], &[]);
        let ours = output_error(&mut session, &aware, "conv3");
        // The plain twin knows no inputs: what it gives is measured.
        let plain = plan(Fit::Plain, &[("conv3", setting)], &[]);
        session.factor(&plain).unwrap();
        let (applied, _) = session.apply(&plain).unwrap();
        assert_eq!(applied.fit, Fit::Plain);
        let theirs = plain_output_error(&session, &plain);
        assert!(ours < theirs, "{setting}: {ours} behind inputs, {theirs} plain");
    }
}

/// ||(W - What) X|| / ||W X|| of conv3 under a plain plan, measured on what the layer gives.
fn plain_output_error(session: &Session, plan: &Plan) -> f64 {
    let bias = constant(&file("model", "watch-cnn.onnx"), "conv3", 2);
    let base = outputs(session.base_bytes().unwrap(), "conv3");
    let new = outputs(session.apply(plan).unwrap().1, "conv3");
    let (channels, inner) = (bias.len(), base.len() / bias.len() / SAMPLES);
    let mut sums = (0.0, 0.0);
    for (place, (a, b)) in base.iter().zip(&new).enumerate() {
        let own = f64::from(bias[place / inner % channels]);
        sums.0 += f64::from(a - b).powi(2);
        sums.1 += (f64::from(*a) - own).powi(2);
    }
    f64::sqrt(sums.0 / sums.1)
}

/// Calibration samples that outputs are compared on.
const SAMPLES: usize = 200;

/// The output of a layer of the motion model for the first calibration samples.
fn outputs(model: Vec<u8>, layer: &str) -> Vec<f32> {
    let wanted = Wanted { inputs: vec![("input".into(), vec![6, 1, 128])], outputs: 7, ..Wanted::default() };
    let raw = dataset::read(samples("watch-calibration.npz"), &Preprocessing::default(), &wanted).unwrap();
    let scaling = raw.scaling.clone().unwrap();
    let reading = Reading { order: AxisOrder::Same, colour: Colour::Rgb, scaling };
    let values = raw.fit("calibration", &[6, 1, 128], &reading, 0..SAMPLES).unwrap();
    let batch = Tensor::from_data(&[SAMPLES, 6, 1, 128], values);
    let graph = sepal_core::import::onnx("m.onnx", file("model", "watch-cnn.onnx")).unwrap();
    let node = graph.nodes().iter().find(|node| node.name == layer).unwrap();
    let engine = Engine::load_named(model).unwrap();
    engine.values(batch.view(), &[&node.output[0]]).unwrap().pop().unwrap().values
}

/// The constant that input `input` of a node is.
fn constant(model: &[u8], layer: &str, input: usize) -> Vec<f32> {
    let graph = sepal_core::import::onnx("m.onnx", model.to_vec()).unwrap();
    let node = graph.nodes().iter().find(|node| node.name == layer).unwrap();
    let Some(Constant::Dense(tensor)) = graph.constant(&node.input[input]) else { panic!("no constant") };
    to_f32(tensor).unwrap().iter().copied().collect()
}

#[test]
fn the_output_error_is_that_of_the_outputs() {
    let (mut session, _) = motion();
    // Weights fitted behind the inputs, biases too: the error is measured on what comes out.
    let aware = plan(Fit::Calibrated, &[("conv3", Setting::LowRank { rank: 10 })], &[]);
    let stated = output_error(&mut session, &aware, "conv3");
    let measured = plain_output_error(&session, &aware);
    // Stated on the fifth of the samples that is held out, measured on the first two fifths.
    assert!((stated - measured).abs() < 0.15 * measured, "{stated} {measured}");
}

#[test]
fn quantised_layers_keep_the_accuracy() {
    let (mut session, mut evaluator) = motion();
    let base = right(&mut session, &mut evaluator, &Plan::default());
    for (values, most) in
        [(Values::Int8, 4), (Values::Int4, 15), (Values::Codebook, 15), (Values::Codebook3, 30)]
    {
        let all = ["conv1", "conv2", "conv3", "fc"].map(|name| (name, values));
        let plan = plan(Fit::Sequential, &[], &all);
        let now = right(&mut session, &mut evaluator, &plan);
        assert!(now + most >= base, "{values:?}: {now} right, {base} before");
        let (applied, _) = session.apply(&plan).unwrap();
        // Values, 87 biases of 2 bytes, and tables and descriptors of four layers.
        let values_bytes = 8384 * values.bits() / 8;
        assert!(applied.bytes < values_bytes + 2 * 87 + 4 * (32 + 80), "{}", applied.bytes);
    }
}

#[test]
fn fitting_from_front_to_back_loses_less_than_each_layer_alone() {
    let (mut session, mut evaluator) = open("lenet-300-100.onnx", "mnist");
    let layers = [
        ("fc1", Setting::Prune { nonzeros: 9000, block: 1 }),
        ("fc2", Setting::Prune { nonzeros: 2500, block: 1 }),
        ("fc3", Setting::Prune { nonzeros: 400, block: 1 }),
    ];
    let plain = right(&mut session, &mut evaluator, &plan(Fit::Plain, &layers, &[]));
    let alone = right(&mut session, &mut evaluator, &plan(Fit::Calibrated, &layers, &[]));
    let front_to_back = right(&mut session, &mut evaluator, &plan(Fit::Sequential, &layers, &[]));
    assert!(plain < alone && alone < front_to_back, "{plain} {alone} {front_to_back}");
}

#[test]
fn without_calibration_every_fit_is_the_plain_one_and_says_so() {
    let mut session = Session::new();
    session
        .open_model(
            vec![File::new("watch-cnn.onnx", file("model", "watch-cnn.onnx"))],
            &OpenOptions::default(),
        )
        .unwrap();
    let layers = [("conv3", Setting::LowRank { rank: 9 })];
    let bytes = [Fit::Plain, Fit::Calibrated, Fit::Sequential].map(|fit| {
        let plan = plan(fit, &layers, &[]);
        session.factor(&plan).unwrap();
        let (applied, bytes) = session.apply(&plan).unwrap();
        assert_eq!((applied.fit, applied.layers[2].output_error), (Fit::Plain, None));
        bytes
    });
    assert!(bytes[0] == bytes[1] && bytes[0] == bytes[2]);
}

#[test]
fn the_same_plan_and_samples_give_the_same_bytes() {
    let run = || {
        let (mut session, _) = motion();
        let layers = [
            ("conv1", Setting::Channel { rank: 4 }),
            ("conv2", Setting::Dictionary { atoms: 13, nonzeros: 3 }),
            ("conv3", Setting::Prune { nonzeros: 1500, block: 1 }),
        ];
        let plan = plan(Fit::Sequential, &layers, &[("conv2", Values::Codebook), ("fc", Values::Int8)]);
        session.factor(&plan).unwrap();
        session.export_onnx(&plan).unwrap()
    };
    assert!(run() == run());
}

#[test]
fn other_calibration_samples_undo_what_was_fitted_to_the_old_ones() {
    let (mut session, _) = motion();
    let plan = plan(Fit::Calibrated, &[("conv3", Setting::LowRank { rank: 9 })], &[]);
    session.factor(&plan).unwrap();
    assert!(session.pending(&plan).unwrap().is_empty());
    let wrong = session
        .open_calibration("m", samples("mnist-calibration.npz"), &Preprocessing::default())
        .unwrap_err()
        .to_string();
    assert!(wrong.contains("784") && wrong.contains("768"), "{wrong}");
    assert!(session.pending(&plan).unwrap().is_empty());
    session.open_calibration("c", samples("watch-evaluation.npz"), &Preprocessing::default()).unwrap();
    assert_eq!(session.pending(&plan).unwrap().len(), 1);
}

fn request(bytes: Option<usize>) -> SearchRequest {
    SearchRequest {
        bytes,
        macs: None,
        ram_bytes: None,
        max_loss: None,
        methods: vec![Method::Keep, Method::LowRank, Method::Channel, Method::Prune],
        values: vec![Values::Int8, Values::Codebook, Values::Codebook3],
        blocks: vec![1],
        fit: Fit::Sequential,
        seed: 0,
        locked: [].into(),
        refine: true,
    }
}

fn search(session: &mut Session, request: SearchRequest, labelled: Option<Evaluator>) -> (Plan, Option<f64>) {
    session.start_search(request, labelled).unwrap();
    for _ in 0..100_000 {
        let progress = session.step_search().unwrap();
        if progress.stage == SearchStage::Done {
            assert!(progress.front.windows(2).all(|p| p[0].bytes < p[1].bytes && p[0].loss > p[1].loss));
            return (progress.plan.unwrap(), progress.lost);
        }
    }
    panic!("the search does not end");
}

#[test]
fn a_search_stays_within_its_limits_and_keeps_the_accuracy() {
    let (mut session, mut evaluator) = motion();
    let base = right(&mut session, &mut evaluator, &Plan::default());
    for ratio in [5, 8] {
        let most = 33_884 / ratio;
        let mut request = request(Some(most));
        request.macs = Some(300_000);
        let (plan, _) = search(&mut session, request, None);
        let now = right(&mut session, &mut evaluator, &plan);
        let (applied, _) = session.apply(&plan).unwrap();
        assert!(applied.bytes <= most && applied.macs <= 300_000, "{} {}", applied.bytes, applied.macs);
        assert!(now + 20 >= base, "{ratio}x: {now} right, {base} before");
    }
}

#[test]
fn a_locked_layer_stays_as_it_is_set() {
    let (mut session, _) = motion();
    let mut request = request(Some(9000));
    let own = Setting::LowRank { rank: 7 };
    request.locked.insert("conv3".into(), Fixed { setting: own, values: Values::Int8 });
    request.locked.insert("fc".into(), Fixed::default());
    let (plan, _) = search(&mut session, request, None);
    assert_eq!((plan.setting("conv3"), plan.values_of("conv3")), (own, Values::Int8));
    assert!(!plan.changes("fc") && plan.changes("conv2"));
}

#[test]
fn a_loss_can_be_the_limit() {
    let (mut session, evaluator) = motion();
    let mut request = request(None);
    request.max_loss = Some(1.0);
    let (plan, lost) = search(&mut session, request, Some(evaluator));
    let bytes = session.apply(&plan).unwrap().0.bytes;
    assert!(lost.unwrap() <= 1.0 && bytes * 5 < 33_884, "{lost:?} {bytes}");
}

#[test]
fn limits_that_cannot_be_met_are_refused_with_a_sentence() {
    let (mut session, _) = motion();
    session.start_search(request(Some(200)), None).unwrap();
    let error = loop {
        match session.step_search() {
            Ok(progress) => assert_ne!(progress.stage, SearchStage::Done),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().contains("the limit is 200"), "{error}");
    assert!(error.describe().hint.is_some());
    assert!(Session::new().step_search().is_err());
}

#[test]
fn without_calibration_the_weights_decide() {
    let mut session = Session::new();
    session
        .open_model(
            vec![File::new("watch-cnn.onnx", file("model", "watch-cnn.onnx"))],
            &OpenOptions::default(),
        )
        .unwrap();
    let (plan, lost) = search(&mut session, request(Some(8000)), None);
    session.factor(&plan).unwrap();
    assert!(session.apply(&plan).unwrap().0.bytes <= 8000 && lost.is_none());
}

#[test]
fn either_order_separates_and_the_refit_helps() {
    let (mut session, _) = open("lenet-5-caffe.onnx", "mnist");
    let mut errors = Vec::new();
    for order in [Order::Vertical, Order::Horizontal] {
        let plan =
            plan(Fit::Calibrated, &[("conv2", Setting::Separation { rank: 10, order, kept: 100 })], &[]);
        errors.push(output_error(&mut session, &plan, "conv2"));
        let (applied, bytes) = session.apply(&plan).unwrap();
        assert!(applied.macs < 1_000_000);
        let mut again = Session::new();
        let view = again.open_model(vec![File::new("again.onnx", bytes)], &OpenOptions::default()).unwrap();
        assert_eq!(view.macs, applied.macs);
    }
    assert!(errors.iter().all(|e| *e < 0.3), "{errors:?}");
    // Separated, then pruned, then rounded.
    let setting = Setting::Separation { rank: 10, order: Order::Vertical, kept: 50 };
    let thin = plan(Fit::Calibrated, &[("conv2", setting)], &[("conv2", Values::Codebook)]);
    let error = output_error(&mut session, &thin, "conv2");
    let (applied, _) = session.apply(&thin).unwrap();
    let conv2 = &applied.layers[1];
    assert_eq!(conv2.parameters, 50 + (10 * 5 * 20) / 2 + (10 * 5 * 50) / 2);
    assert!(error < 0.6 && conv2.bytes < 2500, "{error} {}", conv2.bytes);
}

#[test]
fn errors_rise_along_a_data_aware_path() {
    let (mut session, _) = motion();
    for layers in [
        [3, 6, 12, 24].map(|rank| Setting::LowRank { rank }),
        [300, 700, 1500, 3000].map(|nonzeros| Setting::Prune { nonzeros, block: 1 }),
        [2, 4, 8, 16].map(|nonzeros| Setting::Dictionary { atoms: 31, nonzeros: nonzeros.min(16) }),
    ] {
        let error = |setting| plan(Fit::Calibrated, &[("conv3", setting)], &[]);
        let errors: Vec<f64> =
            layers.iter().map(|s| output_error(&mut session, &error(*s), "conv3")).collect();
        assert!(errors.windows(2).all(|p| p[0] > p[1]), "{layers:?} {errors:?}");
    }
}
