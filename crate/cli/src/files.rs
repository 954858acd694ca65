//! Files in and out.

use crate::arguments::Opening;
use anyhow::{Context, Result, bail};
use sepal_core::session::{File, ModelView, Session, weight_files};
use std::path::{Path, PathBuf};

pub(crate) fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        let reason = match error.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".into(),
            _ => error.to_string(),
        };
        anyhow::anyhow!("cannot read {}: {reason}", path.display())
    })
}

/// Opens the model at `path` in a new session, with the files beside it that hold its weights; `opening` says what
/// it leaves open. An error carries its hint.
pub(crate) fn open_model(path: &Path, opening: &Opening) -> Result<(Session, ModelView)> {
    let options = crate::opening::options(opening)?;
    let bytes = read(path)?;
    let beside = weight_files(&bytes);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files = vec![File::new(name_of(path), bytes)];
    for name in beside {
        let path = path.with_file_name(&name);
        // Links may lead out of the folder.
        if path.is_file() && is_below(&path, folder) {
            files.push(File { bytes: read(&path)?, name });
        }
    }
    let mut session = Session::new();
    let view = session.open_model(files, &options).map_err(with_hint)?;
    Ok((session, view))
}

/// Whether `path` lies in `folder` or below it, links followed. A link to a file beside another is what caches of
/// models are made of: the file itself may be one.
fn is_below(path: &Path, folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let place = |path: &Path| path.canonicalize().ok();
    path.parent().and_then(place).zip(place(folder)).is_some_and(|(inner, outer)| inner.starts_with(outer))
}

/// Reads samples: files as they are, folders with all that is in them; labels are found beside images by
/// MNIST's names.
pub(crate) fn read_samples(paths: &[PathBuf]) -> Result<(String, Vec<File>)> {
    let mut paths = paths.to_vec();
    if let [images] = &paths[..] {
        paths.extend(labels_beside(images));
    }
    let mut files = Vec::new();
    for path in &paths {
        if path.is_dir() {
            read_folder(path, &name_of(path), &mut files)?;
        } else {
            files.push(File { name: name_of(path), bytes: read(path)? });
        }
    }
    let Some(first) = paths.first() else { bail!("no data file is given") };
    Ok((name_of(first), files))
}

/// Reads all files below `folder`, called by their paths from `name` on, in the order of their names.
fn read_folder(folder: &Path, name: &str, files: &mut Vec<File>) -> Result<()> {
    let wrong = || format!("cannot read the folder {}", folder.display());
    let entries = std::fs::read_dir(folder).with_context(wrong)?;
    let mut entries = entries.collect::<Result<Vec<_>, _>>().with_context(wrong)?;
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let own = format!("{name}/{}", name_of(&path));
        // Links may lead round in a circle.
        let kind = entry.file_type().with_context(wrong)?;
        if kind.is_dir() {
            read_folder(&path, &own, files)?;
        } else if kind.is_file() || path.is_file() {
            files.push(File { name: own, bytes: read(&path)? });
        }
    }
    Ok(())
}

fn labels_beside(images: &Path) -> Option<PathBuf> {
    let name = name_of(images);
    let labels = name.replace("images", "labels").replace("idx3", "idx1");
    let path = images.with_file_name(&labels);
    (labels != name && path.is_file()).then_some(path)
}

pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(path)
}

pub(crate) fn create(path: &Path) -> Result<std::fs::File> {
    std::fs::File::create(path).with_context(|| format!("cannot write {}", path.display()))
}

/// One sentence of what is wrong and what to do.
pub(crate) fn with_hint(error: sepal_core::session::SessionError) -> anyhow::Error {
    match error.describe().hint {
        Some(hint) => anyhow::anyhow!("{error}. {hint}"),
        None => error.into(),
    }
}
