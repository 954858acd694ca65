//! Values that a quantised file rounds: a `QuantizeLinear` with its `DequantizeLinear` states the scale of
//! the value in front of them, and is nothing more.

use super::{ASSUMED, Lowerer, Reason};
use crate::export::artifact::program::{Function, Operation, Precision, Quantisation, covering};
use crate::graph::proto::NodeProto;
use crate::graph::{Constant, Element, Graph, Known};
use std::collections::{HashMap, HashSet};

/// The scales that the file states for values in front of a `QuantizeLinear`.
pub(super) fn stated(graph: &Graph) -> HashMap<String, Quantisation> {
    let mut stated = HashMap::new();
    for node in graph.nodes().iter().filter(|node| node.op_type == "QuantizeLinear") {
        if let (Some(input), Some((quantisation, _))) = (node.input.first(), quantisation(graph, node)) {
            stated.entry(input.clone()).or_insert(quantisation);
        }
    }
    stated
}

/// Why stored numbers cannot be taken as they are.
pub(super) const STORED: &str = "it gives the numbers that a QuantizeLinear stores, where a device knows only the \
    real values that they stand for: end the model with a DequantizeLinear behind it, or without both";

/// Values that are numbers as a `QuantizeLinear` stores them.
pub(super) fn stored(graph: &Graph) -> HashSet<String> {
    let mut stored = HashSet::new();
    for node in graph.nodes() {
        let first = |names: &[String]| names.first().cloned();
        let moved = node.facts().moves.is_some();
        let stores = ["QuantizeLinear", "DynamicQuantizeLinear"].contains(&node.op_type.as_str());
        if stores || moved && first(&node.input).is_some_and(|input| stored.contains(&input)) {
            stored.extend(first(&node.output));
        }
    }
    stored
}

/// The scale that a `QuantizeLinear` or `DequantizeLinear` has for a whole value, as 8-bit numbers with a
/// sign, and the least real value that it can give.
fn quantisation(graph: &Graph, node: &NodeProto) -> Option<(Quantisation, f32)> {
    let read = |index: usize| -> Option<f32> {
        let value = graph.fold(node.input.get(index)?).ok()?.value;
        (value.len() == 1).then(|| value.iter().sum())
    };
    let scale = read(1).filter(|scale| *scale > 0.0 && scale.is_finite())?;
    let zero = node.input.get(2).filter(|name| !name.is_empty());
    let signed = match zero.and_then(|name| graph.constant(name)) {
        None => false,
        Some(Constant::Dense(tensor)) if tensor.element() == Some(Element::Uint8) => false,
        Some(Constant::Dense(tensor)) if tensor.element() == Some(Element::Int8) => true,
        Some(_) => return None,
    };
    let zero = if zero.is_some() { read(2)? } else { 0.0 };
    let zero_point = if signed { zero } else { zero - 128.0 };
    let whole = (-128.0..=127.0).contains(&zero_point);
    let quantisation = Quantisation { scale, zero_point: zero_point as i8 };
    whole.then(|| (quantisation, scale * (-128.0 - zero_point)))
}

impl Lowerer<'_> {
    /// The rounded value is the value in front, with the scale that the file states.
    pub(super) fn quantise(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.any_input(node, 0)?;
        let name = node.output.first().ok_or("it has no output")?;
        let stated = quantisation(self.graph, node).map(|(stated, _)| stated);
        let stated = stated.ok_or("it does not round to 8 bits with one scale for all")?;
        let from = self.program.tensors[input].quantisation;
        let function = match (self.precision, from) {
            (Precision::Float, _) if self.cuts_negative(node) => self.cut(node),
            (Precision::Int8, Some(from)) if from != stated => Function::Copy,
            _ => return self.same(node),
        };
        let dim = {
            let own = &self.program.tensors[input];
            (own.c, own.h, own.w)
        };
        let scale = (self.precision == Precision::Int8).then_some(stated);
        let order = self.order(&node.input[0], input);
        let output = self.tensor(name, dim, scale);
        self.program.operations.push(Operation::Unary { input, output, channel: 0, function });
        self.publish(name, output, order)
    }

    /// The function that a range without negative values is instead of: tools leave it out behind such a range.
    fn cut(&self, node: &NodeProto) -> Function {
        let most = quantisation(self.graph, node)
            .map(|(stated, least)| (least + 255.0 * stated.scale, stated.scale));
        let is_six = most.is_some_and(|(most, scale)| (most - 6.0).abs() <= scale / 2.0);
        if is_six { Function::Relu6 } else { Function::Relu }
    }

    /// Another name for the same value.
    pub(super) fn same(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.any_input(node, 0)?;
        let name = node.output.first().ok_or("it has no output")?;
        if let Some(order) = node.input.first().and_then(|name| self.orders.get(name)).cloned() {
            self.orders.insert(name.clone(), order);
        }
        self.values.insert(name.clone(), input);
        Ok(())
    }

    /// Whether the node rounds to a range without negative values, and that is not done by itself.
    pub(super) fn cuts_negative(&self, node: &NodeProto) -> bool {
        self.precision == Precision::Float
            && quantisation(self.graph, node).is_some_and(|(_, least)| least == 0.0)
    }

    /// Values of the program whose scale is not known.
    pub(super) fn assumed(&self) -> Vec<String> {
        if self.precision == Precision::Float || self.ranges.is_some() {
            return Vec::new();
        }
        let made_up = Some(covering(ASSUMED));
        let tensors = self.program.tensors.iter();
        let unknown = tensors.filter(|t| t.quantisation == made_up && !self.stated.contains_key(&t.name));
        let names: HashSet<String> = unknown.map(|tensor| tensor.name.clone()).collect();
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_unstable();
        names
    }
}
