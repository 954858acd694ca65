//! Orthogonal matching pursuit, kept as a path: every prefix of it is a sparser code.

use super::SparseMatrix;
use crate::order::sort_by;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

/// Squared distance of an atom from the span of those already chosen below which it adds nothing
/// (f32 rounding of a unit vector's norm, squared, with a margin).
const DEPENDENT: f32 = 1e-6;

/// Unit-norm atoms and their inner products.
#[derive(Clone, Debug)]
pub struct Dictionary {
    /// Atoms as columns, m x k.
    pub atoms: Array2<f32>,
    /// atoms' atoms, k x k.
    pub gram: Array2<f32>,
}

impl Dictionary {
    /// Takes `atoms` (m x k) and scales its columns to unit norm; zero columns stay zero.
    pub fn new(mut atoms: Array2<f32>) -> Self {
        for mut atom in atoms.axis_iter_mut(Axis(1)) {
            let norm = atom.dot(&atom).sqrt();
            if norm > 0.0 {
                atom /= norm;
            }
        }
        let gram = atoms.t().dot(&atoms);
        Self { atoms, gram }
    }
}

/// The OMP path of every signal over one dictionary.
///
/// Per signal it keeps the order of the atoms, the Cholesky factor of their Gram matrix and the
/// signal's coordinates in the orthonormalised atoms: cutting a path to its first s steps and one
/// back-substitution give exactly what OMP stopped at s non-zeros gives.
///
/// **Source**: Pati et al. 1993; Batch-OMP, Rubinstein et al. 2008, section 2.
#[derive(Clone, Debug)]
pub struct OmpPath {
    atoms: usize,
    columns: Vec<Path>,
}

#[derive(Clone, Debug, Default)]
struct Path {
    order: Vec<usize>,
    /// Rows of the lower triangular Cholesky factor, one after another.
    factor: Vec<f32>,
    /// Coordinates of the signal in the orthonormalised atoms.
    coordinates: Vec<f32>,
}

impl OmpPath {
    /// Runs OMP on the columns of `signals` (m x n) to at most `limit` non-zeros each.
    ///
    /// **Cost**: O(m k n + n k limit^2).
    pub fn new(dictionary: &Dictionary, signals: ArrayView2<f32>, limit: usize) -> Self {
        let products = signals.t().dot(&dictionary.atoms);
        let atoms = dictionary.gram.nrows();
        let columns = products.rows().into_iter().map(|p| Path::pursue(&dictionary.gram, p, limit)).collect();
        Self { atoms, columns }
    }

    /// The codes with at most `nonzeros` entries per signal, k x n.
    pub fn code(&self, nonzeros: usize) -> SparseMatrix {
        let columns = self.columns.iter().map(|path| path.code(nonzeros)).collect();
        SparseMatrix { rows: self.atoms, columns }
    }

    /// The codes with `total` entries in all, k x n, spent where they lower the error most.
    ///
    /// The drop of a step is the square of its coordinate; a step is taken only after those before it.
    pub fn shared_code(&self, total: usize) -> SparseMatrix {
        let mut steps = Vec::new();
        for (column, path) in self.columns.iter().enumerate() {
            let mut least = f32::INFINITY;
            for (step, coordinate) in path.coordinates.iter().enumerate() {
                least = least.min(coordinate * coordinate);
                steps.push((least, column, step));
            }
        }
        sort_by(&mut steps, |a, b| b.0.total_cmp(&a.0).then((a.2, a.1).cmp(&(b.2, b.1))));
        let mut taken = vec![0; self.columns.len()];
        for (_, column, _) in steps.into_iter().take(total) {
            taken[column] += 1;
        }
        let columns = self.columns.iter().zip(taken).map(|(path, count)| path.code(count)).collect();
        SparseMatrix { rows: self.atoms, columns }
    }

    /// The number of non-zeros over all signals when each has at most `nonzeros`.
    pub fn nonzeros(&self, nonzeros: usize) -> usize {
        self.columns.iter().map(|path| path.order.len().min(nonzeros)).sum()
    }
}

impl Path {
    fn pursue(gram: &Array2<f32>, products: ArrayView1<f32>, limit: usize) -> Self {
        let mut path = Self::default();
        let mut residual = products.to_owned();
        // D'q for each orthonormalised atom q.
        let mut directions = Vec::<Array1<f32>>::new();
        let floor = 1e-6 * residual.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        while path.order.len() < limit.min(gram.nrows()) {
            let Some(atom) = largest(&residual, floor) else { break };
            let Some(direction) = path.extend(gram, atom, residual[atom], &directions) else {
                // Numerically inside the span already: nothing left to gain from this atom.
                residual[atom] = 0.0;
                continue;
            };
            residual.scaled_add(-path.coordinates[path.coordinates.len() - 1], &direction);
            for &chosen in &path.order {
                residual[chosen] = 0.0;
            }
            directions.push(direction);
        }
        path
    }

    /// Adds `atom`, whose product with the residual is `product`; gives D'q of its new direction.
    fn extend(
        &mut self,
        gram: &Array2<f32>,
        atom: usize,
        product: f32,
        directions: &[Array1<f32>],
    ) -> Option<Array1<f32>> {
        let row: Vec<f32> = directions.iter().map(|d| d[atom]).collect();
        let rest = gram[[atom, atom]] - row.iter().map(|v| v * v).sum::<f32>();
        if rest < DEPENDENT {
            return None;
        }
        let diagonal = rest.sqrt();
        let mut direction = gram.row(atom).to_owned();
        for (weight, earlier) in row.iter().zip(directions) {
            direction.scaled_add(-weight, earlier);
        }
        direction /= diagonal;
        self.order.push(atom);
        self.factor.extend(row);
        self.factor.push(diagonal);
        self.coordinates.push(product / diagonal);
        Some(direction)
    }

    fn code(&self, nonzeros: usize) -> Vec<(usize, f32)> {
        let count = self.order.len().min(nonzeros);
        let start = |row: usize| row * (row + 1) / 2;
        let mut values = self.coordinates[..count].to_vec();
        for row in (0..count).rev() {
            values[row] /= self.factor[start(row) + row];
            for column in 0..row {
                values[column] -= self.factor[start(row) + column] * values[row];
            }
        }
        let mut entries: Vec<_> = self.order.iter().copied().zip(values).collect();
        entries.sort_unstable_by_key(|entry| entry.0);
        entries
    }
}

fn largest(residual: &Array1<f32>, floor: f32) -> Option<usize> {
    let mut best = (None, floor);
    for (index, value) in residual.iter().enumerate() {
        if value.abs() > best.1 {
            best = (Some(index), value.abs());
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::{Dictionary, OmpPath};

    #[test]
    fn a_cut_path_equals_a_short_pursuit() {
        let dictionary = Dictionary::new(testing::random(10, 16, 1));
        let signals = testing::random(10, 30, 2);
        let long = OmpPath::new(&dictionary, signals.view(), 8);
        for nonzeros in 1..=8 {
            let short = OmpPath::new(&dictionary, signals.view(), nonzeros);
            let difference =
                (long.code(nonzeros).to_dense() - short.code(nonzeros).to_dense()).mapv(f32::abs);
            assert!(difference.iter().all(|d| *d < 1e-4), "{nonzeros}");
        }
    }

    #[test]
    fn the_residual_is_orthogonal_to_the_chosen_atoms_and_shrinks() {
        let dictionary = Dictionary::new(testing::random(12, 20, 3));
        let signals = testing::random(12, 25, 4);
        let path = OmpPath::new(&dictionary, signals.view(), 6);
        let mut last = f32::INFINITY;
        for nonzeros in 1..=6 {
            let code = path.code(nonzeros);
            let residual = &signals - &dictionary.atoms.dot(&code.to_dense());
            let products = dictionary.atoms.t().dot(&residual);
            for (column, entries) in code.columns.iter().enumerate() {
                assert!(entries.iter().all(|(row, _)| products[[*row, column]].abs() < 1e-4));
            }
            let error = residual.mapv(|v| v * v).sum();
            assert!(error < last);
            last = error;
        }
    }

    #[test]
    fn a_zero_signal_and_repeated_atoms_are_harmless() {
        let mut atoms = testing::random(4, 6, 5);
        let first = atoms.column(0).to_owned();
        atoms.column_mut(1).assign(&first);
        let dictionary = Dictionary::new(atoms);
        let mut signals = testing::random(4, 3, 6);
        signals.column_mut(1).fill(0.0);
        let path = OmpPath::new(&dictionary, signals.view(), 6);
        let code = path.code(6);
        assert!(code.columns[1].is_empty());
        assert!(code.columns.iter().flatten().all(|(_, v)| v.is_finite()));
        let again = dictionary.atoms.dot(&code.to_dense());
        assert!((again - signals).iter().all(|d| d.abs() < 1e-3));
    }

    #[test]
    fn agrees_with_scikit_learn() {
        let golden = testing::golden();
        let omp = &golden["omp"];
        let dictionary = Dictionary::new(testing::matrix(&omp["dictionary"]));
        let signals = testing::matrix(&omp["signals"]);
        let path = OmpPath::new(&dictionary, signals.view(), 5);
        for case in omp["levels"].as_array().unwrap() {
            let nonzeros = case["nonzeros"].as_u64().unwrap() as usize;
            let ours = path.code(nonzeros);
            for (ours, theirs) in ours.columns.iter().zip(case["codes"].as_array().unwrap()) {
                let support = testing::numbers(&theirs["support"]);
                let mut theirs: Vec<_> = support
                    .iter()
                    .map(|a| *a as usize)
                    .zip(testing::numbers(&theirs["coefficients"]))
                    .collect();
                theirs.sort_by_key(|entry| entry.0);
                assert_eq!(ours.len(), theirs.len());
                for (a, b) in ours.iter().zip(theirs) {
                    assert!(a.0 == b.0 && (a.1 - b.1).abs() < 1e-4, "{nonzeros}: {a:?} {b:?}");
                }
            }
        }
    }
}
