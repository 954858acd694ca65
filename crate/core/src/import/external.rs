//! Weights that are stored in a file beside the model's: put into the model.

use super::ImportError;
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
        let raw_data = content(tensor, files).map_err(incomplete)?;
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

/// The names of all files that hold weights of `graph`, as far as they are in its folder.
pub(super) fn names(graph: &Graph) -> BTreeSet<String> {
    let outside = graph.proto().initializer.iter().filter(|t| t.data_location == EXTERNAL);
    outside.filter_map(|tensor| location(tensor).ok()).collect()
}

/// The value of `key` in where `tensor` lies.
fn entry<'a>(tensor: &'a TensorProto, key: &str) -> Option<&'a str> {
    tensor.external_data.iter().find(|entry| entry.key == key).map(|entry| entry.value.trim())
}

/// The file that `tensor` lies in.
fn location(tensor: &TensorProto) -> Result<String, String> {
    let path = entry(tensor, "location").unwrap_or_default();
    file_name(path)
        .ok_or_else(|| format!("its weights '{}' are stored at '{path}', outside its folder", tensor.name))
}

/// Names all files at once that are not there.
fn all_there(model: &str, tensors: &[&TensorProto], files: &[(String, Vec<u8>)]) -> Result<(), String> {
    let named: BTreeSet<String> = tensors.iter().map(|tensor| location(tensor)).collect::<Result<_, _>>()?;
    let there = |file: &String| files.iter().any(|(name, _)| file_name(name).as_ref() == Some(file));
    let missing: Vec<String> = named.into_iter().filter(|file| !there(file)).collect();
    let sentence = match missing.as_slice() {
        [] => return Ok(()),
        [file] => format!("are stored in '{file}', which is missing: open {model} and {file} together"),
        many => {
            let list = many.iter().map(|file| format!("'{file}'")).collect::<Vec<_>>().join(", ");
            format!("are stored in {list}, which are missing: open them together with {model}")
        }
    };
    Err(format!("its weights {sentence}"))
}

/// The bytes of `tensor`.
fn content(tensor: &TensorProto, files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, String> {
    let file = location(tensor)?;
    let bytes =
        files.iter().find(|(name, _)| file_name(name).as_deref() == Some(&*file)).map(|(_, bytes)| bytes);
    let needed = bytes_of(tensor);
    let number =
        |key: &str, default: usize| entry(tensor, key).map_or(Some(default), |text| text.parse().ok());
    let range = number("offset", 0).zip(number("length", needed)).filter(|(_, length)| *length == needed);
    let found =
        range.zip(bytes).and_then(|((from, length), bytes)| bytes.get(from..from.checked_add(length)?));
    found.map(<[u8]>::to_vec).ok_or_else(|| {
        format!(
            "its weights '{}' need {needed} bytes of '{file}' that are not there: is it the file of this model?",
            tensor.name
        )
    })
}

/// The last part of a path that stays in its folder.
fn file_name(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = path.split(['/', '\\']).collect();
    let leaves = parts.contains(&"..") || parts.first() == Some(&"") || path.contains(':');
    let last = parts.pop().filter(|last| !last.is_empty())?;
    (!leaves).then(|| last.to_owned())
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn only_names_inside_the_folder_count() {
        for (path, expected) in [
            ("m.onnx.data", Some("m.onnx.data")),
            ("./weights/m.data", Some("m.data")),
            ("../m.data", None),
            ("a/../../m.data", None),
            ("/etc/passwd", None),
            ("C:\\m.data", None),
            ("\\\\host\\m.data", None),
            ("", None),
        ] {
            assert_eq!(file_name(path).as_deref(), expected, "{path}");
        }
    }
}
