//! Pictures: PNG and JPEG, as bytes of red, green and blue or of brightness.

use crate::size;
use png::{ColorType, Transformations};
use sepal_limit::IMAGE_PIXELS;
use std::io::Cursor;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A decoded picture, row by row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its height in pixels.
    pub rows: usize,
    /// Its width in pixels.
    pub columns: usize,
    /// Values of a pixel: brightness or red, green and blue, with transparency or not.
    pub channels: usize,
    /// Rows x columns x channels.
    pub pixels: Vec<u8>,
}

/// What a PNG file begins with.
pub const PNG: &[u8] = b"\x89PNG";
const DAMAGED: &str = "the picture is damaged or cut short";

/// Rows and columns of the picture in `bytes`, where its header can be read.
pub fn dimensions(bytes: &[u8]) -> Option<(usize, usize)> {
    if bytes.starts_with(PNG) {
        let (columns, rows) = png::Decoder::new(Cursor::new(bytes)).read_header_info().ok()?.size();
        return Some((size(rows), size(columns)));
    }
    let mut decoder = JpegDecoder::new(ZCursor::new(bytes));
    decoder.decode_headers().ok()?;
    let info = decoder.info()?;
    Some((usize::from(info.height), usize::from(info.width)))
}

/// The picture in `bytes`.
///
/// # Errors
/// A sentence about it: damage, or more pixels than the limit allows.
pub fn decode(bytes: &[u8]) -> Result<Picture, String> {
    if bytes.starts_with(PNG) { decode_png(bytes) } else { decode_jpeg(bytes) }
}

fn decode_png(bytes: &[u8]) -> Result<Picture, String> {
    let damaged = |error: png::DecodingError| match error {
        png::DecodingError::LimitsExceeded => "it takes more memory than a picture may".to_owned(),
        _ => DAMAGED.to_owned(),
    };
    let limits = png::Limits { bytes: 8 * IMAGE_PIXELS.most() };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(bytes), limits);
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let (columns, rows) = decoder.read_header_info().map_err(damaged)?.size();
    let (rows, columns) = (size(rows), size(columns));
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
    let side = IMAGE_PIXELS.most();
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|_| DAMAGED)?;
    let info = decoder.info().ok_or(DAMAGED)?;
    let (rows, columns) = (usize::from(info.height), usize::from(info.width));
    let count = IMAGE_PIXELS.product([rows, columns]).map_err(|many| many.to_string())?;
    let pixels = decoder.decode().map_err(|_| DAMAGED)?;
    if pixels.len() != 3 * count {
        return Err(DAMAGED.into());
    }
    Ok(Picture { rows, columns, channels: 3, pixels })
}
