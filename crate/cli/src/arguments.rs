//! The command line.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum};
use sepal_core::session::{Fit as Fitting, Method, Precision, Values, format, usual};
use std::path::PathBuf;

/// The help of an option that takes samples: what they are for, and which can be given.
fn samples(purpose: &str) -> String {
    format!("{purpose} {}", format::help())
}

/// See what your network can live without: compress small neural networks without retraining.
#[derive(Parser)]
#[command(name = "sepal", version)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// List a model's layers: shapes, sizes, multiply-accumulates, and which methods fit them.
    Inspect(Inspect),
    /// Compress a model by a plan, or by one method for all layers that it fits.
    Compress(Compress),
    /// Find the plan that loses least under limits on memory, operations or accuracy, and carry it out.
    Fit(Fit),
    /// Write a model, compressed by a plan or as it is, as the package for a device.
    Export(Export),
    /// Measure a model's accuracy, or what else fits it and its data.
    Evaluate(Evaluate),
    /// Draw a chart as SVG.
    Plot(Plot),
    /// List the devices that --device knows: memory and clock.
    Devices(Devices),
}

impl Command {
    /// What it is called by.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Inspect(_) => "inspect",
            Self::Compress(_) => "compress",
            Self::Fit(_) => "fit",
            Self::Export(_) => "export",
            Self::Evaluate(_) => "evaluate",
            Self::Plot(_) => "plot",
            Self::Devices(_) => "devices",
        }
    }
}

#[derive(Args)]
pub(crate) struct Inspect {
    /// ONNX file.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) opening: Opening,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Compress {
    /// ONNX file.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) opening: Opening,
    /// Folder for the compressed .onnx and report.json; made where it is missing.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Plan file, or a report.json of the page or of this program.
    #[arg(long, conflicts_with = "method", required_unless_present = "method")]
    pub(crate) plan: Option<PathBuf>,
    /// Method for every layer that it fits and makes smaller, but the classifier and layers with
    /// less than 2 % of the weights.
    #[arg(long, value_parser = methods())]
    pub(crate) method: Option<Method>,
    /// Rank, or atoms of a dictionary: a number from 1, or a share of the full rank below 1.
    #[arg(long, default_value_t = f64::from(usual::RANK_PERCENT) / 100.0, conflicts_with = "plan")]
    pub(crate) rank: f64,
    /// Share of zeros in the sparse code of a dictionary or in a pruned matrix, 0 to 1.
    #[arg(long, default_value_t = f64::from(usual::SPARSITY_PERCENT) / 100.0, conflicts_with = "plan")]
    pub(crate) sparsity: f64,
    /// Neighbouring outputs that share which weights stay when pruned: 1, 4 or 8.
    #[arg(long, default_value_t = 1, conflicts_with = "plan")]
    pub(crate) block: usize,
    /// How values are stored.
    #[arg(long, value_enum, default_value = "float", conflicts_with = "plan")]
    pub(crate) values: ValuesName,
    /// What the weights are fitted to; taken from the plan where there is one.
    #[arg(long, value_enum)]
    pub(crate) fit: Option<FitName>,
    /// Seed of the dictionaries' first atoms.
    #[arg(long, default_value_t = 0, conflicts_with = "plan")]
    pub(crate) seed: u64,
    /// Samples to fit to, of the kinds that --evaluation takes; labels are not needed. A fifth of them, at
    /// least 20, is held out: on how many of these do both models choose the same class?
    #[arg(long, num_args = 1..)]
    pub(crate) calibration: Vec<PathBuf>,
    #[arg(long, num_args = 1.., help = samples("Samples to score by:"))]
    pub(crate) evaluation: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Also write the model as `TFLite`, of float32 or of 8-bit integers; those need --calibration.
    #[arg(long, value_enum)]
    pub(crate) tflite: Option<PrecisionName>,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Fit {
    /// ONNX file.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) opening: Opening,
    /// Folder for the compressed .onnx and report.json; made where it is missing.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Most bytes of stored weights.
    #[arg(long, value_name = "BYTES")]
    pub(crate) flash: Option<usize>,
    /// Most bytes of float32 activations at once.
    #[arg(long, value_name = "BYTES")]
    pub(crate) ram: Option<usize>,
    /// Most multiply-accumulates for one sample.
    #[arg(long, value_name = "N")]
    pub(crate) macs: Option<u64>,
    /// Most points of accuracy (or of AUC) to lose; without --evaluation, percent of the calibration samples
    /// that change class; of an error, its rise in percent of the spread of what outputs are compared with.
    #[arg(long, value_name = "POINTS")]
    pub(crate) max_loss: Option<f64>,
    /// Flash and RAM of a device as limits, where they are not given; `sepal devices` lists them.
    #[arg(long)]
    pub(crate) device: Option<String>,
    /// Allowed methods, with commas; all of them where none is named.
    #[arg(long, value_parser = methods(), value_delimiter = ',')]
    pub(crate) methods: Vec<Method>,
    /// Allowed ways to store values, with commas; all of them where none is named.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(crate) values: Vec<ValuesName>,
    /// Allowed blocks of pruned weights, with commas: 1, 4 or 8 outputs that share which stay.
    #[arg(long, value_delimiter = ',', default_value = "1", value_name = "ROWS")]
    pub(crate) blocks: Vec<usize>,
    /// Layers to change, with commas; the others stay as they are.
    #[arg(long, value_delimiter = ',', value_name = "LAYER")]
    pub(crate) only: Vec<String>,
    /// What the weights are fitted to in the end.
    #[arg(long = "fit", value_enum, default_value = "sequential")]
    pub(crate) toward: FitName,
    /// Seed of the dictionaries' first atoms.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// Samples to fit to, of the kinds that --evaluation takes; labels are not needed. Without them weights
    /// are fitted to the old ones.
    #[arg(long, num_args = 1..)]
    pub(crate) calibration: Vec<PathBuf>,
    #[arg(long, num_args = 1.., help = samples("Samples that help to choose, and that the result is measured on where --measure gives no others:"))]
    pub(crate) evaluation: Vec<PathBuf>,
    /// Samples on which only the result is measured.
    #[arg(long, num_args = 1..)]
    pub(crate) measure: Vec<PathBuf>,
    /// Search also by samples on which the original does no better than chance.
    #[arg(long)]
    pub(crate) anyway: bool,
    #[command(flatten)]
    pub(crate) reading: Reading,
    #[command(flatten)]
    pub(crate) writing: Writing,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Export {
    /// ONNX file.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) opening: Opening,
    /// The package: a .zip file, or a folder for its files.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Plan file, or a report.json of the page or of this program; without it nothing but rounding is
    /// done.
    #[arg(long)]
    pub(crate) plan: Option<PathBuf>,
    /// Samples to fit to, and for the ranges of 8-bit activations, of the kinds that --evaluation takes;
    /// labels are not needed.
    #[arg(long, num_args = 1..)]
    pub(crate) calibration: Vec<PathBuf>,
    #[arg(long, num_args = 1.., help = samples("Samples that the artifact's bytes are run on:"))]
    pub(crate) evaluation: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// How activations and arithmetic are done.
    #[arg(long, value_enum, default_value = "int8")]
    pub(crate) precision: PrecisionName,
    /// Which format weights are stored in, of those that can hold them.
    #[arg(long, value_enum, default_value = "small")]
    pub(crate) prefer: PreferenceName,
    /// Formats that are forced, as LAYER=FORMAT with commas; FORMAT as in FORMAT.md: `dense_s8`,
    /// `sparse_s8`, `gap`, `block4_s8` and so on.
    #[arg(long, value_delimiter = ',', value_name = "LAYER=FORMAT")]
    pub(crate) formats: Vec<String>,
    /// Also write this many evaluation samples as the artifact reads them, and what it gives for them,
    /// to input.bin and output.bin in the folder.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) vectors: usize,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a model's file leaves open.
#[derive(Args)]
pub(crate) struct Opening {
    /// A size that the model's file leaves open, as AXIS=N by the axis's name, or the whole shape of an input for
    /// one sample, as NAME=1x3x48x192; once for each. What is not given is taken from the samples, else guessed.
    #[arg(long = "size", value_name = "NAME=SIZE")]
    pub(crate) sizes: Vec<String>,
    /// The output that is scored, and that a device computes; else the first one of real numbers.
    #[arg(long, value_name = "NAME")]
    pub(crate) output: Option<String>,
}

/// How samples are read, where guessing is wrong.
#[derive(Args)]
pub(crate) struct Reading {
    /// How samples are read, as KEY=VALUE or as a JSON file of them; what is not given is guessed, and
    /// `sepal evaluate` says what was.
    ///
    /// scale, offset: real = stored * scale + offset, one number or fraction (1/255), or one per channel with
    /// commas. layout: nchw or nhwc, of the stored samples. colour: rgb, bgr or grey, as the model reads them.
    /// quantised: true where stored values are the 8-bit numbers of the model's own input. metric: accuracy,
    /// agreement, error, reconstruction or auc. label-column: of a table, by name or number from 0; several
    /// with commas. first-label: 1 where labels count from 1. threshold: what a single output is compared
    /// with, 0.5 for probabilities, 0 for logits. batch-axis: of the model's inputs, which counts samples: 1
    /// where steps come first.
    #[arg(long, value_name = "KEY=VALUE", num_args = 1..)]
    pub(crate) preprocess: Vec<String>,
}

/// What is written.
#[derive(Args)]
pub(crate) struct Writing {
    /// Also write a file that no runtime can load, for a .tflite with operators that ONNX does not have: its
    /// name ends in -partial, and report.json names them.
    #[arg(long)]
    pub(crate) partial: bool,
}

/// Arithmetic by its name on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum PrecisionName {
    /// 8-bit integers.
    Int8,
    /// float32.
    Float,
}

impl From<PrecisionName> for Precision {
    fn from(name: PrecisionName) -> Self {
        match name {
            PrecisionName::Int8 => Self::Int8,
            PrecisionName::Float => Self::Float,
        }
    }
}

/// Preferences by their names on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum PreferenceName {
    /// Fewest bytes.
    Small,
    /// Fewest instructions.
    Fast,
}

#[derive(Args)]
pub(crate) struct Evaluate {
    /// ONNX file.
    pub(crate) model: PathBuf,
    #[command(flatten)]
    pub(crate) opening: Opening,
    #[arg(long, num_args = 1.., required = true, help = samples("Samples to score by:"))]
    pub(crate) evaluation: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: Reading,
    /// Write the model's outputs there, as .npy (samples x classes).
    #[arg(long)]
    pub(crate) outputs: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Plot {
    /// Chart as JSON: width, height, x, y, series, rules, title, description.
    pub(crate) chart: PathBuf,
    /// Write the SVG there instead of printing it.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
    /// Print JSON: the SVG, where its plotting area lies, and the range of data that it shows.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Devices {
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Methods by their names on the command line.
fn methods() -> impl TypedValueParser<Value = Method> {
    let of = |method: &Method| {
        let facts = method.facts();
        PossibleValue::new(facts.name).help(facts.summary).aliases(facts.aliases)
    };
    let listed = Method::ALL.iter().chain([&Method::Keep]).map(of);
    PossibleValuesParser::new(listed).try_map(|name| Method::named(&name).ok_or("no method is called so"))
}

/// Ways to store values.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum ValuesName {
    /// float32.
    Float,
    /// 8 bits, one scale per output.
    Int8,
    /// 4 bits, one scale per output.
    Int4,
    /// 4-bit indices into 16 values.
    Codebook,
    /// 3-bit indices into 8 values.
    Codebook3,
}

impl From<ValuesName> for Values {
    fn from(name: ValuesName) -> Self {
        match name {
            ValuesName::Float => Self::Float,
            ValuesName::Int8 => Self::Int8,
            ValuesName::Int4 => Self::Int4,
            ValuesName::Codebook => Self::Codebook,
            ValuesName::Codebook3 => Self::Codebook3,
        }
    }
}

/// What weights are fitted to.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum FitName {
    /// The old weights.
    Plain,
    /// Each layer's outputs on calibration samples.
    Calibrated,
    /// The same from front to back, on what the compressed layers before give.
    Sequential,
}

impl From<FitName> for Fitting {
    fn from(name: FitName) -> Self {
        match name {
            FitName::Plain => Self::Plain,
            FitName::Calibrated => Self::Calibrated,
            FitName::Sequential => Self::Sequential,
        }
    }
}
