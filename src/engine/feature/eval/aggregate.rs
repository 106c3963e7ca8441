//! The pass over the events: for each output row, the entity's rows up to the observation date, once, for all aggregates.
//!
//! An entity's rows lie side by side and are few, so each pass of the plan loops over a slice that is already in the cache;
//! counts and ends of windows need no loop at all.

use super::plan::{Pass, PassKind, SourcePlan};
use super::vector::{Vector, dollars};
use super::{EvalError, EventSource, Inputs, Observation};
use crate::engine::feature::check::CheckedView;
use crate::engine::feature::ir::AggregateFunction;
use crate::engine::schema::ColumnType;
use crate::engine::table::{Table, TableError, Values};

/// Raw results of one aggregate; what they mean depends on its function.
struct Output {
    whole: Vec<i64>,
    fraction: Vec<f64>,
    present: Vec<bool>,
}

/// A pass with its columns looked up.
struct Loop<'a> {
    lookback: Option<i32>,
    body: Body<'a>,
    fills: &'a [usize],
}

type Filter<'a> = Option<(&'a [u8], u8)>;

enum Body<'a> {
    CountLevels { codes: &'a [u8], wanted: Vec<u8> },
    Count(Filter<'a>),
    Sum(&'a [i64], Filter<'a>),
    First(Filter<'a>),
    Last(Filter<'a>),
    Distinct(&'a [u8], Filter<'a>),
    Gaps(Filter<'a>),
}

/// Computes every aggregate of a view, in the view's order.
pub fn aggregate(view: &CheckedView, inputs: &Inputs, plan: &[SourcePlan]) -> Result<Vec<Vector>, EvalError> {
    let n_rows = inputs.rows.len();
    let mut outputs: Vec<Output> = view
        .aggregates()
        .iter()
        .map(|aggregate| Output {
            whole: vec![0; n_rows],
            fraction: if aggregate.function == AggregateFunction::GapStandardDeviation {
                vec![0.0; n_rows]
            } else {
                vec![]
            },
            present: if may_be_null(&aggregate.function) { vec![false; n_rows] } else { vec![] },
        })
        .collect();
    for source_plan in plan {
        let source = inputs.events.iter().find(|e| e.table.name() == source_plan.source).ok_or_else(|| {
            EvalError::MissingTable { view: view.name().to_owned(), table: source_plan.source.to_owned() }
        })?;
        let loops = source_plan.passes.iter().map(|pass| resolve(pass, source.table)).collect::<Result<Vec<_>, _>>()?;
        for (row, &entity_row) in inputs.rows.iter().enumerate() {
            let as_of = match inputs.as_of {
                Observation::On(day) => day,
                Observation::Each(days) => days[row],
                Observation::Undated => return Err(EvalError::NoObservationDate { view: view.name().to_owned() }),
            };
            run(&loops, source, entity_row, as_of, row, &mut outputs);
        }
    }
    view.aggregates()
        .iter()
        .zip(outputs)
        .map(|(aggregate, output)| {
            let cents = match &aggregate.function {
                AggregateFunction::Sum(column) => view
                    .event_table(&aggregate.source)
                    .and_then(|events| events.schema.column(column))
                    .is_some_and(|column| column.kind == ColumnType::Cents),
                _ => false,
            };
            Ok(finished(&aggregate.function, cents, output))
        })
        .collect()
}

fn may_be_null(function: &AggregateFunction) -> bool {
    match function {
        AggregateFunction::Count | AggregateFunction::Sum(_) | AggregateFunction::CountDistinct(_) => false,
        AggregateFunction::First(_) | AggregateFunction::Last(_) | AggregateFunction::GapStandardDeviation => true,
    }
}

fn finished(function: &AggregateFunction, cents: bool, output: Output) -> Vector {
    match function {
        AggregateFunction::Sum(_) if cents => {
            Vector::new(Values::Floats(output.whole.into_iter().map(dollars).collect()), None)
        }
        AggregateFunction::Count | AggregateFunction::Sum(_) | AggregateFunction::CountDistinct(_) => {
            Vector::new(Values::Integers(output.whole), None)
        }
        AggregateFunction::First(_) | AggregateFunction::Last(_) => {
            Vector::new(Values::Days(output.whole.into_iter().map(|day| day as i32).collect()), Some(output.present))
        }
        AggregateFunction::GapStandardDeviation => Vector::new(Values::Floats(output.fraction), Some(output.present)),
    }
}

fn code_of(table: &Table, column: &str, level: &str) -> u8 {
    let levels = table.schema().column(column).map(|c| &c.kind);
    match levels {
        Some(ColumnType::Category(levels)) => levels.iter().position(|l| l == level).map_or(u8::MAX, |code| code as u8),
        _ => u8::MAX,
    }
}

fn resolve<'a>(pass: &'a Pass, table: &'a Table) -> Result<Loop<'a>, TableError> {
    let body = match &pass.kind {
        PassKind::CountLevels { column, levels } => Body::CountLevels {
            codes: table.codes(column)?,
            wanted: levels.iter().map(|level| code_of(table, column, level)).collect(),
        },
        PassKind::Single { function, filter } => {
            let filter = match filter {
                Some(filter) => Some((table.codes(&filter.column)?, code_of(table, &filter.column, &filter.level))),
                None => None,
            };
            match function {
                AggregateFunction::Count => Body::Count(filter),
                AggregateFunction::Sum(column) => Body::Sum(table.integers(column)?, filter),
                AggregateFunction::First(_) => Body::First(filter),
                AggregateFunction::Last(_) => Body::Last(filter),
                AggregateFunction::CountDistinct(column) => Body::Distinct(table.codes(column)?, filter),
                AggregateFunction::GapStandardDeviation => Body::Gaps(filter),
            }
        }
    };
    Ok(Loop { lookback: pass.window_days, body, fills: &pass.fills })
}

/// All passes over one entity's rows.
fn run(loops: &[Loop], source: &EventSource, entity_row: u32, as_of: i32, row: usize, outputs: &mut [Output]) {
    let visible = source.rows_until(entity_row, as_of);
    for pass in loops {
        let days = &source.days[visible.clone()];
        let begin = pass.lookback.map_or(0, |n_days| days.partition_point(|&day| day <= as_of - n_days));
        let window = visible.start + begin..visible.end;
        let keep = |filter: &Filter, event: usize| filter.is_none_or(|(codes, code)| codes[event] == code);
        let fill = pass.fills.first().map_or(0, |&fill| fill);
        match &pass.body {
            Body::CountLevels { codes, wanted } => {
                let mut counts = [0_u32; 256];
                for &code in &codes[window] {
                    counts[usize::from(code)] += 1;
                }
                for (&fill, &code) in pass.fills.iter().zip(wanted) {
                    outputs[fill].whole[row] = i64::from(counts[usize::from(code)]);
                }
            }
            Body::Count(None) => outputs[fill].whole[row] = window.len() as i64,
            Body::Count(filter) => outputs[fill].whole[row] = window.filter(|&e| keep(filter, e)).count() as i64,
            Body::Sum(values, None) => outputs[fill].whole[row] = values[window].iter().sum(),
            Body::Sum(values, filter) => {
                outputs[fill].whole[row] = window.filter(|&e| keep(filter, e)).map(|e| values[e]).sum();
            }
            Body::First(filter) => {
                let first = window.clone().find(|&e| keep(filter, e));
                store_day(&mut outputs[fill], row, first.map(|e| source.days[e]));
            }
            Body::Last(filter) => {
                let last = window.clone().rev().find(|&e| keep(filter, e));
                store_day(&mut outputs[fill], row, last.map(|e| source.days[e]));
            }
            Body::Distinct(codes, filter) => {
                let mut seen = [0_u64; 4];
                for code in window.filter(|&e| keep(filter, e)).map(|e| codes[e]) {
                    seen[usize::from(code >> 6)] |= 1 << (code & 63);
                }
                outputs[fill].whole[row] = seen.iter().map(|bits| i64::from(bits.count_ones())).sum();
            }
            Body::Gaps(filter) => {
                let days = window.filter(|&e| keep(filter, e)).map(|e| source.days[e]);
                if let Some(deviation) = gap_standard_deviation(days) {
                    outputs[fill].fraction[row] = deviation;
                    outputs[fill].present[row] = true;
                }
            }
        }
    }
}

fn store_day(output: &mut Output, row: usize, day: Option<i32>) {
    if let Some(day) = day {
        output.whole[row] = i64::from(day);
        output.present[row] = true;
    }
}

/// Of ascending days; see `AggregateFunction::GapStandardDeviation`.
fn gap_standard_deviation(days: impl Iterator<Item = i32>) -> Option<f64> {
    let (mut n, mut sum, mut sum_squares) = (0_i64, 0_i64, 0_i64);
    let mut previous: Option<i32> = None;
    for day in days {
        if let Some(gap) = previous.map(|p| i64::from(day - p)).filter(|&gap| gap > 0) {
            n += 1;
            sum += gap;
            sum_squares += gap * gap;
        }
        previous = Some(day);
    }
    (n >= 2).then(|| ((n * sum_squares - sum * sum) as f64 / (n * (n - 1)) as f64).sqrt())
}
