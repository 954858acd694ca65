//! IDX files, the format of MNIST: a magic number, big-endian sizes, elements.

use super::asked::Asked;
use super::element::{Element, finite, number};
use super::given::Given;
use super::npy::Numbers;
use super::{DatasetError, File, Raw, error};
use crate::limit::SAMPLE_VALUES;

/// Element types by their number, those that a file may begin with: how numpy calls them, their bytes, what they are.
fn element(code: u8) -> Option<(&'static str, usize, Element)> {
    Some(match code {
        0x08 => ("u1", 1, Element::Byte),
        0x09 => ("i1", 1, Element::SignedByte),
        0x0b => ("i2", 2, Element::Integer),
        0x0c => ("i4", 4, Element::Integer),
        0x0d => ("f4", 4, Element::Float),
        0x0e => ("f8", 8, Element::Float),
        _ => return None,
    })
}

fn is_labels(file: &File) -> bool {
    file.bytes.get(3) == Some(&1)
}

/// Reads images, and labels where they are, whichever comes first.
pub(crate) fn read(asked: &Asked) -> Result<Raw, DatasetError> {
    let name = asked.name;
    let (labels, images): (Vec<&File>, Vec<&File>) = asked.files.iter().partition(|file| is_labels(file));
    let (images, labels) = match (&images[..], &labels[..]) {
        ([images], []) => (array(images)?, None),
        ([images], [labels]) => (array(images)?, Some(array(labels)?)),
        ([], _) => return Err(error(name, "these are IDX labels without their images".into())),
        _ => return Err(error(name, "IDX images and IDX labels are needed, one file each".into())),
    };
    let count = images.shape.first().copied().unwrap_or(0);
    if let Some(labels) = labels.as_ref().filter(|labels| labels.values.len() != count) {
        return Err(error(name, format!("it has {count} samples and {} labels", labels.values.len())));
    }
    Ok(Raw {
        given: labels.map(|labels| Given::numbers(labels.values, Vec::new())),
        ..Raw::new(images.values, images.shape, images.element)
    })
}

fn array(file: &File) -> Result<Numbers, DatasetError> {
    let short = || error(&file.name, "it is cut short".into());
    let (code, ndim) = match file.bytes.get(..4) {
        Some([0, 0, code, ndim]) => (*code, usize::from(*ndim)),
        _ => return Err(short()),
    };
    let Some((kind, size, element)) = element(code) else { return Err(short()) };
    let sizes = file.bytes.get(4..4 + 4 * ndim).ok_or_else(short)?;
    let sizes = sizes.chunks_exact(4).map(|c| c.try_into().map_or(0, u32::from_be_bytes) as usize);
    let shape: Vec<usize> = sizes.collect();
    let count = SAMPLE_VALUES.product(shape.iter().copied()).map_err(|e| error(&file.name, e.to_string()))?;
    let content = file.bytes.get(4 + 4 * ndim..).ok_or_else(short)?;
    let content = content.get(..count * size).ok_or_else(short)?;
    let values: Vec<f32> = content.chunks_exact(size).map(|bytes| number(kind, bytes, true)).collect();
    let samples = shape.first().copied().unwrap_or(0);
    finite("it", &values, samples).map_err(|reason| error(&file.name, reason))?;
    Ok(Numbers { values, shape, element })
}
