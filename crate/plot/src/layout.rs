//! Where the plotting area lies in the picture, and which ticks fit beside it.

use crate::chart::{Axis, Chart};
use crate::error::PlotError;
use crate::scale::{Scale, Tick};
use crate::text::{TICK_PX, TITLE_PX, width};
use crate::ticks::choose;

/// Length of a tick mark; plotters keeps labels at twice that from the axis.
pub(crate) const TICK_MARK_PX: f64 = 4.0;
/// Between the edge of the picture and what is written.
const EDGE_PX: f64 = 2.0;
/// Between two labels side by side, and one above the other.
const LABEL_GAP_PX: (f64, f64) = (14.0, 10.0);
/// Never closer than this part of the axis: a large chart needs no more lines than a middling one.
const CLOSEST: f64 = 1.0 / 11.0;
/// Height of a line of text.
const TICK_LINE_PX: f64 = TICK_PX * 1.25;
const TITLE_LINE_PX: f64 = TITLE_PX * 1.3;
/// The smallest plotting area that still shows something.
const SMALLEST_PX: (f64, f64) = (48.0, 24.0);
/// The largest side of a picture; far beyond any page, far below plotters' whole numbers.
const LARGEST_PX: f64 = 16_384.0;

/// Room around the plotting area, in CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Margins {
    /// Above: half a label, and the title of the y axis.
    pub(crate) top: f64,
    /// At the right: half a label, at least two em.
    pub(crate) right: f64,
    /// Below: a line of labels, and the title of the x axis.
    pub(crate) bottom: f64,
    /// At the left: the widest label.
    pub(crate) left: f64,
}

/// Gives both scales the ticks for which there is room, and says how much room these take.
pub(crate) fn arrange(chart: &Chart, x: &mut Scale, y: &mut Scale) -> Result<Margins, PlotError> {
    let Chart { width, height, .. } = *chart;
    if !(width.is_finite() && height.is_finite() && width.max(height) <= LARGEST_PX) {
        return Err(PlotError::Size { width, height });
    }
    let (top, bottom) = (above(&chart.y), below(&chart.x));
    y.ticks = y_ticks(y, &chart.y, height - top - bottom);
    let mut margins = Margins { top, right: 2.0 * TICK_PX, bottom, left: left_of(&y.ticks) };
    // Wider margins may mean fewer ticks with other labels: settled after two rounds but for odd cases.
    for _ in 0..3 {
        x.ticks = x_ticks(x, &chart.x, width - margins.left - margins.right);
        let (left, right) = overhang(x, width - margins.left - margins.right);
        margins.left = margins.left.max(left.ceil());
        margins.right = margins.right.max(right.ceil());
    }
    let (inner_width, inner_height) = (width - margins.left - margins.right, height - top - bottom);
    if inner_width < SMALLEST_PX.0 || inner_height < SMALLEST_PX.1 {
        return Err(PlotError::TooSmall { width, height });
    }
    Ok(margins)
}

fn above(y: &Axis) -> f64 {
    let title = if y.label.is_empty() { 0.0 } else { TITLE_LINE_PX };
    (EDGE_PX + TICK_LINE_PX / 2.0 + title).ceil()
}

fn below(x: &Axis) -> f64 {
    let title = if x.label.is_empty() { 0.0 } else { TITLE_LINE_PX };
    (2.0 * TICK_MARK_PX + TICK_LINE_PX + title + EDGE_PX).ceil()
}

fn left_of(ticks: &[Tick]) -> f64 {
    let widest = ticks.iter().map(|tick| width(&tick.label, TICK_PX)).fold(0.0, f64::max);
    (EDGE_PX + widest + 2.0 * TICK_MARK_PX).ceil().max(2.0 * TICK_PX)
}

fn y_ticks(scale: &Scale, axis: &Axis, length: f64) -> Vec<Tick> {
    choose(scale, axis.format, most(length), |ticks| {
        let extents = ticks.iter().map(|tick| (place(scale, tick, length), TICK_PX / 2.0));
        apart(extents, LABEL_GAP_PX.1)
    })
}

fn x_ticks(scale: &Scale, axis: &Axis, length: f64) -> Vec<Tick> {
    choose(scale, axis.format, most(length), |ticks| {
        let extents =
            ticks.iter().map(|tick| (place(scale, tick, length), width(&tick.label, TICK_PX) / 2.0));
        apart(extents, LABEL_GAP_PX.0)
    })
}

/// The most ticks on a length, before anything is known of their labels.
fn most(length: f64) -> usize {
    let closest = (length * CLOSEST).max(TICK_PX + LABEL_GAP_PX.1);
    1 + (length.max(0.0) / closest).floor() as usize
}

fn place(scale: &Scale, tick: &Tick, length: f64) -> f64 {
    scale.unit(tick.value).unwrap_or(0.0) * length
}

/// Whether labels, as (middle, half of the size) along the axis, keep the gap.
fn apart(extents: impl Iterator<Item = (f64, f64)>, gap: f64) -> bool {
    let mut free = f64::NEG_INFINITY;
    for (middle, half) in extents {
        if middle - half < free {
            return false;
        }
        free = middle + half + gap;
    }
    true
}

/// How far the first and the last label of the x axis reach beyond the plotting area.
fn overhang(x: &Scale, length: f64) -> (f64, f64) {
    let half = |tick: &Tick| width(&tick.label, TICK_PX) / 2.0 + EDGE_PX;
    let left = x.ticks.first().map_or(0.0, |tick| half(tick) - place(x, tick, length));
    let right = x.ticks.last().map_or(0.0, |tick| half(tick) + place(x, tick, length) - length);
    (left, right)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Direction, TickFormat};

    fn arranged(size: (f64, f64), x: Axis, y: Axis) -> Result<(Scale, Scale, Margins), PlotError> {
        let mut scale_x = Scale::new(&x, Direction::X, std::iter::empty())?;
        let mut scale_y = Scale::new(&y, Direction::Y, std::iter::empty())?;
        let (width, height) = size;
        let (title, description) = (String::new(), String::new());
        let chart = Chart { width, height, x, y, series: vec![], rules: vec![], title, description };
        let margins = arrange(&chart, &mut scale_x, &mut scale_y)?;
        Ok((scale_x, scale_y, margins))
    }

    fn axis(min: f64, max: f64, log: bool, format: TickFormat) -> Axis {
        Axis { min, max, log, format, label: "label".into() }
    }

    #[test]
    fn labels_fit_beside_the_plot_at_every_size() {
        let axes = [
            axis(0.0, 1.0, false, TickFormat::Percent),
            axis(1e3, 3e6, true, TickFormat::Bytes),
            axis(-1e-4, 1e-4, false, TickFormat::Plain),
            axis(950e3, 1.05e6, false, TickFormat::Count),
        ];
        for size in [(240.0, 120.0), (320.0, 200.0), (600.0, 300.0), (1200.0, 600.0)] {
            for (x, y) in axes.iter().flat_map(|x| axes.iter().map(move |y| (x, y))) {
                let (x, y, margins) = arranged(size, x.clone(), y.clone()).unwrap();
                let length = size.0 - margins.left - margins.right;
                let (left, right) = overhang(&x, length);
                assert!(left <= margins.left && right <= margins.right, "{size:?} {margins:?} {:?}", x.ticks);
                assert!(margins.right >= 2.0 * TICK_PX && margins.left >= left_of(&y.ticks));
                assert!(x.ticks.len() >= 2 && y.ticks.len() >= 2, "{size:?} {:?} {:?}", x.ticks, y.ticks);
                assert!(x.ticks.len() <= 12 && y.ticks.len() <= 12);
            }
        }
    }

    #[test]
    fn sizes_without_room_are_refused() {
        let percent = || axis(0.0, 1.0, false, TickFormat::Percent);
        for size in [(0.0, 0.0), (-10.0, 200.0), (240.0, 40.0), (60.0, 400.0)] {
            let result = arranged(size, percent(), percent()).map(|_| ());
            assert!(matches!(result, Err(PlotError::TooSmall { .. })), "{size:?} {result:?}");
        }
        for size in [(f64::NAN, 200.0), (200.0, f64::INFINITY), (1e9, 200.0)] {
            let result = arranged(size, percent(), percent()).map(|_| ());
            assert!(matches!(result, Err(PlotError::Size { .. })), "{size:?} {result:?}");
        }
    }
}
