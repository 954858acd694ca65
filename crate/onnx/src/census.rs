//! Counts what a model file asks for, on its bytes, before anything of it is decoded.
//!
//! Decoded messages are up to 500 times larger than the bytes that ask for them, and take stack for
//! each level; so the numbers of all parts and their depth are checked first. Knows which fields of ONNX
//! hold messages (onnx.proto), and nothing of what they mean.

use crate::Malformed;
use crate::wire::{Field, fields};
use sepal_limit::{
    ATTRIBUTES, Limit, MESSAGE_NESTING, NAME_BYTES, NESTING, NODES, NUMBERS, PARTS, TENSORS, TooMany,
};

/// The messages of ONNX that hold others or come in large numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Model,
    Function,
    Graph,
    Node,
    Attribute,
    Sparse,
    Tensor,
    ValueInfo,
    Type,
    /// What lies in a type: its element type again, or a shape.
    TypeBody,
    Shape,
    Axis,
    /// Messages without messages in them.
    Leaf,
}

/// What a field of a message is to the census.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Message(Kind),
    Name,
    /// Numbers of variable length, one by one or packed.
    Numbers,
    /// Numbers of 4 or 8 bytes: packed they take as much in memory.
    Fixed,
    /// Bytes that are copied as they are, or not decoded at all.
    Bytes,
}

#[derive(Default)]
struct Census {
    nodes: usize,
    tensors: usize,
    attributes: usize,
    numbers: usize,
    parts: usize,
}

/// Why a model file is not decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CensusError {
    /// A length runs past the end.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It asks for more than a limit allows.
    #[error(transparent)]
    TooMany(#[from] TooMany),
}

/// Checks the model file `bytes` against the limits.
///
/// # Errors
/// The limit that is exceeded, or that the bytes cannot be walked.
pub fn check(bytes: &[u8]) -> Result<(), CensusError> {
    Census::default().message(Kind::Model, bytes, (0, 0))
}

impl Census {
    /// Counts the parts of a message that lies under `depth` messages and `graphs` graphs.
    fn message(
        &mut self,
        kind: Kind,
        bytes: &[u8],
        (depth, graphs): (usize, usize),
    ) -> Result<(), CensusError> {
        MESSAGE_NESTING.check(depth)?;
        let graphs = graphs + usize::from(kind == Kind::Graph);
        // The model's own graph is no nesting.
        NESTING.check(graphs.saturating_sub(1))?;
        for field in fields(bytes) {
            let field = field?;
            match content(kind, field.number) {
                Content::Message(inner) if field.is_bytes => {
                    self.count(inner)?;
                    self.message(inner, field.payload, (depth + 1, graphs))?;
                }
                Content::Name => {
                    NAME_BYTES.check(field.payload.len())?;
                    add(&mut self.parts, 1, PARTS)?;
                }
                Content::Fixed if !field.is_bytes => add(&mut self.numbers, 1, NUMBERS)?,
                Content::Numbers => add(&mut self.numbers, numbers_in(&field), NUMBERS)?,
                // A scalar, or bytes: nothing in them is decoded.
                _ if kind == Kind::Model || kind == Kind::Graph => add(&mut self.parts, 1, PARTS)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn count(&mut self, kind: Kind) -> Result<(), TooMany> {
        match kind {
            Kind::Node => add(&mut self.nodes, 1, NODES),
            Kind::Tensor | Kind::Sparse => add(&mut self.tensors, 1, TENSORS),
            Kind::Attribute => add(&mut self.attributes, 1, ATTRIBUTES),
            _ => add(&mut self.parts, 1, PARTS),
        }
    }
}

fn add(count: &mut usize, more: usize, limit: Limit) -> Result<(), TooMany> {
    *count = count.saturating_add(more);
    limit.check(*count)
}

/// The numbers in a field: one, or one for each last byte of the packed ones.
fn numbers_in(field: &Field) -> usize {
    if field.is_bytes { field.payload.iter().filter(|byte| *byte & 0x80 == 0).count() } else { 1 }
}

/// What field `number` of a message of `kind` holds, by onnx.proto.
fn content(kind: Kind, number: u64) -> Content {
    use Content::{Bytes, Fixed, Message, Name, Numbers};
    match (kind, number) {
        (Kind::Model, 7) | (Kind::Attribute, 6 | 11) => Message(Kind::Graph),
        (Kind::Model, 25) => Message(Kind::Function),
        (Kind::Graph, 1) | (Kind::Function, 7) => Message(Kind::Node),
        (Kind::Node, 5) | (Kind::Function, 11) => Message(Kind::Attribute),
        (Kind::Graph, 5) | (Kind::Attribute, 5 | 10) | (Kind::Sparse, 1 | 2) => Message(Kind::Tensor),
        (Kind::Graph, 15) | (Kind::Attribute, 22 | 23) => Message(Kind::Sparse),
        (Kind::Graph, 11..=13) | (Kind::Function, 12) => Message(Kind::ValueInfo),
        (Kind::ValueInfo, 2) | (Kind::Attribute, 14 | 15) | (Kind::TypeBody, 1) => Message(Kind::Type),
        (Kind::Type, 1 | 4 | 5 | 8 | 9) => Message(Kind::TypeBody),
        // A map's value type is a type, a tensor's second field its shape: both are walked alike.
        (Kind::TypeBody, 2) => Message(Kind::Shape),
        (Kind::Shape, 1) => Message(Kind::Axis),
        (Kind::Model, 8 | 14)
        | (Kind::Graph, 14 | 16)
        | (Kind::Node, 9)
        | (Kind::Function, 9 | 14)
        | (Kind::ValueInfo, 4)
        | (Kind::Tensor, 13 | 16) => Message(Kind::Leaf),
        (Kind::Node, 1..=4 | 7)
        | (Kind::Function, 1 | 4..=6)
        | (Kind::Graph | Kind::Axis, 2)
        | (Kind::ValueInfo | Kind::Attribute, 1)
        | (Kind::Tensor, 8) => Name,
        (Kind::Attribute, 8) | (Kind::Tensor, 1 | 5 | 7 | 11) | (Kind::Sparse, 3) => Numbers,
        (Kind::Attribute, 7) | (Kind::Tensor, 4 | 10) => Fixed,
        _ => Bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::{CensusError, check};
    use crate::wire::put_message;

    fn message(number: u64, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        put_message(&mut out, number, payload);
        out
    }

    /// Graphs within graphs: each is the attribute of a node.
    fn nested(levels: usize) -> Vec<u8> {
        let inner = (0..levels).fold(Vec::new(), |inner, _| message(1, &message(5, &message(6, &inner))));
        message(7, &inner)
    }

    #[test]
    fn nesting_is_limited_however_deep() {
        assert_eq!(check(&nested(8)), Ok(()));
        for levels in [9, 100, 20_000] {
            let error = check(&nested(levels)).unwrap_err().to_string();
            assert!(error.contains("it has 9 levels of graphs in graphs, at most 8"), "{error}");
        }
        // Types of sequences of sequences.
        let types = (0..1000).fold(Vec::new(), |inner, _| message(4, &message(1, &inner)));
        let model = message(7, &message(11, &message(2, &types)));
        let error = check(&model).unwrap_err().to_string();
        assert!(error.contains("levels of messages in messages"), "{error}");
    }

    #[test]
    fn small_parts_in_large_numbers_are_refused() {
        let many = |number: u64, count: usize| message(7, &message(number, &[]).repeat(count));
        let cases = [
            (many(1, 20_001), "20,001 operators, at most 20,000"),
            (many(5, 20_001), "20,001 tensors, at most"),
            (many(11, 1_000_001), "1,000,001 names and shapes, at most"),
            (message(7, &message(1, &message(5, &[]).repeat(60_001))), "60,001 attributes, at most"),
            (message(7, &message(1, &message(1, &[]).repeat(1_000_001))), "names and shapes"),
            (message(7, &message(5, &message(7, &vec![0; 20_000_001]))), "20,000,001 listed numbers"),
            (message(7, &message(1, &message(3, &[b'n'; 1025]))), "1,025 bytes in one name"),
        ];
        for (bytes, expected) in cases {
            let error = check(&bytes).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn a_length_past_the_end_is_damage_at_any_depth() {
        let whole = nested(3);
        for length in 1..whole.len() {
            assert!(matches!(check(&whole[..length]), Err(CensusError::Malformed(_))), "{length}");
        }
    }
}
