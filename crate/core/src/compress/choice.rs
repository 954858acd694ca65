//! The settings that a method offers on one layer, and picking some of them.

/// Ratio between neighbouring ranks that searches try.
const RANK_STEP: f64 = 1.3;

/// One rank at which a method can be used, and the non-zeros that it allows there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Rank, or number of atoms; 0 where there is none.
    pub rank: usize,
    /// Allowed non-zeros, rising: per column of a dictionary's code, else in all; empty for dense
    /// methods.
    pub nonzeros: Vec<usize>,
    /// What non-zeros are a share of; 0 for dense methods.
    pub most: usize,
}

/// Where the dials of all methods stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dials {
    /// Wanted rank, or number of atoms.
    pub rank: f64,
    /// Wanted share of zeros, 0 to 1.
    pub sparsity: f64,
    /// Neighbouring outputs that share which weights stay.
    pub block: usize,
}

impl Choice {
    pub(crate) fn rank(rank: usize) -> Self {
        Self { rank, nonzeros: Vec::new(), most: 0 }
    }

    /// The place of the non-zeros next to a share of zeros; 0 for dense methods.
    fn nearest(&self, sparsity: f64) -> usize {
        let wanted = (1.0 - sparsity) * self.most as f64;
        nearest(self.nonzeros.iter().copied(), wanted).unwrap_or(0)
    }
}

/// The places of the choice, and of the non-zeros in it, that are next to where the dials stand; `None` where
/// there is no choice.
pub(crate) fn nearest_choice(choices: &[Choice], dials: Dials) -> Option<(usize, usize)> {
    let row = nearest(choices.iter().map(|choice| choice.rank), dials.rank)?;
    Some((row, choices.get(row)?.nearest(dials.sparsity)))
}

/// The place of the value next to `wanted`, the first of two that are as near.
fn nearest(values: impl Iterator<Item = usize>, wanted: f64) -> Option<usize> {
    let far = values.map(|value| (value as f64 - wanted).abs()).enumerate();
    far.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(place, _)| place)
}

/// The choice at `rank`.
///
/// # Errors
/// Which ranks there are, for a sentence that ends with it.
pub(crate) fn at_rank(choices: &[Choice], rank: usize) -> Result<&Choice, String> {
    let ends = || choices.first().zip(choices.last()).map_or((0, 0), |(a, b)| (a.rank, b.rank));
    let found = choices.iter().find(|choice| choice.rank == rank);
    found.ok_or_else(|| format!("ranks go from {} to {}", ends().0, ends().1))
}

/// Ranks with a ratio of [`RANK_STEP`] between them.
pub(crate) fn spread(ranks: &[usize]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut next = 0.0;
    for &rank in ranks {
        if rank as f64 >= next {
            found.push(rank);
            next = (rank as f64 * RANK_STEP).max(rank as f64 + 1.0);
        }
    }
    found
}

/// At most `count` of `values`, evenly spaced, the last one among them.
pub(crate) fn evenly(values: &[usize], count: usize) -> Vec<usize> {
    if values.len() <= count {
        return values.to_vec();
    }
    (1..=count).map(|i| values[i * values.len() / count - 1]).collect()
}
