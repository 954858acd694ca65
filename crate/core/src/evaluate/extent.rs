//! What running a model would take, estimated before it is run.
//!
//! A few bytes of a file can ask for terabytes: a constant of any shape, a picture scaled up a thousand
//! times, a loop of two billion turns. Sizes are followed through the operators that make large values
//! out of small ones and those that pass sizes on; where a size cannot be told from the file, the estimate
//! says nothing, and the engine will do what it does.

use super::EvaluateError;
use super::work::{self, Sizes};
use crate::graph::proto::NodeProto;
use crate::graph::{Graph, find};
use sepal_limit::{ALL_ELEMENTS, AXES, TURNS, TooMany, VALUE_ELEMENTS, WORK};

/// Checks whether `graph` can be run on one sample of `inputs`.
///
/// # Errors
/// [`EvaluateError::Interface`], naming the node that asks for too much.
pub fn check_extent(graph: &Graph, inputs: &[(String, Vec<usize>)]) -> Result<(), EvaluateError> {
    let mut sizes = Sizes::new(graph);
    for (name, shape) in inputs {
        let fits = VALUE_ELEMENTS.product(shape.iter().copied()).and_then(|_| AXES.check(shape.len()));
        fits.map_err(|found| refused(&format!("its input '{name}'"), found))?;
        sizes.set(name, shape.clone());
    }
    let (mut work, mut all) = (0_u64, 0_usize);
    // Nodes may stand in any order: those whose inputs are not known yet are looked at again.
    let mut left: Vec<&NodeProto> = graph.nodes().iter().collect();
    loop {
        let mut unknown = Vec::new();
        for node in &left {
            let what = || format!("its {} operator '{}'", node.op_type, node.label());
            let asks = |found: TooMany| refused(&what(), found);
            check_loop(&sizes, node).map_err(asks)?;
            let Some(shape) = sizes.output(node) else {
                unknown.push(*node);
                continue;
            };
            let elements = VALUE_ELEMENTS.product(shape.iter().copied()).map_err(asks)?;
            all = all.saturating_add(elements);
            ALL_ELEMENTS.check(all).map_err(asks)?;
            work = work.saturating_add(work::operations(&sizes, node, &shape));
            WORK.check(usize::try_from(work / 1_000_000).unwrap_or(usize::MAX)).map_err(asks)?;
            if let Some(name) = node.output.first() {
                sizes.set(name, shape);
            }
        }
        if unknown.len() == left.len() {
            return Ok(());
        }
        left = unknown;
    }
}

/// A loop whose number of turns the file states, or that has no reason to end.
fn check_loop(sizes: &Sizes, node: &NodeProto) -> Result<(), TooMany> {
    if node.op_type != "Loop" {
        return Ok(());
    }
    let turns = node.input.first().filter(|name| !name.is_empty());
    if let Some(count) = turns.and_then(|name| sizes.integers(name)?.first().copied()) {
        return TURNS.check(usize::try_from(count.max(0)).unwrap_or(usize::MAX));
    }
    let body = find(node, "body").and_then(|a| a.g.as_ref());
    let ends = body.is_none_or(|body| {
        // The first output says whether to go on; it must be computed from something that changes.
        let condition = body.output.first().map(|output| &output.name);
        let maker = body.node.iter().find(|inner| inner.output.first() == condition);
        maker.is_some_and(|inner| !matches!(inner.op_type.as_str(), "Constant" | "Identity" | "Cast"))
    });
    if turns.is_some() || ends { Ok(()) } else { TURNS.check(usize::MAX) }
}

fn refused(what: &str, found: TooMany) -> EvaluateError {
    EvaluateError::Interface(format!("{what} asks for too much: {found}"))
}
