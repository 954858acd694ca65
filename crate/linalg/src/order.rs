//! Sorting where speed does not count: one sort for all kinds of items. Each kind that the standard library's sort is
//! used for is 4 kB of code, and the page's module is loaded before anything is seen.

use std::cmp::Ordering;

/// The places below `len` in the order of `compare`; equal ones stay in their order.
pub fn order_by(len: usize, compare: &mut dyn FnMut(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_by(|&a, &b| compare(a, b));
    order
}

/// The items in the order of `compare`; equal ones stay in their order.
pub fn sort_by<T>(items: &mut Vec<T>, compare: impl Fn(&T, &T) -> Ordering) {
    let order = order_by(items.len(), &mut |a, b| compare(&items[a], &items[b]));
    let mut before: Vec<Option<T>> = items.drain(..).map(Some).collect();
    items.extend(order.into_iter().filter_map(|at| before[at].take()));
}

#[cfg(test)]
mod tests {
    use super::sort_by;

    #[test]
    fn equal_items_stay_in_their_order() {
        let mut items: Vec<(u8, usize)> = [3, 1, 2, 1, 3, 1].into_iter().zip(0..).collect();
        sort_by(&mut items, |a, b| a.0.cmp(&b.0));
        assert_eq!(items, [(1, 1), (1, 3), (1, 5), (2, 2), (3, 0), (3, 4)]);
    }
}
