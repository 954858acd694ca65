//! The TypeScript types of the page, and the constants that it shares with the engine, are made from the Rust ones:
//! this test fails when they drift apart. `BLESS=1 cargo test -p sepal-wasm --test protocol` writes them anew.
#![cfg(not(target_arch = "wasm32"))]

use sepal_core::dataset;
use sepal_core::session::{self as core, format};
use serde::Serialize;
use std::collections::BTreeMap;
use ts_rs::{Config, TS};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/src/protocol/generated.ts");
const HEADER: &str = "// Generated from the Rust types by crate/wasm/tests/protocol.rs; do not edit. A test fails when it drifts.\n";

fn types() -> String {
    let config = Config::default();
    let declare = |text: String| format!("\nexport {text}\n");
    macro_rules! all {
        ($($type:ty),* $(,)?) => { [$(declare(<$type>::decl(&config))),*].concat() };
    }
    let types = all!(
        core::Method,
        core::Order,
        core::Setting,
        core::Values,
        core::Fit,
        core::Plan,
        core::CostRow,
        core::MethodDial,
        core::MethodProperty,
        core::MethodFacts,
        core::MethodView,
        core::LayerView,
        core::InputView,
        core::OpenOptions,
        core::SizeView,
        core::Effect,
        core::Problem,
        core::ModelView,
        core::Metric,
        core::Layout,
        core::Colour,
        core::Choosing,
        core::Preprocessing,
        core::Preview,
        core::SamplesView,
        core::CalibrationView,
        core::OutputView,
        core::LayerResult,
        core::Precision,
        core::Preference,
    );
    let formats = core::Format::NAMES.map(|name| format!("\"{name}\"")).join(" | ");
    let formats = declare(format!("type Format = {formats};"));
    let later = all!(
        core::ArtifactOptions,
        core::Instructions,
        core::LayerDevice,
        core::DeviceCost,
        core::DeviceFit,
        core::Applied,
        core::Factoring,
        core::Work,
        core::Task,
        core::TaskProgress,
        core::Fixed,
        core::SearchRequest,
        core::FrontPoint,
        core::SearchStage,
        core::Binding,
        core::SearchProgress,
        core::Spectrum,
        core::Score,
        core::HeldOut,
        core::Verified,
        core::ErrorCode,
        core::ErrorStage,
        core::SepalError,
        core::Processor,
        core::Device,
        sepal_plot::TickFormat,
        sepal_plot::Axis,
        sepal_plot::Mark,
        sepal_plot::Series,
        sepal_plot::Direction,
        sepal_plot::Rule,
        sepal_plot::Chart,
        sepal_plot::Picture,
        format::Kind,
    );
    format!("{types}{formats}{later}")
}

/// A constant of the page: its comment, name, type and value.
fn constant(comment: &str, name: &str, of: &str, value: impl Serialize) -> String {
    let value = serde_json::to_string(&value).unwrap();
    format!("\n/**\n * {comment}\n */\nexport const {name}: {of} = {value};\n")
}

/// What the page and the engine must agree on beyond types.
fn constants() -> String {
    const FORMAT: &str = "readonly { name: string; kind: DataKind; endings: readonly string[]; magic: readonly { at: number; any: readonly (readonly number[])[] }[] }[]";
    let cores: BTreeMap<String, &str> =
        core::Processor::ALL.into_iter().map(|core| (word(core), core.name())).collect();
    [
        constant(
            "Formats of data: how their files are called, and what they begin with.",
            "FORMATS",
            FORMAT,
            &format::FORMATS,
        ),
        constant(
            "Endings of pictures and recordings in formats that are not read.",
            "NOT_READ",
            "readonly (readonly [DataKind, readonly string[]])[]",
            format::NOT_READ,
        ),
        constant("What a file packed with gzip begins with.", "GZIP", "readonly number[]", format::GZIP),
        constant(
            "Names of the array of labels in an .npz, in small letters.",
            "LABELS",
            "readonly string[]",
            dataset::LABELS,
        ),
        constant(
            "Most bytes of a model with its external data.",
            "MODEL_BYTES",
            "number",
            sepal_limit::FILE_BYTES.most(),
        ),
        constant("Most bytes of all data files.", "DATA_BYTES", "number", sepal_limit::DATA_BYTES.most()),
        constant("Most files in all folders together.", "FILES", "number", sepal_limit::FILES.most()),
        constant(
            "Ways to store values, in the order of the tables of costs.",
            "VALUES",
            "readonly Values[]",
            core::Values::ALL,
        ),
        constant(
            "Processors as they are called in text.",
            "PROCESSORS",
            "Readonly<Record<Processor, string>>",
            cores,
        ),
        constant(
            "Everything about how samples are read is left to the engine.",
            "GUESS",
            "Preprocessing",
            core::Preprocessing::default(),
        ),
        constant("A model as its file states it.", "AS_STATED", "OpenOptions", core::OpenOptions::default()),
        constant("A score of no samples.", "NO_SCORE", "Score", core::Score::default()),
        constant(
            "Percent of a layer's full rank that is offered first.",
            "USUAL_RANK",
            "number",
            core::usual::RANK_PERCENT,
        ),
        constant(
            "Percent of zeros that is offered first.",
            "USUAL_SPARSITY",
            "number",
            core::usual::SPARSITY_PERCENT,
        ),
    ]
    .concat()
}

/// A unit variant as it is called on the wire.
fn word(value: impl Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

#[test]
fn the_page_has_the_types_and_constants_of_the_core() {
    let made = format!("{HEADER}{}{}", types(), constants());
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PATH, &made).unwrap();
    }
    let there = std::fs::read_to_string(PATH).unwrap();
    assert!(
        there == made,
        "www/src/protocol/generated.ts is old: BLESS=1 cargo test -p sepal-wasm --test protocol"
    );
}
