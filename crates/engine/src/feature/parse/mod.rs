//! A reader's formula as an expression: the language in which [`describe`](super::describe) writes formulas, read back. Types are
//! checked piece by piece, so that an error names the smallest piece that is wrong. Fitted values are those of the view.
//!
//! ```text
//! sum     = product { (+|-) product }             product = atom { (*|/) atom }
//! atom    = number | 'text' | NULL | AS_OF | name | ( sum ) | - number | call
//! call    = COUNT(table…) | SUM(table.column…) | MIN(table.date…) | MAX(table.date…) | COUNT_DISTINCT(table.column…)
//!         | GAP_STDDEV(table…) | COALESCE(sum, sum) | IF(condition, sum, … , sum)
//!         | SCORE(sum, edges [, descending]) | GROUP_MEAN(sum, means)
//! …       = [, column = 'level'] [, last n days]
//! condition = comparison { and comparison }       comparison = sum (< | <= | > | >= | =) sum | sum is null
//! ```

mod suggest;
mod token;

use super::check::{CheckedView, infer};
use super::ir::{
    Aggregate, AggregateFunction, Comparison, Condition, EventTable, Expr, FitRule, LevelFilter, Operator, Order,
};
use crate::schema::ColumnType;
use std::ops::Range;
use suggest::nearest;
use token::{Symbol, Token, tokens};

/// Why a formula cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub struct ParseError {
    /// Bytes of the formula.
    pub at: Range<usize>,
    pub sentence: String,
}

/// Functions, for help and suggestions.
pub const FUNCTIONS: [&str; 10] =
    ["COUNT", "SUM", "MIN", "MAX", "COUNT_DISTINCT", "GAP_STDDEV", "COALESCE", "IF", "SCORE", "GROUP_MEAN"];
/// Formulas in formulas; no reader nests deeper, and the stack has an end.
const MOST_NESTED: usize = 40;

/// The expression that a formula means in a view: its entity's columns, its events and its upstream features can be named.
pub fn parse(formula: &str, view: &CheckedView) -> Result<Expr, ParseError> {
    let tokens = tokens(formula)?;
    let mut parser = Parser { tokens: &tokens, next: 0, end: formula.len(), view, depth: 0 };
    let (expr, _) = parser.sum()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => parser.fail("The formula could end here; an operator (+ - * /) is missing."),
    }
}

type Located<T> = (T, Range<usize>);

struct Parser<'a> {
    tokens: &'a [Located<Token>],
    next: usize,
    /// Length of the formula.
    end: usize,
    view: &'a CheckedView,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.next).map(|(token, _)| token)
    }

    /// The place of the next token, or of the end.
    fn here(&self) -> Range<usize> {
        self.tokens.get(self.next).map_or(self.end..self.end, |(_, at)| at.clone())
    }

    fn last_end(&self) -> usize {
        self.next.checked_sub(1).map_or(0, |last| self.tokens[last].1.end)
    }

    fn fail<T>(&self, sentence: &str) -> Result<T, ParseError> {
        Err(ParseError { at: self.here(), sentence: sentence.to_owned() })
    }

    fn takes(&mut self, symbol: Symbol) -> bool {
        let is_next = self.peek() == Some(&Token::Symbol(symbol));
        self.next += usize::from(is_next);
        is_next
    }

    /// A word of the language, in any case.
    fn takes_word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Name(name)) if name.eq_ignore_ascii_case(word));
        self.next += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, symbol: Symbol, what: &str) -> Result<(), ParseError> {
        if self.takes(symbol) { Ok(()) } else { self.fail(&format!("{what} is expected here.")) }
    }

    /// The expression, when its types fit.
    fn typed(&self, expr: Expr, at: Range<usize>) -> Result<Located<Expr>, ParseError> {
        match infer(self.view, &expr) {
            Ok(_) => Ok((expr, at)),
            Err(error) => Err(ParseError { at, sentence: format!("{error}.") }),
        }
    }

    fn is_day(&self, expr: &Expr) -> bool {
        matches!(infer(self.view, expr), Ok(Some(ColumnType::Day)))
    }

    fn sum(&mut self) -> Result<Located<Expr>, ParseError> {
        self.depth += 1;
        if self.depth > MOST_NESTED {
            return self.fail(&format!("Formulas are nested at most {MOST_NESTED} deep."));
        }
        let (mut left, mut at) = self.product()?;
        loop {
            let operator = if self.takes(Symbol::Plus) {
                Operator::Add
            } else if self.takes(Symbol::Minus) {
                Operator::Subtract
            } else {
                break;
            };
            let (right, right_at) = self.product()?;
            at.end = right_at.end;
            // Days apart from each other are whole days; they are written as a difference.
            let expr = if operator == Operator::Subtract && self.is_day(&left) && self.is_day(&right) {
                Expr::DaysBetween(Box::new(right), Box::new(left))
            } else {
                Expr::Arithmetic(operator, Box::new(left), Box::new(right))
            };
            (left, at) = self.typed(expr, at)?;
        }
        self.depth -= 1;
        Ok((left, at))
    }

    fn product(&mut self) -> Result<Located<Expr>, ParseError> {
        let (mut left, mut at) = self.atom()?;
        loop {
            let is_product = self.takes(Symbol::Times);
            if !is_product && !self.takes(Symbol::Divide) {
                return Ok((left, at));
            }
            let (right, right_at) = self.atom()?;
            at.end = right_at.end;
            let (one, other) = (Box::new(left), Box::new(right));
            let expr =
                if is_product { Expr::Arithmetic(Operator::Multiply, one, other) } else { Expr::Ratio(one, other) };
            (left, at) = self.typed(expr, at)?;
        }
    }

    fn atom(&mut self) -> Result<Located<Expr>, ParseError> {
        let at = self.here();
        let Some(token) = self.peek().cloned() else {
            return self.fail("A name, a number or a function is expected here.");
        };
        self.next += 1;
        match token {
            Token::Number(text) => self.number(&text, at, 1.0),
            Token::Text(text) => Ok((Expr::Text(text), at)),
            Token::Symbol(Symbol::Open) => {
                let (expr, _) = self.sum()?;
                self.expect(Symbol::Close, "A closing parenthesis")?;
                Ok((expr, at.start..self.last_end()))
            }
            Token::Symbol(Symbol::Minus) => match self.peek().cloned() {
                Some(Token::Number(text)) => {
                    self.next += 1;
                    self.number(&text, at.start..self.last_end(), -1.0)
                }
                _ => self.fail("A number is expected after a leading minus; write 0 - … for anything else."),
            },
            Token::Name(name) if self.peek() == Some(&Token::Symbol(Symbol::Open)) => self.call(&name, at),
            Token::Name(name) => self.name(&name, at),
            Token::Symbol(_) => {
                self.next -= 1;
                self.fail("A name, a number or a function is expected here.")
            }
        }
    }

    fn number(&self, text: &str, at: Range<usize>, sign: f64) -> Result<Located<Expr>, ParseError> {
        if let Ok(whole) = text.parse::<i64>() {
            return Ok((Expr::Integer(if sign < 0.0 { -whole } else { whole }), at));
        }
        match text.parse::<f64>() {
            Ok(value) if value.is_finite() => Ok((Expr::Float(sign * value), at)),
            _ => Err(ParseError { at, sentence: format!("“{text}” is no number; write one such as 30 or 0.5.") }),
        }
    }

    fn name(&self, name: &str, at: Range<usize>) -> Result<Located<Expr>, ParseError> {
        match name {
            "AS_OF" => return Ok((Expr::AsOf, at)),
            "NULL" => return Ok((Expr::Null, at)),
            _ => {}
        }
        let definition = self.view.definition();
        let columns = definition.entity.serving.columns.iter().map(|column| column.name.as_str());
        let views = self.view.upstream().iter().chain([self.view]);
        let features = views.flat_map(|view| view.features().iter().map(|f| f.name.as_str()));
        let cut_points = self.fits(is_cut_point);
        if let Some(edge) = cut_points.iter().find(|known| **known == name) {
            return Ok((Expr::FittedEdge(edge), at));
        }
        if features.clone().any(|known| known == name) {
            return Ok((Expr::Feature(name.to_owned()), at));
        }
        if columns.clone().any(|known| known == name) {
            return Ok((Expr::Column(name.to_owned()), at));
        }
        let near = nearest(name, features.chain(columns).chain(cut_points));
        Err(ParseError { at, sentence: format!("There is no feature and no column named {name}; near it are {near}.") })
    }

    fn call(&mut self, name: &str, at: Range<usize>) -> Result<Located<Expr>, ParseError> {
        self.expect(Symbol::Open, "An opening parenthesis")?;
        let expr = match name.to_ascii_uppercase().as_str() {
            "COUNT" => self.aggregate(|_| AggregateFunction::Count, Argument::Table)?,
            "SUM" => self.aggregate(AggregateFunction::Sum, Argument::Column)?,
            "MIN" => self.aggregate(AggregateFunction::First, Argument::Column)?,
            "MAX" => self.aggregate(AggregateFunction::Last, Argument::Column)?,
            "COUNT_DISTINCT" => self.aggregate(AggregateFunction::CountDistinct, Argument::Column)?,
            "GAP_STDDEV" => self.aggregate(|_| AggregateFunction::GapStandardDeviation, Argument::Table)?,
            "COALESCE" => {
                let (value, _) = self.sum()?;
                self.expect(Symbol::Comma, "A comma and what stands in for a null")?;
                let (fallback, _) = self.sum()?;
                Expr::Coalesce(Box::new(value), Box::new(fallback))
            }
            "IF" => self.case()?,
            "SCORE" => self.score()?,
            "GROUP_MEAN" => {
                let (group, _) = self.sum()?;
                let means = self.fitted(is_means)?;
                Expr::GroupMean { group: Box::new(group), means }
            }
            _ => {
                let sentence = format!("There is no function {name}; there are {}.", FUNCTIONS.join(", "));
                return Err(ParseError { at, sentence });
            }
        };
        self.expect(Symbol::Close, "A closing parenthesis")?;
        self.typed(expr, at.start..self.last_end())
    }

    /// `SCORE(value, edges)` and `SCORE(value, edges, descending)`.
    fn score(&mut self) -> Result<Expr, ParseError> {
        let (value, _) = self.sum()?;
        let edges = self.fitted(|rule| matches!(rule, FitRule::Edges { .. }))?;
        let order = if !self.takes(Symbol::Comma) {
            Order::Ascending
        } else if self.takes_word("descending") {
            Order::Descending
        } else {
            return self.fail("descending is expected here.");
        };
        Ok(Expr::Score { value: Box::new(value), edges, order })
    }

    /// Names of the view's fitted values of a kind.
    fn fits(&self, fits: fn(&FitRule) -> bool) -> Vec<&'static str> {
        self.view.definition().fits.iter().filter(|fit| fits(&fit.rule)).map(|fit| fit.name).collect()
    }

    /// A comma and the name of a fitted value.
    fn fitted(&mut self, fits: fn(&FitRule) -> bool) -> Result<&'static str, ParseError> {
        self.expect(Symbol::Comma, "A comma and a fitted value")?;
        let known = self.fits(fits);
        if let Some(Token::Name(name)) = self.peek()
            && let Some(fitted) = known.iter().find(|fitted| *fitted == name)
        {
            self.next += 1;
            return Ok(fitted);
        }
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        self.fail(&format!("A value fitted for this view is expected here; there are {known}."))
    }

    /// `IF(condition, value, condition, value, …, otherwise)`.
    fn case(&mut self) -> Result<Expr, ParseError> {
        let mut arms = Vec::new();
        loop {
            let begun = self.sum()?;
            // The last value stands alone.
            if !arms.is_empty() && self.peek() == Some(&Token::Symbol(Symbol::Close)) {
                return Ok(Expr::Case(arms, Box::new(begun.0)));
            }
            let condition = self.condition(begun)?;
            self.expect(Symbol::Comma, "A comma and the value where the condition holds")?;
            let (value, _) = self.sum()?;
            self.expect(Symbol::Comma, "A comma and the value where it does not hold")?;
            arms.push((condition, value));
        }
    }

    /// The condition that begins with an expression.
    fn condition(&mut self, begun: Located<Expr>) -> Result<Condition, ParseError> {
        let mut all = vec![self.comparison(begun)?];
        while self.takes_word("and") {
            let begun = self.sum()?;
            all.push(self.comparison(begun)?);
        }
        Ok(if all.len() == 1 { all.swap_remove(0) } else { Condition::All(all) })
    }

    fn comparison(&mut self, (left, at): Located<Expr>) -> Result<Condition, ParseError> {
        if self.takes_word("is") {
            return if self.takes_word("null") {
                Ok(Condition::IsNull(left))
            } else {
                self.fail("null is expected here.")
            };
        }
        let comparison = match self.peek() {
            Some(Token::Symbol(Symbol::Less)) => Comparison::Less,
            Some(Token::Symbol(Symbol::LessOrEqual)) => Comparison::LessOrEqual,
            Some(Token::Symbol(Symbol::Greater)) => Comparison::Greater,
            Some(Token::Symbol(Symbol::GreaterOrEqual)) => Comparison::GreaterOrEqual,
            Some(Token::Symbol(Symbol::Equal)) => Comparison::Equal,
            _ => return self.fail("A comparison is expected here: < <= > >= = or is null."),
        };
        self.next += 1;
        let condition = match (comparison, self.peek().cloned()) {
            (Comparison::Equal, Some(Token::Text(level))) => {
                self.next += 1;
                Condition::Is(left, level)
            }
            _ => Condition::Compare(left, comparison, self.sum()?.0),
        };
        // A condition has no type of its own: it is checked where it decides between two numbers.
        let probe = Expr::Case(vec![(condition.clone(), Expr::Integer(1))], Box::new(Expr::Integer(0)));
        self.typed(probe, at.start..self.last_end())?;
        Ok(condition)
    }

    fn aggregate(
        &mut self,
        function: impl Fn(String) -> AggregateFunction,
        argument: Argument,
    ) -> Result<Expr, ParseError> {
        let events = self.events()?;
        let column = match argument {
            Argument::Table => String::new(),
            Argument::Column => {
                self.expect(Symbol::Dot, &format!("A point and a column of {}", events.schema.name))?;
                self.column(&events)?
            }
        };
        let (mut filter, mut window_days) = (None, None);
        while self.takes(Symbol::Comma) {
            if self.takes_word("last") {
                window_days = Some(self.days()?);
            } else {
                let column = self.column(&events)?;
                self.expect(Symbol::Equal, "= and a level in quotes")?;
                let Some(Token::Text(level)) = self.peek().cloned() else {
                    return self.fail("A level in quotes is expected here, such as 'cart_add'.");
                };
                self.next += 1;
                filter = Some(LevelFilter { column, level });
            }
        }
        let source = events.schema.name.clone();
        Ok(Expr::Aggregate(Aggregate { source, function: function(column), filter, window_days }))
    }

    fn days(&mut self) -> Result<i32, ParseError> {
        let n_days = match self.peek() {
            Some(Token::Number(text)) => text.parse().ok(),
            _ => None,
        };
        let Some(n_days) = n_days else { return self.fail("A whole number of days is expected here.") };
        self.next += 1;
        if self.takes_word("days") || self.takes_word("day") { Ok(n_days) } else { self.fail("days is expected here.") }
    }

    fn events(&mut self) -> Result<EventTable, ParseError> {
        let tables = &self.view.definition().events;
        let names = || tables.iter().map(|events| events.schema.name.as_str()).collect::<Vec<_>>().join(" or ");
        if let Some(Token::Name(name)) = self.peek()
            && let Some(events) = tables.iter().find(|events| events.schema.name == *name)
        {
            let events = events.clone();
            self.next += 1;
            return Ok(events);
        }
        self.fail(&format!("A table of events is expected here: {}.", names()))
    }

    fn column(&mut self, events: &EventTable) -> Result<String, ParseError> {
        let columns = || events.schema.columns.iter().map(|column| column.name.as_str());
        match self.peek().cloned() {
            Some(Token::Name(name)) if columns().any(|known| known == name) => {
                self.next += 1;
                Ok(name)
            }
            _ => {
                let known = columns().collect::<Vec<_>>().join(", ");
                self.fail(&format!("A column of {} is expected here: {known}.", events.schema.name))
            }
        }
    }
}

/// One edge, which can stand where a number stands.
fn is_cut_point(rule: &FitRule) -> bool {
    matches!(rule, FitRule::Edges { probabilities: [_], .. })
}

fn is_means(rule: &FitRule) -> bool {
    matches!(rule, FitRule::Means { .. })
}

/// What an aggregate names.
#[derive(Clone, Copy)]
enum Argument {
    Table,
    Column,
}

#[cfg(test)]
mod tests;
