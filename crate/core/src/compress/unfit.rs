//! Why a method does not fit a layer: the same conditions as the methods' own, in words.

use super::{Method, describe};
use crate::graph::{LayerKind, Weight};

/// Why `method` has no setting for a layer, to follow its name and a colon; `None` where it has some.
pub fn unfit(method: Method, weight: &Weight) -> Option<&'static str> {
    let offers =
        || describe(method, weight).iter().any(|choice| choice.rank > 0 || !choice.nonzeros.is_empty());
    if method == Method::Keep || offers() {
        return None;
    }
    if weight.sparse {
        return Some("its weights are stored sparsely already");
    }
    if matches!(weight.kind, LayerKind::Fixed(_)) && method != Method::Prune {
        return Some("its matrix stays in its place, so nothing but pruning and rounding can change it");
    }
    let (height, width) = weight.filter_size();
    Some(match method {
        Method::Channel if height * width == 1 => "it has no filters of more than one value",
        Method::Separation if height == 1 || width == 1 => {
            "it has no filters of more than one row and one column"
        }
        Method::Dictionary | Method::DoubleSparse if weight.groups() > 1 => "its channels are in groups",
        Method::Keep | Method::Prune => "it has too few weights",
        Method::LowRank
        | Method::Channel
        | Method::Separation
        | Method::Dictionary
        | Method::DoubleSparse => "its matrix is so small that two would take no less",
    })
}
