//! Maps and sets that are made item by item.

/// A B-tree's `collect` sorts first, and each kind of item has a sort of its own: 5 kB of the page's module.
pub(crate) fn collected<C: Default + Extend<T>, T>(items: impl IntoIterator<Item = T>) -> C {
    let mut all = C::default();
    all.extend(items);
    all
}
