//! ONNX files: the messages of their protobuf, and what is done to bytes that nobody has looked at.
//!
//! 1. [`census::check`] counts what a file asks for, before anything of it is decoded.
//! 2. [`decode`] gives its messages ([`proto`]); [`to_f32`] and its like give the numbers of a tensor.
//! 3. [`splice`] does an [`Edit`] in the file's bytes, where all that it does not name is copied byte for byte.
//!
//! What operators mean is not known here. Nothing in here indexes, unwraps or converts what may not fit: the lints below
//! hold it to that.

#![forbid(unsafe_code)]
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

mod attribute;
pub mod census;
mod edit;
mod element;
pub mod proto;
mod splice;
mod tensor;
mod wire;

pub use attribute::{find, int, ints, new_int, new_ints, new_text, text};
pub use edit::Edit;
pub use element::Element;
/// What messages are written and read with.
pub use prost::Message;
pub use splice::{splice, walk};
pub use tensor::{
    bytes_of, elements_of, float_tensor, from_f16, int64_tensor, sparse_values, to_f32, to_i64,
};

use proto::ModelProto;

/// Bytes are not the message that they should be: what they are instead, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

/// The model in the file `bytes`; it has a graph.
///
/// # Errors
/// That there is none, or where the bytes break off.
pub fn decode(bytes: &[u8]) -> Result<ModelProto, Malformed> {
    let model = ModelProto::decode(bytes).map_err(|error| Malformed(error.to_string()))?;
    if model.graph.is_none() {
        return Err(Malformed("it holds no graph".into()));
    }
    wire::check(bytes)?;
    Ok(model)
}
