//! Pictures in class folders: PNG and JPEG, as bytes of red, green and blue or of brightness, resized to
//! what the model reads.

use super::arrangement::Arrangement;
use super::asked::{Asked, Shapes};
use super::element::Element;
use super::{DatasetError, Raw, Source, error, folder, resize};
use crate::limit::{IMAGE_PIXELS, SAMPLE_VALUES};
use crate::whole;
use png::{ColorType, Transformations};
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A decoded picture, row by row.
struct Picture {
    rows: usize,
    columns: usize,
    channels: usize,
    pixels: Vec<u8>,
}

/// What a PNG file begins with.
pub(crate) const PNG: &[u8] = b"\x89PNG";

/// Rows, columns and channels, where all pictures have as many.
pub(crate) fn shapes(asked: &Asked) -> Shapes {
    let mut sizes = asked.files.iter().map(|file| size(&file.bytes));
    let Some((rows, columns)) = sizes.next().flatten() else { return Vec::new() };
    let are_same = sizes.all(|size| size == Some((rows, columns)));
    if are_same { vec![(0, vec![rows, columns, 3])] } else { Vec::new() }
}

/// Reads pictures: samples of rows x columns x channels, whatever the model's layout.
pub(crate) fn read(asked: &Asked) -> Result<Raw, DatasetError> {
    let (name, pictures, others) = (asked.name, &asked.files, asked.left_out);
    let shape = asked.wanted.shape();
    let Some(Arrangement { channels, rows, columns, .. }) = Arrangement::of_picture(&shape) else {
        let reason = format!(
            "it holds pictures, but the model reads {shape:?}: rows, columns and 1 or 3 channels are needed"
        );
        return Err(error(name, reason));
    };
    let total = SAMPLE_VALUES.product([pictures.len(), rows, columns, channels]);
    let mut values = Vec::with_capacity(total.map_err(|many| error(name, many.to_string()))?);
    let mut resized = 0;
    for file in pictures {
        let picture = decode(&file.bytes).map_err(|reason| error(&file.name, reason))?;
        resized += usize::from((picture.rows, picture.columns) != (rows, columns));
        let pixels = coloured(&picture, channels);
        values.extend(resize::resize(&pixels, (picture.rows, picture.columns), (rows, columns), channels));
    }
    let classes = folder::classes(pictures, asked.all);
    let mut notes = classes.notes;
    if resized > 0 {
        notes.push(format!("{resized} of {} pictures were resized to {rows} x {columns}.", pictures.len()));
    }
    if others > 0 {
        notes.push(format!("{others} pictures are neither PNG nor JPEG and were left out."));
    }
    let count = pictures.len();
    Ok(Raw {
        source: Source::Pictures,
        given: classes.given,
        class_names: classes.names,
        notes,
        ..Raw::new(values, vec![count, rows, columns, channels], Element::Byte)
    })
}

/// Rows and columns of the picture in `bytes`, where its header can be read.
fn size(bytes: &[u8]) -> Option<(usize, usize)> {
    whole::required();
    if bytes.starts_with(PNG) {
        let (columns, rows) = png::Decoder::new(Cursor::new(bytes)).read_header_info().ok()?.size();
        return Some((rows as usize, columns as usize));
    }
    let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().ok()?;
    let info = decoder.info()?;
    Some((usize::from(info.height), usize::from(info.width)))
}

fn decode(bytes: &[u8]) -> Result<Picture, String> {
    whole::required();
    if bytes.starts_with(PNG) { decode_png(bytes) } else { decode_jpeg(bytes) }
}

fn decode_png(bytes: &[u8]) -> Result<Picture, String> {
    let damaged = |error: png::DecodingError| match error {
        png::DecodingError::LimitsExceeded => "it takes more memory than a picture may".to_owned(),
        _ => "the picture is damaged or cut short".to_owned(),
    };
    let limits = png::Limits { bytes: 8 * IMAGE_PIXELS.most() };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let (columns, rows) = decoder.read_header_info().map_err(damaged)?.size();
    let (rows, columns) = (rows as usize, columns as usize);
    IMAGE_PIXELS.product([rows, columns]).map_err(|many| many.to_string())?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let size = reader.output_buffer_size().unwrap_or(usize::MAX);
    IMAGE_PIXELS.check(size / 4).map_err(|many| many.to_string())?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels).map_err(damaged)?;
    let channels = match info.color_type {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb | ColorType::Indexed => 3,
        ColorType::Rgba => 4,
    };
    pixels.truncate(info.buffer_size());
    Ok(Picture { rows, columns, channels, pixels })
}

fn decode_jpeg(bytes: &[u8]) -> Result<Picture, String> {
    let damaged = "the picture is damaged or cut short";
    let side = IMAGE_PIXELS.most();
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| damaged)?;
    let info = decoder.info().ok_or(damaged)?;
    let (rows, columns) = (usize::from(info.height), usize::from(info.width));
    let count = IMAGE_PIXELS.product([rows, columns]).map_err(|many| many.to_string())?;
    let pixels = decoder.decode().map_err(|_| damaged)?;
    if pixels.len() != 3 * count {
        return Err(damaged.into());
    }
    Ok(Picture { rows, columns, channels: 3, pixels })
}

/// Red, green, blue or brightness; transparency is left out.
fn coloured(picture: &Picture, channels: usize) -> Vec<u8> {
    let pixel = |pixel: &[u8]| match pixel {
        [r, g, b] | [r, g, b, _] => [*r, *g, *b],
        [grey, ..] => [*grey; 3],
        [] => [0; 3],
    };
    let pixels = picture.pixels.chunks_exact(picture.channels).map(pixel);
    if channels == 1 {
        return pixels.map(brightness).collect();
    }
    pixels.flatten().collect()
}

/// **Source**: ITU-R BT.601 luma, in the integers that Pillow uses.
fn brightness([r, g, b]: [u8; 3]) -> u8 {
    let sum = 19595 * u32::from(r) + 38470 * u32::from(g) + 7471 * u32::from(b) + 0x8000;
    (sum >> 16) as u8
}
