//! The session on the models that the page ships.

use sepal_core::session::{
    Evaluator, File, Method, ModelView, OpenOptions, Order, Plan, Preprocessing, Score, Session, Setting,
};

const MODELS: [(&str, &str, f64); 3] = [
    ("lenet-300-100.onnx", "mnist-evaluation.npz", 98.4),
    ("lenet-5-caffe.onnx", "mnist-evaluation.npz", 99.4),
    ("watch-cnn.onnx", "watch-evaluation.npz", 84.8),
];

fn file(folder: &str, name: &str) -> Vec<u8> {
    let path = format!("{}/../../www/public/{folder}/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

fn open(name: &str) -> (Session, ModelView) {
    let mut session = Session::new();
    let view =
        session.open_model(vec![File::new(name, file("model", name))], &OpenOptions::default()).unwrap();
    (session, view)
}

fn evaluator(session: &mut Session, samples: &str) -> Evaluator {
    let data = vec![File { name: samples.into(), bytes: file("sample", samples) }];
    session.open_samples(samples, data, &Preprocessing::default()).unwrap();
    let samples = session.take_samples().unwrap();
    let mut evaluator = Evaluator::default();
    evaluator.set_samples(samples).unwrap();
    evaluator
}

fn score(evaluator: &mut Evaluator) -> Score {
    let count = evaluator.samples();
    let slices = (0..count).step_by(200);
    slices.fold(Score::default(), |sum, from| sum.plus(evaluator.score(from, from + 200).unwrap()))
}

fn one_layer(layer: &str, setting: Setting) -> Plan {
    Plan { seed: 3, layers: [(layer.to_owned(), setting)].into(), ..Plan::default() }
}

/// A cheap plan that uses every method the model offers.
fn mixed_plan(view: &ModelView) -> Plan {
    let chosen = view.layers.iter().enumerate().filter_map(|(index, layer)| {
        let method = layer.methods.get(index % layer.methods.len().max(1))?;
        let row = &method.rows[method.rows.len() / 3];
        let all = row.settings();
        Some((layer.name.clone(), all[(all.len() - 1) / 2]))
    });
    Plan { seed: 3, layers: chosen.collect(), ..Plan::default() }
}

#[test]
fn the_originals_score_what_their_packing_script_measured() {
    for (name, samples, accuracy) in MODELS {
        let (mut session, view) = open(name);
        assert_eq!(view.evaluation, None);
        let mut evaluator = evaluator(&mut session, samples);
        evaluator.set_model(session.base_bytes().unwrap(), None).unwrap();
        let measured = score(&mut evaluator).accuracy_percent();
        assert!((measured - accuracy).abs() < 1e-9, "{name}: {measured}");
    }
}

#[test]
fn known_sizes_and_operations() {
    let expected = [(266_610, 1_066_440, 266_200), (431_080, 1_724_320, 2_293_000), (8_471, 33_884, 389_344)];
    for ((name, ..), (parameters, bytes, macs)) in MODELS.into_iter().zip(expected) {
        let (_, view) = open(name);
        assert_eq!((view.parameters, view.bytes, view.macs), (parameters, bytes, macs), "{name}");
    }
}

#[test]
fn methods_that_no_layer_can_take_are_not_offered() {
    let offered = |name: &str| -> Vec<Method> { open(name).1.methods.iter().map(|m| m.method).collect() };
    assert_eq!(offered("lenet-5-caffe.onnx"), Method::ALL);
    let dense = [Method::LowRank, Method::Dictionary, Method::DoubleSparse, Method::Prune];
    assert_eq!(offered("lenet-300-100.onnx"), dense);
}

#[test]
fn the_empty_plan_downloads_the_file_itself() {
    for (name, ..) in MODELS {
        let (session, _) = open(name);
        assert!(session.export_onnx(&Plan::default()).unwrap() == file("model", name), "{name}");
    }
}

#[test]
fn cost_tables_tell_what_applying_gives() {
    for (name, ..) in MODELS {
        let (mut session, view) = open(name);
        for layer in &view.layers {
            for method in &layer.methods {
                let row = &method.rows[method.rows.len() / 2];
                let (rank, all) = (row.rank, row.settings());
                // Large dictionaries and double sparse forms take long to learn.
                let at = if method.method == Method::Prune { all.len() / 2 } else { 0 };
                if method.method == Method::Dictionary && rank > 60 {
                    continue;
                }
                let setting = all[at];
                let plan = one_layer(&layer.name, setting);
                session.factor(&plan).unwrap();
                let (applied, _) = session.apply(&plan).unwrap();
                let result = applied.layers.iter().find(|l| l.name == layer.name).unwrap();
                let table = session.costs(&layer.name).unwrap();
                let row = table.iter().find(|m| m.method == method.method).unwrap();
                let row = row.rows.iter().find(|r| r.rank == rank).unwrap();
                let expected = (row.parameters[at], row.bytes[0][at], row.macs[at]);
                assert_eq!((result.parameters, result.bytes, result.macs), expected, "{name} {setting}");
            }
        }
    }
}

#[test]
fn full_rank_reproduces_the_model() {
    for (name, samples, accuracy) in MODELS {
        let (mut session, view) = open(name);
        let mut evaluator = evaluator(&mut session, samples);
        for method in [Method::LowRank, Method::Channel, Method::Separation] {
            let full = view.layers.iter().filter_map(|layer| {
                let rows = &layer.methods.iter().find(|m| m.method == method)?.rows;
                Some((layer.name.clone(), rows.last()?.setting))
            });
            let plan = Plan { layers: full.collect(), ..Plan::default() };
            session.factor(&plan).unwrap();
            let (applied, bytes) = session.apply(&plan).unwrap();
            // Measured on the product of float32 factors, whose SVD is float32 too.
            assert!(applied.reconstruction_error < 2e-5, "{name}: {}", applied.reconstruction_error);
            evaluator.set_model(bytes, None).unwrap();
            let measured = score(&mut evaluator).accuracy_percent();
            assert!((measured - accuracy).abs() < 0.11, "{name} {method:?}: {measured}");
        }
    }
}

#[test]
fn a_download_reopens_with_the_same_figures() {
    for (name, samples, _) in MODELS {
        let (mut session, view) = open(name);
        let plan = mixed_plan(&view);
        session.factor(&plan).unwrap();
        let (applied, bytes) = session.apply(&plan).unwrap();
        let file = session.export_onnx(&plan).unwrap();
        let mut again = Session::new();
        let view = again.open_model(vec![File::new("again.onnx", file)], &OpenOptions::default()).unwrap();
        let before = (applied.parameters, applied.bytes, applied.macs);
        assert_eq!((view.parameters, view.bytes, view.macs), before, "{name} {plan:?}");
        let mut evaluator = evaluator(&mut session, samples);
        evaluator.set_model(bytes, None).unwrap();
        let ours = score(&mut evaluator);
        evaluator.set_model(again.base_bytes().unwrap(), None).unwrap();
        assert_eq!(score(&mut evaluator), ours, "{name}");
    }
}

#[test]
fn kept_activations_change_nothing() {
    let (mut session, view) = open("lenet-5-caffe.onnx");
    let mut evaluator = evaluator(&mut session, "mnist-evaluation.npz");
    evaluator.set_base(session.base_bytes().unwrap()).unwrap();
    let plan = one_layer("fc1", Setting::LowRank { rank: 12 });
    session.factor(&plan).unwrap();
    let (applied, bytes) = session.apply(&plan).unwrap();
    assert!(applied.resume_at.is_some() && view.layers.len() == 4);
    evaluator.set_model(bytes.clone(), None).unwrap();
    let whole = score(&mut evaluator);
    evaluator.set_model(bytes, applied.resume_at).unwrap();
    for _ in 0..2 {
        assert_eq!(score(&mut evaluator), whole);
    }
}

#[test]
fn the_same_plan_and_seed_give_the_same_bytes() {
    let run = |seed: u64| {
        let (mut session, view) = open("watch-cnn.onnx");
        let plan = Plan { seed, ..mixed_plan(&view) };
        session.factor(&plan).unwrap();
        session.export_onnx(&plan).unwrap()
    };
    assert!(run(1) == run(1));
    assert!(run(1) != run(2));
}

#[test]
fn error_never_rises_along_a_path() {
    let (mut session, view) = open("watch-cnn.onnx");
    for layer in view.layers {
        for method in layer.methods {
            let mut last = f64::INFINITY;
            // Each number of atoms has its own dictionary, each double sparse form its own supports.
            let rows = match method.method {
                Method::DoubleSparse => continue,
                Method::Dictionary => &method.rows[3..4],
                _ => &method.rows[..],
            };
            for row in rows {
                for setting in row.settings() {
                    let plan = one_layer(&layer.name, setting);
                    session.factor(&plan).unwrap();
                    let error = session.apply(&plan).unwrap().0.reconstruction_error;
                    assert!(error <= last + 1e-9, "{} {setting}: {error} after {last}", layer.name);
                    last = error;
                }
            }
        }
    }
}

#[test]
fn plans_that_do_not_fit_are_refused_with_a_sentence() {
    let (session, _) = open("lenet-300-100.onnx");
    let cases = [
        (one_layer("fc9", Setting::Keep), "no layer 'fc9'"),
        (one_layer("fc1", Setting::LowRank { rank: 0 }), "ranks go from 1 to 300"),
        (one_layer("fc1", Setting::LowRank { rank: 301 }), "ranks go from 1 to 300"),
        (
            one_layer("fc1", Setting::Separation { rank: 1, order: Order::Vertical, kept: 100 }),
            "no filters of more than one row and one column",
        ),
        (one_layer("fc1", Setting::Dictionary { atoms: 299, nonzeros: 1 }), "dictionaries have 2, 3, 4"),
        (
            one_layer("fc1", Setting::Dictionary { atoms: 4, nonzeros: 3 }),
            "non-zeros per column go from 1 to 2",
        ),
        (one_layer("fc1", Setting::Channel { rank: 1 }), "no filters of more than one value"),
        (one_layer("fc1", Setting::Prune { nonzeros: 0, block: 1 }), "1 to 235200 weights can stay"),
        (one_layer("fc1", Setting::Prune { nonzeros: 10, block: 3 }), "1, 4 or 8"),
        (one_layer("fc1", Setting::DoubleSparse { nonzeros: 9 }), "non-zeros go from"),
    ];
    for (plan, expected) in cases {
        let error = session.pending(&plan).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let plan = one_layer("fc1", Setting::LowRank { rank: 3 });
    assert!(session.apply(&plan).unwrap_err().to_string().contains("not been factored"));
}

#[test]
fn a_broken_file_leaves_the_model_in_use() {
    let (mut session, view) = open("watch-cnn.onnx");
    assert!(
        session.open_model(vec![File::new("broken.onnx", b"not a model")], &OpenOptions::default()).is_err()
    );
    let junk = vec![File { name: "junk.npz".into(), bytes: b"junk".to_vec() }];
    assert!(session.open_samples("junk.npz", junk, &Preprocessing::default()).is_err());
    let wrong = vec![File { name: "m.npz".into(), bytes: file("sample", "mnist-evaluation.npz") }];
    let error = session.open_samples("m.npz", wrong, &Preprocessing::default()).unwrap_err().to_string();
    assert!(error.contains("784") && error.contains("768"), "{error}");
    assert_eq!(session.view().unwrap(), view);
}

#[test]
fn a_report_holds_a_plan_that_works_again() {
    let (mut session, view) = open("watch-cnn.onnx");
    let plan = mixed_plan(&view);
    session.factor(&plan).unwrap();
    let score = Some(Score::classes(90, 100));
    let json = session.report(&plan, score.clone(), score).unwrap().to_json();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let again: Plan = serde_json::from_value(value["plan"].clone()).unwrap();
    assert_eq!(again, plan);
    for key in
        ["parameters", "bytes", "macs", "base_bytes", "base_macs", "accuracy", "base_accuracy", "layers"]
    {
        assert!(!value[key].is_null(), "{key}");
    }
    assert_eq!(value["layers"][0]["name"], "conv1");
}
