//! What can be done with each layer of a model, and what that costs.

use super::factors::FactorStore;
use crate::compress::{Choice, MethodId, Point, Setting, Stages, Values};
use crate::cost::{self, Cost};
use crate::graph::{Layer, Weight};
use crate::session::Opened;
use crate::session::open::metadata::properties;
use crate::session::view::{CostRow, InputView, LayerView, MethodFacts, MethodView, ModelView};

/// A layer with a smaller share of the model's weights than this is kept by default: there is
/// little to gain and accuracy to lose.
const SMALL_SHARE: f64 = 0.02;

impl Opened {
    pub(crate) fn methods(&self, layer: &Layer, factors: &FactorStore) -> Vec<MethodView> {
        let Ok(weight) = &layer.weight else { return Vec::new() };
        let offered = MethodId::ALL.iter().map(|&method| (method, method.choices(weight)));
        let offered = offered.filter(|(_, choices)| !choices.is_empty());
        offered
            .map(|(method, choices)| {
                let rows = choices.iter().map(|choice| self.row(layer, weight, method, choice, factors));
                MethodView { method, rows: rows.collect() }
            })
            .collect()
    }

    fn row(
        &self,
        layer: &Layer,
        weight: &Weight,
        method: MethodId,
        choice: &Choice,
        factors: &FactorStore,
    ) -> CostRow {
        let at = |nonzeros: usize| method.setting(Point { rank: choice.rank, nonzeros, block: 1 });
        let counts = if choice.nonzeros.is_empty() { &[0] } else { &choice.nonzeros[..] };
        let stages: Vec<Stages> =
            counts.iter().map(|n| factors.stages(&layer.name, at(*n), weight)).collect();
        let costs_as = |values: Values| -> Vec<Cost> {
            let cost = |stages: &Stages| cost::expected(&self.graph, layer, weight, stages, values);
            stages.iter().map(cost).collect()
        };
        let float = costs_as(Values::Float);
        let bytes = Values::ALL.map(|values| costs_as(values).iter().map(|c| c.bytes).collect());
        CostRow {
            rank: choice.rank,
            setting: at(counts[0]),
            nonzeros: choice.nonzeros.clone(),
            most: choice.most,
            parameters: float.iter().map(|c| c.parameters).collect(),
            bytes: bytes.into(),
            macs: float.iter().map(|c| c.macs).collect(),
        }
    }

    pub(crate) fn view(&self, factors: &FactorStore) -> ModelView {
        let (total, other) = (self.total(), cost::others(&self.graph, &self.layers));
        let last = self.layers.iter().rposition(|layer| layer.weight.is_ok());
        let of = |(index, layer)| {
            let classifier = self.layers.len() > 1 && last == Some(index);
            self.layer_view(layer, total, classifier, factors)
        };
        let layers: Vec<LayerView> = self.layers.iter().enumerate().map(of).collect();
        ModelView {
            name: self.name.clone(),
            file_bytes: self.file.bytes,
            sha256: self.file.sha256.clone(),
            format: self.format.clone(),
            inputs: self
                .inputs
                .iter()
                .map(|(name, shape)| InputView { name: name.clone(), shape: shape.clone() })
                .collect(),
            outputs: self.graph.proto().output.iter().map(|output| output.name.clone()).collect(),
            output: self.interface.output.clone(),
            sizes: self.sizes.clone(),
            problems: self.problems.clone(),
            parameters: total.parameters,
            bytes: total.bytes,
            macs: total.macs,
            other_parameters: other.parameters,
            other_bytes: other.bytes,
            methods: offered(&layers),
            layers,
            metadata: properties(&self.graph),
            warnings: self.warnings(),
            notes: self.notes(),
            evaluation: self.evaluation.clone(),
        }
    }

    fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .differs
            .iter()
            .map(|p| format!("Results may differ at '{}' ({}): {}.", p.node, p.op, p.reason))
            .collect();
        let uncounted: Vec<&str> =
            self.layers.iter().filter(|l| l.weight.is_err()).map(|l| l.name.as_str()).collect();
        if !uncounted.is_empty() {
            let names = uncounted.join(", ");
            warnings.push(format!("The multiply-accumulates of {names} are not counted."));
        }
        warnings
    }

    fn layer_view(&self, layer: &Layer, total: Cost, classifier: bool, factors: &FactorStore) -> LayerView {
        let cost = cost::original(&self.graph, layer);
        let methods = self.methods(layer, factors);
        let share = cost.parameters as f64 / total.parameters.max(1) as f64;
        let reason = match &layer.weight {
            Err(reason) => Some(reason.clone()),
            Ok(weight) if weight.sparse => Some("it is a sparse factor already".into()),
            Ok(_) if methods.is_empty() => Some("no method makes it smaller".into()),
            Ok(_) => None,
        };
        let suggested = if classifier || share < SMALL_SHARE { None } else { preferred(&methods) };
        let full_rank = layer.weight.as_ref().map_or(0, |w| w.group_shape().0.min(w.group_shape().1));
        let whole_bytes = Values::ALL.map(|values| match &layer.weight {
            Ok(weight) => {
                cost::expected(&self.graph, layer, weight, &Setting::Keep.stages(weight), values).bytes
            }
            Err(_) => cost.bytes,
        });
        LayerView {
            name: layer.name.clone(),
            op: layer.op.clone(),
            shape: layer.shape.clone(),
            parameters: cost.parameters,
            bytes: cost.bytes,
            macs: cost.macs,
            whole_bytes: whole_bytes.into(),
            full_rank: if methods.is_empty() { 0 } else { full_rank },
            methods,
            reason,
            suggested: suggested.unwrap_or(MethodId::Keep),
        }
    }
}

/// The methods that at least one of `layers` can take, in the order in which they are offered.
fn offered(layers: &[LayerView]) -> Vec<MethodFacts> {
    let takes = |method: MethodId| layers.iter().any(|l| l.methods.iter().any(|m| m.method == method));
    MethodId::ALL.iter().filter(|method| takes(**method)).map(|method| MethodFacts::of(*method)).collect()
}

/// The method that is suggested, of those that a layer offers.
fn preferred(methods: &[MethodView]) -> Option<MethodId> {
    let preference = |method: &MethodId| method.facts().preference;
    methods.iter().map(|m| m.method).filter(|m| preference(m) > 0).max_by_key(preference)
}
