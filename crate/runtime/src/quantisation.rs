//! Real numbers as i8: section 1.

use crate::kernel::{clamped, round};

/// How i8 values stand for real numbers: `real = scale * (q - zero_point)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quantisation {
    /// Units of one step.
    pub scale: f32,
    /// The value that means 0.0.
    pub zero_point: i8,
}

impl Quantisation {
    /// The value for a real number, as exporters and tests round it: to the nearest, halves away from
    /// zero, and clamped. What is not a number becomes the zero point.
    pub fn quantise(self, real: f32) -> i8 {
        let q = round(real / self.scale).saturating_add(self.zero_point.into());
        clamped(q, 0, i8::MIN, i8::MAX)
    }

    /// The real number that a value stands for.
    pub fn real(self, q: i8) -> f32 {
        self.scale * (i32::from(q) - i32::from(self.zero_point)) as f32
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::Quantisation;

    /// The same with the rounding and the clamping of `f32`, which `core` lacks.
    fn wide(Quantisation { scale, zero_point }: Quantisation, real: f32) -> i8 {
        ((real / scale).round() + f32::from(zero_point)).clamp(-128.0, 127.0) as i8
    }

    #[test]
    fn numbers_are_rounded_as_f32_rounds_them() {
        let mut rng = fastrand::Rng::with_seed(3);
        let edges = [f32::NAN, 0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 0.499_999_97];
        for case in 0..400_000 {
            let quantisation = Quantisation { scale: rng.f32() * 0.1 + 1e-4, zero_point: rng.i8(..) };
            let steps = rng.f32() * 600.0 - 300.0;
            let real = match case % 4 {
                0 => edges[case / 4 % edges.len()],
                1 => (steps.trunc() + 0.5) * quantisation.scale,
                2 => f32::from_bits(rng.u32(..)),
                _ => steps * quantisation.scale,
            };
            if real.is_nan() {
                assert_eq!(quantisation.quantise(real), quantisation.zero_point);
                continue;
            }
            assert_eq!(quantisation.quantise(real), wide(quantisation, real), "{quantisation:?} {real}");
        }
    }

    #[test]
    fn what_stands_for_a_real_number_gives_it_back() {
        let quantisation = Quantisation { scale: 0.25, zero_point: -10 };
        for q in i8::MIN..=i8::MAX {
            assert_eq!(quantisation.quantise(quantisation.real(q)), q);
        }
        assert_eq!(quantisation.real(0), 2.5);
    }
}
