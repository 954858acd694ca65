//! Pictures in class folders, resized to what the model reads, in its colours.

use super::arrangement::Arrangement;
use super::asked::{Asked, Shapes};
use super::{DatasetError, Raw, Source, error, folder, resize};
use crate::whole;
use sepal_data::element::Element;
use sepal_data::picture::{self, Picture};
use sepal_limit::SAMPLE_VALUES;

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
    picture::dimensions(bytes)
}

fn decode(bytes: &[u8]) -> Result<Picture, String> {
    whole::required();
    picture::decode(bytes)
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
