//! What the light build of the page's module leaves to the whole one: operators of the engine that small models seldom
//! have, and readers of files that are seldom brought. Where the light build comes to one of these it ends, and the
//! page asks the whole module again: no answer is ever given without what it needs.

/// What a light build panics with where the whole one is needed.
#[derive(Clone, Copy, Debug)]
pub struct NeedsWhole;

/// Goes on in the whole build only.
#[inline]
pub(crate) fn required() {
    if cfg!(not(feature = "whole")) {
        std::panic::panic_any(NeedsWhole);
    }
}
