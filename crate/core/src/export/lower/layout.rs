//! Which axis of a value lies where in its tensor, and operators that only say it anew: a Transpose is a
//! reading of the same elements in another order, which a later one undoes or the next matrix takes in.

use super::constant::permutation;
use super::order::Order;
use super::{Lowerer, Reason, chw};
use crate::export::artifact::program::TensorId;
use crate::graph::proto::NodeProto;
use sepal_linalg::order_by;

/// Why an operator cannot read a value.
const MOVED: &str = "a Transpose in front of it moves axes, and none behind that moves them back";

/// For each axis of a value but the batch, the axis of its tensor: 0 channels, 1 rows, 2 columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Frame(Vec<usize>);

impl Frame {
    /// The usual one of `axes` axes with the batch.
    fn usual(axes: usize) -> Option<Self> {
        match axes {
            2 => Some(Self(vec![0])),
            3 => Some(Self(vec![0, 2])),
            4 => Some(Self(vec![0, 1, 2])),
            _ => None,
        }
    }

    /// That of a value whose axes a Transpose by `axes` makes usual.
    pub(super) fn undoing(axes: &[usize]) -> Option<Self> {
        let usual = Self::usual(axes.len())?;
        let place = |axis: usize| usual.of(axes.iter().position(|moved| *moved == axis)?);
        (1..axes.len()).map(place).collect::<Option<_>>().map(Self)
    }

    /// The axis of the tensor in which the value's axis `axis` (the batch is 0) lies.
    pub(super) fn of(&self, axis: usize) -> Option<usize> {
        self.0.get(axis.checked_sub(1)?).copied()
    }

    /// The value's axis that holds channels, counted from the end.
    pub(super) fn channels(&self) -> Option<usize> {
        self.0.iter().rev().position(|axis| *axis == 0).map(|place| place + 1)
    }

    /// The sizes of a tensor for a value of `shape`.
    pub(super) fn dim(&self, shape: &[usize]) -> (usize, usize, usize) {
        let size = |wanted: usize| {
            let place = self.0.iter().position(|axis| *axis == wanted);
            place.and_then(|place| shape.get(place + 1)).copied().unwrap_or(1)
        };
        (size(0), size(1), size(2))
    }

    /// The value's axes in the order of the tensor's, the batch first.
    fn inverse(&self) -> Vec<usize> {
        let places = order_by(self.0.len(), &mut |a, b| self.0.get(a).cmp(&self.0.get(b)));
        std::iter::once(0).chain(places.into_iter().map(|place| place + 1)).collect()
    }

    /// The order of a value of `shape` in a tensor of [`Frame::dim`].
    pub(super) fn order(&self, shape: &[usize]) -> Option<Order> {
        if shape.len() != self.0.len() + 1 {
            return None;
        }
        let (c, h, w) = self.dim(shape);
        let axes: Vec<usize> = std::iter::once(0).chain(self.0.iter().map(|axis| axis + 1)).collect();
        Order::plain(c * h * w).permuted(&[1, c, h, w], &axes)
    }
}

impl<'a> Lowerer<'a> {
    pub(super) fn shape(&self, name: &str) -> Result<&'a [usize], Reason> {
        let shape = self.shapes.get(name).map(Vec::as_slice);
        shape.ok_or_else(|| format!("the shape of '{name}' is not known"))
    }

    /// In which order the elements of the value `name` lie.
    pub(super) fn order(&self, name: &str, id: TensorId) -> Order {
        let plain = || Order::plain(self.program.tensors[id].len());
        self.orders.get(name).cloned().unwrap_or_else(plain)
    }

    /// The tensor of an input, in whatever order its elements lie.
    pub(super) fn any_input(&self, node: &NodeProto, index: usize) -> Result<TensorId, Reason> {
        let name = node.input.get(index).ok_or("it lacks an input")?;
        self.values.get(name).copied().ok_or_else(|| format!("its input '{name}' is constant"))
    }

    /// The tensor of an input whose axes lie as usual.
    pub(super) fn input(&self, node: &NodeProto, index: usize) -> Result<TensorId, Reason> {
        let id = self.any_input(node, index)?;
        let name = node.input.get(index).map_or("", String::as_str);
        if self.orders.contains_key(name) {
            return Err(MOVED.into());
        }
        self.shapes.get(name).map_or(Ok(id), |shape| chw(shape).map(|_| id))
    }

    /// States that the value `name` is what `id` holds, read in `order`.
    pub(super) fn publish(&mut self, name: &str, id: TensorId, order: Order) -> Result<(), Reason> {
        if !order.is_plain() {
            self.orders.insert(name.into(), order);
            self.values.insert(name.into(), id);
            return Ok(());
        }
        let shape = self.shape(name)?;
        let own = &self.program.tensors[id];
        if shape.iter().product::<usize>() != own.len() {
            return Err("it changes the number of elements".into());
        }
        // Another axis than the batch may be first for a while: such a value can only be reshaped.
        let loose = shape.len() > 4 || shape.first() != Some(&1);
        let dim = chw(&if loose { vec![1, own.len()] } else { shape.to_vec() })?;
        if (own.c, own.h, own.w) == dim {
            self.values.insert(name.into(), id);
            return Ok(());
        }
        let id = self.contiguous(id);
        self.reshaped(name, id, dim);
        Ok(())
    }

    /// The same elements as a tensor of other sizes.
    fn reshaped(&mut self, name: &str, id: TensorId, dim: (usize, usize, usize)) -> TensorId {
        let quantisation = self.program.tensors[id].quantisation;
        let new = self.tensor(name, dim, quantisation);
        self.program.tensors[new].alias = Some(id);
        self.plain.insert(new);
        new
    }

    /// Where the axes of the value `name` lie in its tensor.
    pub(super) fn frame(&self, name: &str) -> Result<Frame, Reason> {
        let shape = self.shape(name)?;
        let Some(order) = self.orders.get(name) else {
            chw(shape)?;
            return Frame::usual(shape.len()).ok_or_else(|| MOVED.into());
        };
        let id = self.values.get(name).ok_or("its input is not known")?;
        let tensor = &self.program.tensors[*id];
        let (c, h, w) = (tensor.c, tensor.h, tensor.w);
        let own = [(c, h * w), (h, w), (w, 1)];
        let loops = order.axes(shape).filter(|_| shape.first() == Some(&1)).ok_or(MOVED)?;
        let place = |axis: &Vec<(usize, usize)>| match axis[..] {
            [] => Ok(None),
            [one] => own.iter().position(|known| *known == one).map(Some).ok_or(MOVED),
            _ => Err(MOVED),
        };
        let mut found = loops.iter().skip(1).map(place).collect::<Result<Vec<_>, _>>()?;
        let mut free = (0..3).filter(|axis| !found.contains(&Some(*axis))).collect::<Vec<_>>().into_iter();
        // Axes of size 1 may lie anywhere.
        for axis in found.iter_mut().filter(|axis| axis.is_none()) {
            *axis = free.next();
        }
        found.into_iter().collect::<Option<Vec<_>>>().map(Frame).ok_or_else(|| MOVED.into())
    }

    /// The tensor of the value `name` with its axes as `frame` says, those that it lacks in front being 1.
    pub(super) fn framed(&mut self, name: &str, frame: &Frame) -> Result<TensorId, Reason> {
        let id = *self.values.get(name).ok_or_else(|| format!("its input '{name}' is constant"))?;
        let own = self.shape(name)?;
        let missing = (frame.0.len() + 1).checked_sub(own.len()).ok_or("its inputs differ in their axes")?;
        let shape = [&vec![1; missing], own].concat();
        let order = self.order(name, id).permuted(&shape, &frame.inverse());
        if shape.first() != Some(&1) || order.is_none_or(|order| !order.is_plain()) {
            return Err(MOVED.into());
        }
        let dim = frame.dim(&shape);
        let tensor = &self.program.tensors[id];
        if (tensor.c, tensor.h, tensor.w) == dim {
            return Ok(id);
        }
        let before = self.values.get(name).copied();
        let id = self.contiguous(id);
        let new = self.reshaped(name, id, dim);
        self.values.extend(before.map(|id| (name.to_owned(), id)));
        Ok(new)
    }

    /// Another shape of the same elements in the same order.
    pub(super) fn reshape(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.any_input(node, 0)?;
        let order = self.order(&node.input[0], input);
        let output = node.output.first().ok_or("it has no output")?;
        self.publish(output, input, order)
    }

    /// Another order of the same elements.
    pub(super) fn transpose(&mut self, node: &NodeProto) -> Result<(), Reason> {
        let input = self.any_input(node, 0)?;
        let shape = self.shape(&node.input[0])?;
        let reversed = || (0..shape.len()).rev().collect();
        let axes = permutation(node).unwrap_or_else(reversed);
        let order = self.order(&node.input[0], input).permuted(shape, &axes);
        let output = node.output.first().ok_or("it has no output")?;
        self.publish(output, input, order.ok_or(MOVED)?)
    }

    /// The output `name` in whatever order, refused where that is not the tensor's.
    pub(super) fn finished(&self, name: &str) -> Result<TensorId, Reason> {
        match self.values.get(name).copied() {
            Some(_) if self.orders.contains_key(name) => Err(MOVED.into()),
            Some(id) => Ok(id),
            None => Err("it is constant".into()),
        }
    }
}
