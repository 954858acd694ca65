//! A plan: what is done to every layer.

use super::Setting;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The user's choices. Small, comparable, and the same in the page, in reports and in plan files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Seed of everything that is drawn (the first atoms of dictionaries).
    #[serde(default)]
    #[ts(type = "number")]
    pub seed: u64,
    /// Layer name → setting; a layer that is not named is kept.
    #[ts(type = "Record<string, Setting>")]
    pub layers: BTreeMap<String, Setting>,
}

impl Plan {
    /// The setting of the layer called `name`.
    pub fn setting(&self, name: &str) -> Setting {
        self.layers.get(name).copied().unwrap_or_default()
    }
}
