//! Constants behind operators that only change their form: weights that are stored as integers with
//! a scale, as float16, transposed or reshaped are read through them as float32.

use super::operator::{Folds, Known};
use super::proto::NodeProto;
use super::unpack::{self, Whole};
use super::{Constant, Element, Graph, int, ints, sparse_values, to_f32};
use crate::collect::collected;
use ndarray::{ArrayD, Axis, IxDyn};
use sepal_linalg::sort_by;
use std::collections::BTreeSet;

/// Longest chain that is followed.
const DEPTH: usize = 16;
/// Most nodes of a chain, with all that they read.
const NODES: usize = 64;

/// A constant, and what it is made of.
#[derive(Clone, Debug)]
pub struct Folded {
    /// Its elements.
    pub value: ArrayD<f32>,
    /// The constants that it is made of: the one whose form is changed first, then scales, zero
    /// points, shapes.
    pub constants: Vec<String>,
    /// The nodes between.
    pub nodes: Vec<usize>,
    /// Its type, in which it would be computed.
    element: Option<Element>,
}

impl Folded {
    /// Whether its zeros are left out.
    pub(super) fn is_sparse(&self, graph: &Graph) -> bool {
        self.nodes(graph).any(|node| node.facts().folds == Some(Folds::Placed))
    }

    /// Whether its elements are put together anew.
    fn is_packed(&self, graph: &Graph) -> bool {
        self.nodes(graph).any(|node| node.facts().is_packed())
    }

    fn nodes<'a>(&self, graph: &'a Graph) -> impl Iterator<Item = &'a NodeProto> {
        let own: BTreeSet<usize> = collected(self.nodes.iter().copied());
        own.into_iter().filter_map(|index| graph.nodes().get(index))
    }

    /// Whether something outside reads what the value called `name` is made of.
    pub(super) fn is_shared(&self, graph: &Graph, name: &str) -> bool {
        let reads = |value: &String| {
            let inside = self.nodes(graph).flat_map(|node| &node.input).filter(|input| *input == value);
            inside.count() + usize::from(value == name)
        };
        let between = self.nodes(graph).filter_map(|node| node.output.first());
        between.chain(self.constants.first()).any(|value| graph.uses(value) > reads(value))
    }
}

impl Graph {
    /// Whether the value called `name` is a constant, stored or through operators that change its form.
    pub fn is_constant(&self, name: &str) -> bool {
        self.constant_within(name, DEPTH, &mut 0)
    }

    /// The same for as many nodes as [`Graph::fold`] follows, counted in `nodes`.
    fn constant_within(&self, name: &str, depth: usize, nodes: &mut usize) -> bool {
        if self.constant(name).is_some() {
            return true;
        }
        let Some(node) = self.folded_node(name).and_then(|index| self.nodes().get(index)) else {
            return false;
        };
        *nodes += 1;
        let mut inputs = node.input.iter().filter(|input| !input.is_empty());
        depth > 0 && *nodes <= NODES && inputs.all(|input| self.constant_within(input, depth - 1, nodes))
    }

    /// Whether the constant called `name` is no list of its elements: it is made of codes, or of places.
    pub fn is_packed(&self, name: &str) -> bool {
        self.constant(name).is_none() && self.fold(name).is_ok_and(|folded| folded.is_packed(self))
    }

    /// The node that gives `name` and nothing else, where it folds.
    fn folded_node(&self, name: &str) -> Option<usize> {
        let index = self.producer(name)?;
        let node = self.nodes().get(index)?;
        let folds = node.facts().folds.is_some();
        (folds && node.output.len() == 1 && !node.input.is_empty()).then_some(index)
    }

    /// The constant value called `name`.
    ///
    /// # Errors
    /// Why it cannot be read, as the end of a sentence about a layer.
    pub fn fold(&self, name: &str) -> Result<Folded, String> {
        self.fold_within(name, DEPTH)
    }

    fn fold_within(&self, name: &str, depth: usize) -> Result<Folded, String> {
        let stored =
            |value, element| Folded { value, constants: vec![name.to_owned()], nodes: Vec::new(), element };
        match self.constant(name) {
            Some(Constant::Dense(tensor)) => return Ok(stored(to_f32(tensor)?, tensor.element())),
            Some(Constant::Sparse(tensor)) => {
                return Ok(stored(sparse_values(tensor)?, Some(Element::Float)));
            }
            None => {}
        }
        let computed = || String::from("its weights are computed, not constant");
        let index = self.folded_node(name).filter(|_| depth > 0).ok_or_else(computed)?;
        let node = self.nodes().get(index).ok_or_else(computed)?;
        let mut inputs = Vec::new();
        let mut first = None;
        let (mut constants, mut nodes) = (Vec::new(), vec![index]);
        for input in &node.input {
            if input.is_empty() {
                inputs.push(None);
                continue;
            }
            let folded = self.fold_within(input, depth - 1)?;
            inputs.push(Some(folded.value));
            first = first.or(Some(folded.element));
            constants.extend(folded.constants);
            nodes.extend(folded.nodes);
            if nodes.len() > NODES {
                return Err(computed());
            }
        }
        // A scale may stand on either side of a product: what is large was stored for the layer.
        let largest = |name: &String| {
            std::cmp::Reverse(self.constant_shape(name).map_or(0, |shape| shape.iter().product::<usize>()))
        };
        if matches!(node.op_type.as_str(), "Add" | "Mul" | "Gather" | "ScatterElements") {
            sort_by(&mut constants, |a, b| largest(a).cmp(&largest(b)));
        }
        let first = first.unwrap_or(Some(Element::Float));
        let value = apply(self, (node, first), inputs)
            .map_err(|reason| format!("its weights go through {} '{name}', which {reason}", node.op_type))?;
        Ok(Folded { value, constants, nodes, element: element_after(node, first) })
    }
}

/// The type of what `node` gives, whose first input is of type `first`.
fn element_after(node: &NodeProto, first: Option<Element>) -> Option<Element> {
    match node.op_type.as_str() {
        "Cast" => Element::stated(node, "to"),
        "ConstantOfShape" => unpack::filling(node).0,
        "DequantizeLinear" => Some(Element::Float),
        "QuantizeLinear" => Some(Element::Int8),
        _ => first,
    }
}

type Inputs = Vec<Option<ArrayD<f32>>>;

/// What `node` makes of constant `inputs`, the first of type `element`; the reason is the end of a sentence
/// about the node.
fn apply(
    graph: &Graph,
    (node, element): (&NodeProto, Option<Element>),
    mut inputs: Inputs,
) -> Result<ArrayD<f32>, String> {
    let whole_numbers = element.and_then(Whole::of);
    let mut take = |index: usize| inputs.get_mut(index).and_then(Option::take);
    let first = take(0).ok_or("lacks an input")?;
    let (second, third) = (take(1), take(2));
    match node.op_type.as_str() {
        "Identity" => Ok(first),
        "Cast" => cast(node, first),
        "Transpose" => transpose(node, first),
        "Reshape" => reshape(first, &whole(&second.ok_or("lacks a shape")?), int(node, "allowzero", 0) != 0),
        "Flatten" => flatten(node, first),
        "Squeeze" | "Unsqueeze" => {
            let axes = second.map_or_else(|| ints(node, "axes", &[]), |axes| whole(&axes));
            if node.op_type == "Squeeze" { squeeze(first, &axes) } else { unsqueeze(first, &axes) }
        }
        "QuantizeLinear" => quantise(graph, node, &first, second, third),
        "DequantizeLinear" => {
            let scale = spread(node, second.ok_or("lacks a scale")?, first.shape())?;
            let zero = third.map(|zero| spread(node, zero, first.shape())).transpose()?;
            let shifted = zero.map_or(first.clone(), |zero| first - zero);
            Ok(shifted * scale)
        }
        "ConstantOfShape" => unpack::filled(node, &whole(&first)),
        "CumSum" => unpack::running_sum(node, first),
        "Gather" => unpack::gather(node, &first, &second.ok_or("lacks indices")?),
        "ScatterElements" => {
            let (at, values) = (second.ok_or("lacks indices")?, third.ok_or("lacks values")?);
            unpack::scatter(node, first, &at, &values)
        }
        "Slice" => {
            let borders = [second.ok_or("lacks its borders")?, third.ok_or("lacks its borders")?];
            unpack::slice(node, &first, &borders.map(|border| whole(&border)))
        }
        op => match (whole_numbers, second.ok_or("lacks an input")?) {
            (Some(_), second) if matches!(op, "Div" | "Mod") => unpack::digits(op, &first, &second),
            (_, second) => arithmetic(op, &first, &second),
        },
    }
}

fn whole(values: &ArrayD<f32>) -> Vec<i64> {
    values.iter().map(|v| *v as i64).collect()
}

/// Casts that change no value: weights keep the precision in which they are stored.
fn cast(node: &NodeProto, value: ArrayD<f32>) -> Result<ArrayD<f32>, String> {
    let to = Element::stated(node, "to");
    let held = |v: &f32| match to.and_then(Whole::of) {
        Some(range) => range.holds(*v),
        None => v.fract() == 0.0 && (0.0..=1.0).contains(v),
    };
    if to.is_some_and(Element::is_real) || value.iter().all(held) {
        return Ok(value);
    }
    Err("casts to whole numbers".into())
}

fn transpose(node: &NodeProto, value: ArrayD<f32>) -> Result<ArrayD<f32>, String> {
    let reversed: Vec<i64> = (0..value.ndim() as i64).rev().collect();
    let order: Vec<usize> = ints(node, "perm", &reversed).iter().map(|&axis| axis as usize).collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().ne(0..value.ndim()) {
        return Err("has an order that does not fit".into());
    }
    Ok(value.permuted_axes(order).as_standard_layout().into_owned())
}

fn reshape(value: ArrayD<f32>, wanted: &[i64], zeros: bool) -> Result<ArrayD<f32>, String> {
    let wrong = || String::from("has a shape that does not fit");
    let size = |(axis, &d): (usize, &i64)| match d {
        0 if !zeros => value.shape().get(axis).copied(),
        -1 => Some(1),
        _ => usize::try_from(d).ok(),
    };
    let mut shape = wanted.iter().enumerate().map(size).collect::<Option<Vec<_>>>().ok_or_else(wrong)?;
    let known = shape.iter().try_fold(1_usize, |all, d| all.checked_mul(*d)).ok_or_else(wrong)?;
    if let Some(free) = wanted.iter().position(|&d| d == -1) {
        *shape.get_mut(free).ok_or_else(wrong)? = value.len().checked_div(known).unwrap_or(0);
    }
    value.into_shape_with_order(IxDyn(&shape)).map_err(|_| wrong())
}

fn flatten(node: &NodeProto, value: ArrayD<f32>) -> Result<ArrayD<f32>, String> {
    let axis = place(int(node, "axis", 1), value.ndim() + 1).ok_or("has an axis that does not exist")?;
    let rows: usize = value.shape().iter().take(axis).product();
    let columns: usize = value.shape().iter().skip(axis).product();
    value.into_shape_with_order(IxDyn(&[rows, columns])).map_err(|error| error.to_string())
}

fn squeeze(value: ArrayD<f32>, axes: &[i64]) -> Result<ArrayD<f32>, String> {
    let ndim = value.ndim();
    let places: Option<Vec<usize>> = axes.iter().map(|&axis| place(axis, ndim)).collect();
    let places = places.ok_or("has an axis that does not exist")?;
    let gone = |axis: usize, size: usize| size == 1 && (axes.is_empty() || places.contains(&axis));
    let sizes = value.shape().iter().enumerate();
    let shape: Vec<usize> = sizes.filter(|(axis, size)| !gone(*axis, **size)).map(|(_, s)| *s).collect();
    value.into_shape_with_order(IxDyn(&shape)).map_err(|error| error.to_string())
}

fn unsqueeze(value: ArrayD<f32>, axes: &[i64]) -> Result<ArrayD<f32>, String> {
    let ndim = value.ndim() + axes.len();
    let places: Option<Vec<usize>> = axes.iter().map(|&axis| place(axis, ndim)).collect();
    let mut places = places.ok_or("has an axis that does not exist")?;
    places.sort_unstable();
    let mut shape = value.shape().to_vec();
    for axis in places {
        if axis > shape.len() {
            return Err("has an axis that does not exist".into());
        }
        shape.insert(axis, 1);
    }
    value.into_shape_with_order(IxDyn(&shape)).map_err(|error| error.to_string())
}

/// The axis that `axis` means among `ndim`.
fn place(axis: i64, ndim: usize) -> Option<usize> {
    let ndim = ndim as i64;
    usize::try_from(if axis < 0 { axis + ndim } else { axis }).ok().filter(|axis| (*axis as i64) < ndim)
}

/// Rounds to the nearest whole number, ties to even, within the range of the zero point's type.
fn quantise(
    graph: &Graph,
    node: &NodeProto,
    value: &ArrayD<f32>,
    scale: Option<ArrayD<f32>>,
    zero: Option<ArrayD<f32>>,
) -> Result<ArrayD<f32>, String> {
    let (low, high) = match node.input.get(2).and_then(|name| graph.constant(name)) {
        None => (0.0, 255.0),
        Some(Constant::Dense(tensor)) => {
            let stored = tensor.element().filter(|element| element.bits() >= 8);
            stored.and_then(Element::range).ok_or("gives another type than 8 or 16 bits")?
        }
        Some(Constant::Sparse(_)) => return Err("has a sparse zero point".into()),
    };
    let scale = spread(node, scale.ok_or("lacks a scale")?, value.shape())?;
    let rounded = (value / &scale).mapv(f32::round_ties_even);
    let shifted = match zero {
        Some(zero) => rounded + spread(node, zero, value.shape())?,
        None => rounded,
    };
    Ok(shifted.mapv(|v| v.clamp(low, high)))
}

/// A scale or zero point as it meets a value of `shape`: one for all, one per place along an axis, or
/// one per block along it.
fn spread(node: &NodeProto, table: ArrayD<f32>, shape: &[usize]) -> Result<ArrayD<f32>, String> {
    if table.len() == 1 {
        return Ok(ArrayD::from_elem(IxDyn(&[]), table.iter().sum()));
    }
    let wrong = || String::from("has scales that do not fit");
    let axis = place(int(node, "axis", 1), shape.len()).ok_or_else(wrong)?;
    let along = *shape.get(axis).ok_or_else(wrong)?;
    let block = usize::try_from(int(node, "block_size", 0)).unwrap_or(0);
    if block == 0 {
        let mut wide = vec![1; shape.len()];
        *wide.get_mut(axis).ok_or_else(wrong)? = along;
        return if table.ndim() == 1 && table.len() == along {
            table.into_shape_with_order(IxDyn(&wide)).map_err(|_| wrong())
        } else {
            Err(wrong())
        };
    }
    let blocks = along.div_ceil(block);
    let sizes = shape.iter().enumerate().map(|(at, size)| if at == axis { blocks } else { *size });
    if sizes.ne(table.shape().iter().copied()) {
        return Err(wrong());
    }
    let places: Vec<usize> = (0..along).map(|i| i / block).collect();
    Ok(table.select(Axis(axis), &places))
}

fn arithmetic(op: &str, a: &ArrayD<f32>, b: &ArrayD<f32>) -> Result<ArrayD<f32>, String> {
    let wrong = || String::from("has inputs of shapes that do not fit each other");
    let ndim = a.ndim().max(b.ndim());
    let side = |array: &ArrayD<f32>, axis: usize| {
        (axis + array.ndim()).checked_sub(ndim).and_then(|i| array.shape().get(i).copied()).unwrap_or(1)
    };
    let shape: Vec<usize> = (0..ndim).map(|axis| side(a, axis).max(side(b, axis))).collect();
    // No larger than what is stored: an outer product is not a change of form.
    if shape.iter().product::<usize>() != a.len().max(b.len()) {
        return Err(wrong());
    }
    let (a, b) =
        (a.broadcast(IxDyn(&shape)).ok_or_else(wrong)?, b.broadcast(IxDyn(&shape)).ok_or_else(wrong)?);
    Ok(match op {
        "Add" => &a + &b,
        "Sub" => &a - &b,
        "Mul" => &a * &b,
        "Div" => &a / &b,
        _ => return Err("divides with a remainder".into()),
    })
}
