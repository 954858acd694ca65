//! Sparse dictionary: W ~ D A, D (outputs x k) dense with unit-norm atoms, A (k x inputs) sparse.
//! One signal per input, that is per column of W.
//!
//! **Pays** while out * k + nnz(A) (1 + index bytes / 4) + pointers < out * in.
//! **Source**: Bhattacharya & Lane 2016 (`SparseSep`), section 3; K-SVD and OMP as in [`crate::linalg`].

use super::{Choice, Factor, Factors, Pair, Split};
use crate::graph::Weight;
use crate::linalg::{Ksvd, KsvdOptions, LinalgError, OmpPath, csc_bytes};

/// Ratio between neighbouring dictionary sizes: fine enough for a slider, coarse enough to learn all.
const SIZE_STEP: f64 = 1.25;
/// Fewest atoms offered.
const SMALLEST: usize = 2;
/// Non-zeros per column never exceed this: longer paths cost memory and no longer pay.
const LONGEST_PATH: usize = 64;
/// Most non-zeros per column while learning: with more, the largest dictionaries take seconds in the
/// browser; relative error changes by 0.03 at most, and falls where fewer than learned are kept.
const LONGEST_LEARNED: usize = 24;
/// Iterations after which the error of our default models has settled to within 1 %.
const ITERATIONS: usize = 16;

pub(crate) fn describe(weight: &Weight) -> Vec<Choice> {
    let (rows, columns) = weight.group_shape();
    let least = 4 * SMALLEST * rows + csc_bytes(SMALLEST, columns, columns);
    if weight.groups() != 1 || least >= 4 * rows * columns {
        return Vec::new();
    }
    let sizes = sizes(rows.min(columns));
    sizes.into_iter().map(|rank| Choice { rank, nonzeros: (1..=non_zero_limit(rank)).collect() }).collect()
}

/// The most non-zeros per column that are offered with `atoms` atoms: half of them.
pub fn non_zero_limit(atoms: usize) -> usize {
    atoms.div_ceil(2).min(LONGEST_PATH)
}

fn sizes(largest: usize) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut size = SMALLEST;
    while size < largest {
        sizes.push(size);
        size = ((size as f64 * SIZE_STEP).round() as usize).max(size + 1);
    }
    if largest >= SMALLEST {
        sizes.push(largest);
    }
    sizes
}

/// A dictionary being learned for one layer.
#[derive(Clone, Debug)]
pub struct Learning {
    ksvd: Ksvd,
    atoms: usize,
}

impl Learning {
    /// Starts learning `atoms` atoms for `weight`.
    ///
    /// While learning, a column gets a fifth of the atoms (2 to 24): between the sparse and the
    /// dense end of what the slider offers.
    ///
    /// # Errors
    /// Non-finite or empty weights.
    pub fn start(weight: &Weight, atoms: usize, seed: u64) -> Result<Self, LinalgError> {
        let nonzeros = (atoms / 5).clamp(2, LONGEST_LEARNED).min(non_zero_limit(atoms));
        let options = KsvdOptions { atoms, nonzeros, iterations: ITERATIONS, seed, replace_unused: true };
        Ok(Self { ksvd: Ksvd::new(weight.matrix.view(), options)?, atoms })
    }

    /// Iterations done, and iterations in all (the last one codes the weights).
    pub fn progress(&self) -> (usize, usize) {
        (self.ksvd.done(), ITERATIONS + 1)
    }

    /// One iteration; gives the factors once the dictionary is learned.
    pub fn step(&mut self, weight: &Weight) -> Option<Factors> {
        if !self.ksvd.finished() {
            self.ksvd.step();
            return None;
        }
        let dictionary = self.ksvd.dictionary().clone();
        let path = OmpPath::new(&dictionary, weight.matrix.view(), non_zero_limit(self.atoms));
        Some(Factors::Dictionary(dictionary, path))
    }
}

pub(crate) fn apply(dictionary: &crate::linalg::Dictionary, path: &OmpPath, nonzeros: usize) -> Pair {
    Pair {
        split: Split::Channel,
        first: vec![Factor::Sparse(path.code(nonzeros))],
        second: vec![Factor::Dense(dictionary.atoms.clone())],
        names: ["A", "D"],
    }
}

#[cfg(test)]
mod tests {
    use super::{non_zero_limit, sizes};

    #[test]
    fn sizes_rise_to_the_largest() {
        let found = sizes(300);
        assert_eq!((found[0], found[found.len() - 1]), (2, 300));
        assert!(found.windows(2).all(|p| p[0] < p[1]));
        assert_eq!(sizes(2), [2]);
        assert!(sizes(1).is_empty());
        assert_eq!((non_zero_limit(3), non_zero_limit(1000)), (2, 64));
    }
}
