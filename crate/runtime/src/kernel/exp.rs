//! The exponential of FLOAT and what is made of it: sections 4.7 and 4.10. `core` has none, and all
//! runtimes must give the same bits.
//!
//! **Source**: Moshier, Cephes, expf; without its overflow branches, since the argument is clamped.

use super::number::relu6;
use core::f32::consts::LOG2_E;

const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
/// Coefficients of the polynomial, the highest power first.
const POLYNOMIAL: [f32; 6] =
    [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 0.5];

/// e to the power of `x`, which is clamped to -87 ..= 88. The relative error is below 2e-7.
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let k = floor(x * LOG2_E + 0.5);
    let r = x - k as f32 * LN_2_HIGH - k as f32 * LN_2_LOW;
    let p = POLYNOMIAL.iter().copied().reduce(|sum, next| sum * r + next).unwrap_or(0.0);
    (p * r * r + r + 1.0) * f32::from_bits((k + 127).cast_unsigned().wrapping_shl(23))
}

pub(crate) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

pub(crate) fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

pub(crate) fn hard_swish(x: f32) -> f32 {
    x * relu6(x + 3.0) / 6.0
}

/// Rounds down; saturates at the ends of i32, and NaN gives 0.
fn floor(x: f32) -> i32 {
    let toward_zero = x as i32;
    if toward_zero as f32 > x { toward_zero.saturating_sub(1) } else { toward_zero }
}

/// Rounds to the nearest whole number, halves away from zero; as saturating as [`floor`].
pub(crate) fn round(x: f32) -> i32 {
    let toward_zero = x as i32;
    let rest = x - toward_zero as f32;
    if rest >= 0.5 {
        toward_zero.saturating_add(1)
    } else if rest <= -0.5 {
        toward_zero.saturating_sub(1)
    } else {
        toward_zero
    }
}

#[cfg(test)]
mod tests {
    use super::{LN_2_HIGH, LN_2_LOW, LOG2_E, POLYNOMIAL, exp, floor, round};

    /// The constants are those that FORMAT.md prints.
    #[test]
    fn constants_are_those_of_the_format() {
        let [a, b, c, d, e, f] = POLYNOMIAL;
        let printed = [
            ("1.9875691500e-4", a),
            ("1.3981999507e-3", b),
            ("8.3334519073e-3", c),
            ("4.1665795894e-2", d),
            ("1.6666665459e-1", e),
            ("5.0000001201e-1", f),
            ("1.44269504", LOG2_E),
            ("0.693359375", LN_2_HIGH),
            ("-2.12194440e-4", LN_2_LOW),
        ];
        for (text, value) in printed {
            assert!(include_str!("../../FORMAT.md").contains(text), "{text}");
            assert_eq!(text.parse(), Ok(value));
        }
    }

    #[test]
    fn is_close_to_the_exponential() {
        for step in -870..=880 {
            let x = step as f32 / 10.0;
            let exact = f64::from(x).exp_reference();
            let error = (f64::from(exp(x)) - exact).abs() / exact;
            assert!(error < 2e-7, "e({x}) is off by {error}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(1000.0), exp(88.0));
        assert_eq!(exp(-1000.0), exp(-87.0));
    }

    trait Reference {
        fn exp_reference(self) -> f64;
    }

    impl Reference for f64 {
        /// Taylor's series of the 256th part, squared eight times.
        fn exp_reference(self) -> f64 {
            let x = self / 256.0;
            let (mut term, mut sum) = (1.0, 1.0);
            for n in 1..30 {
                term *= x / f64::from(n);
                sum += term;
            }
            (0..8).fold(sum, |power, _| power * power)
        }
    }

    #[test]
    fn rounds_halves_away_from_zero_and_floors_downward() {
        let cases = [(2.5, 3, 2), (-2.5, -3, -3), (0.49, 0, 0), (-0.5, -1, -1), (-0.2, 0, -1), (7.0, 7, 7)];
        for (x, nearest, below) in cases {
            assert_eq!((round(x), floor(x)), (nearest, below), "{x}");
        }
        assert_eq!((round(f32::NAN), round(3e9), floor(-3e9)), (0, i32::MAX, i32::MIN));
    }
}
