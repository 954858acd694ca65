//! How weights are stored, as far as kernels differ by it.

use sepal_runtime::{Format, Layout};

/// A format, with the layout of its array where it has several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Encoding {
    /// The format.
    pub format: Format,
    /// The layout.
    pub layout: Option<Layout>,
}

impl From<Layout> for Encoding {
    fn from(layout: Layout) -> Self {
        Self { format: layout.format, layout: Some(layout) }
    }
}

impl Encoding {
    /// Of a format that has no layouts.
    pub const fn plain(format: Format) -> Self {
        Self { format, layout: None }
    }

    /// Those of a format.
    pub fn of(format: Format) -> Vec<Self> {
        let layouts = Layout::ALL.into_iter().filter(|layout| layout.format == format);
        let layouts: Vec<Self> = layouts.map(Self::from).collect();
        if layouts.is_empty() { vec![Self::plain(format)] } else { layouts }
    }

    /// The name in FORMAT.md.
    pub const fn name(&self) -> &'static str {
        match self.layout {
            Some(layout) => layout.name,
            None => self.format.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Encoding;
    use sepal_runtime::Format;

    #[test]
    fn every_format_has_an_encoding() {
        let names = |format| Encoding::of(format).iter().map(Encoding::name).collect::<Vec<_>>();
        assert_eq!(names(Format::DenseS8), ["dense_s8"]);
        assert_eq!(names(Format::Skip), ["skip_c4", "skip_c3"]);
        assert_eq!(names(Format::Gap).len(), 9);
    }
}
