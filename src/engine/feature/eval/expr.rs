//! Expressions, column by column. A null in makes a null out, except where the operator says otherwise.

use super::aggregate::aggregate;
use super::outcome::Outcome;
use super::plan::plan;
use super::vector::{Vector, both_present};
use super::{EvalError, Inputs, Observation};
use crate::engine::feature::check::{CheckedView, type_of};
use crate::engine::feature::fit::{Fitted, FittedValue};
use crate::engine::feature::ir::{Comparison, Condition, Expr, Operator, Order};
use crate::engine::schema::ColumnType;
use crate::engine::table::{ColumnData, Values};
use std::collections::BTreeMap;

/// Computes the expressions of one view over one set of rows; features are computed once.
pub struct Evaluator<'a> {
    view: &'a CheckedView,
    inputs: &'a Inputs<'a>,
    fitted: &'a Fitted,
    aggregates: Vec<Vector>,
    features: BTreeMap<&'a str, Vector>,
}

impl<'a> Evaluator<'a> {
    /// Runs the pass over the events.
    pub fn new(view: &'a CheckedView, inputs: &'a Inputs<'a>, fitted: &'a Fitted) -> Result<Self, EvalError> {
        Ok(Self::over(view, inputs, fitted, aggregate(view, inputs, &plan(view))?))
    }

    /// Takes the aggregates from elsewhere.
    pub fn over(view: &'a CheckedView, inputs: &'a Inputs<'a>, fitted: &'a Fitted, aggregates: Vec<Outcome>) -> Self {
        let aggregates = aggregates.into_iter().map(Outcome::into_vector).collect();
        Self { view, inputs, fitted, aggregates, features: BTreeMap::new() }
    }

    /// A feature's column, for the view's table.
    pub fn feature(&mut self, feature_idx: usize) -> Result<ColumnData, EvalError> {
        let feature = &self.view.features()[feature_idx];
        let vector = self.expr(&feature.expr)?;
        let wanted = self.view.type_of_feature(feature_idx);
        let data = match (wanted, &vector.data.values) {
            (ColumnType::Float, Values::Integers(_)) => ColumnData {
                values: Values::Floats(vector.numbers().into_owned()),
                present: vector.data.present.clone(),
            },
            _ => vector.data.clone(),
        };
        self.features.insert(&feature.name, vector);
        Ok(data)
    }

    fn constant(&self, values: Values) -> Vector {
        Vector::new(values, None)
    }

    /// The values of an expression.
    pub fn expr(&self, expr: &Expr) -> Result<Vector, EvalError> {
        let n = self.inputs.rows.len();
        Ok(match expr {
            Expr::Null => Vector::new(Values::Floats(vec![0.0; n]), Some(vec![false; n])),
            Expr::Integer(value) => self.constant(Values::Integers(vec![*value; n])),
            Expr::Float(value) => self.constant(Values::Floats(vec![*value; n])),
            Expr::Text(level) => {
                Vector { levels: vec![(*level).to_owned()], ..self.constant(Values::Codes(vec![0; n])) }
            }
            Expr::AsOf => match self.inputs.as_of {
                Observation::On(day) => self.constant(Values::Days(vec![day; n])),
                Observation::Each(days) => self.constant(Values::Days(days.to_vec())),
                Observation::Undated => {
                    return Err(EvalError::NoObservationDate { view: self.view.name().to_owned() });
                }
            },
            Expr::Column(name) => Vector::gather(self.inputs.entity, name, self.inputs.rows)?,
            Expr::Feature(name) => self.read_feature(name)?,
            Expr::Aggregate(aggregate) => {
                let idx = self.view.aggregates().iter().position(|a| a == aggregate);
                match idx {
                    Some(idx) => self.aggregates[idx].clone(),
                    None => return Err(self.missing(&aggregate.source)),
                }
            }
            Expr::Arithmetic(operator, left, right) => arithmetic(*operator, &self.expr(left)?, &self.expr(right)?),
            Expr::Ratio(numerator, denominator) => ratio(&self.expr(numerator)?, &self.expr(denominator)?),
            Expr::DaysBetween(from, to) => {
                let (from, to) = (self.expr(from)?, self.expr(to)?);
                let days = from.numbers().iter().zip(to.numbers().iter()).map(|(f, t)| (t - f) as i64).collect();
                Vector::new(Values::Integers(days), both_present(&from, &to))
            }
            Expr::Coalesce(value, fallback) => coalesce(self.expr(value)?, &self.expr(fallback)?),
            Expr::Case(arms, otherwise) => self.case(expr, arms, otherwise)?,
            Expr::Score { value, edges, order } => self.score(&self.expr(value)?, edges, *order)?,
            Expr::FittedEdge(name) => match self.edges(name)?.first() {
                Some(&edge) => self.constant(Values::Floats(vec![edge; n])),
                None => self.expr(&Expr::Null)?,
            },
            Expr::GroupMean { group, means } => self.group_mean(&self.expr(group)?, means)?,
        })
    }

    fn missing(&self, table: &str) -> EvalError {
        EvalError::MissingTable { view: self.view.name().to_owned(), table: table.to_owned() }
    }

    fn read_feature(&self, name: &str) -> Result<Vector, EvalError> {
        if let Some(vector) = self.features.get(name) {
            return Ok(vector.clone());
        }
        let Some(upstream) = self.view.upstream_of(name) else {
            // A feature of this view that was not asked for before: only fits read features out of turn.
            let own = self.view.features().iter().find(|f| f.name == name).ok_or_else(|| self.missing(name))?;
            return self.expr(&own.expr);
        };
        let table = self.inputs.upstream.iter().find(|t| t.name() == upstream.name());
        let table = table.ok_or_else(|| self.missing(upstream.name()))?;
        let rows: Vec<u32> = (0..self.inputs.rows.len() as u32).collect();
        Ok(Vector::gather(table, name, &rows)?)
    }

    fn case(&self, whole: &Expr, arms: &[(Condition, Expr)], otherwise: &Expr) -> Result<Vector, EvalError> {
        let n = self.inputs.rows.len();
        let kind = type_of(self.view, whole).unwrap_or(ColumnType::Float);
        let conditions = arms.iter().map(|(c, _)| self.condition(c)).collect::<Result<Vec<_>, _>>()?;
        let values = arms.iter().map(|(_, v)| v).chain(std::iter::once(otherwise));
        let values = values.map(|v| self.expr(v)).collect::<Result<Vec<_>, _>>()?;
        let choice: Vec<usize> =
            (0..n).map(|row| conditions.iter().position(|c| c[row]).unwrap_or(arms.len())).collect();
        let present: Vec<bool> = choice.iter().enumerate().map(|(row, &arm)| values[arm].is_present(row)).collect();
        let present = present.contains(&false).then_some(present);
        if let ColumnType::Category(levels) = kind {
            let recoded: Vec<Vec<u8>> = values.iter().map(|v| recode(v, &levels)).collect();
            // A null arm has no codes.
            let codes =
                choice.iter().enumerate().map(|(row, &arm)| recoded[arm].get(row).copied().unwrap_or(0)).collect();
            return Ok(Vector { data: ColumnData { values: Values::Codes(codes), present }, levels });
        }
        let numbers: Vec<_> = values.iter().map(Vector::numbers).collect();
        let picked = choice.iter().enumerate().map(|(row, &arm)| numbers[arm][row]);
        let values = match kind {
            ColumnType::Integer => Values::Integers(picked.map(|x| x as i64).collect()),
            ColumnType::Day => Values::Days(picked.map(|x| x as i32).collect()),
            _ => Values::Floats(picked.collect()),
        };
        Ok(Vector::new(values, present))
    }

    /// Where a condition holds; a null compares false.
    pub fn condition(&self, condition: &Condition) -> Result<Vec<bool>, EvalError> {
        Ok(match condition {
            Condition::Compare(left, comparison, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                let holds: fn(&f64, &f64) -> bool = match comparison {
                    Comparison::Less => |l, r| l < r,
                    Comparison::LessOrEqual => |l, r| l <= r,
                    Comparison::Greater => |l, r| l > r,
                    Comparison::GreaterOrEqual => |l, r| l >= r,
                    Comparison::Equal => |l, r| l == r,
                };
                let (l, r) = (left.numbers(), right.numbers());
                (0..l.len())
                    .map(|row| left.is_present(row) && right.is_present(row) && holds(&l[row], &r[row]))
                    .collect()
            }
            Condition::Is(expr, level) => {
                let vector = self.expr(expr)?;
                let code = vector.levels.iter().position(|l| l == level);
                let codes = vector.codes();
                (0..codes.len()).map(|row| vector.is_present(row) && Some(usize::from(codes[row])) == code).collect()
            }
            Condition::IsNull(expr) => {
                let vector = self.expr(expr)?;
                (0..vector.len()).map(|row| !vector.is_present(row)).collect()
            }
            Condition::All(conditions) => {
                let mut all = vec![true; self.inputs.rows.len()];
                for condition in conditions {
                    for (all, holds) in all.iter_mut().zip(self.condition(condition)?) {
                        *all &= holds;
                    }
                }
                all
            }
        })
    }

    fn not_fitted(&self, name: &str) -> EvalError {
        EvalError::NotFitted { view: self.view.name().to_owned(), name: name.to_owned() }
    }

    fn edges(&self, name: &str) -> Result<&[f64], EvalError> {
        match self.fitted.value(name) {
            Some(FittedValue::Edges(edges)) => Ok(edges),
            Some(FittedValue::Means(_)) | None => Err(self.not_fitted(name)),
        }
    }

    fn score(&self, value: &Vector, edges: &str, order: Order) -> Result<Vector, EvalError> {
        let edges = self.edges(edges)?;
        let n_scores = edges.len() as i64 + 1;
        let numbers = value.numbers();
        let scores = numbers.iter().map(|&x| {
            let score = 1 + edges.iter().filter(|&&edge| edge < x).count() as i64;
            match order {
                Order::Ascending => score,
                Order::Descending => n_scores + 1 - score,
            }
        });
        Ok(Vector::new(Values::Integers(scores.collect()), value.data.present.clone()))
    }

    fn group_mean(&self, group: &Vector, means: &str) -> Result<Vector, EvalError> {
        let Some(FittedValue::Means(means)) = self.fitted.value(means) else {
            return Err(self.not_fitted(means));
        };
        let by_code: Vec<Option<f64>> = group.levels.iter().map(|level| means.get(level).copied()).collect();
        let mean_of = |row: usize| {
            by_code.get(usize::from(group.codes()[row])).copied().flatten().filter(|_| group.is_present(row))
        };
        let found: Vec<Option<f64>> = (0..group.len()).map(mean_of).collect();
        let present = found.iter().map(Option::is_some).collect();
        Ok(Vector::new(Values::Floats(found.into_iter().map(Option::unwrap_or_default).collect()), Some(present)))
    }
}

fn recode(vector: &Vector, levels: &[String]) -> Vec<u8> {
    let map: Vec<u8> =
        vector.levels.iter().map(|level| levels.iter().position(|l| l == level).map_or(0, |code| code as u8)).collect();
    vector.codes().iter().map(|&code| map[usize::from(code)]).collect()
}

fn arithmetic(operator: Operator, left: &Vector, right: &Vector) -> Vector {
    let present = both_present(left, right);
    let values = if let (Values::Integers(l), Values::Integers(r)) = (&left.data.values, &right.data.values) {
        let apply: fn(i64, i64) -> i64 = match operator {
            Operator::Add => i64::wrapping_add,
            Operator::Subtract => i64::wrapping_sub,
            Operator::Multiply => i64::wrapping_mul,
        };
        Values::Integers(l.iter().zip(r).map(|(&l, &r)| apply(l, r)).collect())
    } else {
        let apply: fn(f64, f64) -> f64 = match operator {
            Operator::Add => |l, r| l + r,
            Operator::Subtract => |l, r| l - r,
            Operator::Multiply => |l, r| l * r,
        };
        Values::Floats(left.numbers().iter().zip(right.numbers().iter()).map(|(&l, &r)| apply(l, r)).collect())
    };
    Vector::new(values, present)
}

fn ratio(numerator: &Vector, denominator: &Vector) -> Vector {
    let divide = |(&n, &d): (&f64, &f64)| if d == 0.0 { 0.0 } else { n / d };
    let values = numerator.numbers().iter().zip(denominator.numbers().iter()).map(divide).collect();
    Vector::new(Values::Floats(values), both_present(numerator, denominator))
}

fn coalesce(value: Vector, fallback: &Vector) -> Vector {
    let Some(present) = &value.data.present else { return value };
    let now_present: Vec<bool> = present.iter().enumerate().map(|(row, &p)| p || fallback.is_present(row)).collect();
    let pick = |row: usize, own: f64, other: f64| if present[row] { own } else { other };
    let (own, other) = (value.numbers(), fallback.numbers());
    let numbers = own.iter().zip(other.iter()).enumerate().map(|(row, (&o, &f))| pick(row, o, f));
    let values = match (&value.data.values, &fallback.data.values) {
        (Values::Integers(_), Values::Integers(_)) => Values::Integers(numbers.map(|x| x as i64).collect()),
        _ => Values::Floats(numbers.collect()),
    };
    Vector::new(values, now_present.contains(&false).then_some(now_present))
}
