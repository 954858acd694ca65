//! Tables for the tests of this module.

use super::{Candidate, Table};
use crate::compress::{Setting, Values};
use crate::cost::Cost;

/// Tables of random candidates, each with one that costs most and loses nothing.
pub(crate) fn random_tables(layers: usize, candidates: usize, seed: u64) -> Vec<Table> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut candidate = |size: f64| Candidate {
        setting: Setting::LowRank { rank: random.usize(1..9) },
        values: Values::Float,
        cost: Cost {
            parameters: 0,
            bytes: (size * 1000.0) as usize + random.usize(0..40),
            macs: (size * 5000.0) as u64 + random.u64(0..2000),
        },
        ram_bytes: random.usize(10..100),
        squared_error: 0.0,
        loss: if size >= 1.0 { 0.0 } else { (1.0 - size) * random.f64() },
    };
    (0..layers)
        .map(|layer| Table {
            layer: format!("layer{layer}"),
            candidates: (1..=candidates).map(|i| candidate(i as f64 / candidates as f64)).collect(),
        })
        .collect()
}
