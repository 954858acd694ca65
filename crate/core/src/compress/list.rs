//! The list of methods. A method is its file, its variant of [`Setting`] and its line here.

use super::Setting;
use super::method::{Compressor, Facts, Method};
use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// Makes what needs to know every method out of their list: `Variant { fields of the setting } in file`.
macro_rules! methods {
    ($($variant:ident $fields:tt in $file:ident),* $(,)?) => {
        /// Which method.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        #[ts(rename = "Method")]
        pub enum MethodId {
            $(#[doc = concat!("See `", stringify!($file), "`.")] $variant),*
        }

        const IDS: &[MethodId] = &[$(MethodId::$variant),*];

        impl MethodId {
            pub(super) fn method(self) -> &'static dyn Method {
                match self { $(Self::$variant => &super::$file::$variant),* }
            }
        }

        impl Setting {
            /// The method that the setting belongs to.
            pub fn method(self) -> MethodId {
                match self { $(Self::$variant { .. } => MethodId::$variant),* }
            }

            /// The method at this setting.
            pub(crate) fn compressor(self) -> Box<dyn Compressor> {
                match self { $(Self::$variant $fields => Box::new(super::$file::At $fields)),* }
            }
        }
    };
}

// The first changes nothing; the others are offered in this order.
methods! {
    Keep {} in keep,
    LowRank { rank } in low_rank,
    Channel { rank } in channel,
    Dictionary { atoms, nonzeros } in dictionary,
    DoubleSparse { nonzeros } in double_sparse,
    Separation { rank, order, kept } in separation,
    Prune { nonzeros, block } in prune,
}

impl MethodId {
    /// The methods that change a layer, in the order in which they are offered.
    pub const ALL: &'static [Self] = match IDS {
        [_, changing @ ..] => changing,
        [] => &[],
    };

    /// The one with this name, or with this other name on the command line.
    pub fn named(name: &str) -> Option<Self> {
        let is = |method: &&Self| method.name() == name || method.facts().aliases.contains(&name);
        IDS.iter().find(is).copied()
    }

    /// What holds for it on every layer.
    pub fn facts(self) -> Facts {
        self.method().facts()
    }

    /// The name in plans, reports and on the command line.
    pub fn name(self) -> &'static str {
        self.facts().name
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.compressor().fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Learning, Objective};
    use super::super::{Point, Setting, Target, Values, apply};
    use super::{IDS, MethodId};
    use crate::graph::{Conv, LayerKind, Weight};
    use sepal_linalg::testing;

    #[test]
    fn a_method_is_called_as_its_settings_are_written() {
        for &method in IDS {
            let facts = method.facts();
            let setting = method.setting(Point { rank: 3, nonzeros: 2, block: 1 });
            assert_eq!(setting.method(), method);
            assert_eq!(serde_json::to_value(method).unwrap(), facts.name);
            assert_eq!(serde_json::to_value(setting).unwrap()["method"], facts.name);
            for name in facts.aliases.iter().chain([&facts.name]) {
                assert_eq!(MethodId::named(name), Some(method), "{name}");
            }
        }
    }

    #[test]
    fn dials_are_called_as_the_fields_that_they_set() {
        for &method in IDS {
            let written =
                serde_json::to_value(method.setting(Point { rank: 3, nonzeros: 2, block: 1 })).unwrap();
            let fields = ["rank", "atoms", "nonzeros"].into_iter().filter(|name| written.get(name).is_some());
            let dials = method.facts().dials.iter();
            let mut named: Vec<String> =
                dials.map(|d| serde_json::to_value(d).unwrap().as_str().unwrap().to_owned()).collect();
            named.sort_by_key(|name| name == "nonzeros");
            assert_eq!(named, fields.collect::<Vec<_>>(), "{}", method.name());
        }
    }

    fn weight() -> Weight {
        let conv = Conv { groups: 1, kernel: vec![3, 3], input: vec![9, 9], output: vec![7, 7] };
        let matrix = testing::random(12, 8 * 9, 1);
        Weight { kind: LayerKind::Conv(conv), matrix, sparse: false, positions: 49, bias: None }
    }

    #[test]
    fn what_a_method_stores_has_the_shape_that_it_states() {
        let weight = weight();
        let objective = Objective::plain(&weight);
        for &method in IDS {
            let candidates = method.candidates(&weight, &[1]);
            let setting: Setting = candidates[candidates.len() / 2];
            let mut learning = Learning::start(setting, &weight, &objective, 1).unwrap();
            let factored = std::iter::repeat_with(|| learning.step()).flatten().next().unwrap();
            let target = Target { weight: &weight, objective: &objective, values: Values::Float };
            let parts = apply(&factored, setting, target).unwrap();
            let stages = factored.stages(setting, &weight).unwrap();
            assert_eq!(parts.split, stages.split, "{setting}");
            assert_eq!(parts.stages.len(), stages.shapes.len(), "{setting}");
            for (stage, shape) in parts.stages.iter().zip(stages.shapes) {
                assert_eq!(stage.name, shape.name);
                assert_eq!(stage.factor.matrix.dim(), (shape.rows, shape.columns), "{setting}");
                let most = shape.stored.unwrap_or(shape.rows * shape.columns);
                assert!(stage.factor.stored() <= most, "{setting}: {} {most}", stage.factor.stored());
            }
        }
    }

    #[test]
    fn factors_of_other_settings_are_refused() {
        let weight = weight();
        let objective = Objective::plain(&weight);
        let target = Target { weight: &weight, objective: &objective, values: Values::Float };
        let of = |setting| {
            let mut learning = Learning::start(setting, &weight, &objective, 1).unwrap();
            std::iter::repeat_with(move || learning.step()).flatten().next().unwrap()
        };
        let svd = of(Setting::LowRank { rank: 2 });
        assert!(apply(&svd, Setting::LowRank { rank: 5 }, target).is_some());
        assert!(apply(&svd, Setting::Channel { rank: 2 }, target).is_none());
        let pruned = of(Setting::Prune { nonzeros: 50, block: 1 });
        assert!(apply(&pruned, Setting::Prune { nonzeros: 90, block: 1 }, target).is_some());
        assert!(apply(&pruned, Setting::Prune { nonzeros: 90, block: 4 }, target).is_none());
    }
}
