//! Weights of 8 bits with a sign, multiplied with quantised values: ONNX Runtime's kernels for processors
//! without VNNI add pairs of such products in 16 bits, and clip what does not fit. Without a sign (stored 128
//! higher, with a zero point that is 128 higher) the same weights go through kernels that add in 32 bits.

use crate::compress::is_quantised;
use crate::graph::operator::Product;
use crate::graph::proto::{NodeProto, TensorProto};
use crate::graph::{Constant, Edit, Editing, Element, Graph, Known, to_f32};
use std::collections::BTreeMap;

/// Largest steps of which two with the largest values fit into 16 bits: 2 * 64 * 255 < 2^15.
const SAFE: f32 = 64.0;

/// Operators that multiply integers, with the places of their weights and of these weights' zero points.
const PRODUCTS: [(&str, &[(usize, usize)]); 7] = [
    ("ConvInteger", &[(1, 3)]),
    ("DynamicQuantizeLSTM", &[(1, 9), (2, 11)]),
    ("DynamicQuantizeMatMul", &[(1, 3)]),
    ("MatMulInteger", &[(1, 3)]),
    ("QGemm", &[(3, 5)]),
    ("QLinearConv", &[(3, 5)]),
    ("QLinearMatMul", &[(3, 5)]),
];

/// Stores all such weights without a sign that `edit` leaves in `graph`.
pub(super) fn write_unsigned(graph: &Graph, edit: &mut Edit) {
    let quantised = is_quantised(graph);
    let mut work = Work { graph, done: BTreeMap::new(), read: BTreeMap::new() };
    for (index, node) in graph.nodes().iter().enumerate() {
        if edit.replace.contains_key(&index) || node.op_type == "DequantizeLinear" && !quantised {
            continue;
        }
        let mut new = node.clone();
        for &(weight, zero) in places(graph, node) {
            work.convert(edit, &mut new, (weight, zero));
        }
        if new != *node {
            edit.replace.insert(index, vec![new]);
        }
    }
    for (name, count) in work.read {
        if graph.uses(&name) == count {
            edit.drop_constant(graph, &name);
        }
    }
}

/// Where `node` reads weights that are multiplied with quantised values.
fn places(graph: &Graph, node: &NodeProto) -> &'static [(usize, usize)] {
    if node.op_type != "DequantizeLinear" {
        let found = PRODUCTS.iter().find(|(op, _)| *op == node.op_type);
        return found.map_or(&[], |(_, places)| places);
    }
    if meets_product(graph, node) { &[(0, 2)] } else { &[] }
}

/// Whether what the constant `node` gives is the weight of a product, by way of other constants too.
fn meets_product(graph: &Graph, node: &NodeProto) -> bool {
    let Some(output) = node.output.first().filter(|output| graph.is_constant(output)) else { return false };
    let is_product = |node: &NodeProto| {
        let product = node.facts().product;
        matches!(product, Some(Product::Conv | Product::ConvTranspose | Product::Gemm | Product::MatMul))
    };
    let mut readers = graph.nodes().iter().filter(|reader| reader.input.contains(output));
    readers.any(|reader| is_product(reader) || meets_product(graph, reader))
}

struct Work<'a> {
    graph: &'a Graph,
    /// Constants that have been converted, and what they are called now.
    done: BTreeMap<String, String>,
    /// How often each is read no more.
    read: BTreeMap<String, usize>,
}

impl Work<'_> {
    fn convert(
        &mut self,
        edit: &mut Edit,
        node: &mut NodeProto,
        (weight, zero): (usize, usize),
    ) -> Option<()> {
        let name = node.input.get(weight)?.clone();
        let tensor = self.signed(&name)?;
        if to_f32(tensor).ok()?.iter().all(|step| step.abs() <= SAFE) {
            return None;
        }
        let zero_name = node.input.get(zero).cloned().unwrap_or_default();
        let new_zero = if zero_name.is_empty() {
            let dims =
                node.input.get(1).filter(|_| weight == 0).and_then(|scale| self.graph.constant_shape(scale));
            let dims: Vec<i64> = dims.unwrap_or_default().iter().map(|&size| size as i64).collect();
            let count = dims.iter().product::<i64>().max(0) as usize;
            self.add(edit, &format!("{name}.zero"), dims, vec![128; count])
        } else {
            self.signed(&zero_name)?;
            self.moved(edit, &zero_name)?
        };
        let new = self.moved(edit, &name)?;
        node.input.resize(node.input.len().max(zero + 1), String::new());
        *node.input.get_mut(weight)? = new;
        *node.input.get_mut(zero)? = new_zero;
        Some(())
    }

    fn signed(&self, name: &str) -> Option<&TensorProto> {
        match self.graph.constant(name)? {
            Constant::Dense(tensor) if tensor.element() == Some(Element::Int8) => Some(tensor),
            _ => None,
        }
    }

    /// The constant called `name` 128 higher.
    fn moved(&mut self, edit: &mut Edit, name: &str) -> Option<String> {
        *self.read.entry(name.to_owned()).or_default() += 1;
        if let Some(done) = self.done.get(name) {
            return Some(done.clone());
        }
        let tensor = self.signed(name)?;
        let raw = to_f32(tensor).ok()?.iter().map(|step| (step + 128.0) as u8).collect();
        let new = self.add(edit, name, tensor.dims.clone(), raw);
        self.done.insert(name.into(), new.clone());
        Some(new)
    }

    fn add(&self, edit: &mut Edit, of: &str, dims: Vec<i64>, raw_data: Vec<u8>) -> String {
        let mut name = format!("{of}.unsigned");
        let taken = |name: &String, edit: &Edit| {
            let added = edit.add.iter().any(|tensor| tensor.name == *name);
            added || self.graph.constant(name).is_some() || self.graph.producer(name).is_some()
        };
        while taken(&name, edit) {
            name.push('\'');
        }
        edit.add.push(TensorProto {
            name: name.clone(),
            dims,
            data_type: Element::Uint8.code(),
            raw_data,
            ..TensorProto::default()
        });
        name
    }
}
