//! What a stroke of plotters is for, carried through plotters as a colour that nobody sees.
//!
//! Plotters hands its backend a colour and nothing else. Each part of a chart therefore gets a colour of its
//! own, red for the kind and green and blue for the number, and the backend reads it back as a [`Role`].

use plotters::style::RGBColor;
use plotters_backend::BackendColor;

/// The part of a chart that something drawn belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// A grid line.
    Grid,
    /// An axis line or a tick mark.
    Axis,
    /// A tick label of the x axis.
    TickX,
    /// A tick label of the y axis.
    TickY,
    /// The title of an axis.
    Title,
    /// The series of this number.
    Series(u16),
    /// The rule of this number.
    Rule(u16),
}

impl Role {
    /// The colour that stands for the role.
    pub(crate) fn color(self) -> RGBColor {
        let (kind, number) = match self {
            Self::Grid => (1, 0),
            Self::Axis => (2, 0),
            Self::TickX => (3, 0),
            Self::TickY => (4, 0),
            Self::Title => (5, 0),
            Self::Series(number) => (6, number),
            Self::Rule(number) => (7, number),
        };
        let [high, low] = number.to_be_bytes();
        RGBColor(kind, high, low)
    }

    /// The role of a colour; none for plotters' own and for what is transparent.
    pub(crate) fn of(color: BackendColor) -> Option<Self> {
        if color.alpha == 0.0 {
            return None;
        }
        let (kind, high, low) = color.rgb;
        let number = u16::from_be_bytes([high, low]);
        match kind {
            1 => Some(Self::Grid),
            2 => Some(Self::Axis),
            3 => Some(Self::TickX),
            4 => Some(Self::TickY),
            5 => Some(Self::Title),
            6 => Some(Self::Series(number)),
            7 => Some(Self::Rule(number)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::style::Color;

    #[test]
    fn every_role_survives_its_colour() {
        let plain = [Role::Grid, Role::Axis, Role::TickX, Role::TickY, Role::Title];
        let numbered = [0, 1, 255, 256, u16::MAX].map(|n| [Role::Series(n), Role::Rule(n)]);
        for role in plain.into_iter().chain(numbered.into_iter().flatten()) {
            assert_eq!(Role::of(role.color().to_backend_color()), Some(role));
        }
    }

    #[test]
    fn foreign_and_transparent_colours_have_no_role() {
        assert_eq!(Role::of(BackendColor { alpha: 1.0, rgb: (0, 0, 0) }), None);
        assert_eq!(Role::of(Role::Grid.color().mix(0.0).to_backend_color()), None);
    }
}
