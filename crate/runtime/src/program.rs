//! A checked artifact.

use crate::Error;
use crate::format::{Cursor, Format, HEADER_BYTES, Header, TENSOR_BYTES, Tensor};
use crate::op::{OpKind, Record};
use crate::validate;

/// An artifact that has been checked and can be run any number of times.
///
/// It borrows the artifact's bytes, which may lie in flash, and owns nothing else.
#[derive(Clone, Copy, Debug)]
pub struct Program<'a> {
    bytes: &'a [u8],
    header: Header,
}

impl<'a> Program<'a> {
    /// Checks all of an artifact. `bytes` may have any alignment and must be the whole file and no
    /// more.
    ///
    /// **Cost**: reads every byte once for the checksum, and those of sparse weights once more.
    ///
    /// # Errors
    /// The first rule of FORMAT.md that is broken. Every error is possible but
    /// [`Error::ArenaTooShort`].
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Error> {
        Ok(Self { bytes, header: validate::artifact(bytes)? })
    }

    /// Bytes of memory that [`run`](Self::run) needs.
    pub const fn arena_bytes(&self) -> usize {
        self.header.arena_bytes
    }

    /// The checksum of the artifact, by which one can be told from another.
    pub const fn crc(&self) -> u32 {
        self.header.crc
    }

    /// Where the caller writes before a run.
    pub fn inputs(&self) -> impl ExactSizeIterator<Item = Tensor> + use<'a> {
        self.tensors(0, self.header.inputs)
    }

    /// Where the caller reads after a run.
    pub fn outputs(&self) -> impl ExactSizeIterator<Item = Tensor> + use<'a> {
        self.tensors(self.header.inputs, self.header.outputs)
    }

    fn tensors(&self, first: usize, count: usize) -> impl ExactSizeIterator<Item = Tensor> + use<'a> {
        let start = HEADER_BYTES + TENSOR_BYTES * first;
        let all = self.bytes.get(start..start + TENSOR_BYTES * count).unwrap_or_default();
        all.chunks_exact(TENSOR_BYTES)
            .map(|chunk| Tensor::read(&mut Cursor::new(chunk)).map_or(Tensor::NOTHING, |(tensor, _)| tensor))
    }

    /// The bytes of an input in the arena; `None` if there is no such input or the arena is too short.
    /// `f32` are stored little-endian.
    pub fn input_mut<'m>(&self, arena: &'m mut [u8], index: usize) -> Option<&'m mut [u8]> {
        let tensor = self.inputs().nth(index)?;
        arena.get_mut(tensor.offset..tensor.offset + tensor.bytes())
    }

    /// The bytes of an output in the arena; `None` if there is no such output or the arena is too
    /// short.
    pub fn output<'m>(&self, arena: &'m [u8], index: usize) -> Option<&'m [u8]> {
        let tensor = self.outputs().nth(index)?;
        arena.get(tensor.offset..tensor.offset + tensor.bytes())
    }

    /// What the program does, in the order of execution.
    pub fn operations(&self) -> impl Iterator<Item = Operation> + use<'a> {
        self.records().map_while(Result::ok).map(|record| Operation::of(&record))
    }

    /// Computes the outputs from the inputs. The contents of the arena besides the inputs do not
    /// matter; after it, only the outputs are defined. The arena may have any alignment.
    ///
    /// # Errors
    /// [`Error::ArenaTooShort`] and no other.
    pub fn run(&self, arena: &mut [u8]) -> Result<(), Error> {
        let arena = arena.get_mut(..self.arena_bytes()).ok_or(Error::ArenaTooShort)?;
        self.records().try_for_each(|record| record?.run(arena))
    }

    fn records(&self) -> impl Iterator<Item = Result<Record<'a>, Error>> + use<'a> {
        let (bytes, mut at) = (self.bytes, self.header.records_at());
        (0..self.header.operations).map(move |_| {
            let (record, end) = Record::read(bytes, at)?;
            at = end;
            Ok(record)
        })
    }
}

/// What a report says about one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// What it does.
    pub kind: OpKind,
    /// Whether it works on `f32`.
    pub is_float: bool,
    /// How its weights are stored, those of the first matrix in a [`OpKind::Pair`]; `None` where it
    /// has none.
    pub format: Option<Format>,
    /// Rows of the matrix, or 0.
    pub rows: usize,
    /// Columns of the matrix, or 0.
    pub cols: usize,
    /// Format, rows and columns of the second matrix of a [`OpKind::Pair`].
    pub second: Option<(Format, usize, usize)>,
}

impl Operation {
    fn of(record: &Record<'_>) -> Self {
        let mut matrices = record.matrices().iter().map(|matrix| (matrix.format, matrix.rows, matrix.cols));
        let first = matrices.next();
        Self {
            kind: record.kind(),
            is_float: record.is_float(),
            format: first.map(|(format, ..)| format),
            rows: first.map_or(0, |(_, rows, _)| rows),
            cols: first.map_or(0, |(.., cols)| cols),
            second: matrices.next(),
        }
    }
}
