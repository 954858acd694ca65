//! A layer with constant weights at its full rank, in every form that has one: it must compute the same.

use crate::case::Case;
use crate::judge::run;
use rten::Value;
use sepal_core::compress::{Learning, Objective, Order, Parts, Setting, Target, Values, apply};
use sepal_core::export;
use sepal_core::graph::{Graph, Layer, LayerKind, Weight, declared_shapes, layers};

/// As a share of the largest output.
const TOLERANCE: f64 = 1e-4;

/// A sentence on the first layer of `graph`: which forms give `outputs` for `inputs`.
pub(crate) fn whole(graph: &Graph, inputs: &[Value], outputs: &[Value]) -> String {
    let found = layers(graph, &declared_shapes(graph));
    let Some(layer) = found.first() else { return "no layer".into() };
    let weight = match &layer.weight {
        Ok(weight) => weight,
        Err(reason) => return format!("not compressible: {reason}"),
    };
    let forms = forms(weight).into_iter().map(|(name, setting)| match form(graph, layer, weight, setting) {
        Err(reason) => format!("{name} FAILS: {reason}"),
        Ok(bytes) => match run(&bytes, inputs, true).map(|found| Case::error(&found, outputs)) {
            Ok(error) if error <= TOLERANCE => name.into(),
            Ok(error) => format!("{name} is WRONG by {error:.2}"),
            Err(reason) => format!("{name} FAILS: {reason}"),
        },
    });
    format!("the same as {}", forms.collect::<Vec<_>>().join(", "))
}

/// The settings that change nothing but the form.
fn forms(weight: &Weight) -> Vec<(&'static str, Setting)> {
    let (rows, columns) = weight.group_shape();
    let (height, width) = weight.filter_size();
    let mut forms =
        vec![("keep", Setting::Keep), ("prune", Setting::Prune { nonzeros: weight.matrix.len(), block: 1 })];
    if matches!(weight.kind, LayerKind::Fixed(_)) {
        return forms;
    }
    forms.insert(1, ("low_rank", Setting::LowRank { rank: rows.min(columns) }));
    let (channels, taps) = (columns / (height * width), height * width);
    if taps > 1 {
        forms.push(("channel", Setting::Channel { rank: channels.min(rows * taps) }));
    }
    if height > 1 && width > 1 {
        for (name, order) in [("vertical", Order::Vertical), ("horizontal", Order::Horizontal)] {
            let (first, second) = if order == Order::Vertical { (height, width) } else { (width, height) };
            let rank = (channels * first).min(rows * second);
            forms.push((name, Setting::Separation { rank, order, kept: 100 }));
        }
    }
    forms
}

fn form(graph: &Graph, layer: &Layer, weight: &Weight, setting: Setting) -> Result<Vec<u8>, String> {
    let parts = parts(weight, setting)?;
    export::dense(graph, &[(layer, &parts)]).map_err(|error| error.to_string())
}

fn parts(weight: &Weight, setting: Setting) -> Result<Parts, String> {
    let objective = Objective::plain(weight);
    let mut learning = Learning::start(setting, weight, &objective, 0).map_err(|error| error.to_string())?;
    let factored = loop {
        if let Some(factored) = learning.step() {
            break factored;
        }
    };
    let target = Target { weight, objective: &objective, values: Values::Float };
    apply(&factored, setting, target).ok_or_else(|| "no such form".into())
}
