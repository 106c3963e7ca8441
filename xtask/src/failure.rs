//! What a failed task tells: what failed, why, and what to do. Deliberately one plain type for every task: nobody branches on
//! the kind of a failure here, somebody reads it.

use std::fmt;

#[derive(Debug)]
pub struct Failure {
    what: String,
    why: String,
    remedy: String,
}

impl Failure {
    pub fn new(what: &str, why: &str, remedy: &str) -> Self {
        Self { what: what.to_owned(), why: why.to_owned(), remedy: remedy.to_owned() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  Why: {}\n  To do: {}", self.what, self.why, self.remedy)
    }
}
