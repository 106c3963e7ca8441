//! The truth checks in words: the head line, the groups, measured values and expected ranges as readers see them.

use super::format;
use crate::protocol::{CheckUnit, TruthCheck, TruthReport};

/// "73 of 74 hold".
pub fn headline(report: &TruthReport) -> String {
    let n_held = report.checks.iter().filter(|check| check.passes).count();
    format!("{n_held} of {} hold", report.checks.len())
}

/// True when every check holds, and there is one.
pub fn all_hold(report: &TruthReport) -> bool {
    !report.checks.is_empty() && report.checks.iter().all(|check| check.passes)
}

/// Checks by the title of their group, in the order in which groups first occur.
pub fn groups(report: &TruthReport) -> Vec<(&str, Vec<&TruthCheck>)> {
    let mut groups: Vec<(&str, Vec<&TruthCheck>)> = Vec::new();
    for check in &report.checks {
        match groups.iter_mut().find(|(title, _)| *title == check.group) {
            Some((_, checks)) => checks.push(check),
            None => groups.push((&check.group, vec![check])),
        }
    }
    groups
}

/// The measured value with its unit.
pub fn measured(check: &TruthCheck) -> String {
    value(check.unit, check.measured)
}

/// The expected range in words.
pub fn expected(check: &TruthCheck) -> String {
    let text = |end: f64| value(check.unit, end);
    // A share cannot be below zero, and a deviation is as good in both directions.
    let low = check.low.filter(|low| *low > 0.0 || check.unit == CheckUnit::PercentagePoints);
    match (low, check.high) {
        (_, Some(high)) if check.low == check.high => match check.unit {
            CheckUnit::Violations if high == 0.0 => "none".to_owned(),
            _ => text(high),
        },
        (Some(low), Some(high)) if low == -high => format!("at most {} either way", text(high).trim_start_matches('+')),
        (Some(low), Some(high)) => format!("{} to {}", text(low), text(high)),
        (Some(low), None) => format!("at least {}", text(low)),
        (None, Some(high)) => format!("at most {}", text(high)),
        (None, None) => "anything".to_owned(),
    }
}

fn value(unit: CheckUnit, value: f64) -> String {
    if !value.is_finite() {
        return format::ABSENT.to_owned();
    }
    let signed = |text: String, plus: &str| {
        let is_zero = !text.contains(|c: char| ('1'..='9').contains(&c));
        match (value < 0.0, is_zero) {
            (_, true) => text,
            (true, _) => format!("−{text}"),
            (false, _) => format!("{plus}{text}"),
        }
    };
    let size = value.abs();
    match unit {
        CheckUnit::Violations if value == 0.0 => "none".to_owned(),
        CheckUnit::Violations => format::counted(size as u64, "row", "rows"),
        CheckUnit::Share if size < 0.0995 => signed(format!("{:.2}\u{a0}%", size * 100.0), ""),
        CheckUnit::Share => signed(format!("{:.1}\u{a0}%", size * 100.0), ""),
        CheckUnit::PercentagePoints => signed(format!("{:.2} points", size * 100.0), "+"),
        CheckUnit::Ratio => signed(format!("{size:.3}"), ""),
        CheckUnit::Days => signed(format!("{size:.2} days"), ""),
        CheckUnit::Dollars => signed(format!("${size:.2}"), ""),
        CheckUnit::Events => signed(format!("{size:.2}"), ""),
    }
}

/// A text as readers see it: whole numbers of five digits and more have thousands separators, negative ones a true minus.
pub fn separated(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut after_point = false;
    for part in text.split_inclusive(|c: char| !c.is_ascii_digit()) {
        let n_digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = part.split_at(n_digits);
        match digits.parse::<u64>() {
            Ok(number) if n_digits >= 5 && !after_point => out.push_str(&format::count(number)),
            _ => out.push_str(digits),
        }
        let is_sign = rest == "-" && n_digits == 0 && out.ends_with(' ');
        out.push_str(if is_sign { "−" } else { rest });
        after_point = n_digits > 0 && rest == ".";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(unit: CheckUnit, measured: f64, low: Option<f64>, high: Option<f64>) -> TruthCheck {
        TruthCheck {
            id: "x".to_owned(),
            group: "G".to_owned(),
            statement: String::new(),
            unit,
            measured,
            low,
            high,
            passes: true,
            detail: String::new(),
            why: String::new(),
        }
    }

    #[test]
    fn values_and_ranges_read_naturally() {
        use CheckUnit::{Dollars, PercentagePoints, Ratio, Share, Violations};
        for (check, measured_text, expected_text) in [
            (check(Violations, 0.0, Some(0.0), Some(0.0)), "none", "none"),
            (check(Violations, 1.0, Some(0.0), Some(0.0)), "1 row", "none"),
            (check(Share, 0.0043, Some(-0.01), Some(0.0376)), "0.43\u{a0}%", "at most 3.76\u{a0}%"),
            (check(Share, 0.7, Some(0.67), Some(0.73)), "70.0\u{a0}%", "67.0\u{a0}% to 73.0\u{a0}%"),
            (
                check(PercentagePoints, -0.012, Some(-0.02), Some(0.02)),
                "−1.20 points",
                "at most 2.00 points either way",
            ),
            (check(PercentagePoints, 0.003, Some(-0.02), Some(0.02)), "+0.30 points", "at most 2.00 points either way"),
            (check(Dollars, 60.06, Some(56.1), Some(64.5)), "$60.06", "$56.10 to $64.50"),
            (check(Ratio, f64::NAN, Some(0.5), None), format::ABSENT, "at least 0.500"),
            (check(Ratio, -0.00001, None, None), "0.000", "anything"),
        ] {
            assert_eq!((measured(&check).as_str(), expected(&check).as_str()), (measured_text, expected_text));
        }
    }

    #[test]
    fn groups_keep_their_order_and_the_head_line_counts() {
        let mut checks: Vec<TruthCheck> = (0..3).map(|_| check(CheckUnit::Ratio, 1.0, None, None)).collect();
        checks[1].group = "H".to_owned();
        checks[2].passes = false;
        let report = TruthReport { checks, generated: true, elapsed_ms: 1.0 };
        assert_eq!(headline(&report), "2 of 3 hold");
        assert!(!all_hold(&report) && !all_hold(&TruthReport::default()));
        let titles: Vec<(&str, usize)> = groups(&report).iter().map(|(title, checks)| (*title, checks.len())).collect();
        assert_eq!(titles, [("G", 2), ("H", 1)]);
    }

    #[test]
    fn long_whole_numbers_are_separated_and_fractions_and_years_are_not() {
        assert_eq!(separated("of 5023664 rows, 2022 and 0.1234567"), "of 5,023,664 rows, 2022 and 0.1234567");
        assert_eq!(separated("12345"), "12,345");
        assert_eq!(separated("entropy: -0.0002, 2024-06-30, 11-day"), "entropy: −0.0002, 2024-06-30, 11-day");
        assert_eq!(separated(""), "");
    }
}
