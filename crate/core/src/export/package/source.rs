//! The artifact and its test vector as C.

use super::Vector;
use crate::device::{Encoding, Form};
use crate::export::artifact::Artifact;
use crate::export::artifact::program::Tensor;
use sepal_runtime::{FLOAT_FEATURE, Format, Layout, OpKind};
use std::fmt::Write;

/// Words of the array on one line.
const WORDS: usize = 8;
/// Bytes of an array on one line.
const BYTES: usize = 16;

/// `model.h`: the artifact as an aligned constant array, and what is needed to run it.
pub(super) fn model(name: &str, artifact: &Artifact, vector: &Vector) -> String {
    let mut text = format!(
        "/* {}: made by Sepal {}. Do not edit: export it again. */\n#ifndef SEPAL_MODEL_H\n#define SEPAL_MODEL_H\n\n#include <stdint.h>\n\n",
        name.replace("*/", ""),
        env!("CARGO_PKG_VERSION")
    );
    text.push_str("/* Only these kernels are compiled into the runtime. */\n#define SEPAL_SELECT\n");
    for define in selected(artifact) {
        line(&mut text, &format!("#define SEPAL_WITH_{define} 1"));
    }
    let bytes = |tensors: &[Tensor]| tensors.iter().map(|t| t.len() * t.element_bytes()).sum::<usize>();
    text.push('\n');
    line(&mut text, &format!("#define MODEL_BYTES {}u", artifact.bytes.len()));
    line(&mut text, &format!("#define MODEL_ARENA_BYTES {}u", artifact.arena_bytes));
    line(
        &mut text,
        &format!("#define MODEL_INPUT_BYTES {}u", bytes(&artifact.inputs).max(vector.input.len())),
    );
    line(
        &mut text,
        &format!("#define MODEL_OUTPUT_BYTES {}u", bytes(&artifact.outputs).max(vector.output.len())),
    );
    for (end, tensor) in [("INPUT", artifact.inputs.first()), ("OUTPUT", artifact.outputs.first())] {
        if let Some(q) = tensor.and_then(|tensor| tensor.quantisation) {
            line(&mut text, &format!("/* real = MODEL_{end}_SCALE * (q - MODEL_{end}_ZERO_POINT) */"));
            line(&mut text, &format!("#define MODEL_{end}_SCALE {:e}f", q.scale));
            line(&mut text, &format!("#define MODEL_{end}_ZERO_POINT ({})", q.zero_point));
        }
    }
    text.push_str("\n/* Little-endian words: aligned by their type, read in place from flash. */\n");
    text.push_str("static const uint32_t model_data[MODEL_BYTES / 4] = {\n");
    let words: Vec<String> = artifact
        .bytes
        .chunks_exact(4)
        .map(|w| format!("0x{:08x}u", w.try_into().map_or(0, u32::from_le_bytes)))
        .collect();
    rows(&mut text, &words, WORDS);
    text.push_str("};\n\n#endif\n");
    text
}

/// The kernels that an artifact needs, as the header calls them.
fn selected(artifact: &Artifact) -> Vec<String> {
    let features = artifact.features;
    let operations = OpKind::ALL.iter().map(|kind| (kind.feature(), kind.name()));
    let formats = Format::ALL.iter().map(|format| (format.feature(), format.name()));
    let all = operations.chain(formats).chain([(FLOAT_FEATURE, "FLOAT")]);
    let named = all.filter(|(feature, _)| features & feature != 0).map(|(_, name)| name);
    let needed = |layout: &Layout| {
        let own = Form::Stored(Encoding::from(*layout));
        artifact.operations.iter().any(|operation| operation.work.kernel.form == own)
    };
    let layouts = Layout::ALL.iter().filter(|layout| needed(layout)).map(|layout| layout.name);
    named.chain(layouts).map(str::to_ascii_uppercase).collect()
}

/// `selftest.h`: a sample and the bytes that the runtime must give for it.
pub fn self_test(vector: &Vector) -> String {
    let mut text = String::from(
        "/* A sample and what the artifact gives for it, byte for byte, on every machine. */\n#ifndef SEPAL_SELFTEST_H\n#define SEPAL_SELFTEST_H\n\n#include <stdint.h>\n\n",
    );
    for (name, bytes) in [("selftest_input", &vector.input), ("selftest_output", &vector.output)] {
        line(&mut text, &format!("static const uint8_t {name}[{}] = {{", bytes.len().max(1)));
        let values: Vec<String> = bytes.iter().map(u8::to_string).collect();
        rows(&mut text, &values, BYTES);
        text.push_str("};\n\n");
    }
    text.push_str("#endif\n");
    text
}

fn line(text: &mut String, line: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{line}");
}

fn rows(text: &mut String, values: &[String], each: usize) {
    for row in values.chunks(each) {
        line(text, &format!("  {},", row.join(", ")));
    }
}
