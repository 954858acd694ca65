//! A [`Program`] as operators of `TFLite`.

use super::net::{Net, SlotId};
use super::planner::{Form, Planner, Reason};
use crate::export::ExportError;
use crate::export::artifact::program::{Activation, Operation, Program, Quantisation, TensorId};
use std::collections::BTreeMap;

impl<'a> Planner<'a> {
    /// The operators of `program`.
    ///
    /// # Errors
    /// [`ExportError::Tflite`] with all that cannot be said.
    pub(super) fn plan(program: &'a Program) -> Result<Net, ExportError> {
        let mut planner = Self {
            program,
            net: Net::default(),
            values: BTreeMap::new(),
            copies: BTreeMap::new(),
            pieces: BTreeMap::new(),
        };
        planner.inputs();
        planner.count_pieces();
        let mut problems = Vec::new();
        for operation in &program.operations {
            if let Err(reason) = planner.operation(operation) {
                let output = operation.writes();
                problems.push(format!("'{}' ({reason})", program.tensors[output].name));
                planner.assume(output, output);
            }
        }
        if let Err(reason) = planner.outputs() {
            problems.push(format!("the output ({reason})"));
        }
        if problems.is_empty() { Ok(planner.net) } else { Err(ExportError::Tflite(problems)) }
    }

    /// The scale that the program has for a tensor.
    pub(super) fn scale(&self, id: TensorId) -> Option<Quantisation> {
        self.program.tensors[id].quantisation
    }

    fn inputs(&mut self) {
        for &id in &self.program.inputs {
            let read = self.read_as(id);
            let slot = self.assume(id, read);
            self.net.inputs.push(slot);
        }
    }

    /// The tensor that the input `id` is read as: another one where its channels are last already, and
    /// only a reshaping of one channel makes it what the model wants.
    fn read_as(&self, id: TensorId) -> TensorId {
        let (c, h, w) = self.dim(id);
        let read = self.program.operations.iter().flat_map(Operation::reads);
        let mut same = read.filter(|other| self.class(*other) == id);
        same.find(|other| self.dim(*other) == (w, c, h) && w == 1).unwrap_or(id)
    }

    /// A tensor that comes from nowhere, in the shape of `read`: an input, or what a problem leaves open.
    fn assume(&mut self, id: TensorId, read: TensorId) -> SlotId {
        let (shape, form) = match self.dim(read) {
            (c, 1, 1) => (vec![1, c], Form::Flat),
            (c, h, w) => (vec![1, h, w, c], Form::Spatial),
        };
        let slot = self.net.push(self.result(id, shape));
        self.define(read, form, slot);
        slot
    }

    fn outputs(&mut self) -> Result<(), Reason> {
        for &id in &self.program.outputs {
            let slot = match self.dim(id) {
                (c, 1, 1) => {
                    let (slot, _) = self.operand(id)?;
                    self.reshaped(slot, vec![1, c])
                }
                _ => self.spatial(id)?,
            };
            self.net.outputs.push(slot);
        }
        Ok(())
    }

    /// Which tensors are written piece by piece.
    fn count_pieces(&mut self) {
        for operation in &self.program.operations {
            let (Operation::Copy { input, output, .. } | Operation::Unary { input, output, .. }) = operation
            else {
                continue;
            };
            if self.program.tensors[*input].c < self.program.tensors[*output].c {
                self.pieces.entry(*output).or_default().0 += 1;
            }
        }
    }

    fn operation(&mut self, operation: &Operation) -> Result<(), Reason> {
        match operation {
            // All positions are one product of matrices.
            Operation::Dense { position: 1.., .. } => Ok(()),
            Operation::Dense { input, output, product, .. } => self.dense((*input, *output), product),
            Operation::Conv { input, output, product, geometry } => {
                let slot = self.spatial(*input)?;
                let slot = self.convolution(slot, *output, product, geometry)?;
                self.define(*output, Form::Spatial, slot);
                Ok(())
            }
            Operation::Pair { input, mid, output, stages } => {
                let [(first, narrow), (second, wide)] = &**stages;
                let slot = self.spatial(*input)?;
                let slot = self.convolution(slot, *mid, first, narrow)?;
                let slot = self.convolution(slot, *output, second, wide)?;
                self.define(*output, Form::Spatial, slot);
                Ok(())
            }
            Operation::Pool { input, output, kind, geometry } => {
                self.pool((*input, *output), *kind, geometry)
            }
            Operation::Add { a, b, output, subtract, activation } => {
                self.add([*a, *b, *output], *subtract, *activation)
            }
            Operation::Mul { a, b, output } => self.mul([*a, *b, *output]),
            Operation::Unary { input, output, channel, function } => {
                self.unary((*input, *output), *channel, *function)
            }
            Operation::Softmax { input, output } => self.softmax(*input, *output),
            Operation::Copy { input, output, channel } => self.copy((*input, *output), *channel),
        }
    }

    /// Limits that no fused function states: the value between them.
    pub(super) fn limited(&mut self, slot: SlotId, activation: Activation) -> SlotId {
        let Activation::Clip(low, high) = activation else { return slot };
        let slot = self.limit(slot, (sepal_tflite::operator::MAXIMUM, "low"), low);
        self.limit(slot, (sepal_tflite::operator::MINIMUM, "high"), high)
    }
}
