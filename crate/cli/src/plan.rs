//! Plans: from a file, or one method for all layers.

use crate::arguments::Compress;
use crate::files;
use anyhow::{Context, Result, bail};
use sepal_core::session::{Dials, Fit, LayerView, Method, ModelView, Plan, Session, Setting, Values};
use std::collections::BTreeMap;
use std::path::Path;

/// The plan that the arguments ask for.
pub(crate) fn read(arguments: &Compress, session: &Session, view: &ModelView) -> Result<Plan> {
    if let Some(path) = &arguments.plan {
        let mut plan = from_file(path)?;
        plan.fit = arguments.fit.map_or(plan.fit, Fit::from);
        return Ok(plan);
    }
    let Some(method) = arguments.method else { bail!("give --plan or --method") };
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
    let rank = if arguments.rank < 1.0 { arguments.rank * layer.full_rank as f64 } else { arguments.rank };
    let dials = Dials { rank, sparsity: arguments.sparsity, block: arguments.block };
    let near = session.nearest(&layer.name, method, dials).ok_or("the method offers no setting for it")?;
    let row = layer.methods.iter().find(|m| m.method == method).and_then(|m| m.rows.get(near.row));
    let bytes = row.and_then(|row| row.bytes.get(of_values)).and_then(|bytes| bytes.get(near.index));
    larger(near.setting, bytes)
}
