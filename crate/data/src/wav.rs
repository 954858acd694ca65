//! WAV: chunks in a RIFF file, of which `fmt ` says how the samples in `data` are stored.
//!
//! Read by hand: recorders and converters depart from the format in a few known ways (sizes that were never
//! filled in, numbers in wider containers, chunks of odd size), which are no damage. Nothing is allocated
//! before the chunks have been compared with the bytes that are there.

use crate::element::{number, word};
use num_traits::AsPrimitive;
use sepal_limit::AUDIO_VALUES;

/// A recording as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    /// Samples a second.
    pub rate: usize,
    /// Values of each of them.
    pub channels: usize,
    /// Whole numbers as shares of the greatest one.
    pub values: Vec<f32>,
}

/// How samples are stored.
struct Format {
    code: usize,
    channels: usize,
    rate: usize,
    /// Bytes of a number; fewer bits than they have lie at their top.
    container: usize,
}

const PCM: usize = 1;
const FLOAT: usize = 3;
const EXTENSIBLE: usize = 0xfffe;
/// 2^63, the share that the least number of 64 bits is -1 of.
const FULL: f64 = 9_223_372_036_854_775_808.0;
/// A size from here on was unknown when it was written: ffmpeg writes `0xffff_ffff` into a pipe, `SoX` a
/// little less than `0x7fff_ffff`.
const UNKNOWN: usize = 0x7fff_0000;
const DAMAGED: &str = "the recording is damaged or cut short";

/// Reads a WAV file.
///
/// # Errors
/// The end of a sentence about it.
pub fn read(bytes: &[u8]) -> Result<Wave, String> {
    let file = Chunks { bytes, is_big: bytes.starts_with(b"RIFX") };
    let (format, content) = file.find()?;
    AUDIO_VALUES.check(content.len() / format.container).map_err(|many| many.to_string())?;
    if format.rate == 0 {
        return Err("the recording states no sample rate".into());
    }
    let each = format.container * format.channels;
    let content = content.get(..content.len() / each * each).unwrap_or_default();
    let numbers = content.chunks_exact(format.container);
    let values: Vec<f32> = match (format.code, format.container) {
        (PCM, 1) => {
            numbers.map(|n| n.first().map_or(0.0, |byte| (f32::from(*byte) - 128.0) / 128.0)).collect()
        }
        (PCM, 2..=8) => numbers.map(|n| whole(n, file.is_big)).collect(),
        (FLOAT, 4) => numbers.map(|n| number("f4", n, file.is_big)).collect(),
        (FLOAT, 8) => numbers.map(|n| number("f8", n, file.is_big)).collect(),
        (code, container) => return Err(unread(code, container)),
    };
    if values.is_empty() {
        return Err("the recording is empty".into());
    }
    Ok(Wave { rate: format.rate, channels: format.channels, values })
}

/// A signed number as a share of the greatest of its size.
fn whole(bytes: &[u8], is_big: bool) -> f32 {
    let mut top = [0; 8];
    for (index, byte) in bytes.iter().enumerate() {
        let place = if is_big { 7 - index } else { 8 - bytes.len() + index };
        if let Some(room) = top.get_mut(place) {
            *room = *byte;
        }
    }
    // The number's sign is the sign of 64 bits.
    let number: f64 = i64::from_le_bytes(top).as_();
    (number / FULL).as_()
}

/// Why a format is not read.
fn unread(code: usize, container: usize) -> String {
    let name = match code {
        2 => "ADPCM",
        6 => "A-law",
        7 => "mu-law",
        0x11 => "IMA ADPCM",
        0x31 => "GSM 6.10",
        0x55 => "MP3",
        PCM | FLOAT => {
            let kind = if code == PCM { "whole" } else { "float" };
            return format!("it holds {kind} numbers of {container} bytes, which are not read");
        }
        _ => return format!("it is packed in a way that is not read (WAV format {code}); PCM or float is"),
    };
    format!("it is packed as {name}, which is not read; convert it to PCM or float")
}

/// The chunks of a file.
struct Chunks<'a> {
    bytes: &'a [u8],
    is_big: bool,
}

impl<'a> Chunks<'a> {
    /// How samples are stored, and the bytes that hold them.
    fn find(&self) -> Result<(Format, &'a [u8]), String> {
        let (mut at, mut format, mut long) = (12, None, None);
        while let Some(size) = self.number(at + 4, 4) {
            let body = at + 8;
            let rest = self.bytes.get(body..).unwrap_or_default();
            match self.bytes.get(at..at + 4) {
                Some(b"fmt ") => format = Some(self.format(body, size)?),
                // Sizes that take more than 32 bits: of the file, of its data.
                Some(b"ds64") => long = self.number(body + 8, 8),
                Some(b"data") => {
                    let format = format.ok_or(DAMAGED)?;
                    let size = if size < UNKNOWN { size } else { long.unwrap_or(size) };
                    return Ok((format, self.content(rest, size)?));
                }
                _ => {}
            }
            at = self.after(body, size).ok_or(DAMAGED)?;
        }
        Err(DAMAGED.into())
    }

    fn format(&self, body: usize, size: usize) -> Result<Format, String> {
        let number = |at: usize, count: usize| {
            let inside = at + count <= size;
            self.number(body + at, count).filter(|_| inside).ok_or(DAMAGED)
        };
        let code = match number(0, 2)? {
            // The first bytes of the sub-format are the code.
            EXTENSIBLE => number(24, 2)?,
            code => code,
        };
        let (channels, rate) = (number(2, 2)?, number(4, 4)?);
        let (frame, bits) = (number(12, 2)?, number(14, 2)?);
        let least = bits.div_ceil(8);
        let fits = channels > 0 && frame > 0 && frame.is_multiple_of(channels) && frame / channels >= least;
        let container = if fits { frame / channels } else { least };
        if channels == 0 || container == 0 {
            return Err(DAMAGED.into());
        }
        Ok(Format { code, channels, rate, container })
    }

    /// The samples at the beginning of `rest`. A size that was never filled in says nothing: they are all
    /// that follows.
    fn content(&self, rest: &'a [u8], size: usize) -> Result<&'a [u8], String> {
        if size >= UNKNOWN || size == 0 && !self.are_chunks(rest) {
            return Ok(rest);
        }
        rest.get(..size).ok_or_else(|| DAMAGED.into())
    }

    /// Whether `rest` is nothing but whole chunks.
    fn are_chunks(&self, rest: &'a [u8]) -> bool {
        let inner = Chunks { bytes: rest, is_big: self.is_big };
        let mut at = 0;
        while at < rest.len() {
            match inner.number(at + 4, 4).and_then(|size| inner.after(at + 8, size)) {
                Some(next) if inner.is_name(at) && next <= rest.len() + 1 => at = next,
                _ => return false,
            }
        }
        true
    }

    /// Where the chunk behind the one at `body` begins: at an even place, unless its writer forgot that.
    fn after(&self, body: usize, size: usize) -> Option<usize> {
        let end = body.checked_add(size)?;
        let forgotten =
            self.bytes.get(end).is_some_and(|byte| *byte != 0) && self.is_name(end) && !self.is_name(end + 1);
        Some(if size.is_multiple_of(2) || forgotten { end } else { end + 1 })
    }

    /// Whether a chunk may be called so: four printable characters.
    fn is_name(&self, at: usize) -> bool {
        let name = self.bytes.get(at..at + 4);
        name.is_some_and(|name| name.iter().all(|byte| (b' '..=b'~').contains(byte)))
    }

    fn number(&self, at: usize, count: usize) -> Option<usize> {
        let bytes = self.bytes.get(at..at.checked_add(count)?)?;
        usize::try_from(word(bytes, self.is_big)).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::read;

    fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
        [&name[..], &(content.len() as u32).to_le_bytes(), content].concat()
    }

    /// Of `channels` with numbers of `bits` in frames of `frame` bytes.
    fn format(code: u16, channels: u16, frame: u16, bits: u16) -> Vec<u8> {
        let rate = 8000_u32;
        let speed = rate * u32::from(frame);
        let words = [code.to_le_bytes(), channels.to_le_bytes()].concat();
        let rates = [rate.to_le_bytes(), speed.to_le_bytes()].concat();
        chunk(*b"fmt ", &[words, rates, [frame.to_le_bytes(), bits.to_le_bytes()].concat()].concat())
    }

    fn file(chunks: &[Vec<u8>]) -> Vec<u8> {
        [b"RIFF\xff\xff\xff\xffWAVE".to_vec(), chunks.concat()].concat()
    }

    #[test]
    fn every_kind_of_number_is_a_share_of_the_greatest() {
        let cases: [(u16, u16, Vec<u8>); 7] = [
            (1, 8, vec![0, 64, 192]),
            (1, 16, vec![0, 0x80, 0, 0xc0, 0, 0x40]),
            (1, 24, vec![0, 0, 0x80, 0, 0, 0xc0, 0, 0, 0x40]),
            (1, 32, vec![0, 0, 0, 0x80, 0, 0, 0, 0xc0, 0, 0, 0, 0x40]),
            (1, 64, [i64::MIN, i64::MIN / 2, 1 << 62].map(i64::to_le_bytes).concat()),
            (3, 32, [-1.0_f32, -0.5, 0.5].map(f32::to_le_bytes).concat()),
            (3, 64, [-1.0_f64, -0.5, 0.5].map(f64::to_le_bytes).concat()),
        ];
        for (code, bits, content) in cases {
            let bytes = file(&[format(code, 1, bits / 8, bits), chunk(*b"data", &content)]);
            assert_eq!(read(&bytes).unwrap().values, [-1.0, -0.5, 0.5], "{code} {bits}");
        }
        // 24 bits at the top of 32, and two channels.
        let bytes = file(&[format(1, 2, 8, 24), chunk(*b"data", &[0, 0, 0, 0x80, 0, 0, 0, 0x40])]);
        let found = read(&bytes).unwrap();
        assert_eq!((found.values, found.channels, found.rate), (vec![-1.0, 0.5], 2, 8000));
    }

    #[test]
    fn sizes_that_were_never_filled_in_are_no_damage() {
        let samples = [0, 0x40, 0, 0xc0];
        for size in [0_u32, u32::MAX, 0x7fff_f000] {
            let data = [b"data".to_vec(), size.to_le_bytes().to_vec(), samples.to_vec()].concat();
            assert_eq!(read(&file(&[format(1, 1, 2, 16), data])).unwrap().values, [0.5, -0.5], "{size}");
        }
        let empty = file(&[format(1, 1, 2, 16), chunk(*b"data", &[]), chunk(*b"LIST", b"INFO")]);
        assert_eq!(read(&empty).err().unwrap(), "the recording is empty");
    }

    #[test]
    fn odd_chunks_may_be_padded_or_not() {
        let data = chunk(*b"data", &[0, 0x40]);
        for pad in [&b"\0"[..], b""] {
            let junk = [chunk(*b"JUNK", b"abc"), pad.to_vec()].concat();
            assert_eq!(read(&file(&[format(1, 1, 2, 16), junk, data.clone()])).unwrap().values, [0.5]);
        }
    }

    #[test]
    fn what_is_not_read_is_named() {
        let data = || chunk(*b"data", &[0; 8]);
        let cases = [
            (file(&[format(6, 1, 1, 8), data()]), "A-law"),
            (file(&[format(7, 1, 1, 8), data()]), "mu-law"),
            (file(&[format(0x1234, 1, 1, 8), data()]), "WAV format 4660"),
            (file(&[format(3, 1, 2, 16), data()]), "float numbers of 2 bytes"),
            (file(&[format(1, 0, 2, 16), data()]), "damaged or cut short"),
            (file(&[data()]), "damaged or cut short"),
        ];
        for (bytes, expected) in cases {
            let error = read(&bytes).err().unwrap();
            assert!(error.contains(expected), "{error}");
        }
        let whole = file(&[format(1, 1, 2, 16), data()]);
        for length in 0..whole.len() {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
    }
}
