//! The least and greatest value of every float32 value in a graph, over samples.

use crate::collect::collected;
use crate::evaluate::{Engine, EvaluateError};
use crate::graph::Graph;
use rten_tensor::TensorView;
use std::collections::{BTreeSet, HashMap};

/// Ranges in the making.
#[derive(Clone, Debug, Default)]
pub struct RangeRun {
    names: Vec<String>,
    found: HashMap<String, (f32, f32)>,
}

impl RangeRun {
    /// For all values of `graph` that depend on its input.
    pub fn new(graph: &Graph, input: &str) -> Self {
        let mut live = collected::<BTreeSet<_>, _>([input.to_owned()]);
        for node in graph.nodes() {
            if node.input.iter().any(|name| live.contains(name)) {
                live.extend(node.output.iter().filter(|name| !name.is_empty()).cloned());
            }
        }
        Self { names: live.into_iter().collect(), found: HashMap::new() }
    }

    /// Takes in one batch; `engine` must know all values by name. Values that are not float32 are left
    /// out.
    ///
    /// # Errors
    /// Why the model cannot be run.
    pub fn add(&mut self, engine: &Engine, batch: TensorView<f32>) -> Result<(), EvaluateError> {
        for (name, value) in engine.floats(batch, &self.names)? {
            let range = self.found.entry(name).or_insert((f32::INFINITY, f32::NEG_INFINITY));
            for v in value.values.iter().filter(|v| v.is_finite()) {
                *range = (range.0.min(*v), range.1.max(*v));
            }
        }
        Ok(())
    }

    /// The ranges, by name.
    pub fn finish(self) -> HashMap<String, (f32, f32)> {
        self.found.into_iter().filter(|(_, (low, high))| low <= high).collect()
    }
}
