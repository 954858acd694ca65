//! The selection of least loss under limits.

use super::{Limits, Selection, Table};
use sepal_linalg::order_by;
use std::collections::HashMap;

/// Partial selections above which costs are gathered into buckets.
const STATES: usize = 4000;
/// Buckets of bytes, and of MACs, then.
const BUCKETS: u64 = 160;

/// A limit, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Bytes of stored weights.
    Bytes,
    /// Multiply-accumulates.
    Macs,
    /// Peak bytes of activations.
    Ram,
}

/// No selection stays within the limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoPlan {
    /// The limit that cannot be met.
    pub limit: Limit,
    /// What it comes to at least.
    pub least: u64,
    /// What was allowed.
    pub most: u64,
    /// The layer that needs the most of it.
    pub layer: String,
}

#[derive(Clone, Debug)]
struct State {
    bytes: usize,
    macs: u64,
    loss: f64,
    picks: Vec<usize>,
}

/// The selection of least loss within `limits`, and the limits that keep it from losing less.
///
/// Layers are joined one by one; of the partial selections only those are kept that no other beats in
/// bytes, MACs and loss, so the result is exact. Where they become more than 4,000, the best
/// of each bucket of costs is kept; sums are never rounded, so limits always hold.
///
/// # Errors
/// [`NoPlan`] where even the smallest candidates exceed a limit.
pub fn choose(tables: &[Table], limits: Limits) -> Result<(Selection, Vec<Limit>), NoPlan> {
    possible(tables, limits)?;
    let best = search(tables, limits).ok_or_else(|| both_limits(tables, limits))?;
    let without = |limit: Limit| {
        let looser = match limit {
            Limit::Bytes => Limits { bytes: None, ..limits },
            Limit::Macs => Limits { macs: None, ..limits },
            Limit::Ram => Limits { ram_bytes: None, ..limits },
        };
        looser != limits && search(tables, looser).is_some_and(|other| other.loss < best.loss)
    };
    let binding =
        [Limit::Bytes, Limit::Macs, Limit::Ram].into_iter().filter(|limit| without(*limit)).collect();
    Ok((best, binding))
}

fn search(tables: &[Table], limits: Limits) -> Option<Selection> {
    let rest = least_of_rest(tables, limits);
    let mut states = vec![State { bytes: 0, macs: 0, loss: 0.0, picks: Vec::new() }];
    for (index, table) in tables.iter().enumerate() {
        let (bytes_left, macs_left) = rest[index + 1];
        let mut joined = Vec::new();
        for state in &states {
            for (pick, candidate) in table.candidates.iter().enumerate() {
                if limits.ram_bytes.is_some_and(|most| candidate.ram_bytes > most) {
                    continue;
                }
                let (bytes, macs) = (state.bytes + candidate.cost.bytes, state.macs + candidate.cost.macs);
                let over = limits.bytes.is_some_and(|most| bytes + bytes_left > most)
                    || limits.macs.is_some_and(|most| macs + macs_left > most);
                if !over {
                    joined.push((bytes, macs, state.loss + candidate.loss, state, pick));
                }
            }
        }
        let next = undominated(joined.iter().map(|j| (j.0, j.1, j.2)).collect(), limits);
        states = next
            .into_iter()
            .map(|at| {
                let (bytes, macs, loss, before, pick) = joined[at];
                State { bytes, macs, loss, picks: [&before.picks[..], &[pick]].concat() }
            })
            .collect();
    }
    let best = states
        .into_iter()
        .min_by(|a, b| a.loss.total_cmp(&b.loss).then(a.bytes.cmp(&b.bytes)).then(a.macs.cmp(&b.macs)))?;
    Some(Selection::of(tables, best.picks))
}

/// Indices of the states that no other beats; of many, the best of each bucket.
fn undominated(states: Vec<(usize, u64, f64)>, limits: Limits) -> Vec<usize> {
    // Costs without a limit do not count.
    let bytes = |s: &(usize, u64, f64)| if limits.bytes.is_some() { s.0 as u64 } else { 0 };
    let macs = |s: &(usize, u64, f64)| if limits.macs.is_some() { s.1 } else { 0 };
    let order = order_by(states.len(), &mut |a, b| {
        let (a, b) = (&states[a], &states[b]);
        bytes(a).cmp(&bytes(b)).then(a.2.total_cmp(&b.2)).then(macs(a).cmp(&macs(b)))
    });
    // Rising bytes: a state is beaten by an earlier one with no more MACs and no more loss. Those
    // that are kept form a staircase of rising MACs and falling loss.
    let mut stairs: Vec<(u64, f64)> = Vec::new();
    let mut kept = Vec::new();
    for at in order {
        let (own_macs, loss) = (macs(&states[at]), states[at].2);
        let place = stairs.partition_point(|stair| stair.0 <= own_macs);
        if place > 0 && stairs[place - 1].1 <= loss {
            continue;
        }
        kept.push(at);
        let mut end = place;
        while end < stairs.len() && stairs[end].1 >= loss {
            end += 1;
        }
        let start = if place > 0 && stairs[place - 1].0 == own_macs { place - 1 } else { place };
        stairs.splice(start..end, [(own_macs, loss)]);
    }
    if kept.len() <= STATES {
        return kept;
    }
    let widest =
        |of: &dyn Fn(&(usize, u64, f64)) -> u64| kept.iter().map(|&at| of(&states[at])).max().unwrap_or(0);
    let (byte_step, mac_step) = (widest(&bytes) / BUCKETS + 1, widest(&macs) / BUCKETS + 1);
    let mut best = HashMap::<(u64, u64), usize>::new();
    for at in kept {
        let place = (bytes(&states[at]) / byte_step, macs(&states[at]) / mac_step);
        let holder = best.entry(place).or_insert(at);
        if states[at].2 < states[*holder].2 {
            *holder = at;
        }
    }
    // The smallest of all stays reachable whatever the buckets hold.
    let mut thinned: Vec<usize> = best.into_values().collect();
    thinned.sort_unstable();
    thinned
}

/// For each table, the least bytes and MACs of it and all after it, among what RAM allows.
fn least_of_rest(tables: &[Table], limits: Limits) -> Vec<(usize, u64)> {
    let mut rest = vec![(0, 0); tables.len() + 1];
    for (index, table) in tables.iter().enumerate().rev() {
        let fitting =
            || table.candidates.iter().filter(|c| limits.ram_bytes.is_none_or(|most| c.ram_bytes <= most));
        let bytes = fitting().map(|c| c.cost.bytes).min().unwrap_or(0);
        let macs = fitting().map(|c| c.cost.macs).min().unwrap_or(0);
        rest[index] = (rest[index + 1].0 + bytes, rest[index + 1].1 + macs);
    }
    rest
}

fn possible(tables: &[Table], limits: Limits) -> Result<(), NoPlan> {
    let least = |table: &Table, of: &dyn Fn(&super::Candidate) -> u64| {
        table.candidates.iter().map(of).min().unwrap_or(0)
    };
    let largest = |of: &dyn Fn(&super::Candidate) -> u64| {
        let needy = tables.iter().max_by_key(|table| least(table, of));
        needy.map(|table| table.layer.clone()).unwrap_or_default()
    };
    let sum =
        |of: &dyn Fn(&super::Candidate) -> u64| tables.iter().map(|table| least(table, of)).sum::<u64>();
    let (bytes, macs) = (|c: &super::Candidate| c.cost.bytes as u64, |c: &super::Candidate| c.cost.macs);
    let ram = |c: &super::Candidate| c.ram_bytes as u64;
    let checks: [(Limit, Option<u64>, u64, String); 3] = [
        (Limit::Bytes, limits.bytes.map(|b| b as u64), sum(&bytes), largest(&bytes)),
        (Limit::Macs, limits.macs, sum(&macs), largest(&macs)),
        (
            Limit::Ram,
            limits.ram_bytes.map(|b| b as u64),
            tables.iter().map(|table| least(table, &ram)).max().unwrap_or(0),
            largest(&ram),
        ),
    ];
    for (limit, most, least, layer) in checks {
        if let Some(most) = most.filter(|most| least > *most) {
            return Err(NoPlan { limit, least, most, layer });
        }
    }
    Ok(())
}

/// Each limit can be met, but not all of them together: the bytes are named.
fn both_limits(tables: &[Table], limits: Limits) -> NoPlan {
    let other = Limits { bytes: None, ..limits };
    let cheapest =
        tables.iter().map(|t| t.candidates.iter().map(|c| c.cost.bytes).min().unwrap_or(0)).sum::<usize>();
    let least = search(tables, other).map_or(cheapest, |s| s.bytes);
    let layer = tables.iter().max_by_key(|t| t.candidates.iter().map(|c| c.cost.bytes).min());
    NoPlan {
        limit: Limit::Bytes,
        least: least as u64,
        most: limits.bytes.unwrap_or(0) as u64,
        layer: layer.map(|t| t.layer.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::random_tables;
    use super::super::{Limits, Selection, Table};
    use super::{Limit, choose};

    fn exhaustive(tables: &[Table], limits: Limits) -> Option<f64> {
        let mut best = None;
        let count: usize = tables.iter().map(|t| t.candidates.len()).product();
        for mut code in 0..count {
            let picks = tables.iter().map(|table| {
                let pick = code % table.candidates.len();
                code /= table.candidates.len();
                pick
            });
            let selection = Selection::of(tables, picks.collect());
            if selection.fits(limits) && best.is_none_or(|least| selection.loss < least) {
                best = Some(selection.loss);
            }
        }
        best
    }

    #[test]
    fn agrees_with_exhaustive_search() {
        for seed in 0..30 {
            let tables = random_tables(4, 6, seed);
            let limits = Limits {
                bytes: Some(1200 + 60 * seed as usize),
                macs: (seed % 2 == 0).then_some(9000 + 200 * seed),
                ram_bytes: (seed % 3 == 0).then_some(95),
            };
            let found = choose(&tables, limits);
            match exhaustive(&tables, limits) {
                Some(least) => {
                    let (selection, _) = found.unwrap();
                    assert!(selection.fits(limits));
                    assert!((selection.loss - least).abs() < 1e-12, "seed {seed}");
                }
                None => assert!(found.is_err(), "seed {seed}"),
            }
        }
    }

    #[test]
    fn many_layers_never_exceed_a_limit() {
        for seed in 0..4 {
            let tables = random_tables(20, 30, seed);
            let limits = Limits { bytes: Some(7000), macs: Some(40_000), ram_bytes: None };
            let (selection, binding) = choose(&tables, limits).unwrap();
            assert!(selection.fits(limits));
            assert!(!binding.is_empty());
        }
    }

    #[test]
    fn it_says_which_limit_binds_and_which_cannot_be_met() {
        let tables = random_tables(3, 5, 1);
        let loose = Limits { bytes: Some(1_000_000), macs: Some(6000), ram_bytes: None };
        assert_eq!(choose(&tables, loose).unwrap().1, [Limit::Macs]);
        let error = choose(&tables, Limits { bytes: Some(10), ..Limits::default() }).unwrap_err();
        assert_eq!((error.limit, error.most), (Limit::Bytes, 10));
        assert!(error.least > 10 && error.layer.starts_with("layer"));
        assert_eq!(choose(&tables, Limits::default()).unwrap().0.loss, 0.0);
    }
}
