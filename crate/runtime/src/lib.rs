//! Runs `.sepal` artifacts in place.
#![no_std]
#![forbid(unsafe_code)]

pub mod c;
mod check;
mod crc;
mod error;
mod execute;
mod format;
mod kernel;
mod program;
mod weights;

pub use error::Error;
pub use format::{Format, OpKind, Tensor};
pub use program::{Operation, Program};
