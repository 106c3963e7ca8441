//! SQL cut into coloured pieces, for reading. Deliberately not a parser: it must show any text, also a wrong one.

/// What a piece of SQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    Keyword,
    Function,
    Text,
    Number,
    Comment,
    Plain,
}

impl TokenKind {
    /// The style's name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Keyword => "keyword",
            Self::Function => "function",
            Self::Text => "text",
            Self::Number => "number",
            Self::Comment => "comment",
            Self::Plain => "plain",
        }
    }
}

const KEYWORDS: &[&str] = &[
    "ALL",
    "AND",
    "AS",
    "ASC",
    "ASOF",
    "BETWEEN",
    "BY",
    "CASE",
    "CLONE",
    "COMMENT",
    "CREATE",
    "CROSS",
    "DATE",
    "DESC",
    "DISTINCT",
    "DYNAMIC",
    "ELSE",
    "END",
    "EXISTS",
    "FALSE",
    "FROM",
    "FULL",
    "GROUP",
    "HAVING",
    "IF",
    "IN",
    "INCREMENTAL",
    "INITIALIZE",
    "INNER",
    "INSERT",
    "INTERVAL",
    "INTO",
    "IS",
    "JOIN",
    "LAG",
    "LEFT",
    "LIKE",
    "LIMIT",
    "MATCH_CONDITION",
    "NOT",
    "NULL",
    "ON",
    "OR",
    "ORDER",
    "OUTER",
    "OVER",
    "PARTITION",
    "REFRESH_MODE",
    "REPLACE",
    "RIGHT",
    "ROW",
    "ROWS",
    "SCHEMA",
    "SELECT",
    "SET",
    "TABLE",
    "TARGET_LAG",
    "THEN",
    "TRUE",
    "UNION",
    "UPDATE",
    "USING",
    "VALUES",
    "VIEW",
    "WAREHOUSE",
    "WHEN",
    "WHERE",
    "WITH",
];

/// The pieces of a text, in order; together they are the text.
pub fn tokens(sql: &str) -> Vec<(TokenKind, &str)> {
    let mut out: Vec<(TokenKind, &str)> = Vec::new();
    let mut rest = sql;
    while !rest.is_empty() {
        let (kind, length) = next(rest);
        let (piece, tail) = rest.split_at(length);
        out.push((kind, piece));
        rest = tail;
    }
    out
}

/// Kind and length in bytes of the first piece; the length is at least one character.
fn next(text: &str) -> (TokenKind, usize) {
    let first = text.chars().next().unwrap_or(' ');
    let while_true = |keep: fn(char) -> bool| text.find(|c| !keep(c)).unwrap_or(text.len());
    if text.starts_with("--") {
        (TokenKind::Comment, text.find('\n').unwrap_or(text.len()))
    } else if text.starts_with("/*") {
        (TokenKind::Comment, text.find("*/").map_or(text.len(), |end| end + 2))
    } else if first == '\'' {
        (TokenKind::Text, quoted_length(text))
    } else if first.is_ascii_digit() {
        (TokenKind::Number, while_true(|c| c.is_ascii_digit() || c == '.'))
    } else if is_word(first) {
        let length = while_true(|c| is_word(c) || c.is_ascii_digit() || c == '$');
        let word = text[..length].to_ascii_uppercase();
        let kind = if KEYWORDS.binary_search(&word.as_str()).is_ok() {
            TokenKind::Keyword
        } else if text[length..].starts_with('(') {
            TokenKind::Function
        } else {
            TokenKind::Plain
        };
        (kind, length)
    } else {
        let plain = |c: char| !(is_word(c) || c.is_ascii_digit() || matches!(c, '\'' | '-' | '/'));
        (TokenKind::Plain, text.find(|c| !plain(c)).unwrap_or(text.len()).max(first.len_utf8()))
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Length of a literal in single quotes, doubled quotes included; to the end when it is not closed.
fn quoted_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut i = 1;
    while i < bytes.len() {
        if bytes[i] == b'\'' {
            if bytes.get(i + 1) != Some(&b'\'') {
                return i + 1;
            }
            i += 1;
        }
        i += 1;
    }
    text.len()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use super::{KEYWORDS, TokenKind, tokens};
    use proptest::prelude::*;

    #[test]
    fn pieces_have_their_kinds() {
        let kinds: Vec<_> = tokens("SELECT COUNT(x1) - 2.5 -- why\nFROM t WHERE a = 'it''s'")
            .into_iter()
            .filter(|(kind, _)| *kind != TokenKind::Plain)
            .collect();
        assert_eq!(
            kinds,
            [
                (TokenKind::Keyword, "SELECT"),
                (TokenKind::Function, "COUNT"),
                (TokenKind::Number, "2.5"),
                (TokenKind::Comment, "-- why"),
                (TokenKind::Keyword, "FROM"),
                (TokenKind::Keyword, "WHERE"),
                (TokenKind::Text, "'it''s'"),
            ]
        );
    }

    #[test]
    fn keywords_are_sorted_for_the_search() {
        assert!(KEYWORDS.is_sorted());
    }

    proptest! {
        #[test]
        fn the_pieces_together_are_the_text(sql in "[-a-zA-Z0-9_ '/*.()\n€é]{0,60}") {
            prop_assert_eq!(tokens(&sql).into_iter().map(|(_, piece)| piece).collect::<String>(), sql);
        }
    }
}
