//! What operations do: section 4.
//!
//! Kernels read the arena for some sums, and then write them; so they need no two borrows of it and
//! no order of places. A checked artifact never reaches outside; where an index would, reading gives
//! 0 and writing does nothing.

mod conv;
mod copy;
mod dense;
mod elementwise;
mod exp;
mod lanes;
mod number;
mod pair;
mod pass;
mod pool;
mod softmax;

pub(crate) use conv::conv;
pub(crate) use copy::{copy, fill};
pub(crate) use dense::dense;
pub(crate) use elementwise::{add, dequantize, mul, quantize, to_f32, to_i8, unary};
pub(crate) use number::Number;
pub(crate) use pair::pair;
pub(crate) use pool::pool;
pub(crate) use softmax::softmax;
