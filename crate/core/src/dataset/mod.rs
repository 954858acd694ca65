//! Samples: values that a model reads, with what is known of them, from arrays (`.npz`, `.npy`, IDX),
//! tables (CSV), pictures (PNG, JPEG) and recordings (WAV) in class folders, packed or not.
//!
//! Files are told apart by their content, and [`sepal_data`] makes plain values of their bytes. Nothing in here
//! runs a model: what is ambiguous is left to who can (`session`), with the usual reading first.

mod answers;
mod arrangement;
mod arrays;
mod asked;
mod axes;
mod choosing;
mod features;
mod fit;
mod folder;
pub mod format;
mod given;
mod idx;
mod names;
mod order;
mod picture;
mod places;
mod preprocessing;
mod resize;
mod scaling;
mod sound;
mod stored;
mod table;

pub use answers::Answers;
pub use arrangement::Arrangement;
pub use arrays::LABELS;
pub use axes::Order;
pub use choosing::Choosing;
pub use fit::Reading;
use format::Kind;
pub use given::Given;
pub(crate) use order::interleaved;
pub use preprocessing::{Colour, Layout, Metric, Preprocessing};
pub use scaling::Scaling;
pub use stored::stored;

pub use sepal_data::File;
pub use sepal_data::element::Element;
use sepal_data::{FileError, unpack};
use sepal_limit::{DATA_BYTES, FILES, SAMPLES};

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

impl From<FileError> for DatasetError {
    fn from(FileError { name, reason }: FileError) -> Self {
        Self { name, reason, hint: format::hint() }
    }
}

/// What a model reads and gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Names and shapes of the inputs, for one sample. Several are packed one behind the other.
    pub inputs: Vec<(String, Vec<usize>)>,
    /// How many values it gives for one sample; 0 where that is not known.
    pub outputs: usize,
    /// Their shape.
    pub output: Vec<usize>,
    /// The axis of the only input that counts samples: stored ones may lie along it too.
    pub batch_axis: usize,
}

impl Wanted {
    /// The number of values of a sample.
    pub fn size(&self) -> usize {
        self.inputs.iter().map(|(_, shape)| shape.iter().product::<usize>()).sum()
    }

    /// The shape of a sample: that of the only input, or all of them in a row.
    pub fn shape(&self) -> Vec<usize> {
        match &self.inputs[..] {
            [(_, shape)] => shape.clone(),
            _ => vec![self.size()],
        }
    }
}

/// What samples were made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Arrays of numbers.
    Arrays,
    /// A table.
    Table,
    /// Pictures, resized to the model's input.
    Pictures,
    /// Features of recordings, or the recordings themselves.
    Sounds,
}

/// Samples as read, not yet fitted to a model.
#[derive(Clone, Debug)]
pub struct Raw {
    /// Stored values, sample after sample.
    pub values: Vec<f32>,
    /// Shape with the number of samples first.
    pub shape: Vec<usize>,
    /// Labels or targets, where there are some.
    pub given: Option<Given>,
    /// What values were stored as.
    pub element: Element,
    /// What they come from.
    pub source: Source,
    /// The scaling that the file states.
    pub scaling: Option<Scaling>,
    /// The column of a table that labels were read from.
    pub label_column: Option<String>,
    /// Names of the classes, where labels were words or folders.
    pub class_names: Vec<String>,
    /// What was assumed on the way, as sentences.
    pub notes: Vec<String>,
}

impl Raw {
    /// Values of `shape` and nothing else.
    fn new(values: Vec<f32>, shape: Vec<usize>, element: Element) -> Self {
        Self {
            values,
            shape,
            given: None,
            element,
            source: Source::Arrays,
            scaling: None,
            label_column: None,
            class_names: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0 || self.values.is_empty()
    }

    /// What quality is measured by: what `options` say, else what fits.
    pub fn metric(&self, wanted: &Wanted, options: &Preprocessing) -> Metric {
        options.metric.unwrap_or_else(|| answers::guess_metric(self.given.as_ref(), wanted, options))
    }

    /// Labels and targets as `metric` needs them.
    ///
    /// # Errors
    /// What is missing for it.
    pub fn answers(
        &self,
        name: &str,
        metric: Metric,
        wanted: &Wanted,
        options: &Preprocessing,
    ) -> Result<Answers, DatasetError> {
        let found = answers::answers(self.given.as_ref(), metric, wanted, options);
        found.map_err(|reason| error(name, reason))
    }
}

/// Samples that fit a model's input, with what they are scored against.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Values, sample after sample.
    pub values: Vec<f32>,
    /// Shape of one sample.
    pub shape: Vec<usize>,
    /// Class indices, sample after sample and in each place after place; of the metrics that compare no
    /// classes, none.
    pub labels: Vec<i32>,
    /// Wanted outputs of the metric `error`, sample after sample; else none.
    pub targets: Vec<f32>,
    /// What they are scored by.
    pub metric: Metric,
    /// How outputs choose classes.
    pub choosing: Choosing,
}

impl Samples {
    /// Labelled samples, for accuracy.
    pub fn labelled(values: Vec<f32>, labels: Vec<i32>, shape: Vec<usize>) -> Self {
        Self { values, shape, labels, ..Self::default() }
    }

    /// The number of values of a sample.
    pub fn each(&self) -> usize {
        self.shape.iter().product::<usize>()
    }

    /// The number of samples.
    pub fn len(&self) -> usize {
        self.values.len().checked_div(self.each()).unwrap_or(0)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of classes: one more than the largest label.
    pub fn classes(&self) -> usize {
        self.labels.iter().max().map_or(0, |&label| usize::try_from(label).map_or(0, |label| label + 1))
    }

    /// The values of the sample at `index`.
    pub fn sample(&self, index: usize) -> &[f32] {
        let each = self.each();
        self.values.get(index * each..(index + 1) * each).unwrap_or_default()
    }

    /// The values of the samples `from .. to`.
    pub fn slice(&self, from: usize, to: usize) -> &[f32] {
        let each = self.each();
        let to = to.min(self.len());
        self.values.get(from.min(to) * each..to * each).unwrap_or_default()
    }

    /// The labels of the sample at `index`, one for each place.
    pub fn labels_of(&self, index: usize) -> &[i32] {
        let each = self.choosing.places;
        self.labels.get(index * each..(index + 1) * each).unwrap_or_default()
    }

    /// The samples at `order`, in that order.
    #[must_use]
    pub fn picked(&self, order: &[usize]) -> Self {
        let width = self.targets.len().checked_div(self.len()).unwrap_or(0);
        let target = |&i: &usize| self.targets.get(i * width..(i + 1) * width).unwrap_or_default();
        let picked = order.iter().filter(|index| **index < self.len());
        Self {
            values: picked.clone().flat_map(|&i| self.sample(i)).copied().collect(),
            shape: self.shape.clone(),
            labels: picked.clone().flat_map(|&i| self.labels_of(i)).copied().collect(),
            targets: picked.flat_map(target).copied().collect(),
            metric: self.metric,
            choosing: self.choosing,
        }
    }

    /// The deviation of what outputs are compared with from its mean: targets, or the values themselves.
    pub fn spread(&self) -> f64 {
        let wanted = if self.metric == Metric::Error { &self.targets } else { &self.values };
        let finite = || wanted.iter().filter(|v| v.is_finite()).map(|v| f64::from(*v));
        let count = finite().count().max(1) as f64;
        let mean = finite().sum::<f64>() / count;
        (finite().map(|v| (v - mean).powi(2)).sum::<f64>() / count).sqrt()
    }

    /// An order in which every prefix is representative: classes interleaved, the file's where samples have
    /// none, or several.
    pub fn interleaving(&self) -> Vec<usize> {
        let one_each = self.labels.len() == self.len() && self.choosing.places == 1;
        if one_each { interleaved(&self.labels) } else { (0..self.len()).collect() }
    }
}

/// Reads samples from files: one, several that belong together, or all of a folder with their paths.
///
/// # Errors
/// What is wrong with the files, in one sentence.
pub fn read(files: Vec<File>, options: &Preprocessing, wanted: &Wanted) -> Result<Raw, DatasetError> {
    let files: Vec<File> = files.into_iter().filter(|file| !unpack::is_clutter(&file.name)).collect();
    let name = name_of(&files);
    FILES.check(files.len()).map_err(|many| error(&name, many.to_string()))?;
    let bytes = files.iter().map(|file| file.bytes.len()).sum();
    DATA_BYTES.check(bytes).map_err(|many| error(&name, many.to_string()))?;
    let is_archive = matches!(&files[..], [only] if Kind::Zip.begins(&only.bytes));
    let files = unpack::unpacked(files)?;
    let raw = read_unpacked(&name, &files, options, wanted).map_err(|failed| {
        // An entry is named with its archive.
        let is_entry = is_archive && failed.name != name;
        let name = if is_entry { format!("{} in {name}", failed.name) } else { failed.name };
        DatasetError { name, ..failed }
    })?;
    if raw.is_empty() {
        return Err(error(&name, "it holds no samples".into()));
    }
    SAMPLES.check(raw.len()).map_err(|many| error(&name, many.to_string()))?;
    Ok(raw)
}

/// What a person calls the files: the only one, the two, or their folder.
fn name_of(files: &[File]) -> String {
    match files {
        [] => "the data".into(),
        [one] => one.name.clone(),
        [one, two] => format!("{} and {}", one.name, two.name),
        [first, ..] => match first.name.split_once('/') {
            Some((folder, _)) => format!("the folder {folder}"),
            None => format!("{} and {} more files", first.name, files.len() - 1),
        },
    }
}

fn read_unpacked(
    name: &str,
    files: &[File],
    options: &Preprocessing,
    wanted: &Wanted,
) -> Result<Raw, DatasetError> {
    let has_sounds = || files.iter().any(|file| Kind::Audio.begins(&file.bytes));
    match (format::reader(files), files) {
        (Some((Kind::Image, _)), _) if has_sounds() => {
            Err(error(name, "it holds pictures and recordings; give one kind of them".into()))
        }
        (Some((kind, reader)), _) => (reader.read)(&format::asked((name, kind), files, options, wanted)),
        (None, []) => Err(error(name, "it holds no files".into())),
        (None, [file]) if file.bytes.is_empty() => Err(error(&file.name, "it is empty".into())),
        (None, [file]) => {
            Err(error(&file.name, "it holds neither arrays, a table, pictures nor recordings".into()))
        }
        (None, _) => Err(error(name, "none of its files is an array, a picture or a recording".into())),
    }
}

fn error(name: &str, reason: String) -> DatasetError {
    DatasetError { name: name.into(), reason, hint: format::hint() }
}
