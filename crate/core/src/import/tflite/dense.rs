//! Products with matrices.

use super::build::attribute;
use super::constant::Arrangement;
use super::conv::unread;
use super::form::Form;
use super::{Lowering, Reason};
use sepal_tflite::Operator;
use sepal_tflite::schema::{ActivationFunctionType, BuiltinOptionsRef, FullyConnectedOptionsWeightsFormat};

impl<'a> Lowering<'a> {
    /// A `Gemm` of rows, a `MatMul` where the axes in front are kept.
    pub(super) fn fully_connected(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (input, weights, output) = (operator.input(0)?, operator.input(1)?, operator.output(0)?);
        let mut activation = ActivationFunctionType::None;
        if let Some(BuiltinOptionsRef::FullyConnectedOptions(options)) = &operator.options {
            activation = options.fused_activation_function().map_err(unread)?;
            let format = options.weights_format().map_err(unread)?;
            if format != FullyConnectedOptionsWeightsFormat::Default {
                return Err("its weights are shuffled".into());
            }
        }
        let [units, columns] = self.shape(weights)[..] else {
            return Err(format!("its weights {:?} are no matrix", self.shape(weights)));
        };
        let elements: usize = self.shape(input).iter().product();
        if units == 0
            || columns == 0
            || !elements.is_multiple_of(columns)
            || self.shape(output).last() != Some(&units)
        {
            return Err(format!("its weights of {columns} columns do not fit its input"));
        }
        let rows = elements / columns;
        if self.shape(output).iter().product::<usize>() != rows * units {
            return Err("its output has another size than its weights give".into());
        }
        if self.shape(output).len() > 2 {
            return self.kept_axes(operator, (units, columns), activation);
        }
        let (x, order) = if self.is_activation(weights) {
            // Their columns cannot be put into the order of planes.
            let x = self.rows(input)?;
            let plain = Arrangement::permuted(&[units, columns], &[0, 1]);
            (self.flattened(input, &x, (rows, columns))?, plain)
        } else {
            self.matrix_rows(input, (units, rows, columns))?
        };
        let weights = self.weight_or_transposed(weights, &order)?;
        let mut inputs = vec![x, weights];
        inputs.extend(self.bias(operator, 2, units)?);
        let inputs: Vec<&str> = inputs.iter().map(String::as_str).collect();
        let to = (output, Form::Rows);
        let value = self.emit("Gemm", to, "", (&inputs, vec![attribute::int("transB", 1)]));
        self.finish(to, value, activation)
    }

    /// The input as `rows` of `columns` elements, and how the weights must lie for it: where channels come
    /// first, the columns are moved instead of the input.
    fn matrix_rows(
        &mut self,
        input: usize,
        (units, rows, columns): (usize, usize, usize),
    ) -> Result<(String, Arrangement), Reason> {
        let plain = Arrangement::permuted(&[units, columns], &[0, 1]);
        let flat = self.values.get(input).and_then(|v| v.flat.clone());
        let source = match flat {
            Some(flat) => flat.source,
            None => input,
        };
        let shape = self.shape(source).to_vec();
        let whole = shape.len() >= 3 && shape[0] == rows && self.preferred(source) == Form::Planes;
        if !whole {
            let x = self.rows(input)?;
            if *self.shape(input) == [rows, columns] {
                return Ok((x, plain));
            }
            return Ok((self.flattened(input, &x, (rows, columns))?, plain));
        }
        let x = self.planes(source)?;
        let x = self.flattened(input, &x, (rows, columns))?;
        let mut seen = vec![units];
        seen.extend(&shape[1..]);
        let axes = seen.len();
        let order: Vec<usize> = [0, axes - 1].into_iter().chain(1..axes - 1).collect();
        let long: Vec<usize> =
            order.iter().copied().filter(|a| seen.get(*a).is_some_and(|d| *d > 1)).collect();
        if long.is_sorted() {
            return Ok((x, plain));
        }
        Ok((x, Arrangement { seen, order, shape: vec![units, columns] }))
    }

    fn flattened(&mut self, of: usize, x: &str, (rows, columns): (usize, usize)) -> Result<String, Reason> {
        let first = if self.has_batch(of) && rows == 1 { -1 } else { rows as i64 };
        let shape = self.out.integers(&format!("{}/rows", self.base(of)), &[first, columns as i64])?;
        Ok(self.out.node("Reshape", &format!("{}/flat", self.base(of)), &[x, &shape], Vec::new()))
    }

    fn kept_axes(
        &mut self,
        operator: &Operator<'a>,
        (units, columns): (usize, usize),
        activation: ActivationFunctionType,
    ) -> Result<(), Reason> {
        let (input, output) = (operator.input(0)?, operator.output(0)?);
        let (from, to) = (self.shape(input), self.shape(output));
        if from.last() != Some(&columns) || from.split_last().map(|s| s.1) != to.split_last().map(|s| s.1) {
            return Err("it changes the axes in front of its columns".into());
        }
        let x = self.rows(input)?;
        let order = Arrangement::permuted(&[units, columns], &[1, 0]);
        let weights = self.weight_or_transposed(operator.input(1)?, &order)?;
        let to = (output, Form::Rows);
        let mut value = self.emit("MatMul", to, "", (&[&x, &weights], Vec::new()));
        if let Some(bias) = self.bias(operator, 2, units)? {
            value = self.emit("Add", to, "/Add", (&[&value, &bias], Vec::new()));
        }
        self.finish(to, value, activation)
    }

    pub(super) fn batch_matmul(&mut self, operator: &Operator<'a>) -> Result<(), Reason> {
        let (mut turn_a, mut turn_b) = (false, false);
        if let Some(BuiltinOptionsRef::BatchMatMulOptions(options)) = &operator.options {
            (turn_a, turn_b) = (options.adj_x().map_err(unread)?, options.adj_y().map_err(unread)?);
        }
        let output = operator.output(0)?;
        let a = self.turned(operator.input(0)?, turn_a)?;
        let b = self.turned(operator.input(1)?, turn_b)?;
        let to = (output, Form::Rows);
        let value = self.emit("MatMul", to, "", (&[&a, &b], Vec::new()));
        self.finish(to, value, ActivationFunctionType::None)
    }

    /// A value in the file's order, with its last two axes exchanged if `turn`.
    fn turned(&mut self, tensor: usize, turn: bool) -> Result<String, Reason> {
        let shape = self.shape(tensor).to_vec();
        let axes = shape.len();
        if axes < 2 {
            return Err("its input is no matrix".into());
        }
        let mut order: Vec<usize> = (0..axes).collect();
        if turn {
            order.swap(axes - 2, axes - 1);
        }
        if !self.is_activation(tensor) {
            return self.weights(tensor, &Arrangement::permuted(&shape, &order));
        }
        let rows = self.rows(tensor)?;
        if !turn {
            return Ok(rows);
        }
        let perm: Vec<i64> = order.iter().map(|a| *a as i64).collect();
        let name = format!("{}/Transpose", self.base(tensor));
        Ok(self.out.node("Transpose", &name, &[&rows], vec![attribute::ints("perm", &perm)]))
    }
}
