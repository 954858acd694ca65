//! What is known of the operators of ONNX: one row for each that anything is known of. Lists of operators are
//! queries of this table.

mod table;

use super::proto::NodeProto;
pub(crate) use table::OPERATORS;

/// What is known of an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Facts {
    /// What it is called.
    pub(crate) name: &'static str,
    /// What the engine does with it.
    pub(crate) engine: Engine,
    /// The size of its first output.
    pub(crate) size: Size,
    /// How it multiplies with weights, where it does.
    pub(crate) product: Option<Product>,
    /// The inputs that may hold these weights: one layer each.
    pub(crate) weights: &'static [usize],
    /// What slides over the axes behind the channels.
    pub(crate) slides: Option<Slides>,
    /// Which elements of its inputs it gives.
    pub(crate) moves: Option<Moves>,
    /// What it makes of constants.
    pub(crate) folds: Option<Folds>,
    /// What it does to the samples of a batch.
    pub(crate) batch: Option<Batch>,
    /// Whether it may give NaN for numbers.
    pub(crate) is_undefined: bool,
}

/// What the engine (rten 0.27 with the features that it is built with) does with an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    /// It lacks it.
    Lacks,
    /// It has it.
    Has,
    /// It has it; its attributes are not the engine's affair, as the form for evaluation has others.
    HasRewritten,
    /// It never sees it: the form for evaluation is made without it.
    Replaced,
}

/// The size of what an operator gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Size {
    /// By a rule of its own.
    Own,
    /// As its first input, each element of it by itself.
    Each,
    /// As its first input.
    First,
    /// As its inputs together make it.
    Broadcast,
    /// As its first input but for the last axis, where its second is a matrix.
    LastAxis,
}

/// How an operator multiplies with weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// As a convolution.
    Conv,
    /// As a transposed one.
    ConvTranspose,
    /// With a matrix, which may be transposed.
    Gemm,
    /// With a matrix on either side.
    MatMul,
    /// At each step of a sequence.
    Recurrent,
    /// On integers.
    Quantised,
}

/// What a window is that slides over an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slides {
    /// One of weights.
    Filter,
    /// That of a pool.
    Pool,
}

/// Which elements of its inputs an operator gives: they keep the scale that they are stored with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moves {
    /// All of its first input, as they are.
    All,
    /// Some of its first input, by their places or their order.
    Chosen,
    /// Some of several inputs.
    OfSeveral,
}

/// What an operator makes of constants: a constant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folds {
    /// Another form of the same elements.
    Form,
    /// One that is put together anew, out of codes.
    Packed,
    /// The same out of places: zeros are left out.
    Placed,
}

/// What an operator does to the samples of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Batch {
    /// It walks along an axis, which may be theirs.
    Walks,
    /// It mixes them, in ways that few samples would not tell.
    Mixes,
}

impl Facts {
    /// Whether the engine runs it.
    pub(crate) fn is_run(&self) -> bool {
        matches!(self.engine, Engine::Has | Engine::HasRewritten)
    }

    /// Whether the axes of its first input stay where they are.
    pub(crate) fn keeps_axes(&self) -> bool {
        self.size != Size::Own
    }

    pub(crate) fn is_recurrent(&self) -> bool {
        self.product == Some(Product::Recurrent)
    }

    /// Whether its constants are no list of elements.
    pub(crate) fn is_packed(&self) -> bool {
        matches!(self.folds, Some(Folds::Packed | Folds::Placed))
    }
}

/// A node of which something is known by its operator.
pub(crate) trait Known {
    /// What is known of its operator; nothing, where it is none of ONNX's.
    fn facts(&self) -> &'static Facts;
}

impl Known for NodeProto {
    fn facts(&self) -> &'static Facts {
        if self.is_onnx() { facts(&self.op_type) } else { &UNKNOWN }
    }
}

/// What is known of the operator called `name`.
pub(crate) fn facts(name: &str) -> &'static Facts {
    let found = OPERATORS.binary_search_by(|facts| facts.name.cmp(name));
    found.ok().and_then(|place| OPERATORS.get(place)).unwrap_or(&UNKNOWN)
}

static UNKNOWN: Facts = table::op("").lacking();

#[cfg(test)]
mod tests {
    use super::super::proto::NodeProto;
    use super::{Known, OPERATORS, Size, UNKNOWN, facts};

    #[test]
    fn each_operator_has_one_row() {
        let doubled = OPERATORS.windows(2).find(|rows| rows[0].name >= rows[1].name);
        assert_eq!(doubled.map(|rows| rows[1].name), None, "rows are sorted, and none is there twice");
        assert!(OPERATORS.iter().all(|row| facts(row.name) == row));
    }

    #[test]
    fn operators_of_other_domains_are_others() {
        let node = |domain: &str| NodeProto {
            op_type: "Relu".into(),
            domain: domain.into(),
            ..NodeProto::default()
        };
        assert_eq!(node("").facts().size, Size::Each);
        assert_eq!(node("ai.onnx").facts().size, Size::Each);
        assert_eq!(node("com.microsoft").facts(), &UNKNOWN);
    }
}
