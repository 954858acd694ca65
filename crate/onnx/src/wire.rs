//! The protobuf wire format, as far as splicing needs it: where each field of a message lies.
//!
//! A graph is edited by copying the fields that are not touched byte for byte, so nothing that
//! Sepal does not know is lost. This file never knows what a field means.

use crate::Malformed;

/// One field of a message: its number, all its bytes, and what lies inside a length-delimited one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field<'a> {
    /// As in onnx.proto.
    pub(crate) number: u64,
    /// Tag, length and payload, ready to be copied.
    pub(crate) bytes: &'a [u8],
    /// The payload of a length-delimited field; empty for other wire types.
    pub(crate) payload: &'a [u8],
    /// Whether it is length-delimited.
    pub(crate) is_bytes: bool,
}

/// The fields of the message `bytes`, one after the other; the last is an error,
/// [`Malformed`], where a tag, length or payload runs past the end.
pub(crate) fn fields(bytes: &[u8]) -> impl Iterator<Item = Result<Field<'_>, Malformed>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let found = (!rest.is_empty()).then(|| field(rest).ok_or_else(malformed))?;
        rest = found.as_ref().map_or(&[][..], |(_, after)| after);
        Some(found.map(|(field, _)| field))
    })
}

/// Checks that all fields of a message can be walked; not those of messages in it.
///
/// # Errors
/// [`Malformed`] where they cannot.
pub(crate) fn check(message: &[u8]) -> Result<(), Malformed> {
    fields(message).try_for_each(|field| field.map(|_| ()))
}

/// The payload of the last field with this `number`, which is the one that counts.
///
/// # Errors
/// [`Malformed`] where the message cannot be walked.
pub(crate) fn last(message: &[u8], number: u64) -> Result<Option<&[u8]>, Malformed> {
    let mut found = None;
    for field in fields(message) {
        let field = field?;
        if field.number == number && field.is_bytes {
            found = Some(field.payload);
        }
    }
    Ok(found)
}

fn field(bytes: &[u8]) -> Option<(Field<'_>, &[u8])> {
    let (tag, after_tag) = varint(bytes)?;
    let (payload, rest): (&[u8], &[u8]) = match tag & 7 {
        0 => (&[], varint(after_tag)?.1),
        1 => (&[], after_tag.get(8..)?),
        2 => {
            let (length, body) = varint(after_tag)?;
            body.split_at_checked(usize::try_from(length).ok()?)?
        }
        5 => (&[], after_tag.get(4..)?),
        _ => return None,
    };
    let whole = bytes.get(..bytes.len() - rest.len())?;
    Some((Field { number: tag >> 3, bytes: whole, payload, is_bytes: tag & 7 == 2 }, rest))
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (mut value, mut rest) = (0_u64, bytes);
    for shift in (0..u64::BITS).step_by(7) {
        let (byte, after) = rest.split_first()?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some((value, after));
        }
        rest = after;
    }
    None
}

/// Appends a length-delimited field.
pub(crate) fn put_message(out: &mut Vec<u8>, number: u64, payload: &[u8]) {
    put_varint(out, number << 3 | 2);
    put_varint(out, u64::try_from(payload.len()).unwrap_or(u64::MAX));
    out.extend_from_slice(payload);
}

fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        if value < 0x80 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
        value >>= 7;
    }
}

fn malformed() -> Malformed {
    Malformed("a field runs past the end of the file".into())
}

#[cfg(test)]
mod tests {
    use super::{Field, fields, put_message};

    fn all(message: &[u8]) -> Result<Vec<Field<'_>>, super::Malformed> {
        fields(message).collect()
    }

    #[test]
    fn finds_what_was_put() {
        let mut message = vec![0x08, 0x96, 0x01];
        put_message(&mut message, 300, b"abc");
        let found = all(&message).unwrap();
        assert_eq!(found[0].number, 1);
        assert_eq!(found[0].bytes, [0x08, 0x96, 0x01]);
        assert_eq!((found[1].number, found[1].payload), (300, &b"abc"[..]));
    }

    #[test]
    fn every_truncation_is_an_error_or_a_shorter_message() {
        let mut message = Vec::new();
        put_message(&mut message, 7, &[1; 200]);
        for length in 1..message.len() {
            assert!(all(&message[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn a_length_past_the_end_is_an_error() {
        assert!(all(&[0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]).is_err());
    }
}
