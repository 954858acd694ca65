//! Plans for a model: every method at its full rank, and one drawn at random.

use fastrand::Rng;
use sepal_core::session::{CostRow, Fit, LayerView, Method, ModelView, Order, Plan, Setting, Values};
use std::collections::BTreeMap;

/// The plans that `view` allows, by name; those that change nothing but the form start with "full".
pub(crate) fn plans(view: &ModelView, seed: u64) -> Vec<(String, Plan)> {
    let mut random = Rng::with_seed(seed);
    let mut found = Vec::new();
    for &method in Method::ALL {
        let full = plan(view, method, |layer, rows| whole(method, layer, rows));
        let part = plan(view, method, |_, rows| drawn(rows, &mut random));
        found.extend(full.map(|plan| (format!("full {}", method.name()), plan)));
        found.extend(part.map(|plan| {
            let values = values(&plan, &mut random);
            let fit = random.choice([Fit::Plain, Fit::Plain, Fit::Calibrated, Fit::Sequential]);
            let plan = Plan { values, fit: fit.unwrap_or_default(), ..plan };
            (format!("part {}", method.name()), plan)
        }));
    }
    found
}

/// The plan that gives every layer that offers `method` one of its settings.
fn plan(
    view: &ModelView,
    method: Method,
    mut choose: impl FnMut(&LayerView, &[CostRow]) -> Option<Setting>,
) -> Option<Plan> {
    let mut one = |layer: &LayerView| {
        let rows = &layer.methods.iter().find(|offered| offered.method == method)?.rows;
        Some((layer.name.clone(), choose(layer, rows)?))
    };
    let layers: BTreeMap<String, Setting> = view.layers.iter().filter_map(&mut one).collect();
    (!layers.is_empty()).then(|| Plan { seed: 1, layers, ..Plan::default() })
}

/// The setting that changes nothing but the layer's form, where the method has it.
fn whole(method: Method, layer: &LayerView, rows: &[CostRow]) -> Option<Setting> {
    match method {
        Method::Prune => Some(Setting::Prune { nonzeros: layer.shape.iter().product(), block: 1 }),
        Method::LowRank => Some(Setting::LowRank { rank: layer.full_rank }),
        _ => rows.last().filter(|row| row.nonzeros.is_empty()).map(|row| row.setting),
    }
}

fn drawn(rows: &[CostRow], random: &mut Rng) -> Option<Setting> {
    let row = rows.get(random.usize(..rows.len().max(1)))?;
    let setting = *row.settings().get(random.usize(..row.nonzeros.len().max(1)))?;
    Some(match setting {
        Setting::Separation { rank, .. } if random.bool() => {
            Setting::Separation { rank, order: Order::Horizontal, kept: 100 }
        }
        setting => setting,
    })
}

/// A way to store the values of some of the plan's layers.
fn values(plan: &Plan, random: &mut Rng) -> BTreeMap<String, Values> {
    let mut one = |name: &String| (name.clone(), random.choice(Values::ALL).unwrap_or_default());
    plan.layers.keys().map(&mut one).collect()
}
