//! Constants of the file as ONNX initializers: in their stored type, permuted, behind what makes them real
//! numbers.

use super::build::attribute;
use super::constant::{Arrangement, Constant, permuted, width, zero_points};
use super::form::Form;
use super::{Lowering, Reason};
use crate::graph::Element;
use sepal_tflite::schema::TensorType;
use std::borrow::Cow;
use std::rc::Rc;

impl Lowering<'_> {
    /// A constant in `form`, with missing axes in front up to `axes`.
    pub(super) fn constant_in(&mut self, tensor: usize, form: Form, axes: usize) -> Result<String, Reason> {
        let mut shape = self.shape(tensor).to_vec();
        if form == Form::Planes && shape.iter().product::<usize>() > 1 {
            while shape.len() < axes {
                shape.insert(0, 1);
            }
        }
        let order = if shape.len() == axes { form.order(axes) } else { (0..shape.len()).collect() };
        self.weights(tensor, &Arrangement::permuted(&shape, &order))
    }

    /// The constant `tensor` laid out as `arrangement` says, as real numbers: an initializer in the stored
    /// type and, where that is quantised or float16, the node that makes it float32.
    pub(super) fn weights(&mut self, tensor: usize, arrangement: &Arrangement) -> Result<String, Reason> {
        let value = self.values.get(tensor).ok_or("it lacks a constant")?;
        let Some(constant) = value.constant.clone() else {
            let values = value.integers.clone().ok_or("its weights are computed, not constant")?;
            let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
            let name = self.base(tensor);
            return self.out.constant(&name, Element::Int64, &arrangement.shape, bytes);
        };
        let key = (constant.source, constant.quantisation.is_some(), arrangement.clone());
        if let Some(name) = self.initializers.get(&key) {
            return Ok(name.clone());
        }
        let shown = match (&constant.quantisation, constant.kind) {
            (Some(_), TensorType::Int8 | TensorType::Uint8) => self.dequantised(&constant, arrangement)?,
            (Some(_), _) => self.real(&constant, arrangement)?,
            (None, TensorType::Float16) => {
                let stored = self.stored(&constant, arrangement, Element::Float16)?;
                let to = vec![attribute::int("to", Element::Float.into())];
                self.out.node("Cast", &format!("{stored}/Cast"), &[&stored], to)
            }
            (None, _) => {
                let kind = self.element(constant.source);
                self.stored(&constant, arrangement, kind)?
            }
        };
        self.initializers.insert(key, shown.clone());
        Ok(shown)
    }

    fn stored(&mut self, constant: &Constant, to: &Arrangement, kind: Element) -> Result<String, Reason> {
        let width = width(constant.kind).ok_or("its constant has a type that is not known")?;
        let elements: usize = to.seen.iter().product();
        if constant.bytes.len() != elements * width || elements != to.shape.iter().product::<usize>() {
            return Err("its constant has another size than its shape".into());
        }
        let bytes =
            if to.order.is_sorted() { constant.bytes.to_vec() } else { permuted(&constant.bytes, width, to) };
        let name = self.constant_base(constant.source);
        self.out.constant(&name, kind, &to.shape, bytes)
    }

    /// 8-bit integers behind a `DequantizeLinear`.
    fn dequantised(&mut self, constant: &Constant, to: &Arrangement) -> Result<String, Reason> {
        let kind = if constant.kind == TensorType::Int8 { Element::Int8 } else { Element::Uint8 };
        let stored = self.stored(constant, to, kind)?;
        let quantisation = constant.quantisation.clone().ok_or("its weights lack a scale")?;
        let channels = quantisation.scale.len();
        let shape: &[usize] = if channels == 1 { &[] } else { &[channels] };
        let scale = self.out.floats(&format!("{stored}/scale"), shape, &quantisation.scale)?;
        let zeros = zero_points(&quantisation, constant.kind)?;
        let zero = self.out.constant(&format!("{stored}/zero_point"), kind, shape, zeros)?;
        let axis = to.order.iter().position(|a| *a == quantisation.axis).unwrap_or(0);
        let axis = if channels == 1 { Vec::new() } else { vec![attribute::int("axis", axis as i64)] };
        let name = format!("{stored}/DequantizeLinear");
        Ok(self.out.node("DequantizeLinear", &name, &[&stored, &scale, &zero], axis))
    }

    /// Other integers with a scale, and computed values, as float32.
    fn real(&mut self, constant: &Constant, to: &Arrangement) -> Result<String, Reason> {
        let shape = self.shape(constant.source).to_vec();
        let values = constant.reals(&shape).ok_or("its constant has a type that is not known")?;
        let bytes = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let kind = TensorType::Float32;
        let real =
            Constant { bytes: Rc::new(Cow::Owned(bytes)), kind, quantisation: None, source: constant.source };
        self.stored(&real, to, Element::Float)
    }

    /// The integers of a constant input.
    pub(super) fn known_integers(&self, tensor: usize) -> Option<Vec<i64>> {
        let value = self.values.get(tensor)?;
        value.integers.clone().or_else(|| value.constant.as_ref()?.integers())
    }

    /// The real numbers of a constant input.
    pub(super) fn known_reals(&self, tensor: usize) -> Option<Vec<f32>> {
        let constant = self.values.get(tensor)?.constant.as_ref()?;
        constant.reals(self.shape(constant.source))
    }
}
