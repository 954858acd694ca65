//! Sizes that a model's file leaves open: what is said of them, what samples tell, and what is guessed.

use crate::collect::collected;
use crate::graph::{FreeAxis, Graph, declared_inputs, free_axes};
use crate::session::SessionError;
use crate::session::view::SizeView;
use std::collections::{BTreeMap, BTreeSet};

/// Sizes by the names of their axes.
pub(in crate::session) type Sizes = BTreeMap<String, usize>;

/// Sizes that are tried for axes of which nothing is known: usual pictures, then usual sequences, then what
/// some models ask for.
pub(in crate::session) const TRIED: [usize; 10] = [224, 96, 32, 28, 16, 128, 64, 48, 256, 1];

/// What is known of the open axes before anything is guessed.
#[derive(Clone, Debug, Default)]
pub(in crate::session) struct Known {
    /// Stated by the user.
    pub(in crate::session) said: Sizes,
    /// Told by samples.
    pub(in crate::session) told: Sizes,
}

impl Known {
    /// Only what is said.
    pub(in crate::session) fn said(said: Sizes) -> Self {
        Self { said, told: Sizes::new() }
    }

    /// The size of an axis.
    pub(in crate::session) fn get(&self, name: &str) -> Option<usize> {
        self.said.get(name).or_else(|| self.told.get(name)).copied()
    }

    /// As it is shown, where `guess` stands for what is not known.
    pub(in crate::session) fn view(&self, name: &str, guess: usize) -> SizeView {
        let known = self.get(name);
        SizeView {
            name: name.into(),
            size: known.unwrap_or(guess),
            assumed: known.is_none(),
            from_samples: !self.said.contains_key(name) && self.told.contains_key(name),
        }
    }
}

/// What `asked` says of the open axes of `graph`: by an axis's name, by `INPUT[AXIS]`, or by an input's name
/// where only one of its axes is open. Axes that the file states may be repeated.
///
/// # Errors
/// A name that the model does not have, or a size that its file states otherwise.
pub(in crate::session) fn said(graph: &Graph, asked: &Sizes) -> Result<Sizes, SessionError> {
    let (free, inputs) = (free_axes(graph), declared_inputs(graph));
    let mut found = Sizes::new();
    for (key, &size) in asked {
        let name = match place(key, &free, &inputs) {
            _ if size == 0 => return Err(refused(format!("the size '{key}' is 0: give 1 or more"))),
            Some(Place::Open(name)) => name,
            Some(Place::Stated(stated)) if stated == size => continue,
            Some(Place::Stated(stated)) => {
                return Err(refused(format!("the size '{key}' is {stated} in the model, not {size}")));
            }
            Some(Place::Batch) if size == 1 => continue,
            Some(Place::Batch) => {
                let reason = format!("'{key}' is the number of samples: sizes are for one, so give 1");
                return Err(refused(reason));
            }
            None => return Err(refused(unknown(key, &free, &inputs))),
        };
        if found.insert(name.clone(), size).is_some_and(|other| other != size) {
            return Err(refused(format!("two sizes are given for '{name}'")));
        }
    }
    whole(asked, &inputs)?;
    Ok(found)
}

/// What a key means.
enum Place {
    /// The open axis of this name.
    Open(String),
    /// An axis of this size.
    Stated(usize),
    /// The open first axis.
    Batch,
}

fn place(key: &str, free: &[FreeAxis], inputs: &[(String, Vec<usize>)]) -> Option<Place> {
    let open = |axis: &FreeAxis| Place::Open(axis.name.clone());
    if let Some(axis) = free.iter().find(|axis| axis.name == key) {
        return Some(open(axis));
    }
    if let Some((input, at)) = numbered(key) {
        let (_, shape) = inputs.iter().find(|(name, _)| name == input)?;
        let size = *shape.get(at)?;
        let own = free.iter().find(|axis| axis.input == input && axis.axis == at);
        return Some(match own {
            Some(axis) => open(axis),
            None if at == 0 && size == 1 => Place::Batch,
            None => Place::Stated(size),
        });
    }
    let own: Vec<&FreeAxis> = free.iter().filter(|axis| axis.input == key).collect();
    if let [only] = own[..] { Some(open(only)) } else { None }
}

/// `INPUT[AXIS]`, taken apart.
fn numbered(key: &str) -> Option<(&str, usize)> {
    let (input, axis) = key.strip_suffix(']')?.rsplit_once('[')?;
    Some((input, axis.parse().ok()?))
}

/// Where the first axis of an input is given, all of them must be: it was stated as a whole.
fn whole(asked: &Sizes, inputs: &[(String, Vec<usize>)]) -> Result<(), SessionError> {
    for (input, shape) in inputs {
        let given = asked.keys().filter_map(|key| numbered(key)).filter(|(name, _)| name == input);
        let given: BTreeSet<usize> = collected(given.map(|(_, axis)| axis));
        if given.contains(&0) && given.len() != shape.len() {
            let (axes, count) = (shape.len(), given.len());
            let reason = format!(
                "the input '{input}' has {axes} axes with that of the samples (1) first, not {count}"
            );
            return Err(refused(reason));
        }
    }
    Ok(())
}

fn unknown(key: &str, free: &[FreeAxis], inputs: &[(String, Vec<usize>)]) -> String {
    if let Some((_, shape)) = numbered(key).and_then(|(input, _)| inputs.iter().find(|(n, _)| n == input)) {
        return format!("there is no '{key}': the input has {} axes", shape.len());
    }
    let names: BTreeSet<&str> = collected(free.iter().map(|axis| axis.name.as_str()));
    if names.is_empty() {
        return format!(
            "the model has no open size '{key}': its file states all sizes but the number of samples"
        );
    }
    let names: Vec<&str> = names.into_iter().collect();
    format!("the model has no open size '{key}', but {}", names.join(", "))
}

fn refused(reason: String) -> SessionError {
    SessionError::Options(reason)
}

/// A sentence about sizes that were not said.
pub(in crate::session) fn notes(sizes: &[SizeView]) -> Vec<String> {
    let list = |wanted: fn(&SizeView) -> bool| -> Option<String> {
        let named: Vec<String> =
            sizes.iter().filter(|s| wanted(s)).map(|s| format!("{} = {}", s.name, s.size)).collect();
        (!named.is_empty()).then(|| named.join(", "))
    };
    let guessed = list(|size| size.assumed).map(|list| {
        format!(
            "Sizes guessed: {list}. MACs, memory and device limits follow from them; samples of another size set them, else state them with --size (on the page under 'Input sizes')."
        )
    });
    let told = list(|size| size.from_samples).map(|list| format!("Sizes taken from the samples: {list}."));
    guessed.into_iter().chain(told).collect()
}

/// What is added to a reason that follows from guessed sizes; nothing where none were guessed.
pub(in crate::session) fn because(sizes: &[SizeView]) -> String {
    let guessed: Vec<String> = sizes
        .iter()
        .filter(|size| size.assumed)
        .map(|size| format!("{} = {}", size.name, size.size))
        .collect();
    if guessed.is_empty() {
        return String::new();
    }
    format!(
        "; this follows from guessed sizes ({}): open samples of the true size, or state it with --size",
        guessed.join(", ")
    )
}

/// An axis of an input, for one sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::session) enum Axis {
    /// Of this size.
    Fixed(usize),
    /// Of a size that samples may tell, by its name.
    Open(String),
}

/// The shapes that a stored one may stand for.
type Read = fn(&[usize]) -> Vec<Vec<usize>>;

/// The sizes of the open axes of `pattern` for samples that are stored in `shape`, the plainest reading first: as
/// they are, channels last or first, grey or coloured; the same without axes of one; in a row.
pub(in crate::session) fn readings(pattern: &[Axis], shape: &[usize]) -> Vec<BTreeSet<Sizes>> {
    let of = |read: Read, exact: bool| -> BTreeSet<Sizes> {
        let mut found = BTreeSet::new();
        for shape in read(shape) {
            align(pattern, &shape, &Sizes::new(), exact, &mut found);
        }
        found
    };
    let reads: [Read; 3] = [|shape| vec![shape.to_vec()], turned, recoloured];
    let all = [true, false].into_iter().flat_map(|exact| reads.map(|read| of(read, exact)));
    let mut found: Vec<BTreeSet<Sizes>> = all.collect();
    found.push(collected(in_a_row(pattern, shape)));
    found.retain(|sizes| !sizes.is_empty());
    found
}

/// The last axis moved to the front, and the first one to the back.
fn turned(shape: &[usize]) -> Vec<Vec<usize>> {
    if shape.len() < 2 {
        return Vec::new();
    }
    let (mut right, mut left) = (shape.to_vec(), shape.to_vec());
    right.rotate_right(1);
    left.rotate_left(1);
    vec![right, left]
}

/// A picture with 1 or 3 channels in place of 3, 4 or 1, in either layout, or with a channel that it has not.
fn recoloured(shape: &[usize]) -> Vec<Vec<usize>> {
    let plane = match *shape {
        [rows, columns] | [rows, columns, 1 | 3 | 4] | [1 | 3 | 4, rows, columns] => [rows, columns],
        _ => return Vec::new(),
    };
    let [rows, columns] = plane;
    [1, 3].into_iter().flat_map(|c| [vec![c, rows, columns], vec![rows, columns, c]]).collect()
}

/// The one open axis of a sample that is stored without axes.
fn in_a_row(pattern: &[Axis], shape: &[usize]) -> Option<Sizes> {
    let [length] = *shape else { return None };
    let open: Vec<&String> = pattern
        .iter()
        .filter_map(|axis| if let Axis::Open(name) = axis { Some(name) } else { None })
        .collect();
    let [name] = open[..] else { return None };
    let mut fixed = pattern.iter().map(|axis| if let Axis::Fixed(size) = axis { *size } else { 1 });
    let fixed = fixed.try_fold(1_usize, usize::checked_mul).filter(|fixed| *fixed > 0)?;
    let size = (length % fixed == 0).then_some(length / fixed).filter(|size| *size > 0)?;
    Some(collected([(name.clone(), size)]))
}

/// Adds to `found` every way in which `stored` fits `pattern`; unless `exact`, axes of one may be on one side only.
fn align(pattern: &[Axis], stored: &[usize], so_far: &Sizes, exact: bool, found: &mut BTreeSet<Sizes>) {
    if pattern.is_empty() && stored.is_empty() {
        found.insert(so_far.clone());
        return;
    }
    if let (Some((axis, rest)), Some((size, after))) = (pattern.split_first(), stored.split_first()) {
        match axis {
            Axis::Fixed(own) if own == size => align(rest, after, so_far, exact, found),
            Axis::Open(name) if *size > 0 && so_far.get(name).is_none_or(|own| own == size) => {
                let mut more = so_far.clone();
                more.insert(name.clone(), *size);
                align(rest, after, &more, exact, found);
            }
            _ => {}
        }
    }
    if exact {
        return;
    }
    if let Some((Axis::Fixed(1), rest)) = pattern.split_first() {
        align(rest, stored, so_far, exact, found);
    }
    if let Some((1, after)) = stored.split_first() {
        align(pattern, after, so_far, exact, found);
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, Sizes, notes, readings};
    use crate::session::SizeView;
    use std::collections::BTreeSet;

    fn open(name: &str) -> Axis {
        Axis::Open(name.into())
    }

    fn first(pattern: &[Axis], shape: &[usize]) -> Option<BTreeSet<Sizes>> {
        readings(pattern, shape).into_iter().next()
    }

    fn sizes(list: &[(&str, usize)]) -> BTreeSet<Sizes> {
        [list.iter().map(|(name, size)| ((*name).to_owned(), *size)).collect()].into()
    }

    #[test]
    fn stored_shapes_tell_open_axes() {
        let picture = [Axis::Fixed(3), open("h"), open("w")];
        let lines = sizes(&[("h", 48), ("w", 192)]);
        for stored in [&[3, 48, 192][..], &[48, 192, 3], &[48, 192, 1], &[48, 192], &[1, 48, 192]] {
            assert_eq!(first(&picture, stored).as_ref(), Some(&lines), "{stored:?}");
        }
        assert_eq!(first(&picture, &[2, 48, 192]), None);
        let sequence = [Axis::Fixed(1), open("t"), Axis::Fixed(10)];
        for stored in [&[1, 49, 10][..], &[49, 10], &[49, 10, 1], &[10, 49], &[490]] {
            assert_eq!(first(&sequence, stored), Some(sizes(&[("t", 49)])), "{stored:?}");
        }
        assert_eq!(first(&sequence, &[491]), None);
        // One name is one size.
        assert_eq!(first(&[open("side"), open("side")], &[8, 9]), None);
        assert_eq!(first(&[open("side"), open("side")], &[8, 8]), Some(sizes(&[("side", 8)])));
    }

    #[test]
    fn guessed_sizes_are_called_so() {
        let size = |name: &str, assumed, from_samples| SizeView {
            name: name.into(),
            size: 8,
            assumed,
            from_samples,
        };
        let found = notes(&[size("h", true, false), size("w", false, true), size("c", false, false)]);
        assert!(found[0].starts_with("Sizes guessed: h = 8. MACs, memory and device limits follow"));
        assert_eq!(found[1], "Sizes taken from the samples: w = 8.");
        assert_eq!(found.len(), 2);
    }
}
