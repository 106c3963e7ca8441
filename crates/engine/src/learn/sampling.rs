//! Which rows and columns a tree sees: draws from a hash of (seed, tree, counter), so that neither order nor pauses nor
//! other trees change them. Deliberately not a general random generator.

/// The draws of one purpose for one tree.
struct Draws(u64);

const ROWS: u64 = 1;
const COLUMNS: u64 = 2;

impl Draws {
    fn new(seed: u64, tree_idx: u32, purpose: u64) -> Self {
        Self(mix(mix(mix(seed) ^ u64::from(tree_idx)) ^ purpose))
    }

    /// 32 uniform bits.
    fn at(&self, counter: u64) -> u64 {
        mix(self.0.wrapping_add(counter)) >> 32
    }
}

/// The finalizer of SplitMix64 (Steele, Lea & Flood 2014) after one step of its Weyl sequence.
fn mix(counter: u64) -> u64 {
    let mut z = counter.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Splits the rows into those that the tree sees (each by its own draw) and the others, both ascending.
pub(super) fn sample_rows(
    (seed, tree_idx): (u64, u32),
    n_rows: usize,
    rate: f64,
    seen: &mut Vec<u32>,
    unseen: &mut Vec<u32>,
) {
    seen.resize(n_rows, 0);
    unseen.resize(n_rows, 0);
    let draws = Draws::new(seed, tree_idx, ROWS);
    let limit = (rate * 4_294_967_296.0) as u64;
    let (mut n_seen, mut n_unseen) = (0, 0);
    for row in 0..n_rows {
        let taken = draws.at(row as u64) < limit;
        seen[n_seen] = row as u32;
        unseen[n_unseen] = row as u32;
        n_seen += usize::from(taken);
        n_unseen += usize::from(!taken);
    }
    seen.truncate(n_seen);
    unseen.truncate(n_unseen);
}

/// For each column whether the tree may split on it: `rate` of them rounded down, at least one, without replacement.
pub(super) fn sample_columns((seed, tree_idx): (u64, u32), n_columns: usize, rate: f64) -> Vec<bool> {
    let n_taken = ((n_columns as f64 * rate) as usize).clamp(1, n_columns.max(1));
    let draws = Draws::new(seed, tree_idx, COLUMNS);
    let mut columns: Vec<usize> = (0..n_columns).collect();
    let mut taken = vec![false; n_columns];
    for i in 0..n_taken.min(n_columns) {
        let offset = (draws.at(i as u64) * (n_columns - i) as u64) >> 32;
        columns.swap(i, i + offset as usize);
        taken[columns[i]] = true;
    }
    taken
}

#[cfg(test)]
mod tests {
    use super::{sample_columns, sample_rows};

    fn rows(key: (u64, u32), n_rows: usize, rate: f64) -> (Vec<u32>, Vec<u32>) {
        let (mut seen, mut unseen) = (vec![7; 3], vec![]);
        sample_rows(key, n_rows, rate, &mut seen, &mut unseen);
        (seen, unseen)
    }

    #[test]
    fn rows_are_divided_close_to_the_rate_and_independently_of_how_many_follow() {
        let (seen, unseen) = rows((3, 5), 10_000, 0.8);
        let mut all = [seen.clone(), unseen].concat();
        all.sort_unstable();
        assert_eq!(all, (0..10_000).collect::<Vec<u32>>());
        assert!((7_840..8_160).contains(&seen.len()), "{}", seen.len());
        let (fewer, _) = rows((3, 5), 1_000, 0.8);
        assert_eq!(fewer, seen[..fewer.len()]);
        assert_ne!(rows((3, 6), 10_000, 0.8).0, seen);
        assert_ne!(rows((4, 5), 10_000, 0.8).0, seen);
        assert_eq!(rows((3, 5), 100, 1.0).0.len(), 100);
    }

    #[test]
    fn columns_are_rounded_down_but_never_to_none() {
        let n_taken = |n, rate| sample_columns((1, 2), n, rate).iter().filter(|&&t| t).count();
        assert_eq!((n_taken(55, 0.8), n_taken(3, 0.5), n_taken(3, 0.01), n_taken(4, 1.0)), (44, 1, 1, 4));
    }

    #[test]
    fn every_column_is_sampled_about_equally_often() {
        let mut times = [0; 10];
        for tree_idx in 0..2_000 {
            for (column, taken) in sample_columns((9, tree_idx), 10, 0.3).into_iter().enumerate() {
                times[column] += u32::from(taken);
            }
        }
        assert!(times.iter().all(|t| (500..700).contains(t)), "{times:?}");
    }
}
