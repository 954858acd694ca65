//! Plans: from a file, or one method for all layers.

use crate::arguments::Compress;
use crate::files;
use anyhow::{Context, Result, bail};
use sepal_core::session::{CostRow, Fit, LayerView, Method, ModelView, Order, Plan, Setting, Values};
use std::collections::BTreeMap;
use std::path::Path;

/// The plan that the arguments ask for.
pub(crate) fn read(arguments: &Compress, view: &ModelView) -> Result<Plan> {
    if let Some(path) = &arguments.plan {
        let mut plan = from_file(path)?;
        plan.fit = arguments.fit.map_or(plan.fit, Fit::from);
        return Ok(plan);
    }
    let Some(method) = arguments.method.map(Method::from) else { bail!("give --plan or --method") };
    if arguments.rank.is_nan() || arguments.rank <= 0.0 {
        bail!("--rank must be a number from 1, or a share between 0 and 1");
    }
    if !(0.0..=1.0).contains(&arguments.sparsity) {
        bail!("--sparsity must be between 0 and 1");
    }
    let settings = view.layers.iter().filter_map(|layer| {
        let setting = setting(layer, method, arguments)?;
        Some((layer.name.clone(), setting))
    });
    let layers: BTreeMap<String, Setting> = settings.collect();
    let stored = Values::from(arguments.values);
    let values = layers.keys().map(|name| (name.clone(), stored)).collect();
    let fit = arguments
        .fit
        .map_or(if arguments.calibration.is_empty() { Fit::Plain } else { Fit::Calibrated }, Fit::from);
    let plan = Plan { seed: arguments.seed, fit, layers, values };
    if plan.layers.is_empty() {
        bail!("{} at this rank makes no layer of {} smaller", method.name(), view.name);
    }
    Ok(plan)
}

/// The plan in a plan file or in a report.
pub(crate) fn from_file(path: &Path) -> Result<Plan> {
    let text = files::read(path)?;
    let wrong = || format!("{} is neither a plan nor a report with one", path.display());
    let value: serde_json::Value = serde_json::from_slice(&text).with_context(wrong)?;
    let plan = value.get("plan").cloned().unwrap_or(value);
    serde_json::from_value(plan).map_err(|error| anyhow::anyhow!("{}: {error}", wrong()))
}

/// The nearest setting that the layer offers, if that makes it smaller.
fn setting(layer: &LayerView, method: Method, arguments: &Compress) -> Option<Setting> {
    // The classifier and tiny layers: little to gain, accuracy to lose. A plan file can name them.
    if layer.suggested == Method::Keep {
        return None;
    }
    let stored = Values::from(arguments.values);
    let of_values = Values::ALL.iter().position(|values| *values == stored)?;
    if method == Method::Keep {
        return (*layer.whole_bytes.get(of_values)? < layer.bytes).then_some(Setting::Keep);
    }
    let rows = &layer.methods.iter().find(|m| m.method == method)?.rows;
    let largest = rows.last()?.rank as f64;
    let wanted = if arguments.rank < 1.0 { arguments.rank * largest } else { arguments.rank };
    let row = rows.iter().min_by(|a, b| distance(a, wanted).total_cmp(&distance(b, wanted)))?;
    let rank = row.rank;
    let kept = |all: usize| {
        let wanted = (1.0 - arguments.sparsity) * all as f64;
        let near = |n: &usize| (*n as f64 - wanted).abs();
        row.nonzeros.iter().enumerate().min_by(|a, b| near(a.1).total_cmp(&near(b.1)))
    };
    let all = layer.shape.iter().product();
    let (index, setting) = match method {
        Method::Keep => return None,
        Method::LowRank => (0, Setting::LowRank { rank }),
        Method::Channel => (0, Setting::Channel { rank }),
        Method::Separation => (0, Setting::Separation { rank, order: Order::Vertical, kept: 100 }),
        Method::Dictionary => {
            let (index, &nonzeros) = kept(rank)?;
            (index, Setting::Dictionary { atoms: rank, nonzeros })
        }
        Method::DoubleSparse => {
            let (index, &nonzeros) = kept(all)?;
            (index, Setting::DoubleSparse { nonzeros })
        }
        Method::Prune => {
            let (index, &nonzeros) = kept(all)?;
            (index, Setting::Prune { nonzeros, block: arguments.block })
        }
    };
    (*row.bytes.get(of_values)?.get(index)? < layer.bytes).then_some(setting)
}

fn distance(row: &CostRow, wanted: f64) -> f64 {
    (row.rank as f64 - wanted).abs()
}
