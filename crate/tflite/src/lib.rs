//! The TensorFlow Lite file format: the tables of its flatbuffer, and the graph in a file as plain values, checked.
//!
//! What operators mean is not known here. `schema.fbs` is the part of TensorFlow's schema that is needed. After a change to it:
//!
//! ```text
//! cargo install planus-cli --version 1.3.0
//! planus rust -o crate/tflite/src/generated.rs crate/tflite/src/schema.fbs
//! ```
//!
//! Every access through a reference type checks offsets and lengths against the bytes and gives an
//! error, so a broken file cannot be read past its end. What is written here by hand neither indexes, unwraps nor
//! converts what may not fit, which the lints below hold it to; what planus makes is free of them, for it writes
//! files through raw pointers.

#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

#[rustfmt::skip]
#[allow(warnings, unsafe_code, clippy::all, clippy::pedantic, clippy::restriction, reason = "made by planus, which writes through raw pointers")]
mod generated;
mod model;
mod names;
mod read;
mod sparse;

pub use generated::tflite as schema;
pub use model::{Model, Operator, Quantisation, Tensor};
pub use names::{operator, operator_name};
/// What the schema's types are read and written with.
pub use planus;
pub use read::{ReadError, read};
pub use sparse::densify;

/// What is wrong, as a sentence or the end of one.
pub type Reason = String;

/// What stands at bytes 4 to 8 of every file.
pub const IDENTIFIER: [u8; 4] = *b"TFL3";

/// Whether `bytes` start as a TensorFlow Lite file does.
pub fn is_tflite(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(&IDENTIFIER)
}
