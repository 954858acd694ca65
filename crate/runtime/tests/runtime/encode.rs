//! From descriptions to bytes: FORMAT.md sections 2 and 4.

use crate::artifact::{Artifact, Binary, Filter, Matrix, Op, Tensor, View};
use crate::weights;
use sepal_runtime::OpKind;

const FLOAT: u8 = 0x80;

/// A part of a record.
enum Part {
    Bytes(Vec<u8>),
    /// An array elsewhere in the file; its offset stands here.
    Array(Vec<u8>),
}

/// A record in the making.
struct Record {
    parts: Vec<Part>,
    /// What all parts together must take.
    bytes: usize,
}

impl Record {
    fn new(op: OpKind, format: u8, flags: u8) -> Self {
        let words = u8::try_from(op.record_bytes() / 4).unwrap();
        let head = vec![op.code(), format, flags, words];
        Self { parts: vec![Part::Bytes(head)], bytes: op.record_bytes() }
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.parts.push(Part::Bytes(bytes.to_vec()));
        self
    }

    fn u16(self, value: usize) -> Self {
        self.bytes(&u16::try_from(value).unwrap().to_le_bytes())
    }

    fn u32(self, value: usize) -> Self {
        self.bytes(&u32::try_from(value).unwrap().to_le_bytes())
    }

    fn sizes(self, values: &[usize]) -> Self {
        let bytes: Vec<u8> = values.iter().map(|&value| u8::try_from(value).unwrap()).collect();
        self.bytes(&bytes)
    }

    fn i8s(self, values: &[i8]) -> Self {
        let bytes: Vec<u8> = values.iter().map(|value| value.cast_unsigned()).collect();
        self.bytes(&bytes)
    }

    fn array(mut self, bytes: Vec<u8>) -> Self {
        self.parts.push(Part::Array(bytes));
        self
    }

    fn optional(self, array: Option<Vec<u8>>) -> Self {
        match array {
            Some(bytes) => self.array(bytes),
            None => self.u32(0),
        }
    }

    fn view(self, view: &View) -> Self {
        self.u32(view.offset).u16(view.c).u16(view.h).u16(view.w).u16(view.pitch).u32(view.plane)
    }

    fn matrix(self, matrix: &Matrix) -> Self {
        let bias = match (&matrix.bias, &matrix.bias_f32) {
            (Some(bias), _) => Some(bias.iter().flat_map(|b| b.to_le_bytes()).collect()),
            (None, Some(bias)) => Some(bias.iter().flat_map(|b| b.to_le_bytes()).collect()),
            (None, None) => None,
        };
        let mult = matrix.mult.iter().flat_map(|m| m.to_le_bytes()).collect();
        self.u16(matrix.rows)
            .u16(matrix.cols)
            .array(weights::store(matrix))
            .optional(bias)
            .optional((!matrix.is_float()).then_some(mult))
            .bytes(&[matrix.bias_shift, matrix.pre, matrix.post])
            .i8s(&[matrix.zero_point, matrix.lo, matrix.hi])
            .u16(usize::from(matrix.activation) + matrix.most())
    }

    fn filter(self, f: &Filter) -> Self {
        self.sizes(&[f.kh, f.kw, f.sh, f.sw, f.dh, f.dw]).u16(f.groups)
    }

    fn len(&self) -> usize {
        let len = |part: &Part| match part {
            Part::Bytes(bytes) => bytes.len(),
            Part::Array(_) => 4,
        };
        self.parts.iter().map(len).sum()
    }

    /// The record, which must be as long as the table says.
    fn finish(self) -> Self {
        assert_eq!(self.len(), self.bytes);
        self
    }
}

fn flags(float: bool) -> u8 {
    if float { FLOAT } else { 0 }
}

fn matrix_flags(matrix: &Matrix) -> u8 {
    flags(matrix.is_float()) | u8::from(matrix.rowwise())
}

fn binary(op: OpKind, on: &Binary) -> Record {
    Record::new(op, 0, flags(on.float)).view(&on.a).view(&on.b).view(&on.output)
}

fn record(op: &Op) -> Record {
    match op {
        Op::Dense { input, output, matrix } => {
            Record::new(OpKind::Dense, matrix.form.format, matrix_flags(matrix))
                .u32(*input)
                .u32(*output)
                .matrix(matrix)
        }
        Op::Conv { input, output, matrix, filter, scratch } => {
            Record::new(OpKind::Conv, matrix.form.format, matrix_flags(matrix))
                .view(input)
                .view(output)
                .matrix(matrix)
                .filter(filter)
                .u32(*scratch)
        }
        Op::Pair(pair) => {
            let [first, second] = &pair.matrices;
            let both = matrix_flags(first) | u8::from(second.rowwise()) << 1;
            Record::new(OpKind::Pair, first.form.format, both)
                .view(&pair.input)
                .view(&pair.mid)
                .view(&pair.output)
                .matrix(first)
                .matrix(second)
                .filter(&pair.filters[0])
                .filter(&pair.filters[1])
                .u32(pair.scratch)
                .sizes(&[pair.top, pair.left])
                .i8s(&[pair.zero_point])
                .bytes(&[second.form.format])
        }
        Op::Pool(pool) => Record::new(OpKind::Pool, pool.kind, flags(pool.float))
            .view(&pool.input)
            .view(&pool.output)
            .u16(pool.kh)
            .u16(pool.kw)
            .sizes(&[pool.sh, pool.sw, pool.top, pool.left])
            .u16(pool.mult.into())
            .bytes(&[pool.pre, pool.post])
            .i8s(&[pool.zero_in, pool.zero_out])
            .u16(0),
        _ => simple(op),
    }
}

/// Operations without matrix and window.
fn simple(op: &Op) -> Record {
    match op {
        Op::Add { on, ma, mb, shift, lo, hi, activation } => binary(OpKind::Add, on)
            .bytes(&ma.to_le_bytes())
            .bytes(&mb.to_le_bytes())
            .bytes(&[*shift])
            .i8s(&on.zeros)
            .i8s(&[*lo, *hi])
            .u16((*activation).into()),
        Op::Mul { on, mult, pre, post } => {
            binary(OpKind::Mul, on).u16((*mult).into()).bytes(&[*pre, *post]).i8s(&on.zeros).bytes(&[0])
        }
        Op::Table { input, output, table } => {
            let table = table.iter().map(|v| v.cast_unsigned()).collect();
            Record::new(OpKind::Unary, 0, 0).view(input).view(output).array(table)
        }
        Op::Function { input, output, function, parameter } => Record::new(OpKind::Unary, *function, FLOAT)
            .view(input)
            .view(output)
            .bytes(&parameter.to_le_bytes()),
        Op::Softmax { input, output, n, table } => {
            let bytes = table.as_ref().map(|table| table.iter().flat_map(|v| v.to_le_bytes()).collect());
            let head = Record::new(OpKind::Softmax, 0, flags(table.is_none()));
            head.u32(*input).u32(*output).u16(*n).u16(0).optional(bytes)
        }
        Op::Copy { float, input, output } => {
            Record::new(OpKind::Copy, 0, flags(*float)).view(input).view(output)
        }
        Op::Fill { float, output, value } => {
            Record::new(OpKind::Fill, 0, flags(*float)).view(output).bytes(&value.to_le_bytes())
        }
        Op::Dense { .. } | Op::Conv { .. } | Op::Pair(_) | Op::Pool(_) => unreachable!("handled above"),
    }
}

fn features(op: &Op, head: &[u8]) -> u32 {
    let mut features = 1 << head[0];
    if head[2] & FLOAT != 0 {
        features |= 1 << 31;
    }
    match op {
        Op::Dense { matrix, .. } | Op::Conv { matrix, .. } => features |= 1 << (16 + matrix.form.format),
        Op::Pair(pair) => {
            for matrix in &pair.matrices {
                features |= 1 << (16 + matrix.form.format);
            }
        }
        _ => {}
    }
    features
}

fn tensor(tensor: &Tensor) -> Vec<u8> {
    let record = Record { parts: Vec::new(), bytes: 24 }
        .view(&tensor.view)
        .bytes(&[u8::from(tensor.float)])
        .i8s(&[tensor.zero_point])
        .u16(0)
        .bytes(&tensor.scale.to_le_bytes());
    record
        .parts
        .into_iter()
        .flat_map(|part| match part {
            Part::Bytes(bytes) | Part::Array(bytes) => bytes,
        })
        .collect()
}

/// The bytes of an artifact.
pub(crate) fn encode(artifact: &Artifact) -> Vec<u8> {
    let records: Vec<Record> = artifact.ops.iter().map(|op| record(op).finish()).collect();
    let mut file = vec![0; 32];
    for each in artifact.inputs.iter().chain(&artifact.outputs) {
        file.extend(tensor(each));
    }
    let arrays_at = file.len() + records.iter().map(Record::len).sum::<usize>();
    let (mut arrays, mut all_features) = (Vec::new(), 0);
    for (op, record) in artifact.ops.iter().zip(records) {
        let start = file.len();
        for part in record.parts {
            match part {
                Part::Bytes(bytes) => file.extend(bytes),
                Part::Array(bytes) => {
                    let at = u32::try_from(arrays_at + arrays.len()).unwrap();
                    file.extend(at.to_le_bytes());
                    arrays.extend(bytes);
                    arrays.resize(arrays.len().next_multiple_of(4), 0);
                }
            }
        }
        all_features |= features(op, &file[start..]);
    }
    file.extend(arrays);
    let total = u32::try_from(file.len()).unwrap();
    file[..8].copy_from_slice(&[b'S', b'E', b'P', b'1', 1, 0, 32, 0]);
    file[8..12].copy_from_slice(&total.to_le_bytes());
    file[16..20].copy_from_slice(&u32::try_from(artifact.arena_bytes).unwrap().to_le_bytes());
    file[20..22].copy_from_slice(&u16::try_from(artifact.ops.len()).unwrap().to_le_bytes());
    file[22] = u8::try_from(artifact.inputs.len()).unwrap();
    file[23] = u8::try_from(artifact.outputs.len()).unwrap();
    file[24..28].copy_from_slice(&all_features.to_le_bytes());
    seal(&mut file);
    file
}

/// Writes the checksum that fits the bytes.
pub(crate) fn seal(file: &mut [u8]) {
    let crc = crc32(&file[16..]);
    file[12..16].copy_from_slice(&crc.to_le_bytes());
}

/// CRC-32, bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 };
        }
    }
    !crc
}
