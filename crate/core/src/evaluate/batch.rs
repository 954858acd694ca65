//! Whether the samples of a batch are each other's affair: a device is given one at a time, so what a model
//! gives for one must not depend on its neighbours.

use super::{Engine, EvaluateError};
use rten_tensor::Tensor;
use rten_tensor::prelude::*;

/// Samples that are run together, and fewer of large ones.
const SAMPLES: usize = 3;
const LARGE_SAMPLES: usize = 2;
/// Values of a sample that is large.
const LARGE: usize = 30_000;
/// How far a sample's outputs may be from those that it has alone, as a share of its largest and of the largest
/// of all: rounding to integers turns the last bits of a sum into whole steps.
const TOLERANCE: (f32, f32) = (2e-2, 1e-3);
/// The least and the greatest values of samples that are made up: a signal among bytes and a picture.
const SPANS: [(f32, f32); SAMPLES] = [(-1.0, 1.0), (0.0, 255.0), (0.0, 1.0)];
/// The same where the model looks values up, in tables that may be short.
const SHORT_SPANS: [(f32, f32); SAMPLES] = [(0.0, 2.0); SAMPLES];

/// What becomes of samples that are run together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Together {
    /// The same as of each alone, as far as was seen.
    Alike,
    /// Others than of each alone.
    Mixed,
    /// Only one can be run at a time.
    Refused,
    /// Others than of each alone, and the file fixes so many at a time.
    Bound(usize),
}

/// Whether the model in the ONNX file `bytes`, whose one input has this `shape` for one sample, batch first,
/// gives the same for samples together and alone.
///
/// # Errors
/// Why the model cannot be run.
pub fn is_independent(bytes: Vec<u8>, shape: &[usize]) -> Result<bool, EvaluateError> {
    Ok(run_together(bytes, shape, &[])? == Together::Alike)
}

/// The same in words; of the samples in `given` where there are some, else of samples that are made up.
///
/// # Errors
/// Why the model cannot be run.
pub fn run_together(bytes: Vec<u8>, shape: &[usize], given: &[f32]) -> Result<Together, EvaluateError> {
    let engine = Engine::load(bytes)?;
    let each = shape.iter().product::<usize>();
    if each == 0 || shape.is_empty() {
        return Ok(Together::Alike);
    }
    if let Some(count) = engine.fixed_batch() {
        let each = shape.iter().skip(1).product::<usize>();
        let values = if given.is_empty() { made_up(SPANS, each) } else { given.to_vec() };
        let samples = spread(&values, each, SAMPLES.min(count));
        let alone = count < 2 || samples.len() < 2;
        return if alone { Ok(Together::Alike) } else { judge_bound(&engine, shape, &samples, count) };
    }
    let count = if each > LARGE { LARGE_SAMPLES } else { SAMPLES };
    let judge = |values: &[f32]| judge(&engine, shape, &spread(values, each, count));
    if !given.is_empty() {
        return Ok(judge(given)?.unwrap_or(Together::Alike));
    }
    let made_up = |spans: [(f32, f32); SAMPLES]| judge(&made_up(spans, each));
    match made_up(SPANS) {
        Ok(Some(found)) => Ok(found),
        _ => Ok(made_up(SHORT_SPANS)?.unwrap_or(Together::Alike)),
    }
}

/// None where the outputs of `samples` say nothing: they are the same for all of them.
fn judge(engine: &Engine, shape: &[usize], samples: &[&[f32]]) -> Result<Option<Together>, EvaluateError> {
    let run = |samples: &[&[f32]]| {
        let shape: Vec<usize> = std::iter::once(samples.len()).chain(shape.iter().skip(1).copied()).collect();
        engine.run(Tensor::from_data(&shape, samples.concat()).view(), None, None)
    };
    let alone: Vec<Vec<f32>> =
        samples.iter().map(|sample| Ok(run(&[sample])?.to_vec())).collect::<Result<_, EvaluateError>>()?;
    let Some((own, others)) = alone.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Ok(None);
    };
    let Ok(together) = run(samples) else {
        return Ok(Some(Together::Refused));
    };
    let Some(together) = rows(&together, &alone).filter(|together| is_near(&alone, together)) else {
        return Ok(Some(Together::Mixed));
    };
    match is_unmoved(&run, samples, &together) {
        Ok(true) => {}
        Ok(false) => return Ok(Some(Together::Mixed)),
        Err(_) => return Ok(Some(Together::Refused)),
    }
    let differ = others.iter().any(|row| row.iter().zip(own).any(|(a, b)| !is_same(*a, *b)));
    Ok(differ.then_some(Together::Alike))
}

/// Whether each of `samples` gives in its place among copies of itself what it gives `together` with the others: in
/// the same place of as many samples, arithmetic is the same to the last bit.
fn is_unmoved(
    run: &impl Fn(&[&[f32]]) -> Result<Tensor<f32>, EvaluateError>,
    samples: &[&[f32]],
    together: &[f32],
) -> Result<bool, EvaluateError> {
    for (place, sample) in samples.iter().enumerate() {
        let copied = run(&vec![*sample; samples.len()])?.to_vec();
        let own = together.len() / samples.len();
        let mut both = together.iter().zip(&copied).skip(place * own).take(own);
        if copied.len() != together.len() || !both.all(|(a, b)| is_same(*a, *b)) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a file that fixes `count` samples does with these: none must change with the others.
fn judge_bound(
    engine: &Engine,
    shape: &[usize],
    samples: &[&[f32]],
    count: usize,
) -> Result<Together, EvaluateError> {
    let shape: Vec<usize> = std::iter::once(count).chain(shape.iter().skip(1).copied()).collect();
    let run = |samples: &[&[f32]]| {
        let values = samples.iter().cycle().take(count).copied().collect::<Vec<_>>().concat();
        engine.run(Tensor::from_data(&shape, values).view(), None, None)
    };
    let among = run(samples)?.to_vec();
    let own = among.len() / count.max(1) * samples.len();
    // As many places as there are samples; the rest repeats them.
    let unmoved = is_unmoved(&|given| Ok(first_places(run(given)?, own)), samples, &among[..own])?;
    Ok(if unmoved { Together::Alike } else { Together::Bound(count) })
}

/// The first `length` values of an output.
fn first_places(output: Tensor<f32>, length: usize) -> Tensor<f32> {
    let values = output.to_vec().into_iter().take(length).collect::<Vec<f32>>();
    Tensor::from_data(&[values.len()], values)
}

/// The values of an output with as many for each of the samples that gave `alone`; in how many rows is not
/// asked here.
fn rows(output: &Tensor<f32>, alone: &[Vec<f32>]) -> Option<Vec<f32>> {
    let width = alone.first()?.len();
    let even = width > 0 && alone.iter().all(|row| row.len() == width);
    (even && output.len() == alone.len() * width).then(|| output.to_vec())
}

fn is_same(a: f32, b: f32) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

/// Whether samples have nearly the same outputs together as alone.
fn is_near(alone: &[Vec<f32>], together: &[f32]) -> bool {
    let largest =
        |row: &[f32]| row.iter().filter(|v| v.is_finite()).fold(0.0_f32, |most, v| most.max(v.abs()));
    let scale = alone.iter().map(|row| largest(row)).fold(0.0, f32::max);
    let mut together = together.iter();
    alone.iter().all(|row| {
        let most = (TOLERANCE.0 * largest(row)).max(TOLERANCE.1 * scale);
        row.iter().zip(together.by_ref()).all(|(a, b)| is_same(*a, *b) || (a - b).abs() <= most)
    })
}

/// At most `count` samples of `each` values, spread over all in `values`.
fn spread(values: &[f32], each: usize, count: usize) -> Vec<&[f32]> {
    let all = values.len() / each.max(1);
    let taken = count.min(all);
    (0..taken).filter_map(|i| values.get(i * all / taken * each..)?.get(..each)).collect()
}

/// Samples of `each` values without a pattern, each between the ends of its span.
fn made_up(spans: [(f32, f32); SAMPLES], each: usize) -> Vec<f32> {
    let mut state = 1_u32;
    let mut next = |(least, most): (f32, f32)| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The upper bits: the lower ones have short periods.
        least + (most - least) * ((state >> 8) as f32 / (1_u32 << 24) as f32)
    };
    spans.into_iter().flat_map(|span| std::iter::repeat_n(span, each)).map(&mut next).collect()
}

#[cfg(test)]
mod tests {
    use super::{is_near, made_up, spread};

    #[test]
    fn samples_are_spread_over_all() {
        let values = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5];
        assert_eq!(spread(&values, 2, 2), [&values[..2], &values[4..6]]);
        assert_eq!(spread(&values, 2, 9).len(), 4);
        assert!(spread(&[], 2, 3).is_empty());
        let made = made_up([(-1.0, 1.0), (0.0, 255.0), (0.0, 1.0)], 50);
        assert!(made.len() == 150 && made[50..100].iter().any(|v| *v > 100.0));
        assert!(made[..50].iter().all(|v| v.abs() <= 1.0));
    }

    #[test]
    fn rounding_is_no_difference() {
        let alone = [vec![1.0, f32::NAN], vec![100.0, 0.0]];
        assert!(is_near(&alone, &[1.01, f32::NAN, 100.0, 0.05]));
        assert!(!is_near(&alone, &[1.2, f32::NAN, 100.0, 0.0]));
        assert!(!is_near(&alone, &[f32::NAN, f32::NAN, 100.0, 0.0]));
    }
}
