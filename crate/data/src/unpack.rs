//! Files out of gzip and zip packings, counted while they are unpacked.

use crate::{File, FileError};
use flate2::read::MultiGzDecoder;
use sepal_limit::{FILES, TooMany, UNPACKED_BYTES};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// What a file packed with gzip begins with.
pub const GZIP: [u8; 2] = [0x1f, 0x8b];
/// What a zip archive begins with: an entry, or its end where it is empty. A table's first column may be called PK.
pub const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// All files without their packing: of an archive, the files in it.
///
/// # Errors
/// A damaged packing, or more in it than the limits allow.
pub fn unpacked(files: Vec<File>) -> Result<Vec<File>, FileError> {
    let mut room = UNPACKED_BYTES.most();
    let mut out = Vec::with_capacity(files.len());
    for file in files {
        if file.bytes.starts_with(&GZIP) {
            out.push(gunzip(file, &mut room)?);
        } else if ZIP.iter().any(|start| file.bytes.starts_with(start)) {
            unzip(file, &mut room, &mut out)?;
        } else {
            out.push(file);
        }
    }
    Ok(out)
}

fn gunzip(file: File, room: &mut usize) -> Result<File, FileError> {
    let damaged = || error(&file.name, "its gzip packing is damaged".into());
    let bytes = take(MultiGzDecoder::new(file.bytes.as_slice()), room).map_err(|failed| match failed {
        Failed::Damaged => damaged(),
        Failed::Large(many) => error(&file.name, many.to_string()),
    })?;
    let name = file.name.strip_suffix(".gz").unwrap_or(&file.name).to_owned();
    Ok(File { name, bytes })
}

fn unzip(file: File, room: &mut usize, out: &mut Vec<File>) -> Result<(), FileError> {
    let name = file.name;
    let mut archive = ZipArchive::new(Cursor::new(file.bytes))
        .map_err(|_| error(&name, "it is not a readable zip archive".into()))?;
    FILES.check(archive.len()).map_err(|many| error(&name, many.to_string()))?;
    for index in 0..archive.len() {
        let broken = |entry: &str| error(&name, format!("{} cannot be unpacked", described(entry)));
        let entry = archive.by_index(index).map_err(|_| broken(&format!("entry {}", index + 1)))?;
        let path = entry.name().to_owned();
        if entry.is_dir() || is_clutter(&path) {
            continue;
        }
        let bytes = take(entry, room).map_err(|failed| match failed {
            Failed::Damaged => broken(&path),
            Failed::Large(many) => error(&name, many.to_string()),
        })?;
        out.push(File { name: path, bytes });
    }
    Ok(())
}

/// Arrays are known by their names, other entries by their paths.
fn described(path: &str) -> String {
    match path.strip_suffix(".npy") {
        Some(name) => format!("array {name}"),
        None => path.to_owned(),
    }
}

/// What systems put beside people's files.
pub fn is_clutter(path: &str) -> bool {
    let hidden = path.split('/').any(|part| part.starts_with('.') && part != "." && part != "..");
    hidden || path.starts_with("__MACOSX/") || path.ends_with("Thumbs.db") || path.ends_with("desktop.ini")
}

fn error(name: &str, reason: String) -> FileError {
    FileError { name: name.into(), reason }
}

enum Failed {
    Damaged,
    Large(TooMany),
}

/// All that `reader` gives, where it is within `room`, which shrinks by it.
fn take(reader: impl Read, room: &mut usize) -> Result<Vec<u8>, Failed> {
    let mut content = Vec::new();
    reader
        .take(u64::try_from(*room).unwrap_or(u64::MAX).saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|_| Failed::Damaged)?;
    let used = UNPACKED_BYTES.most() - *room + content.len();
    UNPACKED_BYTES.check(used).map_err(Failed::Large)?;
    *room -= content.len();
    Ok(content)
}
