//! Weights that are stored in a file beside the model's: put into the model.

use super::ImportError;
use crate::collect::collected;
use crate::graph::proto::TensorProto;
use crate::graph::{Edit, Graph, bytes_of};
use std::collections::BTreeSet;

/// `data_location` of a tensor in another file.
const EXTERNAL: i32 = 1;

/// The model called `name` with all weights inside, those of `files` (names and bytes) put in; `None`
/// where they are inside already.
///
/// # Errors
/// A file that is missing, and what to drop; a place that is not in the file.
pub(super) fn inline(
    name: &str,
    graph: &Graph,
    files: &[(String, Vec<u8>)],
) -> Result<Option<Edit>, ImportError> {
    let outside: Vec<&TensorProto> =
        graph.proto().initializer.iter().filter(|t| t.data_location == EXTERNAL).collect();
    let incomplete = |reason: String| ImportError::Missing { name: name.into(), reason };
    all_there(name, &outside, files).map_err(incomplete)?;
    let mut edit = Edit::default();
    for tensor in outside {
        let raw_data = content(name, tensor, files).map_err(incomplete)?;
        edit.drop.insert(tensor.name.clone());
        edit.add.push(TensorProto {
            raw_data,
            external_data: Vec::new(),
            data_location: 0,
            ..tensor.clone()
        });
    }
    Ok((!edit.add.is_empty()).then_some(edit))
}

/// The paths of all files that hold weights of `graph`, as they are stored, with `/` between folders; only those
/// in the model's folder or below it.
pub(super) fn names(graph: &Graph) -> BTreeSet<String> {
    let outside = graph.proto().initializer.iter().filter(|t| t.data_location == EXTERNAL);
    collected(outside.filter_map(|tensor| location(tensor).ok()))
}

/// The value of `key` in where `tensor` lies.
fn entry<'a>(tensor: &'a TensorProto, key: &str) -> Option<&'a str> {
    tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.trim())
}

/// The path of the file that `tensor` lies in, from the model's folder.
fn location(tensor: &TensorProto) -> Result<String, String> {
    let path = entry(tensor, "location").unwrap_or_default();
    inside(path).ok_or_else(|| {
        let name = &tensor.name;
        format!(
            "its weights '{name}' are stored at '{path}', outside its folder: store them beside the model"
        )
    })
}

/// Names all files at once that are not there.
fn all_there(model: &str, tensors: &[&TensorProto], files: &[(String, Vec<u8>)]) -> Result<(), String> {
    let named: Vec<String> = tensors.iter().map(|tensor| location(tensor)).collect::<Result<_, _>>()?;
    let named: BTreeSet<String> = collected(named);
    let missing: Vec<String> = named.into_iter().filter(|path| file(model, path, files).is_none()).collect();
    let sentence = match missing.as_slice() {
        [] => return Ok(()),
        [path] => format!("are stored in '{path}', which is missing: open {model} and {path} together"),
        many => {
            let list = many.iter().map(|path| format!("'{path}'")).collect::<Vec<_>>().join(", ");
            format!("are stored in {list}, which are missing: open them together with {model}")
        }
    };
    Err(format!("its weights {sentence}"))
}

/// The one of `files` that `path` means, seen from the model's folder. Files may be given with their paths, from
/// wherever they were taken, or by their names alone: the file in the model's folder is meant before one whose
/// path ends like this, and that before the only one of the same name.
fn file<'a>(model: &str, path: &str, files: &'a [(String, Vec<u8>)]) -> Option<&'a [u8]> {
    let only = |fits: &dyn Fn(&str) -> bool| {
        let mut found = files.iter().filter(|(name, _)| fits(&name.replace('\\', "/")));
        found.next().filter(|_| found.next().is_none()).map(|(_, bytes)| bytes.as_slice())
    };
    let model = model.replace('\\', "/");
    let beside =
        model.rsplit_once('/').map_or_else(|| path.to_owned(), |(folder, _)| format!("{folder}/{path}"));
    let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
    let ending = format!("/{path}");
    only(&|name| name == beside || name.strip_prefix("./") == Some(&beside))
        .or_else(|| only(&|name| name == path || name.ends_with(&ending)))
        .or_else(|| only(&|name| last(name) == last(path)))
}

/// The bytes of `tensor`.
fn content(model: &str, tensor: &TensorProto, files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let path = location(tensor)?;
    let bytes = file(model, &path, files);
    let needed = bytes_of(tensor);
    let number =
        |key: &str, default: usize| entry(tensor, key).map_or(Some(default), |text| text.parse().ok());
    let range = number("offset", 0).zip(number("length", needed)).filter(|(_, length)| *length == needed);
    let found =
        range.zip(bytes).and_then(|((from, length), bytes)| bytes.get(from..from.checked_add(length)?));
    found.map(<[u8]>::to_vec).ok_or_else(|| {
        format!(
            "its weights '{}' need {needed} bytes of '{path}' that are not there: is it the file of this model?",
            tensor.name
        )
    })
}

/// `path` with `/` between its parts, where it stays in its folder.
fn inside(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    let leaves = parts.contains(&"..") || parts.first() == Some(&"") || path.contains(':');
    let kept: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty() && *part != ".").collect();
    (!leaves && !kept.is_empty() && !path.ends_with(['/', '\\'])).then(|| kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{file, inside};

    #[test]
    fn only_paths_inside_the_folder_count() {
        for (path, expected) in [
            ("m.onnx.data", Some("m.onnx.data")),
            ("./weights/m.data", Some("weights/m.data")),
            ("weights\\m.data", Some("weights/m.data")),
            ("a//b", Some("a/b")),
            ("a/", None),
            ("../m.data", None),
            ("a/../../m.data", None),
            ("/etc/passwd", None),
            ("C:\\m.data", None),
            ("\\\\host\\m.data", None),
            ("", None),
        ] {
            assert_eq!(inside(path).as_deref(), expected, "{path}");
        }
    }

    #[test]
    fn a_file_is_found_by_its_place_then_by_its_name() {
        let files = |names: &[&str]| -> Vec<(String, Vec<u8>)> {
            names.iter().enumerate().map(|(at, name)| ((*name).into(), vec![at as u8])).collect()
        };
        let found = |model: &str, path: &str, names: &[&str]| file(model, path, &files(names)).map(|b| b[0]);
        assert_eq!(found("m.onnx", "d/w.bin", &["d/w.bin", "e/w.bin"]), Some(0));
        assert_eq!(found("m.onnx", "d/w.bin", &["w.bin"]), Some(0));
        assert_eq!(found("zip/m.onnx", "d/w.bin", &["other/d/w.bin", "zip/d/w.bin"]), Some(1));
        assert_eq!(found("m.onnx", "d/w.bin", &["folder\\d\\w.bin", "e/w.bin"]), Some(0));
        assert_eq!(found("m.onnx", "w.bin", &["a/w.bin", "b/w.bin"]), None);
        assert_eq!(found("m.onnx", "d/w.bin", &["e/v.bin"]), None);
    }
}
