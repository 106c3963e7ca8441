//! Checking a view: every name resolves, every type fits, every fitted value exists. A [`CheckedView`] is another type than a
//! [`FeatureView`], so nothing downstream meets an unchecked definition.

use super::build::NEVER_NULL;
use super::ir::{
    Aggregate, AggregateFunction, Condition, EventTable, Expr, Feature, FeatureView, Fit, FitRule, Operator,
};
use super::walk::{Read, reads};
use super::{describe, expect};
use crate::schema::{Column, ColumnType, TableSchema};

/// What is wrong with a definition. Each names the view and the feature.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckError {
    #[error("{at}: there is no {what} named {name}; known are {known}")]
    Unknown { at: String, what: &'static str, name: String, known: String },
    #[error("{at}: {part} must be {expected}, and is {found}")]
    Type { at: String, part: String, expected: &'static str, found: String },
    #[error("{at}: the name {name} is used twice; give each feature its own name")]
    Duplicate { at: String, name: String },
    #[error("{at}: a window of {days} days holds no day; use at least 1")]
    EmptyWindow { at: String, days: i32 },
    #[error("{at}: the expectation “{rule}” does not fit, because {reason}; change the expectation or the feature")]
    Expectation { at: String, rule: String, reason: String },
}

/// A view whose names and types are known to fit.
#[derive(Clone, Debug)]
pub struct CheckedView {
    definition: FeatureView,
    /// Type of each feature, in order.
    types: Vec<ColumnType>,
    /// All different aggregates, in a stable order.
    aggregates: Vec<Aggregate>,
    /// The views it reads, in the definition's order.
    upstream: Vec<CheckedView>,
}

impl CheckedView {
    pub fn definition(&self) -> &FeatureView {
        &self.definition
    }

    pub fn name(&self) -> &'static str {
        self.definition.name
    }

    pub fn features(&self) -> &[Feature] {
        &self.definition.features
    }

    /// The type of a feature's values.
    pub fn type_of_feature(&self, feature_idx: usize) -> &ColumnType {
        &self.types[feature_idx]
    }

    pub fn aggregates(&self) -> &[Aggregate] {
        &self.aggregates
    }

    pub fn upstream(&self) -> &[CheckedView] {
        &self.upstream
    }

    /// The event table of that name.
    pub fn event_table(&self, source: &str) -> Option<&EventTable> {
        self.definition.events.iter().find(|e| e.schema.name == source)
    }

    /// The upstream view that has a feature of that name.
    pub fn upstream_of(&self, feature: &str) -> Option<&CheckedView> {
        self.upstream.iter().find(|view| view.features().iter().any(|f| f.name == feature))
    }

    /// The view's table: the entity's key, then the features.
    pub fn schema(&self) -> TableSchema {
        let key = Column::new(self.definition.entity.key, ColumnType::Id, "", "The customer.");
        let features = self.features().iter().zip(&self.types).map(|(feature, kind)| {
            let column = Column::new(&feature.name, kind.clone(), &feature.unit, &feature.meaning);
            if feature.null_rule == NEVER_NULL { column } else { column.or_null() }
        });
        TableSchema::new(self.definition.name, self.definition.meaning, std::iter::once(key).chain(features).collect())
    }
}

/// Checked views, upstream before downstream.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    views: Vec<CheckedView>,
}

impl Registry {
    /// Checks a view against the views already there and adds it.
    pub fn add(&mut self, view: FeatureView) -> Result<(), CheckError> {
        let checked = check(view, &self.views)?;
        self.views.push(checked);
        Ok(())
    }

    /// The view of that name.
    pub fn view(&self, name: &str) -> Option<&CheckedView> {
        self.views.iter().find(|view| view.name() == name)
    }

    pub fn views(&self) -> &[CheckedView] {
        &self.views
    }
}

/// Checks a definition against the views it may read.
pub fn check(definition: FeatureView, known: &[CheckedView]) -> Result<CheckedView, CheckError> {
    let mut upstream = Vec::new();
    for name in &definition.upstream {
        let view = known.iter().find(|view| view.name() == *name).ok_or_else(|| CheckError::Unknown {
            at: definition.name.to_owned(),
            what: "view",
            name: (*name).to_owned(),
            known: join(known.iter().map(CheckedView::name)),
        })?;
        upstream.push(view.clone());
    }
    let mut checked = CheckedView { definition, types: Vec::new(), aggregates: Vec::new(), upstream };
    let definition = checked.definition.clone();
    for (idx, feature) in definition.features.iter().enumerate() {
        let at = format!("{}.{}", definition.name, feature.name);
        let earlier = definition.features[..idx].iter().map(|f| f.name.as_str());
        if earlier.clone().any(|name| name == feature.name) || checked.upstream_of(&feature.name).is_some() {
            return Err(CheckError::Duplicate { at, name: feature.name.clone() });
        }
        let kind = Typing { view: &checked, at: &at }.of(&feature.expr)?.unwrap_or(ColumnType::Float);
        for expectation in &feature.expectations {
            expect::fits(&expectation.rule, &kind).map_err(|reason| CheckError::Expectation {
                at: at.clone(),
                rule: describe::rule(&expectation.rule),
                reason,
            })?;
        }
        checked.types.push(kind);
        for read in reads(&feature.expr) {
            if let Read::Aggregate(aggregate) = read
                && !checked.aggregates.contains(aggregate)
            {
                checked.aggregates.push(aggregate.clone());
            }
        }
    }
    for fit in &definition.fits {
        check_fit(&checked, fit)?;
    }
    Ok(checked)
}

fn check_fit(view: &CheckedView, fit: &Fit) -> Result<(), CheckError> {
    let at = format!("{}.{}", view.name(), fit.name);
    let typing = Typing { view, at: &at };
    match &fit.rule {
        FitRule::Edges { of, over, probabilities: _ } => {
            typing.number("the fitted value", of)?;
            typing.condition(over)
        }
        FitRule::Means { of, by } => {
            typing.number("the fitted value", of)?;
            typing.category("the group", by).map(|_| ())
        }
    }
}

fn join<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Infers types; `None` is the type of `Expr::Null` alone.
struct Typing<'a> {
    view: &'a CheckedView,
    at: &'a str,
}

impl Typing<'_> {
    fn unknown<'n>(&self, what: &'static str, name: &str, known: impl Iterator<Item = &'n str>) -> CheckError {
        CheckError::Unknown { at: self.at.to_owned(), what, name: name.to_owned(), known: join(known) }
    }

    fn wrong(&self, part: &str, expected: &'static str, found: Option<&ColumnType>) -> CheckError {
        let found = found.map_or_else(|| "NULL".to_owned(), |kind| kind.sql().to_owned());
        CheckError::Type { at: self.at.to_owned(), part: part.to_owned(), expected, found }
    }

    fn of(&self, expr: &Expr) -> Result<Option<ColumnType>, CheckError> {
        let kind = match expr {
            Expr::Null => return Ok(None),
            Expr::Integer(_) => ColumnType::Integer,
            Expr::Float(_) => ColumnType::Float,
            Expr::Text(level) => ColumnType::Category(vec![level.clone()]),
            Expr::AsOf => ColumnType::Day,
            Expr::Column(name) => self.column(name)?,
            Expr::Feature(name) => self.feature(name)?,
            Expr::Aggregate(aggregate) => self.aggregate(aggregate)?,
            Expr::Arithmetic(operator, left, right) => {
                let (left, right) = (self.number("the left side", left)?, self.number("the right side", right)?);
                match operator {
                    Operator::Add | Operator::Subtract | Operator::Multiply => wider(left, right),
                }
            }
            Expr::Ratio(numerator, denominator) => {
                self.number("the numerator", numerator)?;
                self.number("the denominator", denominator)?;
                ColumnType::Float
            }
            Expr::DaysBetween(from, to) => {
                for (part, expr) in [("the first day", from), ("the second day", to)] {
                    let kind = self.of(expr)?;
                    if kind != Some(ColumnType::Day) {
                        return Err(self.wrong(part, "a day", kind.as_ref()));
                    }
                }
                ColumnType::Integer
            }
            Expr::Coalesce(value, fallback) => {
                wider(self.number("the value", value)?, self.number("the fallback", fallback)?)
            }
            Expr::Case(arms, otherwise) => {
                for (condition, _) in arms {
                    self.condition(condition)?;
                }
                let values = arms.iter().map(|(_, value)| value).chain(std::iter::once(&**otherwise));
                return self.unified(values);
            }
            Expr::Score { value, edges, order: _ } => {
                self.number("the scored value", value)?;
                self.fit(edges)?;
                ColumnType::Integer
            }
            Expr::FittedEdge(name) => {
                self.fit(name)?;
                ColumnType::Float
            }
            Expr::GroupMean { group, means } => {
                self.category("the group", group)?;
                self.fit(means)?;
                ColumnType::Float
            }
        };
        Ok(Some(kind))
    }

    fn column(&self, name: &str) -> Result<ColumnType, CheckError> {
        let schema = &self.view.definition.entity.serving;
        let column = schema
            .column(name)
            .ok_or_else(|| self.unknown("column", name, schema.columns.iter().map(|c| c.name.as_str())))?;
        Ok(if column.kind == ColumnType::Cents { ColumnType::Float } else { column.kind.clone() })
    }

    fn feature(&self, name: &str) -> Result<ColumnType, CheckError> {
        // Only features that are already typed are visible, which rules out cycles.
        let own = self.view.definition.features.iter().zip(&self.view.types).find(|(f, _)| f.name == name);
        if let Some((_, kind)) = own {
            return Ok(kind.clone());
        }
        let found = self.view.upstream_of(name).and_then(|upstream| {
            upstream.features().iter().position(|f| f.name == name).map(|idx| upstream.types[idx].clone())
        });
        found.ok_or_else(|| {
            let own = self.view.features()[..self.view.types.len()].iter();
            let upstream = self.view.upstream.iter().flat_map(CheckedView::features);
            self.unknown("feature", name, own.chain(upstream).map(|f| f.name.as_str()))
        })
    }

    fn aggregate(&self, aggregate: &Aggregate) -> Result<ColumnType, CheckError> {
        let events = self.view.event_table(&aggregate.source).ok_or_else(|| {
            self.unknown(
                "event table",
                &aggregate.source,
                self.view.definition.events.iter().map(|e| e.schema.name.as_str()),
            )
        })?;
        let column = |name: &str| {
            events
                .schema
                .column(name)
                .ok_or_else(|| self.unknown("column", name, events.schema.columns.iter().map(|c| c.name.as_str())))
        };
        if let Some(days) = aggregate.window_days.filter(|&days| days < 1) {
            return Err(CheckError::EmptyWindow { at: self.at.to_owned(), days });
        }
        if let Some(filter) = &aggregate.filter {
            let kind = &column(&filter.column)?.kind;
            match kind {
                ColumnType::Category(levels) if levels.contains(&filter.level) => {}
                ColumnType::Category(levels) => {
                    return Err(self.unknown("level", &filter.level, levels.iter().map(String::as_str)));
                }
                other => return Err(self.wrong("the filtered column", "a category", Some(other))),
            }
        }
        match &aggregate.function {
            AggregateFunction::Count => Ok(ColumnType::Integer),
            AggregateFunction::Sum(name) => match &column(name)?.kind {
                ColumnType::Cents => Ok(ColumnType::Float),
                ColumnType::Integer => Ok(ColumnType::Integer),
                other => Err(self.wrong("the summed column", "cents or whole numbers", Some(other))),
            },
            AggregateFunction::First(name) | AggregateFunction::Last(name) => {
                if *name == events.date {
                    Ok(ColumnType::Day)
                } else {
                    Err(self.unknown("event date", name, std::iter::once(events.date)))
                }
            }
            AggregateFunction::CountDistinct(name) => match &column(name)?.kind {
                ColumnType::Category(_) => Ok(ColumnType::Integer),
                other => Err(self.wrong("the counted column", "a category", Some(other))),
            },
            AggregateFunction::GapStandardDeviation => Ok(ColumnType::Float),
        }
    }

    fn number(&self, part: &str, expr: &Expr) -> Result<ColumnType, CheckError> {
        match self.of(expr)? {
            Some(kind @ (ColumnType::Integer | ColumnType::Float)) => Ok(kind),
            other => Err(self.wrong(part, "a number", other.as_ref())),
        }
    }

    fn category(&self, part: &str, expr: &Expr) -> Result<Vec<String>, CheckError> {
        match self.of(expr)? {
            Some(ColumnType::Category(levels)) => Ok(levels),
            other => Err(self.wrong(part, "a category", other.as_ref())),
        }
    }

    fn condition(&self, condition: &Condition) -> Result<(), CheckError> {
        match condition {
            Condition::Compare(left, _, right) => {
                self.number("the left side", left)?;
                self.number("the right side", right).map(|_| ())
            }
            Condition::Is(expr, level) => {
                let levels = self.category("the compared value", expr)?;
                if levels.iter().any(|known| known == level) {
                    Ok(())
                } else {
                    Err(self.unknown("level", level, levels.iter().map(String::as_str)))
                }
            }
            Condition::IsNull(expr) => self.of(expr).map(|_| ()),
            Condition::All(conditions) => conditions.iter().try_for_each(|c| self.condition(c)),
        }
    }

    fn fit(&self, name: &str) -> Result<(), CheckError> {
        let fits = &self.view.definition.fits;
        if fits.iter().any(|fit| fit.name == name) {
            Ok(())
        } else {
            Err(self.unknown("fitted value", name, fits.iter().map(|fit| fit.name)))
        }
    }

    /// The common type of the values of a CASE; levels of categories are put together in order of appearance.
    fn unified<'e>(&self, values: impl Iterator<Item = &'e Expr>) -> Result<Option<ColumnType>, CheckError> {
        let mut common: Option<ColumnType> = None;
        for value in values {
            let Some(kind) = self.of(value)? else { continue };
            common = Some(match (common, kind) {
                (None, kind) => kind,
                (Some(ColumnType::Category(mut levels)), ColumnType::Category(more)) => {
                    for level in more {
                        if !levels.contains(&level) {
                            levels.push(level);
                        }
                    }
                    ColumnType::Category(levels)
                }
                (Some(left), right) if left == right => left,
                (
                    Some(left @ (ColumnType::Integer | ColumnType::Float)),
                    right @ (ColumnType::Integer | ColumnType::Float),
                ) => wider(left, right),
                (Some(_), right) => return Err(self.wrong("every value of a CASE", "of one type", Some(&right))),
            });
        }
        Ok(common)
    }
}

/// Whole only when both are.
fn wider(left: ColumnType, right: ColumnType) -> ColumnType {
    if left == ColumnType::Integer && right == ColumnType::Integer { ColumnType::Integer } else { ColumnType::Float }
}

/// The type of an expression in a view, or what is wrong with it; `None` is the type of NULL alone.
pub(super) fn infer(view: &CheckedView, expr: &Expr) -> Result<Option<ColumnType>, CheckError> {
    Typing { view, at: "The formula" }.of(expr)
}

/// The type of an expression of a checked view.
pub(super) fn type_of(view: &CheckedView, expr: &Expr) -> Option<ColumnType> {
    Typing { view, at: view.name() }.of(expr).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::{CheckError, check};
    use crate::feature::build::{case, column, compare, days_between, events, feat, feature, int, ratio, score, text};
    use crate::feature::catalog::rfm_features;
    use crate::feature::ir::{Comparison, Condition, Expr, Feature, FeatureView, Order};
    use crate::schema::ColumnType;

    fn with(features: Vec<Feature>) -> FeatureView {
        FeatureView { features, ..rfm_features() }
    }

    fn one(expr: Expr) -> Result<ColumnType, CheckError> {
        check(with(vec![feature("F", "", "", expr)]), &[]).map(|view| view.type_of_feature(0).clone())
    }

    const T: &str = "CONTINUOUS_TRANSACTIONS";

    #[test]
    fn types_follow_from_the_definition() {
        for (expr, kind) in [
            (events(T).count(), ColumnType::Integer),
            (events(T).sum("AMOUNT"), ColumnType::Float),
            (events(T).sum("QUANTITY"), ColumnType::Integer),
            (events(T).last("TRANSACTION_DATE"), ColumnType::Day),
            (int(1) + int(2), ColumnType::Integer),
            (ratio(int(1), int(2)), ColumnType::Float),
            (days_between(column("SIGNUP_DATE"), Expr::AsOf), ColumnType::Integer),
            (case(vec![(Condition::IsNull(Expr::AsOf), text("a"))], text("b")), ColumnType::category(&["a", "b"])),
        ] {
            assert_eq!(one(expr.clone()), Ok(kind), "{expr:?}");
        }
    }

    #[test]
    fn what_does_not_resolve_or_fit_is_refused_with_its_place() {
        for (expr, expected) in [
            (column("NOPE"), "no column named NOPE"),
            (feat("F"), "no feature named F"),
            (events("NOWHERE").count(), "no event table named NOWHERE"),
            (events(T).sum("PRODUCT_CATEGORY"), "must be cents or whole numbers"),
            (events(T).count_distinct("AMOUNT"), "must be a category"),
            (events(T).of("PRODUCT_CATEGORY", "boats").count(), "no level named boats"),
            (events(T).within_days(0).count(), "a window of 0 days"),
            (Expr::AsOf + int(1), "must be a number"),
            (days_between(int(1), Expr::AsOf), "must be a day"),
            (score(int(1), "EDGES", Order::Ascending), "no fitted value named EDGES"),
            (case(vec![(compare(int(1), Comparison::Less, int(2)), text("a"))], int(1)), "of one type"),
            (case(vec![(Condition::Is(column("REGION"), "Mars".to_owned()), int(1))], int(0)), "no level named Mars"),
        ] {
            let error = one(expr.clone()).expect_err("refused").to_string();
            assert!(error.starts_with("RFM_FEATURES.F: ") && error.contains(expected), "{error}");
        }
    }

    #[test]
    fn an_expectation_that_does_not_fit_the_type_is_refused() {
        let of = |expr: Expr| feature("F", "", "", expr);
        let stage = || of(case(vec![(Condition::IsNull(Expr::AsOf), text("a"))], text("b")));
        for (feature, expected) in [
            (stage().at_least(0.0), "“at least 0” does not fit, because the feature is a category"),
            (of(Expr::AsOf).between(0.0, 1.0), "because the feature is a day"),
            (of(int(1)).between(2.0, 1.0), "because no number lies in it"),
            (of(int(1)).at_least(f64::NAN), "because an end of it is not a number"),
            (of(int(1)).expect_levels(&["a"]), "because the feature is a whole number"),
            (stage().expect_levels(&["a", "c"]), "because the feature has no level named c"),
            (stage().expect_levels(&[]), "because it names no level"),
        ] {
            let error = check(with(vec![feature]), &[]).expect_err("refused").to_string();
            assert!(error.starts_with("RFM_FEATURES.F: ") && error.contains(expected), "{error}");
        }
        assert!(check(with(vec![stage().expect_levels(&["a", "b"])]), &[]).is_ok());
    }

    #[test]
    fn names_are_used_once_and_upstream_views_must_exist() {
        let twice = with(vec![feature("F", "", "", int(1)), feature("F", "", "", int(2))]);
        assert!(matches!(check(twice, &[]), Err(CheckError::Duplicate { .. })));
        let orphan = FeatureView { upstream: vec!["ABSENT"], ..rfm_features() };
        assert!(matches!(check(orphan, &[]), Err(CheckError::Unknown { what: "view", .. })));
    }
}
