//! Names near a name that does not exist. Distance: Levenshtein 1965, whole bytes.

use crate::order;

/// Up to three known names nearest to a name, those that contain it first, as "A, B or C".
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    const N_NAMES: usize = 3;
    let wanted = name.to_ascii_uppercase();
    let mut ranked: Vec<(bool, usize, &str)> =
        known.map(|known| (!known.contains(&wanted), distance(&wanted, known), known)).collect();
    order::sort_by(&mut ranked, Ord::cmp);
    ranked.dedup_by_key(|(_, _, name)| *name);
    let near: Vec<&str> = ranked.into_iter().take(N_NAMES).map(|(_, _, name)| name).collect();
    match near.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}

fn distance(one: &str, other: &str) -> usize {
    let other = other.as_bytes();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, byte) in one.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, against) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(byte != *against);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}
