//! What aliases, tags and notes may be. Deliberately the rules of Snowflake's identifiers for aliases, so that every alias can be exported.

use std::ops::RangeInclusive;

/// Letters of an alias or of a tag's name.
const NAME_CHARS: RangeInclusive<usize> = 1..=64;
/// As in Snowflake.
const MOST_VALUE_CHARS: usize = 256;
pub const MOST_NOTE_CHARS: usize = 4_000;
pub(super) const MOST_ALIASES: usize = 50;
pub(super) const MOST_TAGS: usize = 50;

/// They have a meaning of their own wherever a version is named.
const RESERVED: [&str; 3] = ["default", "first", "last"];

/// Why a name or a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("an alias begins with a letter or _ and goes on with letters, digits, _ and $; {0:?} does not")]
    NoIdentifier(String),
    #[error("{0:?} names a version by itself, so it cannot be an alias; choose another word")]
    Reserved(String),
    #[error("{what} has {found} letters and may have {least} to {most}; shorten it, or write something")]
    Length { what: &'static str, found: usize, least: usize, most: usize },
    #[error("{what} holds a character that cannot be seen; remove it")]
    Unseen { what: &'static str },
}

fn length(what: &'static str, text: &str, chars: RangeInclusive<usize>) -> Result<(), NameError> {
    let found = text.chars().count();
    if chars.contains(&found) {
        return Ok(());
    }
    Err(NameError::Length { what, found, least: *chars.start(), most: *chars.end() })
}

fn seen(what: &'static str, text: &str, is_allowed: fn(char) -> bool) -> Result<(), NameError> {
    if text.chars().all(|c| !c.is_control() || is_allowed(c)) { Ok(()) } else { Err(NameError::Unseen { what }) }
}

/// An alias in small letters: aliases that differ in case only are the same, as in Snowflake.
pub fn alias(text: &str) -> Result<String, NameError> {
    let alias = text.trim().to_ascii_lowercase();
    length("the alias", &alias, NAME_CHARS)?;
    let is_identifier = !alias.starts_with(|c: char| c.is_ascii_digit() || c == '$')
        && alias.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$');
    if !is_identifier {
        return Err(NameError::NoIdentifier(alias));
    }
    let is_number = alias.strip_prefix('v').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    if RESERVED.contains(&alias.as_str()) || (is_number && alias.len() > 1) {
        return Err(NameError::Reserved(alias));
    }
    Ok(alias)
}

/// The name of a tag, without blanks around it.
pub fn tag_key(text: &str) -> Result<String, NameError> {
    let key = text.trim();
    length("the name of the tag", key, NAME_CHARS)?;
    seen("the name of the tag", key, |_| false)?;
    Ok(key.to_owned())
}

/// The value of a tag; it may be empty.
pub fn tag_value(text: &str) -> Result<String, NameError> {
    let value = text.trim();
    length("the value of the tag", value, 0..=MOST_VALUE_CHARS)?;
    seen("the value of the tag", value, |_| false)?;
    Ok(value.to_owned())
}

/// A note of some lines; it may be empty.
pub fn note(text: &str) -> Result<String, NameError> {
    let note = text.trim();
    length("the note", note, 0..=MOST_NOTE_CHARS)?;
    seen("the note", note, |c| matches!(c, '\n' | '\r' | '\t'))?;
    Ok(note.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{NameError, alias, note, tag_key, tag_value};

    #[test]
    fn aliases_follow_the_rules_of_identifiers_and_ignore_case() {
        for (text, known) in [("Champion", "champion"), (" _a$1 ", "_a$1"), ("v", "v"), ("v1b", "v1b"), ("V_1", "v_1")]
        {
            assert_eq!(alias(text).as_deref(), Ok(known));
        }
        for text in ["1st", "$a", "a b", "é", "a-b"] {
            assert!(matches!(alias(text), Err(NameError::NoIdentifier(_))), "{text}");
        }
        for text in ["Default", "FIRST", "last", "V1", "v0012"] {
            assert!(matches!(alias(text), Err(NameError::Reserved(_))), "{text}");
        }
        for text in ["", "  ", &"a".repeat(65)] {
            assert!(matches!(alias(text), Err(NameError::Length { .. })), "{text}");
        }
    }

    #[test]
    fn tags_and_notes_are_bounded_and_can_be_seen() {
        assert_eq!(tag_key(" data owner ").as_deref(), Ok("data owner"));
        assert!(tag_key("").is_err() && tag_key("a\nb").is_err() && tag_value(&"x".repeat(257)).is_err());
        assert_eq!(tag_value("").as_deref(), Ok(""));
        assert_eq!(note("two\nlines").as_deref(), Ok("two\nlines"));
        assert!(note("\u{7}").is_err() && note(&"x".repeat(4_001)).is_err());
    }
}
