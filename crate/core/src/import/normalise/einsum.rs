//! `Einsum` with a constant matrix on its right side, where it is a matrix product.

use crate::graph::proto::NodeProto;
use crate::graph::{Graph, Made, Maker, find, new_ints};

/// What takes the place of `node`.
pub(super) fn replacement(graph: &Graph, node: &NodeProto) -> Option<Made> {
    let [left, right] = &node.input[..] else { return None };
    if node.op_type != "Einsum" || !node.is_onnx() {
        return None;
    }
    if graph.constant_shape(right)?.len() != 2 || graph.is_constant(left) {
        return None;
    }
    let equation = find(node, "equation")?.s.as_ref()?;
    let equation: String = String::from_utf8_lossy(equation).chars().filter(|c| !c.is_whitespace()).collect();
    let transposed = is_product(&equation)?;
    let mut maker = Maker::new(graph, node);
    let right = if transposed {
        maker.node("Transpose", &[right], vec![new_ints("perm", &[1, 0])], None)
    } else {
        right.clone()
    };
    maker.node("MatMul", &[left, &right], Vec::new(), Some(node.output.first()?));
    Some(maker.finish())
}

/// Whether `..k,kn->..n` is said, and whether with `nk` instead.
fn is_product(equation: &str) -> Option<bool> {
    let (inputs, output) = equation.split_once("->")?;
    let (left, right) = inputs.split_once(',')?;
    let inner = left.chars().last()?;
    let rows = left.strip_suffix(inner)?;
    let new = output.strip_prefix(rows)?;
    let mut names = new.chars();
    let (name, None) = (names.next()?, names.next()) else { return None };
    let known = rows.contains(name) || rows.contains(inner) || name == inner;
    let repeated = rows.chars().enumerate().any(|(i, c)| rows.chars().skip(i + 1).any(|d| d == c));
    let letters = [rows, right].concat().chars().all(|c| c.is_ascii_alphabetic());
    if known || repeated || rows.is_empty() || !letters {
        return None;
    }
    match right {
        _ if right == format!("{inner}{name}") => Some(false),
        _ if right == format!("{name}{inner}") => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::is_product;

    #[test]
    fn products_are_told_from_other_sums() {
        for (equation, expected) in [
            ("bi,io->bo", Some(false)),
            ("bti,io->bto", Some(false)),
            ("bti,oi->bto", Some(true)),
            ("bti,io->bot", None),
            ("bi,ib->b", None),
            ("bb,bo->bo", None),
            ("i,io->o", None),
            ("...i,io->...o", None),
        ] {
            assert_eq!(is_product(equation), expected, "{equation}");
        }
    }
}
