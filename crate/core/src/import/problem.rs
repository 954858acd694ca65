//! What is not supported in a model that opens all the same.

/// What an unsupported node keeps from working.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The model cannot be run.
    Evaluation,
    /// The layer stays as it is.
    Compression,
    /// The node runs, with results that may differ from the original's.
    Accuracy,
}

/// Something in a model that is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The node.
    pub node: String,
    /// Its operator.
    pub op: String,
    /// Why, as the end of a sentence about it.
    pub reason: String,
    /// What does not work for it; all else does.
    pub effect: Effect,
}
