//! Expressions, column by column. A null in makes a null out, except where the operator says otherwise.

use super::outcome::Outcome;
use super::vector::{Vector, both_present, choose, write_out, zip};
use super::{EvalError, Inputs, Observation};
use crate::feature::check::{CheckedView, type_of};
use crate::feature::fit::{Fitted, FittedValue};
use crate::feature::ir::{Comparison, Condition, Expr, Operator, Order};
use crate::schema::ColumnType;
use crate::table::{ColumnData, Values};
use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Computes the expressions of one view over some rows; features are computed once, and columns are shared, not copied.
pub struct Evaluator<'a> {
    view: &'a CheckedView,
    inputs: Inputs<'a>,
    /// Where the rows begin in upstream tables.
    first_row: usize,
    fitted: &'a Fitted,
    aggregates: Vec<Rc<Vector>>,
    /// The view's features so far, in its order.
    features: Vec<Rc<Vector>>,
    /// Upstream features that were read.
    upstream: RefCell<BTreeMap<String, Rc<Vector>>>,
}

impl<'a> Evaluator<'a> {
    /// For output rows from `first_row` on, with their aggregates in the view's order.
    pub fn new(
        view: &'a CheckedView,
        inputs: Inputs<'a>,
        first_row: usize,
        fitted: &'a Fitted,
        aggregates: Vec<Outcome>,
    ) -> Self {
        let aggregates = aggregates.into_iter().map(|outcome| Rc::new(outcome.into_vector())).collect();
        Self { view, inputs, first_row, fitted, aggregates, features: Vec::new(), upstream: RefCell::default() }
    }

    /// All features' columns, for the view's table.
    pub fn columns(mut self) -> Result<Vec<ColumnData>, EvalError> {
        for feature in self.view.features() {
            let vector = self.expr(&feature.expr)?;
            self.features.push(vector);
        }
        let Self { view, inputs, features, aggregates, upstream, first_row: _, fitted: _ } = self;
        // So that columns that no one else holds are moved into the table.
        drop((aggregates, upstream));
        let column = |(feature_idx, vector): (usize, Rc<Vector>)| {
            let Vector { data, levels: _ } = Rc::unwrap_or_clone(vector).written_out(inputs.rows.len());
            let values = match (view.type_of_feature(feature_idx), data.values) {
                (ColumnType::Float, Values::Integers(whole)) => {
                    Values::Floats(whole.into_iter().map(|x| x as f64).collect())
                }
                (_, values) => values,
            };
            ColumnData { values, present: data.present }
        };
        Ok(features.into_iter().enumerate().map(column).collect())
    }

    /// The values of an expression, row by row.
    pub fn values(&self, expr: &Expr) -> Result<Vector, EvalError> {
        Ok(Rc::unwrap_or_clone(self.expr(expr)?).written_out(self.inputs.rows.len()))
    }

    /// Where a condition holds, row by row.
    pub fn holds(&self, condition: &Condition) -> Result<Vec<bool>, EvalError> {
        let mut holds = self.condition(condition)?;
        write_out(&mut holds, self.inputs.rows.len());
        Ok(holds)
    }

    fn expr(&self, expr: &Expr) -> Result<Rc<Vector>, EvalError> {
        let constant = |values| Vector::new(values, None);
        Ok(Rc::new(match expr {
            Expr::Null => null(),
            Expr::Integer(value) => constant(Values::Integers(vec![*value])),
            Expr::Float(value) => constant(Values::Floats(vec![*value])),
            Expr::Text(level) => Vector { levels: vec![level.clone()], ..constant(Values::Codes(vec![0])) },
            Expr::AsOf => match self.inputs.as_of {
                Observation::On(day) => constant(Values::Days(vec![day])),
                Observation::Each(days) => Vector::new(Values::Days(days.to_vec()), None),
                Observation::Undated => {
                    return Err(EvalError::NoObservationDate { view: self.view.name().to_owned() });
                }
            },
            Expr::Column(name) => Vector::gather(self.inputs.entity, name, self.inputs.rows)?,
            Expr::Feature(name) => return self.read_feature(name),
            Expr::Aggregate(aggregate) => {
                let idx = self.view.aggregates().iter().position(|a| a == aggregate);
                let known = idx.and_then(|idx| self.aggregates.get(idx));
                return known.cloned().ok_or_else(|| self.missing(&aggregate.source));
            }
            Expr::Arithmetic(operator, left, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                arithmetic(*operator, &left, &right)
            }
            Expr::Ratio(numerator, denominator) => {
                let (numerator, denominator) = (self.expr(numerator)?, self.expr(denominator)?);
                ratio(&numerator, &denominator)
            }
            Expr::DaysBetween(from, to) => {
                let (from, to) = (self.expr(from)?, self.expr(to)?);
                let days = zip(&from.days(), &to.days(), |from, to| i64::from(to) - i64::from(from));
                Vector::new(Values::Integers(days), both_present(&from, &to))
            }
            Expr::Coalesce(value, fallback) => {
                let value = self.expr(value)?;
                if value.data.present.is_none() {
                    return Ok(value);
                }
                let fallback = self.expr(fallback)?;
                self.coalesce(value, &fallback)
            }
            Expr::Case(arms, otherwise) => self.case(expr, arms, otherwise)?,
            Expr::Score { value, edges, order } => {
                let value = self.expr(value)?;
                self.score(&value, edges, *order)?
            }
            Expr::FittedEdge(name) => match self.edges(name)?.first() {
                Some(&edge) => constant(Values::Floats(vec![edge])),
                None => null(),
            },
            Expr::GroupMean { group, means } => {
                let group = self.expr(group)?;
                self.group_mean(&group, means)?
            }
        }))
    }

    fn missing(&self, table: &str) -> EvalError {
        EvalError::MissingTable { view: self.view.name().to_owned(), table: table.to_owned() }
    }

    fn read_feature(&self, name: &str) -> Result<Rc<Vector>, EvalError> {
        if let Some(idx) = self.view.features().iter().position(|f| f.name == name) {
            return match self.features.get(idx) {
                Some(vector) => Ok(vector.clone()),
                // A feature of this view that was not asked for before: only fits read features out of turn.
                None => self.expr(&self.view.features()[idx].expr),
            };
        }
        if let Some(vector) = self.upstream.borrow().get(name) {
            return Ok(vector.clone());
        }
        let upstream = self.view.upstream_of(name).ok_or_else(|| self.missing(name))?;
        let table = self.inputs.upstream.iter().find(|t| t.name() == upstream.name());
        let table = table.ok_or_else(|| self.missing(upstream.name()))?;
        let rows = self.first_row..self.first_row + self.inputs.rows.len();
        let rows: Vec<u32> = rows.map(|row| row as u32).collect();
        let vector = Rc::new(Vector::gather(table, name, &rows)?);
        self.upstream.borrow_mut().insert(name.to_owned(), vector.clone());
        Ok(vector)
    }

    fn coalesce(&self, value: Rc<Vector>, fallback: &Vector) -> Vector {
        let kind = match (&value.data.values, &fallback.data.values) {
            (Values::Integers(_), Values::Integers(_)) => ColumnType::Integer,
            _ => ColumnType::Float,
        };
        let mut is_present = value.present().to_vec();
        write_out(&mut is_present, self.inputs.rows.len());
        chosen(&kind, &[(is_present, value)], fallback, self.inputs.rows.len())
    }

    fn case(&self, whole: &Expr, arms: &[(Condition, Expr)], otherwise: &Expr) -> Result<Vector, EvalError> {
        let kind = type_of(self.view, whole).unwrap_or(ColumnType::Float);
        let arm = |(condition, value): &(Condition, Expr)| Ok((self.holds(condition)?, self.expr(value)?));
        let arms = arms.iter().map(arm).collect::<Result<Vec<_>, EvalError>>()?;
        let otherwise = self.expr(otherwise)?;
        Ok(chosen(&kind, &arms, &otherwise, self.inputs.rows.len()))
    }

    /// Where a condition holds; a null compares false.
    fn condition(&self, condition: &Condition) -> Result<Vec<bool>, EvalError> {
        Ok(match condition {
            Condition::Compare(left, comparison, right) => {
                let (left, right) = (self.expr(left)?, self.expr(right)?);
                compare(*comparison, &left, &right)
            }
            Condition::Is(expr, level) => {
                let vector = self.expr(expr)?;
                let code = vector.levels.iter().position(|l| l == level);
                let is = |own: u8, present: bool| present && Some(usize::from(own)) == code;
                zip(vector.codes(), vector.present(), is)
            }
            Condition::IsNull(expr) => self.expr(expr)?.present().iter().map(|present| !present).collect(),
            Condition::All(conditions) => {
                let mut all = vec![true];
                for condition in conditions {
                    all = zip(&all, &self.condition(condition)?, |all, holds| all && holds);
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
        let mut scores = vec![1; numbers.len()];
        for &edge in edges {
            scores.iter_mut().zip(numbers.iter()).for_each(|(score, &x)| *score += i64::from(edge < x));
        }
        match order {
            Order::Ascending => {}
            Order::Descending => scores.iter_mut().for_each(|score| *score = n_scores + 1 - *score),
        }
        Ok(Vector::new(Values::Integers(scores), value.data.present.clone()))
    }

    fn group_mean(&self, group: &Vector, means: &str) -> Result<Vector, EvalError> {
        let Some(FittedValue::Means(means)) = self.fitted.value(means) else {
            return Err(self.not_fitted(means));
        };
        let mean_of = |level: &String| means.get(level).copied();
        // A category without levels is null everywhere.
        let by_code: Vec<Option<f64>> = group.levels.iter().map(mean_of).chain(std::iter::once(None)).collect();
        let of_code = |&code: &u8| by_code.get(usize::from(code)).copied().flatten();
        let found = group.codes().iter().map(of_code);
        let (found, is_known): (Vec<f64>, Vec<bool>) = found.map(|mean| (mean.unwrap_or(0.0), mean.is_some())).unzip();
        let present = zip(&is_known, group.present(), |known, present| known && present);
        Ok(Vector::new(Values::Floats(found), Some(present)))
    }
}

fn null() -> Vector {
    Vector::new(Values::Floats(vec![0.0]), Some(vec![false]))
}

/// The first arm that holds, as a column of the type of all arms.
fn chosen(kind: &ColumnType, arms: &[(Vec<bool>, Rc<Vector>)], otherwise: &Vector, n_rows: usize) -> Vector {
    fn of<'v, T: Copy + 'v>(
        arms: &'v [(Vec<bool>, Rc<Vector>)],
        otherwise: &'v Vector,
        n_rows: usize,
        read: impl Fn(&'v Vector) -> Cow<'v, [T]>,
    ) -> Vec<T> {
        let values: Vec<Cow<[T]>> = arms.iter().map(|(_, value)| read(value)).collect();
        let arms: Vec<(&[bool], &[T])> =
            arms.iter().zip(&values).map(|((holds, _), values)| (holds.as_slice(), &**values)).collect();
        choose(&arms, &read(otherwise), n_rows)
    }
    let present = of(arms, otherwise, n_rows, |vector| Cow::Borrowed(vector.present()));
    let present = present.contains(&false).then_some(present);
    let values = match kind {
        ColumnType::Category(levels) => {
            let codes = of(arms, otherwise, n_rows, |vector| Cow::Owned(recoded(vector, levels)));
            return Vector { data: ColumnData { values: Values::Codes(codes), present }, levels: levels.clone() };
        }
        ColumnType::Integer => Values::Integers(of(arms, otherwise, n_rows, Vector::integers)),
        ColumnType::Day => Values::Days(of(arms, otherwise, n_rows, Vector::days)),
        ColumnType::Id | ColumnType::Cents | ColumnType::Float | ColumnType::Timestamp => {
            Values::Floats(of(arms, otherwise, n_rows, Vector::numbers))
        }
    };
    Vector::new(values, present)
}

/// The codes of the same levels in another list; a null alone has none.
fn recoded(vector: &Vector, levels: &[String]) -> Vec<u8> {
    let of_level = |level: &String| levels.iter().position(|l| l == level).map_or(0, |code| code as u8);
    let map: Vec<u8> = vector.levels.iter().map(of_level).collect();
    vector.codes().iter().map(|&code| map.get(usize::from(code)).copied().unwrap_or(0)).collect()
}

fn arithmetic(operator: Operator, left: &Vector, right: &Vector) -> Vector {
    let values = if let (Values::Integers(l), Values::Integers(r)) = (&left.data.values, &right.data.values) {
        Values::Integers(match operator {
            Operator::Add => zip(l, r, i64::wrapping_add),
            Operator::Subtract => zip(l, r, i64::wrapping_sub),
            Operator::Multiply => zip(l, r, i64::wrapping_mul),
        })
    } else {
        let (l, r) = (left.numbers(), right.numbers());
        Values::Floats(match operator {
            Operator::Add => zip(&l, &r, |l, r| l + r),
            Operator::Subtract => zip(&l, &r, |l, r| l - r),
            Operator::Multiply => zip(&l, &r, |l, r| l * r),
        })
    };
    Vector::new(values, both_present(left, right))
}

fn ratio(numerator: &Vector, denominator: &Vector) -> Vector {
    let divide = |n: f64, d: f64| if d == 0.0 { 0.0 } else { n / d };
    let values = zip(&numerator.numbers(), &denominator.numbers(), divide);
    Vector::new(Values::Floats(values), both_present(numerator, denominator))
}

fn compare(comparison: Comparison, left: &Vector, right: &Vector) -> Vec<bool> {
    let (l, r) = (left.numbers(), right.numbers());
    let holds = match comparison {
        Comparison::Less => zip(&l, &r, |l, r| l < r),
        Comparison::LessOrEqual => zip(&l, &r, |l, r| l <= r),
        Comparison::Greater => zip(&l, &r, |l, r| l > r),
        Comparison::GreaterOrEqual => zip(&l, &r, |l, r| l >= r),
        Comparison::Equal => zip(&l, &r, |l, r| l == r),
    };
    match both_present(left, right) {
        Some(present) => zip(&holds, &present, |holds, present| holds && present),
        None => holds,
    }
}
