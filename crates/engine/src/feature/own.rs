//! A reader's own features: the catalogue with formulas added or put in the place of others. A new feature joins
//! DERIVED_FEATURES, where everything upstream can be read; a name of the catalogue gives that feature another formula where it
//! stands. Every view that is changed so, or that reads one that is, becomes its next version; the catalogue's own stays what
//! it was. Deliberately only for views of established customers, which have events.

use super::catalog::{self, interactions, transactions};
use super::check::{CheckError, CheckedView, Registry, check, type_of};
use super::expect;
use super::ir::{EventTable, Expr, Feature, FeatureView};
use super::parse::parse;
use super::walk::{Read, reads};
use crate::schema::{ColumnType, tables};
use std::collections::BTreeSet;
use std::ops::Range;

/// The view that new features join.
pub const HOST: &str = "DERIVED_FEATURES";
/// What a changed view is called beside the catalogue's V1.
pub const NEXT_VERSION: &str = "V2";
/// Longer names than a warehouse takes.
const MOST_NAME_BYTES: usize = 60;
/// Columns, beside those of the profile, that features stand next to in some table: where a name is looked up in several tables, a
/// feature of the same name would be taken for the column, or the other way round.
const TAKEN: [&str; 7] =
    [tables::FUTURE_12M_LTV, "OBSERVATION_DATE", "AS_OF", "SPLIT", "TARGET", "BASE_VALUE", "LOADED_AT"];

/// A name and a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnFeature<'a> {
    pub name: &'a str,
    pub formula: &'a str,
}

/// Why an own feature cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct OwnError {
    /// Which of the features.
    pub feature_idx: usize,
    pub at: Place,
    pub sentence: String,
}

/// Where the mistake is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    Name,
    /// Bytes of the formula.
    Formula(Range<usize>),
}

/// The catalogue with own features, checked. Those before a feature can be read by it.
pub fn registry(own: &[OwnFeature]) -> Result<Registry, OwnError> {
    for (feature_idx, feature) in own.iter().enumerate() {
        check_name(feature.name, &own[..feature_idx]).map_err(|sentence| OwnError {
            feature_idx,
            at: Place::Name,
            sentence,
        })?;
    }
    // Only own features can be wrong here: the catalogue alone is checked by a test.
    let unexpected = |error: CheckError| OwnError { feature_idx: 0, at: Place::Name, sentence: format!("{error}.") };
    let mut registry = Registry::default();
    registry.add(catalog::coldstart_features()).map_err(unexpected)?;
    let views = catalog::continuous_views();
    let is_new = |own: &OwnFeature| !views.iter().flat_map(|view| &view.features).any(|f| f.name == own.name);
    let new: Vec<bool> = own.iter().map(is_new).collect();
    for view in &views {
        let mut revision = Revision { view: view.clone(), known: registry.views(), is_changed: false };
        for (feature_idx, feature) in own.iter().enumerate() {
            let position = view.features.iter().position(|f| f.name == feature.name);
            let done = match position {
                Some(position) => revision.redefine(position, feature),
                None if new[feature_idx] && view.name == HOST => revision.append(feature),
                None => Ok(()),
            };
            done.map_err(|(at, sentence)| OwnError { feature_idx, at, sentence })?;
        }
        let revised = revision.finish();
        registry.add(revised).map_err(unexpected)?;
    }
    Ok(registry)
}

fn check_name(name: &str, earlier: &[OwnFeature]) -> Result<(), String> {
    let is_word = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > MOST_NAME_BYTES || !name.chars().all(is_word) {
        return Err(format!(
            "A name has 1 to {MOST_NAME_BYTES} capital letters, digits and underscores, such as MY_FEATURE."
        ));
    }
    if name.starts_with(|c: char| c.is_ascii_digit()) {
        return Err("A name does not begin with a digit.".to_owned());
    }
    if TAKEN.contains(&name) || tables::continuous_customers_profile().column(name).is_some() {
        return Err(format!("{name} is a column that stands beside the features; choose another name."));
    }
    if earlier.iter().any(|other| other.name == name) {
        return Err(format!("{name} is defined twice; give each feature its own name."));
    }
    Ok(())
}

/// A view on its way to the next version.
struct Revision<'a> {
    view: FeatureView,
    known: &'a [CheckedView],
    is_changed: bool,
}

type Fault = (Place, String);

impl Revision<'_> {
    /// The view with its first features only, and with all events to read from.
    fn context(&self, n_features: usize) -> Result<CheckedView, Fault> {
        let mut view = self.view.clone();
        view.features.truncate(n_features);
        view.events = with_all_events(view.events);
        check(view, self.known).map_err(|error| (Place::Name, format!("{error}.")))
    }

    /// The expression of a formula with its type.
    fn read(&self, own: &OwnFeature, n_features: usize) -> Result<(Expr, ColumnType), Fault> {
        let context = self.context(n_features)?;
        let expr =
            parse(own.formula, &context).map_err(|error| (Place::Formula(error.at.clone()), error.sentence.clone()))?;
        match type_of(&context, &expr) {
            Some(kind) => Ok((expr, kind)),
            None => Err(whole(own, "A feature is a number or a category.")),
        }
    }

    fn redefine(&mut self, position: usize, own: &OwnFeature) -> Result<(), Fault> {
        let (expr, kind) = self.read(own, position)?;
        let old = self.context(position + 1)?;
        let old = old.type_of_feature(position);
        let is_same = match (old, &kind) {
            (ColumnType::Category(_), ColumnType::Category(_)) => true,
            (old, new) => old == new,
        };
        if !is_same {
            let hint = if *old == ColumnType::Float { " Multiply a whole number by 1.0." } else { "" };
            let sentence = format!(
                "{} holds values of type {}, and this formula gives {}; what reads it expects the same type.{hint}",
                own.name,
                old.sql(),
                kind.sql()
            );
            return Err(whole(own, &sentence));
        }
        let feature = &mut self.view.features[position];
        feature.expr = expr;
        NULL_RULE.clone_into(&mut feature.null_rule);
        feature.expectations.retain(|expectation| expect::fits(&expectation.rule, &kind).is_ok());
        self.is_changed = true;
        Ok(())
    }

    fn append(&mut self, own: &OwnFeature) -> Result<(), Fault> {
        let (expr, kind) = self.read(own, self.view.features.len())?;
        if kind == ColumnType::Day {
            let sentence = "A model cannot read a day; write the days since then, such as AS_OF - SIGNUP_DATE.";
            return Err(whole(own, sentence));
        }
        self.view.features.push(Feature {
            name: own.name.to_owned(),
            unit: String::new(),
            meaning: "A feature of one’s own.".to_owned(),
            null_rule: NULL_RULE.to_owned(),
            expr,
            expectations: Vec::new(),
        });
        self.is_changed = true;
        Ok(())
    }

    fn finish(mut self) -> FeatureView {
        let of_next = |name: &&str| {
            self.known.iter().any(|view| view.name() == *name && view.definition().version == NEXT_VERSION)
        };
        if self.is_changed || self.view.upstream.iter().any(of_next) {
            NEXT_VERSION.clone_into(&mut self.view.version);
            self.view.events = read_events(&self.view);
        }
        self.view
    }
}

fn whole(own: &OwnFeature, sentence: &str) -> Fault {
    (Place::Formula(0..own.formula.len()), sentence.to_owned())
}

const NULL_RULE: &str = "Null where the formula is null.";

fn with_all_events(mut events: Vec<EventTable>) -> Vec<EventTable> {
    for more in [transactions(), interactions()] {
        if !events.contains(&more) {
            events.push(more);
        }
    }
    events
}

/// The view's event tables, and those that its features read beyond them. The former stay even where nothing reads them any
/// more: they make the view one of dated rows.
fn read_events(view: &FeatureView) -> Vec<EventTable> {
    let is_read = |table: &EventTable| {
        view.features.iter().flat_map(|feature| reads(&feature.expr)).any(|read| match read {
            Read::Aggregate(aggregate) => aggregate.source == table.schema.name,
            Read::AsOf | Read::Column(_) | Read::Feature(_) | Read::Fitted(_) => false,
        })
    };
    with_all_events(view.events.clone()).into_iter().filter(|t| view.events.contains(t) || is_read(t)).collect()
}

/// The part of a view that computes one of its features: the same name and version, and only what the feature needs.
pub fn part_with(view: &CheckedView, feature: &str) -> Result<CheckedView, CheckError> {
    let definition = view.definition();
    let mut wanted: BTreeSet<&str> = BTreeSet::from([feature]);
    let mut fits: BTreeSet<&str> = BTreeSet::new();
    // Features read only earlier ones.
    for feature in definition.features.iter().rev() {
        if wanted.contains(feature.name.as_str()) {
            for read in reads(&feature.expr) {
                match read {
                    Read::Feature(name) => drop(wanted.insert(name)),
                    Read::Fitted(name) => drop(fits.insert(name)),
                    Read::AsOf | Read::Column(_) | Read::Aggregate(_) => {}
                }
            }
        }
    }
    let mut part = definition.clone();
    part.features.retain(|feature| wanted.contains(feature.name.as_str()));
    part.fits.retain(|fit| fits.contains(fit.name));
    // What a fit reads is not told apart.
    let keeps_all = !part.fits.is_empty();
    part.upstream.retain(|name| {
        let of_view = view.upstream().iter().find(|upstream| upstream.name() == *name);
        keeps_all
            || of_view.is_some_and(|upstream| upstream.features().iter().any(|f| wanted.contains(f.name.as_str())))
    });
    check(part, view.upstream())
}
