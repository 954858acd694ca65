//! numpy's `.npy`: a magic number, a header that says element type, order of axes and shape, elements.
//!
//! Read by hand: one loop serves every element type and both byte orders, float16 among them, and nothing
//! is allocated before the header has been compared with the bytes that are there.

use crate::element::{Element, number, word};
use crate::size;
use sepal_limit::{AXES, NAME_BYTES, SAMPLE_VALUES, SAMPLES};

/// One array, as numbers in row-major order.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbers {
    /// As many as the shape says.
    pub values: Vec<f32>,
    /// Sizes of the axes.
    pub shape: Vec<usize>,
    /// What they were stored as.
    pub element: Element,
}

/// What a header says.
struct Header<'a> {
    descr: &'a str,
    is_fortran: bool,
    shape: Vec<usize>,
}

/// The array in `bytes`.
///
/// # Errors
/// The end of a sentence about it.
pub fn numbers(bytes: &[u8]) -> Result<Numbers, String> {
    let (header, content) = split(bytes).ok_or("is damaged")?;
    let header = parse(header).ok_or("is damaged")?;
    AXES.check(header.shape.len()).map_err(|e| format!("is too large: {e}"))?;
    let kind = header.descr.get(1..).unwrap_or_default();
    let is_big = header.descr.starts_with('>');
    let (element, size) = match kind {
        "b1" => (Element::Bool, 1),
        "u1" => (Element::Byte, 1),
        "i1" => (Element::SignedByte, 1),
        "i2" | "u2" => (Element::Integer, 2),
        "i4" | "u4" => (Element::Integer, 4),
        "i8" | "u8" => (Element::Integer, 8),
        "f2" => (Element::Float, 2),
        "f4" => (Element::Float, 4),
        "f8" => (Element::Float, 8),
        _ => {
            let found = shown(header.descr);
            return Err(format!("holds elements of numpy type '{found}'; numbers of 8 to 64 bits are read"));
        }
    };
    let bytes_needed = header.shape.iter().try_fold(size, |product: usize, d| product.checked_mul(*d));
    if bytes_needed.is_none_or(|needed| needed > content.len()) {
        return Err("is cut short".into());
    }
    let count = SAMPLE_VALUES.product(header.shape.iter().copied());
    let count = count.map_err(|e| format!("is too large: {e}"))?;
    let elements = content.chunks_exact(size).take(count);
    let values: Vec<f32> = elements.map(|element| number(kind, element, is_big)).collect();
    let values = if header.is_fortran { row_major(&values, &header.shape) } else { values };
    Ok(Numbers { values, shape: header.shape, element })
}

/// The shape of the array in `bytes`, where its header can be read.
pub fn shape(bytes: &[u8]) -> Option<Vec<usize>> {
    let shape = parse(split(bytes)?.0)?.shape;
    AXES.check(shape.len()).ok().map(|()| shape)
}

/// The words in `bytes`, where that is an array of text.
///
/// # Errors
/// The end of a sentence about it.
pub fn words(bytes: &[u8]) -> Result<Option<Vec<String>>, String> {
    let (header, content) = split(bytes).ok_or("is damaged")?;
    let header = parse(header).ok_or("is damaged")?;
    let is_big = header.descr.starts_with('>');
    // Characters of 4 bytes, or bytes.
    let (each, length) = match header.descr.get(1..).and_then(|kind| kind.split_at_checked(1)) {
        Some(("U", length)) => (4, length),
        Some(("S", length)) => (1, length),
        _ => return Ok(None),
    };
    let count = SAMPLES.product(header.shape.iter().copied()).map_err(|e| format!("is too large: {e}"))?;
    if header.shape.first() != Some(&count) {
        return Err(format!("holds words of shape {:?}; one for each sample is read", header.shape));
    }
    let length: usize = length.parse().map_err(|_| "is damaged")?;
    let size = each * NAME_BYTES.check(length).map(|()| length).map_err(|e| format!("is too large: {e}"))?;
    let content = content.get(..count * size).ok_or("is cut short")?;
    if size == 0 {
        return Ok(Some(vec![String::new(); count]));
    }
    let letter = |bytes: &[u8]| u32::try_from(word(bytes, is_big)).ok().and_then(char::from_u32);
    let word = |bytes: &[u8]| -> String {
        let letters = bytes.chunks_exact(each).map(letter);
        let letters = letters.map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER));
        letters.collect::<String>().trim_end_matches('\0').to_owned()
    };
    Ok(Some(content.chunks_exact(size).map(word).collect()))
}

fn shown(descr: &str) -> String {
    descr.chars().take(20).collect()
}

/// Header and elements.
fn split(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let after = bytes.strip_prefix(b"\x93NUMPY")?;
    let ([version, _], after) = after.split_first_chunk::<2>()?;
    let (length, after) = match version {
        1 => after.split_first_chunk::<2>().map(|(n, rest)| (usize::from(u16::from_le_bytes(*n)), rest))?,
        2 | 3 => after.split_first_chunk::<4>().map(|(n, rest)| (size(u32::from_le_bytes(*n)), rest))?,
        _ => return None,
    };
    let (header, content) = after.split_at_checked(length)?;
    Some((std::str::from_utf8(header).ok()?, content))
}

/// `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`, keys in any order.
fn parse(header: &str) -> Option<Header<'_>> {
    let after = |key: &str| Some(header.split_once(key)?.1.trim_start().strip_prefix(':')?.trim_start());
    let descr = after("'descr'")?;
    // A record type is a list: it is no number, and said so by its first letters.
    let descr = match descr.strip_prefix('\'') {
        Some(text) => text.split_once('\'')?.0,
        None => descr,
    };
    let is_fortran = after("'fortran_order'")?.starts_with("True");
    let shape = after("'shape'")?.strip_prefix('(')?.split_once(')')?.0;
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape = sizes.map(|size| size.trim_end_matches('L').parse().ok()).collect::<Option<Vec<usize>>>()?;
    Some(Header { descr, is_fortran, shape })
}

/// `values` whose first axis runs fastest, with the last one running fastest.
fn row_major(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let mut strides = Vec::with_capacity(shape.len());
    let mut stride = 1;
    for size in shape {
        strides.push(stride);
        stride *= size;
    }
    let mut at = vec![0; shape.len()];
    let mut place = 0;
    let mut out = Vec::with_capacity(values.len());
    for _ in 0..values.len() {
        out.push(values.get(place).copied().unwrap_or(0.0));
        for ((index, size), stride) in at.iter_mut().zip(shape).zip(&strides).rev() {
            *index += 1;
            place += stride;
            if *index < *size {
                break;
            }
            place -= stride * *size;
            *index = 0;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Element, numbers, words};

    fn npy(header: &str, content: &[u8]) -> Vec<u8> {
        let length = (header.len() as u16).to_le_bytes();
        [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), content].concat()
    }

    fn header(descr: &str, fortran: &str, shape: &str) -> String {
        format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
    }

    #[test]
    fn every_element_type_and_byte_order_is_read() {
        let cases: [(&str, Vec<u8>, Element); 12] = [
            ("|b1", vec![1, 0], Element::Bool),
            ("|u1", vec![1, 200], Element::Byte),
            ("|i1", vec![1, 0xfe], Element::SignedByte),
            ("<i2", vec![1, 0, 0xfe, 0xff], Element::Integer),
            (">u2", vec![0, 1, 0x80, 0], Element::Integer),
            ("<i4", [1_i32.to_le_bytes(), (-2_i32).to_le_bytes()].concat(), Element::Integer),
            (">u4", [1_u32.to_be_bytes(), 70_000_u32.to_be_bytes()].concat(), Element::Integer),
            ("<i8", [1_i64.to_le_bytes(), (-2_i64).to_le_bytes()].concat(), Element::Integer),
            (">u8", [1_u64.to_be_bytes(), 3_u64.to_be_bytes()].concat(), Element::Integer),
            ("<f2", vec![0x00, 0x3c, 0x00, 0xb8], Element::Float),
            (">f4", [1_f32.to_be_bytes(), (-0.25_f32).to_be_bytes()].concat(), Element::Float),
            ("<f8", [1_f64.to_le_bytes(), 0.5_f64.to_le_bytes()].concat(), Element::Float),
        ];
        let seconds = [0.0, 200.0, -2.0, -2.0, 32768.0, -2.0, 70_000.0, -2.0, 3.0, -0.5, -0.25, 0.5];
        for ((descr, content, element), second) in cases.into_iter().zip(seconds) {
            let found = numbers(&npy(&header(descr, "False", "(2,)"), &content)).unwrap();
            assert_eq!(
                (found.values, found.shape, found.element),
                (vec![1.0, second], vec![2], element),
                "{descr}"
            );
        }
    }

    #[test]
    fn columns_first_become_rows_first() {
        // numpy.asfortranarray([[0, 1, 2], [3, 4, 5]])
        let found = numbers(&npy(&header("|u1", "True", "(2, 3)"), &[0, 3, 1, 4, 2, 5])).unwrap();
        assert_eq!(found.values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let cube: Vec<u8> = vec![0, 4, 2, 6, 1, 5, 3, 7];
        let found = numbers(&npy(&header("|u1", "True", "(2, 2, 2)"), &cube)).unwrap();
        assert_eq!(found.values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    }

    #[test]
    fn words_are_read_with_their_letters() {
        let letters = |text: &str| text.chars().flat_map(|c| (c as u32).to_be_bytes()).collect::<Vec<u8>>();
        let found = words(&npy(&header(">U3", "False", "(2,)"), &letters("käsau\0")));
        assert_eq!(found.unwrap().unwrap(), ["käs", "au"]);
        let found = words(&npy(&header("|S2", "False", "(2, 1)"), b"a\0bc"));
        assert_eq!(found.unwrap().unwrap(), ["a", "bc"]);
        assert_eq!(words(&npy(&header("|u1", "False", "(1,)"), &[0])), Ok(None));
        let square = words(&npy(&header("|S1", "False", "(2, 2)"), b"abcd")).unwrap_err();
        assert!(square.contains("one for each sample"), "{square}");
        assert_eq!(words(&npy(&header("<U9", "False", "(2,)"), &[0; 8])).unwrap_err(), "is cut short");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let cases = [
            (npy(&header("<U8", "False", "(1,)"), &[0; 32]), "holds elements of numpy type '<U8'"),
            (npy(&header("<f4", "False", "(99999999999999999999,)"), &[]), "is damaged"),
            (npy(&header("<f4", "False", "(9223372036854775807, 4)"), &[]), "is cut short"),
            (npy(&header("|u1", "False", "(1,1,1,1,1,1,1,1,1)"), &[0]), "at most 8 are possible"),
            (npy("{}", &[]), "is damaged"),
            (b"\x93NUMPY\x09\x00".to_vec(), "is damaged"),
        ];
        for (bytes, expected) in cases {
            let error = numbers(&bytes).unwrap_err();
            assert!(error.contains(expected), "{error}");
        }
        let whole = npy(&header("<f4", "False", "(2,)"), &[0; 8]);
        for length in 0..whole.len() {
            assert!(numbers(&whole[..length]).is_err(), "{length}");
        }
    }
}
