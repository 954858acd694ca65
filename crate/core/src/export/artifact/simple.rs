//! Records of operations without weights.

use super::ExportError;
use super::encode::{FLOAT, Writer, activation_code};
use super::program::{Activation, Border, Function, Geometry, PoolKind, TensorId};
use super::record::{Record, Window};
use super::requantise::{Shifts, range};
use super::work::Work;
use crate::device::{Form, Kernel};
use sepal_runtime::OpKind;

impl Writer<'_> {
    pub(super) fn pool(
        &mut self,
        (input, output): (TensorId, TensorId),
        kind: PoolKind,
        geometry: &Geometry,
    ) -> Result<(), ExportError> {
        let (h, w) = geometry.kernel;
        let ends = (self.tensor(input).quantisation, self.tensor(output).quantisation);
        let shifts = match ends {
            (Some(from), Some(to)) if kind != PoolKind::Max && from != to => {
                let count = (h * w) as f64;
                let factor = f64::from(from.scale) / f64::from(to.scale) / count;
                let shifts = Shifts::of(255.0 * count, factor, 0);
                let failed = || ExportError::Artifact {
                    node: self.tensor(output).name.clone(),
                    message: "its scale is too fine".into(),
                };
                Some((shifts.ok_or_else(failed)?, factor))
            }
            _ => None,
        };
        let (mult, pre, post) = shifts.map_or((0, 0, 0), |(s, f)| (s.mult(f), s.pre, s.post));
        let code = match kind {
            PoolKind::Max => 0,
            PoolKind::Average => 1,
            PoolKind::AveragePadded => 2,
        };
        let record = Record::new(OpKind::Pool, code, self.float(output));
        let record = self.inner(self.inner(record, input), output).u16s(&[h, w]);
        let record = record
            .u8s(&[geometry.stride.0, geometry.stride.1, geometry.pads.top, geometry.pads.left])
            .u16s(&[usize::from(mult)])
            .u8s(&[usize::from(pre), usize::from(post)])
            .i8s(&[self.zero(input), self.zero(output)])
            .u16s(&[0]);
        let outputs = self.tensor(output).len();
        let form = if kind == PoolKind::Max { Form::Maximum } else { Form::Average };
        let kernel = Kernel { op: OpKind::Pool, form };
        self.simple(output, record, Work::simple(kernel, outputs * h * w, outputs), 0);
        Ok(())
    }

    pub(super) fn add(
        &mut self,
        ids: [TensorId; 3],
        subtract: bool,
        activation: Activation,
    ) -> Result<(), ExportError> {
        let [a, b, output] = ids;
        let record = Record::new(OpKind::Add, 0, self.float(output));
        let record = self.inner(self.inner(self.inner(record, a), b), output);
        let record = if let [Some(qa), Some(qb), Some(out)] = ids.map(|id| self.tensor(id).quantisation) {
            let factors = [qa, qb].map(|q| f64::from(q.scale) / f64::from(out.scale));
            let most = factors[0].max(factors[1]);
            let fits = |shift: &u8| most * f64::from(1_u32 << shift) <= f64::from(1 << 21);
            let shift = (1..=30_u8).rev().find(fits).ok_or_else(|| ExportError::Artifact {
                node: self.tensor(output).name.clone(),
                message: "its terms differ too much in scale".into(),
            })?;
            let [ma, mb] = factors.map(|f| (f * f64::from(1_u32 << shift)).round() as i32);
            let (lo, hi) = range(activation, out);
            let zeros = [qa.zero_point, qb.zero_point, out.zero_point];
            let mb = if subtract { -mb } else { mb };
            record.i32s(&[ma, mb]).u8s(&[usize::from(shift)]).i8s(&zeros).i8s(&[lo, hi]).u16s(&[0])
        } else {
            let sign = if subtract { -1 } else { 1 };
            record.i32s(&[1, sign]).u8s(&[1, 0, 0, 0, 0, 0]).u16s(&[activation_code(activation)])
        };
        let outputs = self.tensor(output).len();
        self.simple(output, record, Work::simple(Kernel::any(OpKind::Add), outputs, outputs), 0);
        Ok(())
    }

    pub(super) fn mul(&mut self, ids: [TensorId; 3]) -> Result<(), ExportError> {
        let [a, b, output] = ids;
        let record = Record::new(OpKind::Mul, 0, self.float(output));
        let record = self.inner(self.inner(self.inner(record, a), b), output);
        let record = if let [Some(qa), Some(qb), Some(out)] = ids.map(|id| self.tensor(id).quantisation) {
            let factor = f64::from(qa.scale) * f64::from(qb.scale) / f64::from(out.scale);
            let shifts = Shifts::of(255.0 * 255.0, factor, 1).ok_or_else(|| ExportError::Artifact {
                node: self.tensor(output).name.clone(),
                message: "its factors differ too much in scale".into(),
            })?;
            let zeros = [qa.zero_point, qb.zero_point, out.zero_point, 0];
            record
                .u16s(&[usize::from(shifts.mult(factor))])
                .u8s(&[usize::from(shifts.pre), usize::from(shifts.post)])
                .i8s(&zeros)
        } else {
            record.u16s(&[0]).u8s(&[1, 1, 0, 0, 0, 0])
        };
        let outputs = self.tensor(output).len();
        self.simple(output, record, Work::simple(Kernel::any(OpKind::Mul), outputs, outputs), 0);
        Ok(())
    }

    /// A view of the channels of `id` from `channel` on that `input` is written to.
    fn part(&self, record: Record, (input, id): (TensorId, TensorId), channel: usize) -> Record {
        let window = Window { channel, channels: self.tensor(input).c, border: Border::default() };
        record.view(self.tensor(id), self.offset(id), window)
    }

    pub(super) fn unary(
        &mut self,
        (input, output): (TensorId, TensorId),
        channel: usize,
        function: Function,
    ) {
        let ends = (self.tensor(input).quantisation, self.tensor(output).quantisation);
        let (code, parameter) = match function {
            Function::Relu => (0, 0.0),
            Function::Relu6 => (1, 0.0),
            Function::LeakyRelu(share) => (2, share),
            Function::Sigmoid => (3, 0.0),
            Function::Tanh => (4, 0.0),
            Function::HardSwish => (5, 0.0),
            Function::Copy => (6, 0.0),
        };
        let elements = self.tensor(input).len();
        let record = |code, flags| {
            let record = self.inner(Record::new(OpKind::Unary, code, flags), input);
            self.part(record, (input, output), channel)
        };
        let (record, bytes) = match ends {
            (Some(from), Some(to)) => {
                let table = (-128..=127_i8).map(|q| to.quantise(function.at(from.real(q))).cast_unsigned());
                let record = record(0, 0);
                (record.u32s(&[self.arrays.push(table)]), 256)
            }
            _ => (record(code, FLOAT).f32(parameter), 0),
        };
        let work = Work::simple(Kernel::any(OpKind::Unary), elements, elements);
        self.simple(output, record, work, bytes);
    }

    pub(super) fn softmax(&mut self, input: TensorId, output: TensorId) {
        let n = self.tensor(input).len();
        let mut bytes = 0;
        let table = match self.tensor(input).quantisation {
            Some(from) => {
                let entry = |d: i32| (32768.0 * (-f64::from(d) * f64::from(from.scale)).exp()).round() as u16;
                bytes = 512;
                self.arrays.push((0..256).flat_map(|d| entry(d).to_le_bytes()))
            }
            None => 0,
        };
        let record = Record::new(OpKind::Softmax, 0, self.float(output))
            .u32s(&[self.offset(input), self.offset(output)])
            .u16s(&[n, 0])
            .u32s(&[table]);
        self.simple(output, record, Work::simple(Kernel::any(OpKind::Softmax), n, n), bytes);
    }

    pub(super) fn copy(&mut self, (input, output): (TensorId, TensorId), channel: usize) {
        let record = self.inner(Record::new(OpKind::Copy, 0, self.float(output)), input);
        let record = self.part(record, (input, output), channel);
        let elements = self.tensor(input).len();
        let work = Work::simple(Kernel::any(OpKind::Copy), elements, elements);
        self.simple(output, record, work, 0);
    }
}
