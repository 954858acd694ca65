//! What must hold before an artifact is run: section 7. It is checked once, and kernels rely on it.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use crate::Error;
use crate::check::{Area, Bounds, matrix, require};
use crate::format::{Cursor, Format, HEADER_BYTES, Header, TENSOR_BYTES, Tensor};
use crate::op::{FLOAT_FEATURE, OpKind, Record};

/// The features of all operators, all weight formats, and FLOAT.
const fn supported() -> u32 {
    let (mut features, mut rest) = (FLOAT_FEATURE, OpKind::ALL);
    while let [kind, others @ ..] = rest {
        features |= kind.feature();
        rest = others;
    }
    let mut rest: &[Format] = &Format::ALL;
    while let [format, others @ ..] = rest {
        features |= format.feature();
        rest = others;
    }
    features
}

const SUPPORTED: u32 = supported();

/// Checks a whole artifact.
pub(crate) fn artifact(bytes: &[u8]) -> Result<Header, Error> {
    let header = Header::read(bytes)?;
    require(header.features & !SUPPORTED == 0, Error::Unsupported)?;
    let arrays = operations_end(bytes, &header)?;
    let bounds = Bounds { file: bytes.len() as u64, arrays: arrays as u64, arena: header.arena_bytes as u64 };
    tensors(bytes, &header, &bounds)?;
    each_record(bytes, &header, |record| operation(&record, &bounds))?;
    Ok(header)
}

/// Checks one operation.
fn operation(record: &Record<'_>, bounds: &Bounds) -> Result<(), Error> {
    for block in record.matrices() {
        matrix(block, bounds)?;
    }
    record.check(bounds)
}

/// Calls `each` for every record; gives the offset behind the last.
fn each_record<'a>(
    bytes: &'a [u8],
    header: &Header,
    mut each: impl FnMut(Record<'a>) -> Result<(), Error>,
) -> Result<usize, Error> {
    let mut at = header.records_at();
    for _ in 0..header.operations {
        let (record, end) = Record::read(bytes, at)?;
        each(record)?;
        at = end;
    }
    Ok(at)
}

/// Compares the features with the operations; gives the offset behind the records.
fn operations_end(bytes: &[u8], header: &Header) -> Result<usize, Error> {
    let mut features = 0;
    let end = each_record(bytes, header, |record| {
        features |= record.kind().feature();
        for matrix in record.matrices() {
            features |= matrix.format.feature();
        }
        if record.is_float() {
            features |= FLOAT_FEATURE;
        }
        Ok(())
    })?;
    require(features == header.features, Error::Features)?;
    Ok(end)
}

/// Checks inputs and outputs: section 2.3.
fn tensors(bytes: &[u8], header: &Header, bounds: &Bounds) -> Result<(), Error> {
    let all = bytes.get(HEADER_BYTES..header.records_at()).ok_or(Error::Truncated)?;
    for chunk in all.chunks_exact(TENSOR_BYTES) {
        let (tensor, view) = Tensor::read(&mut Cursor::new(chunk))?;
        Area::of(&view, tensor.is_float, bounds)?;
        let contiguous = view.pitch == view.width && view.plane == view.height * view.width;
        require(contiguous, Error::View)?;
        require(tensor.scale > 0.0 && tensor.scale.is_finite(), Error::Range)?;
        require(!tensor.is_float || tensor.scale == 1.0, Error::Range)?;
    }
    Ok(())
}
