//! Plans: from a file, or one method for all layers.

use crate::arguments::Compress;
use crate::files;
use anyhow::{Context, Result, bail};
use sepal_core::session::{CostRow, LayerView, Method, ModelView, Plan, Setting};

/// The plan that the arguments ask for.
pub(crate) fn read(arguments: &Compress, view: &ModelView) -> Result<Plan> {
    if let Some(path) = &arguments.plan {
        let text = files::read(path)?;
        let wrong = || format!("{} is neither a plan nor a report with one", path.display());
        let value: serde_json::Value = serde_json::from_slice(&text).with_context(wrong)?;
        let plan = value.get("plan").cloned().unwrap_or(value);
        return serde_json::from_value(plan).map_err(|error| anyhow::anyhow!("{}: {error}", wrong()));
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
    let plan = Plan { seed: arguments.seed, layers: settings.collect() };
    if plan.layers.is_empty() {
        bail!("{} at this rank makes no layer of {} smaller", method.name(), view.name);
    }
    Ok(plan)
}

/// The nearest setting that the layer offers, if that makes it smaller.
fn setting(layer: &LayerView, method: Method, arguments: &Compress) -> Option<Setting> {
    let rows = &layer.methods.iter().find(|m| m.method == method)?.rows;
    let largest = rows.last()?.rank as f64;
    // The classifier and tiny layers: little to gain, accuracy to lose. A plan file can name them.
    if layer.suggested == Method::Keep {
        return None;
    }
    let wanted = if arguments.rank < 1.0 { arguments.rank * largest } else { arguments.rank };
    let row = rows.iter().min_by(|a, b| distance(a, wanted).total_cmp(&distance(b, wanted)))?;
    let rank = row.rank;
    let (index, setting) = match method {
        Method::Keep => return None,
        Method::LowRank => (0, Setting::LowRank { rank }),
        Method::Separation => (0, Setting::Separation { rank }),
        Method::Dictionary => {
            let wanted = ((1.0 - arguments.sparsity) * rank as f64).round() as usize;
            let nonzeros = wanted.clamp(1, *row.nonzeros.last()?);
            (nonzeros - 1, Setting::Dictionary { atoms: rank, nonzeros })
        }
    };
    (*row.bytes.get(index)? < layer.bytes).then_some(setting)
}

fn distance(row: &CostRow, wanted: f64) -> f64 {
    (row.rank as f64 - wanted).abs()
}
