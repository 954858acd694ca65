//! From a chart to its picture.

use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, IntoDrawingArea};
use plotters::element::PathElement;
use plotters::prelude::LabelAreaPosition;
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, TextStyle};

use crate::backend::{Layers, SvgBackend, UNITS, units};
use crate::chart::{Chart, Direction, Picture, Rule};
use crate::document;
use crate::error::PlotError;
use crate::layout::{Margins, TICK_MARK_PX, arrange};
use crate::marks::{Brush, Canvas, drawn, style};
use crate::role::Role;
use crate::scale::Scale;
use crate::text::{TICK_PX, TITLE_PX, fit};

/// How much wider a title is in bold type, which a theme may choose.
const BOLD: f64 = 1.12;

/// Draws a chart.
///
/// The same chart gives the same bytes. Points that cannot be shown leave gaps; an empty chart is its axes.
///
/// **Units**: sizes in CSS pixels. **Errors**: [`PlotError`] for sizes and ranges that cannot be drawn.
/// **Cost**: linear in points, well below a millisecond for a thousand.
pub fn render(chart: &Chart) -> Result<Picture, PlotError> {
    let points = || chart.series.iter().flat_map(|series| &series.points);
    let mut x = Scale::new(&chart.x, Direction::X, points().map(|point| point.0))?;
    let mut y = Scale::new(&chart.y, Direction::Y, points().map(|point| point.1))?;
    let margins = arrange(chart, &mut x, &mut y)?;
    let (x_range, y_range) = ((x.min, x.max), (y.min, y.max));
    let mut layers = Layers::new(chart.series.len(), chart.rules.len());
    let rect = draw(chart, (x, y), margins, &mut layers)?;
    Ok(Picture { svg: document::write(chart, &layers), rect, x_range, y_range })
}

/// Draws everything into the layers and says where the plotting area is.
fn draw(
    chart: &Chart,
    (x, y): (Scale, Scale),
    margins: Margins,
    layers: &mut Layers,
) -> Result<(f64, f64, f64, f64), PlotError> {
    let root = SvgBackend::new(layers, (chart.width, chart.height)).into_drawing_area();
    let mut canvas = ChartBuilder::on(&root)
        .margin_top(units(margins.top))
        .margin_right(units(margins.right))
        .set_label_area_size(LabelAreaPosition::Left, units(margins.left))
        .set_label_area_size(LabelAreaPosition::Bottom, units(margins.bottom))
        .build_cartesian_2d(x.clone(), y.clone())
        .map_err(|error| PlotError::Drawing(error.to_string()))?;
    mesh(&mut canvas)?;
    for (number, series) in chart.series.iter().enumerate() {
        let style = style(Role::Series(index(number)?));
        Brush { x: &x, y: &y, style }.draw(&mut canvas, series)?;
    }
    for (number, rule) in chart.rules.iter().enumerate() {
        draw_rule(&mut canvas, (&x, &y), rule, Role::Rule(index(number)?))?;
    }
    let rect = area(&canvas);
    titles(&root, chart, rect).map(|()| rect)
}

/// The number of a series or rule as far as roles can carry it.
fn index(number: usize) -> Result<u16, PlotError> {
    u16::try_from(number).map_err(|_| PlotError::TooMany { count: number + 1 })
}

/// Grid lines, axes, tick marks and their labels.
fn mesh(canvas: &mut Canvas<'_, '_>) -> Result<(), PlotError> {
    let mut mesh = canvas.configure_mesh();
    mesh.bold_line_style(style(Role::Grid))
        .light_line_style(style(Role::Grid))
        .axis_style(style(Role::Axis))
        .x_label_style(text_style(Role::TickX, TICK_PX))
        .y_label_style(text_style(Role::TickY, TICK_PX))
        .set_all_tick_mark_size(units(TICK_MARK_PX));
    drawn(mesh.draw())
}

/// A line across the plotting area, where its value is on the axis.
fn draw_rule(
    canvas: &mut Canvas<'_, '_>,
    (x, y): (&Scale, &Scale),
    rule: &Rule,
    role: Role,
) -> Result<(), PlotError> {
    let (scale, ends) = match rule.axis {
        Direction::X => (x, [(rule.at, y.min), (rule.at, y.max)]),
        Direction::Y => (y, [(x.min, rule.at), (x.max, rule.at)]),
    };
    let shown = scale.contains(rule.at).then(|| PathElement::new(ends.to_vec(), style(role)));
    drawn(canvas.draw_series(shown))
}

/// The plotting area in CSS pixels, as plotters laid it out.
fn area(canvas: &Canvas<'_, '_>) -> (f64, f64, f64, f64) {
    let x = canvas.plotting_area().get_x_axis_pixel_range();
    let y = canvas.plotting_area().get_y_axis_pixel_range();
    let pixels = |units: i32| f64::from(units) / UNITS;
    (pixels(x.start), pixels(y.start), pixels(x.end), pixels(y.end))
}

/// The titles of the axes: of y at the top left, of x at the lower right.
fn titles(
    root: &DrawingArea<SvgBackend<'_>, Shift>,
    chart: &Chart,
    (x0, _, x1, _): (f64, f64, f64, f64),
) -> Result<(), PlotError> {
    let style = text_style(Role::Title, TITLE_PX);
    let ends = [
        (&chart.y.label, Pos::new(HPos::Left, VPos::Top), (0.0, 0.0), chart.width),
        (&chart.x.label, Pos::new(HPos::Right, VPos::Bottom), (x1, chart.height), x1 - x0),
    ];
    for (label, pos, at, room) in ends {
        let text = fit(label, TITLE_PX * BOLD, room);
        if !text.is_empty() {
            drawn(root.draw_text(&text, &style.pos(pos), (units(at.0), units(at.1))))?;
        }
    }
    Ok(())
}

fn text_style(role: Role, size_px: f64) -> TextStyle<'static> {
    let font = FontDesc::new(FontFamily::SansSerif, size_px * UNITS, FontStyle::Normal);
    TextStyle { font, color: role.color().to_backend_color(), pos: Pos::new(HPos::Left, VPos::Top) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::{Axis, Mark, Series, TickFormat};

    fn axis(min: f64, max: f64, log: bool) -> Axis {
        Axis { min, max, log, format: TickFormat::Plain, label: "label".into() }
    }

    fn chart(x: Axis, y: Axis, mark: Mark, points: &[(f64, f64)]) -> Chart {
        Chart {
            width: 480.0,
            height: 240.0,
            x,
            y,
            series: vec![Series { id: "s1".into(), mark, points: points.to_vec() }],
            rules: vec![],
            title: "title".into(),
            description: "description".into(),
        }
    }

    /// The value of each occurrence of an attribute.
    fn attributes(svg: &str, name: &str) -> Vec<f64> {
        let start = format!(" {name}=\"");
        let values = svg.split(&start).skip(1).filter_map(|rest| rest.split('"').next());
        values.map(|value| value.parse().unwrap()).collect()
    }

    /// The mapping as an overlay does it, from nothing but the picture.
    fn pixel(value: f64, (min, max): (f64, f64), log: bool, (from, to): (f64, f64)) -> f64 {
        let unit = if log { (value / min).ln() / (max / min).ln() } else { (value - min) / (max - min) };
        from + (to - from) * unit
    }

    #[test]
    fn an_overlay_finds_every_circle() {
        let points = [(1.0, 10.0), (3.0, 20.0), (250.0, 999.0), (1000.0, 1000.0)];
        for (log_x, log_y) in [(false, false), (true, false), (false, true), (true, true)] {
            let chart = chart(axis(1.0, 1000.0, log_x), axis(10.0, 1000.0, log_y), Mark::Points, &points);
            let Picture { svg, rect, x_range, y_range } = render(&chart).unwrap();
            let (found_x, found_y) = (attributes(&svg, "cx"), attributes(&svg, "cy"));
            assert_eq!((found_x.len(), found_y.len()), (4, 4));
            for ((point, x), y) in points.iter().zip(found_x).zip(found_y) {
                assert!(
                    (pixel(point.0, x_range, log_x, (rect.0, rect.2)) - x).abs() <= 0.051,
                    "{point:?} {x}"
                );
                assert!(
                    (pixel(point.1, y_range, log_y, (rect.3, rect.1)) - y).abs() <= 0.051,
                    "{point:?} {y}"
                );
            }
        }
    }

    #[test]
    fn no_data_make_it_panic_or_write_nonsense() {
        let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN, 0.0, -0.0, 5e-324, 0.5];
        let pairs: Vec<_> = odd.iter().flat_map(|&a| odd.iter().map(move |&b| (a, b))).collect();
        let marks = [Mark::Line, Mark::Dashed, Mark::Dotted, Mark::Points, Mark::Area, Mark::Bars];
        for (mark, points) in marks.iter().flat_map(|mark| [(mark, &pairs[..]), (mark, &[])]) {
            for (min, max) in pairs.iter().copied().chain([(0.0, 1.0), (-1.0, 100.0)]) {
                for log in [false, true] {
                    let mut chart = chart(axis(min, max, log), axis(0.0, 1.0, log), *mark, points);
                    chart.rules = odd.map(|at| Rule { id: "r".into(), axis: Direction::Y, at }).to_vec();
                    if let Ok(picture) = render(&chart) {
                        assert!(!picture.svg.contains("NaN") && !picture.svg.contains("inf"), "{chart:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn points_without_a_place_leave_gaps() {
        let points = [(0.0, 0.5), (1.0, 0.5), (2.0, f64::NAN), (3.0, 0.5), (4.0, 0.0), (5.0, 0.5)];
        for (log, min, subpaths) in [(false, 0.0, 2), (true, 0.1, 3)] {
            let chart = chart(axis(0.0, 5.0, false), axis(min, 1.0, log), Mark::Line, &points);
            let svg = render(&chart).unwrap().svg;
            let path = svg.split("class=\"line\" d=\"").nth(1).and_then(|rest| rest.split('"').next());
            assert_eq!(path.unwrap().matches('M').count(), subpaths, "{svg}");
        }
    }

    #[test]
    fn the_svg_styles_nothing_itself() {
        let points = [(0.0, 0.2), (0.5, 0.9), (1.0, 0.4)];
        for mark in [Mark::Line, Mark::Points, Mark::Area, Mark::Bars] {
            let svg =
                render(&chart(axis(0.0, 1.0, false), axis(0.0, 1.0, false), mark, &points)).unwrap().svg;
            for word in ["style", "fill", "stroke", "color", "opacity", "#", "rgb"] {
                assert!(!svg.contains(word), "{word} in {svg}");
            }
            assert_eq!(svg.matches("class=\"grid\"").count(), 1);
        }
    }

    #[test]
    fn rules_are_drawn_on_the_axis_only() {
        let mut chart = chart(axis(0.0, 10.0, false), axis(0.0, 1.0, false), Mark::Line, &[]);
        let rule = |id: &str, axis, at| Rule { id: id.into(), axis, at };
        chart.rules = vec![
            rule("cut", Direction::X, 5.0),
            rule("far", Direction::X, 11.0),
            rule("nan", Direction::Y, f64::NAN),
            rule("goal", Direction::Y, 1.0),
        ];
        let Picture { svg, rect, .. } = render(&chart).unwrap();
        let (middle, (x0, y0, x1, y1)) = (rect.0.midpoint(rect.2), rect);
        assert!(svg.contains(&format!(
            r#"<line class="rule cut" x1="{middle}" y1="{y1}" x2="{middle}" y2="{y0}"/>"#
        )));
        assert!(
            svg.contains(&format!(r#"<line class="rule goal" x1="{x0}" y1="{y0}" x2="{x1}" y2="{y0}"/>"#))
        );
        assert_eq!(svg.matches("<line").count(), 2);
    }
}
