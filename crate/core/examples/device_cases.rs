//! Writes small artifacts, one for each operation and encoding of weights, with inputs and what the Rust runtime
//! gives for them: what the C runtime is held to on every machine (tests/device).
//!
//!     cargo run --release -p sepal-core --example device_cases -- FOLDER
//!     cargo run --release -p sepal-core --example device_cases -- FOLDER counted
//!
//! The second form writes larger ones, for counting instructions: tests/bench/device/fit.mjs.

#[path = "device_cases/program.rs"]
mod program;
#[path = "device_cases/retired.rs"]
mod retired;

use program::{Case, cases, counted};
use sepal_core::export::artifact::{OperationCost, Options, Preference, encode};
use sepal_runtime::Program;
use std::fs;
use std::io::{Error, Result};
use std::path::Path;

/// Samples of each case.
const SAMPLES: usize = 32;

fn main() -> Result<()> {
    let folder = std::env::args().nth(1).ok_or_else(|| Error::other("give a folder"))?;
    let counting = std::env::args().nth(2).is_some_and(|word| word == "counted");
    for case in if counting { counted() } else { cases() } {
        write(Path::new(&folder), &case).map_err(|error| Error::other(format!("{}: {error}", case.name)))?;
    }
    Ok(())
}

fn write(folder: &Path, case: &Case) -> Result<()> {
    let options = Options {
        preference: Preference::Small,
        formats: case.forced.into_iter().map(|forced| ("layer".to_owned(), forced)).collect(),
        instructions: |work| work.counts.parts().iter().sum(),
    };
    let artifact = encode(&case.program, &options).map_err(Error::other)?;
    let bytes = match case.retired {
        Some(format) => retired::rewritten(&artifact.bytes, format),
        None => artifact.bytes.clone(),
    };
    let program = Program::parse(&bytes).map_err(|error| Error::other(error.to_string()))?;
    let mut arena = vec![0; program.arena_bytes()];
    let mut random = fastrand::Rng::with_seed(case.name.len() as u64 + 7);
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    for sample in 0..SAMPLES {
        let mut all = Vec::new();
        for tensor in program.inputs() {
            for _ in 0..tensor.len() {
                all.extend(value(&mut random, tensor.is_float, sample));
            }
        }
        let mut at = 0;
        for index in 0..program.inputs().count() {
            let room = program.input_mut(&mut arena, index).ok_or_else(|| Error::other("no input"))?;
            let size = room.len();
            room.copy_from_slice(&all[at..at + size]);
            at += size;
        }
        program.run(&mut arena).map_err(|error| Error::other(error.to_string()))?;
        inputs.extend(all);
        for index in 0..program.outputs().count() {
            outputs.extend(program.output(&arena, index).ok_or_else(|| Error::other("no output"))?);
        }
    }
    let folder = folder.join(&case.name);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("model.sepal"), &bytes)?;
    fs::write(folder.join("input.bin"), &inputs)?;
    fs::write(folder.join("output.bin"), &outputs)?;
    let work = |op: &OperationCost| serde_json::json!({ "kernel": op.work.kernel, "counts": op.work.counts.parts() });
    let operations: Vec<_> = artifact.operations.iter().map(work).collect();
    let note = serde_json::json!({
        "name": case.name,
        "samples": SAMPLES,
        "inputBytes": inputs.len() / SAMPLES,
        "outputBytes": outputs.len() / SAMPLES,
        "arenaBytes": artifact.arena_bytes,
        "float": case.is_float,
        "description": case.description,
        "exactArena": true,
        "operations": operations,
    });
    fs::write(folder.join("case.json"), note.to_string())
}

/// A random element; the first samples are the extremes.
fn value(random: &mut fastrand::Rng, is_float: bool, sample: usize) -> Vec<u8> {
    if is_float {
        return (random.f32() * 8.0 - 4.0).to_le_bytes().to_vec();
    }
    let number = match sample {
        0 => i8::MIN,
        1 => i8::MAX,
        _ => random.i8(..),
    };
    vec![number.cast_unsigned()]
}
