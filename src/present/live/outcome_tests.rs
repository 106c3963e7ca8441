//! What happened as a reader sees it: charts with none, one and many points, and the sentence about training again.

use super::tests::{BEGAN, customer, example};
use super::*;
use crate::present::charts::Chart;
use crate::protocol::{OutcomeCohort, OutcomeDrift, OutcomeTenth, PacePoint, Retrain, RetrainFigures};

fn day(nth: usize) -> String {
    format!("2025-{:02}-01", nth + 7)
}

/// `n` months are known; the year has passed from the third on.
fn outcome(n: usize) -> LiveOutcome {
    let figures = |r2| RetrainFigures { r2, mae: 40.0, total_ratio: 1.1 };
    LiveOutcome {
        began: BEGAN,
        now: BEGAN,
        pace: (0..n).map(|i| PacePoint { day: day(i), actual: 90.0 * i as f64, expected: 100.0 * i as f64 }).collect(),
        cohorts: (0..n)
            .map(|i| OutcomeCohort {
                day: day(i),
                n_customers: 10,
                predicted: 110.0,
                actual: 100.0,
                r2: 0.4,
                mae: 40.0,
            })
            .collect(),
        tenths: (0..n).map(|i| OutcomeTenth { predicted: i as f64, actual: 2.0, n_customers: 5 }).collect(),
        drift: (0..n).map(|i| OutcomeDrift { day: day(i), psi: 0.1 * i as f64, mean: 200.0 }).collect(),
        retrain: (n > 2).then(|| Retrain { n_train: 700, n_test: 300, served: figures(0.3), retrained: figures(0.4) }),
        elapsed_ms: 5.0,
    }
}

#[test]
fn charts_are_right_with_none_one_and_many_points() {
    let with_lags = |n: usize| LiveState { lags: example().lags[..n].to_vec(), ..example() };
    let lines = |n: usize| {
        let found = outcome(n);
        let of_live = with_lags(n);
        vec![
            Chart::Lines(lag_chart(Some(&of_live), &Choice::default())),
            Chart::Lines(path_chart(Some(&customer(n)))),
            Chart::Lines(pace(Some(&found))),
            Chart::Lines(ratio(Some(&found))),
            Chart::Lines(drift(Some(&found))),
        ]
    };
    let style = crate::present::charts::Style { scale: 1.0, width_px: 600.0, height_px: 300.0, ..Default::default() };
    let nothing =
        [lag_chart(None, &Choice::default()), path_chart(None), pace(None), ratio(None), drift(None)].map(Chart::Lines);
    let few = lines(0).into_iter().chain(lines(1)).chain(nothing).chain([Chart::Deciles(tenths(None))]);
    for chart in few {
        assert!(chart.is_empty());
        assert!(chart.summary().contains("appear"), "{}", chart.summary());
        assert!(chart.marks(&style).is_empty() && chart.table().rows.is_empty());
    }
    for chart in lines(3).into_iter().chain([Chart::Deciles(tenths(Some(&outcome(1))))]) {
        assert!(!chart.is_empty(), "{}", chart.title());
        assert!(chart.svg(&style, &|text| 7.0 * text.len() as f64).unwrap().contains("<text"));
        assert!(!chart.summary().contains("NaN") && !chart.marks(&style).is_empty());
        assert!(chart.table().rows.iter().all(|row| row.len() == chart.table().headers.len()));
    }
}

#[test]
fn whether_training_again_would_have_paid_is_said_from_the_figures() {
    assert!(retrain_in_words(&outcome(1)).contains("once 12 months have passed"));
    let words = retrain_in_words(&outcome(3));
    assert!(words.starts_with("Training again would have paid: R² 0.400 instead of 0.300"), "{words}");
    let mut worse = outcome(3);
    worse.retrain.as_mut().unwrap().retrained.r2 = 0.2;
    assert!(retrain_in_words(&worse).starts_with("Training again would have made it worse"));
    assert_eq!(retrain_table(worse.retrain.as_ref().unwrap()).rows.len(), 2);
    assert_eq!(cohorts(&outcome(3)).rows[0][4], "1.1");
    assert_eq!(tenths_table(&outcome(3)).rows.len(), 3);
    assert!(known_so_far(&example()).starts_with("0 days have passed since the beginning, 365 days are missing"));
    let late = LiveState { now: BEGAN + 366 * 1_440, ..example() };
    assert!(known_so_far(&late).ends_with("have had their year."));
}
