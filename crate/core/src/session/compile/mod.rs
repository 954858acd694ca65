//! Compiling a plan: what layers offer, what is learned for them, how that is judged, and the search for the best.

pub(super) mod calibration;
pub(super) mod factors;
pub(super) mod fit;
pub(super) mod held_out;
pub(super) mod judge;
mod listing;
mod outputs;
pub(super) mod search;
mod split;
mod tables;
