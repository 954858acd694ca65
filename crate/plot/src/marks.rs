//! Each mark of a series as elements of plotters, cut to the plotting area.

use plotters::chart::ChartContext;
use plotters::coord::cartesian::Cartesian2d;
use plotters::element::{Circle, Rectangle};
use plotters::series::{AreaSeries, LineSeries};
use plotters::style::{Color, ShapeStyle};

use crate::backend::{SvgBackend, UNITS, units};
use crate::chart::{Mark, Series};
use crate::clip::{Spot, ceiling, inside, line, runs};
use crate::error::PlotError;
use crate::scale::Scale;

/// Radius of the circles of [`Mark::Points`].
const RADIUS_PX: f64 = 3.0;
/// Part of the step between bars that a bar is wide.
const BAR_WIDTH: f64 = 0.8;
/// Where bars are closer than this they touch, because gaps of less than a pixel only shimmer.
const CLOSE_BARS_PX: f64 = 3.0;
/// Part of the axis that a bar is wide that has no neighbour.
const LONE_BAR: f64 = 0.1;

/// The chart of plotters that everything is drawn on.
pub(crate) type Canvas<'a, 'b> = ChartContext<'a, SvgBackend<'b>, Cartesian2d<Scale, Scale>>;

/// One series on its way to the canvas.
pub(crate) struct Brush<'s> {
    /// The horizontal axis.
    pub(crate) x: &'s Scale,
    /// The vertical axis.
    pub(crate) y: &'s Scale,
    /// The colour that stands for the series.
    pub(crate) style: ShapeStyle,
}

impl Brush<'_> {
    /// Draws the series as its mark.
    pub(crate) fn draw(&self, canvas: &mut Canvas<'_, '_>, series: &Series) -> Result<(), PlotError> {
        let runs = runs(&series.points, self.x, self.y);
        match series.mark {
            Mark::Line | Mark::Dashed | Mark::Dotted => self.lines(canvas, &runs),
            Mark::Points => self.points(canvas, &runs),
            Mark::Area => self.areas(canvas, &runs),
            Mark::Bars => self.bars(canvas, &runs),
        }
    }

    fn lines(&self, canvas: &mut Canvas<'_, '_>, runs: &[Vec<Spot>]) -> Result<(), PlotError> {
        for part in runs.iter().flat_map(|run| line(run)) {
            drawn(canvas.draw_series(LineSeries::new(self.data(part), self.style)))?;
        }
        Ok(())
    }

    fn points(&self, canvas: &mut Canvas<'_, '_>, runs: &[Vec<Spot>]) -> Result<(), PlotError> {
        let spots = runs.iter().flatten().copied().filter(|&spot| inside(spot));
        let circle = |at| Circle::new(at, units(RADIUS_PX), self.style.filled());
        drawn(canvas.draw_series(self.data(spots).map(circle)))
    }

    fn areas(&self, canvas: &mut Canvas<'_, '_>, runs: &[Vec<Spot>]) -> Result<(), PlotError> {
        let base = self.y.value(self.base());
        for part in runs.iter().flat_map(|run| ceiling(run)) {
            drawn(canvas.draw_series(AreaSeries::new(self.data(part), base, self.style.filled())))?;
        }
        Ok(())
    }

    fn bars(&self, canvas: &mut Canvas<'_, '_>, runs: &[Vec<Spot>]) -> Result<(), PlotError> {
        let spots: Vec<Spot> = runs.iter().flatten().copied().collect();
        let length = f64::from(canvas.plotting_area().dim_in_pixel().0) / UNITS;
        let half = bar_width(&spots, length) / 2.0;
        let seen = spots.into_iter().filter(|&(x, _)| x + half > 0.0 && x - half < 1.0);
        let corners = seen.map(|(x, y)| [(x - half, self.base()), (x + half, y)].map(clamped));
        let bar = |[from, to]: [Spot; 2]| Rectangle::new([self.at(from), self.at(to)], self.style.filled());
        drawn(canvas.draw_series(corners.map(bar)))
    }

    /// Where areas and bars start from, in axis units: zero, or the edge that is nearest to it.
    fn base(&self) -> f64 {
        self.y.unit(0.0).unwrap_or(0.0).clamp(0.0, 1.0)
    }

    fn at(&self, (x, y): Spot) -> (f64, f64) {
        (self.x.value(x), self.y.value(y))
    }

    fn data<'a>(
        &'a self,
        spots: impl IntoIterator<Item = Spot> + 'a,
    ) -> impl Iterator<Item = (f64, f64)> + 'a {
        spots.into_iter().map(|spot| self.at(spot))
    }
}

/// The colour of a role as a style of plotters.
pub(crate) fn style(role: crate::role::Role) -> ShapeStyle {
    role.color().stroke_width(1)
}

/// Plotters' result as ours.
pub(crate) fn drawn<T, E: std::fmt::Display>(result: Result<T, E>) -> Result<(), PlotError> {
    result.map(|_| ()).map_err(|error| PlotError::Drawing(error.to_string()))
}

fn clamped((x, y): Spot) -> Spot {
    (x.clamp(0.0, 1.0), y.clamp(0.0, 1.0))
}

/// Width of the bars in axis units, from the smallest step between two of them.
fn bar_width(spots: &[Spot], length_px: f64) -> f64 {
    let mut places: Vec<f64> = spots.iter().map(|spot| spot.0).collect();
    places.sort_by(f64::total_cmp);
    let steps = places.windows(2).map(|pair| pair[1] - pair[0]);
    match steps.filter(|&step| step > 0.0).reduce(f64::min) {
        Some(step) if step * length_px < CLOSE_BARS_PX => step,
        Some(step) => step * BAR_WIDTH,
        None => LONE_BAR,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_leave_gaps_only_where_these_can_be_seen() {
        let cases: [(&[f64], f64, f64); 5] = [
            (&[], 100.0, LONE_BAR),
            (&[0.5, 0.5], 100.0, LONE_BAR),
            (&[0.25, 0.75], 100.0, 0.4),
            (&[0.75, 0.0, 0.25], 100.0, 0.2),
            (&[0.25, 0.5], 8.0, 0.25),
        ];
        for (places, length, expected) in cases {
            let spots: Vec<Spot> = places.iter().map(|&x| (x, 0.0)).collect();
            assert!((bar_width(&spots, length) - expected).abs() < 1e-12, "{places:?}");
        }
    }
}
