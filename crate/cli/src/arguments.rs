//! The command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use sepal_core::session::Method;
use std::path::PathBuf;

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
    /// Measure a model's accuracy.
    Evaluate(Evaluate),
    /// Draw a chart as SVG.
    Plot(Plot),
}

#[derive(Args)]
pub(crate) struct Inspect {
    /// ONNX file.
    pub(crate) model: PathBuf,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Compress {
    /// ONNX file.
    pub(crate) model: PathBuf,
    /// Folder for the compressed .onnx and report.json; made where it is missing.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Plan file, or a report.json of the page or of this program.
    #[arg(long, conflicts_with = "method", required_unless_present = "method")]
    pub(crate) plan: Option<PathBuf>,
    /// Method for every layer that it fits and makes smaller, but the classifier and layers with
    /// less than 2 % of the weights.
    #[arg(long, value_enum)]
    pub(crate) method: Option<MethodName>,
    /// Rank, or atoms of a dictionary: a number from 1, or a share of the full rank below 1.
    #[arg(long, default_value_t = 0.25, conflicts_with = "plan")]
    pub(crate) rank: f64,
    /// Share of zeros in the sparse code of a dictionary, 0 to 1.
    #[arg(long, default_value_t = 0.8, conflicts_with = "plan")]
    pub(crate) sparsity: f64,
    /// Seed of the dictionaries' first atoms.
    #[arg(long, default_value_t = 0, conflicts_with = "plan")]
    pub(crate) seed: u64,
    /// Unlabelled samples (.npz with x): on how many of them do both models choose the same class?
    #[arg(long)]
    pub(crate) calibration: Option<PathBuf>,
    /// Labelled samples: an .npz file with x and y, or IDX images and labels.
    #[arg(long, num_args = 1..=2)]
    pub(crate) evaluation: Vec<PathBuf>,
    /// Print the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
pub(crate) struct Evaluate {
    /// ONNX file.
    pub(crate) model: PathBuf,
    /// Labelled samples: an .npz file with x and y, or IDX images and labels.
    #[arg(long, num_args = 1..=2, required = true)]
    pub(crate) evaluation: Vec<PathBuf>,
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

/// Methods by their names on the command line.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum MethodName {
    /// Truncated SVD.
    #[value(name = "low_rank", alias = "low-rank", alias = "svd")]
    LowRank,
    /// Dense dictionary and sparse code (K-SVD).
    #[value(name = "dictionary", alias = "sparse_dictionary", alias = "sparse-dictionary", alias = "ksvd")]
    Dictionary,
    /// Convolutions as d x 1 then 1 x d.
    #[value(name = "separation", alias = "kernel_separation", alias = "kernel-separation")]
    Separation,
}

impl From<MethodName> for Method {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::LowRank => Self::LowRank,
            MethodName::Dictionary => Self::Dictionary,
            MethodName::Separation => Self::Separation,
        }
    }
}
