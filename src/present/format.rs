//! Numbers as readers see them: 5,012,345 · $1,234 · $1.2k · 240 ms · 61 MB · 83 %. Deliberately one locale, the one that
//! exported files and documents use.

/// Where there is no number to show.
pub const ABSENT: &str = "–";

/// A count with thousands separators.
pub fn count(value: u64) -> String {
    let digits = value.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A count with its noun: "1 tree", "200 trees".
pub fn counted(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// Whole dollars; cents below ten.
pub fn money(dollars: f64) -> String {
    if !dollars.is_finite() {
        return ABSENT.to_owned();
    }
    let size = dollars.abs();
    let text = if size < 9.995 && size > 0.0 { format!("${size:.2}") } else { format!("${}", count(whole(size))) };
    if dollars < 0.0 && text != "$0" && text != "$0.00" { format!("−{text}") } else { text }
}

/// A change in dollars: +$3.20, −$12, $0.
pub fn money_change(dollars: f64) -> String {
    let text = money(dollars);
    if dollars > 0.0 && dollars.is_finite() { format!("+{text}") } else { text }
}

/// Dollars for axes and narrow places: $950, $1.2k, $3.4M.
pub fn money_short(dollars: f64) -> String {
    if !dollars.is_finite() {
        return ABSENT.to_owned();
    }
    let sign = if dollars < 0.0 { "−" } else { "" };
    format!("{sign}${}", short(dollars.abs()))
}

/// A number for axes and narrow places: 950, 1.2k, 3.4M.
pub fn short(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.to_owned();
    }
    if value < 0.0 {
        return format!("−{}", short(-value));
    }
    let scaled = |divisor: f64, suffix: &str| {
        let v = value / divisor;
        if v >= 99.95 { format!("{v:.0}{suffix}") } else { format!("{}{suffix}", trimmed(v, 1)) }
    };
    match value {
        v if v >= 999_950_000.0 => scaled(1e9, "B"),
        v if v >= 999_950.0 => scaled(1e6, "M"),
        v if v >= 999.95 => scaled(1e3, "k"),
        v if v >= 10.0 => trimmed(v, 1),
        v if v >= 1.0 => trimmed(v, 2),
        v => trimmed(v, 3),
    }
}

/// A duration: 0.4 ms, 240 ms, 3.2 s, 2 min 5 s.
pub fn duration(ms: f64) -> String {
    if !ms.is_finite() || ms < 0.0 {
        return ABSENT.to_owned();
    }
    match ms {
        v if v < 9.95 => format!("{} ms", trimmed(v, 1)),
        v if v < 999.5 => format!("{v:.0} ms"),
        v if v < 59_950.0 => format!("{:.1} s", v / 1000.0),
        v => {
            let seconds = whole(v / 1000.0);
            format!("{} min {} s", seconds / 60, seconds % 60)
        }
    }
}

/// Bytes in decimal units: 512 B, 61 MB, 1.2 GB.
pub fn bytes(n_bytes: u64) -> String {
    let value = n_bytes as f64;
    let unit = |divisor: f64, name: &str| {
        let v = value / divisor;
        if v >= 9.95 { format!("{v:.0} {name}") } else { format!("{} {name}", trimmed(v, 1)) }
    };
    match n_bytes {
        0..1_000 => format!("{n_bytes} B"),
        1_000..1_000_000 => unit(1e3, "kB"),
        1_000_000..1_000_000_000 => unit(1e6, "MB"),
        _ => unit(1e9, "GB"),
    }
}

/// A fraction as a percentage: one decimal below ten percent, the sign on the same line.
pub fn percent(fraction: f64) -> String {
    if !fraction.is_finite() {
        return ABSENT.to_owned();
    }
    let value = fraction * 100.0;
    if value > 0.0 && value < 0.05 {
        return "under 0.1\u{a0}%".to_owned();
    }
    if value.abs() < 9.95 {
        format!("{}\u{a0}%", signed_trimmed(value, 1))
    } else {
        format!("{value:.0}\u{a0}%").replace('-', "−")
    }
}

/// A dimensionless score such as R²: three decimals.
pub fn score(value: f64) -> String {
    if value.is_finite() { format!("{value:.3}").replace('-', "−") } else { ABSENT.to_owned() }
}

/// A statistic of unknown size: about four significant digits.
pub fn statistic(value: f64) -> String {
    if !value.is_finite() {
        return ABSENT.to_owned();
    }
    let size = value.abs();
    if size >= 1000.0 {
        let text = count(whole(size));
        return if value < 0.0 { format!("−{text}") } else { text };
    }
    signed_trimmed(
        value,
        if size >= 100.0 {
            1
        } else if size >= 1.0 {
            2
        } else {
            4
        },
    )
}

/// The first twelve digits of a digest.
pub fn digest(hex: &str) -> &str {
    hex.get(..12).unwrap_or(hex)
}

/// "3 of 20 trees".
pub fn done_of(done: u64, total: u64, unit: &str) -> String {
    if total == 0 { String::new() } else { format!("{} of {} {unit}", count(done), count(total)).trim_end().to_owned() }
}

fn whole(value: f64) -> u64 {
    (value + 0.5).floor().clamp(0.0, 9.0e18) as u64
}

fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn signed_trimmed(value: f64, decimals: usize) -> String {
    let text = trimmed(value.abs(), decimals);
    if value < 0.0 && text != "0" { format!("−{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_in_the_design() {
        for (expected, actual) in [
            ("5,012,345", count(5_012_345)),
            ("0", count(0)),
            ("999", count(999)),
            ("1,000", count(1_000)),
            ("$1,234", money(1_234.4)),
            ("$3.20", money(3.2)),
            ("−$12", money(-12.4)),
            ("$0", money(0.0)),
            ("+$3.20", money_change(3.2)),
            ("−$12", money_change(-12.4)),
            ("$0", money_change(0.0)),
            ("$1.2k", money_short(1_240.0)),
            ("$1k", money_short(999.96)),
            ("$10", money_short(10.0)),
            ("3.4M", short(3_400_000.0)),
            ("0.25", short(0.25)),
            ("−1.5k", short(-1_500.0)),
            ("240 ms", duration(240.0)),
            ("0.4 ms", duration(0.42)),
            ("3.2 s", duration(3_204.0)),
            ("2 min 5 s", duration(125_000.0)),
            ("61 MB", bytes(61_000_000)),
            ("1.2 GB", bytes(1_200_000_000)),
            ("512 B", bytes(512)),
            ("83\u{a0}%", percent(0.83)),
            ("3.4\u{a0}%", percent(0.034)),
            ("under 0.1\u{a0}%", percent(0.0002)),
            ("0\u{a0}%", percent(0.0)),
            ("100\u{a0}%", percent(1.0)),
            ("−0.120", score(-0.12)),
            ("12,346", statistic(12_345.6)),
            ("0.0123", statistic(0.0123)),
            ("3 of 20 trees", done_of(3, 20, "trees")),
        ] {
            assert_eq!(actual, expected);
        }
    }

    #[test]
    fn what_is_not_a_number_is_shown_as_absent() {
        assert_eq!(money(f64::NAN), ABSENT);
        assert_eq!(short(f64::INFINITY), ABSENT);
        assert_eq!(duration(-1.0), ABSENT);
        assert_eq!(percent(f64::NAN), ABSENT);
        assert_eq!(statistic(f64::NEG_INFINITY), ABSENT);
    }

    #[test]
    fn a_digest_is_cut_only_when_it_is_long() {
        assert_eq!(digest("0123456789abcdef"), "0123456789ab");
        assert_eq!(digest("é"), "é");
    }
}
