//! Runs compressed models on microcontrollers: `.sepal` artifacts, as FORMAT.md describes them.
//!
//! The artifact is read in place, from flash; all values live in one block of memory that the caller
//! gives, the arena, whose size the artifact states. There is no heap, no recursion, no unsafe code and
//! no dependency. [`Program::parse`] checks everything once; after that a run cannot fail, cannot panic
//! and cannot leave the arena. Results are the same, bit for bit, on every machine.
//!
//! ```
//! use sepal_runtime::{Error, Program};
//!
//! # fn main() -> Result<(), Error> {
//! // Yours is `include_bytes!("model.sepal")`. This one computes 0.75 a - 0.5 b + 0.5.
//! let artifact: &[u8] = &[
//!     0x53, 0x45, 0x50, 0x31, 0x01, 0x00, 0x20, 0x00, 0x80, 0x00, 0x00, 0x00, 0x76, 0x38, 0x6b, 0xf2,
//!     0x08, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x01, 0x02, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00,
//!     0x00, 0x00, 0x00, 0x00, 0x02, 0x00, 0x01, 0x00, 0x01, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00,
//!     0x00, 0x04, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3e, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00,
//!     0x01, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0xf6, 0x00, 0x00, 0x00, 0x00, 0x80, 0x3e,
//!     0x01, 0x00, 0x00, 0x09, 0x00, 0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x01, 0x00, 0x02, 0x00,
//!     0x74, 0x00, 0x00, 0x00, 0x78, 0x00, 0x00, 0x00, 0x7c, 0x00, 0x00, 0x00, 0x00, 0x00, 0x11, 0xf6,
//!     0x80, 0x7f, 0x00, 0x00, 0x03, 0xfe, 0x00, 0x00, 0x0c, 0x00, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00,
//! ];
//! let program = Program::parse(artifact)?;
//! let mut arena = [0; 8];
//! assert_eq!(program.arena_bytes(), arena.len());
//!
//! let input = program.inputs().next().ok_or(Error::Header)?;
//! let room = program.input_mut(&mut arena, 0).ok_or(Error::ArenaTooShort)?;
//! for (byte, real) in room.iter_mut().zip([2.0, -1.0]) {
//!     *byte = input.quantise(real).cast_unsigned();
//! }
//! program.run(&mut arena)?;
//!
//! let output = program.outputs().next().ok_or(Error::Header)?;
//! let scores = program.output(&arena, 0).ok_or(Error::ArenaTooShort)?;
//! assert_eq!(output.real(scores[0].cast_signed()), 2.5);
//! # Ok(())
//! # }
//! ```
//!
//! `examples/embedded.rs` is a whole firmware. Inside, `format` reads fields, `weights` walks stored
//! weights, and `op` has a file for each operator, which follows a section of FORMAT.md with what
//! `check` and `kernel` have for all.
#![no_std]
#![forbid(unsafe_code)]

pub mod c;
mod check;
mod crc;
mod error;
mod format;
mod kernel;
mod op;
mod program;
mod quantisation;
mod validate;
mod weights;

pub use error::Error;
pub use format::{Format, Layout, Tensor, stated_crc};
pub use op::{FLOAT_FEATURE, OpKind};
pub use program::{Operation, Program};
pub use quantisation::Quantisation;
