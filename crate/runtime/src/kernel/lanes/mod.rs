//! Some neighbouring elements at once: those that share a weight once it is loaded.
//!
//! Compilers make vector instructions of the portable form on desktop machines. For WebAssembly they
//! do not (LLVM 22), so there the instructions are named.

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
mod portable;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
mod wasm;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use portable as form;
#[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
use wasm as form;

pub(crate) use form::{Bytes, FloatSums, Floats, Sums, dot};

/// Whether there are vector instructions; where there are none, the code is kept small.
pub(crate) const VECTORS: bool = !cfg!(target_arch = "arm");
/// Elements that are taken at once.
pub(crate) const LANES: usize = if VECTORS { 8 } else { 4 };

/// `LANES` elements.
pub(crate) trait Values<N>: Copy {
    /// Elements that lie side by side from a byte offset on; 0 if they do not all lie in the memory.
    fn load(memory: &[u8], at: usize) -> Self;

    fn new(values: [N; LANES]) -> Self;
}

/// `LANES` sums of products.
pub(crate) trait Accumulate<N, S, V>: Copy {
    fn splat(start: S) -> Self;

    fn add_products(self, weight: N, values: V) -> Self;

    fn each(self) -> [S; LANES];
}

/// The bytes from an offset on.
fn chunk<const N: usize>(memory: &[u8], at: usize) -> Option<&[u8; N]> {
    memory.get(at..).and_then(<[u8]>::first_chunk)
}
