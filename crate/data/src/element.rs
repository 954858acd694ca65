//! What stored numbers are, and how their bytes become float32.

use num_traits::AsPrimitive;

/// The kind of number that samples were stored as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Element {
    /// True and false.
    Bool,
    /// 0 to 255.
    Byte,
    /// -128 to 127.
    SignedByte,
    /// Wider integers.
    Integer,
    /// Anything else: real values already.
    Float,
}

impl Element {
    /// The noun for many of them.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Bool => "true and false",
            Self::Byte => "bytes",
            Self::SignedByte => "signed bytes",
            Self::Integer => "integers",
            Self::Float => "real numbers",
        }
    }
}

/// Checks that all `values`, which are those of `count` samples, are numbers that can be worked with; `what`
/// is what holds them.
///
/// # Errors
/// How many are not, as a sentence.
pub fn finite(what: &str, values: &[f32], count: usize) -> Result<(), String> {
    let wrong = values.iter().filter(|value| !value.is_finite()).count();
    if wrong == 0 {
        return Ok(());
    }
    let each = values.len().checked_div(count).unwrap_or(0).max(1);
    let samples = values.chunks(each).enumerate().filter(|(_, own)| own.iter().any(|v| !v.is_finite()));
    let samples: Vec<usize> = samples.map(|(index, _)| index).collect();
    let first = samples.first().copied().unwrap_or(0);
    let plural = if wrong == 1 { "value that is" } else { "values that are" };
    Err(format!(
        "{what} holds {wrong} {plural} NaN, infinite or too large for float32, in {} of {count} samples (the first is number {first}, counted from 0): leave these samples out or replace the values",
        samples.len()
    ))
}

/// The number of numpy's `kind` in `bytes`, as many as that kind has; what float32 cannot hold is rounded.
pub(crate) fn number(kind: &str, bytes: &[u8], is_big: bool) -> f32 {
    let bits = word(bytes, is_big);
    let [a, b, c, d, ..] = bits.to_le_bytes();
    match kind {
        "b1" => f32::from(u8::from(bits != 0)),
        "i1" => f32::from(i8::from_le_bytes([a])),
        "i2" => f32::from(i16::from_le_bytes([a, b])),
        "i4" => i32::from_le_bytes([a, b, c, d]).as_(),
        "i8" => bits.cast_signed().as_(),
        "f2" => half(u16::from_le_bytes([a, b])),
        "f4" => f32::from_bits(u32::from_le_bytes([a, b, c, d])),
        "f8" => f64::from_bits(bits).as_(),
        // u1, u2, u4, u8
        _ => bits.as_(),
    }
}

/// The whole number that `bytes` are, at most 8 of them.
pub(crate) fn word(bytes: &[u8], is_big: bool) -> u64 {
    let add = |sum: u64, byte: &u8| sum << 8 | u64::from(*byte);
    if is_big { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
}

/// A float16. **Source**: IEEE 754-2008, binary16.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let fraction = f32::from(bits & 0x3ff);
    let size = match (bits >> 10) & 0x1f {
        // Subnormal: fraction x 2^-24.
        0 => fraction * f32::from_bits(0x3380_0000),
        31 if fraction > 0.0 => f32::NAN,
        31 => f32::INFINITY,
        // (1024 + fraction) x 2^(exponent - 25)
        exponent => (1024.0 + fraction) * f32::from_bits((u32::from(exponent) + 102) << 23),
    };
    sign * size
}

#[cfg(test)]
mod tests {
    use super::{finite, half};

    #[test]
    fn what_is_not_finite_is_counted() {
        assert_eq!(finite("array x", &[1.0, -2.0], 2), Ok(()));
        let values = [1.0, 2.0, f32::NAN, f32::INFINITY, 0.0, f32::NEG_INFINITY];
        let error = finite("array x", &values, 3).unwrap_err();
        assert!(error.starts_with("array x holds 3 values that are NaN"), "{error}");
        assert!(error.contains("in 2 of 3 samples (the first is number 1, counted from 0)"), "{error}");
    }

    #[test]
    fn halves_are_exact() {
        // numpy 2.4: np.array([...], '<u2').view('<f2')
        let cases = [
            (0x0000, 0.0),
            (0x0001, 5.960_464_5e-8),
            (0x03ff, 6.097_555e-5),
            (0x0400, 6.103_515_6e-5),
            (0x3555, 0.333_251_95),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0xfc00, f32::NEG_INFINITY),
        ];
        for (bits, value) in cases {
            assert_eq!(half(bits), value, "{bits:#x}");
        }
        assert!(half(0x7e00).is_nan());
    }
}
