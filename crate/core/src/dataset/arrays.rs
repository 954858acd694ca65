//! Named arrays (`.npz`, or `.npy` files by their names): x are the inputs, y what is known of them;
//! scale and offset, if there, say how stored values become real ones.

use super::asked::{Asked, Shapes};
use super::axes::is_regrouped;
use super::given::Given;
use super::names::{exact, matched};
use super::{DatasetError, File, Raw, Scaling, Wanted, error};
use sepal_data::element::{Element, finite};
use sepal_data::npy::{self, Numbers, numbers, words};

const X: [&str; 7] = ["x", "x_test", "data", "images", "inputs", "features", "arr_0"];
/// Names of the array of labels or targets, the likeliest first.
pub const LABELS: [&str; 7] = ["y", "y_test", "labels", "targets", "label", "target", "arr_1"];
/// Names that are never taken for inputs.
const OTHERS: [&str; 2] = ["scale", "offset"];

/// Reads arrays.
pub(crate) fn read(asked: &Asked) -> Result<Raw, DatasetError> {
    read_arrays(&asked.files, asked.wanted).map_err(|reason| error(asked.name, reason))
}

fn read_arrays(files: &[&File], wanted: &Wanted) -> Result<Raw, String> {
    let arrays = Arrays { files: files.to_vec() };
    let Inputs { x, used, mut notes } = arrays.inputs(wanted)?;
    let count = x.shape.first().copied().unwrap_or(0);
    let is_used = |file: &File| used.iter().any(|own| std::ptr::eq(*own, file));
    let rest = Arrays { files: arrays.files.iter().filter(|file| !is_used(file)).copied().collect() };
    let mut class_names = Vec::new();
    let given = rest.find(&LABELS).map(|file| -> Result<Given, String> {
        let (given, names) = answers(file, count)?;
        class_names = names;
        Ok(given)
    });
    let given = given.transpose()?;
    if !class_names.is_empty() {
        let shown: Vec<&str> = class_names.iter().take(12).map(String::as_str).collect();
        notes.push(format!("Labels are words; the classes are they, sorted: {}.", shown.join(", ")));
    }
    let of = |wanted: &str| rest.find(&[wanted]).map(open).transpose();
    let scaling = scaling(of("scale")?, of("offset")?, &x.shape)?;
    Ok(Raw { given, scaling, class_names, notes, ..Raw::new(x.values, x.shape, x.element) })
}

/// The shape of a sample of the array for each of the model's inputs, by the input's place.
pub(crate) fn shapes(asked: &Asked) -> Shapes {
    let (arrays, wanted) = (Arrays { files: asked.files.clone() }, asked.wanted);
    let own = arrays.own(wanted, matched);
    let own = if own.len() > 1 { own } else { vec![arrays.lone(&own, wanted).ok()] };
    let sample = |file: &File| Some(npy::shape(&file.bytes)?.get(1..)?.to_vec());
    own.into_iter().enumerate().filter_map(|(at, file)| Some((at, sample(file?)?))).collect()
}

/// An array's name with its folders: that of its file, without the ending.
fn path_of(file: &File) -> &str {
    file.name.strip_suffix(".npy").unwrap_or(&file.name)
}

/// The same without folders.
fn name_of(file: &File) -> &str {
    let path = path_of(file);
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn open(file: &File) -> Result<Numbers, String> {
    let name = path_of(file);
    let array = numbers(&file.bytes).map_err(|reason| format!("array {name} {reason}"))?;
    let count = array.shape.first().copied().unwrap_or(1);
    finite(&format!("array {name}"), &array.values, count)?;
    Ok(array)
}

/// Named arrays.
struct Arrays<'a> {
    files: Vec<&'a File>,
}

/// What a model reads, the arrays that it was taken from, and what was assumed.
struct Inputs<'a> {
    x: Numbers,
    used: Vec<&'a File>,
    notes: Vec<String>,
}

impl<'a> Arrays<'a> {
    /// The array of the first of `names` that is there, small and large letters told apart where both are.
    fn find(&self, names: &[&str]) -> Option<&'a File> {
        let same = |name: &str| self.files.iter().find(|file| name_of(file) == name);
        let alike = |name: &str| self.files.iter().find(|file| name_of(file).eq_ignore_ascii_case(name));
        names.iter().find_map(|name| same(name).or_else(|| alike(name)).copied())
    }

    /// For each input the array that bears its name, by `way`.
    fn own(&self, wanted: &Wanted, way: fn(&[&str], &[&str]) -> Vec<Option<usize>>) -> Vec<Option<&'a File>> {
        let inputs: Vec<&str> = wanted.inputs.iter().map(|(name, _)| name.as_str()).collect();
        let arrays: Vec<&str> = self.files.iter().map(|file| path_of(file)).collect();
        let found = way(&inputs, &arrays);
        found.into_iter().map(|index| self.files.get(index?).copied()).collect()
    }

    /// The inputs: each by its own name where the model has several, else x, else the only other array.
    fn inputs(&self, wanted: &Wanted) -> Result<Inputs<'a>, String> {
        let own = self.own(wanted, matched);
        if own.len() > 1 && own.iter().any(Option::is_some) {
            return self.packed(&own, wanted);
        }
        let file = self.lone(&own, wanted)?;
        let (mut x, mut notes) = (open(file)?, Vec::new());
        if let Some(turned) = samples_first(&x, wanted) {
            let (name, axis) = (path_of(file), wanted.batch_axis);
            notes.push(format!("Samples lie along axis {axis} of array {name}, as in the model's input."));
            x = turned;
        }
        Ok(Inputs { x, used: vec![file], notes })
    }

    /// The array that is all of the input: that of the input's very name, else x, else one like it, else the only
    /// one.
    fn lone(&self, own: &[Option<&'a File>], wanted: &Wanted) -> Result<&'a File, String> {
        let is_answer = |file: &&File| LABELS.iter().any(|y| name_of(file).eq_ignore_ascii_case(y));
        let is_other = |file: &&File| OTHERS.iter().any(|other| name_of(file).eq_ignore_ascii_case(other));
        // One that has the input's very name, unless it is how answers are called too.
        let called = self.own(wanted, exact).first().copied().flatten();
        let named = called
            .filter(|file| !is_answer(file) || self.find(&X).is_none())
            .or_else(|| self.find(&X))
            .or_else(|| own.first().copied().flatten());
        let rest = self.files.iter().copied().filter(|file| !is_answer(file) && !is_other(file));
        let rest: Vec<&'a File> = rest.collect();
        match (named, &rest[..]) {
            (Some(file), _) => Ok(file),
            (None, [only]) => Ok(only),
            (None, []) => Err("it has no array x".into()),
            (None, several) => Err(format!("it has no array x, but {}", listed(several))),
        }
    }

    /// The arrays of several inputs, packed sample by sample in the order of the inputs.
    fn packed(&self, own: &[Option<&'a File>], wanted: &Wanted) -> Result<Inputs<'a>, String> {
        let mut used = Vec::new();
        let mut parts = Vec::new();
        for (file, (name, shape)) in own.iter().zip(&wanted.inputs) {
            let missing = || {
                let there = listed(&self.files);
                format!("it has no array that can only be the model's input '{name}'; its arrays are {there}")
            };
            let file = file.ok_or_else(missing)?;
            used.push(file);
            parts.push(part(file, name, shape)?);
        }
        let count = parts.first().and_then(|(array, _)| array.shape.first()).copied().unwrap_or(0);
        if parts.iter().any(|(array, _)| array.shape.first() != Some(&count)) {
            return Err("the arrays of its inputs have different numbers of samples".into());
        }
        let mut values = Vec::with_capacity(parts.iter().map(|(array, _)| array.values.len()).sum());
        for sample in 0..count {
            for (array, each) in &parts {
                let own = array.values.get(sample * each..(sample + 1) * each);
                values.extend_from_slice(own.unwrap_or_default());
            }
        }
        let bytes = parts.iter().filter(|(array, _)| array.element == Element::Byte).count();
        let element = if bytes == parts.len() { Element::Byte } else { Element::Float };
        let mut notes = Vec::new();
        if bytes > 0 && bytes < parts.len() {
            notes
                .push("Some arrays hold bytes and others do not, so all values are read as they are.".into());
        }
        let x = Numbers { values, shape: vec![count, wanted.size()], element };
        Ok(Inputs { x, used, notes })
    }
}

/// `x` with its samples first, where they lie along the axis along which the model has them, and only there.
fn samples_first(x: &Numbers, wanted: &Wanted) -> Option<Numbers> {
    let (axis, sample) = (wanted.batch_axis, wanted.shape());
    let mut rest = x.shape.clone();
    if axis == 0 || axis >= rest.len() || x.shape.get(1..) == Some(&sample[..]) {
        return None;
    }
    let count = rest.remove(axis);
    if rest != sample {
        return None;
    }
    let inner: usize = rest.get(axis..)?.iter().product::<usize>().max(1);
    let rows = || x.values.chunks_exact(inner);
    let values = (0..count).flat_map(|sample| rows().skip(sample).step_by(count).flatten().copied());
    Some(Numbers { values: values.collect(), shape: [vec![count], rest].concat(), element: x.element })
}

/// The array of the input called `name`, and how many values of it a sample has.
fn part(file: &File, name: &str, shape: &[usize]) -> Result<(Numbers, usize), String> {
    let array = open(file)?;
    let count = array.shape.first().copied().unwrap_or(0);
    let (each, needed) = (array.values.len() / count.max(1), shape.iter().product::<usize>());
    if each != needed {
        return Err(format!("a sample of array {name} has {each} values, the input needs {needed}"));
    }
    let stored = array.shape.get(1..).unwrap_or_default();
    if !is_regrouped(stored, shape) {
        return Err(format!(
            "a sample of array {name} has the shape {stored:?}, the input needs {shape:?}: bring its axes into that order"
        ));
    }
    Ok((array, each))
}

/// The names of the first of `files`.
fn listed(files: &[&File]) -> String {
    let names: Vec<&str> = files.iter().take(8).map(|file| path_of(file)).collect();
    names.join(", ")
}

/// What the array of answers says of `samples`, and the names of classes.
fn answers(file: &File, samples: usize) -> Result<(Given, Vec<String>), String> {
    let differ = |count: usize| format!("it has {samples} samples and {count} labels");
    let named = |reason: String| format!("array {} {reason}", path_of(file));
    if let Some(found) = words(&file.bytes).map_err(named)? {
        if found.len() != samples {
            return Err(differ(found.len()));
        }
        let number = |word: &String| word.trim().parse().ok().filter(|value: &f32| value.is_finite());
        let numbers: Option<Vec<f32>> = found.iter().map(number).collect();
        return Ok(match numbers {
            Some(numbers) => (Given::numbers(numbers, Vec::new()), Vec::new()),
            None => Given::words(&found),
        });
    }
    let y = open(file)?;
    let count = y.shape.first().copied().unwrap_or(0);
    if samples != count {
        return Err(differ(count));
    }
    Ok((Given::numbers(y.values, y.shape.get(1..).unwrap_or_default().to_vec()), Vec::new()))
}

fn scaling(
    scale: Option<Numbers>,
    offset: Option<Numbers>,
    shape: &[usize],
) -> Result<Option<Scaling>, String> {
    let Some(scale) = scale else { return Ok(None) };
    let scale = scale.values;
    let offset = offset.map_or_else(|| vec![0.0; scale.len()], |o| o.values);
    let sizes = shape.get(1..).unwrap_or_default();
    let fits = scale.len() == 1 || sizes.first() == Some(&scale.len()) || sizes.last() == Some(&scale.len());
    if scale.is_empty() || scale.len() != offset.len() || !fits {
        return Err("scale and offset need one value, or one per channel".into());
    }
    Ok(Some(Scaling { scale, offset, stated: true }))
}
