//! The operations of a program, one after the other.

use crate::Error;
use crate::format::Record;
use crate::kernel;

/// Runs one operation.
pub(crate) fn execute(arena: &mut [u8], record: &Record<'_>) -> Result<(), Error> {
    match record {
        Record::Dense(op) => return kernel::dense(arena, op),
        Record::Conv(op) => return kernel::conv(arena, op),
        Record::Pair(op) => return kernel::pair(arena, op),
        Record::Pool(op) => kernel::pool(arena, op),
        Record::Add(op) => kernel::add(arena, op),
        Record::Mul(op) => kernel::mul(arena, op),
        Record::Unary(op) => kernel::unary(arena, op),
        Record::Softmax(op) => kernel::softmax(arena, op),
        Record::Copy(op) => kernel::copy(arena, op),
        Record::Fill(op) => kernel::fill(arena, op),
        Record::Quantize(op) => kernel::quantize(arena, op),
        Record::Dequantize(op) => kernel::dequantize(arena, op),
    }
    Ok(())
}
