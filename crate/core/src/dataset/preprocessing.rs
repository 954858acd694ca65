//! How stored values become what a model reads, and what its quality is measured against.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the quality of a model is measured by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// Share of samples whose class is right.
    #[default]
    Accuracy,
    /// Share of samples on which the original chooses the same class: no labels are needed.
    Agreement,
    /// Root of the mean squared error of the outputs against given values.
    Error,
    /// The same against the inputs, for auto-encoders.
    Reconstruction,
    /// Area under the curve of true over false alarms, by how badly a sample is reconstructed.
    Auc,
}

impl Metric {
    /// Whether it compares the classes of samples.
    pub fn compares_classes(self) -> bool {
        matches!(self, Self::Accuracy | Self::Agreement)
    }

    /// Whether it is percent, and rises the better a model is; else it is an error, and falls.
    pub fn rises(self) -> bool {
        !matches!(self, Self::Error | Self::Reconstruction)
    }

    /// A value of it with its unit, as people read it.
    pub fn text(self, value: f64) -> String {
        if self.rises() { format!("{value:.2} %") } else { format!("{value:.6}") }
    }

    /// How people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accuracy => "accuracy",
            Self::Agreement => "agreement",
            Self::Error => "root mean squared error",
            Self::Reconstruction => "root mean squared error of the reconstruction",
            Self::Auc => "AUC",
        }
    }
}

/// How the axes of stored samples lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Channels first.
    Nchw,
    /// Channels last.
    Nhwc,
}

/// Which colours the channels of pictures are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// One channel of brightness.
    Grey,
}

/// How data is read. What is not given is guessed; views of samples say what was.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Preprocessing {
    /// real = stored * scale + offset: one factor, or one per channel.
    pub scale: Option<Vec<f32>>,
    /// As many terms.
    pub offset: Option<Vec<f32>>,
    /// How stored axes lie.
    pub layout: Option<Layout>,
    /// Which colours the model reads; stored pictures are red, green, blue.
    pub colour: Option<Colour>,
    /// Whether stored values are the 8-bit numbers that the model's own input takes.
    pub quantised: Option<bool>,
    /// What quality is measured by.
    pub metric: Option<Metric>,
    /// The column of a table that holds the labels, by name or by number from 0.
    pub label_column: Option<String>,
    /// The label that the model's first class has: 0, or 1 where labels count from 1.
    pub first_label: Option<usize>,
    /// What a single output is compared with: above it is class 1. 0.5 for probabilities, 0 for logits.
    pub threshold: Option<f32>,
    /// The axis of the model's inputs that counts samples: 0, or 1 where steps come first.
    pub batch_axis: Option<usize>,
}
