//! Where the values of a program lie in a `TFLite` model.
//!
//! A program's elements follow each other channel by channel, and reshaping is another reading of that
//! order. `TFLite`'s images have their channels last. So a value has up to two forms: spatial, as
//! `[1, rows, columns, channels]`, and flat, in the program's order. What needs the form that is not
//! there makes it once, without moving anything where both orders are one.

use super::net::{Recipe, Slot, SlotId};
use super::planner::{Dim, Form, Planner, Reason, Value};
use crate::export::artifact::program::{Border, Quantisation, TensorId};
use sepal_tflite::operator;
use sepal_tflite::schema::{BuiltinOptions, ReshapeOptions};

/// Whether channel by channel and channels last are the same order.
fn is_one_order((c, h, w): Dim) -> bool {
    c == 1 || h * w == 1
}

fn channels_last((c, h, w): Dim) -> Vec<usize> {
    vec![1, h, w, c]
}

impl Planner<'_> {
    pub(super) fn dim(&self, id: TensorId) -> Dim {
        let tensor = &self.program.tensors[id];
        (tensor.c, tensor.h, tensor.w)
    }

    /// The tensor that stands for all that have the same elements as `id`.
    pub(super) fn class(&self, id: TensorId) -> TensorId {
        let tensor = &self.program.tensors[id];
        let shared = tensor.alias.filter(|alias| self.program.tensors[*alias].len() == tensor.len());
        match shared.or(self.copies.get(&id).copied()) {
            Some(next) => self.class(next),
            None => id,
        }
    }

    /// States where the elements of `id` lie.
    pub(super) fn define(&mut self, id: TensorId, form: Form, slot: SlotId) {
        let (dim, class) = (self.dim(id), self.class(id));
        let value = self.values.entry(class).or_default();
        match form {
            Form::Spatial => value.spatial.push((dim, slot)),
            Form::Flat => value.flat = Some(slot),
        }
    }

    /// The form of `id` that is there, spatial rather than flat.
    pub(super) fn operand(&mut self, id: TensorId) -> Result<(SlotId, Form), Reason> {
        let value = self.value(id)?;
        let dim = self.dim(id);
        match (value.spatial.iter().find(|(own, _)| *own == dim), value.flat) {
            (Some((_, slot)), _) => Ok((*slot, Form::Spatial)),
            (None, Some(slot)) => Ok((slot, Form::Flat)),
            (None, None) => Ok((self.spatial(id)?, Form::Spatial)),
        }
    }

    /// The elements of `id` as an image.
    pub(super) fn spatial(&mut self, id: TensorId) -> Result<SlotId, Reason> {
        let (dim, value) = (self.dim(id), self.value(id)?);
        if let Some((_, slot)) = value.spatial.iter().find(|(own, _)| *own == dim) {
            return Ok(*slot);
        }
        let slot = match value.spatial.iter().find(|((c, ..), _)| *c == dim.0) {
            Some((_, slot)) => self.reshaped(*slot, channels_last(dim)),
            None => self.spatial_of_flat(id, dim)?,
        };
        self.define(id, Form::Spatial, slot);
        Ok(slot)
    }

    fn spatial_of_flat(&mut self, id: TensorId, dim: Dim) -> Result<SlotId, Reason> {
        let flat = self.flat(id)?;
        if is_one_order(dim) {
            return Ok(self.reshaped(flat, channels_last(dim)));
        }
        let (c, h, w) = dim;
        let planes = self.reshaped(flat, vec![1, c, h, w]);
        Ok(self.transposed(planes, [0, 2, 3, 1]))
    }

    /// The elements of `id` in the program's order, in any shape.
    pub(super) fn flat(&mut self, id: TensorId) -> Result<SlotId, Reason> {
        let value = self.value(id)?;
        if let Some(slot) = value.flat {
            return Ok(slot);
        }
        let missing = || format!("'{}' is read before it is computed", self.program.tensors[id].name);
        let own = value.spatial.iter().find(|(dim, _)| is_one_order(*dim)).or(value.spatial.first());
        let (dim, slot) = *own.ok_or_else(missing)?;
        let slot = if is_one_order(dim) { slot } else { self.transposed(slot, [0, 3, 1, 2]) };
        self.define(id, Form::Flat, slot);
        Ok(slot)
    }

    /// All elements as one vector, and for each place in it where the program has that element; its own
    /// order where that is `None`.
    pub(super) fn vector(&mut self, id: TensorId) -> Result<(SlotId, Option<Vec<usize>>), Reason> {
        let value = self.value(id)?;
        let spatial = value.spatial.iter().find(|(dim, _)| is_one_order(*dim)).or(value.spatial.first());
        match (value.flat, spatial) {
            (None, Some(&((c, h, w), slot))) if !is_one_order((c, h, w)) => {
                let places = (0..h * w).flat_map(|place| (0..c).map(move |k| k * h * w + place));
                Ok((slot, Some(places.collect())))
            }
            _ => Ok((self.flat(id)?, None)),
        }
    }

    /// What is known of `id`; padding is done here, where it is a reading of another tensor's border.
    fn value(&mut self, id: TensorId) -> Result<Value, Reason> {
        let class = self.class(id);
        if let Some(value) = self.values.get(&class) {
            return Ok(value.clone());
        }
        let Some(inner) = self.program.tensors[class].alias else { return Ok(Value::default()) };
        let source = self.spatial(inner)?;
        let border = self.program.tensors[self.program.root(inner)].border;
        let slot = self.padded(source, border);
        self.define(class, Form::Spatial, slot);
        Ok(self.values.get(&class).cloned().unwrap_or_default())
    }

    /// A slot like `of` under another name and shape.
    pub(super) fn like(&self, of: SlotId, suffix: &str, shape: Vec<usize>) -> Slot {
        let slot = &self.net.slots[of];
        Slot { name: format!("{}/{suffix}", slot.name), shape, data: None, ..slot.clone() }
    }

    /// The same elements in another shape.
    pub(super) fn reshaped(&mut self, slot: SlotId, shape: Vec<usize>) -> SlotId {
        if self.net.slots[slot].shape == shape {
            return slot;
        }
        let new_shape: Vec<i32> = shape.iter().map(|d| *d as i32).collect();
        let sizes = self.net.integers("shape", vec![shape.len()], &new_shape);
        let options = ReshapeOptions { new_shape: Some(new_shape) };
        let options = Some(BuiltinOptions::ReshapeOptions(Box::new(options)));
        let output = self.like(slot, "reshaped", shape);
        self.net.step(Recipe::plain(operator::RESHAPE, options), vec![slot, sizes], output)
    }

    fn transposed(&mut self, slot: SlotId, order: [usize; 4]) -> SlotId {
        let shape = order.iter().map(|axis| self.net.slots[slot].shape[*axis]).collect();
        let axes = self.net.integers("order", vec![4], &order.map(|axis| axis as i32));
        let output = self.like(slot, "transposed", shape);
        self.net.step(Recipe::of(operator::TRANSPOSE, None), vec![slot, axes], output)
    }

    /// Zeros around an image.
    pub(super) fn padded(&mut self, slot: SlotId, border: Border) -> SlotId {
        let (sizes, output) = self.padding(slot, border);
        self.net.step(Recipe::of(operator::PAD, None), vec![slot, sizes], output)
    }

    /// The least number that there is, around an image.
    pub(super) fn padded_low(&mut self, slot: SlotId, border: Border) -> SlotId {
        let (sizes, output) = self.padding(slot, border);
        let low = self.net.scalar("lowest", f32::MIN, slot);
        self.net.step(Recipe::of(operator::PADV2, None), vec![slot, sizes, low], output)
    }

    fn padding(&mut self, slot: SlotId, border: Border) -> (SlotId, Slot) {
        let Border { top, left, bottom, right } = border;
        let sizes = [0, 0, top, bottom, left, right, 0, 0].map(|size| size as i32);
        let mut shape = self.net.slots[slot].shape.clone();
        if let [_, h, w, _] = &mut shape[..] {
            *h += top + bottom;
            *w += left + right;
        }
        (self.net.integers("padding", vec![4, 2], &sizes), self.like(slot, "padded", shape))
    }

    /// The same values on another scale.
    pub(super) fn requantised(&mut self, slot: SlotId, wanted: Option<Quantisation>) -> SlotId {
        let own = self.net.slots[slot].quantisation();
        let (Some(own), Some(wanted)) = (own, wanted) else { return slot };
        if own == wanted {
            return slot;
        }
        let mut output = self.like(slot, "rescaled", self.net.slots[slot].shape.clone());
        (output.scales.values, output.scales.zero_point) = (vec![wanted.scale], wanted.zero_point);
        self.net.step(Recipe::of(operator::QUANTIZE, None), vec![slot], output)
    }
}
