//! A [`Program`] as the bytes of FORMAT.md.

use super::array::Size;
use super::choice::{Choice, Choices, choices};
use super::program::{
    Activation, Border, Geometry, Operation, Product, Program, Quantisation, Tensor, TensorId,
};
use super::record::{Arrays, Record, Window, crc32};
use super::requantise::requantise;
use super::rooms::Rooms;
use super::weights::{store, store_float};
use super::work::Work;
use super::{Artifact, ExportError, OperationCost, Options};
use crate::device::{Encoding, Kernel};
use sepal_runtime::{FLOAT_FEATURE, Format, OpKind};

const MAGIC: usize = 0x3150_4553;
const HEADER_BYTES: usize = 32;
const IO_BYTES: usize = 24;
pub(super) const FLOAT: u8 = 1 << 7;

/// Writes `program` as an artifact.
///
/// # Errors
/// [`ExportError::Artifact`] for what the format cannot hold.
pub fn encode(program: &Program, options: &Options) -> Result<Artifact, ExportError> {
    let choices = choices(program, options)?;
    let plan = Rooms::new(program, &choices);
    let fills = plan.fills.len() * OpKind::Fill.record_bytes();
    let records = program.operations.iter().map(|operation| operation.kind().record_bytes()).sum::<usize>();
    let io = program.inputs.len() + program.outputs.len();
    let mut writer = Writer {
        program,
        choices: &choices,
        rooms: &plan,
        arrays: Arrays::new(HEADER_BYTES + IO_BYTES * io + fills + records),
        records: Vec::new(),
        features: 0,
        costs: Vec::new(),
        step: 0,
    };
    for (step, operation) in program.operations.iter().enumerate() {
        writer.step = step;
        writer.fills();
        writer.operation(operation)?;
    }
    writer.finish()
}

pub(super) struct Writer<'a> {
    program: &'a Program,
    choices: &'a [Choices],
    rooms: &'a Rooms,
    pub(super) arrays: Arrays,
    records: Vec<u8>,
    features: u32,
    costs: Vec<OperationCost>,
    step: usize,
}

/// A matrix in the file: its block, how it is stored, and the flag of its multipliers.
struct Placed {
    block: Vec<u8>,
    encoding: Encoding,
    size: Size,
    rowwise: bool,
    bytes: usize,
}

impl Writer<'_> {
    pub(super) fn tensor(&self, id: TensorId) -> &Tensor {
        &self.program.tensors[id]
    }

    pub(super) fn offset(&self, id: TensorId) -> usize {
        self.rooms.layout.offsets[self.program.root(id)]
    }

    pub(super) fn whole(&self, record: Record, id: TensorId, border: Border) -> Record {
        let tensor = self.tensor(id);
        record.view(tensor, self.offset(id), Window { channel: 0, channels: tensor.c, border })
    }

    pub(super) fn inner(&self, record: Record, id: TensorId) -> Record {
        self.whole(record, id, Border::default())
    }

    /// Zero points of tensors; 0 for float32.
    pub(super) fn zero(&self, id: TensorId) -> i8 {
        self.tensor(id).quantisation.map_or(0, |q| q.zero_point)
    }

    pub(super) fn float(&self, id: TensorId) -> u8 {
        if self.tensor(id).quantisation.is_none() { FLOAT } else { 0 }
    }

    /// Adds a record; `formats` are those of its matrices.
    fn push(&mut self, kind: OpKind, record: Record, formats: &[Format]) {
        self.features |= kind.feature();
        if record.bytes.get(2).is_some_and(|flags| flags & FLOAT != 0) {
            self.features |= FLOAT_FEATURE;
        }
        for format in formats {
            self.features |= format.feature();
        }
        self.records.extend(record.bytes);
    }

    fn fills(&mut self) {
        let due: Vec<TensorId> =
            self.rooms.fills.iter().filter(|(step, _)| *step == self.step).map(|(_, id)| *id).collect();
        for id in due {
            let border = self.tensor(id).border;
            let flags = self.float(id);
            let value = usize::from(self.zero(id).cast_unsigned());
            let record = self.whole(Record::new(OpKind::Fill, 0, flags), id, border).u32s(&[value]);
            let elements = self.tensor(id).bytes() / self.tensor(id).element_bytes();
            self.simple(id, record, Work::simple(Kernel::any(OpKind::Fill), elements, 0), 0);
        }
    }

    /// Adds the record of an operator without weights, and what it takes with arrays of `bytes` bytes.
    pub(super) fn simple(&mut self, output: TensorId, record: Record, work: Work, bytes: usize) {
        let layer = self.tensor(output).name.clone();
        let (kind, bytes) = (work.kernel, record.bytes.len() + bytes);
        self.costs.push(OperationCost { layer, kind, format: None, bytes, work });
        self.push(kind.op, record, &[]);
    }

    fn operation(&mut self, operation: &Operation) -> Result<(), ExportError> {
        match operation {
            Operation::Dense { input, output, position, product } => {
                self.dense((*input, *output), *position, product)
            }
            Operation::Conv { input, output, product, geometry } => {
                self.conv((*input, *output), product, geometry)
            }
            Operation::Pair { input, mid, output, stages } => self.pair([*input, *mid, *output], stages),
            Operation::Pool { input, output, kind, geometry } => {
                self.pool((*input, *output), *kind, geometry)
            }
            Operation::Add { a, b, output, subtract, activation } => {
                self.add([*a, *b, *output], *subtract, *activation)
            }
            Operation::Mul { a, b, output } => self.mul([*a, *b, *output]),
            Operation::Unary { input, output, channel, function } => {
                self.unary((*input, *output), *channel, *function);
                Ok(())
            }
            Operation::Softmax { input, output } => {
                self.softmax(*input, *output);
                Ok(())
            }
            Operation::Copy { input, output, channel } => {
                self.copy((*input, *output), *channel);
                Ok(())
            }
        }
    }

    /// Puts matrix `index` of the operation and its tables into the file.
    fn matrix(
        &mut self,
        product: &Product,
        index: usize,
        scales: (Option<Quantisation>, Option<Quantisation>),
    ) -> Result<Placed, ExportError> {
        let (rows, cols) = product.matrix.dim();
        let before = self.arrays.bytes.len();
        let choice = self.choices.get(self.step).and_then(|choices| choices.get(index)?.as_ref());
        let ((Some(input), Some(output)), Some(choice)) = (scales, choice) else {
            return Ok(self.float_matrix(product));
        };
        let Choice { integers, encoding, size } = choice;
        let stored = store(*encoding, integers).ok_or_else(|| ExportError::Artifact {
            node: product.layer.clone(),
            message: format!("its weights cannot be stored as {}", encoding.name()),
        })?;
        let found = requantise(product, integers, (input, output))?;
        let weights = self.arrays.push(stored);
        let bias = match &found.bias[..] {
            [] => 0,
            biases => self.arrays.push(biases.iter().flat_map(|b| b.to_le_bytes())),
        };
        let mult = self.arrays.push(found.mult.iter().flat_map(|m| m.to_le_bytes()));
        let block = Record::default()
            .u16s(&[rows, cols])
            .u32s(&[weights, bias, mult])
            .u8s(&[
                usize::from(found.bias_shift),
                usize::from(found.shifts.pre),
                usize::from(found.shifts.post),
            ])
            .i8s(&[found.zero_point, found.lo, found.hi])
            .u16s(&[if encoding.format.states_most() { size.most } else { 0 }]);
        let bytes = self.arrays.bytes.len() - before;
        let (encoding, size, rowwise) = (*encoding, *size, found.mult.len() > 1);
        Ok(Placed { block: block.bytes, encoding, size, rowwise, bytes })
    }

    fn float_matrix(&mut self, product: &Product) -> Placed {
        let (rows, cols) = product.matrix.dim();
        let before = self.arrays.bytes.len();
        let (format, stored, entries) = store_float(&product.matrix.weights());
        let size = Size { bytes: stored.len(), entries, steps: 0, most: 0 };
        let weights = self.arrays.push(stored);
        let bias = match &product.bias[..] {
            [] => 0,
            biases => self.arrays.push(biases.iter().flat_map(|b| b.to_le_bytes())),
        };
        let block = Record::default()
            .u16s(&[rows, cols])
            .u32s(&[weights, bias, 0])
            .u8s(&[0, 0, 1])
            .i8s(&[0, 0, 0])
            .u16s(&[activation_code(product.activation)]);
        let bytes = self.arrays.bytes.len() - before;
        Placed { block: block.bytes, encoding: Encoding::plain(format), size, rowwise: false, bytes }
    }

    fn dense(
        &mut self,
        (input, output): (TensorId, TensorId),
        position: usize,
        product: &Product,
    ) -> Result<(), ExportError> {
        let (rows, cols) = product.matrix.dim();
        let scales = (self.tensor(input).quantisation, self.tensor(output).quantisation);
        let placed = self.matrix(product, 0, scales)?;
        let at =
            |id: TensorId, size: usize| self.offset(id) + position * size * self.tensor(id).element_bytes();
        let flags = u8::from(placed.rowwise) | self.float(output);
        let format = placed.encoding.format;
        let mut record =
            Record::new(OpKind::Dense, format.code(), flags).u32s(&[at(input, cols), at(output, rows)]);
        record.bytes.extend(&placed.block);
        let work = Work::dense(placed.encoding, &placed.size, rows);
        self.layer_cost(product, OpKind::Dense, (record.bytes.len() + placed.bytes, format), work);
        self.push(OpKind::Dense, record, &[format]);
        Ok(())
    }

    fn layer_cost(&mut self, product: &Product, op: OpKind, (bytes, format): (usize, Format), work: Work) {
        let (layer, kind) = (product.layer.clone(), Kernel::any(op));
        self.costs.push(OperationCost { layer, kind, format: Some(format), bytes, work });
    }

    fn scratch(&self) -> usize {
        self.rooms.scratch[self.step].map_or(0, |block| self.rooms.layout.offsets[block])
    }

    fn conv(
        &mut self,
        (input, output): (TensorId, TensorId),
        product: &Product,
        geometry: &Geometry,
    ) -> Result<(), ExportError> {
        let scales = (self.tensor(input).quantisation, self.tensor(output).quantisation);
        let dim = product.matrix.dim();
        let out = self.tensor(output).clone();
        let placed = self.matrix(product, 0, scales)?;
        let work = Work::conv(placed.encoding, &placed.size, dim, (&out, geometry));
        let format = placed.encoding.format;
        let flags = u8::from(placed.rowwise) | self.float(output);
        let record = Record::new(OpKind::Conv, format.code(), flags);
        let mut record = self.inner(self.whole(record, input, geometry.pads), output);
        record.bytes.extend(&placed.block);
        let record = record.geometry(geometry).u32s(&[self.scratch()]);
        let bytes = record.bytes.len() + placed.bytes;
        self.layer_cost(product, OpKind::Conv, (bytes, format), work);
        self.push(OpKind::Conv, record, &[format]);
        Ok(())
    }

    fn pair(&mut self, ids: [TensorId; 3], stages: &[(Product, Geometry); 2]) -> Result<(), ExportError> {
        let [input, mid, output] = ids;
        let scales = ids.map(|id| self.tensor(id).quantisation);
        let mut placed = Vec::new();
        for (index, (product, geometry)) in stages.iter().enumerate() {
            let out = self.tensor(ids[index + 1]).clone();
            let dim = product.matrix.dim();
            let own = self.matrix(product, index, (scales[index], scales[index + 1]))?;
            let work = Work::pair(own.encoding, &own.size, dim, (&out, geometry));
            let bytes = own.bytes + if index == 0 { OpKind::Pair.record_bytes() } else { 0 };
            self.layer_cost(product, OpKind::Pair, (bytes, own.encoding.format), work);
            placed.push(own);
        }
        let formats: Vec<Format> = placed.iter().map(|own| own.encoding.format).collect();
        let flags = u8::from(placed[0].rowwise) | u8::from(placed[1].rowwise) << 1 | self.float(output);
        let border = self.tensor(mid).border;
        let record = Record::new(OpKind::Pair, formats[0].code(), flags);
        let record = self.whole(self.whole(record, input, stages[0].1.pads), mid, border);
        let mut record = self.inner(record, output);
        record.bytes.extend(placed.iter().flat_map(|own| &own.block));
        let record = record.geometry(&stages[0].1).geometry(&stages[1].1).u32s(&[self.scratch()]);
        let record = record
            .u8s(&[border.top, border.left])
            .i8s(&[self.zero(mid)])
            .u8s(&[usize::from(formats[1].code())]);
        self.push(OpKind::Pair, record, &formats);
        Ok(())
    }

    fn finish(self) -> Result<Artifact, ExportError> {
        let arena = self.rooms.layout.bytes;
        let io = self.program.inputs.iter().chain(&self.program.outputs);
        let mut ends = Record::default();
        for &id in io {
            let tensor = self.tensor(id);
            let quantisation = tensor.quantisation.unwrap_or(Quantisation { scale: 1.0, zero_point: 0 });
            ends = self.inner(ends, id).u8s(&[usize::from(tensor.quantisation.is_none())]);
            ends = ends.i8s(&[quantisation.zero_point]).u16s(&[0]).f32(quantisation.scale);
        }
        let total = HEADER_BYTES + ends.bytes.len() + self.records.len() + self.arrays.bytes.len();
        let limit = 1 << 26;
        if total > limit || arena > limit {
            let message = "it is larger than 64 MiB".into();
            return Err(ExportError::Artifact { node: "the model".into(), message });
        }
        let count = self.program.operations.len() + self.rooms.fills.len();
        let tail = Record::default()
            .u32s(&[arena])
            .u16s(&[count])
            .u8s(&[self.program.inputs.len(), self.program.outputs.len()])
            .u32s(&[self.features as usize, 0]);
        let body = [&tail.bytes[..], &ends.bytes, &self.records, &self.arrays.bytes].concat();
        let crc = crc32(&body);
        let head = Record::default()
            .u32s(&[MAGIC])
            .u8s(&[1, minor(self.features)])
            .u16s(&[HEADER_BYTES])
            .u32s(&[total, crc as usize]);
        let peak =
            self.program.operations.get(self.rooms.peak).map(|op| self.tensor(op.writes()).name.clone());
        let tensors = |ids: &[TensorId]| ids.iter().map(|&id| self.tensor(id).clone()).collect();
        let (inputs, outputs) = (tensors(&self.program.inputs), tensors(&self.program.outputs));
        Ok(Artifact {
            bytes: [head.bytes, body].concat(),
            arena_bytes: arena,
            operations: self.costs,
            peak: peak.unwrap_or_default(),
            features: self.features,
            inputs,
            outputs,
        })
    }
}

/// The least minor version that has the formats of `features`: FORMAT.md, section 2.6.
fn minor(features: u32) -> usize {
    let added = [Format::Gap, Format::Skip, Format::Codes];
    usize::from(added.iter().any(|format| features & format.feature() != 0))
}

pub(super) fn activation_code(activation: Activation) -> usize {
    match activation {
        Activation::None | Activation::Clip(..) => 0,
        Activation::Relu => 1,
        Activation::Relu6 => 2,
    }
}
