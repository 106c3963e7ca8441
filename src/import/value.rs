//! One value of a file on its way into a column: text as CSV has it, or what Parquet already knows; read as an id, a day, cents,
//! a whole number or a category, or refused with the reason.

use super::rejections::Reason;
use super::{dates, limits, numbers};
use crate::protocol::TextFormat;
use std::borrow::Cow;

/// A value as the file gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Raw<'a> {
    Null,
    Text(&'a str),
    /// Bytes that are no text.
    Noise,
    Integer(i64),
    Float(f64),
    Day(i32),
    /// `unscaled` / 10^`scale`.
    Decimal {
        unscaled: i128,
        scale: u32,
    },
}

/// A value of a sample.
#[derive(Clone, Debug, PartialEq)]
pub enum Owned {
    Text(String),
    Other(Raw<'static>),
}

impl Owned {
    pub fn of(raw: Raw) -> Self {
        match raw {
            Raw::Text(text) => Self::Text(text.to_owned()),
            Raw::Null => Self::Other(Raw::Null),
            Raw::Noise => Self::Other(Raw::Noise),
            Raw::Integer(value) => Self::Other(Raw::Integer(value)),
            Raw::Float(value) => Self::Other(Raw::Float(value)),
            Raw::Day(day) => Self::Other(Raw::Day(day)),
            Raw::Decimal { unscaled, scale } => Self::Other(Raw::Decimal { unscaled, scale }),
        }
    }

    pub fn raw(&self) -> Raw<'_> {
        match self {
            Self::Text(text) => Raw::Text(text),
            Self::Other(raw) => *raw,
        }
    }
}

/// Spellings of "nothing" in columns of numbers and dates.
const NOTHING: [&str; 8] = ["null", "\\n", "na", "n/a", "#n/a", "nan", "none", "nil"];

impl<'a> Raw<'a> {
    pub fn of_bytes(bytes: &'a [u8]) -> Self {
        match std::str::from_utf8(bytes).map(str::trim) {
            Ok("") => Self::Null,
            Ok(text) => Self::Text(text),
            Err(_) => Self::Noise,
        }
    }

    /// What stands there, for a human.
    pub fn shown(&self) -> Cow<'a, str> {
        match *self {
            Self::Null => Cow::Borrowed(""),
            Self::Text(text) => Cow::Borrowed(text),
            Self::Noise => Cow::Borrowed("(no text)"),
            Self::Integer(value) => Cow::Owned(value.to_string()),
            Self::Float(value) => Cow::Owned(value.to_string()),
            Self::Day(day) => Cow::Owned(crate::engine::schema::Day(day.clamp(-700_000, 2_900_000)).to_string()),
            Self::Decimal { unscaled, scale } => Cow::Owned(numbers::decimal_text(unscaled, scale)),
        }
    }

    /// The same, where a spelling of "nothing" is nothing.
    fn known(self) -> Self {
        match self {
            Self::Text(text) if text.len() <= 4 && NOTHING.iter().any(|nothing| nothing.eq_ignore_ascii_case(text)) => {
                Self::Null
            }
            other => other,
        }
    }

    pub fn is_null(&self) -> bool {
        self.known() == Self::Null
    }

    /// A day up to `last_day`, as days since 1970-01-01.
    pub fn day(self, format: &TextFormat, last_day: i32) -> Result<Option<i32>, Reason> {
        let day = match self.known() {
            Self::Null => return Ok(None),
            Self::Text(text) => dates::day(text, format.dates)?,
            Self::Day(day) => day,
            // 20240305, or a Unix time.
            Self::Integer(value) => dates::day(&value.to_string(), format.dates)?,
            Self::Noise | Self::Float(_) | Self::Decimal { .. } => return Err(Reason::NotADate),
        };
        if day < dates::FIRST_DAY {
            Err(Reason::LongAgo)
        } else if day > last_day {
            Err(Reason::InTheFuture)
        } else {
            Ok(Some(day))
        }
    }

    /// An amount in cents, negative ones included.
    pub fn cents(self, format: &TextFormat) -> Result<Option<i64>, Reason> {
        let cents = match self.known() {
            Self::Null => return Ok(None),
            Self::Text(text) => numbers::cents(text, format.decimal)?,
            Self::Integer(value) => value.checked_mul(100).ok_or(Reason::TooLarge)?,
            Self::Float(value) => numbers::cents_of(value)?,
            Self::Decimal { unscaled, scale } => numbers::cents_of_decimal(unscaled, scale)?,
            Self::Noise | Self::Day(_) => return Err(Reason::NotAnAmount),
        };
        if cents.unsigned_abs() > numbers::MOST_CENTS { Err(Reason::TooLarge) } else { Ok(Some(cents)) }
    }

    /// A whole number.
    pub fn whole(self, format: &TextFormat) -> Result<Option<i64>, Reason> {
        let hundredths = match self.known() {
            Self::Null => return Ok(None),
            Self::Integer(value) => return Ok(Some(value)),
            Self::Text(text) => match text.parse::<i64>() {
                Ok(value) => return Ok(Some(value)),
                Err(_) => numbers::cents(text, format.decimal).map_err(|_| Reason::NotWhole)?,
            },
            Self::Float(value) if value.fract() != 0.0 => return Err(Reason::NotWhole),
            Self::Float(value) => numbers::cents_of(value).map_err(|_| Reason::NotWhole)?,
            Self::Decimal { unscaled, scale } => {
                numbers::cents_of_decimal(unscaled, scale).map_err(|_| Reason::NotWhole)?
            }
            Self::Noise | Self::Day(_) => return Err(Reason::NotWhole),
        };
        if hundredths % 100 == 0 { Ok(Some(hundredths / 100)) } else { Err(Reason::NotWhole) }
    }

    /// An id or a level.
    pub fn text(self) -> Result<Option<Cow<'a, str>>, Reason> {
        let text = match self {
            Self::Null | Self::Text("NULL" | "null" | "\\N") => return Ok(None),
            Self::Noise => return Err(Reason::NotUtf8),
            Self::Text(text) => Cow::Borrowed(text),
            // What spreadsheets and pandas make of an id that was missing somewhere: 17850.0.
            Self::Float(value) if value.fract() == 0.0 && value.abs() < 9e15 => Cow::Owned((value as i64).to_string()),
            other => other.shown(),
        };
        if text.len() > limits::TEXT_BYTES { Err(Reason::LongText) } else { Ok(Some(text)) }
    }
}
