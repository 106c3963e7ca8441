//! A reader's own feature on the tables of a run: equal to the catalogue's where the formulas are, refused with its place else.

use crate::support::{rest, run};
use clv_lab::engine::feature::describe::formula;
use clv_lab::protocol::{
    Command, Event, FeaturePreview, ObjectId, OwnFeature, PreviewField, PreviewRequest, RunConfig, RunScope,
};
use clv_lab::session::Session;

fn try_feature(session: &mut Session, name: &str, text: &str) -> FeaturePreview {
    try_beside(session, &[], name, text)
}

fn own(name: &str, formula: &str) -> OwnFeature {
    OwnFeature { name: name.to_owned(), formula: formula.to_owned() }
}

fn try_beside(session: &mut Session, beside: &[OwnFeature], name: &str, text: &str) -> FeaturePreview {
    session.handle(Command::PreviewFeature(PreviewRequest { feature: own(name, text), beside: beside.to_vec() }));
    match rest(session).as_slice() {
        [Event::FeaturePreview(preview)] => (**preview).clone(),
        other => panic!("{other:?}"),
    }
}

fn session() -> Session {
    let (mut session, _) = run(RunConfig { customers: 300, scope: RunScope::Features, ..RunConfig::default() });
    rest(&mut session);
    session
}

#[test]
fn a_formula_of_the_catalogue_gives_the_values_of_the_catalogue() {
    let mut session = session();
    let mut n_tried = 0;
    for object in [ObjectId::RfmFeatures, ObjectId::PurchasePatterns, ObjectId::EngagementFeatures] {
        let (features, expected) = {
            let store = session.store();
            let view = store.views.view(object.name()).unwrap();
            (view.features().to_vec(), store.tables[&object].clone())
        };
        for (idx, feature) in features.iter().enumerate() {
            // A model reads no day: such a feature can only take the place of one.
            let is_day = feature.name.ends_with("_DATE");
            let name = if is_day { feature.name.as_str() } else { "AGAIN" };
            let preview = try_feature(&mut session, name, &formula(&feature.expr));
            let found = preview.result.unwrap_or_else(|fault| panic!("{}: {}", feature.name, fault.sentence));
            assert_eq!(found.n_rows, expected.n_rows() as u64);
            assert_eq!(found.view, if is_day { "RFM_FEATURES$V2" } else { "DERIVED_FEATURES$V2" });
            assert!(found.sql_serving.contains(name));
            assert!(!found.sql_training.is_empty() && !found.detail.sources.is_empty(), "{}", feature.name);
            let present = expected.present(&feature.name).unwrap().map_or(0, |nulls| nulls.null_count());
            assert_eq!(found.detail.n_null, present as u64, "{}", feature.name);
            for (position, (customer, value)) in found.examples.iter().enumerate() {
                let row = position * expected.n_rows() / found.examples.len();
                assert_eq!(*customer, expected.cell(row, 0).to_string());
                let known = expected.cell(row, idx + 1).to_string();
                let same = value.as_deref().unwrap_or("") == known
                    || value
                        .as_ref()
                        .and_then(|v| v.parse::<f64>().ok())
                        .zip(known.parse::<f64>().ok())
                        .is_some_and(|(a, b)| (a - b).abs() < 0.006);
                assert!(same, "{}: {value:?} and {known}", feature.name);
            }
            n_tried += 1;
        }
    }
    assert_eq!(n_tried, 21);
}

#[test]
fn what_cannot_be_is_told_with_its_place() {
    let mut session = session();
    for (name, text, field, begin) in [
        ("my_feature", "1", PreviewField::Name, 0),
        ("", "1", PreviewField::Name, 0),
        ("9LIVES", "1", PreviewField::Name, 0),
        ("CUSTOMER_ID", "1", PreviewField::Name, 0),
        ("FREQUENCY", "1.5", PreviewField::Formula, 0),
        ("LIFECYCLE_STAGE", "1", PreviewField::Formula, 0),
        ("MINE", "AS_OF", PreviewField::Formula, 0),
        // A feature of a view that stands before it, and one of a view behind it.
        ("RECENCY_DAYS", "RECENT_30D_COUNT", PreviewField::Formula, 0),
        ("MINE", "FREQUENCY + REGION", PreviewField::Formula, 0),
        ("MINE", "FREQUENCY + NOTHING", PreviewField::Formula, 12),
        ("MINE", "SEGMENT_OF_LATENTS", PreviewField::Formula, 0),
    ] {
        let fault = try_feature(&mut session, name, text).result.expect_err(text);
        assert_eq!((fault.field, fault.begin), (field, begin), "{name} {text}: {}", fault.sentence);
        assert!(!fault.sentence.is_empty() && fault.end as usize <= text.len().max(name.len()));
    }
    let mut empty = Session::default();
    empty.handle(Command::PreviewFeature(PreviewRequest { feature: own("MINE", "1"), beside: Vec::new() }));
    // Without a run there is no view to read from.
    assert_eq!(rest(&mut empty).len(), 1);
}

#[test]
fn a_feature_reads_those_that_are_planned_beside_it() {
    let mut session = session();
    let beside =
        [own("DOUBLE", "FREQUENCY * 2"), own("RECENT_30D_COUNT", "COUNT(CONTINUOUS_TRANSACTIONS, last 60 days)")];
    let found = try_beside(&mut session, &beside, "HALF", "DOUBLE / 2").result.unwrap();
    let frequency = session.store().tables[&ObjectId::RfmFeatures].integers("FREQUENCY").unwrap();
    let mean = frequency.iter().sum::<i64>() as f64 / frequency.len() as f64;
    assert!((found.detail.mean.unwrap() - mean).abs() < 1e-9);
    // What it does not read is not in its SQL.
    assert!(found.sql_serving.contains("DOUBLE") && !found.sql_serving.contains("ENGAGEMENT_FEATURES"));
    // A planned change of an upstream view is computed, although the run has it not.
    let sixty = try_beside(&mut session, &beside, "AGAIN", "RECENT_30D_COUNT * 1.0").result.unwrap();
    let direct = try_feature(&mut session, "AGAIN", "COUNT(CONTINUOUS_TRANSACTIONS, last 60 days)").result.unwrap();
    let thirty = try_feature(&mut session, "AGAIN", "RECENT_30D_COUNT * 1.0").result.unwrap();
    assert_eq!(sixty.detail.mean, direct.detail.mean);
    assert!(sixty.detail.mean > thirty.detail.mean);
    // Others' mistakes are told as theirs.
    let fault = try_beside(&mut session, &[own("BAD", "NOTHING")], "MINE", "1").result.unwrap_err();
    assert!(fault.field == PreviewField::Name && fault.sentence.contains("BAD"), "{}", fault.sentence);
    // Changing a planned one keeps its place before those that read it.
    let changed = try_beside(&mut session, &[own("A", "1"), own("B", "A + 1")], "A", "B").result.unwrap_err();
    assert_eq!(changed.field, PreviewField::Formula);
}
