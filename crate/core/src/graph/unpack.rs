//! The operators by which packed weights are laid out: digits of words, running sums, places and tables.
//! Whole numbers are exact as float32 up to 2^24, which is also the most elements that a value may have.

use super::proto::NodeProto;
use super::{Element, find, int, to_f32};
use ndarray::{ArrayD, Axis, Ix1, IxDyn};
use sepal_limit::VALUE_ELEMENTS;

/// Largest whole number up to which float32 holds all.
const EXACT: f32 = 16_777_216.0;
/// Digits of one word.
const DIGITS: usize = 16;

/// The range of a type of whole numbers, as far as it is exact here.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Whole {
    low: f32,
    high: f32,
}

impl Whole {
    /// That of a type, where it is one of whole numbers.
    pub(super) fn of(element: Element) -> Option<Self> {
        let (low, high) = match element {
            Element::Uint32 | Element::Uint64 => (0.0, EXACT),
            Element::Int32 | Element::Int64 => (-EXACT, EXACT),
            narrow => narrow.range()?,
        };
        Some(Self { low, high })
    }

    /// Whether a value of the type can be `value`.
    pub(super) fn holds(self, value: f32) -> bool {
        value.fract() == 0.0 && (self.low..=self.high).contains(&value)
    }
}

/// Type and value that a `ConstantOfShape` fills with.
pub(super) fn filling(node: &NodeProto) -> (Option<Element>, Option<f32>) {
    match find(node, "value").and_then(|attribute| attribute.t.as_ref()) {
        Some(tensor) => (tensor.element(), to_f32(tensor).ok().and_then(|value| value.first().copied())),
        None => (Some(Element::Float), Some(0.0)),
    }
}

pub(super) fn filled(node: &NodeProto, shape: &[i64]) -> Result<ArrayD<f32>, String> {
    let wrong = || String::from("has a shape that does not fit");
    let sizes: Vec<usize> =
        shape.iter().map(|&size| usize::try_from(size)).collect::<Result<_, _>>().map_err(|_| wrong())?;
    VALUE_ELEMENTS.product(sizes.iter().copied()).map_err(|_| wrong())?;
    let value = filling(node).1.ok_or("is filled with what is no number")?;
    Ok(ArrayD::from_elem(IxDyn(&sizes), value))
}

/// Sums along the only axis.
pub(super) fn running_sum(node: &NodeProto, value: ArrayD<f32>) -> Result<ArrayD<f32>, String> {
    if value.ndim() != 1 || int(node, "exclusive", 0) != 0 || int(node, "reverse", 0) != 0 {
        return Err("sums in another way than along its one axis".into());
    }
    let mut sum = 0.0;
    let sums = value.mapv_into(|v| {
        sum += v;
        sum
    });
    if sum.abs() <= EXACT { Ok(sums) } else { Err("has sums beyond 2^24".into()) }
}

pub(super) fn gather(node: &NodeProto, table: &ArrayD<f32>, at: &ArrayD<f32>) -> Result<ArrayD<f32>, String> {
    let ndim = table.ndim() as i64;
    let axis = int(node, "axis", 0);
    let axis = usize::try_from(if axis < 0 { axis + ndim } else { axis }).unwrap_or(usize::MAX);
    let along = *table.shape().get(axis).ok_or("has an axis that does not exist")?;
    let places = places(at, along)?;
    let mut shape = table.shape().to_vec();
    shape.splice(axis..=axis, at.shape().iter().copied());
    VALUE_ELEMENTS.product(shape.iter().copied()).map_err(|_| "gives too many elements")?;
    let taken = table.select(Axis(axis), &places);
    taken.into_shape_with_order(IxDyn(&shape)).map_err(|error| error.to_string())
}

pub(super) fn scatter(
    node: &NodeProto,
    into: ArrayD<f32>,
    at: &ArrayD<f32>,
    values: &ArrayD<f32>,
) -> Result<ArrayD<f32>, String> {
    let flat = into.ndim() == 1 && at.ndim() == 1 && at.shape() == values.shape();
    if !flat || find(node, "reduction").is_some() {
        return Err("scatters in another way than along one axis".into());
    }
    let mut all = into.into_dimensionality::<Ix1>().map_err(|error| error.to_string())?;
    let places = places(at, all.len())?;
    for (place, value) in places.into_iter().zip(values) {
        *all.get_mut(place).ok_or("has an index that lies outside")? = *value;
    }
    Ok(all.into_dyn())
}

/// Whole indices below `size`, counted from the end where they are negative.
fn places(at: &ArrayD<f32>, size: usize) -> Result<Vec<usize>, String> {
    let place = |index: &f32| {
        let index = *index as i64;
        let index = if index < 0 { index + size as i64 } else { index };
        usize::try_from(index).ok().filter(|index| *index < size)
    };
    at.iter().map(place).collect::<Option<_>>().ok_or_else(|| "has an index that lies outside".into())
}

/// The part of the only axis between `starts` and `ends`.
pub(super) fn slice(
    node: &NodeProto,
    value: &ArrayD<f32>,
    [starts, ends]: &[Vec<i64>; 2],
) -> Result<ArrayD<f32>, String> {
    let (&[start], &[end]) = (&starts[..], &ends[..]) else {
        return Err("cuts more than one axis".into());
    };
    if value.ndim() != 1 || node.input.len() > 3 {
        return Err("cuts in another way than along its one axis".into());
    }
    let size = value.len() as i64;
    let place = |border: i64| (if border < 0 { border + size } else { border }).clamp(0, size) as usize;
    let (start, end) = (place(start), place(end).max(place(start)));
    let kept: Vec<f32> = value.iter().copied().skip(start).take(end - start).collect();
    Ok(ArrayD::from_shape_vec(IxDyn(&[kept.len()]), kept).unwrap_or_default())
}

/// Quotients and remainders of whole numbers that are not negative.
pub(super) fn digits(op: &str, a: &ArrayD<f32>, b: &ArrayD<f32>) -> Result<ArrayD<f32>, String> {
    let wrong = || String::from("has inputs of shapes that do not fit each other");
    let shape: Vec<usize> = match (a.shape(), b.shape()) {
        (a, [] | [1]) if !a.is_empty() => a.to_vec(),
        (&[1, words], &[digits, 1]) if digits <= DIGITS => vec![digits, words],
        (a, b) if a == b => a.to_vec(),
        _ => return Err(wrong()),
    };
    VALUE_ELEMENTS.product(shape.iter().copied()).map_err(|_| wrong())?;
    if a.iter().any(|v| *v < 0.0) || b.iter().any(|v| *v < 1.0) {
        return Err("divides numbers that are negative, or by zero".into());
    }
    let a = a.broadcast(IxDyn(&shape)).ok_or_else(wrong)?;
    let b = b.broadcast(IxDyn(&shape)).ok_or_else(wrong)?;
    let floor = |a: &f32, b: &f32| (f64::from(*a) / f64::from(*b)).floor() as f32;
    let quotient = ndarray::Zip::from(&a).and(&b).map_collect(floor);
    Ok(if op == "Div" { quotient } else { &a - &(quotient * b) })
}

#[cfg(test)]
mod tests {
    use super::{digits, gather, running_sum, scatter, slice};
    use crate::graph::proto::NodeProto;
    use ndarray::{ArrayD, array};

    #[test]
    fn words_come_apart_into_digits() {
        let words: ArrayD<f32> = array![[65535.0, 4660.0]].into_dyn();
        let powers: ArrayD<f32> = array![[1.0], [16.0], [256.0], [4096.0]].into_dyn();
        let shifted = digits("Div", &words, &powers).unwrap();
        let found = digits("Mod", &shifted, &ArrayD::from_elem(ndarray::IxDyn(&[]), 16.0)).unwrap();
        assert_eq!(found, array![[15.0, 4.0], [15.0, 3.0], [15.0, 2.0], [15.0, 1.0]].into_dyn());
        assert!(digits("Div", &-words, &powers).is_err());
    }

    #[test]
    fn values_are_put_in_their_places() {
        let node = NodeProto::default();
        let sums = running_sum(&node, array![1.0, 0.0, 2.0].into_dyn()).unwrap();
        assert_eq!(sums, array![1.0, 1.0, 3.0].into_dyn());
        let (zeros, at) = (ArrayD::zeros(ndarray::IxDyn(&[4])), array![3.0, 1.0].into_dyn());
        let values = array![5.0, 6.0].into_dyn();
        assert_eq!(
            scatter(&node, zeros.clone(), &at, &values).unwrap(),
            array![0.0, 6.0, 0.0, 5.0].into_dyn()
        );
        assert!(scatter(&node, zeros, &array![4.0, 0.0].into_dyn(), &values).is_err());
        let table = array![0.5, 0.25].into_dyn();
        assert_eq!(
            gather(&node, &table, &array![[1.0, 0.0]].into_dyn()).unwrap(),
            array![[0.25, 0.5]].into_dyn()
        );
        assert!(gather(&node, &table, &array![2.0].into_dyn()).is_err());
        let part = slice(&node, &array![1.0, 2.0, 3.0].into_dyn(), &[vec![0], vec![-1]]).unwrap();
        assert_eq!(part, array![1.0, 2.0].into_dyn());
    }
}
