//! What the page and the command line offer first, where nobody has said anything else.

/// Percent of a layer's full rank.
pub const RANK_PERCENT: u8 = 25;
/// Percent of zeros.
pub const SPARSITY_PERCENT: u8 = 80;
