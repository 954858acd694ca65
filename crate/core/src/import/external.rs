//! Weights that are stored in a file beside the model's: put into the model.

use super::ImportError;
use crate::graph::proto::TensorProto;
use crate::graph::{Edit, Graph, bytes_of};

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
    let mut edit = Edit::default();
    for tensor in graph.proto().initializer.iter().filter(|t| t.data_location == EXTERNAL) {
        let raw_data = content(name, tensor, files)?;
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

/// The bytes of `tensor`.
fn content(model: &str, tensor: &TensorProto, files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, ImportError> {
    let entry =
        |key: &str| tensor.external_data.iter().find(|entry| entry.key == key).map(|e| e.value.trim());
    let unsupported = |reason: String| ImportError::Unsupported { name: model.into(), reason };
    let location = entry("location").unwrap_or_default();
    let file = file_name(location).ok_or_else(|| {
        unsupported(format!("its weights '{}' are stored at '{location}', outside its folder", tensor.name))
    })?;
    let Some((_, bytes)) = files.iter().find(|(name, _)| file_name(name).as_deref() == Some(&*file)) else {
        return Err(unsupported(format!(
            "its weights are stored in '{file}', which is missing: open {model} and {file} together"
        )));
    };
    let needed = bytes_of(tensor);
    let number = |key: &str, default: usize| entry(key).map_or(Some(default), |text| text.parse().ok());
    let range = number("offset", 0).zip(number("length", needed)).filter(|(_, length)| *length == needed);
    let found = range.and_then(|(from, length)| bytes.get(from..from.checked_add(length)?));
    found.map(<[u8]>::to_vec).ok_or_else(|| {
        unsupported(format!(
            "its weights '{}' need {needed} bytes of '{file}' that are not there: is it the file of this model?",
            tensor.name
        ))
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
