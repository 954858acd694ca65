//! The drawing backend: takes plotters' strokes in tenths of a pixel and keeps them as SVG, sorted by role.
//!
//! Plotters draws in an order of its own and cannot say what a stroke is for. The backend therefore writes
//! nothing at once: strokes go to the part of [`Layers`] that their [`Role`] names, and
//! [`crate::document`] puts the parts in order.

use std::convert::Infallible;
use std::fmt::Write;

use plotters_backend::text_anchor::{HPos, VPos};
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
};

use crate::role::Role;
use crate::text::{escape, width};

/// Units of plotters' whole-number coordinates per CSS pixel.
pub(crate) const UNITS: f64 = 10.0;

/// A length or position of CSS pixels in plotters' units.
pub(crate) fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round() as i32
}

/// The parts of the picture, each as SVG text.
#[derive(Debug, Default)]
pub(crate) struct Layers {
    /// Path data of all grid lines.
    pub(crate) grid: String,
    /// Path data of axes and tick marks.
    pub(crate) axis: String,
    /// The text elements.
    pub(crate) texts: String,
    /// One per series.
    pub(crate) series: Vec<Shape>,
    /// One per rule: the coordinates of its line, as attributes; empty where it is not drawn.
    pub(crate) rules: Vec<String>,
}

/// What a series consists of.
#[derive(Debug, Clone, Default)]
pub(crate) struct Shape {
    /// Path data.
    pub(crate) path: String,
    /// Circle elements.
    pub(crate) circles: String,
}

impl Layers {
    /// Empty layers for so many series and rules.
    pub(crate) fn new(series: usize, rules: usize) -> Self {
        Self { series: vec![Shape::default(); series], rules: vec![String::new(); rules], ..Self::default() }
    }

    /// Where path data of a role go.
    fn path(&mut self, role: Role) -> Option<&mut String> {
        match role {
            Role::Grid => Some(&mut self.grid),
            Role::Axis => Some(&mut self.axis),
            Role::Series(number) => self.series.get_mut(usize::from(number)).map(|shape| &mut shape.path),
            Role::TickX | Role::TickY | Role::Title | Role::Rule(_) => None,
        }
    }
}

/// Writes what plotters draws into [`Layers`].
pub(crate) struct SvgBackend<'a> {
    layers: &'a mut Layers,
    size: (u32, u32),
}

impl<'a> SvgBackend<'a> {
    /// A backend of a size in CSS pixels.
    pub(crate) fn new(layers: &'a mut Layers, (width, height): (f64, f64)) -> Self {
        // Plotters takes one unit off the right and lower edge; one more here keeps the edges on whole pixels.
        let size = |pixels| units(pixels).unsigned_abs() + 1;
        Self { layers, size: (size(width), size(height)) }
    }

    fn stroke(&mut self, role: Role, points: &[BackendCoord], close: bool) {
        if let (Role::Rule(number), &[from, to]) = (role, points) {
            if let Some(rule) = self.layers.rules.get_mut(usize::from(number)) {
                *rule = ends(from, to);
            }
        } else if let Some(path) = self.layers.path(role) {
            append(path, points, close);
        }
    }
}

/// A length in units as CSS pixels, with one decimal where it needs one.
fn pixels(units: i32) -> impl std::fmt::Display {
    f64::from(units) / UNITS
}

fn ends((x1, y1): BackendCoord, (x2, y2): BackendCoord) -> String {
    format!(r#"x1="{}" y1="{}" x2="{}" y2="{}""#, pixels(x1), pixels(y1), pixels(x2), pixels(y2))
}

/// Adds a subpath. Points equal to the one before are left out; a subpath of one point gets a length of zero,
/// which round line caps show as a dot.
fn append(path: &mut String, points: &[BackendCoord], close: bool) {
    let mut last = None;
    let mut count = 0;
    for &point in points {
        if last == Some(point) {
            continue;
        }
        let before = if count == 0 { "M" } else { " " };
        // Writing to a string cannot fail.
        let _ = write!(path, "{before}{},{}", pixels(point.0), pixels(point.1));
        last = Some(point);
        count += 1;
    }
    path.push_str(if count == 1 { "h0" } else { "" });
    path.push_str(if close && count > 1 { "Z" } else { "" });
}

/// Result of a drawing step; none of them can fail.
type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl DrawingBackend for SvgBackend<'_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, _: BackendCoord, _: BackendColor) -> Drawn {
        Ok(())
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        if let Some(role) = Role::of(style.color()) {
            let points: Vec<_> = path.into_iter().collect();
            self.stroke(role, &points, false);
        }
        Ok(())
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (x0, y0): BackendCoord,
        (x1, y1): BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        self.fill_polygon([(x0, y1), (x0, y0), (x1, y0), (x1, y1)], style)
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        if let Some(role) = Role::of(style.color()) {
            let points: Vec<_> = corners.into_iter().collect();
            self.stroke(role, &points, true);
        }
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        if let Some(Role::Series(number)) = Role::of(style.color())
            && let Some(shape) = self.layers.series.get_mut(usize::from(number))
        {
            let radius = f64::from(radius) / UNITS;
            let (x, y) = (pixels(x), pixels(y));
            let _ = write!(shape.circles, r#"<circle cx="{x}" cy="{y}" r="{radius}"/>"#);
        }
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let attributes = match Role::of(style.color()) {
            Some(Role::TickX) => r#"class="tick tick-x""#.to_owned(),
            Some(Role::TickY) => r#"class="tick tick-y""#.to_owned(),
            Some(Role::Title) => format!(r#"class="axis-title" font-size="{}""#, style.size() / UNITS),
            _ => return Ok(()),
        };
        let anchor = match style.anchor().h_pos {
            HPos::Left => "start",
            HPos::Center => "middle",
            HPos::Right => "end",
        };
        // Renderers disagree on vertical alignment, so the baseline is placed here: digits are 0.7 em high.
        let drop_em = match style.anchor().v_pos {
            VPos::Top => 0.85,
            VPos::Center => 0.35,
            VPos::Bottom => -0.2,
        };
        let (x, y) = (pixels(x), pixels(y + (drop_em * style.size()).round() as i32));
        let text = escape(text);
        let _ = writeln!(
            self.layers.texts,
            r#"<text {attributes} x="{x}" y="{y}" text-anchor="{anchor}">{text}</text>"#
        );
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        Ok((width(text, style.size()).ceil() as u32, style.size().ceil() as u32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::style::Color;

    #[test]
    fn subpaths_are_short_and_never_empty_strokes() {
        let cases: [(&[BackendCoord], bool, &str); 6] = [
            (&[], true, ""),
            (&[(10, 25)], false, "M1,2.5h0"),
            (&[(10, 25), (10, 25)], true, "M1,2.5h0"),
            (&[(0, 0), (5, 0), (5, 0), (5, 10)], false, "M0,0 0.5,0 0.5,1"),
            (&[(0, 0), (5, 0), (5, 10)], true, "M0,0 0.5,0 0.5,1Z"),
            (&[(-3, 0), (3, 0)], false, "M-0.3,0 0.3,0"),
        ];
        for (points, close, expected) in cases {
            let mut path = String::new();
            append(&mut path, points, close);
            assert_eq!(path, expected, "{points:?}");
        }
    }

    #[test]
    fn strokes_go_to_their_role_and_strangers_nowhere() {
        let mut layers = Layers::new(1, 1);
        let mut backend = SvgBackend::new(&mut layers, (10.0, 10.0));
        assert_eq!(backend.get_size(), (101, 101));
        for role in [Role::Grid, Role::Grid, Role::Series(0), Role::Series(7), Role::Rule(0), Role::Rule(7)] {
            backend.draw_line((0, 0), (10, 0), &role.color().to_backend_color()).unwrap();
        }
        backend.draw_line((0, 0), (1, 1), &BackendColor { alpha: 1.0, rgb: (0, 0, 0) }).unwrap();
        backend.draw_rect((0, 0), (10, 20), &Role::Axis.color().to_backend_color(), true).unwrap();
        backend.draw_circle((15, 5), 25, &Role::Series(0).color().to_backend_color(), true).unwrap();
        assert_eq!(layers.grid, "M0,0 1,0M0,0 1,0");
        assert_eq!(layers.axis, "M0,2 0,0 1,0 1,2Z");
        assert_eq!(layers.series[0].path, "M0,0 1,0");
        assert_eq!(layers.series[0].circles, r#"<circle cx="1.5" cy="0.5" r="2.5"/>"#);
        assert_eq!(layers.rules, [r#"x1="0" y1="0" x2="1" y2="0""#]);
        assert_eq!(layers.texts, "");
    }
}
