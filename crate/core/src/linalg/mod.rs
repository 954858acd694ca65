//! Matrix factorisations over faer and ndarray. No word of models in here.

mod ksvd;
mod omp;
mod sparse;
mod svd;
#[cfg(test)]
pub(crate) mod testing;

pub use ksvd::{Ksvd, KsvdOptions};
pub use omp::{Dictionary, OmpPath};
pub use sparse::{SparseMatrix, csc_bytes};
pub use svd::Svd;

/// What can go wrong in a factorisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinalgError {
    /// The input holds a NaN or an infinity.
    #[error("the matrix holds values that are not finite")]
    NotFinite,
    /// The iteration did not settle.
    #[error("the singular value decomposition did not converge")]
    NoConvergence,
    /// A matrix without rows or columns.
    #[error("the matrix is empty")]
    Empty,
}
