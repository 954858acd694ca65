//! Which calibration samples are held out of every fit and every choice, so that what is stated of a
//! compressed model is measured on samples that had no part in making it.

/// The fewest samples that say something about a model; as many again are needed to fit to.
pub(crate) const FEWEST: usize = 20;
/// One sample in so many is held out, where that makes enough.
const SHARE: usize = 5;

/// The indices of the samples to fit to and of those held out, of `samples` in all, both rising. None are
/// held out where too few would be left on either side.
///
/// One of each stretch of the file is drawn: files are sorted by class, or go round all classes in turn,
/// and every n-th sample would then be of one class.
pub(crate) fn split(samples: usize) -> (Vec<usize>, Vec<usize>) {
    let count = if samples < 2 * FEWEST { 0 } else { (samples / SHARE).max(FEWEST) };
    let mut random = fastrand::Rng::with_seed(0);
    // 64 bits: the same samples where sizes have 32.
    let edge = |index: usize| index as u64 * samples as u64 / count.max(1) as u64;
    let held: Vec<usize> =
        (0..count).map(|index| random.u64(edge(index)..edge(index + 1)) as usize).collect();
    let fitted = (0..samples).filter(|index| held.binary_search(index).is_err()).collect();
    (fitted, held)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn a_fifth_is_held_out_and_at_least_twenty() {
        for (samples, wanted) in [(1, 0), (39, 0), (40, 20), (99, 20), (100, 20), (101, 20), (500, 100)] {
            let (fitted, held) = split(samples);
            assert_eq!((fitted.len(), held.len()), (samples - wanted, wanted), "{samples}");
            let mut all = [fitted, held].concat();
            all.sort_unstable();
            assert!(all.into_iter().eq(0..samples), "{samples}");
        }
    }

    type Class = fn(usize) -> usize;

    #[test]
    fn classes_are_held_out_alike_however_they_lie_in_the_file() {
        let (_, held) = split(1000);
        let kinds: [(&str, Class); 3] =
            [("sorted", |i| i / 100), ("in turn", |i| i % 10), ("in fives", |i| i % 5)];
        for (name, class) in kinds {
            let mut counts = [0_usize; 10];
            for &index in &held {
                counts[class(index)] += 1;
            }
            let classes = if name == "in fives" { 5 } else { 10 };
            let even = 200 / classes;
            assert!(counts[..classes].iter().all(|n| (even / 2..=2 * even).contains(n)), "{name} {counts:?}");
        }
    }
}
