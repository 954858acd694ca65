//! The package as the page's workers use it, compiled to wasm and run by Node.js: JavaScript values
//! in, JavaScript values out.
#![cfg(target_arch = "wasm32")]

use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
use sepal_wasm::evaluator::Evaluator;
use sepal_wasm::plot::render_chart;
use sepal_wasm::session::Session;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const MNIST: &[u8] = include_bytes!("../../../www/public/sample/mnist-evaluation.npz");
const MOTION: &[u8] = include_bytes!("../../../www/public/sample/watch-evaluation.npz");
const CALIBRATION: &[u8] = include_bytes!("../../../www/public/sample/watch-calibration.npz");
const MLP: &[u8] = include_bytes!("../../../www/public/model/lenet-300-100.onnx");
const LENET: &[u8] = include_bytes!("../../../www/public/model/lenet-5-caffe.onnx");
const WATCH: &[u8] = include_bytes!("../../../www/public/model/watch-cnn.onnx");

fn json(text: &str) -> JsValue {
    JSON::parse(text).unwrap()
}

fn get(value: &JsValue, key: &str) -> JsValue {
    Reflect::get(value, &key.into()).unwrap()
}

fn number(value: &JsValue, key: &str) -> f64 {
    get(value, key).as_f64().unwrap()
}

fn text(value: &JsValue, key: &str) -> String {
    get(value, key).as_string().unwrap_or_default()
}

fn file(name: &str, bytes: &[u8]) -> Array {
    let file = Object::new();
    Reflect::set(&file, &"name".into(), &name.into()).unwrap();
    Reflect::set(&file, &"bytes".into(), &Uint8Array::from(bytes)).unwrap();
    Array::of1(&file)
}

/// A session and an evaluator that share model and samples, as in the page.
fn open(model: &[u8], samples: &[u8]) -> (Session, Evaluator) {
    let mut session = Session::new();
    session.open_model(&file("model.onnx", model), Object::new().into()).unwrap();
    let view =
        session.open_samples("samples.npz", &file("samples.npz", samples), Object::new().into()).unwrap();
    let shape: Array = get(&view, "shape").unchecked_into();
    let shape = shape.iter().map(|d| d.as_f64().unwrap() as u32).collect();
    let mut evaluator = Evaluator::new();
    let (x, y) = (session.samples_x().to_vec(), session.samples_y().to_vec());
    let targets = session.samples_targets().to_vec();
    // The view has both: what samples are scored by, and how outputs choose classes.
    evaluator.set_samples(x, y, targets, shape, view.into()).unwrap();
    evaluator.set_base(model.to_vec()).unwrap();
    (session, evaluator)
}

/// The right ones of all 1,000 samples.
fn correct(evaluator: &mut Evaluator) -> f64 {
    let slices = (0..1000).step_by(250).map(|from| evaluator.score(from, from + 250).unwrap());
    slices.map(|score| number(&score, "correct")).sum()
}

/// Factors all that `plan` needs, step by step; the number of steps.
fn factor(session: &mut Session, plan: &JsValue) -> usize {
    let mut steps = 0;
    while let Some(task) = get(&session.pending(plan.clone()).unwrap(), "0").dyn_into::<Object>().ok() {
        session.advance(task.into(), plan.clone()).unwrap();
        steps += 1;
        assert!(steps < 1000, "factoring does not end");
    }
    steps
}

#[wasm_bindgen_test]
fn the_originals_score_what_their_packing_script_measured() {
    for (model, samples, expected) in [(MLP, MNIST, 984.0), (LENET, MNIST, 994.0), (WATCH, MOTION, 848.0)] {
        let (_, mut evaluator) = open(model, samples);
        evaluator.set_model(model.to_vec(), None).unwrap();
        assert_eq!(correct(&mut evaluator), expected);
    }
}

#[wasm_bindgen_test]
fn a_plan_is_factored_applied_scored_and_downloaded() {
    let (mut session, mut evaluator) = open(MLP, MNIST);
    let plan = json(
        r#"{"seed": 1, "layers": {"fc1": {"method": "low_rank", "rank": 65}, "fc2": {"method": "low_rank", "rank": 22}}}"#,
    );
    assert!(factor(&mut session, &plan) >= 2);
    let applied = session.apply(plan.clone()).unwrap();
    // (784 + 300) 65 + (300 + 100) 22 + fc3's 1000 values and 410 biases.
    let parameters = f64::from((784 + 300) * 65 + (300 + 100) * 22 + 100 * 10 + 410);
    assert_eq!(number(&applied, "parameters"), parameters);
    assert_eq!(number(&applied, "bytes"), 4.0 * parameters);
    assert_eq!(number(&applied, "macs"), parameters - 410.0);

    let resume_at = get(&applied, "resumeAt").as_string();
    evaluator.set_model(session.applied_bytes().to_vec(), resume_at).unwrap();
    let right = correct(&mut evaluator);
    assert!(right >= 970.0, "{right}");

    let download = session.export_onnx(plan).unwrap().to_vec();
    let (mut again, mut other) = open(&download, MNIST);
    other.set_model(download.clone(), None).unwrap();
    assert_eq!(correct(&mut other), right);
    let reopened = again.apply(json(r#"{"seed": 1, "layers": {}}"#)).unwrap();
    assert_eq!(number(&reopened, "parameters"), parameters);
}

#[wasm_bindgen_test]
fn every_method_runs_in_wasm() {
    let (mut session, mut evaluator) = open(LENET, MNIST);
    let plan = json(
        r#"{"seed": 1, "layers": {"conv2": {"method": "separation", "rank": 10},
            "fc1": {"method": "low_rank", "rank": 60},
            "fc2": {"method": "dictionary", "atoms": 8, "nonzeros": 4}}}"#,
    );
    factor(&mut session, &plan);
    let applied = session.apply(plan.clone()).unwrap();
    evaluator.set_model(session.applied_bytes().to_vec(), get(&applied, "resumeAt").as_string()).unwrap();
    assert!(correct(&mut evaluator) > 900.0);
    let report = session.export_report(plan, json("null"), json("null")).unwrap();
    let report = json(&String::from_utf8(report.to_vec()).unwrap());
    assert_eq!(number(&report, "bytes"), number(&applied, "bytes"));
    assert_eq!(number(&report, "macs"), number(&applied, "macs"));
}

#[wasm_bindgen_test]
fn calibration_is_fitted_to_and_a_search_runs_step_by_step() {
    let (mut session, mut evaluator) = open(WATCH, MOTION);
    let view = session.open_calibration("c.npz", &file("c.npz", CALIBRATION), Object::new().into()).unwrap();
    assert_eq!(number(&view, "samples"), 500.0);
    let request = r#"{"bytes": 6000, "macs": null, "ramBytes": null, "maxLoss": null, "fit": "sequential",
        "methods": ["keep", "low_rank"], "values": ["int8", "codebook"], "blocks": [1], "seed": 1,
        "locked": {"fc": {"setting": {"method": "keep"}, "values": "float"}}, "refine": false}"#;
    session.start_search(json(request)).unwrap();
    let mut steps = 0;
    let plan = loop {
        let progress = session.step_search().unwrap();
        if text(&progress, "stage") == "done" {
            break get(&progress, "plan");
        }
        steps += 1;
        assert!(steps < 10_000, "the search does not end");
    };
    factor(&mut session, &plan);
    let applied = session.apply(plan).unwrap();
    assert!(number(&applied, "bytes") <= 6000.0 && text(&applied, "fit") == "sequential");
    evaluator.set_model(session.applied_bytes().to_vec(), get(&applied, "resumeAt").as_string()).unwrap();
    let right = correct(&mut evaluator);
    assert!(right >= 830.0, "{right}");
}

#[wasm_bindgen_test]
fn errors_carry_their_fields_and_leave_the_session_as_it_was() {
    let (mut session, _) = open(WATCH, MOTION);
    let error = session.open_model(&file("cut.onnx", &MLP[..5000]), Object::new().into()).unwrap_err();
    assert!(error.is_instance_of::<js_sys::Error>());
    assert_eq!((text(&error, "code"), text(&error, "stage")), ("malformed".into(), "import".into()));
    assert!(!text(&error, "message").is_empty() && !text(&error, "hint").is_empty());

    let error =
        session.open_samples("cut.npz", &file("cut.npz", &MNIST[..900]), Object::new().into()).unwrap_err();
    assert_eq!(text(&error, "stage"), "dataset");
    let unknown = json(r#"{"seed": 1, "layers": {"nothing": {"method": "low_rank", "rank": 2}}}"#);
    assert_eq!(text(&session.apply(unknown).unwrap_err(), "code"), "no_layer");
    let strange = json(r#"{"seed": 1, "layers": {"conv1": {"method": "magic"}}}"#);
    assert_eq!(text(&session.apply(strange).unwrap_err(), "code"), "argument");

    let applied = session.apply(json(r#"{"seed": 1, "layers": {}}"#)).unwrap();
    assert_eq!(number(&applied, "parameters"), 8471.0);
}

#[wasm_bindgen_test]
fn charts_are_drawn() {
    let axis = r#"{"min": 0, "max": 1, "log": false, "format": "percent", "label": "Rank"}"#;
    let chart = format!(
        r#"{{"width": 320, "height": 160, "x": {axis}, "y": {axis},
            "series": [{{"id": "accuracy", "mark": "line", "points": [[0, 0.1], [1, 0.9]]}}], "rules": [], "title": "Sweep", "description": ""}}"#
    );
    let picture = render_chart(json(&chart)).unwrap();
    assert!(text(&picture, "svg").contains("series accuracy"));
    assert!(render_chart(json("{}")).is_err());
}
