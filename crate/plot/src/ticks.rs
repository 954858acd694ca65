//! Where the ticks of an axis are: round numbers, as many as there is room for.

use crate::chart::TickFormat;
use crate::format::{decimal, exponent, label};
use crate::scale::{Scale, Tick};

/// Leading digits that ticks of a logarithmic axis may have, densest first.
const DIGITS: [&[i64]; 3] = [&[1, 2, 5], &[1, 3], &[1]];
/// A range whose ends differ by less than this factor has linear ticks even on a logarithmic axis.
const FEW_DECADES: f64 = 10.0;
/// How many coarser steps are tried; the third is ten times the first, so the last ones have a tick at most.
const STEPS: usize = 9;

/// The densest ticks with at most `most` on the axis that `fits` accepts: two or more if that can be, else one.
pub(crate) fn choose(
    scale: &Scale,
    format: TickFormat,
    most: usize,
    fits: impl Fn(&[Tick]) -> bool,
) -> Vec<Tick> {
    let mut fallback = Vec::new();
    for ticks in candidates(scale, format, most) {
        if ticks.len() > 1 && ticks.len() <= most && fits(&ticks) {
            return ticks;
        }
        if !ticks.is_empty() {
            fallback = ticks;
        }
    }
    fallback.truncate(1);
    fallback
}

/// Ticks from dense to sparse.
fn candidates(scale: &Scale, format: TickFormat, most: usize) -> impl Iterator<Item = Vec<Tick>> {
    let few = !scale.log || scale.max / scale.min < FEW_DECADES;
    let steps = steps((scale.max - scale.min) / most.max(1) as f64, format).take(if few { STEPS } else { 0 });
    let linear = steps.map(move |(digit, power)| multiples(scale, format, digit, power));
    let decades = if scale.log { exponent(scale.max) - exponent(scale.min) + 1 } else { 0 };
    let sparse = (2..=decades).map(|every| (DIGITS[DIGITS.len() - 1], every));
    let digits = DIGITS.into_iter().take(if scale.log { DIGITS.len() } else { 0 }).map(|digits| (digits, 1));
    let powers = digits.chain(sparse).map(move |(digits, every)| powers(scale, format, digits, every));
    linear.chain(powers)
}

/// Round steps 1, 2, 5, 10, … from the given size up, as (digit, power of ten). Things that are counted have
/// no fractions.
fn steps(size: f64, format: TickFormat) -> impl Iterator<Item = (i64, i32)> {
    let counted = matches!(format, TickFormat::Bytes | TickFormat::Count);
    let size = if counted { size.max(1.0) } else { size };
    let power = exponent(size);
    let all = (power..).flat_map(|power| [(1, power), (2, power), (5, power)]);
    all.skip_while(move |&(digit, power)| decimal(digit, power) < size * (1.0 - 1e-9))
}

/// The multiples of `digit * 10^power` on the axis.
fn multiples(scale: &Scale, format: TickFormat, digit: i64, power: i32) -> Vec<Tick> {
    let step = decimal(digit, power);
    // A value that is a multiple but for its last bits counts as one.
    let first = (scale.min / step - 1e-6).ceil() as i64;
    let last = (scale.max / step + 1e-6).floor() as i64;
    let tick = |count: i64| {
        let value = decimal(count.saturating_mul(digit), power).clamp(scale.min, scale.max);
        Tick { value, label: label(value, power, format) }
    };
    (first..=last).map(tick).collect()
}

/// The given leading digits times every so many powers of ten, where they are on the axis.
fn powers(scale: &Scale, format: TickFormat, digits: &[i64], every: i32) -> Vec<Tick> {
    let lowest = exponent(scale.min);
    let first = if decimal(1, lowest) < scale.min { lowest + 1 } else { lowest };
    let all = (lowest..=exponent(scale.max))
        .filter(move |power| (power - first).rem_euclid(every) == 0)
        .flat_map(|power| digits.iter().map(move |&digit| (decimal(digit, power), power)));
    all.filter(|&(value, _)| scale.contains(value))
        .map(|(value, power)| Tick { value, label: label(value, power, format) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Axis, Direction};
    use TickFormat::{Bytes, Count, Percent, Plain};

    fn labels(min: f64, max: f64, log: bool, format: TickFormat, most: usize) -> String {
        let axis = Axis { min, max, log, format, label: String::new() };
        let scale = Scale::new(&axis, Direction::X, std::iter::empty()).unwrap();
        let ticks = choose(&scale, format, most, |_| true);
        ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn ticks_are_round_and_few() {
        let cases = [
            (0.0, 1.0, false, Percent, 6, "0 % | 20 % | 40 % | 60 % | 80 % | 100 %"),
            (0.0, 1.0, false, Percent, 3, "0 % | 50 % | 100 %"),
            (0.952, 0.991, false, Percent, 5, "96 % | 97 % | 98 % | 99 %"),
            (0.0, 1.1e6, false, Bytes, 4, "0 B | 500 kB | 1.0 MB"),
            (0.0, 266e3, false, Count, 6, "0 | 50 k | 100 k | 150 k | 200 k | 250 k"),
            (0.0, 3.0, false, Count, 9, "0 | 1 | 2 | 3"),
            (-0.3, 0.3, false, Plain, 4, "−0.2 | 0.0 | 0.2"),
            (
                1e3,
                1e6,
                true,
                Bytes,
                10,
                "1 kB | 2 kB | 5 kB | 10 kB | 20 kB | 50 kB | 100 kB | 200 kB | 500 kB | 1 MB",
            ),
            (1e3, 1e6, true, Bytes, 7, "1 kB | 3 kB | 10 kB | 30 kB | 100 kB | 300 kB | 1 MB"),
            (1e3, 1e6, true, Bytes, 4, "1 kB | 10 kB | 100 kB | 1 MB"),
            (1e3, 1e6, true, Bytes, 3, "1 kB | 100 kB"),
            (20e3, 80e3, true, Bytes, 9, "20 kB | 30 kB | 40 kB | 50 kB | 60 kB | 70 kB | 80 kB"),
            (20e3, 90e3, true, Count, 2, "20 k | 50 k"),
            (1e-6, 1.0, true, Plain, 3, "1e−6 | 0.001 | 1"),
        ];
        for (min, max, log, format, most, expected) in cases {
            assert_eq!(labels(min, max, log, format, most), expected, "{min}..{max} {format:?} {most}");
        }
    }

    #[test]
    fn ticks_never_leave_the_axis_nor_exceed_their_number() {
        for (min, max) in [(0.1, 0.7), (1e-9, 3e-9), (-7e12, 9.9e12), (1e9, 1e9 + 7.0), (0.3, 0.300_001)] {
            for (log, most) in [(false, 1), (false, 2), (false, 12), (true, 5)] {
                let log = log && min > 0.0;
                let axis = Axis { min, max, log, format: Plain, label: String::new() };
                let scale = Scale::new(&axis, Direction::Y, std::iter::empty()).unwrap();
                let ticks = choose(&scale, Plain, most, |_| true);
                assert!(ticks.len() <= most, "{min}..{max}: {}", ticks.len());
                assert!(ticks.iter().all(|tick| scale.contains(tick.value)), "{ticks:?}");
            }
        }
    }

    #[test]
    fn refused_ticks_give_way_to_sparser_ones() {
        let axis = Axis { min: 0.0, max: 10.0, log: false, format: Plain, label: String::new() };
        let scale = Scale::new(&axis, Direction::X, std::iter::empty()).unwrap();
        assert_eq!(choose(&scale, Plain, 11, |ticks| ticks.len() < 4).len(), 3);
        assert_eq!(choose(&scale, Plain, 11, |_| false).len(), 1);
    }
}
