//! Amounts as people and programs write them: 1,234.56 and 1.234,56, with a currency, with blanks or apostrophes between thousands, in
//! parentheses when negative. Exact to the cent, without floating point where the text has none.

use super::rejections::Reason;
use crate::protocol::DecimalMark;

/// Ten million of the currency: more in one purchase is a typing error.
pub const MOST_CENTS: u64 = 1_000_000_000;

/// Cents of a text; half a cent is rounded away from zero.
pub fn cents(text: &str, mark: DecimalMark) -> Result<i64, Reason> {
    let (negative, body) = unsigned(text).ok_or(Reason::NotAnAmount)?;
    let cents = if body.contains(['e', 'E']) {
        let plain = if mark == DecimalMark::Comma { body.replace(',', ".") } else { body.to_owned() };
        cents_of(plain.parse().map_err(|_| Reason::NotAnAmount)?)?
    } else {
        plain_cents(body, mark)?
    };
    Ok(if negative { -cents } else { cents })
}

/// Letters that may stand beside an amount; others make it an article number.
const CURRENCIES: [&str; 30] = [
    "usd", "us", "eur", "gbp", "chf", "fr", "jpy", "cny", "inr", "rs", "cad", "c", "aud", "a", "nzd", "sek", "nok",
    "dkk", "kr", "pln", "zł", "czk", "kč", "huf", "ft", "brl", "r", "mxn", "zar", "try",
];

/// Takes sign, parentheses and currency off: (is negative, digits and marks).
fn unsigned(text: &str) -> Option<(bool, &str)> {
    let text = text.trim();
    let (in_parentheses, text) = match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inside) => (true, inside),
        None => (false, text),
    };
    let is_currency = |c: char| c.is_alphabetic() || "$€£¥₹₽₺₩ \u{a0}\u{202f}".contains(c);
    let is_sign = |c: char| matches!(c, '-' | '−' | '+');
    let body =
        text.trim_start_matches(|c| is_currency(c) || is_sign(c)).trim_end_matches(|c| is_currency(c) || is_sign(c));
    let begin = text.len() - text.trim_start_matches(|c| is_currency(c) || is_sign(c)).len();
    let around = [&text[..begin], &text[begin + body.len()..]];
    let letters: String = around
        .iter()
        .flat_map(|part| part.chars())
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    let signs: Vec<char> = around.iter().flat_map(|part| part.chars()).filter(|c| is_sign(*c)).collect();
    let is_known = letters.is_empty() || CURRENCIES.contains(&letters.as_str());
    if body.is_empty() || !is_known || signs.len() > 1 {
        return None;
    }
    Some((in_parentheses || signs.iter().any(|sign| *sign != '+'), body))
}

fn plain_cents(body: &str, mark: DecimalMark) -> Result<i64, Reason> {
    let (decimal, grouping) = match mark {
        DecimalMark::Point => ('.', ','),
        DecimalMark::Comma => (',', '.'),
    };
    let (whole, fraction) = body.split_once(decimal).unwrap_or((body, ""));
    let is_grouping = |c: char| c == grouping || matches!(c, '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}');
    let mut units = 0_i64;
    for (position, group) in whole.split(is_grouping).enumerate() {
        let fits = if position == 0 { group.len() <= 15 } else { group.len() == 3 };
        if !fits
            || !group.bytes().all(|byte| byte.is_ascii_digit())
            || (position == 0 && group.is_empty() && !whole.is_empty())
        {
            return Err(Reason::NotAnAmount);
        }
        let value = if group.is_empty() { 0 } else { group.parse::<i64>().map_err(|_| Reason::NotAnAmount)? };
        units = units.checked_mul(1_000).and_then(|units| units.checked_add(value)).ok_or(Reason::TooLarge)?;
    }
    let digits = fraction.as_bytes();
    if !digits.iter().all(u8::is_ascii_digit) || (whole.is_empty() && digits.is_empty()) {
        return Err(Reason::NotAnAmount);
    }
    let digit = |position: usize| digits.get(position).map_or(0, |byte| i64::from(byte - b'0'));
    let hundredths = digit(0) * 10 + digit(1) + i64::from(digit(2) >= 5);
    units.checked_mul(100).and_then(|cents| cents.checked_add(hundredths)).ok_or(Reason::TooLarge)
}

/// Cents of a floating-point number.
pub fn cents_of(value: f64) -> Result<i64, Reason> {
    if !value.is_finite() {
        return Err(Reason::NotAnAmount);
    }
    let cents = (value * 100.0).round();
    if cents.abs() > 9e15 { Err(Reason::TooLarge) } else { Ok(cents as i64) }
}

/// Cents of `unscaled` / 10^`scale`.
pub fn cents_of_decimal(unscaled: i128, scale: u32) -> Result<i64, Reason> {
    let power = 10_i128.checked_pow(scale).ok_or(Reason::TooLarge)?;
    let hundredfold = unscaled.checked_mul(100).ok_or(Reason::TooLarge)?;
    let half = power / 2 * hundredfold.signum();
    let rounded = hundredfold.checked_add(half).ok_or(Reason::TooLarge)? / power;
    i64::try_from(rounded).map_err(|_| Reason::TooLarge)
}

/// `1234`, 2 → `12.34`.
pub fn decimal_text(unscaled: i128, scale: u32) -> String {
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale.min(60) as usize + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale.min(60) as usize);
    let sign = if unscaled < 0 { "-" } else { "" };
    if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
}

/// What a text says about the decimal mark: `None` when it fits both.
pub fn mark_in(text: &str) -> Option<DecimalMark> {
    let (_, body) = unsigned(text)?;
    if !body.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',' | b'\'' | b' ')) {
        return None;
    }
    let (point, comma) = (body.rfind('.'), body.rfind(','));
    match (point, comma) {
        (Some(point), Some(comma)) if point > comma => Some(DecimalMark::Point),
        (Some(_), Some(_)) => Some(DecimalMark::Comma),
        (Some(at), None) => lone_mark(body, '.', at, DecimalMark::Point, DecimalMark::Comma),
        (None, Some(at)) => lone_mark(body, ',', at, DecimalMark::Comma, DecimalMark::Point),
        (None, None) => None,
    }
}

/// One kind of mark: twice it groups thousands, and before other than three digits it is the decimal mark.
fn lone_mark(body: &str, mark: char, last: usize, own: DecimalMark, other: DecimalMark) -> Option<DecimalMark> {
    if body.matches(mark).count() > 1 {
        return Some(other);
    }
    let n_after = body.len() - last - 1;
    let leads_with_zero = body.starts_with('0');
    (n_after != 3 || leads_with_zero).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::{DecimalMark, Reason, cents, cents_of_decimal, decimal_text, mark_in};

    #[test]
    fn amounts_in_both_worlds() {
        for (text, expected) in [
            ("1234.56", 123_456),
            ("1,234.56", 123_456),
            ("$1,234.56", 123_456),
            ("1234.56 USD", 123_456),
            ("C$5", 500),
            ("5 kr", 500),
            ("0.5", 50),
            (".5", 50),
            ("5.", 500),
            ("12.345", 1_235),
            ("12.344", 1_234),
            ("(12.34)", -1_234),
            ("-5", -500),
            ("−5", -500),
            ("$-5.00", -500),
            ("5.00-", -500),
            ("1'234.50", 123_450),
            ("1 234.50", 123_450),
            ("1e2", 10_000),
            ("1.5E+3", 150_000),
            ("007", 700),
        ] {
            assert_eq!(cents(text, DecimalMark::Point), Ok(expected), "{text}");
        }
        for (text, expected) in [
            ("1.234,56", 123_456),
            ("1.234,56 €", 123_456),
            ("1 234,5", 123_450),
            ("0,01", 1),
            ("12", 1_200),
            ("1.234.567", 123_456_700),
        ] {
            assert_eq!(cents(text, DecimalMark::Comma), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in [
            "",
            "-",
            "abc",
            "1.2.3",
            "12,34",
            "1,2345",
            "--5",
            "5 dollars",
            "K-0001",
            "AB-12",
            "NaN",
            "inf",
            "1e999",
            ",5",
            "1;2",
            "٣",
        ] {
            assert_eq!(cents(text, DecimalMark::Point), Err(Reason::NotAnAmount), "{text}");
        }
        assert_eq!(cents("1e308", DecimalMark::Point), Err(Reason::TooLarge));
        assert_eq!(cents("999999999999999,999", DecimalMark::Point), Err(Reason::TooLarge));
    }

    #[test]
    fn decimals_of_parquet_are_exact() {
        assert_eq!(cents_of_decimal(12_345, 2), Ok(12_345));
        assert_eq!(cents_of_decimal(12_345, 3), Ok(1_235));
        assert_eq!(cents_of_decimal(-12_345, 3), Ok(-1_235));
        assert_eq!(cents_of_decimal(7, 0), Ok(700));
        assert_eq!(cents_of_decimal(i128::MAX, 0), Err(Reason::TooLarge));
        assert_eq!(cents_of_decimal(1, 99), Err(Reason::TooLarge));
        assert_eq!(decimal_text(-5, 2), "-0.05");
        assert_eq!(decimal_text(1_234, 2), "12.34");
    }

    #[test]
    fn the_decimal_mark_shows_where_it_can() {
        for (text, mark) in [
            ("1,234.56", Some(DecimalMark::Point)),
            ("1.234,56", Some(DecimalMark::Comma)),
            ("12,5", Some(DecimalMark::Comma)),
            ("1.234.567", Some(DecimalMark::Comma)),
            ("1,234", None),
            ("1.234", None),
            ("12", None),
            ("0.125", Some(DecimalMark::Point)),
            ("€ 9,99", Some(DecimalMark::Comma)),
            ("2024-03-05", None),
            ("05.03.2024", Some(DecimalMark::Comma)),
        ] {
            assert_eq!(mark_in(text), mark, "{text}");
        }
    }
}
