//! IDX files, the format of MNIST: a magic number, big-endian sizes, elements.

use crate::element::{Element, finite, number};
use crate::npy::Numbers;
use crate::size;
use sepal_limit::SAMPLE_VALUES;

const SHORT: &str = "it is cut short";

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

/// Whether `bytes` are labels, which have one axis.
pub fn is_labels(bytes: &[u8]) -> bool {
    bytes.get(3) == Some(&1)
}

/// The array in `bytes`.
///
/// # Errors
/// A sentence about it.
pub fn array(bytes: &[u8]) -> Result<Numbers, String> {
    let (ndim, (kind, each, element)) = match bytes.get(..4) {
        Some([0, 0, code, ndim]) => (usize::from(*ndim), element(*code).ok_or(SHORT)?),
        _ => return Err(SHORT.into()),
    };
    let (sizes, content) = bytes.get(4..).and_then(|rest| rest.split_at_checked(4 * ndim)).ok_or(SHORT)?;
    let sizes = sizes.chunks_exact(4).map(|c| size(c.try_into().map_or(0, u32::from_be_bytes)));
    let shape: Vec<usize> = sizes.collect();
    let count = SAMPLE_VALUES.product(shape.iter().copied()).map_err(|many| many.to_string())?;
    let content = content.get(..count * each).ok_or(SHORT)?;
    let values: Vec<f32> = content.chunks_exact(each).map(|bytes| number(kind, bytes, true)).collect();
    finite("it", &values, shape.first().copied().unwrap_or(0))?;
    Ok(Numbers { values, shape, element })
}
