//! Weights as whole numbers: i8 with one scale per row, found again where a matrix was rounded
//! before, else rounded here.

use ndarray::{Array2, ArrayView1, Axis};
use std::collections::BTreeSet;

/// Largest multiple of an 8-bit scale, and the least that is tried for a row that was rounded before.
const LEVELS8: (u8, u8) = (127, 64);
/// Largest multiple of a 4-bit scale.
const LEVELS4: u8 = 7;
/// How far a value that was rounded before may lie from a multiple of its scale.
const EXACT: f32 = 5e-3;
/// Steps that the largest bias has where no row has weights.
const BIAS_STEPS: f32 = 16_384.0;
/// Most values of a codebook, zero included.
pub(crate) const CODES: usize = 16;

/// Real weights, outputs x inputs of one group, and what each row is multiplied with.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    real: Array2<f32>,
    factors: Option<Vec<f32>>,
}

/// Whole numbers whose products with their rows' scales are the weights.
#[derive(Clone, Debug, PartialEq)]
pub struct Integers {
    /// Outputs x inputs.
    pub values: Array2<i8>,
    /// One per row, or one for all.
    pub scales: Vec<f32>,
}

impl Matrix {
    /// As given.
    pub fn new(real: Array2<f32>) -> Self {
        Self { real, factors: None }
    }

    /// Outputs, and inputs of one.
    pub fn dim(&self) -> (usize, usize) {
        self.real.dim()
    }

    /// Multiplies each row, after whatever its weights stand for.
    ///
    /// **Shapes**: one factor per row.
    pub fn scale_rows(&mut self, factors: &[f32]) {
        let before = self.factors.take();
        let product = |(row, factor): (usize, &f32)| before.as_ref().map_or(1.0, |f| f[row]) * factor;
        self.factors = Some(factors.iter().enumerate().map(product).collect());
    }

    /// Puts each column where `places` says.
    ///
    /// **Shapes**: as many places as columns, each once.
    pub(crate) fn move_columns(&mut self, places: &[usize]) {
        let mut from = vec![0; places.len()];
        for (column, &place) in places.iter().enumerate() {
            if let Some(slot) = from.get_mut(place) {
                *slot = column;
            }
        }
        self.real = self.real.select(Axis(1), &from);
    }

    /// The weights with their factors.
    pub fn weights(&self) -> Array2<f32> {
        let mut weights = self.real.clone();
        for (mut row, factor) in weights.axis_iter_mut(Axis(0)).zip(self.factors.iter().flatten()) {
            row *= *factor;
        }
        weights
    }

    /// The weights as whole numbers.
    pub fn integers(&self) -> Integers {
        let Integers { values, scales } =
            four_bits(&self.real).or_else(|| codebook(&self.real)).unwrap_or_else(|| eight_bits(&self.real));
        let Some(factors) = &self.factors else { return Integers { values, scales } };
        let scale = |row: usize| scales.get(row).or(scales.first()).copied().unwrap_or(1.0);
        // A scale is positive; the sign of a factor goes into the numbers, and so does a factor of nothing.
        let mut values = values;
        for (row, (mut own, factor)) in values.axis_iter_mut(Axis(0)).zip(factors).enumerate() {
            if !(scale(row) * factor.abs()).is_normal() {
                own.fill(0);
            } else if *factor < 0.0 {
                own.mapv_inplace(i8::saturating_neg);
            }
        }
        let scales = factors.iter().enumerate().map(|(row, f)| nonzero(scale(row) * f.abs())).collect();
        Integers { values, scales }
    }
}

fn nonzero(scale: f32) -> f32 {
    if scale > 0.0 && scale.is_normal() { scale } else { 1.0 }
}

fn largest(row: ArrayView1<f32>) -> f32 {
    row.iter().fold(0.0, |m, v| m.max(v.abs()))
}

/// Whether all values are multiples of `scale`.
fn fits(row: ArrayView1<f32>, scale: f32) -> bool {
    row.iter().all(|v| {
        let multiple = v / scale;
        (multiple - multiple.round()).abs() < EXACT
    })
}

/// Rows of multiples -7 ..= 7 of a scale each, as 4-bit rounding makes them.
fn four_bits(real: &Array2<f32>) -> Option<Integers> {
    let scale = |row: ArrayView1<f32>| {
        let most = largest(row);
        if most == 0.0 {
            return Some(1.0);
        }
        (1..=LEVELS4).map(|level| most / f32::from(level)).find(|scale| fits(row, *scale))
    };
    let scales = real.rows().into_iter().map(scale).collect::<Option<Vec<f32>>>()?;
    Some(rounded(real, scales))
}

/// At most 16 values in the whole matrix: one scale, the one of 28 that moves them least.
fn codebook(real: &Array2<f32>) -> Option<Integers> {
    let mut distinct = BTreeSet::new();
    for value in real.iter().filter(|v| **v != 0.0) {
        distinct.insert(value.to_bits());
        if distinct.len() > CODES {
            return None;
        }
    }
    let values: Vec<f32> = distinct.into_iter().map(f32::from_bits).collect();
    let most = values.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    let moved =
        |scale: &f32| -> f32 { values.iter().map(|v| ((v / scale).round() * scale - v).powi(2)).sum() };
    let scales = (100..=127_u8).map(|level| nonzero(most / f32::from(level)));
    let best = scales.min_by(|a, b| moved(a).total_cmp(&moved(b)))?;
    Some(rounded(real, vec![best]))
}

fn eight_bits(real: &Array2<f32>) -> Integers {
    let scale = |row: ArrayView1<f32>| {
        let most = largest(row);
        let (whole, least) = LEVELS8;
        let tried = (least..=whole).rev().map(|level| most / f32::from(level));
        let found = tried.clone().find(|scale| *scale > 0.0 && fits(row, *scale));
        nonzero(found.unwrap_or(most / f32::from(whole)))
    };
    rounded(real, real.rows().into_iter().map(scale).collect())
}

fn rounded(real: &Array2<f32>, scales: Vec<f32>) -> Integers {
    let mut values = Array2::zeros(real.dim());
    for (r, (row, mut out)) in real.rows().into_iter().zip(values.rows_mut()).enumerate() {
        let scale = scales.get(r).or(scales.first()).copied().unwrap_or(1.0);
        for (value, q) in row.iter().zip(&mut out) {
            *q = (value / scale).round().clamp(-127.0, 127.0) as i8;
        }
    }
    Integers { values, scales }
}

impl Integers {
    /// The scale of a row.
    pub fn scale(&self, row: usize) -> f32 {
        self.scales.get(row).or(self.scales.first()).copied().unwrap_or(1.0)
    }

    /// Takes coarser steps for rows whose scale is below what `least` says, where rows have scales of
    /// their own: a row of next to no weights would else make its bias a huge number.
    pub(crate) fn coarsen(&mut self, least: impl Fn(usize) -> f32) {
        if self.scales.len() != self.values.nrows() {
            return;
        }
        for (row, scale) in self.scales.iter_mut().enumerate() {
            let least = least(row);
            if *scale < least {
                let factor = *scale / least;
                self.values.row_mut(row).mapv_inplace(|v| (f32::from(v) * factor).round() as i8);
                *scale = least;
            }
        }
    }

    /// Whether a row has no weights.
    pub(crate) fn is_empty(&self, row: usize) -> bool {
        self.values.row(row).iter().all(|value| *value == 0)
    }

    /// Takes steps for rows without weights that ask nothing of what all rows share: the middle one of those that
    /// rows with weights have, or where there is none, one that serves biases up to `most` on inputs of the
    /// scale `input`.
    pub(crate) fn spare_empty_rows(&mut self, most: f32, input: f32) {
        if self.scales.len() != self.values.nrows() {
            return;
        }
        let empty: Vec<bool> = (0..self.scales.len()).map(|row| self.is_empty(row)).collect();
        let live = self.scales.iter().zip(&empty).filter(|(_, empty)| !**empty);
        let mut live: Vec<f32> = live.map(|(scale, _)| *scale).collect();
        live.sort_unstable_by(f32::total_cmp);
        let usual = live.get(live.len() / 2).copied();
        let usual = usual.unwrap_or_else(|| nonzero(most / (input * BIAS_STEPS)));
        for (scale, _) in self.scales.iter_mut().zip(empty).filter(|(_, empty)| *empty) {
            *scale = usual;
        }
    }

    /// Whether all numbers lie in -8 ..= 7.
    pub fn is_four_bits(&self) -> bool {
        self.values.iter().all(|v| (-8..=7).contains(v))
    }

    /// The numbers that occur besides zero, or nothing where they are more than `most`.
    pub fn book(&self, most: usize) -> Option<Vec<i8>> {
        let mut seen = [false; 256];
        for value in &self.values {
            seen[usize::from(value.cast_unsigned())] = true;
        }
        let book: Vec<i8> =
            (i8::MIN..=i8::MAX).filter(|v| *v != 0 && seen[usize::from(v.cast_unsigned())]).collect();
        (book.len() <= most).then_some(book)
    }
}

#[cfg(test)]
mod tests {
    use super::Matrix;
    use ndarray::array;

    #[test]
    fn rounded_rows_are_found_again() {
        let four = Matrix::new(array![[0.3, -0.7, 0.0], [0.02, 0.04, 0.14]]);
        let found = four.integers();
        assert_eq!(found.values, array![[3, -7, 0], [1, 2, 7]]);
        assert!((found.scales[0] - 0.1).abs() < 1e-6 && (found.scales[1] - 0.02).abs() < 1e-6);
        // 8 bits, the largest number being 126.
        let scale = 0.013_f32;
        let eight =
            Matrix::new(array![[126.0 * scale, -31.0 * scale, 5.0 * scale, 101.0 * scale, 77.0 * scale]]);
        assert_eq!(eight.integers().values, array![[126, -31, 5, 101, 77]]);
    }

    #[test]
    fn rows_of_nothing_ask_for_nothing() {
        let mut matrix = Matrix::new(array![[0.5, -1.0], [0.0, 0.0], [0.3, 0.2]]);
        let mut found = matrix.integers();
        found.spare_empty_rows(0.0, 1.0);
        assert_eq!(found.scales[1], found.scales[0].max(found.scales[2]));
        // A factor of 0 is no weights at all.
        matrix.scale_rows(&[1.0, 1.0, 0.0]);
        let mut found = matrix.integers();
        assert_eq!(found.values.row(2), array![0, 0]);
        found.spare_empty_rows(0.0, 1.0);
        assert_eq!(found.scales, vec![found.scales[0]; 3]);
    }

    #[test]
    fn a_codebook_keeps_one_scale_and_factors_make_one_per_row() {
        let book = [0.311_f32, -0.127, 0.052];
        let real = ndarray::Array2::from_shape_fn((9, 7), |(i, j)| book[(i * 7 + j) % 3]);
        let mut matrix = Matrix::new(real);
        let plain = matrix.integers();
        assert_eq!((plain.scales.len(), plain.book(3).unwrap().len()), (1, 3));
        let error = (f32::from(plain.values[[0, 0]]) * plain.scales[0] - 0.311).abs();
        assert!(error < 0.311 / 200.0, "{error}");
        matrix.scale_rows(&[2.0, -1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5]);
        let scaled = matrix.integers();
        assert_eq!(scaled.scales.len(), 9);
        assert_eq!(scaled.scales[0], 2.0 * plain.scales[0]);
        assert_eq!(scaled.values[[1, 0]], -plain.values[[1, 0]]);
    }
}
