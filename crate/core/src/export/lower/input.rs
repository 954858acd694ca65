//! The inputs of a model as tensors of the program.

use super::constant::permutation;
use super::layout::Frame;
use super::{Lowerer, Reason, chw, is_same};
use crate::graph::operator::Size;
use crate::graph::proto::NodeProto;
use crate::graph::{Known, declared_inputs};
use std::collections::BTreeSet;

impl Lowerer<'_> {
    pub(super) fn inputs(&mut self) {
        for (name, shape) in declared_inputs(self.graph) {
            let shape = self.shapes.get(&name).cloned().unwrap_or(shape);
            if let Err(reason) = self.input_tensor(&name, &shape) {
                self.problem("the input", &name, reason);
                self.lose(&name);
            }
        }
    }

    fn input_tensor(&mut self, name: &str, shape: &[usize]) -> Result<(), Reason> {
        let transposed = self.transposed(name, shape.len());
        let frame = transposed.as_ref().and_then(|(axes, _)| Frame::undoing(axes));
        let order = frame.as_ref().and_then(|frame| frame.order(shape));
        let dim = match (&frame, &order) {
            (Some(frame), Some(_)) => frame.dim(shape),
            _ => chw(shape)?,
        };
        let (c, h, w) = dim;
        chw(&[1, c, h, w])?;
        // A quantised file may state the scale behind the Transpose.
        let is_direct = |output: &String| {
            let node = self.graph.producer(output).and_then(|index| self.graph.nodes().get(index));
            node.is_some_and(|node| node.input.first().is_some_and(|input| input == name))
        };
        let behind = transposed.as_ref().map(|(_, output)| output).filter(|output| is_direct(output));
        let known =
            behind.filter(|output| self.stated.contains_key(*output) && !self.stated.contains_key(name));
        let quantisation = self.quantisation(known.map_or(name, String::as_str));
        let id = self.tensor(name, dim, quantisation);
        self.plain.insert(id);
        self.program.inputs.push(id);
        if let (Some((axes, _)), Some(order)) = (transposed, order) {
            self.permutation = Some(axes.iter().skip(1).map(|axis| axis - 1).collect());
            return self.publish(name, id, order);
        }
        Ok(())
    }

    /// The axes of the first Transpose behind an input of `axes` axes that leaves the batch where it is, with
    /// nothing between that minds the order of axes, and what it gives.
    fn transposed(&self, name: &str, axes: usize) -> Option<(Vec<usize>, String)> {
        let mut seen = BTreeSet::new();
        let mut names = vec![name];
        while let Some(name) = names.pop() {
            for &index in self.readers.get(name).into_iter().flatten().filter(|index| seen.insert(**index)) {
                let node = &self.graph.nodes()[index];
                let output = node.output.first()?;
                if node.op_type != "Transpose" {
                    names.extend(minds_no_order(node).then_some(output.as_str()));
                    continue;
                }
                let order =
                    permutation(node).filter(|order| order.first() == Some(&0) && order.len() == axes);
                if let Some(order) = order {
                    return Some((order, output.clone()));
                }
            }
        }
        None
    }
}

/// Whether the operator does the same wherever its axes lie.
fn minds_no_order(node: &NodeProto) -> bool {
    is_same(node) || node.op_type == "Pad" || matches!(node.facts().size, Size::Each | Size::Broadcast)
}
