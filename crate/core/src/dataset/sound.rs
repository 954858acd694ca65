//! Recordings in class folders: WAV files, as features or as they are, by what the model reads.

use super::asked::Asked;
use super::features::{COEFFICIENTS, FRAMES, Mfcc, RATE, centred};
use super::{DatasetError, File, Raw, Source, error, folder};
use sepal_data::element::{Element, finite};
use sepal_data::wav;
use sepal_limit::SAMPLE_VALUES;

/// Fewest values of a recording that is read as it is.
const SHORTEST: usize = 400;

/// A recording, its channels averaged.
struct Sound {
    rate: usize,
    values: Vec<f32>,
}

/// Reads recordings.
pub(crate) fn read(asked: &Asked) -> Result<Raw, DatasetError> {
    let (name, sounds) = (asked.name, &asked.files);
    let shape = asked.wanted.shape();
    let long: Vec<usize> = shape.iter().copied().filter(|size| *size > 1).collect();
    let classes = folder::classes(sounds, asked.all);
    let mut notes = classes.notes;
    let (values, sample) = match long[..] {
        [FRAMES, COEFFICIENTS] => {
            notes.push(format!(
                "Recordings became {COEFFICIENTS} mel-frequency coefficients in {FRAMES} frames of one second at {RATE} Hz, as the spoken-digit model reads them."
            ));
            (coefficients(name, sounds, &mut notes)?, vec![FRAMES, COEFFICIENTS])
        }
        [length] if length >= SHORTEST => {
            notes.push(format!("Recordings are read as they are, {length} values from their middle."));
            (waves(name, sounds, length)?, vec![length])
        }
        _ => {
            let reason = format!(
                "it holds recordings, but the model reads {shape:?}: {FRAMES} x {COEFFICIENTS} mel-frequency coefficients, or a row of {SHORTEST} values or more, can be made of them; give other features as an .npz file"
            );
            return Err(error(name, reason));
        }
    };
    let count = sounds.len();
    Ok(Raw {
        source: Source::Sounds,
        given: classes.given,
        class_names: classes.names,
        notes,
        ..Raw::new(values, [vec![count], sample].concat(), Element::Float)
    })
}

fn room(name: &str, sounds: usize, each: usize) -> Result<Vec<f32>, DatasetError> {
    let total = SAMPLE_VALUES.product([sounds, each]).map_err(|many| error(name, many.to_string()))?;
    Ok(Vec::with_capacity(total))
}

fn coefficients(name: &str, sounds: &[&File], notes: &mut Vec<String>) -> Result<Vec<f32>, DatasetError> {
    let mut values = room(name, sounds.len(), FRAMES * COEFFICIENTS)?;
    let mfcc = Mfcc::new();
    let mut resampled = 0;
    for file in sounds {
        let sound = decode(&file.bytes).map_err(|reason| error(&file.name, reason))?;
        resampled += usize::from(sound.rate != RATE);
        values.extend(mfcc.of(&at_rate(sound, RATE)));
    }
    if resampled > 0 {
        notes.push(format!("{resampled} of {} recordings were resampled to {RATE} Hz.", sounds.len()));
    }
    Ok(values)
}

fn waves(name: &str, sounds: &[&File], length: usize) -> Result<Vec<f32>, DatasetError> {
    let mut values = room(name, sounds.len(), length)?;
    for file in sounds {
        let sound = decode(&file.bytes).map_err(|reason| error(&file.name, reason))?;
        values.extend(centred(&sound.values, length));
    }
    Ok(values)
}

fn decode(bytes: &[u8]) -> Result<Sound, String> {
    let wav::Wave { rate, channels, values } = wav::read(bytes)?;
    let mean = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    let values = if channels == 1 { values } else { values.chunks_exact(channels).map(mean).collect() };
    finite("it", &values, 1)?;
    Ok(Sound { rate, values })
}

/// At another rate: between values by lines; where the rate falls, over means of what a step covers.
fn at_rate(sound: Sound, rate: usize) -> Vec<f32> {
    if sound.rate == rate || sound.values.is_empty() {
        return sound.values;
    }
    let step = sound.rate as f64 / rate as f64;
    let count = (sound.values.len() as f64 / step) as usize;
    let at = |place: f64| {
        let place = place.clamp(0.0, (sound.values.len() - 1) as f64);
        let (low, share) = (place as usize, place.fract() as f32);
        let value = |i: usize| sound.values.get(i).copied().unwrap_or(0.0);
        value(low) + share * (value(low + 1) - value(low)) * f32::from(u8::from(share > 0.0))
    };
    let parts = step.ceil().max(1.0);
    let one = |index: usize| {
        let centre = (index as f64 + 0.5) * step - 0.5;
        let part = |k: f64| at(centre + step * ((k + 0.5) / parts - 0.5));
        let sum: f32 = (0..parts as usize).map(|k| part(k as f64)).sum();
        sum / parts as f32
    };
    (0..count).map(one).collect()
}
