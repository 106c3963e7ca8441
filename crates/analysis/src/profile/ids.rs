//! Ids: how many different ones there are, and which row an id stands in. Dense ids, as generated ones are, take one bit and
//! one array; sparse ones, as a reader's own may be, are sorted.

/// Number of different values.
pub fn distinct_ids(ids: &[i32]) -> u64 {
    let Some((least, n_possible)) = span(ids) else { return 0 };
    // A bitmap may take as much memory as a sorted copy would.
    if n_possible <= 32 * ids.len() {
        let mut seen = vec![0_u64; n_possible.div_ceil(64)];
        for &id in ids {
            let position = id.wrapping_sub(least) as u32 as usize;
            seen[position >> 6] |= 1 << (position & 63);
        }
        return seen.iter().map(|word| u64::from(word.count_ones())).sum();
    }
    let mut sorted = ids.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len() as u64
}

/// The least id and the number of ids from it to the greatest.
fn span(ids: &[i32]) -> Option<(i32, usize)> {
    let (least, greatest) = (*ids.iter().min()?, *ids.iter().max()?);
    Some((least, greatest.wrapping_sub(least) as u32 as usize + 1))
}

/// The row of each id; the first one where an id stands twice.
#[derive(Clone, Debug)]
pub enum IdIndex {
    /// Rows by id − least, `u32::MAX` for a gap.
    Dense { least: i32, rows: Vec<u32> },
    /// (id, row), ascending.
    Sparse(Vec<(i32, u32)>),
}

impl IdIndex {
    pub fn new(ids: &[i32]) -> Self {
        match span(ids) {
            Some((least, n_possible)) if n_possible <= 8 * ids.len() => {
                let mut rows = vec![u32::MAX; n_possible];
                for (row, &id) in ids.iter().enumerate().rev() {
                    rows[id.wrapping_sub(least) as u32 as usize] = row as u32;
                }
                Self::Dense { least, rows }
            }
            _ => {
                let mut pairs: Vec<(i32, u32)> = ids.iter().zip(0..).map(|(&id, row)| (id, row)).collect();
                pairs.sort_unstable();
                pairs.dedup_by_key(|(id, _)| *id);
                Self::Sparse(pairs)
            }
        }
    }

    #[inline]
    pub fn row_of(&self, id: i32) -> Option<usize> {
        match self {
            Self::Dense { least, rows } => {
                let position = usize::try_from(i64::from(id) - i64::from(*least)).ok()?;
                rows.get(position).filter(|row| **row != u32::MAX).map(|row| *row as usize)
            }
            Self::Sparse(pairs) => pairs.binary_search_by_key(&id, |(id, _)| *id).ok().map(|at| pairs[at].1 as usize),
        }
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{IdIndex, distinct_ids};
    use proptest::prelude::{any, prop, prop_assert_eq, prop_oneof, proptest};
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn dense_and_sparse_ids_are_counted_and_found(
            ids in prop::collection::vec(prop_oneof![0..40_i32, any::<i32>()], 0..60), other in 0..40_i32,
        ) {
            let mut first = BTreeMap::new();
            for (row, &id) in ids.iter().enumerate() {
                first.entry(id).or_insert(row);
            }
            prop_assert_eq!(distinct_ids(&ids), first.len() as u64);
            let index = IdIndex::new(&ids);
            for id in ids.iter().copied().chain([other, i32::MIN, i32::MAX]) {
                prop_assert_eq!(index.row_of(id), first.get(&id).copied());
            }
        }
    }

    #[test]
    fn both_ways_of_counting_are_reached() {
        assert_eq!(distinct_ids(&[5, 6, 6, 5]), 2);
        assert_eq!(distinct_ids(&[i32::MIN, i32::MAX, 0, 0]), 3);
        assert!(matches!(IdIndex::new(&[3, 1, 2]), IdIndex::Dense { .. }));
        assert!(matches!(IdIndex::new(&[3, 1_000_000]), IdIndex::Sparse(_)));
    }
}
