//! A plan: what is done to every layer.

use super::{Fit, Setting, Values};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The user's choices. Small, comparable, and the same in the page, in reports and in plan files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Seed of everything that is drawn (the first atoms of dictionaries).
    #[serde(default)]
    #[ts(type = "number")]
    pub seed: u64,
    /// What the weights are fitted to.
    #[serde(default)]
    pub fit: Fit,
    /// Layer name → setting; a layer that is not named is kept.
    #[ts(type = "Record<string, Setting>")]
    pub layers: BTreeMap<String, Setting>,
    /// Layer name → how its values are stored; float32 where it is not named.
    #[serde(default)]
    #[ts(type = "Record<string, Values>")]
    pub values: BTreeMap<String, Values>,
}

impl Plan {
    /// The setting of the layer called `name`.
    pub fn setting(&self, name: &str) -> Setting {
        self.layers.get(name).copied().unwrap_or_default()
    }

    /// How the values of the layer called `name` are stored.
    pub fn values_of(&self, name: &str) -> Values {
        self.values.get(name).copied().unwrap_or_default()
    }

    /// Whether the layer called `name` is changed at all.
    pub fn changes(&self, name: &str) -> bool {
        self.setting(name) != Setting::Keep || self.values_of(name) != Values::Float
    }
}
