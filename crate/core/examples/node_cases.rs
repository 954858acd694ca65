//! Runs the node cases of the package onnx through import, our graph, its encoding for evaluation and rten,
//! and says of each whether it gives the right outputs, or why not (`tests/conformance/node_cases.py` makes
//! them, `node_cases.test.mjs` holds the answers against a list).
//!
//!     cargo run -p sepal-core --example node_cases -- FOLDER
//!
//! Answers go to FOLDER/outcomes.json, models that import has changed to FOLDER/rewritten.

#[path = "node_cases/case.rs"]
mod case;
#[path = "panic/caught.rs"]
mod caught;
#[path = "node_cases/judge.rs"]
mod judge;
#[path = "node_cases/layer.rs"]
mod layer;

use case::{Blob, Case};
use caught::{caught, remember_panics};
use judge::{Outcome, judge};
use std::fs;
use std::io::{Error, Result};
use std::path::Path;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| Error::other("give a folder"))?;
    let folder = Path::new(&folder);
    let cases: Vec<Case> = serde_json::from_slice(&fs::read(folder.join("cases.json"))?)?;
    let blob = Blob(fs::read(folder.join("values.bin"))?);
    let rewritten = folder.join("rewritten");
    if rewritten.exists() {
        fs::remove_dir_all(&rewritten)?;
    }
    fs::create_dir_all(&rewritten)?;
    remember_panics();
    let mut outcomes = serde_json::Map::new();
    for case in &cases {
        // Should a case end the process, this names it.
        fs::write(folder.join("running"), &case.name)?;
        let Outcome { sentence, changed } = guarded(case, &blob);
        if let Some(bytes) = changed {
            fs::write(rewritten.join(format!("{}.onnx", case.name)), bytes)?;
        }
        outcomes.insert(case.name.clone(), sentence.into());
    }
    fs::write(folder.join("outcomes.json"), serde_json::to_vec_pretty(&outcomes)?)
}

/// The answer of one case, whatever panics on the way.
fn guarded(case: &Case, blob: &Blob) -> Outcome {
    caught(|| judge(case, blob))
        .unwrap_or_else(|said| Outcome { sentence: format!("PANIC {said}"), changed: None })
}
