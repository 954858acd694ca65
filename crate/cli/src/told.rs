//! What is to be told of a model and of its samples beside the figures: what was assumed, and what looks wrong.

use sepal_core::session::{CalibrationView, ModelView, Report, SamplesView};

/// See the module; in the order in which things were opened.
#[derive(Default)]
pub(crate) struct Told {
    notes: Vec<String>,
    warnings: Vec<String>,
}

impl Told {
    pub(crate) fn of(view: &ModelView) -> Self {
        Self { notes: Vec::new(), warnings: view.warnings.clone() }
    }

    pub(crate) fn samples(&mut self, view: &SamplesView) {
        self.add(view.note.as_ref(), view.warning.as_ref());
    }

    pub(crate) fn calibration(&mut self, view: &CalibrationView) {
        self.add(view.note.as_ref(), view.warning.as_ref());
    }

    fn add(&mut self, note: Option<&String>, warning: Option<&String>) {
        push_new(&mut self.notes, note);
        push_new(&mut self.warnings, warning);
    }

    /// Puts it in front of what the report tells already.
    pub(crate) fn into_report(mut self, report: &mut Report) {
        push_new(&mut self.notes, &report.notes);
        push_new(&mut self.warnings, &report.warnings);
        (report.notes, report.warnings) = (self.notes, self.warnings);
    }
}

/// Adds those of `more` that are not there: samples of several files are read alike.
fn push_new<'a>(all: &mut Vec<String>, more: impl IntoIterator<Item = &'a String>) {
    for text in more {
        if !all.contains(text) {
            all.push(text.clone());
        }
    }
}
