//! Samples: labelled inputs from `.npz` and IDX files.

mod idx;
mod npz;
mod order;
mod preprocessing;

pub use preprocessing::{Colour, Layout, Metric, Preprocessing};

use crate::limit::{CLASSES, DATA_BYTES, SAMPLES, TooMany};
use std::fmt;

/// Why data cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} cannot be used: {reason}")]
pub struct DatasetError {
    /// The file's name.
    pub name: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to do about it.
    pub hint: &'static str,
}

/// A file as it was given.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl File {
    /// A file of `bytes`.
    pub fn new(name: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: bytes.into() }
    }
}

/// real = stored * scale + offset, per channel (second axis) or for all.
#[derive(Clone, Debug, PartialEq)]
pub struct Scaling {
    /// Factors: one, or one per channel.
    pub scale: Vec<f32>,
    /// Offsets: as many.
    pub offset: Vec<f32>,
    /// Whether the file itself states them.
    pub stated: bool,
}

impl Scaling {
    /// Values as they are.
    pub fn identity() -> Self {
        Self::factor(1.0)
    }

    /// Every value times `scale`.
    pub fn factor(scale: f32) -> Self {
        Self { scale: vec![scale], offset: vec![0.0], stated: false }
    }

    /// Scales `values`, samples of `size` values each with the channels first.
    fn apply(&self, mut values: Vec<f32>, size: usize) -> Vec<f32> {
        let channels = self.scale.len().max(1);
        let inner = (size / channels).max(1);
        for (position, value) in values.iter_mut().enumerate() {
            let channel = (position % size / inner).min(channels - 1);
            *value = *value * self.scale[channel] + self.offset[channel];
        }
        values
    }
}

impl fmt::Display for Scaling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.scale[..], &self.offset[..]) {
            ([scale], [0.0]) if (scale - 1.0).abs() < f32::EPSILON => write!(f, "values as they are"),
            ([scale], [0.0]) if (scale * 255.0 - 1.0).abs() < 1e-3 => write!(f, "x / 255"),
            ([scale], [offset]) => write!(f, "x * {scale} + {offset}"),
            _ => write!(f, "scale and offset per channel, from the file"),
        }
    }
}

/// Samples as read, not yet fitted to a model.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Stored values, sample after sample.
    pub values: Vec<f32>,
    /// Shape with the number of samples first.
    pub shape: Vec<usize>,
    /// One class index per sample; empty where there are none.
    pub labels: Vec<i32>,
    /// Whether the values were stored as bytes (0 to 255).
    pub is_bytes: bool,
    /// The scaling that the file states.
    pub scaling: Option<Scaling>,
}

/// Labelled samples that fit a model's input.
#[derive(Clone, Debug)]
pub struct Samples {
    /// Values, sample after sample.
    pub values: Vec<f32>,
    /// Shape of one sample.
    pub shape: Vec<usize>,
    /// Class indices.
    pub labels: Vec<i32>,
    /// How stored values became these.
    pub scaling: Scaling,
}

impl Samples {
    /// The number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The number of classes: one more than the largest label.
    pub fn classes(&self) -> usize {
        self.labels.iter().max().map_or(0, |&label| label as usize + 1)
    }

    /// The same with classes interleaved: every prefix is representative.
    pub fn interleaved(self) -> Self {
        let size = self.values.len().checked_div(self.len()).unwrap_or(0);
        let order = order::interleaved(&self.labels);
        let values = order.iter().flat_map(|&i| &self.values[i * size..(i + 1) * size]);
        Self {
            values: values.copied().collect(),
            labels: order.iter().map(|&i| self.labels[i]).collect(),
            ..self
        }
    }
}

/// Reads one `.npz` file, or images and labels as a pair of IDX files in either order.
///
/// # Errors
/// What is wrong with the files, in one sentence.
pub fn read(files: Vec<File>) -> Result<Raw, DatasetError> {
    let names = files.iter().map(|f| f.name.as_str()).collect::<Vec<_>>().join(" and ");
    let bytes = files.iter().map(|file| file.bytes.len()).sum();
    DATA_BYTES.check(bytes).map_err(|many| too_many(&names, many))?;
    match <[File; 1]>::try_from(files) {
        Ok([file]) if file.bytes.starts_with(b"PK") => npz::read(file),
        Ok([file]) => Err(error(&file.name, describe_lonely(&file))),
        Err(files) if files.len() == 2 => idx::read_pair(&files),
        Err(_) => Err(error(&names, "one .npz file, or two IDX files, are needed".into())),
    }
}

fn describe_lonely(file: &File) -> String {
    match idx::kind(file) {
        Some(idx::Kind::Images) => "these are IDX images without their labels".into(),
        Some(idx::Kind::Labels) => "these are IDX labels without their images".into(),
        None => "it is neither an .npz file nor an IDX file".into(),
    }
}

fn error(name: &str, reason: String) -> DatasetError {
    const HINT: &str =
        "Give one .npz file with arrays x and y (numpy.savez_compressed), or IDX images and labels together.";
    DatasetError { name: name.into(), reason, hint: HINT }
}

fn too_many(name: &str, found: TooMany) -> DatasetError {
    DatasetError {
        name: name.into(),
        reason: found.to_string(),
        hint: "Give fewer samples, or smaller ones.",
    }
}

impl Raw {
    /// Fits the samples to a model input of `shape` (one sample), scaled by `scaling`.
    ///
    /// # Errors
    /// Samples of another size, labels that are missing or no class indices.
    pub fn fit(self, name: &str, shape: &[usize], scaling: Scaling) -> Result<Samples, DatasetError> {
        if self.labels.is_empty() {
            return Err(error(name, "it has no labels (array y)".into()));
        }
        self.fit_unlabelled(name, shape, scaling)
    }

    /// The same where labels are welcome but not needed.
    ///
    /// # Errors
    /// Samples of another size, or labels that do not belong to them.
    pub fn fit_unlabelled(
        self,
        name: &str,
        shape: &[usize],
        scaling: Scaling,
    ) -> Result<Samples, DatasetError> {
        let (count, size) = (self.shape.first().copied().unwrap_or(0), shape.iter().product::<usize>());
        if count == 0 {
            return Err(error(name, "it holds no samples".into()));
        }
        SAMPLES.check(count).map_err(|many| too_many(name, many))?;
        let own = self.values.len() / count;
        if own != size || size == 0 {
            let reason = format!(
                "a sample has {own} values (shape {:?}), the model's input needs {size} (shape {shape:?})",
                &self.shape[1..]
            );
            return Err(error(name, reason));
        }
        if !self.labels.is_empty() && self.labels.len() != count {
            let reason = format!("it has {count} samples and {} labels", self.labels.len());
            return Err(error(name, reason));
        }
        if let Some(label) = self.labels.iter().find(|l| **l < 0) {
            return Err(error(name, format!("a label is {label}: labels are class indices from 0")));
        }
        let classes = self.labels.iter().max().map_or(0, |largest| largest.unsigned_abs() as usize + 1);
        CLASSES.check(classes).map_err(|many| too_many(name, many))?;
        let values = scaling.apply(self.values, size);
        Ok(Samples { values, shape: shape.to_vec(), labels: self.labels, scaling })
    }
}
