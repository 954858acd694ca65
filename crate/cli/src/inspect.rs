//! `sepal inspect`.

use crate::arguments::Inspect;
use crate::files;
use anyhow::Result;
use sepal_core::session::{Effect, LayerView, Method, ModelView, Problem, SizeView};
use serde::Serialize;

#[derive(Serialize)]
struct Output<'a> {
    name: &'a str,
    format: &'a str,
    inputs: Vec<Input<'a>>,
    outputs: &'a [String],
    /// The one that is scored.
    #[serde(rename = "output")]
    scored: &'a str,
    /// Sizes that the file leaves open; those assumed are guessed.
    sizes: &'a [SizeView],
    parameters: usize,
    bytes: usize,
    macs: u64,
    layers: Vec<Layer<'a>>,
    metadata: std::collections::BTreeMap<&'a str, &'a str>,
    warnings: &'a [String],
    notes: &'a [String],
    evaluation: &'a Option<String>,
    problems: &'a [Problem],
}

#[derive(Serialize)]
struct Input<'a> {
    name: &'a str,
    shape: &'a [usize],
}

#[derive(Serialize)]
struct Layer<'a> {
    name: &'a str,
    op: &'a str,
    shape: &'a [usize],
    parameters: usize,
    bytes: usize,
    macs: u64,
    methods: Vec<Method>,
    reason: &'a Option<String>,
}

pub(crate) fn run(arguments: &Inspect) -> Result<String> {
    let (_, view) = files::open_model(&arguments.model, &arguments.opening)?;
    let output = output(&view);
    Ok(if arguments.json { serde_json::to_string_pretty(&output)? } else { text(&output) })
}

fn output(view: &ModelView) -> Output<'_> {
    let layer = |layer: &'_ LayerView| -> Vec<Method> { layer.methods.iter().map(|m| m.method).collect() };
    let layers = view.layers.iter().map(|l| Layer {
        name: &l.name,
        op: &l.op,
        shape: &l.shape,
        parameters: l.parameters,
        bytes: l.bytes,
        macs: l.macs,
        methods: layer(l),
        reason: &l.reason,
    });
    Output {
        name: &view.name,
        format: &view.format,
        inputs: view.inputs.iter().map(|i| Input { name: &i.name, shape: &i.shape }).collect(),
        outputs: &view.outputs,
        scored: &view.output,
        sizes: &view.sizes,
        parameters: view.parameters,
        bytes: view.bytes,
        macs: view.macs,
        layers: layers.collect(),
        metadata: view.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        warnings: &view.warnings,
        notes: &view.notes,
        evaluation: &view.evaluation,
        problems: &view.problems,
    }
}

fn text(output: &Output) -> String {
    let mut lines = vec![format!("{} ({})", output.name, output.format)];
    let inputs: Vec<String> =
        output.inputs.iter().map(|i| format!("{} {}", i.name, sizes(i.shape))).collect();
    lines.push(format!("inputs: {}; outputs: {}", inputs.join(", "), output.outputs.join(", ")));
    lines.push(format!(
        "{:<24} {:<8} {:<16} {:>11} {:>11} {:>13}  methods",
        "layer", "op", "shape", "parameters", "bytes", "MACs"
    ));
    for layer in &output.layers {
        let names: Vec<&str> = layer.methods.iter().map(|m| m.name()).collect();
        let methods = match layer.reason {
            Some(reason) => format!("none: {reason}"),
            None => names.join(", "),
        };
        lines.push(format!(
            "{:<24} {:<8} {:<16} {:>11} {:>11} {:>13}  {methods}",
            layer.name,
            layer.op,
            sizes(layer.shape),
            layer.parameters,
            layer.bytes,
            layer.macs
        ));
    }
    lines.push(format!(
        "{:<24} {:<8} {:<16} {:>11} {:>11} {:>13}",
        "total", "", "", output.parameters, output.bytes, output.macs
    ));
    for (key, value) in &output.metadata {
        let value: String = value.chars().filter(|c| !c.is_control()).take(120).collect();
        lines.push(format!("{key}: {value}"));
    }
    lines.extend(output.notes.iter().chain(output.warnings).cloned());
    lines.extend(output.evaluation.iter().map(|reason| format!("It cannot be evaluated: {reason}.")));
    lines.extend(told(output.problems));
    lines.join("\n")
}

fn sizes(shape: &[usize]) -> String {
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join("x")
}

/// All that is not supported, a line for each kind of effect and each node.
fn told(problems: &[Problem]) -> Vec<String> {
    let mut lines = Vec::new();
    for (effect, title) in [
        (Effect::Evaluation, "Not to be run here; layers, sizes and compression work:"),
        (Effect::Compression, "Layers that stay as they are:"),
        (Effect::Device, "Not for a device; all else works:"),
    ] {
        let found = problems.iter().filter(|problem| problem.effect == effect);
        let told: Vec<_> = found.map(|p| format!("  {} '{}': {}", p.op, p.node, p.reason)).collect();
        if !told.is_empty() {
            lines.push(title.into());
            lines.extend(told);
        }
    }
    lines
}
