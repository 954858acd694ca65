//! Quantised values as real ones, and back.

use crate::graph::proto::NodeProto;
use crate::graph::{Element, Maker, new_int};

/// Opset from which a scale may differ along an axis.
const OPSET_AXIS: i64 = 13;

/// A quantised value: the integers, their scale and their zero point (empty where it is 0).
#[derive(Clone, Copy)]
pub(super) struct Quantised<'a> {
    pub(super) value: &'a str,
    pub(super) scale: &'a str,
    pub(super) zero: &'a str,
}

impl Maker<'_> {
    /// The real values of `from`, whose scale may differ along `axis` of `ndim`.
    pub(super) fn real(&mut self, from: Quantised, (axis, ndim): (usize, usize)) -> String {
        let single =
            self.graph.constant_shape(from.scale).is_none_or(|shape| shape.iter().product::<usize>() == 1);
        let mut inputs = vec![from.value, from.scale];
        if !from.zero.is_empty() {
            inputs.push(from.zero);
        }
        if single {
            return self.node("DequantizeLinear", &inputs, Vec::new(), None);
        }
        if self.graph.opset() >= OPSET_AXIS {
            let axis = vec![new_int("axis", axis as i64)];
            return self.node("DequantizeLinear", &inputs, axis, None);
        }
        self.spread(from, (axis, ndim))
    }

    /// The same in words that older opsets have.
    fn spread(&mut self, from: Quantised, (axis, ndim): (usize, usize)) -> String {
        let shape: Vec<i64> = (0..ndim).map(|i| if i == axis { -1 } else { 1 }).collect();
        let shape_name = self.whole("shape", &shape);
        let float = || vec![new_int("to", Element::Float.into())];
        let mut value = self.node("Cast", &[from.value], float(), None);
        if !from.zero.is_empty() {
            let zero = self.node("Cast", &[from.zero], float(), None);
            let zero = self.node("Reshape", &[&zero, &shape_name], Vec::new(), None);
            value = self.node("Sub", &[&value, &zero], Vec::new(), None);
        }
        let scale = self.node("Reshape", &[from.scale, &shape_name], Vec::new(), None);
        self.node("Mul", &[&value, &scale], Vec::new(), None)
    }

    /// The value `from`, quantised by its own range and made real again.
    pub(super) fn rounded(&mut self, from: &str) -> String {
        let names = ["rounded", "scale", "zero"].map(|part| self.name(part));
        self.made.nodes.push(NodeProto {
            op_type: "DynamicQuantizeLinear".into(),
            name: format!("{}.dynamicquantizelinear", self.prefix),
            input: vec![from.into()],
            output: names.to_vec(),
            ..NodeProto::default()
        });
        let [value, scale, zero] = &names;
        self.real(Quantised { value, scale, zero }, (0, 2))
    }

    /// Quantises the value `from` to what is called `to`.
    pub(super) fn quantise(&mut self, from: &str, scale: &str, zero: &str, to: &str) {
        let inputs = [from, scale, zero];
        let count = if zero.is_empty() { 2 } else { 3 };
        self.node("QuantizeLinear", &inputs[..count], Vec::new(), Some(to));
    }
}
