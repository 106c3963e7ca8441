//! Every chart on an SVG backend: with data, with none, with broken data, at odd sizes.

use super::*;
use crate::present::health;
use crate::protocol::{
    Association, Associations, AttributionPoint, AttributionRequest, AttributionView, CloseLook, Cohort, Concentration,
    Curve, Decile, Density, Dependence, DependenceRequest, FeatureDrift, Histogram, Importance, InputAttribution,
    Measure, ObjectId, Retention, TrainingId, TreeNode, TreeView,
};
use std::sync::Arc;

fn style(width_px: f64, height_px: f64, scale: f64) -> Style {
    Style { palette: Palette::default(), scale, width_px, height_px }
}

fn svg(chart: &Chart, style: &Style) -> String {
    chart.svg(style, &|text| 7.0 * text.chars().count() as f64).unwrap()
}

fn histogram(edges: &[f64], counts: &[u64]) -> Chart {
    Chart::Histogram(HistogramChart {
        title: "Predicted spend".to_owned(),
        subject: "customers",
        axis: "spend",
        unit: HistogramUnit::Dollars,
        histogram: Histogram { edges: edges.to_vec(), counts: counts.to_vec(), n_above: 2 },
    })
}

fn curve(train: &[f64], validation: &[f64]) -> Chart {
    let curve = Curve { train: train.to_vec(), validation: validation.to_vec() };
    Chart::LearningCurve(LearningCurveChart {
        model: "M",
        points: CurvePoint::all_of(&curve),
        n_trees_planned: 10,
        loss: "RMSE".to_owned(),
        at: Some(2),
    })
}

fn importance(n: usize) -> Chart {
    let inputs = (0..n)
        .map(|i| Importance {
            input: format!("INPUT_{i}"),
            gain_share: 1.0 / (i + 2) as f64,
            n_splits: 3,
            cover_share: 0.1,
            mean_contribution: 12.5,
        })
        .collect();
    Chart::Importance(ImportanceChart { model: "M", inputs })
}

fn density(counts: &[u64]) -> Chart {
    let edges = vec![0.0, 2.0, 4.0];
    let dollars: Vec<f64> = edges.iter().map(|&edge| libm::pow(10.0, edge) - 1.0).collect();
    let density = Density {
        x_edges: edges.clone(),
        y_edges: edges,
        is_log: true,
        x_dollars: dollars.clone(),
        y_dollars: dollars,
        counts: counts.to_vec(),
        n_outside: 0,
    };
    Chart::Density(DensityChart { compared: Compared::WithActual { model: "M" }, density })
}

fn association(n: usize, value: Option<f64>) -> Chart {
    let columns = (0..n).map(|i| format!("COLUMN_{i}")).collect();
    let measures = [Measure::Spearman, Measure::CorrelationRatio, Measure::CramersV];
    let cell = |i: usize| Association { measure: measures[i % 3], value: value.map(|v| v * (i % 2) as f64), n_rows: 9 };
    let table = ObjectId::ColdstartCustomers;
    let cells = (0..n * n).map(cell).collect();
    let found = Associations { table, columns, cells, n_rows: 9, n_rows_total: 90 };
    Chart::Association(AssociationChart { table: table.name(), associations: Some(found) })
}

fn retention(periods: &[usize]) -> Chart {
    let cohort = |n: &usize| Cohort {
        from: "2024-01".to_owned(),
        n_customers: 4,
        n_active: (0..*n).map(|i| 4 - i.min(4) as u64).collect(),
    };
    let cohorts = periods.iter().map(cohort).collect();
    let found = Retention { months_per_cohort: 1, days_per_period: 30, cohorts, now: "2025-06-30".to_owned() };
    Chart::Retention(RetentionChart { retention: Some(found) })
}

fn concentration(n_points: usize) -> Chart {
    let curve = |table: ObjectId| Concentration {
        table,
        spend: "spend".to_owned(),
        n_customers: 10,
        total_dollars: 1_234.0,
        zero_share: 0.3,
        gini: 0.5,
        held_by_top: (0..n_points).map(|i| (i as f64 / 100.0).sqrt()).collect(),
    };
    let curves = vec![curve(ObjectId::Transactions), curve(ObjectId::ColdstartCustomers)];
    Chart::Concentration(ConcentrationChart { curves })
}

fn drift() -> Chart {
    Chart::Drift(DriftChart { drift: Some(health::example()) })
}

/// A complete tree; the customer answers yes wherever `on_path`.
fn tree(depth: u32, on_path: bool) -> Chart {
    let n_splits: u32 = (1 << depth) - 1;
    let mut nodes: Vec<TreeNode> = Vec::new();
    for i in 0..=2 * n_splits {
        let is_split = i < n_splits;
        let level = (i + 1).ilog2();
        nodes.push(TreeNode {
            question: if is_split { format!("DAYS_SINCE_LAST_PURCHASE_{i} < 41.5") } else { String::new() },
            children: is_split.then_some((2 * i + 1, 2 * i + 2)),
            value: if is_split { 0.0 } else { 12.3 - f64::from(i % 7) },
            cover: 1_024.0 / f64::from(1 << level),
            on_path: on_path && (i + 1).is_power_of_two(),
        });
    }
    Chart::Tree(TreeChart { title: "Tree 12".to_owned(), tree: Some(TreeView { nodes }), is_log: false })
}

fn deciles(means: &[(f64, f64)]) -> Chart {
    let deciles = means.iter().map(|(predicted, actual)| Decile { predicted: *predicted, actual: *actual }).collect();
    Chart::Deciles(DecilesChart { title: "By tenth".to_owned(), deciles, ..DecilesChart::default() })
}

fn dependence(mean: &[f64], curves: &[&[f64]], is_category: bool) -> Chart {
    let at: Vec<f64> = (0..mean.len()).map(|i| i as f64).collect();
    let training = TrainingId { model: ObjectId::ColdstartCustomers, version: "V1".to_owned() };
    let found = Dependence {
        request: DependenceRequest { training, input: String::new() },
        input: "RECENCY_DAYS".to_owned(),
        unit: "days".to_owned(),
        inputs: Vec::new(),
        is_category,
        labels: at.iter().map(|at| format!("v{at}")).collect(),
        at,
        mean: mean.to_vec(),
        curves: curves.iter().map(|curve| curve.to_vec()).collect(),
        n_rows: 500,
        elapsed_ms: 1.0,
    };
    Chart::Dependence(DependenceChart { dependence: Some(Arc::new(found)) })
}

fn path(values: &[f64], at: u32, actual: f64) -> Chart {
    Chart::Path(PathChart { title: "Customer 17".to_owned(), path: values.to_vec(), at, actual })
}

fn full() -> Vec<Chart> {
    vec![
        histogram(&[0.0, 10.0, 20.0, 30.0], &[5, 0, 3]),
        histogram(&[0.0, 1.0, 10.0, 100.0], &[5, 1, 3]),
        curve(&[9.0, 5.0, 3.0], &[9.5, 6.0, 6.5]),
        importance(20),
        density(&[4, 1, 0, 5]),
        association(38, Some(-0.7)),
        association(3, None),
        retention(&[40, 6, 1]),
        concentration(101),
        drift(),
        tree(4, true),
        deciles(&[(-3.0, 0.0), (20.0, 25.0), (300.0, 280.0)]),
        dependence(&[620.0, 300.0, 95.0], &[&[30.0, 20.0, 10.0], &[9_000.0, 400.0, 8_000.0]], false),
        path(&[100.0, 150.0, 180.0], 1, 60.0),
        tree(8, true),
        dependence(&[10.0, 30.0], &[&[5.0]], true),
        swarm(),
        contribution(&[]),
        contribution(&["a", "b", "c"]),
        dependence(&[10.0, 30.0], &[&[5.0]], true),
    ]
}

fn attribution(levels: &[&str], ends: (f64, f64)) -> Option<Arc<AttributionView>> {
    let input = |name: &str, bins: &[(u32, Option<f32>)]| InputAttribution {
        name: name.to_owned(),
        mean_size: 40.0,
        range: (-80.0, 300.0),
        bins: bins.to_vec(),
    };
    let point = |i: u32| AttributionPoint {
        at: f64::from(i % 3),
        contribution: f64::from(i) * 10.0 - 80.0,
        rank: Some(i as f32 / 40.0),
    };
    let training = TrainingId { model: ObjectId::ContinuousModel, version: "V1".to_owned() };
    Some(Arc::new(AttributionView {
        request: AttributionRequest { training, input: String::new() },
        n_rows: 40,
        is_log: false,
        low: ends.0,
        high: ends.1,
        inputs: vec![
            input("FREQUENCY", &[(30, Some(0.1)), (0, None), (10, Some(0.9))]),
            input("REGION", &[(1, None), (39, None), (0, None)]),
        ],
        close: CloseLook {
            input: "FREQUENCY".to_owned(),
            unit: String::new(),
            levels: levels.iter().map(|level| (*level).to_owned()).collect(),
            partner: Some(("RECENCY_DAYS".to_owned(), 0.62)),
            points: (0..40).map(point).collect(),
        },
        elapsed_ms: 2.0,
    }))
}

fn swarm() -> Chart {
    let parts = vec![("FREQUENCY".to_owned(), 250.0), ("REGION".to_owned(), -1.0)];
    Chart::Swarm(SwarmChart { view: attribution(&[], (-80.0, 300.0)), customer: Some(("17".to_owned(), parts)) })
}

fn contribution(levels: &[&str]) -> Chart {
    Chart::Contribution(ContributionChart { view: attribution(levels, (-80.0, 300.0)) })
}

#[test]
fn contributions_are_told_for_all_customers_and_for_the_one_looked_at() {
    let words = |text: &str| text.replace('\u{a0}', " ");
    let found = swarm();
    assert_eq!(
        words(&found.summary()),
        "FREQUENCY contributes most: $40 on average of 40 test customers, from −$80 to +$300."
    );
    assert_eq!(words(&found.table().rows[0].join("|")), "FREQUENCY|$40|−$80|+$300|+$250");
    assert!(found.marks(&style(600.0, 300.0, 1.0))[0].text.ends_with("+$250 for this customer"));
    let wide = style(600.0, found.height_px(600.0), 1.0);
    assert_eq!(svg(&found, &wide).matches("customer 17").count(), 1);
    let close = contribution(&[]);
    assert!(close.summary().ends_with("RECENCY_DAYS goes with the difference most (mean correlation 0.620)."));
    assert_eq!(close.table().headers[0], "FREQUENCY");
    let by_level = contribution(&["a", "b", "c"]);
    assert_eq!(by_level.table().rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    // Nothing but zeros, and nothing at all between the ends.
    for ends in [(0.0, 0.0), (f64::NAN, 1.0)] {
        svg(&Chart::Swarm(SwarmChart { view: attribution(&[], ends), customer: None }), &wide);
    }
}

fn empty() -> Vec<Chart> {
    vec![
        Chart::Swarm(SwarmChart::default()),
        Chart::Contribution(ContributionChart::default()),
        histogram(&[], &[]),
        histogram(&[0.0, 1.0], &[1, 2, 3]),
        Chart::Histogram(HistogramChart {
            title: String::new(),
            subject: "rows",
            axis: "x",
            unit: HistogramUnit::Number,
            histogram: Histogram::default(),
        }),
        curve(&[], &[1.0]),
        importance(0),
        density(&[]),
        density(&[0, 0, 0, 0]),
        Chart::Density(DensityChart { compared: Compared::WithActual { model: "M" }, density: Density::default() }),
        association(1, Some(1.0)),
        Chart::Association(AssociationChart { table: "T", associations: None }),
        retention(&[]),
        retention(&[0]),
        Chart::Retention(RetentionChart { retention: None }),
        concentration(7),
        Chart::Concentration(ConcentrationChart { curves: Vec::new() }),
        Chart::Drift(DriftChart { drift: None }),
        Chart::Tree(TreeChart::default()),
        Chart::Tree(TreeChart { tree: Some(TreeView::default()), ..TreeChart::default() }),
        deciles(&[]),
        Chart::Dependence(DependenceChart::default()),
        dependence(&[], &[], false),
        dependence(&[f64::NAN, 1.0], &[], false),
        path(&[], 3, 1.0),
        Chart::Drift(DriftChart { drift: Some(FeatureDrift { bins: Vec::new(), ..health::example() }) }),
    ]
}

#[test]
fn a_chart_is_a_document_with_a_name_for_a_file() {
    let chart = histogram(&[0.0, 1.0, 2.0], &[3, 4]);
    let text =
        chart.svg(&Style { width_px: 300.0, height_px: 200.0, scale: 1.0, ..Style::default() }, &|_| 9.0).unwrap();
    assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"), "{text}");
    assert_eq!(chart.file_name(), "predicted-spend");
    let title = "Predictions of V2 against those of V1: R² & more".to_owned();
    let Chart::Histogram(of) = chart else { panic!("another chart") };
    let named = Chart::Histogram(HistogramChart { title, ..of });
    assert_eq!(named.file_name(), "predictions-of-v2-against-those-of-v1-r-more");
}

#[test]
fn a_full_chart_draws_text_and_marks_inside_its_surface() {
    for chart in full() {
        for style in [style(600.0, 300.0, 1.0), style(280.0, 260.0, 3.0)] {
            assert!(!chart.is_empty());
            assert!(svg(&chart, &style).contains("<text"));
            let marks = chart.marks(&style);
            assert!(!marks.is_empty());
            for mark in &marks {
                assert!(mark.x >= -1.0 && mark.x + mark.width <= style.width_px + 1.0, "{mark:?}");
                assert!(mark.width > 0.0 && mark.height > 0.0, "{mark:?}");
            }
            assert!(!chart.table().rows.is_empty());
            assert!(chart.table().rows.iter().all(|row| row.len() == chart.table().headers.len()));
        }
    }
}

#[test]
fn an_empty_chart_says_what_will_appear_and_draws_nothing() {
    for chart in empty() {
        assert!(chart.is_empty());
        assert!(!svg(&chart, &style(600.0, 300.0, 1.0)).contains("<text"));
        assert!(chart.summary().contains("appear"), "{}", chart.summary());
        assert!(chart.marks(&style(600.0, 300.0, 1.0)).is_empty());
        assert!(chart.table().rows.is_empty());
    }
}

#[test]
fn a_chart_without_room_does_not_panic() {
    for chart in full().iter().chain(&empty()) {
        svg(chart, &style(0.0, 0.0, 1.0));
        svg(chart, &style(3.0, 2.0, 2.0));
    }
}

fn broken_tree() -> Chart {
    let node = |children, value| TreeNode { children, value, cover: f64::NAN, on_path: true, ..TreeNode::default() };
    let nodes = vec![node(Some((1, 2)), 0.0), node(Some((0, 7)), f64::NAN), node(None, f64::INFINITY)];
    Chart::Tree(TreeChart { title: String::new(), tree: Some(TreeView { nodes }), is_log: true })
}

#[test]
fn numbers_that_are_not_finite_do_not_panic() {
    let odd = [f64::NAN, f64::INFINITY, -1.0];
    for chart in [
        curve(&odd, &odd),
        histogram(&[f64::NAN, 1.0, f64::INFINITY], &[1, 2]),
        association(4, Some(f64::NAN)),
        deciles(&[(f64::NAN, f64::INFINITY), (-1.0, f64::NAN)]),
        path(&odd, 9, f64::NAN),
        dependence(&[1.0, 2.0, 3.0], &[&odd, &odd[1..]], false),
        broken_tree(),
    ] {
        svg(&chart, &style(300.0, 200.0, 1.0));
        chart.marks(&style(300.0, 200.0, 1.0));
        chart.summary();
    }
}

#[test]
fn summaries_state_the_figures() {
    let charts = <[Chart; 20]>::try_from(full()).unwrap();
    let [uniform, _, learned, important, dense, together, _, staying, held, moved, grown, tenths, one, way, ..] =
        charts;
    assert_eq!(
        uniform.summary(),
        "10 customers; the most common range is $0 to $10 with 50 %; 2 lie above the last bar."
    );
    assert!(learned.summary().contains("lowest at tree 2"));
    assert!(important.summary().starts_with("INPUT_0 brings 50 %"));
    assert!(dense.summary().starts_with("10 test customers; 90 %"));
    let words = |chart: &Chart| chart.summary().replace('\u{a0}', " ");
    assert!(words(&together).starts_with("COLUMN_0 goes together most with COLUMN_1 (−0.700)"), "{}", words(&together));
    assert!(words(&together).contains("9 of 90 rows"));
    let expected = "Of all customers 100 % buy in the 30 days from sign-up and 0 % in month 12";
    assert!(words(&staying).starts_with(expected), "{}", words(&staying));
    let expected = "The top fifth of 10 customers hold 45 % of the spend ($1.2k; Gini 0.50).";
    assert!(words(&held).starts_with(expected), "{}", words(&held));
    let expected = "PSI 0.400, a large drift. Most of it comes from above 30 days: 10 % of the training rows, 70 % of the served ones.";
    assert_eq!(words(&moved), expected);
    assert_eq!(grown.summary(), "Tree 12 asks 15 questions; for this customer it adds +$11 after 4 answers.");
    assert!(tenths.summary().contains("was predicted $300 and spent $280 on average; the lowest −$3.00 and $0."));
    let expected =
        "As RECENCY_DAYS goes from v0 to v2 the mean prediction over 500 test customers falls from $620 to $95.";
    assert_eq!(one.summary(), expected);
    let expected = "After 1 of 2 trees the prediction is $150, after all of them $180; $60 were really spent.";
    assert_eq!(way.summary(), expected);
}

#[test]
fn a_tree_says_what_it_asks_and_writes_the_customers_way_at_any_width() {
    let chart = tree(8, true);
    for width_px in [360.0, 1_300.0] {
        let style = style(width_px, chart.height_px(width_px), 1.0);
        let drawn = svg(&chart, &style);
        for level in 0..8 {
            // Names as long as these may be cut, never left out.
            let question = format!("DAYS_SINCE_LAST_PURCHASE_{}", (1 << level) - 1);
            assert!(drawn.contains(&question), "{question}");
        }
        let marks = chart.marks(&style);
        assert_eq!(marks.len(), 511);
        assert!(marks.iter().all(|mark| mark.y >= 0.0 && mark.y + mark.height <= style.height_px));
        assert_eq!(marks[0].text, "DAYS_SINCE_LAST_PURCHASE_0 < 41.5: cover 1,024; this customer: yes");
        assert_eq!(marks[255].text, "leaf: adds +$9.30, cover 4; this customer’s");
    }
    assert_eq!(chart.table().rows[2][..4], ["2", "0, no", "DAYS_SINCE_LAST_PURCHASE_2 < 41.5", "512"]);
    assert_eq!(tree(2, false).summary(), "Tree 12 asks 3 questions; its leaves stand for +$6.30 to +$9.30.");
    assert!(broken_tree().summary().contains("asks 1 question; for this customer it takes the prediction ×"));
}

#[test]
fn what_leaves_the_picture_of_a_dependence_is_said() {
    let cut = dependence(&[10.0, 90.0, 20.0], &[&[5.0; 3], &[6.0; 3], &[7.0; 3], &[8.0; 3], &[900.0, 5.0, 5.0]], false);
    let expected = "rises from $10 to $20; its highest is $90 at v1. Single customers above $95 are cut off.";
    assert!(cut.summary().ends_with(expected), "{}", cut.summary());
    let style = style(600.0, 300.0, 1.0);
    assert!(svg(&cut, &style).matches("<polyline").count() >= 6);
    assert_eq!(cut.marks(&style)[0].text, "RECENCY_DAYS v0: $10 on average, single customers $5.00 to $900");
    let levels = dependence(&[10.0, 30.0], &[], true);
    assert_eq!(levels.summary(), "The mean prediction over 500 test customers lies between $10 (v0) and $30 (v1).");
}

#[test]
fn a_path_looked_at_beyond_its_end_stands_at_its_end() {
    let chart = path(&[100.0, 150.0], 7, 0.0);
    assert_eq!(chart.summary(), "After all 1 tree the prediction is $150; $0 were really spent.");
    assert_eq!(chart.table().rows[1], ["1", "$150", "+$50", "−$150"]);
    assert!(svg(&chart, &style(600.0, 300.0, 1.0)).contains("spent $0"));
}

#[test]
fn the_mark_under_the_pointer_is_found() {
    let chart = histogram(&[0.0, 10.0, 20.0, 30.0], &[5, 0, 3]);
    let marks = chart.marks(&style(600.0, 300.0, 1.0));
    let middle = |i: usize| marks[i].x + marks[i].width / 2.0;
    assert_eq!(nearest(&marks, middle(1), 100.0), Some(1));
    assert_eq!(nearest(&marks, -50.0, 100.0), Some(0));
    assert_eq!(nearest(&[], 0.0, 0.0), None);
}

#[test]
fn colours_are_read_and_mixed() {
    assert_eq!(Ink::parse(" #0b62c4 "), Some(Ink(11, 98, 196)));
    for wrong in ["", "#12345", "#12345g", "0b62c4", "#é1234"] {
        assert_eq!(Ink::parse(wrong), None);
    }
    assert_eq!(Ink(200, 100, 0).over(Ink(0, 100, 200), 0.5), Ink(100, 100, 100));
}

#[test]
fn a_narrow_matrix_shows_the_first_columns_and_its_table_all_pairs_with_the_target() {
    let chart = association(38, Some(0.5));
    let n_marks = |width| chart.marks(&style(width, 300.0, 1.0)).len();
    assert_eq!(n_marks(1_200.0), 38 * 37 / 2);
    assert!((20..120).contains(&n_marks(330.0)), "{}", n_marks(330.0));
    let table = chart.table();
    assert_eq!((table.rows.len(), table.rows.iter().filter(|row| row[0] == "COLUMN_0").count()), (200, 37));
    assert_eq!(table.clone().beginning(50).rows, table.rows[..10]);
    assert_eq!(association(3, Some(0.5)).table().rows.len(), 3);
    assert!(chart.height_px(330.0) < chart.height_px(1_200.0));
}

#[test]
fn the_more_legible_ink_is_taken() {
    let (dark, light) = (Ink(20, 20, 20), Ink(250, 250, 250));
    assert_eq!(dark.or_more_legible(light, Ink(230, 200, 160)), dark);
    assert_eq!(dark.or_more_legible(light, Ink(30, 60, 120)), light);
}
