//! What was assumed when a model was opened, said wherever something follows from it.

use super::sizes;
use crate::export::{ExportError, Missing};
use crate::session::{Opened, SessionError};

impl Opened {
    /// What was assumed, and how it is run where that is not as its file says.
    pub(crate) fn notes(&self) -> Vec<String> {
        sizes::notes(&self.sizes)
            .into_iter()
            .chain(self.choice())
            .chain(self.run_notes.iter().cloned())
            .collect()
    }

    /// Which output is scored, where there are several.
    fn choice(&self) -> Option<String> {
        let outputs = &self.graph.proto().output;
        if outputs.len() < 2 {
            return None;
        }
        let (name, others) = (&self.interface.output, outputs.len() - 1);
        let why = match (&self.asked, outputs.iter().position(|output| output.name == *name)) {
            (Some(_), _) => "as asked for",
            (None, Some(0)) => "the first one",
            (None, _) => "the first one of real numbers",
        };
        let them = if others == 1 { "the other one is".into() } else { format!("the {others} others are") };
        Some(format!(
            "Of its {} outputs '{name}' is scored, {why}; {them} compared with the original's. Choose with --output (on the page under 'Output').",
            outputs.len()
        ))
    }

    /// An error in the words of the file; one that follows from sizes that were guessed says so.
    pub(crate) fn blamed(&self, error: SessionError) -> SessionError {
        let because = sizes::because(&self.sizes);
        let SessionError::Export(error) = error else { return error };
        SessionError::Export(match error {
            ExportError::Unsupported(missing) => {
                let mut missing = self.interface.in_own_words(&self.graph, missing);
                let of_guess = |one: &Missing| {
                    self.of_guess
                        .iter()
                        .any(|p| p.node == one.node && p.op == one.op || p.reason == one.reason)
                };
                missing.iter_mut().filter(|one| of_guess(one)).for_each(|one| one.reason.push_str(&because));
                ExportError::Unsupported(missing)
            }
            // Its bytes follow from sizes, all else from weights.
            ExportError::Artifact { node, message } if message.contains("MiB") => {
                ExportError::Artifact { node, message: format!("{message}{because}") }
            }
            other => other,
        })
    }
}
