//! Numbers as tick labels. Decimals come from the step between ticks, so that a column of labels lines up.

use crate::chart::TickFormat;

/// Decimal exponent of a number: 3 for 1000 and for 9999. 0 for zero and for what is not finite.
///
/// Taken from the shortest decimal form, because a logarithm may round across a power of ten and differs
/// between platforms in the last bit.
pub(crate) fn exponent(value: f64) -> i32 {
    let text = format!("{value:e}");
    text.rsplit_once('e').and_then(|(_, digits)| digits.parse().ok()).unwrap_or(0)
}

/// The double nearest to `mantissa * 10^exponent`.
pub(crate) fn decimal(mantissa: i64, exponent: i32) -> f64 {
    format!("{mantissa}e{exponent}").parse().unwrap_or(f64::NAN)
}

/// The label of a tick among ticks that are `10^step` apart or a small multiple of it.
pub(crate) fn label(value: f64, step: i32, format: TickFormat) -> String {
    let text = match format {
        TickFormat::Percent => format!("{:.*} %", decimals(step + 2, 0), value * 100.0),
        TickFormat::Plain => plain(value, step),
        TickFormat::Bytes => scaled(value, step, &["B", "kB", "MB", "GB", "TB", "PB"]),
        TickFormat::Count => scaled(value, step, &["", "k", "M", "G", "T", "P"]),
    };
    text.replace('-', "\u{2212}")
}

/// How many decimals show a step of `10^step` in a unit of `10^unit`.
fn decimals(step: i32, unit: i32) -> usize {
    usize::try_from(unit - step).unwrap_or(0).min(17)
}

/// The number in the largest of the units, each a thousand of the one before, that is not above it.
fn scaled(value: f64, step: i32, units: &[&str]) -> String {
    let size = exponent(value).max(0);
    let reached = (0..).step_by(3).zip(units).take_while(|&(unit, _)| unit <= size);
    let (unit, name) = reached.last().unwrap_or((0, &""));
    let number = format!("{:.*}", decimals(step, unit), value / decimal(1, unit));
    format!("{number} {name}").trim_end().to_owned()
}

/// The number itself, with an exponent where zeros would have to be counted.
fn plain(value: f64, step: i32) -> String {
    let size = exponent(value);
    if size >= 6 || step < -4 {
        let mantissa = format!("{value:.*e}", decimals(step, size));
        return if value == 0.0 { "0".to_owned() } else { mantissa };
    }
    format!("{value:.*}", decimals(step, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use TickFormat::{Bytes, Count, Percent, Plain};

    #[test]
    fn labels_have_the_decimals_of_their_step() {
        let cases = [
            (0.98, -2, Percent, "98 %"),
            (1.0, -1, Percent, "100 %"),
            (0.985, -3, Percent, "98.5 %"),
            (-0.5, -1, Percent, "\u{2212}50 %"),
            (0.0, 4, Bytes, "0 B"),
            (512.0, 0, Bytes, "512 B"),
            (120_000.0, 4, Bytes, "120 kB"),
            (1_100_000.0, 5, Bytes, "1.1 MB"),
            (2e9, 9, Bytes, "2 GB"),
            (3e21, 21, Bytes, "3000000 PB"),
            (0.0, 5, Count, "0"),
            (950.0, 1, Count, "950"),
            (266_000.0, 3, Count, "266 k"),
            (2_300_000.0, 5, Count, "2.3 M"),
            (1_000_000.0, 5, Count, "1.0 M"),
            (16.0, 0, Plain, "16"),
            (0.25, -2, Plain, "0.25"),
            (-0.5, -1, Plain, "\u{2212}0.5"),
            (1e-6, -6, Plain, "1e\u{2212}6"),
            (1.5e6, 5, Plain, "1.5e6"),
            (0.0, -7, Plain, "0"),
            (1e-4, -5, Plain, "1.0e\u{2212}4"),
        ];
        for (value, step, format, expected) in cases {
            assert_eq!(label(value, step, format), expected, "{value} by 1e{step} as {format:?}");
        }
    }

    #[test]
    fn exponent_is_exact_at_powers_of_ten() {
        let cases = [(1000.0, 3), (999.999, 2), (0.001, -3), (1e-300, -300), (0.0, 0), (f64::NAN, 0)];
        for (value, expected) in cases {
            assert_eq!(exponent(value), expected, "{value}");
        }
        assert_eq!(decimal(15, -1).to_bits(), 1.5_f64.to_bits());
    }
}
