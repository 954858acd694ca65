//! The Pareto front of loss against bytes.

use super::{Candidate, Selection, Table};
use sepal_linalg::sort_by;

/// Points between which a front is refined at most.
const POINTS: usize = 64;

/// The lower convex hull of loss against bytes over all selections, from the smallest to the one
/// without loss: for each price of a byte, every layer takes what costs it least.
///
/// **Source**: Everett 1963 (Lagrange multipliers); each point is optimal for its own bytes.
pub fn front(tables: &[Table]) -> Vec<Selection> {
    let prices = prices(tables);
    let mut found: Vec<Selection> = prices.iter().map(|&price| at_price(tables, price)).collect();
    sort_by(&mut found, |a, b| a.bytes.cmp(&b.bytes).then(a.loss.total_cmp(&b.loss)));
    found.dedup_by(|a, b| a.bytes == b.bytes);
    let mut least = f64::INFINITY;
    found.retain(|selection| {
        let better = selection.loss < least;
        least = least.min(selection.loss);
        better
    });
    found
}

fn at_price(tables: &[Table], price: f64) -> Selection {
    let worth = |c: &Candidate| c.loss + price * c.cost.bytes as f64;
    let pick = |table: &Table| {
        let best = table
            .candidates
            .iter()
            .enumerate()
            .min_by(|a, b| worth(a.1).total_cmp(&worth(b.1)).then(a.1.cost.bytes.cmp(&b.1.cost.bytes)));
        best.map_or(0, |(index, _)| index)
    };
    Selection::of(tables, tables.iter().map(pick).collect())
}

/// Prices at which some layer changes its mind, thinned out: the slopes of every layer's hull.
fn prices(tables: &[Table]) -> Vec<f64> {
    let mut slopes = vec![0.0];
    for table in tables {
        for pair in hull(&table.candidates).windows(2) {
            let bytes = (pair[1].0 - pair[0].0).max(1.0);
            slopes.push((pair[0].1 - pair[1].1).max(0.0) / bytes);
        }
    }
    sort_by(&mut slopes, f64::total_cmp);
    slopes.dedup();
    // Just above each slope the cheaper side is taken, at zero the one without loss.
    let step = slopes.len().div_ceil(POINTS).max(1);
    let last = slopes.last().copied().unwrap_or(0.0);
    let mut prices: Vec<f64> = slopes.iter().step_by(step).map(|s| s * (1.0 + 1e-9)).collect();
    prices.extend([0.0, 2.0 * last + 1.0]);
    prices
}

/// Bytes and loss on the lower convex hull of a table, bytes rising.
fn hull(candidates: &[Candidate]) -> Vec<(f64, f64)> {
    let mut points: Vec<(f64, f64)> = candidates.iter().map(|c| (c.cost.bytes as f64, c.loss)).collect();
    sort_by(&mut points, |a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut hull: Vec<(f64, f64)> = Vec::new();
    for point in points {
        if hull.last().is_some_and(|last| last.1 <= point.1) {
            continue;
        }
        while let [.., a, b] = hull[..] {
            if (b.1 - a.1) * (point.0 - a.0) < (point.1 - a.1) * (b.0 - a.0) {
                break;
            }
            hull.pop();
        }
        hull.push(point);
    }
    hull
}

#[cfg(test)]
mod tests {
    use super::super::testing::random_tables;
    use super::super::{Limits, choose};
    use super::front;

    #[test]
    fn every_point_is_the_best_for_its_bytes() {
        for seed in 0..10 {
            let tables = random_tables(5, 7, seed);
            let points = front(&tables);
            assert!(points.len() > 4);
            assert!(points.windows(2).all(|p| p[0].bytes < p[1].bytes && p[0].loss > p[1].loss));
            for point in points {
                let limits = Limits { bytes: Some(point.bytes), ..Limits::default() };
                let (best, _) = choose(&tables, limits).unwrap();
                assert!((best.loss - point.loss).abs() < 1e-9, "seed {seed}, {} bytes", point.bytes);
            }
        }
    }

    #[test]
    fn it_reaches_from_the_smallest_to_no_loss() {
        let tables = random_tables(4, 6, 3);
        let points = front(&tables);
        let smallest: usize =
            tables.iter().map(|t| t.candidates.iter().map(|c| c.cost.bytes).min().unwrap()).sum();
        assert_eq!(points.first().unwrap().bytes, smallest);
        assert_eq!(points.last().unwrap().loss, 0.0);
    }
}
