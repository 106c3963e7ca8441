//! Profiles, associations, cohorts, concentration and checks as plain display data.

use super::columns::cell_text;
use crate::engine::profile::{self, QUANTILES};
use crate::engine::schema::{Column, ColumnType, Day};
use crate::engine::truth::{Check, Group, Unit};
use crate::order;
use crate::protocol::{
    Association, Associations, CheckUnit, Cohort, ColumnProfile, Concentration, Histogram, Level, Measure, ObjectId,
    Retention, TruthCheck,
};

/// A column's profile.
pub fn column_profile(column: &Column, found: profile::Column) -> ColumnProfile {
    let (min, max) =
        found.extremes.map_or((None, None), |(min, max)| (cell_text(min, &column.unit), cell_text(max, &column.unit)));
    let levels = match &column.kind {
        ColumnType::Category(levels) => levels.as_slice(),
        _ => &[],
    };
    ColumnProfile {
        column: column.name.clone(),
        n_null: found.n_null,
        n_distinct: found.n_distinct,
        min,
        max,
        mean: found.mean,
        quantiles: found.quantiles.map_or_else(Vec::new, |values| QUANTILES.into_iter().zip(values).collect()),
        histogram: found.histogram.map(|h| Histogram { edges: h.edges, counts: h.counts, n_above: h.n_above }),
        levels: levels
            .iter()
            .zip(found.level_counts)
            .map(|(level, count)| Level { level: level.clone(), count })
            .collect(),
    }
}

/// The strength of one pair.
pub fn association(found: profile::Association) -> Association {
    Association {
        measure: match found.measure {
            profile::Measure::Spearman => Measure::Spearman,
            profile::Measure::CorrelationRatio => Measure::CorrelationRatio,
            profile::Measure::CramersV => Measure::CramersV,
        },
        value: found.value,
        n_rows: found.n_rows,
    }
}

/// A matrix with the target first, then the columns that go together with it most.
pub fn associations(table: ObjectId, matrix: &profile::AssociationMatrix, target: &str) -> Associations {
    let n = matrix.columns.len();
    let target = matrix.columns.iter().position(|name| name == target).unwrap_or(0);
    let strength = |column: usize| matrix.cells[target * n + column].value.map_or(-1.0, f64::abs);
    let mut order: Vec<usize> = (0..n).collect();
    order::sort_by(&mut order, |&a, &b| (b == target).cmp(&(a == target)).then(strength(b).total_cmp(&strength(a))));
    let pairs = order.iter().flat_map(|&row| order.iter().map(move |&column| row * n + column));
    Associations {
        table,
        columns: order.iter().map(|&column| matrix.columns[column].clone()).collect(),
        cells: pairs.map(|at| association(matrix.cells[at])).collect(),
        n_rows: matrix.n_rows,
        n_rows_total: matrix.n_rows_total,
    }
}

/// Cohorts; none without a complete period.
pub fn retention(found: profile::Retention, now: Day) -> Option<Retention> {
    let cohort = |cohort: profile::Cohort| Cohort {
        from: cohort.from.to_string().chars().take(7).collect(),
        n_customers: cohort.n_customers,
        n_active: cohort.n_active,
    };
    (!found.cohorts.is_empty()).then(|| Retention {
        months_per_cohort: found.months_per_cohort,
        days_per_period: found.days_per_period,
        cohorts: found.cohorts.into_iter().map(cohort).collect(),
        now: now.to_string(),
    })
}

/// A curve, and what it adds up.
pub fn concentration(table: ObjectId, spend: &str, found: profile::Concentration) -> Concentration {
    Concentration {
        table,
        spend: spend.to_owned(),
        n_customers: found.n_customers,
        total_dollars: found.total_cents as f64 / 100.0,
        zero_share: found.zero_share,
        gini: found.gini,
        held_by_top: found.held_by_top,
    }
}

/// A check, with its verdict.
pub fn check(check: Check) -> TruthCheck {
    TruthCheck {
        passes: check.passes(),
        group: group_title(check.group).to_owned(),
        unit: match check.unit {
            Unit::Violations => CheckUnit::Violations,
            Unit::Share => CheckUnit::Share,
            Unit::PercentagePoints => CheckUnit::PercentagePoints,
            Unit::Ratio => CheckUnit::Ratio,
            Unit::Days => CheckUnit::Days,
            Unit::Dollars => CheckUnit::Dollars,
            Unit::Events => CheckUnit::Events,
        },
        id: check.id,
        statement: check.statement,
        measured: check.measured,
        low: check.low,
        high: check.high,
        detail: check.detail,
        why: check.why.to_owned(),
    }
}

fn group_title(group: Group) -> &'static str {
    match group {
        Group::Keys => "Keys and links",
        Group::Dates => "Dates",
        Group::Amounts => "Amounts",
        Group::ColdStart => "Cold-start rows",
        Group::Marginals => "Who the customers are",
        Group::Volumes => "Volumes",
        Group::Purchases => "How customers buy",
        Group::Calendar => "When customers buy",
        Group::Retention => "Who stays",
        Group::Browsing => "What leads to a purchase",
        Group::Information => "What columns tell about the future",
    }
}
