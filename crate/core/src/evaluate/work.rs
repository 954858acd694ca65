//! Sizes of a graph's values as far as the file tells them, and the work of its heavy operators.

use crate::graph::operator::Size;
use crate::graph::proto::{NodeProto, TensorProto};
use crate::graph::{Constant, Element, Graph, Known, Window, find, int, ints};
use std::collections::HashMap;

/// What is known of values: their shapes, and the content of small integer constants.
pub(super) struct Sizes<'a> {
    graph: &'a Graph,
    shapes: HashMap<String, Vec<usize>>,
}

/// Longest list of sizes that is read: one for each axis, twice for paddings, and some.
const LIST: usize = 32;

impl<'a> Sizes<'a> {
    pub(super) fn new(graph: &'a Graph) -> Self {
        Self { graph, shapes: HashMap::new() }
    }

    pub(super) fn set(&mut self, name: &str, shape: Vec<usize>) {
        self.shapes.insert(name.into(), shape);
    }

    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.shapes.get(name).cloned().or_else(|| self.graph.constant_shape(name))
    }

    fn input(&self, node: &NodeProto, index: usize) -> Option<Vec<usize>> {
        self.shape(node.input.get(index).filter(|name| !name.is_empty())?)
    }

    /// The integers of the constant called `name`, where they are few.
    pub(super) fn integers(&self, name: &str) -> Option<Vec<i64>> {
        match self.graph.constant(name)? {
            Constant::Dense(tensor) => integers_of(tensor),
            Constant::Sparse(_) => None,
        }
    }

    fn list(&self, node: &NodeProto, index: usize) -> Option<Vec<i64>> {
        self.integers(node.input.get(index)?)
    }

    /// The shape of a node's first output, where it can be told. Sizes may be too large for any memory.
    pub(super) fn output(&self, node: &NodeProto) -> Option<Vec<usize>> {
        match node.op_type.as_str() {
            "ConstantOfShape" => natural(&self.list(node, 0)?),
            "Expand" => {
                let asked = natural(&self.list(node, 1)?)?;
                broadcast([self.input(node, 0).unwrap_or_default(), asked])
            }
            "TopK" => self.largest(node),
            "Tile" => scaled(&self.input(node, 0)?, &natural(&self.list(node, 1)?)?),
            "Pad" => self.padded(node),
            "Resize" | "Upsample" => self.resized(node),
            "Range" => self.range(node),
            "OneHot" => {
                let depth = natural(&self.list(node, 1)?)?.first().copied()?;
                Some([self.input(node, 0)?, vec![depth]].concat())
            }
            "RandomNormal" | "RandomUniform" => natural(&ints(node, "shape", &[])),
            "Reshape" => self.reshaped(node),
            "Flatten" => {
                let shape = self.input(node, 0)?;
                let axis = usize::try_from(int(node, "axis", 1)).ok()?;
                Some(vec![product(shape.get(..axis)?), product(shape.get(axis..)?)])
            }
            "Transpose" => {
                let shape = self.input(node, 0)?;
                let reversed: Vec<i64> = (0..shape.len() as i64).rev().collect();
                let order = natural(&ints(node, "perm", &reversed))?;
                order.into_iter().map(|axis| shape.get(axis).copied()).collect()
            }
            "Concat" => self.concatenated(node),
            "MatMul" | "Gemm" => self.multiplied(node),
            "Conv" => self.convolved(node),
            "MaxPool" | "AveragePool" => self.pooled(node),
            "GlobalAveragePool" | "GlobalMaxPool" => {
                let shape = self.input(node, 0)?;
                Some(shape.iter().enumerate().map(|(axis, size)| if axis < 2 { *size } else { 1 }).collect())
            }
            "ConvTranspose" => self.deconvolved(node),
            _ => match node.facts().size {
                Size::Broadcast => {
                    let shapes: Option<Vec<_>> = (0..node.input.len()).map(|i| self.input(node, i)).collect();
                    broadcast(shapes?)
                }
                Size::Each | Size::First => self.input(node, 0),
                Size::Own | Size::LastAxis => None,
            },
        }
    }

    /// The largest of an axis: the engine makes room for as many as are asked for, also where there are fewer.
    fn largest(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let mut shape = self.input(node, 0)?;
        let asked = self.list(node, 1).unwrap_or_else(|| vec![int(node, "k", 0)]);
        let axis = int(node, "axis", -1);
        let axis = if axis < 0 { axis.checked_add(shape.len() as i64)? } else { axis };
        *shape.get_mut(usize::try_from(axis).ok()?)? = *natural(&asked)?.first()?;
        Some(shape)
    }

    fn padded(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let shape = self.input(node, 0)?;
        let pads = match find(node, "pads") {
            Some(attribute) => attribute.ints.clone(),
            None => self.list(node, 1)?,
        };
        let ends = pads
            .get(shape.len()..2 * shape.len())
            .filter(|_| node.input.get(3).is_none_or(String::is_empty))?;
        let padded = |((size, begin), end): ((usize, &i64), &i64)| {
            usize::try_from((size as i64).saturating_add(*begin).saturating_add(*end)).ok()
        };
        shape.into_iter().zip(&pads).zip(ends).map(padded).collect()
    }

    fn resized(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let shape = self.input(node, 0)?;
        if let Some(sizes) = node.input.get(3).and_then(|name| self.integers(name)) {
            return natural(&sizes).filter(|sizes| sizes.len() == shape.len());
        }
        // Scales are the only other input that is as long as the shape.
        let mut scales = node.input.iter().skip(1).filter_map(|name| self.floats(name));
        let scales = scales.rfind(|scales| scales.len() == shape.len())?;
        Some(
            shape
                .iter()
                .zip(scales)
                .map(|(size, scale)| (*size as f64 * f64::from(scale)) as usize)
                .collect(),
        )
    }

    fn floats(&self, name: &str) -> Option<Vec<f32>> {
        match self.graph.constant(name)? {
            Constant::Dense(tensor) if crate::graph::elements_of(&tensor.dims)? <= LIST => {
                Some(crate::graph::to_f32(tensor).ok()?.into_iter().collect())
            }
            _ => None,
        }
    }

    fn range(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let one = |index: usize| {
            let name = node.input.get(index)?;
            let whole = self.integers(name).and_then(|list| Some(*list.first()? as f64));
            whole.or_else(|| Some(f64::from(*self.floats(name)?.first()?)))
        };
        let (start, limit, delta) = (one(0)?, one(1)?, one(2)?);
        Some(vec![((limit - start) / delta).ceil().max(0.0) as usize])
    }

    fn reshaped(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let (shape, asked) = (self.input(node, 0)?, self.list(node, 1)?);
        let copied = |(axis, size): (usize, &i64)| match size {
            0 => shape.get(axis).copied(),
            -1 => Some(0),
            size => usize::try_from(*size).ok(),
        };
        let mut sizes = asked.iter().enumerate().map(copied).collect::<Option<Vec<_>>>()?;
        if let Some(open) = asked.iter().position(|size| *size == -1) {
            let others = sizes.iter().enumerate().filter(|(axis, _)| *axis != open).map(|(_, size)| *size);
            let others = others.fold(1_usize, usize::saturating_mul);
            *sizes.get_mut(open)? = product(&shape).checked_div(others)?;
        }
        Some(sizes)
    }

    fn concatenated(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let mut shape = self.input(node, 0)?;
        let axis = int(node, "axis", 0);
        let axis =
            usize::try_from(if axis < 0 { axis.checked_add(shape.len() as i64)? } else { axis }).ok()?;
        for index in 1..node.input.len() {
            let more = *self.input(node, index)?.get(axis)?;
            let size = shape.get_mut(axis)?;
            *size = size.saturating_add(more);
        }
        Some(shape)
    }

    fn multiplied(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let (mut a, mut b) = (self.input(node, 0)?, self.input(node, 1)?);
        if node.op_type == "Gemm" {
            let turn = |shape: &mut Vec<usize>, name| {
                if int(node, name, 0) != 0 {
                    shape.reverse();
                }
            };
            turn(&mut a, "transA");
            turn(&mut b, "transB");
        }
        let ([a_batch @ .., rows, _], [b_batch @ .., _, columns]) = (&a[..], &b[..]) else { return None };
        let batch = broadcast([a_batch.to_vec(), b_batch.to_vec()])?;
        Some([batch, vec![*rows, *columns]].concat())
    }

    fn convolved(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let (shape, weights) = (self.input(node, 0)?, self.input(node, 1)?);
        let places = Window::of(node, weights.get(2..)?).ok()?.output(shape.get(2..)?)?;
        Some([vec![*shape.first()?, *weights.first()?], places].concat())
    }

    fn pooled(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let shape = self.input(node, 0)?;
        let places = Window::stated(node).ok()?.output(shape.get(2..)?)?;
        Some([shape.get(..2)?.to_vec(), places].concat())
    }

    fn deconvolved(&self, node: &NodeProto) -> Option<Vec<usize>> {
        let (shape, weights) = (self.input(node, 0)?, self.input(node, 1)?);
        let window = Window::of(node, weights.get(2..)?).ok()?;
        let groups = usize::try_from(int(node, "group", 1)).ok()?;
        let mut output = vec![*shape.first()?, weights.get(1)?.saturating_mul(groups)];
        for (at, axis) in window.axes.iter().enumerate() {
            // Without paddings: an upper limit.
            output.push(axis.span(*shape.get(at + 2).filter(|size| **size > 0)?));
        }
        Some(output)
    }
}

/// Multiply-accumulates of a node whose output has the shape `output`; 0 for light operators.
pub(super) fn operations(sizes: &Sizes, node: &NodeProto, output: &[usize]) -> u64 {
    let weights = sizes.input(node, 1).unwrap_or_default();
    let each = match (node.op_type.as_str(), &weights[..]) {
        ("Conv", [_, filter @ ..]) => product(filter),
        ("ConvTranspose", [inputs, _, filter @ ..]) => {
            let strides = ints(node, "strides", &[]);
            // Each input is spread over the filter; an output hears of few of them.
            let apart = strides.iter().fold(1_i64, |all, s| all.saturating_mul((*s).max(1)));
            inputs.saturating_mul(product(filter)).checked_div(apart as usize).unwrap_or(0)
        }
        ("Gemm", _) => {
            let shape = sizes.input(node, 0).unwrap_or_default();
            *(if int(node, "transA", 0) == 0 { shape.last() } else { shape.first() }).unwrap_or(&0)
        }
        ("MatMul", _) => sizes.input(node, 0).and_then(|shape| shape.last().copied()).unwrap_or(0),
        _ => 0,
    };
    (product(output) as u64).saturating_mul(each as u64)
}

fn product(sizes: &[usize]) -> usize {
    sizes.iter().fold(1, |all, size| all.saturating_mul(*size))
}

fn scaled(shape: &[usize], by: &[usize]) -> Option<Vec<usize>> {
    (shape.len() == by.len()).then(|| shape.iter().zip(by).map(|(a, b)| a.saturating_mul(*b)).collect())
}

/// The shape that all of `shapes` are spread to, `None` where they do not fit.
fn broadcast(shapes: impl IntoIterator<Item = Vec<usize>>) -> Option<Vec<usize>> {
    let mut all = Vec::new();
    for shape in shapes {
        let axes = all.len().max(shape.len());
        let at = |shape: &[usize], axis: usize| {
            shape.len().checked_sub(axes - axis).and_then(|index| shape.get(index).copied()).unwrap_or(1)
        };
        let spread = |axis| match (at(&all, axis), at(&shape, axis)) {
            (1, size) | (size, 1) => Some(size),
            (a, b) => (a == b).then_some(a),
        };
        all = (0..axes).map(spread).collect::<Option<Vec<usize>>>()?;
    }
    Some(all)
}

/// The sizes as they are; a negative one is none.
fn natural(sizes: &[i64]) -> Option<Vec<usize>> {
    sizes.iter().map(|size| usize::try_from(*size).ok()).collect()
}

fn integers_of(tensor: &TensorProto) -> Option<Vec<i64>> {
    if tensor.element() != Some(Element::Int64) || crate::graph::elements_of(&tensor.dims)? > LIST {
        return None;
    }
    if tensor.raw_data.is_empty() {
        return Some(tensor.int64_data.clone());
    }
    tensor.raw_data.chunks_exact(8).map(|word| word.try_into().ok().map(i64::from_le_bytes)).collect()
}
