//! Which ids have been loaded. Deliberately ranges: ids are given one after the other, so that few ranges stand for millions of rows.

use std::collections::BTreeMap;

/// Ids as ranges that do not touch.
#[derive(Clone, Debug, Default)]
pub struct IdSet {
    /// Last id of a range by its first one.
    ranges: BTreeMap<i32, i32>,
}

impl IdSet {
    /// True where it was not there before.
    pub fn insert(&mut self, id: i32) -> bool {
        if self.contains(id) {
            return false;
        }
        let first = self.ends_at(id.wrapping_sub(1)).filter(|_| id != i32::MIN).unwrap_or(id);
        let last = id.checked_add(1).and_then(|next| self.ranges.remove(&next)).unwrap_or(id);
        self.ranges.insert(first, last);
        true
    }

    pub fn remove(&mut self, id: i32) {
        let Some((&first, &last)) = self.ranges.range(..=id).next_back().filter(|&(_, &last)| id <= last) else {
            return;
        };
        self.ranges.remove(&first);
        if first < id {
            self.ranges.insert(first, id - 1);
        }
        if id < last {
            self.ranges.insert(id + 1, last);
        }
    }

    pub fn contains(&self, id: i32) -> bool {
        self.ranges.range(..=id).next_back().is_some_and(|(_, &last)| id <= last)
    }

    /// The id after the largest one; 1 where there is none.
    pub fn next(&self) -> i32 {
        self.ranges.last_key_value().map_or(1, |(_, &last)| last.saturating_add(1))
    }

    /// Inserts that id and gives it; much faster than looking for its place.
    pub fn take_next(&mut self) -> i32 {
        match self.ranges.last_entry() {
            Some(mut range) if *range.get() < i32::MAX => {
                *range.get_mut() += 1;
                *range.get()
            }
            _ => {
                let next = self.next();
                self.insert(next);
                next
            }
        }
    }

    /// The first id of the range that ends with this one.
    fn ends_at(&self, id: i32) -> Option<i32> {
        self.ranges.range(..=id).next_back().filter(|&(_, &last)| last == id).map(|(&first, _)| first)
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::IdSet;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn it_is_a_set(steps in prop::collection::vec((any::<bool>(), -5..25_i32), 0..120)) {
            let (mut ids, mut model) = (IdSet::default(), BTreeSet::new());
            for (is_insert, id) in steps {
                if is_insert && id > 20 {
                    let next = ids.take_next();
                    prop_assert!(model.last().is_none_or(|&last| next == last + 1) && model.insert(next));
                } else if is_insert {
                    prop_assert_eq!(ids.insert(id), model.insert(id));
                } else {
                    ids.remove(id);
                    model.remove(&id);
                }
                prop_assert!((-6..150).all(|id| ids.contains(id) == model.contains(&id)));
                prop_assert_eq!(ids.next(), model.last().map_or(1, |last| last + 1));
                // Neighbours are one range.
                let n_ranges = model.iter().filter(|&&id| !model.contains(&(id - 1))).count();
                prop_assert_eq!(ids.ranges.len(), n_ranges);
            }
        }
    }
}
