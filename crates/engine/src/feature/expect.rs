//! Expectations held against a view's table: which hold, which rows break the others. Deliberately only single values: whether
//! a distribution has moved is `profile`'s drift.

use super::build::NEVER_NULL;
use super::check::CheckedView;
use super::ir::{Expectation, Feature, Rule, Severity};
use crate::schema::ColumnType;
use crate::table::{Cell, Table, TableError};

/// An expectation with what a table says about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub feature: String,
    pub expectation: Expectation,
    /// Rows that break it.
    pub n_broken: u64,
    /// The first of them.
    pub example: Option<Example>,
}

/// A row that breaks an expectation.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    pub row: usize,
    /// The entity's key.
    pub key: i32,
    pub value: Cell,
}

impl Finding {
    pub fn holds(&self) -> bool {
        self.n_broken == 0
    }
}

/// Everything that is expected of a feature: what its null rule says, then what its definition adds.
pub fn expectations(feature: &Feature) -> Vec<Expectation> {
    let never_null = Expectation { rule: Rule::NotNull, severity: Severity::Fail };
    let from_null_rule = (feature.null_rule == NEVER_NULL).then_some(never_null);
    from_null_rule.into_iter().chain(feature.expectations.iter().cloned()).collect()
}

/// The reason, as a part of a sentence, when a rule does not fit a type.
pub(super) fn fits(rule: &Rule, kind: &ColumnType) -> Result<(), String> {
    match (rule, kind) {
        (Rule::NotNull, _) => Ok(()),
        (Rule::Range { min, max }, ColumnType::Integer | ColumnType::Float | ColumnType::Cents) => {
            let (low, high) = (min.unwrap_or(f64::NEG_INFINITY), max.unwrap_or(f64::INFINITY));
            match low.partial_cmp(&high) {
                None => Err("an end of it is not a number".to_owned()),
                Some(std::cmp::Ordering::Greater) => Err("no number lies in it".to_owned()),
                Some(std::cmp::Ordering::Less | std::cmp::Ordering::Equal) => Ok(()),
            }
        }
        (Rule::Levels(levels), ColumnType::Category(known)) => {
            match levels.iter().find(|level| !known.contains(level)) {
                Some(unknown) => Err(format!("the feature has no level named {unknown}")),
                None if levels.is_empty() => Err("it names no level".to_owned()),
                None => Ok(()),
            }
        }
        (Rule::Range { .. } | Rule::Levels(_), kind) => Err(format!("the feature is a {}", in_words(kind))),
    }
}

fn in_words(kind: &ColumnType) -> &'static str {
    match kind {
        ColumnType::Id => "key",
        ColumnType::Day => "day",
        ColumnType::Cents | ColumnType::Float => "number",
        ColumnType::Integer => "whole number",
        ColumnType::Category(_) => "category",
        ColumnType::Timestamp => "timestamp",
    }
}

/// Holds every expectation of a view's features against its table, in the order of the definition.
pub fn examine(view: &CheckedView, table: &Table) -> Result<Vec<Finding>, TableError> {
    let keys = table.ids(view.definition().entity.key)?;
    let mut findings = Vec::new();
    for feature in view.features() {
        for expectation in expectations(feature) {
            let broken = broken_rows(&expectation.rule, &feature.name, table)?;
            let example = broken.first().map(|&row| Example { row, key: keys[row], value: cell(table, row, feature) });
            let n_broken = broken.len() as u64;
            findings.push(Finding { feature: feature.name.clone(), expectation, n_broken, example });
        }
    }
    Ok(findings)
}

fn cell(table: &Table, row: usize, feature: &Feature) -> Cell {
    table.schema().index_of(&feature.name).map_or(Cell::Null, |column_idx| table.cell(row, column_idx))
}

fn broken_rows(rule: &Rule, name: &str, table: &Table) -> Result<Vec<usize>, TableError> {
    let nulls = table.present(name)?;
    let is_present = |row: usize| nulls.is_none_or(|nulls| nulls.is_valid(row));
    let breaking = |is_fine: &dyn Fn(usize) -> bool| {
        (0..table.n_rows()).filter(|&row| is_present(row) && !is_fine(row)).collect::<Vec<usize>>()
    };
    Ok(match rule {
        Rule::NotNull => (0..table.n_rows()).filter(|&row| !is_present(row)).collect(),
        Rule::Range { min, max } => {
            // What is not a number compares with nothing, and so lies nowhere.
            let is_within = |value: f64| min.is_none_or(|min| value >= min) && max.is_none_or(|max| value <= max);
            match table.schema().column(name).map(|column| &column.kind) {
                Some(ColumnType::Integer) => {
                    let values = table.integers(name)?;
                    breaking(&|row| is_within(values[row] as f64))
                }
                Some(ColumnType::Cents) => {
                    let values = table.integers(name)?;
                    breaking(&|row| is_within(values[row] as f64 / 100.0))
                }
                _ => {
                    let values = table.floats(name)?;
                    breaking(&|row| is_within(values[row]))
                }
            }
        }
        Rule::Levels(levels) => {
            let codes = table.codes(name)?;
            let known: &[String] = match table.schema().column(name).map(|column| &column.kind) {
                Some(ColumnType::Category(known)) => known,
                _ => &[],
            };
            let is_expected: Vec<bool> = known.iter().map(|level| levels.contains(level)).collect();
            breaking(&|row| is_expected.get(usize::from(codes[row])).is_some_and(|expected| *expected))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::build::{case, column, feature, int, text};
    use crate::feature::catalog::{self, rfm_features};
    use crate::feature::check::check;
    use crate::feature::ir::{Condition, Expr, FeatureView};
    use crate::table::{ColumnData, Values};

    /// A view of one feature over customers 7, 8, 9 with these values; its own schema is made nullable, so that nulls can break it.
    fn examined(feature: Feature, values: Values, present: Option<Vec<bool>>) -> Vec<Finding> {
        let view = check(FeatureView { features: vec![feature], ..rfm_features() }, &[]).unwrap();
        let mut schema = view.schema();
        schema.columns[1].nullable = true;
        let columns = vec![Values::Ids(vec![7, 8, 9]).into(), ColumnData { values, present }];
        examine(&view, &Table::new(schema, columns).unwrap()).unwrap()
    }

    fn stage() -> Feature {
        let expr = case(
            vec![(Condition::IsNull(Expr::AsOf), text("a")), (Condition::IsNull(Expr::AsOf), text("b"))],
            Expr::Null,
        );
        feature("F", "", "", expr).null_when("Sometimes.")
    }

    #[test]
    fn a_null_breaks_never_null_and_nothing_else() {
        let values = || Values::Integers(vec![1, 0, 2]);
        let present = Some(vec![true, false, true]);
        let found = examined(feature("F", "", "", int(1)).at_least(1.0), values(), present.clone());
        assert_eq!(found.iter().map(Finding::holds).collect::<Vec<_>>(), [false, true]);
        assert_eq!(found[0].n_broken, 1);
        assert_eq!(found[0].example, Some(Example { row: 1, key: 8, value: Cell::Null }));
        let found = examined(feature("F", "", "", int(1)).null_when("Sometimes.").at_least(1.0), values(), present);
        assert_eq!(found.len(), 1, "the null rule allows nulls");
        assert!(found[0].holds());
    }

    #[test]
    fn a_number_outside_its_range_is_counted_and_shown() {
        let found = examined(feature("F", "", "", int(1)).between(1.0, 5.0), Values::Integers(vec![1, 6, 0]), None);
        assert_eq!((found[1].n_broken, found[1].holds()), (2, false));
        assert_eq!(found[1].example, Some(Example { row: 1, key: 8, value: Cell::Integer(6) }));
        let float = feature("F", "", "", column("SIGNUP_DATE"));
        let float = Feature { expr: Expr::Float(0.5), ..float }.at_least(0.0).usually_at_most(1.0);
        let found = examined(float.clone(), Values::Floats(vec![0.0, 1.0, 0.5]), None);
        assert!(found.iter().all(Finding::holds), "both ends are within");
        let found = examined(float, Values::Floats(vec![1.5, f64::NAN, -0.1]), None);
        let counted: Vec<(u64, Severity)> = found.iter().map(|f| (f.n_broken, f.expectation.severity)).collect();
        assert_eq!(counted, [(0, Severity::Fail), (2, Severity::Fail), (2, Severity::Warn)]);
    }

    #[test]
    fn a_level_that_is_not_expected_is_counted_and_shown() {
        let found =
            examined(stage().expect_levels(&["a"]), Values::Codes(vec![0, 1, 1]), Some(vec![true, true, false]));
        assert_eq!(found[0].n_broken, 1);
        assert_eq!(found[0].example, Some(Example { row: 1, key: 8, value: Cell::Text("b".to_owned()) }));
        assert!(examined(stage().expect_levels(&["a", "b"]), Values::Codes(vec![0, 1, 1]), None)[0].holds());
    }

    #[test]
    fn a_table_without_rows_breaks_nothing() {
        let view =
            check(FeatureView { features: vec![feature("F", "", "", int(1)).at_least(0.0)], ..rfm_features() }, &[]);
        let view = view.unwrap();
        let table = Table::new(view.schema(), vec![Values::Ids(vec![]).into(), Values::Integers(vec![]).into()]);
        assert!(examine(&view, &table.unwrap()).unwrap().iter().all(Finding::holds));
    }

    #[test]
    fn every_feature_of_the_catalogue_that_is_no_day_expects_something_of_its_values() {
        let registry = catalog::checked().unwrap();
        for view in registry.views() {
            for (idx, feature) in view.features().iter().enumerate() {
                let is_day = *view.type_of_feature(idx) == ColumnType::Day;
                assert!(is_day || !expectations(feature).is_empty(), "{}.{}", view.name(), feature.name);
            }
        }
    }
}
