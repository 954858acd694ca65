//! The values of the graph while it is lowered: under which ONNX names a `TFLite` tensor is to be had, and in
//! which order of its axes.
//!
//! `TFLite` keeps channels last (*rows* here), ONNX convolutions want them first (*planes*). Each value has
//! the forms that were made or asked for so far; a Transpose is written only when a reader wants another.

use super::build::attribute;
use super::constant::Constant;
use super::form::Form;
use super::{Lowering, Reason};
use crate::graph::Element;
use crate::graph::proto::AttributeProto;
use sepal_tflite::schema::TensorType;

/// Two axes of elements that were several: channels first in fact, channels last in the file.
#[derive(Clone, Debug)]
pub(super) struct Flat {
    /// The tensor it was made of, which has planes.
    pub(super) source: usize,
}

/// Where a tensor of the file is to be had.
#[derive(Clone, Debug, Default)]
pub(super) struct Value<'a> {
    pub(super) rows: Option<String>,
    pub(super) planes: Option<String>,
    pub(super) flat: Option<Flat>,
    pub(super) constant: Option<Constant<'a>>,
    /// Integers known before the model runs: shapes and what is computed of them.
    pub(super) integers: Option<Vec<i64>>,
    /// The graph input that it is, before it is quantised.
    pub(super) input: Option<String>,
}

impl Lowering<'_> {
    pub(super) fn shape(&self, tensor: usize) -> &[usize] {
        self.model.tensors.get(tensor).map_or(&[], |t| &t.shape)
    }

    pub(super) fn shape_in(&self, tensor: usize, form: Form) -> Vec<usize> {
        form.arrange(self.shape(tensor))
    }

    /// Whether the tensor's values depend on the model's input.
    pub(super) fn is_activation(&self, tensor: usize) -> bool {
        let value = self.values.get(tensor);
        value.is_some_and(|v| v.constant.is_none() && v.integers.is_none())
    }

    /// A short name for what is made for a tensor: converters join the names of fused operators.
    pub(super) fn base(&self, tensor: usize) -> String {
        let name = self.model.tensors.get(tensor).map_or("", |t| t.name.as_str());
        let first = name.split(';').next().filter(|first| !first.is_empty());
        first.unwrap_or(name).to_owned()
    }

    /// The same for a constant: converters give a bias the name of what is computed with it, which is kept
    /// for that.
    pub(super) fn constant_base(&self, tensor: usize) -> String {
        let base = self.base(tensor);
        if !self.computed.contains(&base) {
            return base;
        }
        format!("{base}/constant")
    }

    /// The ONNX type of a tensor as it is computed with.
    pub(super) fn element(&self, tensor: usize) -> Element {
        let Some(tensor) = self.model.tensors.get(tensor) else { return Element::Float };
        if tensor.quantisation.is_some() {
            return Element::Float;
        }
        match tensor.kind {
            TensorType::Uint8 => Element::Uint8,
            TensorType::Int8 | TensorType::Int4 => Element::Int8,
            TensorType::Uint16 => Element::Uint16,
            TensorType::Int16 => Element::Int16,
            TensorType::Int32 => Element::Int32,
            TensorType::Int64 => Element::Int64,
            TensorType::String => Element::String,
            TensorType::Bool => Element::Bool,
            TensorType::Float64 => Element::Double,
            TensorType::Uint32 => Element::Uint32,
            TensorType::Uint64 => Element::Uint64,
            _ => Element::Float,
        }
    }

    /// A node that makes a value of the shape of `like`: its tensor and form.
    pub(super) fn emit(
        &mut self,
        op: &str,
        (tensor, form): (usize, Form),
        suffix: &str,
        (inputs, attributes): (&[&str], Vec<AttributeProto>),
    ) -> String {
        let name = format!("{}{suffix}", self.base(tensor));
        let value = self.out.node(op, &name, inputs, attributes);
        let (shape, element) = (self.shape_in(tensor, form), self.element(tensor));
        let batch = self.has_batch(tensor);
        self.out.describe(&value, element, &shape, batch);
        value
    }

    /// The value in the order of the file.
    pub(super) fn rows(&mut self, tensor: usize) -> Result<String, Reason> {
        self.get(tensor, Form::Rows)
    }

    /// The value with its channels first.
    pub(super) fn planes(&mut self, tensor: usize) -> Result<String, Reason> {
        self.get(tensor, Form::Planes)
    }

    pub(super) fn get(&mut self, tensor: usize, form: Form) -> Result<String, Reason> {
        let value = self.values.get(tensor).cloned().unwrap_or_default();
        let axes = self.shape(tensor).len();
        let form = if axes < 3 { Form::Rows } else { form };
        let (own, other) = match form {
            Form::Rows => (value.rows, value.planes),
            Form::Planes => (value.planes, value.rows),
        };
        if let Some(name) = own {
            return Ok(name);
        }
        let made = if value.constant.is_some() || value.integers.is_some() {
            return self.constant_in(tensor, form, axes);
        } else if let Some(input) = value.input {
            let moved = match form {
                Form::Rows => input,
                Form::Planes => self.transposed(tensor, form, &input),
            };
            self.quantised(tensor, form, moved)?
        } else if let Some(flat) = value.flat {
            self.unfolded(tensor, &flat)?
        } else if let Some(other) = other {
            self.transposed(tensor, form, &other)
        } else {
            return Err("its input is not made by any operator".into());
        };
        self.keep(tensor, form, made.clone());
        Ok(made)
    }

    /// A Transpose of the other form's value to `form`.
    fn transposed(&mut self, tensor: usize, form: Form, other: &str) -> String {
        let axes = self.shape(tensor).len();
        let order = match form {
            Form::Planes => Form::Planes.order(axes),
            Form::Rows => (0..axes).map(|axis| Form::Planes.axis(axis, axes)).collect(),
        };
        let order: Vec<i64> = order.iter().map(|a| *a as i64).collect();
        let suffix = if form == Form::Rows { "/channels_last" } else { "/channels_first" };
        self.emit("Transpose", (tensor, form), suffix, (&[other], vec![attribute::ints("perm", &order)]))
    }

    /// The rows of a value whose elements lie in the order of planes: through its source.
    fn unfolded(&mut self, tensor: usize, flat: &Flat) -> Result<String, Reason> {
        let rows = self.rows(flat.source)?;
        self.reshaped(tensor, Form::Rows, &rows)
    }

    /// A Reshape to the shape of a tensor in a form; a free batch is taken from the value.
    pub(super) fn reshaped(&mut self, tensor: usize, form: Form, value: &str) -> Result<String, Reason> {
        let mut target: Vec<i64> = self.shape_in(tensor, form).iter().map(|d| *d as i64).collect();
        if let Some(first) = target.first_mut().filter(|_| self.has_batch(tensor)) {
            *first = 0;
        }
        let shape = self.out.integers(&format!("{}/shape", self.base(tensor)), &target)?;
        Ok(self.emit("Reshape", (tensor, form), "", (&[value, &shape], Vec::new())))
    }

    pub(super) fn keep(&mut self, tensor: usize, form: Form, name: String) {
        let axes = self.shape(tensor).len();
        if let Some(value) = self.values.get_mut(tensor) {
            match form {
                Form::Planes if axes >= 3 => value.planes = Some(name),
                _ => value.rows = Some(name),
            }
        }
    }

    /// The form in which a value is at hand: operators that do not care take it as it is.
    pub(super) fn preferred(&self, tensor: usize) -> Form {
        let Some(value) = self.values.get(tensor) else { return Form::Rows };
        let spatial = value.input.is_some() && self.shape(tensor).len() == 4 && self.spatial;
        if value.planes.is_some() || (spatial && value.rows.is_none()) { Form::Planes } else { Form::Rows }
    }

    /// The value of an operand of an operation on `axes` axes, in `form`: a constant with fewer axes gets
    /// the missing ones in front, as `TFLite` takes it.
    pub(super) fn operand(&mut self, tensor: usize, form: Form, axes: usize) -> Result<String, Reason> {
        if self.is_activation(tensor) { self.get(tensor, form) } else { self.constant_in(tensor, form, axes) }
    }

    /// Whether the first axis of the tensor is the batch.
    pub(super) fn has_batch(&self, tensor: usize) -> bool {
        self.batch && self.is_activation(tensor) && self.shape(tensor).first() == Some(&1)
    }
}
