//! `sepal inspect`.

use crate::arguments::Inspect;
use crate::files;
use anyhow::Result;
use sepal_core::session::{LayerView, Method, ModelView};
use serde::Serialize;

#[derive(Serialize)]
struct Output<'a> {
    name: &'a str,
    format: &'a str,
    parameters: usize,
    bytes: usize,
    macs: u64,
    layers: Vec<Layer<'a>>,
    metadata: std::collections::BTreeMap<&'a str, &'a str>,
    warnings: &'a [String],
    evaluation: &'a Option<String>,
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
    let (_, view) = files::open_model(&arguments.model)?;
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
        parameters: view.parameters,
        bytes: view.bytes,
        macs: view.macs,
        layers: layers.collect(),
        metadata: view.metadata.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect(),
        warnings: &view.warnings,
        evaluation: &view.evaluation,
    }
}

fn text(output: &Output) -> String {
    let mut lines = vec![format!("{} ({})", output.name, output.format)];
    lines.push(format!(
        "{:<24} {:<8} {:<16} {:>11} {:>11} {:>13}  methods",
        "layer", "op", "shape", "parameters", "bytes", "MACs"
    ));
    for layer in &output.layers {
        let names: Vec<&str> = layer.methods.iter().map(|m| m.name()).collect();
        let shape: Vec<String> = layer.shape.iter().map(ToString::to_string).collect();
        let methods = match layer.reason {
            Some(reason) => format!("none: {reason}"),
            None => names.join(", "),
        };
        lines.push(format!(
            "{:<24} {:<8} {:<16} {:>11} {:>11} {:>13}  {methods}",
            layer.name,
            layer.op,
            shape.join("x"),
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
    lines.extend(output.warnings.iter().cloned());
    lines.extend(output.evaluation.iter().map(|reason| format!("It cannot be evaluated: {reason}.")));
    lines.join("\n")
}
