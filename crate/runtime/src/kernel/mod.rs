//! What operators compute with.
//!
//! Kernels read the arena for some sums, and then write them; so they need no two borrows of it and
//! no order of places. A checked artifact never reaches outside; where an index would, reading gives
//! 0 and writing does nothing.

mod exp;
mod lanes;
mod map;
mod number;
mod pass;

pub(crate) use exp::{exp, hard_swish, round, sigmoid, tanh};
pub(crate) use lanes::dot;
pub(crate) use map::{map, map2};
pub(crate) use number::{Number, activate, clamped, half, relu, relu6, requantise};
pub(crate) use pass::{Pass, Source, Target, write_offsets};
