//! An order of the samples in which every prefix holds the classes in their shares.

use sepal_linalg::sort_by;
use std::collections::BTreeMap;

/// Indices of `labels`, classes interleaved in proportion; within a class the file's order.
///
/// The i-th of a class's n samples is placed at (i + 1/2) / n of the way.
pub(crate) fn interleaved(labels: &[i32]) -> Vec<usize> {
    let mut classes = BTreeMap::<i32, Vec<usize>>::new();
    for (index, &label) in labels.iter().enumerate() {
        classes.entry(label).or_default().push(index);
    }
    let mut placed: Vec<(f64, i32, usize)> = classes
        .iter()
        .flat_map(|(&label, members)| {
            let share = 1.0 / members.len() as f64;
            members.iter().enumerate().map(move |(i, &index)| ((i as f64 + 0.5) * share, label, index))
        })
        .collect();
    sort_by(&mut placed, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    placed.into_iter().map(|(_, _, index)| index).collect()
}

#[cfg(test)]
mod tests {
    use super::interleaved;

    #[test]
    fn every_prefix_holds_the_classes_in_their_shares() {
        let labels: Vec<i32> = (0..300).map(|i| i32::from(i >= 100)).collect();
        let order = interleaved(&labels);
        for length in [3, 30, 150] {
            let second = order[..length].iter().filter(|&&i| labels[i] == 1).count();
            assert!(second.abs_diff(length * 2 / 3) <= 1, "{second} of {length}");
        }
        let mut sorted = order;
        sorted.sort_unstable();
        assert_eq!(sorted, (0..300).collect::<Vec<_>>());
    }
}
