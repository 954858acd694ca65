//! Keeps curves inside of the plotting area, exactly, so that the SVG needs no clip path.
//!
//! Everything here is in axis units: (0, 0) is the lower left corner of the plotting area, (1, 1) the upper
//! right one. A straight line on the screen is straight in these units also where an axis is logarithmic.

use crate::scale::Scale;

/// A place in axis units.
pub(crate) type Spot = (f64, f64);

/// Places of the points, split into runs where a point has no place.
pub(crate) fn runs(points: &[(f64, f64)], x: &Scale, y: &Scale) -> Vec<Vec<Spot>> {
    let place = |&(a, b): &(f64, f64)| Some((x.unit(a)?, y.unit(b)?));
    let places: Vec<_> = points.iter().map(place).collect();
    let found = places.split(Option::is_none).filter(|run| !run.is_empty());
    found.map(|run| run.iter().flatten().copied().collect()).collect()
}

/// Whether a place is inside, the border included.
pub(crate) fn inside((x, y): Spot) -> bool {
    (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y)
}

/// The parts of a line that are inside. A line of a single place stays one.
pub(crate) fn line(run: &[Spot]) -> Vec<Vec<Spot>> {
    if let &[only] = run {
        return if inside(only) { vec![vec![only]] } else { Vec::new() };
    }
    joined(run, |from, to| {
        let (x0, x1) = entry_and_exit(from.0, to.0)?;
        let (y0, y1) = entry_and_exit(from.1, to.1)?;
        Some((x0.max(y0), x1.min(y1)))
    })
}

/// The upper border of an area: cut at the left and right edge, pressed to the lower and upper edge.
pub(crate) fn ceiling(run: &[Spot]) -> Vec<Vec<Spot>> {
    joined(run, |from, to| entry_and_exit(from.0, to.0)).iter().map(|part| pressed(part)).collect()
}

/// Cuts each segment to the part that `kept` gives and joins what remains connected.
fn joined(run: &[Spot], kept: impl Fn(Spot, Spot) -> Option<(f64, f64)>) -> Vec<Vec<Spot>> {
    let mut parts: Vec<Vec<Spot>> = Vec::new();
    let mut connected = false;
    for segment in run.windows(2) {
        let &[from, to] = segment else { continue };
        let Some((start, end)) = kept(from, to).filter(|(start, end)| start <= end) else {
            connected = false;
            continue;
        };
        match parts.last_mut() {
            Some(part) if connected && start == 0.0 => part.push(between(from, to, end)),
            _ => parts.push(vec![between(from, to, start), between(from, to, end)]),
        }
        connected = end >= 1.0;
    }
    parts
}

/// Between which fractions of the way from `from` to `to` a coordinate is in 0..=1 (Liang and Barsky, 1984).
fn entry_and_exit(from: f64, to: f64) -> Option<(f64, f64)> {
    let way = to - from;
    if way == 0.0 {
        return (0.0..=1.0).contains(&from).then_some((0.0, 1.0));
    }
    let (at_zero, at_one) = (-from / way, (1.0 - from) / way);
    let (start, end) = (at_zero.min(at_one).max(0.0), at_zero.max(at_one).min(1.0));
    (start <= end).then_some((start, end))
}

/// The place at a fraction of the way; exact at both ends.
fn between(from: Spot, to: Spot, fraction: f64) -> Spot {
    let mix = |a: f64, b: f64| if fraction >= 1.0 { b } else { a + (b - a) * fraction };
    (mix(from.0, to.0), mix(from.1, to.1))
}

/// Clamps the height of a line to 0..=1, with a corner wherever it leaves or enters.
fn pressed(part: &[Spot]) -> Vec<Spot> {
    let mut spots: Vec<Spot> = part.first().copied().into_iter().collect();
    for segment in part.windows(2) {
        let &[from, to] = segment else { continue };
        if let Some((start, end)) = entry_and_exit(from.1, to.1) {
            let corners = [start, end].into_iter().filter(|&at| at > 0.0 && at < 1.0);
            spots.extend(corners.map(|at| between(from, to, at)));
        }
        spots.push(to);
    }
    spots.into_iter().map(|(x, y)| (x, y.clamp(0.0, 1.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What it is, the line, its parts inside.
    type Case = (&'static str, &'static [Spot], Vec<Vec<Spot>>);

    #[test]
    fn lines_are_cut_at_the_edges() {
        let cases: [Case; 8] = [
            ("inside", &[(0.0, 0.5), (1.0, 1.0)], vec![vec![(0.0, 0.5), (1.0, 1.0)]]),
            ("single", &[(0.5, 0.5)], vec![vec![(0.5, 0.5)]]),
            ("single outside", &[(1.5, 0.5)], vec![]),
            ("none", &[], vec![]),
            ("through", &[(-1.0, 0.5), (2.0, 0.5)], vec![vec![(0.0, 0.5), (1.0, 0.5)]]),
            ("past the corner", &[(-0.5, 0.75), (0.75, 2.0)], vec![]),
            (
                "out and in",
                &[(0.0, 0.5), (0.25, 1.5), (0.5, 0.5)],
                vec![vec![(0.0, 0.5), (0.125, 1.0)], vec![(0.375, 1.0), (0.5, 0.5)]],
            ),
            (
                "three in a row",
                &[(0.0, 0.0), (0.5, 1.0), (2.0, 1.0)],
                vec![vec![(0.0, 0.0), (0.5, 1.0), (1.0, 1.0)]],
            ),
        ];
        for (name, run, expected) in cases {
            assert_eq!(line(run), expected, "{name}");
        }
    }

    #[test]
    fn areas_are_pressed_flat_at_the_edges() {
        let run = [(-0.5, 0.5), (0.5, 1.5), (1.0, 0.5)];
        let expected = vec![vec![(0.0, 1.0), (0.5, 1.0), (0.75, 1.0), (1.0, 0.5)]];
        assert_eq!(ceiling(&run), expected);
        assert_eq!(ceiling(&[(0.0, -2.0), (1.0, -1.0)]), vec![vec![(0.0, 0.0), (1.0, 0.0)]]);
    }

    #[test]
    fn nothing_leaves_the_area_however_far_the_points_are() {
        let far = [(-1e6, -1e6), (0.3, 1e6), (1e6, 0.2), (0.1, 0.1), (-1e6, 0.1), (-1e6, 1e6)];
        for part in line(&far).into_iter().chain(ceiling(&far)) {
            for (x, y) in part {
                assert!((-1e-9..=1.0 + 1e-9).contains(&x), "{x}");
                assert!((-1e-9..=1.0 + 1e-9).contains(&y), "{y}");
            }
        }
    }
}
