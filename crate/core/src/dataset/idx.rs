//! IDX files, the format of MNIST: a magic number, big-endian sizes, bytes; gzipped or plain.

use super::{DatasetError, File, Raw, error, too_many};
use crate::limit::{SAMPLE_VALUES, UNPACKED_BYTES};
use flate2::read::GzDecoder;
use std::borrow::Cow;
use std::io::Read;

/// What an IDX file of unsigned bytes holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Images,
    Labels,
}

struct Array {
    shape: Vec<usize>,
    data: Vec<u8>,
}

/// What `file` holds, `None` where it is no IDX file.
pub(crate) fn kind(file: &File) -> Option<Kind> {
    let bytes = unpacked(file, 4).ok()?;
    match bytes.get(..4)? {
        [0, 0, 8, 1] => Some(Kind::Labels),
        [0, 0, 8, 2..=4] => Some(Kind::Images),
        _ => None,
    }
}

/// Reads images and labels, whichever comes first.
pub(crate) fn read_pair(files: &[File]) -> Result<Raw, DatasetError> {
    let find = |wanted: Kind| files.iter().find(|f| kind(f) == Some(wanted));
    let names = files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(" and ");
    let (Some(images), Some(labels)) = (find(Kind::Images), find(Kind::Labels)) else {
        return Err(error(&names, "IDX images and IDX labels are needed, one file each".into()));
    };
    let (images, labels) = (array(images)?, array(labels)?);
    Ok(Raw {
        values: images.data.iter().copied().map(f32::from).collect(),
        shape: images.shape,
        labels: labels.data.iter().copied().map(i32::from).collect(),
        is_bytes: true,
        scaling: None,
    })
}

fn array(file: &File) -> Result<Array, DatasetError> {
    let bytes = unpacked(file, UNPACKED_BYTES.reach())?;
    UNPACKED_BYTES.check(bytes.len()).map_err(|many| too_many(&file.name, many))?;
    let short = || error(&file.name, "it is cut short".into());
    let ndim = usize::from(*bytes.get(3).ok_or_else(short)?);
    let sizes = bytes.get(4..4 + 4 * ndim).ok_or_else(short)?;
    let sizes = sizes.chunks_exact(4).map(|c| c.try_into().map_or(0, u32::from_be_bytes) as usize);
    let shape: Vec<usize> = sizes.collect();
    let count = SAMPLE_VALUES.product(shape.iter().copied()).map_err(|many| too_many(&file.name, many))?;
    let data = bytes.get(4 + 4 * ndim..).ok_or_else(short)?;
    let data = data.get(..count).ok_or_else(short)?.to_vec();
    Ok(Array { shape, data })
}

/// The file's content without gzip, at most `limit` bytes of it.
fn unpacked(file: &File, limit: u64) -> Result<Cow<'_, [u8]>, DatasetError> {
    if !file.bytes.starts_with(&[0x1f, 0x8b]) {
        return Ok(Cow::Borrowed(&file.bytes));
    }
    let mut content = Vec::new();
    let mut reader = GzDecoder::new(file.bytes.as_slice()).take(limit);
    let read = reader.read_to_end(&mut content);
    read.map_err(|_| error(&file.name, "its gzip packing is damaged".into()))?;
    Ok(Cow::Owned(content))
}

#[cfg(test)]
mod tests {
    use super::super::{File, read};

    fn file(name: &str, bytes: Vec<u8>) -> File {
        File { name: name.into(), bytes }
    }

    fn images() -> Vec<u8> {
        [&[0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3][..], &(0..12).collect::<Vec<u8>>()].concat()
    }

    fn labels() -> Vec<u8> {
        vec![0, 0, 8, 1, 0, 0, 0, 2, 7, 9]
    }

    #[test]
    fn a_pair_reads_in_either_order() {
        for files in
            [vec![file("i", images()), file("l", labels())], vec![file("l", labels()), file("i", images())]]
        {
            let raw = read(files).unwrap();
            assert_eq!((raw.shape, raw.labels), (vec![2, 2, 3], vec![7, 9]));
            assert_eq!(raw.values[11], 11.0);
        }
    }

    #[test]
    fn what_is_missing_or_cut_is_said() {
        let cases = [
            (vec![file("i", images())], "without their labels"),
            (vec![file("l", labels())], "without their images"),
            (vec![file("t", b"hello there".to_vec())], "neither"),
            (vec![file("i", images()), file("i", images())], "one file each"),
        ];
        for (files, expected) in cases {
            let error = read(files).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        for length in 4..images().len() {
            let cut = images()[..length].to_vec();
            assert!(read(vec![file("i", cut), file("l", labels())]).is_err(), "{length}");
        }
    }

    #[test]
    fn sizes_that_overflow_are_an_error() {
        let huge = [&[0, 0, 8, 4][..], &[0xff; 16]].concat();
        let error = read(vec![file("i", huge), file("l", labels())]).unwrap_err().to_string();
        assert!(error.contains("at most 128,000,000"), "{error}");
    }
}
