//! A formula as tokens, each with its place. Deliberately no meaning: a name is a name.

use super::ParseError;
use std::ops::Range;

/// A piece of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Number(String),
    Name(String),
    /// Without its quotes.
    Text(String),
    Symbol(Symbol),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Symbol {
    Plus,
    Minus,
    Times,
    Divide,
    Open,
    Close,
    Comma,
    Dot,
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// Longer formulas than a reader would write.
pub const MOST_BYTES: usize = 2_000;

/// The tokens of a formula with their places in bytes.
pub fn tokens(formula: &str) -> Result<Vec<(Token, Range<usize>)>, ParseError> {
    if formula.len() > MOST_BYTES {
        let sentence = format!("The formula has {} bytes, and {MOST_BYTES} are read.", formula.len());
        return Err(ParseError { at: 0..formula.len(), sentence });
    }
    let mut found = Vec::new();
    let mut rest = formula.char_indices().peekable();
    while let Some((begin, char)) = rest.next() {
        let mut take = |keep: &dyn Fn(char) -> bool| {
            let mut end = begin + char.len_utf8();
            while let Some((at, next)) = rest.next_if(|(_, next)| keep(*next)) {
                end = at + next.len_utf8();
            }
            end
        };
        let (token, end) = match char {
            _ if char.is_whitespace() => continue,
            '0'..='9' => {
                let end = take(&|c| c.is_ascii_digit() || c == '.');
                (Token::Number(formula[begin..end].to_owned()), end)
            }
            'A'..='Z' | 'a'..='z' | '_' => {
                let end = take(&|c| c.is_ascii_alphanumeric() || c == '_');
                (Token::Name(formula[begin..end].to_owned()), end)
            }
            '\'' => {
                let end = take(&|c| c != '\'');
                if rest.next().is_none() {
                    let sentence = "This text has no end; close it with a quote (').".to_owned();
                    return Err(ParseError { at: begin..end, sentence });
                }
                (Token::Text(formula[begin + 1..end].to_owned()), end + 1)
            }
            '<' | '>' => {
                let or_equal = rest.next_if(|(_, next)| *next == '=').is_some();
                let symbol = match (char, or_equal) {
                    ('<', false) => Symbol::Less,
                    ('<', true) => Symbol::LessOrEqual,
                    (_, false) => Symbol::Greater,
                    (_, true) => Symbol::GreaterOrEqual,
                };
                (Token::Symbol(symbol), begin + 1 + usize::from(or_equal))
            }
            other => match symbol(other) {
                Some(symbol) => (Token::Symbol(symbol), begin + other.len_utf8()),
                None => {
                    let sentence = format!(
                        "“{other}” means nothing in a formula. Allowed are names, numbers, 'texts', + - * / and comparisons."
                    );
                    return Err(ParseError { at: begin..begin + other.len_utf8(), sentence });
                }
            },
        };
        found.push((token, begin..end));
    }
    Ok(found)
}

fn symbol(char: char) -> Option<Symbol> {
    Some(match char {
        '+' => Symbol::Plus,
        '-' | '−' => Symbol::Minus,
        '*' | '×' => Symbol::Times,
        '/' | '÷' => Symbol::Divide,
        '(' => Symbol::Open,
        ')' => Symbol::Close,
        ',' => Symbol::Comma,
        '.' => Symbol::Dot,
        '=' => Symbol::Equal,
        '≤' => Symbol::LessOrEqual,
        '≥' => Symbol::GreaterOrEqual,
        _ => return None,
    })
}
