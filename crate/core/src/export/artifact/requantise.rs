//! The whole numbers between accumulators and outputs: FORMAT.md section 3.1.

use super::ExportError;
use super::matrix::Integers;
use super::program::{Activation, Product, Quantisation};

/// Largest multiplier, and the largest accumulator after the first shift.
const MOST: f64 = 32767.0;
/// Multipliers below this are rounded by more than 8-bit weights are.
const COARSE_MULT: f64 = 256.0;

/// A multiplication by a real number: `(t m + half) >> post` behind a rounding `>> pre`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shifts {
    pub pre: u8,
    pub post: u8,
}

/// What a MATRIX block says besides its weights.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Requantised {
    pub bias: Vec<i16>,
    pub bias_shift: u8,
    pub mult: Vec<u16>,
    pub shifts: Shifts,
    pub zero_point: i8,
    pub lo: i8,
    pub hi: i8,
}

impl Shifts {
    /// For accumulators up to `bound` and factors up to `factor`.
    pub(crate) fn of(bound: f64, factor: f64, least_pre: u8) -> Option<Self> {
        let pre = (least_pre..=16).find(|pre| (bound / f64::from(1_u32 << pre)).ceil() <= MOST)?;
        let shifted = factor * f64::from(1_u32 << pre);
        let post = (1..=30_u8).rev().find(|post| (shifted * f64::from(1_u32 << post)).round() <= MOST)?;
        Some(Self { pre, post })
    }

    /// The multiplier of a factor.
    pub(crate) fn mult(self, factor: f64) -> u16 {
        let scaled = factor * 2.0_f64.powi(i32::from(self.pre) + i32::from(self.post));
        scaled.round().clamp(0.0, MOST) as u16
    }
}

/// The least and greatest output number under an activation.
pub(crate) fn range(activation: Activation, output: Quantisation) -> (i8, i8) {
    match activation {
        Activation::None => (-128, 127),
        Activation::Relu => (output.zero_point, 127),
        Activation::Relu6 => (output.zero_point, output.quantise(6.0)),
        Activation::Clip(low, high) => (output.quantise(low), output.quantise(high.max(low))),
    }
}

/// `integers` with scales for which multipliers are whole, where rounding those would move a row by more than its
/// weights' rounding does: beside a row of a far larger scale. Rows of 4 bits stay as they are.
pub(crate) fn settled(
    product: &Product,
    mut integers: Integers,
    (input, output): (Quantisation, Quantisation),
) -> Integers {
    let largest = integers.scales.iter().copied().fold(0.0, f32::max);
    let step = f64::from(input.scale) / f64::from(output.scale);
    let bound = 128.0 * 127.0 * integers.values.ncols() as f64;
    let Some(shifts) = Shifts::of(bound, step * f64::from(largest), 0) else { return integers };
    if integers.scales.len() != integers.values.nrows() {
        return integers;
    }
    let unit = 2.0_f64.powi(i32::from(shifts.pre) + i32::from(shifts.post)) * step;
    let mut weights = None;
    for (row, scale) in integers.scales.iter_mut().enumerate() {
        let mult = f64::from(*scale) * unit;
        let mut own = integers.values.row_mut(row);
        if mult >= COARSE_MULT || !own.iter().any(|value| value.unsigned_abs() > 8) {
            continue;
        }
        *scale = (mult.ceil() / unit) as f32;
        let weights = weights.get_or_insert_with(|| product.matrix.weights());
        for (value, real) in own.iter_mut().zip(weights.row(row)) {
            *value = (real / *scale).round().clamp(-127.0, 127.0) as i8;
        }
    }
    integers
}

/// Fits a product of whole numbers between the scales of its input and output.
///
/// # Errors
/// [`ExportError::Artifact`] where no shifts of the format serve.
pub(crate) fn requantise(
    product: &Product,
    integers: &Integers,
    (input, output): (Quantisation, Quantisation),
) -> Result<Requantised, ExportError> {
    let failed = |what: &str| ExportError::Artifact {
        node: product.layer.clone(),
        message: format!("its {what} are beyond what the device format can scale"),
    };
    let rows = integers.values.nrows();
    let scale = |row: usize| f64::from(input.scale) * f64::from(integers.scale(row));
    let sums: Vec<(i64, i64)> = integers
        .values
        .rows()
        .into_iter()
        .map(|row| row.iter().fold((0, 0), |(s, a), v| (s + i64::from(*v), a + i64::from(*v).abs())))
        .collect();
    let (least, greatest) = (output.real(i8::MIN), output.real(i8::MAX));
    let wanted: Vec<f64> = (0..rows)
        .map(|row| {
            let bias = product.bias.get(row).copied().unwrap_or(0.0);
            // What is constant is no more than the output can hold.
            let bias = if integers.is_empty(row) { bias.clamp(least, greatest) } else { bias };
            f64::from(bias) / scale(row) - f64::from(input.zero_point) * sums[row].0 as f64
        })
        .collect();
    let most = wanted.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
    let bias_shift = (0..=15_u8).find(|s| (most / f64::from(1_u32 << s)).round() <= MOST);
    let bias_shift = bias_shift.ok_or_else(|| failed("biases"))?;
    let unit = f64::from(1_u32 << bias_shift);
    let bound =
        (0..rows).map(|row| 128.0 * sums[row].1 as f64 + wanted[row].abs() + unit).fold(1.0, f64::max);
    if bound >= f64::from(i32::MAX) {
        return Err(failed("weights"));
    }
    let factor = |row: usize| scale(row) / f64::from(output.scale);
    let shared = integers.scales.len() == 1;
    let factors: Vec<f64> = (0..if shared { 1 } else { rows }).map(factor).collect();
    let largest = factors.iter().copied().fold(0.0, f64::max);
    let shifts = Shifts::of(bound, largest, 0).ok_or_else(|| failed("scales"))?;
    let (lo, hi) = range(product.activation, output);
    Ok(Requantised {
        bias: if most.round() == 0.0 {
            Vec::new()
        } else {
            wanted.iter().map(|v| (v / unit).round() as i16).collect()
        },
        bias_shift,
        mult: factors.iter().map(|f| shifts.mult(*f)).collect(),
        shifts,
        zero_point: output.zero_point,
        lo,
        hi,
    })
}

#[cfg(test)]
mod tests {
    use super::{Shifts, requantise, settled};
    use crate::export::artifact::matrix::Matrix;
    use crate::export::artifact::program::{Activation, Product, Quantisation};
    use ndarray::array;

    #[test]
    fn factors_are_met_to_four_digits() {
        for factor in [0.9, 0.004, 1.7e-5, 31.0] {
            let shifts = Shifts::of(2.0e6, factor, 0).unwrap();
            let met = f64::from(shifts.mult(factor)) / 2.0_f64.powi(i32::from(shifts.pre + shifts.post));
            assert!((met / factor - 1.0).abs() < 1e-4, "{factor} {met}");
        }
        assert_eq!(Shifts::of(2.0e6, 1.0, 0).unwrap().pre, 6);
    }

    #[test]
    fn a_zero_point_is_folded_into_the_bias() {
        let input = Quantisation { scale: 0.5, zero_point: -128 };
        let output = Quantisation { scale: 1.0, zero_point: 3 };
        let weights = Matrix::new(array![[0.1, 0.2, -0.7]]);
        let integers = weights.integers();
        let product =
            Product { layer: "l".into(), matrix: weights, bias: vec![0.25], activation: Activation::Relu };
        let found = requantise(&product, &integers, (input, output)).unwrap();
        // 0.25 / (0.5 0.1) + 128 (1 + 2 - 7)
        assert_eq!((found.bias, found.bias_shift), (vec![5 - 512], 0));
        assert_eq!((found.lo, found.hi), (3, 127));
    }

    /// What rows without weights, next to none, and next to no inputs leave of the others.
    #[test]
    fn rows_of_nothing_leave_the_others_as_they_are() {
        let (input, output) =
            (Quantisation { scale: 0.02, zero_point: -7 }, Quantisation { scale: 0.05, zero_point: 11 });
        let row = |seed: usize| -> Vec<f32> {
            (0..40).map(|j| ((seed * 131 + j * 71) % 97) as f32 / 97.0 - 0.5).collect()
        };
        let live: Vec<Vec<f32>> = (0..5).map(row).collect();
        let scaled = |by: f32| row(9).iter().map(|v| v * by).collect::<Vec<f32>>();
        let others = [
            (vec![0.0; 40], 0.0),
            (vec![0.0; 40], 3.0),
            (vec![0.0; 40], 1e9),
            (scaled(1e-7), 2.0),
            (scaled(1e-30), 0.5),
            (scaled(700.0), 0.0),
        ];
        let x: Vec<i8> = (0..40_u8).map(|j| (j.wrapping_mul(53)).cast_signed()).collect();
        let run = |rows: &[(Vec<f32>, f32)]| -> Vec<i32> {
            let values: Vec<f32> = rows.iter().flat_map(|(row, _)| row.clone()).collect();
            let matrix = Matrix::new(ndarray::Array2::from_shape_vec((rows.len(), 40), values).unwrap());
            let bias = rows.iter().map(|(_, bias)| *bias).collect();
            let product = Product { layer: "l".into(), matrix, bias, activation: Activation::None };
            let integers = settled(&product, product.shared_integers(input, output), (input, output));
            let found = requantise(&product, &integers, (input, output)).unwrap();
            integers
                .values
                .rows()
                .into_iter()
                .enumerate()
                .map(|(row, weights)| {
                    let sum: i64 = weights.iter().zip(&x).map(|(w, x)| i64::from(*w) * i64::from(*x)).sum();
                    let bias = found.bias.get(row).map_or(0, |b| i64::from(*b) << found.bias_shift);
                    let (pre, post) = (found.shifts.pre, found.shifts.post);
                    let short = (sum + bias + ((1 << pre) >> 1)) >> pre;
                    let out = (short * i64::from(found.mult[row]) + (1 << (post - 1))) >> post;
                    (out as i32 + i32::from(found.zero_point)).clamp(-128, 127)
                })
                .collect()
        };
        let right = |(weights, bias): &(Vec<f32>, f32)| -> i32 {
            let sum: f32 = weights.iter().zip(&x).map(|(w, x)| w * input.real(*x)).sum();
            i32::from(output.quantise(sum + bias))
        };
        let mut rows: Vec<(Vec<f32>, f32)> = live.into_iter().map(|row| (row, 0.3)).collect();
        rows.extend(others);
        for (found, row) in run(&rows).into_iter().zip(&rows) {
            assert!((found - right(row)).abs() <= 1, "{found}, not {}: {row:?}", right(row));
        }
    }
}
