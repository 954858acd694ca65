//! Random damage, replayed from a seed.

use crate::damage::try_run;
use crate::encode::{encode, seal};
use crate::samples::samples;
use fastrand::Rng;

/// Damaged artifacts in all.
const ROUNDS: usize = 20_000;
/// Seeds of the artifacts that are damaged.
const SHAPES: u64 = 5;

/// Numbers at which something changes.
const EDGES: [u32; 12] = [0, 1, 2, 4, 127, 128, 255, 256, 0x7fff, 0xffff, 0x0400_0000, 0xffff_fffc];

/// Changes something: a byte, a field, a piece taken from elsewhere, or the length.
fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>) {
    // Most of what matters comes early.
    let span = if rng.u8(..4) == 0 { bytes.len() } else { bytes.len().min(240) };
    let at = rng.usize(..span - 4) & !3;
    match rng.u8(..7) {
        0 => bytes[rng.usize(..span)] = rng.u8(..),
        1 => bytes[rng.usize(..span)] ^= 1 << rng.u8(..8),
        2 => bytes[at..at + 4].copy_from_slice(&EDGES[rng.usize(..EDGES.len())].to_le_bytes()),
        3 => {
            let half = at + 2 * rng.usize(..2);
            bytes[half..half + 2].copy_from_slice(&(EDGES[rng.usize(..EDGES.len())] as u16).to_le_bytes());
        }
        4 => {
            let half = at + 2 * rng.usize(..2);
            let old = u16::from_le_bytes([bytes[half], bytes[half + 1]]);
            let new = old.wrapping_add_signed(rng.i16(-4..=4));
            bytes[half..half + 2].copy_from_slice(&new.to_le_bytes());
        }
        5 => {
            let from = rng.usize(..bytes.len() - 4) & !3;
            bytes.copy_within(from..from + 4, at);
        }
        _ => {
            let len = rng.usize(8..=bytes.len() / 4 + 2) * 4;
            bytes.resize(len, rng.u8(..));
            let len = u32::try_from(len).unwrap();
            bytes[8..12].copy_from_slice(&len.to_le_bytes());
        }
    }
}

/// Writes the features of the first record, so that a changed format is not refused for them alone.
fn name_features(bytes: &mut [u8]) {
    let at = 32 + 24 * (usize::from(bytes[22]) + usize::from(bytes[23]));
    let Some(&[op, format, flags, _]) = bytes.get(at..).and_then(<[u8]>::first_chunk) else { return };
    let mut features = 1u32.wrapping_shl(op.into()) | (u32::from(flags) & 0x80) << 24;
    if (1..=3).contains(&op) {
        features |= 1u32.wrapping_shl(16 + u32::from(format));
    }
    if let (3, Some(&second)) = (op, bytes.get(at + 123)) {
        features |= 1u32.wrapping_shl(16 + u32::from(second));
    }
    bytes[24..28].copy_from_slice(&features.to_le_bytes());
}

#[test]
fn damaged_artifacts_are_refused_or_run() {
    let originals: Vec<Vec<u8>> =
        (0..SHAPES).flat_map(|seed| samples(seed).iter().map(encode).collect::<Vec<_>>()).collect();
    let mut rng = Rng::with_seed(2024);
    let (mut refused, mut ran) = (0, 0);
    for _ in 0..ROUNDS {
        let mut bytes = originals[rng.usize(..originals.len())].clone();
        for _ in 0..rng.usize(1..=3) {
            mutate(&mut rng, &mut bytes);
        }
        if rng.bool() {
            name_features(&mut bytes);
        }
        seal(&mut bytes);
        match try_run(&bytes) {
            Ok(()) => ran += 1,
            Err(_) => refused += 1,
        }
    }
    assert!(refused > ROUNDS / 4 && ran > ROUNDS / 20, "{refused} refused, {ran} ran");
}
