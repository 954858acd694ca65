//! The TypeScript types of the page are made from the Rust types: this test fails when they drift
//! apart. `BLESS=1 cargo test -p sepal-wasm --test protocol` writes them anew.
#![cfg(not(target_arch = "wasm32"))]

use sepal_core::session as core;
use ts_rs::{Config, TS};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../www/src/protocol/generated.ts");
const HEADER: &str = "// Generated from the Rust types by crate/wasm/tests/protocol.rs; do not edit. A test fails when it drifts.\n";

fn declarations() -> String {
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
        core::Format,
        core::ArtifactOptions,
        core::Instructions,
        core::LayerDevice,
        core::DeviceCost,
        core::Applied,
        core::Factoring,
        core::Work,
        core::Task,
        core::TaskProgress,
        core::Fixed,
        core::SearchRequest,
        core::FrontPoint,
        core::SearchStage,
        core::SearchProgress,
        core::Spectrum,
        core::Score,
        core::HeldOut,
        core::Verified,
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
    );
    format!("{HEADER}{types}")
}

#[test]
fn the_page_has_the_types_of_the_core() {
    let made = declarations();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(PATH, &made).unwrap();
    }
    let there = std::fs::read_to_string(PATH).unwrap();
    assert!(
        there == made,
        "www/src/protocol/generated.ts is old: BLESS=1 cargo test -p sepal-wasm --test protocol"
    );
}
