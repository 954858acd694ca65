//! What is done with hostile bytes, by target: the fuzzers do it with bytes that they make up, and
//! `cargo test` with those that were kept (corpus/). A panic, and nothing else, is a find.

use sepal_core::session::{
    ArtifactOptions, File, Method, OpenOptions, Plan, Precision, Preprocessing, Session, Setting,
};
use sepal_runtime::Program;
use std::cell::RefCell;
use std::thread::LocalKey;

const DENSE: &[u8] = include_bytes!("../fixture/model/dense.onnx");
const LAYERS: &[u8] = include_bytes!("../fixture/model/layers.onnx");
const PICTURE: &[u8] = include_bytes!("../fixture/model/picture.onnx");
const LABELS: &[u8] = include_bytes!("../fixture/data/labels.idx");

/// Models with more weights are opened, not compressed: that would only be slow.
const WEIGHTS: usize = 2_000;
/// Larger arenas are not run in.
const ARENA_BYTES: usize = 1 << 20;

/// Gives `bytes` to what reads files of the kind of `target`.
///
/// # Panics
/// Where it finds a mistake.
pub(crate) fn feed(target: &str, bytes: &[u8]) {
    match target {
        "onnx" | "tflite" => model(&format!("m.{target}"), bytes),
        "npz" | "npy" | "csv" => samples(&FOR_VALUES, vec![File::new(format!("d.{target}"), bytes)]),
        "zip" => samples(&FOR_PICTURES, vec![File::new("d.zip", bytes)]),
        "idx" => {
            samples(&FOR_VALUES, vec![File::new("images", bytes), File::new("labels", LABELS)]);
            samples(&FOR_VALUES, vec![File::new("lonely", bytes)]);
        }
        "plan" => plan(bytes),
        "artifact" => artifact(bytes),
        other => panic!("there is no target {other}"),
    }
}

/// Opens a model, and does with it what a person would.
fn model(name: &str, bytes: &[u8]) {
    let mut session = Session::new();
    let Ok(view) = session.open_model(vec![File::new(name, bytes)], &OpenOptions::default()) else { return };
    // What cannot be said in ONNX is written too: it must be read again all the same.
    session.allow_partial();
    if view.parameters > WEIGHTS || view.macs > 1_000_000 {
        return;
    }
    let whole = Plan::default();
    let identity = session.export_onnx(&whole).expect("what opens can be written again");
    let mut again = Session::new();
    let second = again.open_model(vec![File::new(name, identity)], &OpenOptions::default());
    second.expect("what was written can be opened again");
    drop(session.apply(&whole));
    let options = ArtifactOptions { precision: Precision::Float, ..ArtifactOptions::default() };
    drop(session.export_artifact(&whole, &options));
    for layer in view.layers.iter().take(3) {
        if let Some(method) = layer.methods.iter().find(|method| method.method == Method::LowRank) {
            let rank = method.rows.first().map_or(1, |row| row.rank);
            let layers = [(layer.name.clone(), Setting::LowRank { rank })].into();
            let plan = Plan { layers, ..Plan::default() };
            if session.factor(&plan).is_ok() {
                drop((
                    session.apply(&plan),
                    session.export_onnx(&plan),
                    session.export_artifact(&plan, &options),
                ));
            }
        }
    }
}

thread_local! {
    // Opened once: opening a model takes longer than reading data.
    static FOR_VALUES: RefCell<Session> = RefCell::new(good(DENSE));
    static FOR_PICTURES: RefCell<Session> = RefCell::new(good(PICTURE));
}

/// A session with a model that is known to be good.
fn good(model: &[u8]) -> Session {
    let mut session = Session::new();
    let opened = session.open_model(vec![File::new("good.onnx", model)], &OpenOptions::default());
    opened.expect("the model is good");
    session
}

/// Opens data, to score with and to fit to.
fn samples(session: &'static LocalKey<RefCell<Session>>, files: Vec<File>) {
    session.with_borrow_mut(|session| {
        let asked = Preprocessing::default();
        if session.open_samples("data", files.clone(), &asked).is_ok() {
            session.take_interleaved().expect("they were opened");
        }
        drop(session.open_calibration("data", files, &asked));
    });
}

/// Carries out a plan.
fn plan(bytes: &[u8]) {
    let Ok(plan) = serde_json::from_slice::<Plan>(bytes) else { return };
    let mut session = good(LAYERS);
    if session.factor(&plan).is_ok() {
        session.apply(&plan).expect("what can be factored can be applied");
        session.export_onnx(&plan).expect("what can be applied can be written");
    }
}

/// Runs an artifact; its checksum is made right, or nothing behind it would ever be reached.
fn artifact(bytes: &[u8]) {
    let mut bytes = bytes.to_vec();
    if let Some(covered) = bytes.get(16..) {
        let crc = crc32(covered).to_le_bytes();
        bytes[12..16].copy_from_slice(&crc);
    }
    let Ok(program) = Program::parse(&bytes) else { return };
    let _ = program.operations().count();
    if program.arena_bytes() <= ARENA_BYTES {
        let mut arena = vec![0x5a; program.arena_bytes()];
        program.run(&mut arena).expect("what was checked runs");
    }
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(u32::MAX, |crc, &byte| (0..8).fold(crc ^ u32::from(byte), |crc, _| step(crc)))
}
