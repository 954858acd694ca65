//! Labels for every position of a sample (pixel, step), told by the shapes of labels and outputs.

use super::Wanted;
use super::choosing::Choosing;
use super::given::Given;

/// How labels lie over outputs.
pub(crate) struct Places {
    pub choosing: Choosing,
    /// Whether there is a value for each class of a position, 1 for the right one.
    pub one_hot: bool,
    /// What that means, as a sentence.
    pub note: String,
}

/// Positions with classes of their own, where the shapes say so.
pub(crate) fn find(given: &Given, wanted: &Wanted) -> Option<Places> {
    let output = &wanted.output[..];
    let (labels, long) = (long(&given.shape), long(output));
    let count: usize = labels.iter().product();
    let with = |classes_last: bool| Choosing { places: count, classes_last, ..Choosing::default() };
    // Positions may lie in one axis.
    let are = |places: &[usize]| places == labels || labels == [places.iter().product::<usize>()];
    let first = long.split_first().is_some_and(|(_, rest)| are(rest));
    let last = long.split_last().is_some_and(|(_, rest)| are(rest));
    let (choosing, one_hot) = match () {
        () if labels.is_empty() => return None,
        // Of steps the values lie side by side; of pixels in planes, unless the planes are too many.
        () if first && last => (with(long.len() == 2), false),
        () if first || last => (with(last), false),
        () if labels == long && output.len() > 1 => same(given, &long)?,
        () => return None,
    };
    Some(Places { choosing, one_hot, note: note(&given.shape, output, choosing) })
}

/// Labels of the outputs' own shape: one-hot values of each position, or one that is 0 or 1.
fn same(given: &Given, shape: &[usize]) -> Option<(Choosing, bool)> {
    if !given.is_binary() || shape.len() < 2 && given.is_shares() {
        return None;
    }
    let width: usize = shape.iter().product();
    let one_of = |classes_last: bool| {
        let classes = if classes_last { shape.last() } else { shape.first() };
        let places = width.checked_div(*classes?)?;
        let choosing = Choosing { places, classes_last, ..Choosing::default() };
        let one = |values: Vec<f32>| values.iter().filter(|value| **value == 1.0).count() == 1;
        let all = given.values.chunks_exact(width).all(|row| choosing.split(row).all(one));
        (places > 1 && all).then_some((choosing, true))
    };
    let alone = Choosing { places: width, classes_last: true, ..Choosing::default() };
    let maps = if shape.len() > 1 { one_of(shape.len() == 2).or(one_of(shape.len() != 2)) } else { None };
    maps.or(Some((alone, false)))
}

/// Sizes without axes of one.
fn long(shape: &[usize]) -> Vec<usize> {
    shape.iter().copied().filter(|size| *size != 1).collect()
}

fn note(labels: &[usize], output: &[usize], choosing: Choosing) -> String {
    let classes = choosing.classes_of(output.iter().product());
    let lie = match (classes, choosing.classes_last) {
        (1, _) => "one value for each",
        (_, true) => "the values of a position side by side",
        (_, false) => "a plane for each class",
    };
    format!(
        "Labels of shape {labels:?} give each of the {} positions of the output {output:?} a class ({lie}): the accuracy is the share of positions, its interval is that of as many samples.",
        choosing.places
    )
}

#[cfg(test)]
mod tests {
    use super::super::Wanted;
    use super::super::given::Given;
    use super::find;

    fn check(labels: &[usize], output: &[usize], values: Option<&[f32]>) -> Option<(usize, bool, bool)> {
        let count: usize = labels.iter().product();
        let values = values.map_or_else(|| vec![2.0; count], <[f32]>::to_vec);
        let given = Given::numbers(values, labels.to_vec());
        let wanted = Wanted {
            inputs: vec![("x".into(), vec![99])],
            outputs: output.iter().product(),
            output: output.to_vec(),
            ..Wanted::default()
        };
        find(&given, &wanted).map(|p| (p.choosing.places, p.choosing.classes_last, p.one_hot))
    }

    #[test]
    fn shapes_say_which_positions_have_classes() {
        assert_eq!(check(&[6, 5], &[2, 6, 5], None), Some((30, false, false)));
        assert_eq!(check(&[6, 5], &[6, 5, 2], None), Some((30, true, false)));
        assert_eq!(check(&[1, 6, 5], &[2, 6, 5], None), Some((30, false, false)));
        assert_eq!(check(&[7], &[7, 3], None), Some((7, true, false)));
        assert_eq!(check(&[7], &[3, 7], None), Some((7, false, false)));
        assert_eq!(check(&[3], &[3, 3], None), Some((3, true, false)));
        assert_eq!(check(&[3, 3], &[3, 3, 3], None), Some((9, false, false)));
        assert_eq!(check(&[30], &[2, 6, 5], None), Some((30, false, false)));
        assert_eq!(check(&[4], &[2, 6, 5], None), None);
        assert_eq!(check(&[3], &[3], None), None);
        assert_eq!(check(&[], &[3], None), None);
    }

    #[test]
    fn labels_of_the_outputs_shape_are_one_hot_or_binary() {
        let planes = [1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0];
        assert_eq!(check(&[2, 2, 2], &[2, 2, 2], Some(&planes)), Some((4, false, true)));
        let steps = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0];
        assert_eq!(check(&[2, 3], &[2, 3], Some(&steps)), Some((2, true, true)));
        let mask = [1.0, 1.0, 0.0, 1.0];
        assert_eq!(check(&[2, 2], &[1, 2, 2], Some(&mask)), Some((4, true, false)));
        assert_eq!(check(&[2, 2], &[1, 2, 2], None), None);
    }
}
