//! Drift: how far the values of a feature that are served now lie from those that a model was trained on. Two measures, both
//! blind to the unit: PSI over bins, and the distance of the cumulated shares. Deliberately without a claim about harm: a
//! feature may drift and the model stay right, or the other way round.
//!
//! | measure | definition | source |
//! |---|---|---|
//! | PSI | Σ (q − p) · ln(q / p) over bins; p, q = share of training and of served rows | Siddiqi 2006 |
//! | KS | greatest distance between the two cumulated shares, nulls left out | Kolmogorov 1933, Smirnov 1939 |
//!
//! Bins of numbers end at the deciles of the training values, equal ones counting once; a level is a bin; so are the nulls. A share
//! is (n + ½) / (N + ½ · bins), so that an empty bin has a logarithm; a bin that is empty on both sides is none.

use super::column::CENTS_PER_DOLLAR;
use super::distribution::Distribution;
use crate::evaluate::{Histogram, histogram_between};
use clv_engine::schema::ColumnType;
use clv_engine::table::{Table, TableError, Values};

const N_QUANTILE_BINS: u64 = 10;
const HALF_A_ROW: f64 = 0.5;
/// Bars of a shape, about; and where it ends: what lies beyond is only counted.
const N_BARS: usize = 24;
const CLIP: f64 = 0.99;

/// From here on a PSI is no longer stable.
pub const MODERATE_FROM: f64 = 0.1;
/// Above this a PSI is large.
pub const LARGE_ABOVE: f64 = 0.25;

/// What a PSI means, by the rule of credit scorecards (Siddiqi 2006, Credit Risk Scorecards).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Stable,
    Moderate,
    Large,
}

/// The one threshold rule.
pub fn verdict(psi: f64) -> Verdict {
    match psi {
        psi if psi < MODERATE_FROM => Verdict::Stable,
        psi if psi <= LARGE_ABOVE => Verdict::Moderate,
        _ => Verdict::Large,
    }
}

/// A feature's values on one side.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub n_null: u64,
    pub present: Present,
}

/// The values that are not null.
#[derive(Clone, Debug, PartialEq)]
pub enum Present {
    /// Money in dollars, days since 1970-01-01.
    Numbers(Distribution),
    /// Every level with its rows.
    Levels(Vec<(String, u64)>),
}

impl Sample {
    /// A column at some rows.
    pub fn of(table: &Table, name: &str, rows: &[u32]) -> Result<Self, TableError> {
        let data = table.gather(name, rows)?;
        let flags = data.present.as_deref();
        let n_null = flags.map_or(0, |flags| flags.iter().filter(|present| !**present).count() as u64);
        let present = match data.values {
            Values::Ids(v) | Values::Days(v) => Present::Numbers(Distribution::of_integers(&kept(v, flags), 1.0)),
            Values::Cents(v) => Present::Numbers(Distribution::of_integers(&kept(v, flags), CENTS_PER_DOLLAR)),
            Values::Integers(v) | Values::Timestamps(v) => {
                Present::Numbers(Distribution::of_integers(&kept(v, flags), 1.0))
            }
            Values::Floats(v) => Present::Numbers(Distribution::of_floats(&kept(v, flags))),
            Values::Codes(v) => {
                let mut counts = [0_u64; 256];
                kept(v, flags).into_iter().for_each(|code| counts[usize::from(code)] += 1);
                let levels: &[String] = match table.schema().column(name).map(|column| &column.kind) {
                    Some(ColumnType::Category(levels)) => levels,
                    _ => &[],
                };
                Present::Levels(levels.iter().cloned().zip(counts).collect())
            }
        };
        Ok(Self { n_null, present })
    }

    pub fn n_rows(&self) -> u64 {
        self.n_null
            + match &self.present {
                Present::Numbers(values) => values.n_values(),
                Present::Levels(levels) => levels.iter().map(|(_, count)| count).sum(),
            }
    }

    /// Of numbers.
    pub fn mean(&self) -> Option<f64> {
        match &self.present {
            Present::Numbers(values) => values.mean(),
            Present::Levels(_) => None,
        }
    }
}

fn kept<T: Copy>(values: Vec<T>, present: Option<&[bool]>) -> Vec<T> {
    match present {
        None => values,
        Some(flags) => values.into_iter().zip(flags).filter(|(_, present)| **present).map(|(value, _)| value).collect(),
    }
}

/// Which values a bin holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// above < value ≤ up_to; `None` = open.
    Numbers {
        above: Option<f64>,
        up_to: Option<f64>,
    },
    Level(String),
    Null,
}

/// A bin with the rows in it and its part of the PSI.
#[derive(Clone, Debug, PartialEq)]
pub struct Bin {
    pub range: Range,
    pub n_training: u64,
    pub n_served: u64,
    pub contribution: f64,
}

/// How far two samples lie apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    pub psi: f64,
    /// What chance alone exceeds once in twenty times, when nothing has drifted.
    pub by_chance: f64,
    /// Of numbers, when both sides have some.
    pub ks: Option<f64>,
    pub bins: Vec<Bin>,
}

/// The drift from training to served values; `None` when a side has no rows, or one holds numbers and the other levels.
pub fn drift(training: &Sample, served: &Sample) -> Option<Drift> {
    let (n, m) = (training.n_rows(), served.n_rows());
    if n == 0 || m == 0 {
        return None;
    }
    let (mut counted, ks) = match (&training.present, &served.present) {
        (Present::Numbers(then), Present::Numbers(now)) => (number_bins(then, now), kolmogorov_smirnov(then, now)),
        (Present::Levels(then), Present::Levels(now)) => (level_bins(then, now), None),
        (Present::Numbers(_), Present::Levels(_)) | (Present::Levels(_), Present::Numbers(_)) => return None,
    };
    counted.push((Range::Null, training.n_null, served.n_null));
    counted.retain(|(_, then, now)| then + now > 0);
    let counts: Vec<(u64, u64)> = counted.iter().map(|(_, then, now)| (*then, *now)).collect();
    let contributions = stability_index(&counts);
    let bins = counted.into_iter().zip(&contributions);
    let bins =
        bins.map(|((range, n_training, n_served), &contribution)| Bin { range, n_training, n_served, contribution });
    Some(Drift { psi: contributions.iter().sum(), by_chance: by_chance(counts.len(), n, m), ks, bins: bins.collect() })
}

/// Each bin's part of the population stability index, from (training, served) rows in each.
pub fn stability_index(counts: &[(u64, u64)]) -> Vec<f64> {
    let added = HALF_A_ROW * counts.len() as f64;
    let n_training = counts.iter().map(|(then, _)| then).sum::<u64>() as f64 + added;
    let n_served = counts.iter().map(|(_, now)| now).sum::<u64>() as f64 + added;
    let part = |&(then, now): &(u64, u64)| {
        let (p, q) = ((then as f64 + HALF_A_ROW) / n_training, (now as f64 + HALF_A_ROW) / n_served);
        (q - p) * libm::log(q / p)
    };
    counts.iter().map(part).collect()
}

/// The 95 % quantile of the PSI of two samples of one population: (1/n + 1/m) times that of χ² with bins − 1 degrees of freedom
/// (Yurdakul 2018), which is taken from Wilson and Hilferty 1931.
fn by_chance(n_bins: usize, n: u64, m: u64) -> f64 {
    const NORMAL_QUANTILE_95: f64 = 1.644_853_626_951_472_2;
    let freedom = n_bins.saturating_sub(1) as f64;
    if freedom == 0.0 {
        return 0.0;
    }
    let spread = 2.0 / (9.0 * freedom);
    let root = 1.0 - spread + NORMAL_QUANTILE_95 * spread.sqrt();
    freedom * root * root * root * (1.0 / n as f64 + 1.0 / m as f64)
}

type Counted = (Range, u64, u64);

fn number_bins(training: &Distribution, served: &Distribution) -> Vec<Counted> {
    let deciles = (1..N_QUANTILE_BINS).filter_map(|part| training.order_statistic(part, N_QUANTILE_BINS));
    let mut edges: Vec<f64> = deciles.collect();
    edges.dedup();
    let (then, now) = (counts_up_to(training, &edges), counts_up_to(served, &edges));
    let range = |bin: usize| Range::Numbers {
        above: bin.checked_sub(1).and_then(|below| edges.get(below)).copied(),
        up_to: edges.get(bin).copied(),
    };
    then.into_iter().zip(now).enumerate().map(|(bin, (then, now))| (range(bin), then, now)).collect()
}

/// Values in each bin that ends at an edge, and those above the last one.
fn counts_up_to(values: &Distribution, edges: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; edges.len() + 1];
    let mut bin = 0;
    for &(value, count) in values.counted() {
        while edges.get(bin).is_some_and(|edge| value > *edge) {
            bin += 1;
        }
        counts[bin] += count;
    }
    counts
}

/// One bin a level, also for one that only the served rows have.
fn level_bins(training: &[(String, u64)], served: &[(String, u64)]) -> Vec<Counted> {
    let count = |levels: &[(String, u64)], name: &str| {
        levels.iter().find(|(level, _)| level == name).map_or(0, |(_, count)| *count)
    };
    let new = served.iter().filter(|(level, _)| !training.iter().any(|(known, _)| known == level));
    let names = training.iter().chain(new).map(|(level, _)| level);
    names.map(|name| (Range::Level(name.clone()), count(training, name), count(served, name))).collect()
}

/// The greatest distance between two cumulated shares, exact with ties; `None` when a side is empty.
pub fn kolmogorov_smirnov(a: &Distribution, b: &Distribution) -> Option<f64> {
    let (n, m) = (u128::from(a.n_values()), u128::from(b.n_values()));
    if n == 0 || m == 0 {
        return None;
    }
    let (a, b) = (a.counted(), b.counted());
    let (mut i, mut j) = (0, 0);
    let (mut below_a, mut below_b, mut greatest) = (0_u128, 0_u128, 0_u128);
    // Behind the last value of one side the distance only shrinks.
    while let (Some(&(x, n_x)), Some(&(y, n_y))) = (a.get(i), b.get(j)) {
        if x <= y {
            below_a += u128::from(n_x);
            i += 1;
        }
        if y <= x {
            below_b += u128::from(n_y);
            j += 1;
        }
        // In whole numbers: equal shares are equal whatever their denominators.
        greatest = greatest.max((below_a * m).abs_diff(below_b * n));
    }
    Some(greatest as f64 / (n * m) as f64)
}

/// Both samples of numbers as bars between the same round edges, training first.
pub fn shapes(training: &Sample, served: &Sample) -> Option<[Histogram; 2]> {
    let (Present::Numbers(then), Present::Numbers(now)) = (&training.present, &served.present) else { return None };
    let both = then.merged(now);
    let is_whole = both.counted().iter().all(|(value, _)| value.fract() == 0.0);
    let edges = both.histogram(N_BARS, CLIP, is_whole).edges;
    Some([then, now].map(|values| histogram_between(edges.clone(), values.counted())))
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::*;
    use clv_engine::schema::{Column, TableSchema};
    use clv_engine::table::ColumnData;
    use proptest::prelude::{prop, prop_assert, prop_assert_eq, proptest};

    fn numbers(values: &[f64], n_null: u64) -> Sample {
        Sample { n_null, present: Present::Numbers(Distribution::of_floats(values)) }
    }

    fn levels(counts: &[(&str, u64)], n_null: u64) -> Sample {
        let counts = counts.iter().map(|(level, count)| ((*level).to_owned(), *count));
        Sample { n_null, present: Present::Levels(counts.collect()) }
    }

    fn of(values: &[f64]) -> Distribution {
        Distribution::of_floats(values)
    }

    fn near(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-12
    }

    #[test]
    fn the_index_of_two_bins_is_what_the_formula_says_by_hand() {
        // Shares (50.5, 50.5) / 101 and (30.5, 70.5) / 101.
        let (p, q) = (0.5, 30.5 / 101.0);
        let expected = (q - p) * libm::log(q / p) + (p - q) * libm::log((1.0 - q) / p);
        assert!(near(stability_index(&[(50, 30), (50, 70)]).iter().sum(), expected));
        assert!(near(expected, PSI_OF_TWO_BINS), "{expected}");
    }

    /// Computed with another program from the same definition.
    const PSI_OF_TWO_BINS: f64 = 0.165_918_024_991_060_8;

    #[test]
    fn numbers_fall_into_the_deciles_of_the_training_values() {
        let then: Vec<f64> = (1..=10).map(f64::from).collect();
        let now: Vec<f64> = (6..=15).map(f64::from).collect();
        let found = drift(&numbers(&then, 0), &numbers(&now, 0)).unwrap();
        let counts: Vec<(u64, u64)> = found.bins.iter().map(|bin| (bin.n_training, bin.n_served)).collect();
        assert_eq!(counts, [(1, 0), (1, 0), (1, 0), (1, 0), (1, 0), (1, 1), (1, 1), (1, 1), (1, 1), (1, 6)]);
        assert_eq!(found.bins[0].range, Range::Numbers { above: None, up_to: Some(1.0) });
        assert_eq!(found.bins[9].range, Range::Numbers { above: Some(9.0), up_to: None });
        assert_eq!(found.ks, Some(0.5));
    }

    #[test]
    fn equal_deciles_count_once_and_nulls_are_a_bin() {
        let then = [vec![0.0; 8], vec![1.0, 2.0]].concat();
        let now = [vec![0.0; 2], vec![1.0, 1.0, 1.0], vec![2.0, 5.0]].concat();
        let found = drift(&numbers(&then, 0), &numbers(&now, 3)).unwrap();
        let counts: Vec<(u64, u64)> = found.bins.iter().map(|bin| (bin.n_training, bin.n_served)).collect();
        assert_eq!(counts, [(8, 2), (1, 3), (1, 2), (0, 3)]);
        assert_eq!(found.bins[3].range, Range::Null);
        let one_value = drift(&numbers(&[7.0; 4], 0), &numbers(&[7.0; 9], 0)).unwrap();
        assert_eq!((one_value.bins.len(), one_value.psi, one_value.by_chance), (1, 0.0, 0.0));
    }

    #[test]
    fn a_level_that_only_the_served_rows_have_is_a_bin_and_one_that_nobody_has_is_none() {
        let found = drift(&levels(&[("a", 5), ("b", 0)], 0), &levels(&[("b", 0), ("c", 5)], 0)).unwrap();
        let names: Vec<&Range> = found.bins.iter().map(|bin| &bin.range).collect();
        assert_eq!(names, [&Range::Level("a".to_owned()), &Range::Level("c".to_owned())]);
        assert_eq!((verdict(found.psi), found.ks), (Verdict::Large, None));
    }

    #[test]
    fn the_borders_of_the_rule_belong_to_the_moderate() {
        assert_eq!([0.0, 0.0999, 0.1, 0.25, 0.2501, f64::NAN].map(verdict), {
            use Verdict::{Large, Moderate, Stable};
            [Stable, Stable, Moderate, Moderate, Large, Large]
        });
    }

    #[test]
    fn chance_is_the_quantile_of_the_chi_squared_distribution_scaled() {
        // χ²(9) at 95 % is 16.919, χ²(1) is 3.841; the approximation is good to some percent.
        assert!((by_chance(10, 1_000, 1_000) / 0.002 - 16.919).abs() < 0.02);
        assert!((by_chance(2, 100, 50) / 0.03 - 3.841).abs() < 0.1);
    }

    #[test]
    fn a_side_without_rows_or_of_another_kind_has_no_drift() {
        assert_eq!(drift(&numbers(&[], 0), &numbers(&[1.0], 0)), None);
        assert_eq!(drift(&numbers(&[1.0], 0), &levels(&[("a", 1)], 0)), None);
        let only_nulls = drift(&numbers(&[], 4), &numbers(&[1.0], 0)).unwrap();
        assert_eq!((only_nulls.ks, only_nulls.bins.len()), (None, 2));
    }

    #[test]
    fn a_sample_holds_the_rows_asked_for_in_the_unit_of_the_reader() {
        let columns = vec![
            Column::new("CENTS", ColumnType::Cents, "", "").or_null(),
            Column::new("LEVEL", ColumnType::category(&["a", "b"]), "", "").or_null(),
        ];
        let cents = ColumnData { values: Values::Cents(vec![150, 0, 50]), present: Some(vec![true, false, true]) };
        let codes = ColumnData::optional_codes(vec![Some(1), Some(0), None]);
        let table = Table::new(TableSchema::new("T", "", columns), vec![cents, codes]).unwrap();
        let money = Sample::of(&table, "CENTS", &[0, 1]).unwrap();
        assert_eq!((money.n_rows(), money.n_null, money.mean()), (2, 1, Some(1.5)));
        let level = Sample::of(&table, "LEVEL", &[0, 2]).unwrap();
        assert_eq!(level, levels(&[("a", 0), ("b", 1)], 1));
        assert!(Sample::of(&table, "ABSENT", &[0]).is_err());
    }

    #[test]
    fn shapes_share_their_edges_and_count_every_value() {
        let [then, now] = shapes(&numbers(&[0.0, 1.0, 2.0], 1), &numbers(&[2.0, 90.0], 0)).unwrap();
        assert_eq!(then.edges, now.edges);
        assert_eq!(then.counts.iter().sum::<u64>() + then.n_above, 3);
        assert_eq!(now.counts.iter().sum::<u64>() + now.n_above, 2);
        assert!(shapes(&levels(&[], 0), &levels(&[], 0)).is_none());
    }

    proptest! {
        #[test]
        fn identical_samples_have_no_drift(values in prop::collection::vec(-20..20_i32, 1..80), n_null in 0..9_u64) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let sample = numbers(&values, n_null);
            let found = drift(&sample, &sample).unwrap();
            prop_assert_eq!((found.psi, found.ks), (0.0, Some(0.0)));
        }

        #[test]
        fn the_index_is_symmetric_and_never_negative(counts in prop::collection::vec((0..50_u64, 0..50_u64), 1..12)) {
            let swapped: Vec<(u64, u64)> = counts.iter().map(|(then, now)| (*now, *then)).collect();
            let (one, other) = (stability_index(&counts), stability_index(&swapped));
            prop_assert!(one.iter().all(|part| *part >= 0.0));
            prop_assert!((one.iter().sum::<f64>() - other.iter().sum::<f64>()).abs() < 1e-12);
        }

        #[test]
        fn neither_measure_sees_the_unit_of_the_values(
            then in prop::collection::vec(-30..30_i32, 1..60), now in prop::collection::vec(-30..30_i32, 1..60),
        ) {
            let plain = |values: &[i32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
            let cubed = |values: &[i32]| values.iter().map(|&v| f64::from(v * v * v) / 7.0 + 3.0).collect::<Vec<f64>>();
            let turned = |values: &[i32]| values.iter().map(|&v| f64::from(-v)).collect::<Vec<f64>>();
            let found = drift(&numbers(&plain(&then), 2), &numbers(&plain(&now), 0)).unwrap();
            let mapped = drift(&numbers(&cubed(&then), 2), &numbers(&cubed(&now), 0)).unwrap();
            prop_assert_eq!((found.psi, found.ks), (mapped.psi, mapped.ks));
            prop_assert_eq!(found.ks, kolmogorov_smirnov(&of(&turned(&then)), &of(&turned(&now))));
        }

        #[test]
        fn the_distance_is_the_greatest_one_anywhere_and_lies_between_nought_and_one(
            a in prop::collection::vec(-9..9_i32, 1..40), b in prop::collection::vec(-9..9_i32, 1..40),
        ) {
            let share = |values: &[i32], x: i32| values.iter().filter(|v| **v <= x).count() as f64 / values.len() as f64;
            let plain = (-10..10).map(|x| (share(&a, x) - share(&b, x)).abs()).fold(0.0, f64::max);
            let as_floats = |values: &[i32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
            let found = kolmogorov_smirnov(&of(&as_floats(&a)), &of(&as_floats(&b))).unwrap();
            prop_assert!((found - plain).abs() < 1e-12 && (0.0..=1.0).contains(&found), "{found} {plain}");
            prop_assert_eq!(Some(found), kolmogorov_smirnov(&of(&as_floats(&b)), &of(&as_floats(&a))));
        }

        #[test]
        fn every_row_stands_in_one_bin(
            then in prop::collection::vec(-9..9_i32, 1..40), now in prop::collection::vec(-99..99_i32, 0..40),
            nulls in (0..5_u64, 1..5_u64),
        ) {
            let as_floats = |values: &[i32]| values.iter().map(|&v| f64::from(v)).collect::<Vec<f64>>();
            let found = drift(&numbers(&as_floats(&then), nulls.0), &numbers(&as_floats(&now), nulls.1)).unwrap();
            prop_assert_eq!(found.bins.iter().map(|bin| bin.n_training).sum::<u64>(), then.len() as u64 + nulls.0);
            prop_assert_eq!(found.bins.iter().map(|bin| bin.n_served).sum::<u64>(), now.len() as u64 + nulls.1);
            prop_assert!(found.bins.len() <= 11);
        }
    }
}
