//! What the engine cannot run, or would run wrong.

use crate::graph::proto::NodeProto;

/// A node that the engine cannot run, or would run wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The node's place in the graph, or that of the node that it lies within.
    pub place: usize,
    /// The node.
    pub node: String,
    /// Its operator, with what of it the engine lacks.
    pub op: String,
    /// Why it would come out wrong and what to do, as the end of a sentence; none where the engine lacks it.
    pub reason: Option<String>,
}

impl Refusal {
    pub(super) fn lacks(node: &NodeProto, op: String) -> Self {
        Self { place: 0, node: node.label().to_owned(), op, reason: None }
    }

    pub(super) fn wrong(node: &NodeProto, reason: impl Into<String>) -> Self {
        Self {
            place: 0,
            node: node.label().to_owned(),
            op: node.op_type.clone(),
            reason: Some(reason.into()),
        }
    }
}

/// The end of a sentence about a model for which there are `refusals`.
pub fn refused_because(refusals: &[Refusal]) -> String {
    let lacking: Vec<String> =
        refusals.iter().filter(|r| r.reason.is_none()).map(|r| format!("{} ('{}')", r.op, r.node)).collect();
    let lacking = (!lacking.is_empty()).then(|| format!("the engine has no operator {}", lacking.join(", ")));
    let wrong =
        |r: &Refusal| Some(format!("{} '{}' would come out wrong: {}", r.op, r.node, r.reason.as_ref()?));
    let all: Vec<String> = lacking.into_iter().chain(refusals.iter().filter_map(wrong)).collect();
    all.join("; ")
}
