//! The TensorFlow Lite file format: tables of a flatbuffer, read and written.
//!
//! Shared by the reader (`import`) and the writer (`export`); what the tables mean is theirs.
//! `schema.fbs` is the part of TensorFlow's schema that is needed. After a change to it:
//!
//! ```text
//! cargo install planus-cli --version 1.3.0
//! planus rust -o crate/core/src/tflite/generated.rs crate/core/src/tflite/schema.fbs
//! ```
//!
//! Every access through a reference type checks offsets and lengths against the bytes and gives an
//! error, so a broken file cannot be read past its end.

#[rustfmt::skip]
#[allow(warnings, unsafe_code, clippy::all, clippy::pedantic, reason = "made by planus, which writes through raw pointers")]
mod generated;
mod names;

pub use generated::tflite as schema;
pub use names::{operator, operator_name};

/// What stands at bytes 4 to 8 of every file.
pub const IDENTIFIER: [u8; 4] = *b"TFL3";

/// Whether `bytes` start as a TensorFlow Lite file does.
pub fn is_tflite(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(&IDENTIFIER)
}
