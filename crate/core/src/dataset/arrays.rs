//! Named arrays (`.npz`, or `.npy` files by their names): x are the inputs, y what is known of them;
//! scale and offset, if there, say how stored values become real ones.

use super::element::Element;
use super::given::Given;
use super::npy::{Numbers, is_npy, numbers};
use super::{DatasetError, File, Raw, Scaling, Wanted, error};

const X: [&str; 7] = ["x", "x_test", "data", "images", "inputs", "features", "arr_0"];
const Y: [&str; 7] = ["y", "y_test", "labels", "targets", "label", "target", "arr_1"];
/// Names that are never taken for inputs.
const OTHERS: [&str; 2] = ["scale", "offset"];

/// Reads the arrays among `files`; `name` is what they came in.
pub(crate) fn read(name: &str, files: &[File], wanted: &Wanted) -> Result<Raw, DatasetError> {
    let fail = |reason: String| error(name, reason);
    let arrays: Vec<&File> = files.iter().filter(|file| is_npy(&file.bytes)).collect();
    let x = inputs(&arrays, wanted).map_err(&fail)?;
    let y = find(&arrays, &Y).map(open).transpose().map_err(&fail)?;
    let of = |wanted: &str| find(&arrays, &[wanted]).map(open).transpose().map_err(&fail);
    let (scale, offset) = (of("scale")?, of("offset")?);
    Ok(Raw {
        given: y.map(|y| given(y, &x)).transpose().map_err(&fail)?,
        scaling: scaling(scale, offset, &x.shape).map_err(&fail)?,
        ..Raw::new(x.values, x.shape, x.element)
    })
}

/// An array's name: that of its file, without the ending.
fn name_of(file: &File) -> String {
    let last = file.name.rsplit(['/', '\\']).next().unwrap_or(&file.name);
    let last = last.strip_suffix(".npy").unwrap_or(last);
    last.to_lowercase()
}

fn find<'a>(arrays: &[&'a File], names: &[&str]) -> Option<&'a File> {
    names.iter().find_map(|name| arrays.iter().find(|file| name_of(file) == *name).copied())
}

fn open(file: &File) -> Result<Numbers, String> {
    numbers(&file.bytes).map_err(|reason| format!("array {} {reason}", name_of(file)))
}

/// The inputs: each by its own name where the model has several, else x, else the only other array.
fn inputs(arrays: &[&File], wanted: &Wanted) -> Result<Numbers, String> {
    let own: Vec<Option<&File>> =
        wanted.inputs.iter().map(|(name, _)| find(arrays, &[&plain(name)])).collect();
    if own.len() > 1 && own.iter().any(Option::is_some) {
        return packed(&own, wanted);
    }
    let named = find(arrays, &X).or(own.first().copied().flatten());
    let rest: Vec<&&File> = arrays
        .iter()
        .filter(|file| {
            let name = name_of(file);
            !Y.contains(&name.as_str()) && !OTHERS.contains(&name.as_str())
        })
        .collect();
    match (named, &rest[..]) {
        (Some(file), _) => open(file),
        (None, [only]) => open(only),
        (None, []) => Err("it has no array x".into()),
        (None, several) => {
            let names: Vec<String> = several.iter().take(8).map(|file| name_of(file)).collect();
            Err(format!("it has no array x, but {}", names.join(", ")))
        }
    }
}

fn plain(name: &str) -> String {
    name.split(':').next().unwrap_or(name).to_lowercase()
}

/// The arrays of several inputs, packed sample by sample in the order of the inputs.
fn packed(own: &[Option<&File>], wanted: &Wanted) -> Result<Numbers, String> {
    let mut parts = Vec::new();
    for (file, (name, shape)) in own.iter().zip(&wanted.inputs) {
        let array = open(file.ok_or_else(|| format!("it has no array for the model's input '{name}'"))?)?;
        let count = array.shape.first().copied().unwrap_or(0);
        let (each, needed) = (array.values.len() / count.max(1), shape.iter().product::<usize>());
        if each != needed {
            return Err(format!("a sample of array {name} has {each} values, the input needs {needed}"));
        }
        parts.push((array, each));
    }
    let count = parts.first().and_then(|(array, _)| array.shape.first()).copied().unwrap_or(0);
    if parts.iter().any(|(array, _)| array.shape.first() != Some(&count)) {
        return Err("the arrays of its inputs have different numbers of samples".into());
    }
    let mut values = Vec::with_capacity(parts.iter().map(|(array, _)| array.values.len()).sum());
    for sample in 0..count {
        for (array, each) in &parts {
            values
                .extend_from_slice(array.values.get(sample * each..(sample + 1) * each).unwrap_or_default());
        }
    }
    let total = wanted.size();
    let same = parts.iter().all(|(array, _)| array.element == Element::Byte);
    Ok(Numbers {
        values,
        shape: vec![count, total],
        element: if same { Element::Byte } else { Element::Float },
    })
}

/// What y says, checked against the number of samples.
fn given(y: Numbers, x: &Numbers) -> Result<Given, String> {
    let (samples, count) = (x.shape.first().copied().unwrap_or(0), y.shape.first().copied().unwrap_or(0));
    if samples != count {
        return Err(format!("it has {samples} samples and {count} labels"));
    }
    let width = y.values.len().checked_div(count).unwrap_or(0).max(1);
    Ok(Given { values: y.values, width, are_classes: false })
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
