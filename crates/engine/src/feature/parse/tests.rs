//! The language reads back what is written in it, and marks the place of every mistake.

use super::{ParseError, parse};
use crate::feature::catalog::{self, derived_features, interactions};
use crate::feature::check::{CheckedView, check};
use crate::feature::describe::formula;
use crate::feature::ir::Expr;
use proptest::prelude::*;

fn view() -> CheckedView {
    let registry = catalog::checked().unwrap();
    let mut view = derived_features();
    view.events.push(interactions());
    check(view, registry.views()).unwrap()
}

fn read(text: &str) -> Result<Expr, ParseError> {
    parse(text, &view())
}

#[test]
fn formulas_of_the_catalogue_are_read_back_as_the_same_expressions() {
    let view = view();
    let mut n_read = 0;
    for upstream in view.upstream().iter().chain([&view]) {
        for feature in upstream.features() {
            let text = formula(&feature.expr);
            // RFM_SCORE adds three products: the formula's own grouping is the language's.
            assert_eq!(parse(&text, &view).as_ref(), Ok(&feature.expr), "{}: {text}", feature.name);
            n_read += 1;
        }
    }
    assert_eq!(n_read, 37);
}

#[test]
fn both_ways_of_writing_an_operator_and_spaces_do_not_matter() {
    let one = read("IF(FREQUENCY>=3 and RECENCY_DAYS is null,MONETARY_TOTAL/CUSTOMER_TENURE_DAYS*2,-1)").unwrap();
    let other = read(" if( FREQUENCY ≥ 3 AND RECENCY_DAYS IS NULL , MONETARY_TOTAL ÷ CUSTOMER_TENURE_DAYS × 2 , −1 ) ")
        .unwrap();
    assert_eq!(one, other);
    assert_eq!(read(&formula(&one)).as_ref(), Ok(&one));
    assert!(read("count(CONTINUOUS_INTERACTIONS, EVENT_TYPE = 'cart_add', last 14 days)").is_ok());
    assert!(matches!(read("AS_OF - SIGNUP_DATE"), Ok(Expr::DaysBetween(..))));
    assert!(
        matches!(read("IF(LIFECYCLE_STAGE = 'new', 1, REGION = 'West', 2, 3)"), Ok(Expr::Case(arms, _)) if arms.len() == 2)
    );
}

#[test]
fn a_mistake_is_marked_where_it_is_and_says_what_is_allowed() {
    for (text, marked, says) in [
        ("", "", "expected here"),
        ("RECENCY", "RECENCY", "RECENCY_DAYS"),
        ("1 + REGION * 2", "REGION * 2", "a number"),
        ("FREQUENCY 2", "2", "operator"),
        ("(FREQUENCY", "", "closing parenthesis"),
        ("FREQUENCY + ", "", "expected here"),
        ("AVG(CONTINUOUS_TRANSACTIONS.AMOUNT)", "AVG", "SUM"),
        ("SUM(ORDERS.AMOUNT)", "ORDERS", "CONTINUOUS_TRANSACTIONS"),
        ("SUM(CONTINUOUS_TRANSACTIONS.PRICE)", "PRICE", "AMOUNT"),
        (
            "SUM(CONTINUOUS_TRANSACTIONS.PRODUCT_CATEGORY)",
            "SUM(CONTINUOUS_TRANSACTIONS.PRODUCT_CATEGORY)",
            "whole numbers",
        ),
        (
            "COUNT(CONTINUOUS_INTERACTIONS, EVENT_TYPE = 'buy')",
            "COUNT(CONTINUOUS_INTERACTIONS, EVENT_TYPE = 'buy')",
            "cart_add",
        ),
        ("COUNT(CONTINUOUS_INTERACTIONS, last 0 days)", "COUNT(CONTINUOUS_INTERACTIONS, last 0 days)", "at least 1"),
        ("COUNT(CONTINUOUS_INTERACTIONS, last x days)", "x", "whole number of days"),
        ("IF(REGION = 'Mars', 1, 0)", "REGION = 'Mars'", "West"),
        ("IF(FREQUENCY, 1, 0)", ",", "comparison"),
        ("'open", "'open", "no end"),
        ("FREQUENCY ; 1", ";", "means nothing"),
        ("1.2.3", "1.2.3", "no number"),
        ("SCORE(FREQUENCY)", ")", "fitted value"),
        ("SCORE(FREQUENCY, MONETARY_COHORT_MEANS)", "MONETARY_COHORT_MEANS", "FREQUENCY_EDGES"),
        ("SCORE(FREQUENCY, FREQUENCY_EDGES, up)", "up", "descending"),
        (
            "GROUP_MEAN(FREQUENCY, FREQUENCY_COHORT_MEANS)",
            "GROUP_MEAN(FREQUENCY, FREQUENCY_COHORT_MEANS)",
            "a category",
        ),
        ("é", "é", "means nothing"),
    ] {
        let error = read(text).expect_err(text);
        assert_eq!(&text[error.at.clone()], marked, "{text}: {error}");
        assert!(error.sentence.contains(says), "{text}: {error}");
    }
    let deep = "(".repeat(900) + "1" + &")".repeat(900);
    assert!(read(&deep).expect_err("nested").sentence.contains("deep"));
    assert!(read(&"1+".repeat(2_000)).is_err());
}

proptest! {
    #[test]
    fn no_text_panics_and_every_mistake_lies_in_the_text(text in "\\PC{0,60}") {
        if let Err(error) = read(&text) {
            prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error);
        }
    }

    #[test]
    fn no_row_of_words_panics(words in prop::collection::vec(prop::sample::select(vec![
        "IF", "(", ")", ",", "FREQUENCY", "REGION", "'West'", "=", "<", "+", "-", "/", "3", "SUM", "CONTINUOUS_TRANSACTIONS", ".",
        "SCORE", "FREQUENCY_EDGES", "descending", "AMOUNT", "last", "days", "is", "null", "and", "COALESCE", "AS_OF", "NULL", "FIRST_PURCHASE_DATE",
    ]), 0..14)) {
        let text = words.join(" ");
        match read(&text) {
            Err(error) => prop_assert!(text.get(error.at.clone()).is_some(), "{:?}", error),
            Ok(expr) => prop_assert_eq!(read(&formula(&expr)), Ok(expr), "{}", text),
        }
    }
}
