//! Sparse dictionary: W ~ D A, D (outputs x k) dense with unit-norm atoms, A (k x inputs) sparse.
//! One signal per input, that is per column of W.
//!
//! **Pays** while out * k + nnz(A) (1 + index bytes / 4) + pointers < out * in.
//!
//! Behind real inputs each column is scaled by the root mean square of its input while learning, the
//! non-zeros are spent over all columns where they lower the error most, and atoms and code are then
//! refitted in turn: an input that is always zero costs nothing.
//!
//! **Source**: Bhattacharya & Lane 2016 (`SparseSep`), section 3; K-SVD and OMP as in [`sepal_linalg`].

use super::choice::{at_rank, evenly};
use super::method::{Compressor, Factoring, Facts, Method, MethodDial, MethodProperty};
use super::two_stage::{Draft, finish};
use super::{
    Choice, Factors, Objective, Parts, Point, Process, Setting, Split, StageShape, Stages, Target, Values,
    storage,
};
use crate::graph::Weight;
use ndarray::{Array1, Array2, Axis};
use sepal_linalg::{Ksvd, KsvdOptions, LinalgError, OmpPath};
use std::fmt;

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

/// Sizes of dictionaries that searches try, at most.
const TRIED: usize = 4;
/// Sparsities of each that searches try.
const SPARSITIES: usize = 5;

/// See the module.
pub(crate) struct Dictionary;

/// The same at one size and sparsity.
pub(crate) struct At {
    pub atoms: usize,
    pub nonzeros: usize,
}

impl Method for Dictionary {
    fn facts(&self) -> Facts {
        Facts {
            aliases: &["sparse_dictionary", "sparse-dictionary", "ksvd"],
            dials: &[MethodDial::Nonzeros, MethodDial::Atoms],
            properties: &[MethodProperty::Slow, MethodProperty::Learned, MethodProperty::Drawn],
            ..Facts::new("dictionary", "Dense dictionary and sparse code (K-SVD)")
        }
    }

    fn choices(&self, weight: &Weight) -> Vec<Choice> {
        let (rows, columns) = weight.group_shape();
        let least =
            4 * SMALLEST * rows + storage::sparse_bytes((SMALLEST, columns), columns, 1, Values::Float);
        if weight.groups() != 1 || least >= 4 * rows * columns {
            return Vec::new();
        }
        let of = |rank| Choice { rank, nonzeros: (1..=non_zero_limit(rank)).collect(), most: rank };
        sizes(rows.min(columns)).into_iter().map(of).collect()
    }

    fn unfit(&self, weight: &Weight) -> &'static str {
        match weight.groups() {
            0 | 1 => "its matrix is so small that two would take no less",
            _ => "its channels are in groups",
        }
    }

    fn setting(&self, at: Point) -> Setting {
        Setting::Dictionary { atoms: at.rank, nonzeros: at.nonzeros }
    }

    fn candidates(&self, _weight: &Weight, choices: &[Choice], _blocks: &[usize]) -> Vec<Setting> {
        // The largest dictionaries take longest to learn: they are not tried.
        let small = &choices[..choices.len() - choices.len() / 4];
        let from = small.len() / 4;
        let sizes: Vec<usize> = evenly(&(from..small.len()).collect::<Vec<_>>(), TRIED);
        let at = |index: usize| {
            let Choice { rank, nonzeros, .. } = &small[index];
            let counts = evenly(nonzeros, SPARSITIES);
            counts.into_iter().map(|n| Setting::Dictionary { atoms: *rank, nonzeros: n }).collect::<Vec<_>>()
        };
        sizes.into_iter().flat_map(at).collect()
    }
}

/// The most non-zeros per column that are offered with `atoms` atoms: half of them.
fn non_zero_limit(atoms: usize) -> usize {
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

/// Rounds of refitting atoms and code behind real inputs.
const ROUNDS: usize = 6;

impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a dictionary of {} atoms with {} non-zeros per column", self.atoms, self.nonzeros)
    }
}

impl At {
    /// A code of so many values in all, and the dictionary.
    fn storing(&self, values: usize, weight: &Weight) -> Stages {
        let (outputs, inputs) = weight.group_shape();
        let code = StageShape::dense("A", weight, self.atoms, inputs).sparse(values);
        Stages::pair(Split::Channel, code, StageShape::dense("D", weight, outputs, self.atoms))
    }
}

impl Compressor for At {
    fn factoring(&self) -> Factoring {
        Factoring::Atoms(self.atoms)
    }

    fn check(&self, choices: &[Choice], _weight: &Weight) -> Result<(), String> {
        let sizes: Vec<usize> = choices.iter().map(|choice| choice.rank).collect();
        let gaps = sizes.windows(2).any(|pair| pair[1] - pair[0] > 1);
        if gaps && !sizes.contains(&self.atoms) {
            let sizes: Vec<String> = sizes.iter().map(usize::to_string).collect();
            return Err(format!("dictionaries have {} atoms", sizes.join(", ")));
        }
        let nonzeros = &at_rank(choices, self.atoms)?.nonzeros;
        if nonzeros.contains(&self.nonzeros) {
            return Ok(());
        }
        Err(format!("non-zeros per column go from 1 to {}", nonzeros.len()))
    }

    fn stages(&self, weight: &Weight) -> Stages {
        self.storing(self.nonzeros * weight.group_shape().1, weight)
    }

    fn factored_stages(&self, factors: &Factors, weight: &Weight) -> Stages {
        match factors {
            Factors::Dictionary(learned) => self.storing(learned.stored(self.nonzeros), weight),
            _ => self.stages(weight),
        }
    }

    fn start(
        &self,
        _weight: &Weight,
        objective: &Objective,
        seed: u64,
    ) -> Result<Box<dyn Process>, LinalgError> {
        Ok(Box::new(DictionaryLearning::start(objective, self.atoms, seed)?))
    }

    fn cut(&self, factors: &Factors, target: Target) -> Option<Parts> {
        let Factors::Dictionary(learned) = factors else { return None };
        let groups = vec![(learned.code(self.nonzeros), learned.dictionary.atoms.clone())];
        let draft = Draft {
            sparse: [true, false],
            rounds: if target.objective.is_calibrated() { ROUNDS } else { 0 },
            ..Draft::dense(self.stages(target.weight), groups)
        };
        Some(finish(draft, target))
    }
}

/// A dictionary being learned for one layer.
#[derive(Debug)]
struct DictionaryLearning {
    ksvd: Ksvd,
    atoms: usize,
    /// The signals: columns of the target, scaled by their inputs.
    signals: Array2<f32>,
    rms: Option<Array1<f32>>,
}

impl DictionaryLearning {
    /// Starts learning `atoms` atoms.
    ///
    /// While learning, a column gets a fifth of the atoms (2 to 24): between the sparse and the
    /// dense end of what the slider offers.
    ///
    /// # Errors
    /// Non-finite or empty weights.
    fn start(objective: &Objective, atoms: usize, seed: u64) -> Result<Self, LinalgError> {
        let nonzeros = (atoms / 5).clamp(2, LONGEST_LEARNED).min(non_zero_limit(atoms));
        let options = KsvdOptions { atoms, nonzeros, iterations: ITERATIONS, seed, replace_unused: true };
        let problem = objective.groups.first().ok_or(LinalgError::Empty)?;
        let rms = problem.gram.is_some().then(|| problem.input_rms());
        let signals = match &rms {
            Some(rms) => &problem.target * &rms.view().insert_axis(Axis(0)),
            None => problem.target.clone(),
        };
        Ok(Self { ksvd: Ksvd::new(signals.view(), options)?, atoms, signals, rms })
    }
}

impl Process for DictionaryLearning {
    /// Iterations done, and iterations in all (the last one codes the weights).
    fn progress(&self) -> (usize, usize) {
        (self.ksvd.done(), ITERATIONS + 1)
    }

    /// One iteration; gives the factors once the dictionary is learned.
    fn step(&mut self) -> Option<Factors> {
        if !self.ksvd.finished() {
            self.ksvd.step();
            return None;
        }
        let dictionary = self.ksvd.dictionary().clone();
        let path = OmpPath::new(&dictionary, self.signals.view(), non_zero_limit(self.atoms));
        Some(Factors::Dictionary(Learned { dictionary, path, rms: self.rms.clone() }))
    }
}

/// A learned dictionary and the codes of a layer's columns.
#[derive(Clone, Debug)]
pub struct Learned {
    dictionary: sepal_linalg::Dictionary,
    path: OmpPath,
    /// What the columns were scaled by.
    rms: Option<Array1<f32>>,
}

impl Learned {
    /// The values of the code at `nonzeros` per column, or behind real inputs that many on average.
    fn stored(&self, nonzeros: usize) -> usize {
        self.path.nonzeros(nonzeros)
    }

    fn code(&self, nonzeros: usize) -> Array2<f32> {
        let Some(rms) = &self.rms else { return self.path.code(nonzeros).to_dense() };
        let mut code = self.path.shared_code(self.stored(nonzeros)).to_dense();
        for (mut column, rms) in code.axis_iter_mut(Axis(1)).zip(rms) {
            column.mapv_inplace(|v| v / rms.max(f32::MIN_POSITIVE));
        }
        code
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
