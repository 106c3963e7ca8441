//! Tests of the registry: whatever was changed can be undone, whatever was written is read again or refused, whatever was kept stays.

use super::*;
use crate::evaluate::Metrics;
use clv_engine::learn::{Node, NodeKind, Objective, Tree};
use proptest::prelude::*;

const MODEL: &str = "CONTINUOUS_CLV_MODEL";

fn card(source: Source) -> Card {
    let metrics = Metrics { rmse: 120.5, mae: 40.25, r2: 0.625, mape: Some(0.5), n_rows: 70, n_mape_excluded: 12 };
    let input = |name: &str, kind: &str, levels: &[&str]| Input {
        name: name.to_owned(),
        kind: kind.to_owned(),
        levels: levels.iter().map(|level| (*level).to_owned()).collect(),
    };
    Card {
        engine: "hist".to_owned(),
        params: vec![("max_depth".to_owned(), 4.0), ("learning_rate".to_owned(), 0.05)],
        seed: Some(42),
        source,
        elapsed_ms: Some(12.5),
        loss_train: vec![3.0, 2.0],
        loss_validation: vec![3.5, 2.5],
        config_key: "00".to_owned(),
        table: "CONTINUOUS_TRAINING_DATA_WITH_TARGET".to_owned(),
        data_digest: "aa".to_owned(),
        views: vec![ViewMark { name: "RFM_FEATURES".to_owned(), version: "V1".to_owned(), digest: "bb".to_owned() }],
        metrics: vec![metrics; 3],
        share_below: 0.5,
        signature: Signature {
            inputs: vec![input("FREQUENCY", "INT64", &[]), input("REGION", "STRING", &["West", "Midwest"])],
            output: input("PREDICTED_12M_LTV", "DOUBLE", &[]),
        },
        sample: Sample { rows: vec![vec!["4".to_owned(), "West".to_owned()]], predictions: vec![99.5] },
        build: "0.1.0+test".to_owned(),
        created_ms: Some(1_750_000_000_000.0),
    }
}

/// Two small trees, told apart from others by one leaf.
fn ensemble(last_leaf: f32) -> Ensemble {
    let node = |parent, kind| Node { parent, sum_hessian: 10.0, base_weight: 0.5, kind };
    let split = NodeKind::Split { column_idx: 1, threshold: 0.5, left: 1, gain: 2.0, default_left: true };
    let leaf = |value| NodeKind::Leaf { value };
    Ensemble {
        objective: Objective::Tweedie { variance_power: 1.2 },
        base_score: 100.0,
        trees: vec![
            Tree { nodes: vec![node(None, split), node(Some(0), leaf(-1.0)), node(Some(0), leaf(1.0))] },
            Tree { nodes: vec![node(None, leaf(last_leaf))] },
        ],
        feature_names: vec!["FREQUENCY".to_owned(), "REGION=West".to_owned()],
    }
}

/// The run's version and some trained after it.
fn registry(n_versions: u32) -> Registry {
    let mut registry = Registry::default();
    for number in 1..=n_versions {
        let source = if number == 1 { Source::Run { trial: None } } else { Source::Form };
        assert_eq!(registry.next_number(MODEL), number);
        assert_eq!(registry.register(MODEL, Version::new(ensemble(number as f32), card(source))), number);
    }
    registry
}

fn project(registry: Registry) -> Project {
    let own = Some(OwnFiles { files: vec![("orders.csv".to_owned(), "cc".to_owned())], horizon_days: 90 });
    Project { key: "00ff".to_owned(), recipe: "?seed=42".to_owned(), title: "seed 42".to_owned(), own, registry }
}

fn changes() -> impl Strategy<Value = Change> {
    let version = || 1..7_u32;
    let alias = || prop::sample::select(vec!["champion", "Challenger", "canary", "V3", "last"]).prop_map(str::to_owned);
    let key = || prop::sample::select(vec!["owner", "stage", ""]).prop_map(str::to_owned);
    let text = || prop::sample::select(vec!["", "a", "b"]).prop_map(str::to_owned);
    prop_oneof![
        (alias(), version()).prop_map(|(alias, version)| Change::SetAlias { alias, version }),
        alias().prop_map(|alias| Change::RemoveAlias { alias }),
        version().prop_map(|version| Change::SetDefault { version }),
        version().prop_map(|version| Change::Promote { version }),
        Just(Change::RollBack),
        (version(), key(), text()).prop_map(|(version, key, value)| Change::SetTag { version, key, value }),
        (version(), key()).prop_map(|(version, key)| Change::RemoveTag { version, key }),
        (version(), text()).prop_map(|(version, note)| Change::SetNote { version, note }),
        version().prop_map(|version| Change::Delete { version }),
    ]
}

/// Any tree: leaves split one after the other; any bits as floats.
fn trees() -> impl Strategy<Value = Tree> {
    let bits = || any::<u32>().prop_map(f32::from_bits);
    prop::collection::vec(
        (any::<prop::sample::Index>(), 0..2_u32, any::<bool>(), [bits(), bits(), bits(), bits()]),
        0..20,
    )
    .prop_map(|splits| {
        let leaf = |parent, value, weight| Node {
            parent,
            sum_hessian: weight,
            base_weight: value,
            kind: NodeKind::Leaf { value },
        };
        let mut nodes = vec![leaf(None, 0.5, 1.0)];
        for (which, column_idx, default_left, [threshold, gain, value, weight]) in splits {
            let leaves: Vec<usize> =
                (0..nodes.len()).filter(|&idx| matches!(nodes[idx].kind, NodeKind::Leaf { .. })).collect();
            let (idx, left) = (leaves[which.index(leaves.len())], nodes.len() as u32);
            nodes[idx].kind = NodeKind::Split { column_idx, threshold, left, gain, default_left };
            nodes.extend([leaf(Some(idx as u32), value, weight), leaf(Some(idx as u32), -value, gain)]);
        }
        Tree { nodes }
    })
}

proptest! {
    #[test]
    fn whatever_was_changed_can_be_undone_and_done_again(list in prop::collection::vec(changes(), 0..40)) {
        let before = registry(5);
        let mut registry = before.clone();
        let mut undo = Vec::new();
        for change in list {
            let untouched = registry.clone();
            match registry.apply(MODEL, change) {
                Ok(applied) => {
                    prop_assert_ne!(&registry, &untouched, "{}", applied.label);
                    undo.push(applied.inverse);
                }
                Err(_) => prop_assert_eq!(&registry, &untouched, "a refusal changes nothing"),
            }
            let kept = project(registry.clone());
            prop_assert_eq!(decode(&encode(&kept).unwrap()), Ok(kept), "chips stand on versions that exist");
            prop_assert!(registry.served_version(MODEL).is_some());
        }
        let after = registry.clone();
        let mut redo = Vec::new();
        while let Some(inverse) = undo.pop() {
            redo.push(registry.apply(MODEL, inverse).unwrap().inverse);
        }
        prop_assert_eq!(&registry, &before);
        while let Some(inverse) = redo.pop() {
            registry.apply(MODEL, inverse).unwrap();
        }
        prop_assert_eq!(registry, after);
    }

    #[test]
    fn any_model_is_read_back_to_the_bit(trees in prop::collection::vec(trees(), 0..5), base in any::<u32>()) {
        let model = Ensemble { trees, base_score: f32::from_bits(base), ..ensemble(0.0) };
        let mut registry = Registry::default();
        registry.register(MODEL, Version::new(model.clone(), card(Source::Form)));
        let read = decode(&encode(&project(registry)).unwrap()).unwrap();
        let version = read.registry.version(MODEL, 1).unwrap();
        prop_assert_eq!(version.ensemble.digest(), model.digest());
        prop_assert_eq!(&version.ensemble.feature_names, &model.feature_names);
        prop_assert_eq!(version.ensemble.objective, model.objective);
    }

    #[test]
    fn any_flipped_bit_and_any_missing_end_is_noticed(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let bytes = encode(&project(registry(2))).unwrap();
        let mut flipped = bytes.clone();
        let idx = at.index(bytes.len());
        flipped[idx] ^= 1 << bit;
        prop_assert!(decode(&flipped).is_err(), "byte {idx}");
        let truncated = decode(&bytes[..idx]);
        prop_assert!(matches!(truncated, Err(FileError::Truncated { .. } | FileError::NotAProject)), "{truncated:?}");
        prop_assert!(decode(&[bytes, vec![bit]].concat()).is_err());
    }

    #[test]
    fn noise_behind_a_right_checksum_is_no_panic(payload in prop::collection::vec(any::<u8>(), 0..200), format in 0..3_u32) {
        let signed = [&format.to_le_bytes()[..], &(payload.len() as u64).to_le_bytes(), &payload].concat();
        let checksum = clv_engine::table::Digest::of_bytes(&signed).0.to_le_bytes();
        let bytes = [b"CLV-LAB\x1a", &signed[..12], &checksum, &payload[..]].concat();
        match (format, decode(&bytes)) {
            (0, Err(FileError::Older { found: 0 })) | (2, Err(FileError::Newer { found: 2, known: 1 })) => {}
            (1, Err(FileError::Malformed(_))) | (1, Ok(_)) => {}
            (_, other) => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn what_is_wrong_with_a_file_is_told() {
    let bytes = encode(&project(registry(1))).unwrap();
    assert_eq!(decode(b"PK\x03\x04"), Err(FileError::NotAProject));
    assert_eq!(decode(&[]), Err(FileError::NotAProject));
    assert!(matches!(decode(&bytes[..5]), Err(FileError::Truncated { expected: 36, found: 5 })));
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let Err(FileError::Damaged { expected, found }) = decode(&damaged) else { panic!() };
    assert_ne!(expected, found);
    assert!(FileError::Newer { found: 2, known: 1 }.to_string().contains("newer build"));
}

#[test]
fn the_first_version_is_champion_and_default_and_promotions_are_rolled_back_one_by_one() {
    let mut registry = registry(3);
    let at = |registry: &Registry| {
        let model = registry.model(MODEL).unwrap();
        (model.aliases().get(CHAMPION).copied(), model.default_version(), model.served_before())
    };
    assert_eq!(at(&registry), (Some(1), Some(1), None));
    assert_eq!(registry.apply(MODEL, Change::RollBack), Err(ChangeError::NothingBefore));
    assert_eq!(registry.apply(MODEL, Change::Promote { version: 3 }).unwrap().label, "promote V3");
    registry.apply(MODEL, Change::Promote { version: 2 }).unwrap();
    assert_eq!(at(&registry), (Some(2), Some(2), Some(3)));
    assert!(matches!(registry.apply(MODEL, Change::Promote { version: 2 }), Err(ChangeError::AlreadySo(_))));
    assert_eq!(registry.apply(MODEL, Change::RollBack).unwrap().label, "roll back to V3");
    registry.apply(MODEL, Change::RollBack).unwrap();
    assert_eq!(at(&registry), (Some(1), Some(1), None));
    registry.apply(MODEL, Change::SetDefault { version: 2 }).unwrap();
    assert_eq!(at(&registry), (Some(1), Some(2), Some(1)), "the default moves without the champion");
    assert_eq!(registry.served_version(MODEL).map(|(number, _)| number), Some(2));
}

#[test]
fn what_serves_and_what_the_run_made_cannot_be_deleted_and_numbers_are_used_once() {
    let mut registry = registry(3);
    let delete = |registry: &mut Registry, version| registry.apply(MODEL, Change::Delete { version }).map(|_| ());
    assert_eq!(delete(&mut registry, 1), Err(ChangeError::OfTheRun(1)));
    registry.apply(MODEL, Change::SetDefault { version: 2 }).unwrap();
    assert_eq!(delete(&mut registry, 2), Err(ChangeError::Serves(2)));
    registry.apply(MODEL, Change::SetAlias { alias: "Champion".to_owned(), version: 3 }).unwrap();
    assert_eq!(delete(&mut registry, 3), Err(ChangeError::IsChampion(3)));
    registry.apply(MODEL, Change::Promote { version: 1 }).unwrap();
    registry.apply(MODEL, Change::SetAlias { alias: CHALLENGER.to_owned(), version: 3 }).unwrap();
    assert_eq!(delete(&mut registry, 3), Ok(()));
    assert!(!registry.model(MODEL).unwrap().aliases().contains_key(CHALLENGER), "its alias goes with it");
    assert_eq!(delete(&mut registry, 3), Err(ChangeError::NoVersion(3)));
    assert_eq!(registry.register(MODEL, Version::new(ensemble(9.0), card(Source::Form))), 4);
    assert_eq!(registry.apply("OTHER", Change::RollBack), Err(ChangeError::NoModel("OTHER".to_owned())));
}

#[test]
fn a_version_made_again_keeps_its_tags_and_another_one_in_its_place_displaces_it() {
    let mut kept = registry(2);
    kept.apply(MODEL, Change::SetTag { version: 1, key: "owner".to_owned(), value: "ana".to_owned() }).unwrap();
    kept.apply(MODEL, Change::Promote { version: 2 }).unwrap();
    let (same, displaced) = restored(kept.clone(), &registry(1));
    assert_eq!((same, displaced), (kept.clone(), Vec::new()));
    let mut other = Registry::default();
    other.register(MODEL, Version::new(ensemble(77.0), card(Source::Run { trial: Some(4) })));
    other.register("COLDSTART_CLV_MODEL", Version::new(ensemble(5.0), card(Source::Run { trial: None })));
    let (found, displaced) = restored(kept, &other);
    assert_eq!(displaced.iter().map(|d| (d.from, d.to, d.build.as_str())).collect::<Vec<_>>(), [(1, 3, "0.1.0+test")]);
    assert_eq!(found.version(MODEL, 1), other.version(MODEL, 1));
    let before = found.version(MODEL, 3).unwrap();
    assert_eq!((before.tags["owner"].as_str(), &before.card.source), ("ana", &Source::EarlierRun));
    assert_eq!(found.served_version(MODEL).map(|(number, _)| number), Some(2));
    assert_eq!(found.served_version("COLDSTART_CLV_MODEL").map(|(number, _)| number), Some(1));
}

#[test]
fn only_what_differs_is_a_difference() {
    let registry = registry(2);
    let [one, two] = [1, 2].map(|number| registry.version(MODEL, number).unwrap().clone());
    let differing = |a: &Version, b: &Version| -> Vec<String> {
        facts(a).into_iter().filter(|fact| !facts(b).contains(fact)).map(|fact| fact.name).collect()
    };
    assert_eq!(differing(&one, &two), ["Model digest", "Source"]);
    assert!(facts(&one).contains(&Fact { name: "Created".to_owned(), value: "2025-06-15 15:06 UTC".to_owned() }));
    assert_eq!(changed_inputs(&one.card.signature, &two.card.signature), []);
    let mut other = one.card.signature.clone();
    other.inputs.reverse();
    assert_eq!(changed_inputs(&one.card.signature, &other), [], "inputs go by name");
    other.inputs[0].levels.pop();
    other.inputs[1].name = "RECENCY_DAYS".to_owned();
    let changes = changed_inputs(&one.card.signature, &other);
    let texts: Vec<_> = changes.iter().map(|c| (c.name.as_str(), c.before.as_deref(), c.after.as_deref())).collect();
    let levels = ("REGION", Some("STRING of West, Midwest"), Some("STRING of West"));
    assert_eq!(texts, [levels, ("RECENCY_DAYS", None, Some("INT64")), ("FREQUENCY", Some("INT64"), None)]);
}

/// A type that is written has changed where this fails: raise the format's number and migrate the one before. The file is a project of two
/// versions as hexadecimal digits; at 36 begins its payload, with the key's length and letters.
#[test]
fn the_format_is_that_of_the_kept_file() {
    let mut registry = registry(2);
    registry.apply(MODEL, Change::SetTag { version: 2, key: "owner".to_owned(), value: "ana".to_owned() }).unwrap();
    registry.apply(MODEL, Change::Promote { version: 2 }).unwrap();
    let project = project(registry);
    let bytes = encode(&project).unwrap();
    assert_eq!(bytes[..12], *b"CLV-LAB\x1a\x01\0\0\0");
    assert_eq!(bytes[36..41], *b"\x0400ff");
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let kept = expect_test::expect_file!["../../../../tests/golden/project-1.hex"];
    kept.assert_eq(&hex);
    let text =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/project-1.hex")).unwrap();
    let digits = text.trim().as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
    let read: Vec<u8> = digits.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
    assert_eq!(decode(&read), Ok(project));
}
