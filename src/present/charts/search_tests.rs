//! The charts of a search with no trial, one, failed and cancelled ones, at odd sizes.

use super::*;
use crate::protocol::{ObjectId, SearchDimension, Surrogate, SurrogateRequest, TrialState, TrialView};
use std::sync::Arc;

fn svg(chart: &Chart, style: &Style) -> String {
    chart.svg(style, &|text| 7.0 * text.chars().count() as f64).unwrap()
}

fn style(width_px: f64) -> Style {
    Style { width_px, height_px: 320.0, scale: 1.0, ..Style::default() }
}

fn dimensions() -> Vec<SearchDimension> {
    let dimension =
        |name: &str, low, high, is_log| SearchDimension { name: name.to_owned(), low, high, is_log, is_whole: false };
    vec![
        dimension("learning_rate", 0.01, 0.3, true),
        dimension("gamma", 1.0, 1.0, false),
        dimension("max_depth", 3.0, 8.0, false),
    ]
}

fn trial(number: u32, state: TrialState, validation: Option<f64>) -> Arc<TrialView> {
    let point = vec![0.01 * f64::from(number + 1), 1.0, 3.0 + f64::from(number % 6)];
    Arc::new(TrialView { number, point, state, validation, train: validation.map(|v| v * 0.9), ..TrialView::default() })
}

/// Six trials of every kind.
fn mixed() -> Vec<Arc<TrialView>> {
    vec![
        trial(0, TrialState::Complete, Some(1_200.0)),
        trial(1, TrialState::Failed, None),
        trial(2, TrialState::Complete, Some(1_000.0)),
        trial(3, TrialState::Cancelled, None),
        trial(4, TrialState::Pruned, Some(1_900.0)),
        trial(5, TrialState::Running, Some(1_500.0)),
    ]
}

fn surrogate(other: Option<u32>) -> Surrogate {
    let (at, other_at) = (vec![0.01, 0.05, 0.3], if other.is_some() { vec![3.0, 8.0] } else { Vec::new() });
    let n = at.len() * other_at.len().max(1);
    Surrogate {
        request: SurrogateRequest { model: ObjectId::ContinuousModel, dimension: 0, other, anchor: None },
        anchor: vec![0.05, 1.0, 4.0],
        n_trials: 2,
        at,
        other_at,
        mean: (0..n).map(|i| 1_100.0 - 10.0 * (i % 3) as f64).collect(),
        sd: vec![25.0; n],
        acquisition: (0..n).map(|i| i as f64).collect(),
        importance: Vec::new(),
    }
}

fn charts(trials: &[Arc<TrialView>], surrogate: Option<Surrogate>) -> [Chart; 3] {
    [
        Chart::Trials(TrialsChart { trials: trials.to_vec(), n_planned: 10 }),
        Chart::Parallel(ParallelChart {
            dimensions: dimensions(),
            trials: trials.to_vec(),
            chosen: Vec::new(),
            narrowed: None,
        }),
        Chart::Belief(BeliefChart {
            surrogate: surrogate.map(Arc::new),
            dimensions: dimensions(),
            trials: trials.to_vec(),
        }),
    ]
}

fn parallel_chart() -> ParallelChart {
    ParallelChart { dimensions: dimensions(), trials: mixed(), chosen: Vec::new(), narrowed: None }
}

#[test]
fn a_drag_along_an_axis_narrows_it_and_a_press_frees_it() {
    let chart = parallel_chart();
    let style = style(500.0);
    let part = |from: (f64, f64), to: (f64, f64)| chart.dragged(&style, from, to);
    // The first axis stands 40 px from the left, from 298 px up to 40.
    assert_eq!(part((44.0, 298.0), (90.0, 169.0)), Some(Part { axis: "learning_rate".to_owned(), from: 0.0, to: 0.5 }));
    assert_eq!(part((44.0, 40.0), (44.0, 169.0)).map(|part| (part.from, part.to)), Some((0.5, 1.0)));
    assert_eq!(part((40.0, 100.0), (40.0, 101.0)).map(|part| (part.from, part.to)), Some((0.0, 1.0)), "a press");
    assert_eq!(part((150.0, 100.0), (150.0, 200.0)), None, "between the axes");
    assert_eq!(part((460.0, 10.0), (460.0, 900.0)).map(|part| part.axis), Some("RMSE".to_owned()));
    assert_eq!(ParallelChart::default().dragged(&style, (40.0, 50.0), (40.0, 99.0)), None);
    assert!((value_along(0.01, 1.0, true, 0.5) - 0.1).abs() < 1e-12);
    assert_eq!([0.0, 0.5, 1.0].map(|share| value_along(3.0, 8.0, false, share)), [3.0, 5.5, 8.0]);
    let narrowed = Some(Part { axis: "learning_rate".to_owned(), from: 0.2, to: 0.7 });
    let with = Chart::Parallel(ParallelChart { narrowed, ..chart.clone() });
    assert_ne!(svg(&with, &style), svg(&Chart::Parallel(chart), &style));
}

fn words(chart: &Chart) -> String {
    chart.summary().replace('\u{a0}', " ")
}

#[test]
fn without_trials_every_chart_says_what_will_appear() {
    let shares = Chart::Shares(SharesChart::default());
    for chart in charts(&[], None).iter().chain([&shares]) {
        assert!(chart.is_empty() && chart.summary().contains("here"), "{}", chart.summary());
        assert!(!svg(chart, &style(600.0)).contains("<text"));
        assert!(chart.marks(&style(600.0)).is_empty() && chart.table().rows.is_empty());
    }
}

#[test]
fn trials_of_every_kind_are_drawn_inside_at_any_width() {
    let shares =
        SharesChart { parts: vec![("max_depth".to_owned(), 0.4, 0.7), ("gamma".to_owned(), 0.0, 0.0)], n_trials: 8 };
    for other in [None, Some(2)] {
        for chart in charts(&mixed(), Some(surrogate(other))).iter().chain([&Chart::Shares(shares.clone())]) {
            for width_px in [0.0, 3.0, 260.0, 600.0, 1_300.0] {
                svg(chart, &style(width_px));
            }
            let marks = chart.marks(&style(600.0));
            assert!(!marks.is_empty() && !chart.table().rows.is_empty());
            assert!(marks.iter().all(|mark| mark.x >= -1.0 && mark.x + mark.width <= 601.0), "{}", chart.title());
            assert!(svg(chart, &style(600.0)).contains("<text"));
            assert!(chart.table().rows.iter().all(|row| row.len() == chart.table().headers.len()));
        }
    }
}

#[test]
fn one_trial_and_equal_trials_and_numbers_that_are_not_finite_do_no_harm() {
    let same: Vec<_> = (0..3).map(|number| trial(number, TrialState::Complete, Some(5.0))).collect();
    let odd = [trial(0, TrialState::Complete, Some(f64::NAN)), trial(1, TrialState::Complete, Some(f64::INFINITY))];
    let mut broken = surrogate(None);
    broken.sd[1] = f64::NAN;
    for trials in [&same[..1], &same, &odd] {
        for chart in charts(trials, Some(broken.clone())) {
            svg(&chart, &style(600.0));
            chart.marks(&style(600.0));
            chart.summary();
            chart.table();
        }
    }
    assert!(charts(&same, Some(broken))[2].is_empty());
    assert_eq!(
        words(&charts(&same[..1], None)[0]),
        "1 trial has finished; the lowest validation error is $5.00 in trial 1, the first is still the best."
    );
}

#[test]
fn summaries_state_the_figures_of_a_search() {
    let [trials, parallel, line] = charts(&mixed(), Some(surrogate(None)));
    assert_eq!(
        words(&trials),
        "2 trials have finished; the lowest validation error is $1,000 in trial 3, 17 % below the first."
    );
    assert_eq!(trials.table().rows[1][1], "failed");
    assert_eq!(trials.table().rows[4][4], "$1,000", "a trial given up is not the best");
    assert_eq!(
        words(&parallel),
        "3 finished trials as lines, the darker the lower their error; the lowest error among them is $1,000."
    );
    assert_eq!(
        parallel.table().headers,
        ["Trial", "learning_rate", "max_depth", "RMSE"],
        "what does not vary stays out"
    );
    assert!(
        words(&line).contains("lowest, $1,080 ± $25, at learning_rate 0.3; trying promises most at learning_rate 0.3"),
        "{}",
        words(&line)
    );
    let narrowed = ParallelChart { chosen: vec![false, true, true, true, false, true], ..parallel_chart() };
    let narrowed = Chart::Parallel(narrowed);
    assert!(words(&narrowed).starts_with("1 of 3 finished trials"), "{}", words(&narrowed));
    assert_eq!(narrowed.marks(&style(600.0)).len(), 1);
}
