//! Plans: from a file, or one method for all layers.

use crate::arguments::Compress;
use crate::files;
use anyhow::{Context, Result, bail};
use sepal_core::session::{
    CostRow, Fit, LayerView, Method, ModelView, Order, Plan, Session, Setting, Values,
};
use std::collections::BTreeMap;
use std::path::Path;

/// The plan that the arguments ask for.
pub(crate) fn read(arguments: &Compress, session: &Session, view: &ModelView) -> Result<Plan> {
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
    let mut layers = BTreeMap::new();
    let mut reasons = Reasons::default();
    for layer in &view.layers {
        match setting(layer, method, arguments, session) {
            Ok(setting) => _ = layers.insert(layer.name.clone(), setting),
            Err(reason) => reasons.add(&layer.name, reason),
        }
    }
    let stored = Values::from(arguments.values);
    let values = layers.keys().map(|name| (name.clone(), stored)).collect();
    let fit = arguments
        .fit
        .map_or(if arguments.calibration.is_empty() { Fit::Plain } else { Fit::Calibrated }, Fit::from);
    let plan = Plan { seed: arguments.seed, fit, layers, values };
    if plan.layers.is_empty() {
        bail!("{} changes no layer of {}: {}", method.name(), view.name, reasons.text());
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

/// Why layers stay as they are, those of one reason together.
#[derive(Default)]
struct Reasons(Vec<(String, Vec<String>)>);

/// Names that are listed of one reason.
const NAMED: usize = 4;

impl Reasons {
    fn add(&mut self, layer: &str, reason: String) {
        match self.0.iter_mut().find(|(own, _)| *own == reason) {
            Some((_, layers)) => layers.push(layer.into()),
            None => self.0.push((reason, vec![layer.into()])),
        }
    }

    /// As a list that ends a sentence.
    fn text(&self) -> String {
        if self.0.is_empty() {
            return "it has no layers with weights".into();
        }
        let told = self.0.iter().map(|(reason, layers)| {
            let names: Vec<String> = layers.iter().take(NAMED).map(|name| format!("'{name}'")).collect();
            let more = layers.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("{}{more}: {reason}", names.join(", "))
        });
        told.collect::<Vec<_>>().join("; ")
    }
}

/// Refuses `methods` of which none fits any of the layers `searched`.
pub(crate) fn check_methods(
    methods: &[Method],
    session: &Session,
    (view, searched): (&ModelView, &[&LayerView]),
) -> Result<()> {
    let mut reasons = Reasons::default();
    for layer in searched {
        for &method in methods {
            match unfit(layer, method, session) {
                None => return Ok(()),
                // Where none of several fits, the first says why.
                Some(reason) if Some(&method) == methods.first() => reasons.add(&layer.name, reason),
                Some(_) => {}
            }
        }
    }
    let names: Vec<&str> = methods.iter().map(|method| method.name()).collect();
    bail!("{} can change no layer of {}: {}", names.join(", "), view.name, reasons.text())
}

/// Why a method cannot change a layer.
fn unfit(layer: &LayerView, method: Method, session: &Session) -> Option<String> {
    session.unfit(&layer.name, method).or_else(|| {
        let rounded = layer.whole_bytes.iter().any(|&bytes| bytes < layer.bytes);
        let reason = "its values take no less in fewer bits";
        (method == Method::Keep && !rounded).then(|| reason.into())
    })
}

/// The nearest setting that the layer offers, if that makes it smaller; else why it stays as it is.
fn setting(
    layer: &LayerView,
    method: Method,
    arguments: &Compress,
    session: &Session,
) -> Result<Setting, String> {
    if let Some(reason) = unfit(layer, method, session) {
        return Err(reason);
    }
    // The classifier and tiny layers: little to gain, accuracy to lose. A plan file can name them.
    if layer.suggested == Method::Keep {
        return Err(
            "gives the model's answer, or has less than 2 % of its weights; a plan file can change it".into(),
        );
    }
    let stored = Values::from(arguments.values);
    let of_values = Values::ALL.iter().position(|values| *values == stored).unwrap_or_default();
    let larger = |setting: Setting, bytes: Option<&usize>| match bytes {
        Some(&bytes) if bytes < layer.bytes => Ok(setting),
        Some(bytes) => Err(format!("at {setting} it would take {bytes} bytes, it has {}", layer.bytes)),
        None => Err("the method does not offer this".into()),
    };
    if method == Method::Keep {
        let bytes = layer.whole_bytes.get(of_values);
        return larger(Setting::Keep, bytes)
            .map_err(|_| format!("stored as {} it is no smaller", stored.name()));
    }
    let (row, index, setting) =
        nearest(layer, method, arguments).ok_or("the method offers no setting for it")?;
    larger(setting, row.bytes.get(of_values).and_then(|bytes| bytes.get(index)))
}

/// The offered setting next to the one that the arguments ask for: its row, its place there, and itself.
fn nearest<'a>(
    layer: &'a LayerView,
    method: Method,
    arguments: &Compress,
) -> Option<(&'a CostRow, usize, Setting)> {
    let rows = &layer.methods.iter().find(|m| m.method == method)?.rows;
    let full = layer.full_rank as f64;
    let wanted = if arguments.rank < 1.0 { arguments.rank * full } else { arguments.rank };
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
    Some((row, index, setting))
}

fn distance(row: &CostRow, wanted: f64) -> f64 {
    (row.rank as f64 - wanted).abs()
}
