//! Mel-frequency cepstral coefficients of one second of speech, with the settings of the spoken-digit
//! model: 8 kHz, frames of 32 ms every 20 ms, 20 mel bands from 50 Hz, 10 coefficients.
//!
//! **Source**: Davis and Mermelstein 1980; the numbers are those of the model's training script. A
//! departure: band edges are rounded down to whole frequencies of the transform, as it does.

use std::f64::consts::PI;

/// Samples a second.
pub(crate) const RATE: usize = 8000;
/// Samples of a frame, and of its transform.
const FRAME: usize = 256;
/// Samples from frame to frame.
const HOP: usize = 160;
const BANDS: usize = 20;
/// Coefficients of a frame.
pub(crate) const COEFFICIENTS: usize = 10;
/// Frames of a second.
pub(crate) const FRAMES: usize = 1 + (RATE - FRAME) / HOP;
/// Added to a band's energy before its logarithm is taken.
const FLOOR: f64 = 1e-6;
/// Frequencies of a real transform.
const BINS: usize = FRAME / 2 + 1;

/// What is the same for every frame.
pub(crate) struct Mfcc {
    window: Vec<f64>,
    /// Of each band: the first frequency, and weights from there on.
    bands: Vec<(usize, Vec<f64>)>,
    cosines: Vec<f64>,
    twiddles: Vec<(f64, f64)>,
}

impl Mfcc {
    pub(crate) fn new() -> Self {
        let last = (FRAME - 1) as f64;
        let turn = |i: usize| -2.0 * PI * i as f64 / FRAME as f64;
        let cosine = |i: usize| {
            let (row, band) = (i / BANDS, i % BANDS);
            let angle = PI / BANDS as f64 * (band as f64 + 0.5) * row as f64;
            angle.cos() * (2.0 / BANDS as f64).sqrt()
        };
        Self {
            window: (0..FRAME).map(|i| 0.5 - 0.5 * (2.0 * PI * i as f64 / last).cos()).collect(),
            bands: bands(),
            cosines: (0..COEFFICIENTS * BANDS).map(cosine).collect(),
            twiddles: (0..FRAME / 2).map(|i| (turn(i).cos(), turn(i).sin())).collect(),
        }
    }

    /// The coefficients of all frames of one second, frame by frame; `sound` is cropped or filled up at
    /// both ends.
    pub(crate) fn of(&self, sound: &[f32]) -> Vec<f32> {
        let second = centred(sound, RATE);
        let mut out = Vec::with_capacity(FRAMES * COEFFICIENTS);
        for frame in second.windows(FRAME).step_by(HOP) {
            let energy = self.energies(frame);
            let logs: Vec<f64> = self
                .bands
                .iter()
                .map(|(first, weights)| {
                    let sum: f64 = energy.iter().skip(*first).zip(weights).map(|(e, w)| e * w).sum();
                    (sum + FLOOR).ln()
                })
                .collect();
            let rows = self.cosines.chunks_exact(BANDS);
            out.extend(rows.map(|row| row.iter().zip(&logs).map(|(c, l)| c * l).sum::<f64>() as f32));
        }
        out
    }

    /// The energy at each frequency of a windowed frame.
    fn energies(&self, frame: &[f32]) -> Vec<f64> {
        let mut values: Vec<(f64, f64)> =
            frame.iter().zip(&self.window).map(|(x, w)| (f64::from(*x) * w, 0.0)).collect();
        transform(&mut values, &self.twiddles);
        values.iter().take(BINS).map(|(re, im)| re * re + im * im).collect()
    }
}

/// `count` values from the middle of `sound`, silence where there are none.
pub(crate) fn centred(sound: &[f32], count: usize) -> Vec<f32> {
    let cut = sound.len().saturating_sub(count) / 2;
    let pad = count.saturating_sub(sound.len()) / 2;
    let mut out = vec![0.0; pad];
    out.extend(sound.iter().skip(cut).take(count));
    out.resize(count, 0.0);
    out
}

/// Triangles on the mel scale.
fn bands() -> Vec<(usize, Vec<f64>)> {
    let mel = |hertz: f64| 2595.0 * (1.0 + hertz / 700.0).log10();
    let hertz = |mel: f64| 700.0 * (10_f64.powf(mel / 2595.0) - 1.0);
    let (low, high) = (mel(50.0), mel(RATE as f64 / 2.0));
    let edge = |i: usize| {
        let at = low + (high - low) * i as f64 / (BANDS + 1) as f64;
        ((FRAME + 1) as f64 * hertz(at) / RATE as f64).floor() as usize
    };
    let band = |i: usize| {
        let a = edge(i);
        let b = edge(i + 1).max(a + 1);
        let c = edge(i + 2).max(b + 1);
        let rise = (a..b).map(|at| (at - a) as f64 / (b - a) as f64);
        let fall = (b..c.min(BINS)).map(|at| (c - at) as f64 / (c - b) as f64);
        (a, rise.chain(fall).collect())
    };
    (0..BANDS).map(band).collect()
}

/// A Fourier transform in place; the length is a power of two. **Source**: Cooley and Tukey 1965.
/// **Cost**: n log2 n / 2 complex multiplications.
fn transform(values: &mut [(f64, f64)], twiddles: &[(f64, f64)]) {
    let count = values.len();
    let bits = count.trailing_zeros();
    for i in 0..count {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if i < j {
            values.swap(i, j);
        }
    }
    let mut half = 1;
    while half < count {
        let step = count / (2 * half);
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (index, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let (cos, sin) = twiddles.get(index * step).copied().unwrap_or((1.0, 0.0));
                let turned = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                *b = (a.0 - turned.0, a.1 - turned.1);
                *a = (a.0 + turned.0, a.1 + turned.1);
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::{COEFFICIENTS, FRAMES, Mfcc, centred};

    #[test]
    fn the_coefficients_are_those_of_the_training_script() {
        // feat.py of the spoken-digit model, numpy 2.4: mfcc of the same samples.
        let sample = |i: i64| ((i * 7919 + (i * i) % 1013 * 37) % 20001 - 10000) as f32 / 32768.0;
        let found = Mfcc::new().of(&(0..6000).map(sample).collect::<Vec<f32>>());
        assert_eq!(found.len(), FRAMES * COEFFICIENTS);
        let silence = [-87.376_96, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let middle = [
            15.254_91, -4.029_27, 0.629_86, -0.444_15, 0.130_15, -0.478_54, -0.355_63, -0.157_58, 0.449_81,
            0.019_59,
        ];
        for (frame, expected) in [(0, silence), (20, middle), (48, silence)] {
            let own = &found[frame * COEFFICIENTS..(frame + 1) * COEFFICIENTS];
            assert!(own.iter().zip(expected).all(|(a, b)| (a - b).abs() < 2e-4), "{frame}: {own:?}");
        }
    }

    #[test]
    fn the_middle_is_taken_and_ends_are_filled() {
        assert_eq!(centred(&[1.0, 2.0, 3.0, 4.0, 5.0], 3), [2.0, 3.0, 4.0]);
        assert_eq!(centred(&[1.0, 2.0], 5), [0.0, 1.0, 2.0, 0.0, 0.0]);
    }
}
