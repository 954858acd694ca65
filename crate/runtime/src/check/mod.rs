//! What must hold before an artifact is run: section 7. It is checked once, and kernels rely on it.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod area;
mod matrix;
mod operation;

use crate::Error;
use crate::format::{Cursor, HEADER_BYTES, Header, Record, TENSOR_BYTES, Tensor};
use area::Area;

/// Bits 1 to 12 for operations, 16 to 27 for weight formats, 31 for FLOAT.
const SUPPORTED: u32 = 0x8FFF_1FFE;
const FLOAT_FEATURE: u32 = 1 << 31;

/// What all checks compare with. Sizes are u64, so that no sum of fields overflows.
struct Bounds {
    file: u64,
    /// File offset behind the last record, where arrays may begin.
    arrays: u64,
    arena: u64,
}

/// Fails with `error` unless `holds`.
fn require(holds: bool, error: Error) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(error) }
}

/// Checks a whole artifact.
pub(crate) fn artifact(bytes: &[u8]) -> Result<Header, Error> {
    let header = Header::read(bytes)?;
    require(header.features & !SUPPORTED == 0, Error::Unsupported)?;
    let arrays = operations_end(bytes, &header)?;
    let bounds = Bounds { file: bytes.len() as u64, arrays: arrays as u64, arena: header.arena_bytes as u64 };
    tensors(bytes, &header, &bounds)?;
    each_record(bytes, &header, |record| operation::check(&record, &bounds))?;
    Ok(header)
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
        features |= 1 << record.kind().code();
        for matrix in record.matrices() {
            features |= 1 << (16 + matrix.format.code());
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
