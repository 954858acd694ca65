//! Opening a model: what its files hold, and what running it once shows.

mod assumed;
pub(super) mod batch;
pub(super) mod file;
pub(super) mod metadata;
pub(super) mod model;
pub(super) mod sizes;
pub(super) mod trace;
