//! K-SVD: learns a dictionary in which every signal is sparse.

use super::{Dictionary, LinalgError, OmpPath};
use crate::order::order_by;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// Size and effort of a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KsvdOptions {
    /// Number of atoms, k.
    pub atoms: usize,
    /// Non-zeros per signal while learning.
    pub nonzeros: usize,
    /// Iterations of coding and updating.
    pub iterations: usize,
    /// Chooses the first atoms.
    pub seed: u64,
    /// Whether an atom that no signal uses becomes the signal that is represented worst.
    pub replace_unused: bool,
}

/// A dictionary being learned; [`Ksvd::step`] is one iteration.
///
/// **Shapes**: signals m x n, atoms m x k. **Source**: Aharon, Elad & Bruckstein 2006, with the
/// approximate atom update of Rubinstein et al. 2008 (one alternation instead of an SVD).
#[derive(Clone, Debug)]
pub struct Ksvd {
    /// Signals as rows, n x m: the updates read whole signals.
    signals: Array2<f32>,
    dictionary: Dictionary,
    options: KsvdOptions,
    done: usize,
}

impl Ksvd {
    /// Starts from `atoms` different signals (columns of `signals`, m x n) drawn with the seed.
    ///
    /// # Errors
    /// Empty or non-finite signals.
    pub fn new(signals: ArrayView2<f32>, options: KsvdOptions) -> Result<Self, LinalgError> {
        if signals.is_empty() || options.atoms == 0 {
            return Err(LinalgError::Empty);
        }
        if signals.iter().any(|v| !v.is_finite()) {
            return Err(LinalgError::NotFinite);
        }
        let mut random = fastrand::Rng::with_seed(options.seed);
        let mut order: Vec<usize> = (0..signals.ncols()).collect();
        random.shuffle(&mut order);
        let mut atoms = Array2::from_shape_simple_fn((signals.nrows(), options.atoms), || random.f32() - 0.5);
        let usable = order.into_iter().filter(|&c| signals.column(c).iter().any(|v| *v != 0.0));
        for (mut atom, column) in atoms.axis_iter_mut(Axis(1)).zip(usable) {
            atom.assign(&signals.column(column));
        }
        Ok(Self::from_dictionary(signals, Dictionary::new(atoms), options))
    }

    /// Starts from a given dictionary.
    pub fn from_dictionary(signals: ArrayView2<f32>, dictionary: Dictionary, options: KsvdOptions) -> Self {
        Self { signals: signals.t().as_standard_layout().into_owned(), dictionary, options, done: 0 }
    }

    /// Iterations done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// The dictionary as it is now.
    pub fn dictionary(&self) -> &Dictionary {
        &self.dictionary
    }

    /// Does one iteration: codes every signal, then updates every atom in turn. Gives the
    /// Frobenius norm of what is not represented after it.
    ///
    /// **Cost**: O(m k n + n k s^2 + m n s) for s non-zeros per signal.
    pub fn step(&mut self) -> f32 {
        let path = OmpPath::new(&self.dictionary, self.signals.t(), self.options.nonzeros);
        let code = path.code(self.options.nonzeros);
        let mut residual = self.signals.clone();
        let mut users = vec![Vec::new(); self.options.atoms];
        for (signal, entries) in code.columns.iter().enumerate() {
            for &(atom, value) in entries {
                residual.row_mut(signal).scaled_add(-value, &self.dictionary.atoms.column(atom));
                users[atom].push((signal, value));
            }
        }
        let mut atoms = self.dictionary.atoms.clone();
        let mut unused = Vec::new();
        for (index, users) in users.iter().enumerate() {
            match update_atom(&mut residual, atoms.column(index).to_owned(), users) {
                Some(atom) => atoms.column_mut(index).assign(&atom),
                None => unused.push(index),
            }
        }
        if self.options.replace_unused {
            for (&index, signal) in unused.iter().zip(worst_first(&residual)) {
                atoms.column_mut(index).assign(&self.signals.row(signal));
            }
        }
        self.dictionary = Dictionary::new(atoms);
        self.done += 1;
        residual.mapv(|v| v * v).sum().sqrt()
    }

    /// Whether all iterations are done.
    pub fn finished(&self) -> bool {
        self.done >= self.options.iterations
    }
}

/// Signals by falling energy of what is not represented of them.
fn worst_first(residual: &Array2<f32>) -> Vec<usize> {
    let energy = residual.map_axis(Axis(1), |row| row.dot(&row));
    order_by(energy.len(), &mut |a, b| energy[b].total_cmp(&energy[a]))
}

/// One alternation d = E g / |E g|, g = E'd over the signals that use the atom, `residual` kept
/// up to date. `None` where no signal uses it.
fn update_atom(residual: &mut Array2<f32>, old: Array1<f32>, users: &[(usize, f32)]) -> Option<Array1<f32>> {
    let mut atom = Array1::<f32>::zeros(old.len());
    for &(signal, value) in users {
        atom.scaled_add(value, &residual.row(signal));
        atom.scaled_add(value * value, &old);
    }
    let norm = atom.dot(&atom).sqrt();
    if users.is_empty() || norm <= 0.0 {
        return None;
    }
    atom /= norm;
    let overlap = old.dot(&atom);
    for &(signal, value) in users {
        let mut row = residual.row_mut(signal);
        let updated = row.dot(&atom) + value * overlap;
        row.scaled_add(value, &old);
        row.scaled_add(-updated, &atom);
    }
    Some(atom)
}

#[cfg(test)]
mod tests {
    use super::super::testing;
    use super::{Dictionary, Ksvd, KsvdOptions};

    const OPTIONS: KsvdOptions =
        KsvdOptions { atoms: 12, nonzeros: 3, iterations: 10, seed: 7, replace_unused: true };

    #[test]
    fn the_error_falls_and_a_seed_repeats() {
        let signals = testing::random(8, 60, 1);
        let mut first = Ksvd::new(signals.view(), OPTIONS).unwrap();
        let mut second = first.clone();
        let errors: Vec<f32> = (0..10).map(|_| first.step()).collect();
        assert!(errors[9] < 0.9 * errors[0], "{errors:?}");
        for _ in 0..10 {
            second.step();
        }
        assert!(first.finished());
        assert_eq!(first.dictionary().atoms, second.dictionary().atoms);
    }

    #[test]
    fn atoms_keep_unit_norm() {
        let mut ksvd = Ksvd::new(testing::random(8, 60, 1).view(), OPTIONS).unwrap();
        ksvd.step();
        let gram = &ksvd.dictionary().gram;
        assert!((0..12).all(|i| (gram[[i, i]] - 1.0).abs() < 1e-5));
    }

    #[test]
    fn more_atoms_than_signals_are_harmless() {
        let mut ksvd = Ksvd::new(testing::random(8, 5, 1).view(), OPTIONS).unwrap();
        assert!(ksvd.step().is_finite());
        assert!(ksvd.dictionary().atoms.iter().all(|v| v.is_finite()));
    }

    #[test]
    fn recovers_a_planted_dictionary() {
        let planted = Dictionary::new(testing::random(16, 20, 2)).atoms;
        let mut code = testing::random(20, 1500, 3);
        for (column, mut entries) in code.columns_mut().into_iter().enumerate() {
            for (row, value) in entries.iter_mut().enumerate() {
                if ![column % 20, column / 20 % 20].contains(&row) {
                    *value = 0.0;
                }
            }
        }
        let signals = planted.dot(&code);
        let options = KsvdOptions { atoms: 20, nonzeros: 2, iterations: 40, seed: 1, replace_unused: true };
        let mut ksvd = Ksvd::new(signals.view(), options).unwrap();
        while !ksvd.finished() {
            ksvd.step();
        }
        let matches = planted.t().dot(&ksvd.dictionary().atoms).mapv(f32::abs);
        let found = matches.rows().into_iter().filter(|row| row.iter().any(|v| *v > 0.99)).count();
        assert!(found >= 16, "{found} of 20 atoms found");
    }

    #[test]
    fn agrees_with_the_reference_iteration() {
        let golden = testing::golden();
        let case = &golden["ksvd"];
        let nonzeros = case["nonzeros"].as_u64().unwrap() as usize;
        let start = Dictionary::new(testing::matrix(&case["d0"]));
        let atoms = start.atoms.ncols();
        let options = KsvdOptions { atoms, nonzeros, iterations: 5, seed: 0, replace_unused: false };
        let mut ksvd = Ksvd::from_dictionary(testing::matrix(&case["w"]).view(), start, options);
        for expected in testing::numbers(&case["errors_after_update"]) {
            let error = ksvd.step();
            assert!((error - expected).abs() < 1e-3 * expected, "{error} {expected}");
        }
    }
}
