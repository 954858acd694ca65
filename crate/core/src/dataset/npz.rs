//! numpy's `.npz`: a zip of `.npy` arrays. x are the inputs, y the labels; scale and offset, if
//! there, say how stored values become real ones.

use super::{DatasetError, File, Raw, Scaling, error};
use crate::limit::{SAMPLE_VALUES, TooMany, UNPACKED_BYTES};
use ndarray::{ArrayViewD, IxDyn};
use ndarray_npy::{ViewElement, ViewNpyError, ViewNpyExt};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// One array, as numbers.
struct Numbers {
    values: Vec<f32>,
    shape: Vec<usize>,
    is_bytes: bool,
    is_integer: bool,
}

pub(crate) fn read(file: File) -> Result<Raw, DatasetError> {
    let name = file.name;
    let fail = |reason: String| error(&name, reason);
    let damaged = |_| fail("it is not a readable zip archive".into());
    let mut archive = ZipArchive::new(Cursor::new(file.bytes)).map_err(damaged)?;
    let mut array = |wanted: &[&str]| find(&mut archive, wanted).map_err(&fail);
    let x = array(&["x", "x_test", "data", "images"])?.ok_or_else(|| fail("it has no array x".into()))?;
    let y = array(&["y", "y_test", "labels", "targets"])?;
    let (scale, offset) = (array(&["scale"])?, array(&["offset"])?);
    Ok(Raw {
        labels: y.map_or(Ok(Vec::new()), |y| labels(&y)).map_err(&fail)?,
        is_bytes: x.is_bytes,
        scaling: scaling(scale, offset, &x.shape).map_err(&fail)?,
        values: x.values,
        shape: x.shape,
    })
}

fn find(archive: &mut ZipArchive<Cursor<Vec<u8>>>, wanted: &[&str]) -> Result<Option<Numbers>, String> {
    for name in wanted {
        let path = format!("{name}.npy");
        if archive.index_for_name(&path).is_some() {
            return numbers(archive, &path).map(Some).map_err(|reason| format!("array {name} {reason}"));
        }
    }
    Ok(None)
}

/// Reads into memory aligned for every element type, so that the array can be viewed in place and
/// its shape is checked against the bytes that are there before anything is allocated for it.
fn numbers(archive: &mut ZipArchive<Cursor<Vec<u8>>>, path: &str) -> Result<Numbers, String> {
    let entry = archive.by_name(path).map_err(|_| "cannot be unpacked")?;
    let mut content = Vec::new();
    let read = entry.take(UNPACKED_BYTES.reach()).read_to_end(&mut content);
    read.map_err(|_| "cannot be unpacked")?;
    let within = |many: TooMany| format!("is too large: {many}");
    UNPACKED_BYTES.check(content.len()).map_err(within)?;
    let mut aligned = vec![0_u64; content.len().div_ceil(8)];
    let bytes = &mut bytemuck::cast_slice_mut::<u64, u8>(&mut aligned)[..content.len()];
    bytes.copy_from_slice(&content);
    drop(content);
    view(bytes)
}

fn view(bytes: &[u8]) -> Result<Numbers, String> {
    let mut found = convert::<f32>(bytes, |v| v);
    found = found.or_else(|| convert::<u8>(bytes, f32::from).map(as_bytes));
    found = found.or_else(|| convert::<f64>(bytes, |v| v as f32));
    found = found.or_else(|| convert::<i64>(bytes, |v| v as f32).map(as_integer));
    found = found.or_else(|| convert::<i32>(bytes, |v| v as f32).map(as_integer));
    found = found.or_else(|| convert::<u32>(bytes, |v| v as f32).map(as_integer));
    found = found.or_else(|| convert::<u64>(bytes, |v| v as f32).map(as_integer));
    found = found.or_else(|| convert::<i16>(bytes, f32::from).map(as_integer));
    found = found.or_else(|| convert::<u16>(bytes, f32::from).map(as_integer));
    found = found.or_else(|| convert::<i8>(bytes, f32::from).map(as_integer));
    found.ok_or_else(|| why_unreadable(bytes))
}

fn as_bytes(numbers: Numbers) -> Numbers {
    Numbers { is_bytes: true, is_integer: true, ..numbers }
}

fn as_integer(numbers: Numbers) -> Numbers {
    Numbers { is_integer: true, ..numbers }
}

fn convert<T: ViewElement + Copy>(bytes: &[u8], to_f32: impl Fn(T) -> f32) -> Option<Numbers> {
    let array =
        ArrayViewD::<T>::view_npy(bytes).ok().filter(|array| SAMPLE_VALUES.check(array.len()).is_ok())?;
    Some(Numbers {
        values: array.iter().map(|v| to_f32(*v)).collect(),
        shape: array.shape().to_vec(),
        is_bytes: false,
        is_integer: false,
    })
}

fn why_unreadable(bytes: &[u8]) -> String {
    match ndarray::ArrayView::<f32, IxDyn>::view_npy(bytes) {
        Err(ViewNpyError::MissingBytes(_)) => "is cut short".into(),
        Ok(array) if SAMPLE_VALUES.check(array.len()).is_err() => "is too large".into(),
        Err(ViewNpyError::WrongDescriptor(found)) => {
            format!("holds {found}; numbers of 8 to 64 bits are read")
        }
        _ => "is damaged".into(),
    }
}

fn labels(y: &Numbers) -> Result<Vec<i32>, String> {
    let whole = y.values.iter().all(|v| v.fract() == 0.0 && v.abs() < 1e9);
    let count = y.shape.first().copied().unwrap_or(0);
    if count > 0 && y.values.len() == count && (whole || y.is_integer) {
        return Ok(y.values.iter().map(|v| *v as i32).collect());
    }
    if y.shape.len() == 2 && y.shape[1] > 1 {
        let rows = y.values.chunks_exact(y.shape[1]);
        return Ok(rows.map(largest).collect());
    }
    Err("array y holds no class indices (nor one-hot rows)".into())
}

fn largest(row: &[f32]) -> i32 {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter().position(|v| *v >= most).unwrap_or(0) as i32
}

fn scaling(
    scale: Option<Numbers>,
    offset: Option<Numbers>,
    shape: &[usize],
) -> Result<Option<Scaling>, String> {
    let Some(scale) = scale else { return Ok(None) };
    let scale = scale.values;
    let offset = offset.map_or_else(|| vec![0.0; scale.len()], |o| o.values);
    let fits = scale.len() == 1 || shape.get(1) == Some(&scale.len());
    if scale.is_empty() || scale.len() != offset.len() || !fits {
        return Err("scale and offset need one value, or one per channel".into());
    }
    Ok(Some(Scaling { scale, offset, stated: true }))
}

#[cfg(test)]
mod tests {
    use super::super::{File, Raw, Scaling, read};
    use ndarray::{Array1, Array2, ArrayBase, Data, Dimension};
    use ndarray_npy::{NpzWriter, WritableElement};
    use std::io::Cursor;

    struct Pack(NpzWriter<Cursor<Vec<u8>>>);

    impl Pack {
        fn new() -> Self {
            Self(NpzWriter::new_compressed(Cursor::new(Vec::new())))
        }

        fn with<A, S, D>(mut self, name: &str, array: &ArrayBase<S, D>) -> Self
        where
            A: WritableElement,
            S: Data<Elem = A>,
            D: Dimension,
        {
            self.0.add_array(name, array).unwrap();
            self
        }

        fn read(self) -> Result<Raw, super::DatasetError> {
            let bytes = self.0.finish().unwrap().into_inner();
            read(vec![File { name: "data.npz".into(), bytes }])
        }
    }

    fn two_by_three() -> Array2<f32> {
        Array2::from_shape_fn((2, 3), |(i, j)| (3 * i + j) as f32)
    }

    #[test]
    fn element_types_and_one_hot_labels_are_understood() {
        let x = two_by_three();
        let y = Array1::from(vec![1_i64, 0]);
        let one_hot = ndarray::array![[0.0_f32, 1.0], [1.0, 0.0]];
        let bytes = x.mapv(|v| v as u8);
        assert!(Pack::new().with("x", &bytes).with("y", &y).read().unwrap().is_bytes);
        for raw in [
            Pack::new().with("x", &x).with("y", &y).read().unwrap(),
            Pack::new().with("x", &x.mapv(f64::from)).with("y", &one_hot).read().unwrap(),
            Pack::new().with("x", &x.mapv(|v| v as i16)).with("y", &y.mapv(|v| v as u8)).read().unwrap(),
        ] {
            assert_eq!((raw.shape, raw.labels), (vec![2, 3], vec![1, 0]));
            assert_eq!(raw.values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        }
    }

    #[test]
    fn scale_and_offset_apply_per_channel() {
        let pack = Pack::new().with("x", &two_by_three()).with("y", &Array1::from(vec![0_u8, 1]));
        let pack = pack.with("scale", &Array1::from(vec![1.0_f32, 10.0, 100.0]));
        let raw = pack.with("offset", &Array1::from(vec![0.5_f32, 0.0, 0.0])).read().unwrap();
        let scaling = raw.scaling.clone().unwrap();
        let samples = raw.fit("data.npz", &[3], scaling).unwrap();
        assert_eq!(samples.values, [0.5, 10.0, 200.0, 3.5, 40.0, 500.0]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let y = Array1::from(vec![0_i64, 1]);
        let cases = [
            (Pack::new().with("y", &y).read(), "no array x"),
            (
                Pack::new().with("x", &two_by_three()).with("y", &Array1::from(vec![0.5_f32, 1.0])).read(),
                "no class indices",
            ),
        ];
        for (result, expected) in cases {
            let error = result.unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let raw = Pack::new().with("x", &two_by_three()).with("y", &y).read().unwrap();
        let error = raw.fit("data.npz", &[1, 4], Scaling::identity()).unwrap_err().to_string();
        assert!(error.contains("a sample has 3 values"), "{error}");
        let raw = Pack::new().with("x", &two_by_three()).read().unwrap();
        let error = raw.clone().fit("data.npz", &[3], Scaling::identity()).unwrap_err().to_string();
        assert!(error.contains("no labels"), "{error}");
        assert!(raw.fit_unlabelled("data.npz", &[3], Scaling::identity()).unwrap().is_empty());
    }

    #[test]
    fn truncation_anywhere_is_an_error() {
        let pack = Pack::new().with("x", &two_by_three()).with("y", &Array1::from(vec![0_i64, 1]));
        let bytes = pack.0.finish().unwrap().into_inner();
        for length in 2..bytes.len() {
            let cut = File { name: "cut.npz".into(), bytes: bytes[..length].to_vec() };
            assert!(read(vec![cut]).is_err(), "{length}");
        }
    }
}
