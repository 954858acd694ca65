//! A chain of nodes that makes one value of constants, as an ONNX file holds it. What the nodes do is done
//! once, when a runtime opens the file.

use crate::graph::proto::{AttributeProto, NodeProto, TensorProto};
use crate::graph::{Element, int64_tensor, new_int};
use sepal_onnx::Message;

/// What a word of 16 bits can be.
const WORD: u64 = 1 << 16;
/// Bytes of a field's tag and length in a file.
const FIELD: usize = 4;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chain {
    name: String,
    count: usize,
    pub(crate) nodes: Vec<NodeProto>,
    pub(crate) constants: Vec<TensorProto>,
}

impl Chain {
    /// One that makes the value called `name`.
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.into(), count: 0, nodes: Vec::new(), constants: Vec::new() }
    }

    fn next(&mut self) -> String {
        self.count += 1;
        format!("{}.{}", self.name, self.count)
    }

    /// A node, by what it gives.
    pub(super) fn op(&mut self, op: &str, inputs: &[&str], attribute: Vec<AttributeProto>) -> String {
        let output = self.next();
        self.nodes.push(NodeProto {
            op_type: op.into(),
            input: inputs.iter().map(|&input| input.into()).collect(),
            output: vec![output.clone()],
            attribute,
            ..NodeProto::default()
        });
        output
    }

    pub(super) fn cast(&mut self, from: &str, element: Element) -> String {
        self.op("Cast", &[from], vec![new_int("to", element.into())])
    }

    pub(super) fn reshape(&mut self, from: &str, shape: &[i64]) -> String {
        let shape = self.shape(shape);
        self.op("Reshape", &[from, &shape], Vec::new())
    }

    /// A constant, by its name.
    pub(super) fn constant(&mut self, element: Element, dims: &[i64], raw_data: Vec<u8>) -> String {
        let name = self.next();
        let tensor = TensorProto {
            name: name.clone(),
            dims: dims.to_vec(),
            data_type: element.code(),
            raw_data,
            ..TensorProto::default()
        };
        self.constants.push(tensor);
        name
    }

    pub(super) fn whole(&mut self, dims: &[i64], values: &[i32]) -> String {
        self.constant(Element::Int32, dims, values.iter().flat_map(|v| v.to_le_bytes()).collect())
    }

    pub(super) fn shape(&mut self, sizes: &[i64]) -> String {
        let name = self.next();
        self.constants.push(int64_tensor(&name, sizes));
        name
    }

    /// Numbers below `base`, as many as fit into each word of 16 bits; they come out as int32 in one axis.
    pub(super) fn digits(&mut self, values: &[u32], base: u32) -> String {
        let per = per_word(base);
        let words = values.len().div_ceil(per);
        let digit = |index: usize| u64::from(values.get(index).copied().unwrap_or(0));
        let word = |at: usize| {
            (0..per).rev().fold(0, |word, place| word * u64::from(base) + digit(place * words + at)) as u16
        };
        let raw = (0..words).flat_map(|at| word(at).to_le_bytes()).collect();
        if per == 1 {
            let packed = self.constant(Element::Uint16, &[words as i64], raw);
            return self.cast(&packed, Element::Int32);
        }
        let packed = self.constant(Element::Uint16, &[1, words as i64], raw);
        let packed = self.cast(&packed, Element::Int32);
        let powers: Vec<i32> = (0..per).map(|place| base.pow(place as u32) as i32).collect();
        let powers = self.whole(&[per as i64, 1], &powers);
        let shifted = self.op("Div", &[&packed, &powers], Vec::new());
        let base = self.whole(&[], &[base as i32]);
        let found = self.op("Mod", &[&shifted, &base], Vec::new());
        let flat = self.reshape(&found, &[-1]);
        if per * words == values.len() {
            return flat;
        }
        let (from, to) = (self.shape(&[0]), self.shape(&[values.len() as i64]));
        self.op("Slice", &[&flat, &from, &to], Vec::new())
    }

    /// The bytes that it takes in a file.
    pub(super) fn bytes(&self) -> usize {
        let nodes = self.nodes.iter().map(|node| FIELD + node.encoded_len());
        nodes.chain(self.constants.iter().map(|tensor| FIELD + tensor.encoded_len())).sum()
    }

    /// The chain whose value `last` has the name that it was made for.
    pub(super) fn ending(mut self, last: &str) -> Self {
        for output in self.nodes.iter_mut().flat_map(|node| &mut node.output).filter(|name| *name == last) {
            output.clone_from(&self.name);
        }
        for tensor in self.constants.iter_mut().filter(|tensor| tensor.name == last) {
            tensor.name.clone_from(&self.name);
        }
        self
    }
}

/// How many digits fit into one word.
pub(super) fn per_word(base: u32) -> usize {
    let powers =
        std::iter::successors(Some(u64::from(base.max(2))), |power| Some(power * u64::from(base.max(2))));
    powers.take_while(|power| *power <= WORD).count().max(1)
}
