//! One form for models that say the same in different words: functions are put in place, quantised
//! operators become operators on real numbers between `DequantizeLinear` and `QuantizeLinear`, scikit-learn's
//! become ONNX's own, 16 bits become 32, windows are stated, a softmax of old opsets says what it works along, and
//! batch normalisation becomes part of the product in front of it. A file without any of these keeps its bytes.

mod batch_norm;
mod dynamic;
mod einsum;
mod feature;
mod function;
mod half;
mod moved;
mod quantised;
mod scale;
mod softmax;
mod window;

use super::{Effect, Problem};
use crate::graph::{Edit, Editing, Graph, GraphError};

/// `graph` in that form.
///
/// # Errors
/// A function that cannot be put in place.
pub(super) fn normalise(graph: Graph) -> Result<Graph, GraphError> {
    let graph = function::inline(graph)?;
    let edit = softmax::state(&graph);
    let graph = edited(graph, edit)?;
    let edit = half::widen(&graph);
    let graph = edited(graph, edit)?;
    let mut edit = Edit::default();
    for (index, node) in graph.nodes().iter().enumerate() {
        let made = quantised::replacement(&graph, node)
            .or_else(|| einsum::replacement(&graph, node))
            .or_else(|| feature::replacement(&graph, node));
        if let Some(made) = made {
            edit.put(&graph, index, made);
        }
    }
    dynamic::replace(&graph, &mut edit);
    let graph = edited(graph, edit)?;
    let edit = moved::replace(&graph);
    let graph = edited(graph, edit)?;
    let edit = window::state(&graph);
    let graph = edited(graph, edit)?;
    let edit = batch_norm::fold(&graph);
    edited(graph, edit)?.settled()
}

/// What gives other values here than in other runtimes.
pub(super) fn differing(graph: &Graph) -> Option<Problem> {
    let node = half::rounding(graph)?;
    let reason = "it rounds to 16 bits, as others may behind it, where Sepal computes in 32".to_owned();
    Some(Problem {
        node: node.label().to_owned(),
        op: node.op_type.clone(),
        reason,
        effect: Effect::Accuracy,
    })
}

/// `graph` itself where nothing is to do.
fn edited(graph: Graph, edit: Edit) -> Result<Graph, GraphError> {
    if edit == Edit::default() { Ok(graph) } else { graph.edited(edit) }
}
