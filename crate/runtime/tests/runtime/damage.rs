//! Damaged artifacts: an error or a run, never a panic.

use crate::encode::{encode, seal};
use crate::samples::samples;
use sepal_runtime::{Error, FLOAT_FEATURE, Format, OpKind, Program};

/// Offset of the features in the header.
const FEATURES: usize = 24;

fn all() -> Vec<Vec<u8>> {
    samples(5).iter().map(encode).collect()
}

/// Parses, and runs what parses.
pub(crate) fn try_run(bytes: &[u8]) -> Result<(), Error> {
    let program = Program::parse(bytes)?;
    let mut arena = vec![0x5a; program.arena_bytes()];
    program.run(&mut arena)
}

fn records_at(bytes: &[u8]) -> usize {
    32 + 24 * usize::from(bytes[22] + bytes[23])
}

/// Offset behind the only record.
fn records_end(bytes: &[u8]) -> usize {
    let at = records_at(bytes);
    at + 4 * usize::from(bytes[at + 3])
}

#[test]
fn every_truncation_is_an_error() {
    for bytes in all() {
        assert_eq!(try_run(&bytes), Ok(()));
        for len in 0..bytes.len() {
            assert!(Program::parse(&bytes[..len]).is_err(), "{len} of {}", bytes.len());
        }
        let longer = [&bytes[..], &[0; 4]].concat();
        assert_eq!(Program::parse(&longer).err(), Some(Error::Length));
    }
}

/// As above, but the header says that this is all and the checksum agrees.
#[test]
fn every_truncation_that_the_header_knows_of_is_survived() {
    for bytes in all() {
        let mut refused = 0;
        let lens = (32..bytes.len()).step_by(4);
        for len in lens.clone() {
            let mut cut = bytes[..len].to_vec();
            cut[8..12].copy_from_slice(&u32::try_from(len).unwrap().to_le_bytes());
            seal(&mut cut);
            refused += usize::from(try_run(&cut).is_err());
        }
        assert_eq!(refused, lens.len(), "all bytes are needed");
    }
}

#[test]
fn every_damaged_byte_is_noticed() {
    for bytes in all().into_iter().step_by(5) {
        for at in 12..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0x10;
            assert_eq!(Program::parse(&damaged).err(), Some(Error::Checksum), "byte {at}");
        }
    }
}

/// Every byte of header, tensors and record, with several values and a checksum that fits.
#[test]
fn every_changed_field_is_refused_or_runs() {
    let (mut refused, mut ran) = (0, 0);
    for bytes in all() {
        for at in 0..records_end(&bytes) {
            let old = bytes[at];
            for new in [0, 1, 0x7f, 0x80, 0xff, old ^ 1, old ^ 0x80, old.wrapping_add(4)] {
                let mut changed = bytes.clone();
                changed[at] = new;
                seal(&mut changed);
                match try_run(&changed) {
                    Ok(()) => ran += 1,
                    Err(_) => refused += 1,
                }
            }
        }
    }
    assert!(refused > ran && ran > 1000, "{refused} refused, {ran} ran");
}

/// Every fifth byte of the arrays, which hold counts and deltas among others.
#[test]
fn every_changed_array_is_refused_or_runs() {
    let mut refused = 0;
    for bytes in all() {
        for at in (records_end(&bytes)..bytes.len()).step_by(5) {
            for new in [0, 0xff, bytes[at] ^ 0x80, bytes[at].wrapping_add(1)] {
                let mut changed = bytes.clone();
                changed[at] = new;
                seal(&mut changed);
                refused += usize::from(try_run(&changed).is_err());
            }
        }
    }
    assert!(refused > 200, "only {refused} refused");
}

#[test]
fn the_major_version_must_be_known_and_the_minor_need_not() {
    for mut bytes in all() {
        bytes[5] = 200;
        assert_eq!(try_run(&bytes), Ok(()), "minor");
        for major in [0, 2, 255] {
            bytes[4] = major;
            assert_eq!(try_run(&bytes), Err(Error::Version));
        }
    }
}

#[test]
fn features_must_be_supported_and_true() {
    let operators = OpKind::ALL.iter().map(|kind| kind.feature());
    let formats = Format::ALL.iter().map(|format| format.feature());
    let known = operators.chain(formats).fold(FLOAT_FEATURE, |all, feature| all | feature);
    for bytes in all() {
        for bit in 0..32 {
            let mut changed = bytes.clone();
            changed[FEATURES + bit / 8] ^= 1 << (bit % 8);
            seal(&mut changed);
            let known = known & 1 << bit != 0;
            let expected = if known { Error::Features } else { Error::Unsupported };
            assert_eq!(try_run(&changed), Err(expected), "bit {bit}");
        }
    }
}

#[test]
fn an_unknown_operation_or_format_is_unsupported() {
    for bytes in all() {
        let at = records_at(&bytes);
        let known = |code: u8| OpKind::ALL.iter().any(|kind| kind.code() == code);
        for code in (0..=40).chain([255]).filter(|&code| !known(code)) {
            let mut changed = bytes.clone();
            changed[at] = code;
            seal(&mut changed);
            assert_eq!(try_run(&changed), Err(Error::Unsupported), "{code}");
        }
        if bytes[at] <= 3 {
            let mut changed = bytes;
            changed[at + 1] = 15;
            seal(&mut changed);
            assert_eq!(try_run(&changed), Err(Error::Unsupported));
        }
    }
}
