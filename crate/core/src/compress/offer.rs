//! What a method offers on a layer: the same questions to each, and what holds for all.

use super::choice::nearest_choice;
use super::{Choice, Dials, MethodId, MethodProperty, Point, Setting};
use crate::graph::{LayerKind, Weight};

/// The setting next to where the dials stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Near {
    /// The setting.
    pub setting: Setting,
    /// Its place among the method's choices.
    pub row: usize,
    /// The place of its non-zeros in that choice; 0 for dense methods.
    pub index: usize,
}

impl MethodId {
    /// The settings that it has on a layer; empty where it does not fit.
    pub fn choices(self, weight: &Weight) -> Vec<Choice> {
        if weight.sparse || self.is_barred(weight) { Vec::new() } else { self.method().choices(weight) }
    }

    /// Whether the layer's matrix stays in its place and the method cannot change it there.
    fn is_barred(self, weight: &Weight) -> bool {
        matches!(weight.kind, LayerKind::Fixed(_)) && !self.facts().has(MethodProperty::InPlace)
    }

    /// Why it has no setting for a layer, to follow its name and a colon; `None` where it has some.
    pub fn unfit(self, weight: &Weight) -> Option<&'static str> {
        let offers = || self.choices(weight).iter().any(|c| c.rank > 0 || !c.nonzeros.is_empty());
        if self == Self::Keep || offers() {
            return None;
        }
        Some(if weight.sparse {
            "its weights are stored sparsely already"
        } else if self.is_barred(weight) {
            "its matrix stays in its place, so nothing but pruning and rounding can change it"
        } else {
            self.method().unfit(weight)
        })
    }

    /// The setting at one of its choices.
    pub fn setting(self, at: Point) -> Setting {
        self.method().setting(at)
    }

    /// The settings that a search tries on a layer, with these blocks.
    pub fn candidates(self, weight: &Weight, blocks: &[usize]) -> Vec<Setting> {
        self.method().candidates(weight, &self.choices(weight), blocks)
    }

    /// The setting of a layer next to where the dials stand; `None` where it has none.
    pub fn nearest(self, weight: &Weight, dials: Dials) -> Option<Near> {
        let choices = self.choices(weight);
        let (row, index) = nearest_choice(&choices, dials)?;
        let choice = choices.get(row)?;
        let nonzeros = choice.nonzeros.get(index).copied().unwrap_or(0);
        let setting = self.setting(Point { rank: choice.rank, nonzeros, block: dials.block });
        Some(Near { setting, row, index })
    }
}

impl Setting {
    /// Whether a layer offers the setting.
    ///
    /// # Errors
    /// Why not, for a sentence that ends with it.
    pub fn check(self, weight: &Weight) -> Result<(), String> {
        let choices = self.method().choices(weight);
        if choices.is_empty() {
            return Err(self.method().unfit(weight).unwrap_or("the method does not fit this layer").into());
        }
        self.compressor().check(&choices, weight)
    }
}
