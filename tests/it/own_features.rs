//! A reader's own features through a whole run: trained with, served, exported, and held against the catalogue's version.

use crate::support::{rest, run};
use clv_lab::protocol::{
    Command, Event, LineChange, ObjectId, OwnFeature, RunConfig, RunScope, VersionComparison, ViewVersions,
};
use clv_lab::session::{Session, document};
use sqlparser::dialect::SnowflakeDialect;
use sqlparser::parser::Parser;

fn own(name: &str, formula: &str) -> OwnFeature {
    OwnFeature { name: name.to_owned(), formula: formula.to_owned() }
}

fn config(features: &[OwnFeature]) -> RunConfig {
    RunConfig { customers: 600, scope: RunScope::Train, features: features.to_vec(), ..RunConfig::default() }
}

fn versions(session: &mut Session) -> ViewVersions {
    session.handle(Command::CompareVersions);
    let found = rest(session).into_iter().find_map(|event| match event {
        Event::Versions(versions) => Some(*versions),
        _ => None,
    });
    found.expect("an answer")
}

/// Values of a numeric column as the texts of its cells.
fn column(session: &Session, object: ObjectId, name: &str) -> Vec<String> {
    let table = &session.store().tables[&object];
    let idx = table.schema().index_of(name).unwrap_or_else(|| panic!("{} has no {name}", object.name()));
    (0..table.n_rows()).map(|row| table.cell(row, idx).to_string()).collect()
}

#[test]
fn an_own_feature_is_trained_with_served_and_exported() {
    let features = [
        own("AGAIN", "SUM(CONTINUOUS_TRANSACTIONS.AMOUNT, last 90 days)"),
        own("EVENTS_PER_PURCHASE", "COUNT(CONTINUOUS_INTERACTIONS) / COUNT(CONTINUOUS_TRANSACTIONS)"),
        own("SPENDS", "IF(AGAIN > 0, 'yes', 'no')"),
    ];
    let (session, _) = run(config(&features));
    let (plain, _) = run(config(&[]));
    // As of each row's own date in training and as of now in serving, as the catalogue's feature with the same formula.
    for object in [ObjectId::ContinuousTrainingData, ObjectId::CustomerFeatures] {
        assert_eq!(column(&session, object, "AGAIN"), column(&session, object, "RECENT_90D_AMOUNT"));
        assert_eq!(
            column(&session, object, "EVENTS_PER_PURCHASE"),
            column(&session, object, "ENGAGEMENT_PER_PURCHASE")
        );
        assert!(column(&session, object, "SPENDS").iter().any(|value| value == "yes"));
    }
    let model = &session.store().models[&ObjectId::ContinuousModel];
    let inputs: Vec<&str> = model.preprocessing.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(inputs.len(), 40);
    assert_eq!(inputs[37..], ["AGAIN", "EVENTS_PER_PURCHASE", "SPENDS"]);
    assert!(model.ensemble.feature_names.iter().any(|name| name == "SPENDS=yes"));
    let sql = document(session.store(), "sql/03_feature_views.sql").unwrap().text;
    assert!(sql.contains("DERIVED_FEATURES$V2") && sql.contains("RFM_FEATURES$V1") && sql.contains("AGAIN"));
    assert!(!sql.contains("DERIVED_FEATURES$V1"));
    let sql = document(session.store(), "sql/04_training_data.sql").unwrap().text;
    let statements = Parser::parse_sql(&SnowflakeDialect {}, &sql).unwrap();
    assert_eq!(statements.len(), 3);
    assert!(sql.contains("EVENTS_PER_PURCHASE") && sql.contains("COLDSTART_TRAINING_DATA_WITH_TARGET"));
    // What they do not touch stays bit for bit what it was.
    for object in [ObjectId::Transactions, ObjectId::RfmFeatures, ObjectId::ColdstartTrainingData] {
        assert_eq!(session.store().table_reports[object.name()], plain.store().table_reports[object.name()]);
    }
    let digest = |session: &Session| session.store().models[&ObjectId::ContinuousModel].report.digest.clone();
    assert_ne!(digest(&session), digest(&plain));
}

#[test]
fn what_cannot_be_computed_is_refused_and_the_results_stay() {
    let (mut session, _) = run(config(&[]));
    for (features, expected) in [
        (vec![own("BAD", "NOTHING + 1")], "BAD cannot be computed: There is no feature"),
        (vec![own("A", "1"), own("A", "2")], "A is defined twice"),
        (vec![own("SPLIT", "1")], "another name"),
        // The serving table looks a model input up in the profile, too.
        (vec![own("HISTORY_DAYS", "1")], "another name"),
        (vec![own("LATER", "EARLIER"), own("EARLIER", "1")], "LATER cannot be computed"),
        (vec![own("A", "1"); 51], "The number of own features is 51"),
    ] {
        match session.handle(Command::Run(config(&features))).as_slice() {
            [Event::Refused(problem)] => assert!(problem.why.contains(expected), "{problem}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(session.store().models.contains_key(&ObjectId::ContinuousModel));
}

#[test]
fn changed_views_stand_beside_the_catalogues() {
    let features = [
        own("RECENT_30D_COUNT", "COUNT(CONTINUOUS_TRANSACTIONS, last 45 days)"),
        own("MONETARY_TOTAL", "SUM(CONTINUOUS_TRANSACTIONS.AMOUNT, last 365 days)"),
        own("MINE", "FREQUENCY * 2"),
    ];
    let (mut session, _) = run(config(&features));
    let (mut plain, _) = run(config(&[]));
    rest(&mut session);
    let found = versions(&mut session);
    let of = |object: ObjectId| -> &VersionComparison {
        found.comparisons.iter().find(|comparison| comparison.view == object).unwrap()
    };
    let views: Vec<ObjectId> = found.comparisons.iter().map(|comparison| comparison.view).collect();
    assert_eq!(views, [ObjectId::RfmFeatures, ObjectId::PurchasePatterns, ObjectId::DerivedFeatures]);
    let names = |object: ObjectId| of(object).features.iter().map(|f| f.name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(ObjectId::PurchasePatterns), ["RECENT_30D_COUNT"]);
    assert_eq!(names(ObjectId::RfmFeatures), ["MONETARY_TOTAL", "MONETARY_AVG"]);
    let derived = names(ObjectId::DerivedFeatures);
    for name in
        ["MONETARY_SCORE", "RFM_SCORE", "PURCHASE_VELOCITY_30D", "VELOCITY_ACCELERATION", "MONETARY_VS_COHORT", "MINE"]
    {
        assert!(derived.contains(&name), "{name} in {derived:?}");
    }
    assert!(!derived.contains(&"FREQUENCY_SCORE"));
    for comparison in &found.comparisons {
        assert_eq!((comparison.before.as_str(), comparison.after.as_str()), ("V1", "V2"));
        let (object, n_rows) = (comparison.view, comparison.n_rows as usize);
        // What it calls before is what a run without own features serves, its cut points included.
        for feature in comparison.features.iter().filter(|feature| feature.formula_before.is_some()) {
            let (old, new) = (column(&plain, object, &feature.name), column(&session, object, &feature.name));
            let n_different = old.iter().zip(&new).filter(|(old, new)| old != new).count() as u64;
            assert!(feature.n_different >= n_different && n_different > 0, "{}", feature.name);
            assert_eq!(old.len(), n_rows);
            let drift = feature.drift.as_ref().expect("both sides have rows");
            let present: Vec<f64> = old.iter().filter_map(|text| text.parse().ok()).collect();
            if let Some(mean) = drift.training.mean {
                let expected = present.iter().sum::<f64>() / present.len() as f64;
                assert!(
                    (mean - expected).abs() <= 0.006 * expected.abs().max(1.0),
                    "{}: {mean} {expected}",
                    feature.name
                );
            }
        }
        // The diff holds both texts whole.
        let side = |left_out: LineChange| {
            let kept = comparison.sql.iter().filter(|line| line.change != left_out);
            kept.map(|line| format!("{}\n", line.text)).collect::<String>()
        };
        let written = |session: &Session, version: &str| {
            let sql = document(session.store(), "sql/03_feature_views.sql").unwrap().text;
            let name = format!("{}${version}", object.name());
            sql.split("CREATE OR REPLACE")
                .find(|text| text.lines().next().is_some_and(|line| line.contains(&name)))
                .map(str::to_owned)
        };
        let statement = |text: String| text.trim_start_matches("CREATE OR REPLACE").trim().to_owned();
        assert_eq!(Some(statement(side(LineChange::Added))), written(&plain, "V1").map(statement));
        assert_eq!(Some(statement(side(LineChange::Removed))), written(&session, "V2").map(statement));
    }
    rest(&mut plain);
    assert!(versions(&mut plain).comparisons.is_empty());
}
