//! Matrix factorisations over faer and ndarray. No word of models in here.

mod cholesky;
mod elimination;
mod ksvd;
mod masked;
mod moments;
mod omp;
mod order;
mod regression;
mod rounding;
mod sparse;
mod svd;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use cholesky::{Cholesky, times_inverse, whitening};
pub use elimination::Elimination;
pub use ksvd::{Ksvd, KsvdOptions};
pub use masked::{refit_first, refit_rows};
pub use moments::{Moments, RegressionOptions};
pub use omp::{Dictionary, OmpPath};
pub use order::{order_by, sort_by};
pub use regression::{Regression, weighted_square};
pub use rounding::{Grid, Rounded, Unrounded, round};
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
