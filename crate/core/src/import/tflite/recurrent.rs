//! `UNIDIRECTIONAL_SEQUENCE_LSTM` as the ONNX operator LSTM.

use super::build::attribute;
use super::conv::unread;
use super::form::Form;
use super::{Effect, Lowering, Reason};
use crate::graph::Element;
use sepal_tflite::Operator;
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef, TensorType};

// Inputs of the operator: weights and biases in the order input, forget, cell, output.
const INPUT_WEIGHTS: usize = 1;
const STATE_WEIGHTS: usize = 5;
const PEEPHOLES: std::ops::Range<usize> = 9..12;
const BIASES: usize = 12;
const PROJECTION: std::ops::Range<usize> = 16..18;
const NORMALISATION: std::ops::Range<usize> = 20..24;
/// Where ONNX has its gates (input, output, forget, cell) in that order.
const GATES: [usize; 4] = [0, 3, 1, 2];

impl<'a> Lowering<'a> {
    pub(super) fn lstm(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let Some(BuiltinOptionsRef::UnidirectionalSequenceLstmOptions(options)) = &operator.options else {
            return Err("it lacks its options".into());
        };
        for (inputs, what) in [
            (PEEPHOLES, "peephole connections"),
            (PROJECTION, "a projection"),
            (NORMALISATION, "layer normalisation"),
        ] {
            if inputs.into_iter().any(|i| operator.optional(i).is_some()) {
                return Err(format!("it has {what}"));
            }
        }
        if options.diagonal_recurrent_tensors().map_err(unread)?
            || options.fused_activation_function().map_err(unread)? != ActivationFunctionType::Tanh
        {
            return Err("it has another activation than tanh, or diagonal weights".into());
        }
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let ([a, b, features], [.., hidden]) = (self.shape(input), self.shape(output)) else {
            return Err("its input has not 3 axes".into());
        };
        let (first, second, features, hidden) = (*a, *b, *features, *hidden);
        let time_major = options.time_major().map_err(unread)?;
        if options.cell_clip().map_err(unread)? > 0.0 {
            let reason = "the limit of its cell state is left out".to_owned();
            let name = self.base(output);
            self.problem(&name, &operator.name, reason, Effect::Accuracy);
        }
        let w = self.gates(operator, INPUT_WEIGHTS, (hidden, features))?;
        let r = self.gates(operator, STATE_WEIGHTS, (hidden, hidden))?;
        let biases = self.gate_biases(operator, hidden)?;
        let mut x = self.rows(input)?;
        let base = self.base(output);
        let turn = |name: &str| format!("{base}/{name}");
        if !time_major {
            let perm = vec![attribute::ints("perm", &[1, 0, 2])];
            x = self.out.node("Transpose", &turn("time_first"), &[&x], perm);
        }
        let hidden_size = vec![attribute::int("hidden_size", hidden as i64)];
        let y = self.out.node("LSTM", &base, &[&x, &w, &r, &biases], hidden_size);
        // steps x directions x batch x hidden
        let steps = if time_major { first } else { second };
        let batch = if time_major { second } else { first };
        self.out.describe(&y, Element::Float, &[steps, 1, batch, hidden], false);
        let axis = self.out.integers(&turn("direction"), &[1])?;
        let squeezed = self.out.node("Squeeze", &turn("Squeeze"), &[&y, &axis], Vec::new());
        let to = (output, Form::Rows);
        let value = if time_major {
            squeezed
        } else {
            self.emit(
                "Transpose",
                to,
                "/batch_first",
                (&[&squeezed], vec![attribute::ints("perm", &[1, 0, 2])]),
            )
        };
        self.finish(to, value, ActivationFunctionType::None)
    }

    /// The four matrices from input `start` on, one below the other in ONNX's order; 8-bit integers stay
    /// so, with a scale for each row.
    fn gates(
        &mut self,
        operator: &Operator<'a>,
        start: usize,
        (rows, columns): (usize, usize),
    ) -> Result<String, Reason> {
        let mut bytes = Vec::new();
        let (mut scales, mut integers) = (Vec::new(), 0);
        let mut floats = Vec::new();
        for gate in GATES {
            let tensor =
                operator.optional(start + gate).ok_or("its input gate is coupled to its forget gate")?;
            if *self.shape(tensor) != [rows, columns] {
                return Err("its weights have other shapes than its state".into());
            }
            let constant = self.values.get(tensor).and_then(|v| v.constant.as_ref());
            let constant = constant.ok_or("its weights are computed, not constant")?;
            let scale = constant.quantisation.as_ref().filter(|q| q.zero_point.iter().all(|z| *z == 0));
            if let (TensorType::Int8, Some(scale)) = (constant.kind, scale) {
                let one = scale.scale.first().copied().unwrap_or(1.0);
                let each = if scale.scale.len() == rows { scale.scale.clone() } else { vec![one; rows] };
                scales.extend(each);
                bytes.extend_from_slice(&constant.bytes);
                integers += 1;
            }
            floats.extend(self.known_reals(tensor).ok_or("its weights have a type that is not known")?);
        }
        let name = self.base(operator.input(start + 1)?);
        let shape = [1, 4 * rows, columns];
        if integers < GATES.len() {
            return self.out.floats(&name, &shape, &floats);
        }
        let stored = self.out.constant(&name, Element::Int8, &shape, bytes)?;
        let scale = self.out.floats(&format!("{name}/scale"), &[4 * rows], &scales)?;
        let zero = self.out.constant(
            &format!("{name}/zero_point"),
            Element::Int8,
            &[4 * rows],
            vec![0; 4 * rows],
        )?;
        let inputs = [stored.as_str(), &scale, &zero];
        let axis = vec![attribute::int("axis", 1)];
        Ok(self.out.node("DequantizeLinear", &format!("{name}/DequantizeLinear"), &inputs, axis))
    }

    /// The biases in ONNX's order, and as many zeros for the state.
    fn gate_biases(&mut self, operator: &Operator<'a>, rows: usize) -> Result<String, Reason> {
        let mut values = Vec::new();
        for gate in GATES {
            let found = match operator.optional(BIASES + gate) {
                Some(tensor) => self.known_reals(tensor).ok_or("its biases are computed, not constant")?,
                None => vec![0.0; rows],
            };
            if found.len() != rows {
                return Err("its biases do not fit its state".into());
            }
            values.extend(found);
        }
        values.resize(8 * rows, 0.0);
        let name = format!("{}/bias", self.base(operator.output(0)?));
        self.out.floats(&name, &[1, 8 * rows], &values)
    }
}
