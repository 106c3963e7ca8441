//! Dynamic tables and what they read, checked as Snowflake checks them: no circle, no lag shorter than upstream's, no INCREMENTAL over what
//! cannot be refreshed in parts.

use super::Minute;
use super::rules::{Construct, Effect, Rule};

/// How old a table may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lag {
    Minutes(Minute),
    /// As its consumers need it; without a consumer it is never refreshed.
    Downstream,
}

/// The refresh mode as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Declared {
    Auto,
    Incremental,
    Full,
}

/// The refresh mode as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Incremental,
    Full,
}

/// A definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DynamicTable {
    pub name: String,
    /// Tables and dynamic tables that its query reads.
    pub reads: Vec<String>,
    pub lag: Lag,
    pub declared: Declared,
    /// What in its query a rule is about.
    pub constructs: Vec<Construct>,
}

/// A mode with what decided it.
#[derive(Clone, Debug, PartialEq)]
pub struct Resolved {
    pub mode: Mode,
    pub reason: String,
    /// The rule that ruled out the other mode.
    pub rule: Option<&'static Rule>,
}

/// Why definitions do not make a graph.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    #[error("two dynamic tables are called {name}; give one another name")]
    TwiceNamed { name: String },
    #[error("{table} reads {reads}, which does not exist; create it first")]
    Unknown { table: String, reads: String },
    #[error("{table} reads itself by way of others; take one of the reads out of the circle")]
    Circle { table: String },
    #[error("the target lag of {table} is {minutes} minutes, and must be 1 at least")]
    LagTooShort { table: String, minutes: Minute },
    #[error(
        "the target lag of {table} ({minutes} min) is shorter than that of {upstream} ({upstream_minutes} min), which it reads; give {table} at least as long a lag"
    )]
    LagShorterThanUpstream { table: String, minutes: Minute, upstream: String, upstream_minutes: Minute },
    #[error("{table} is declared INCREMENTAL and cannot be: {why}")]
    NotIncremental { table: String, why: String },
}

/// Checked definitions, upstream before downstream.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    tables: Vec<DynamicTable>,
    modes: Vec<Resolved>,
    /// Of each table its upstream dynamic tables, by position.
    upstream: Vec<Vec<usize>>,
}

impl Graph {
    /// `sources` are the tables that are no dynamic ones.
    pub fn new(definitions: Vec<DynamicTable>, sources: &[&str]) -> Result<Self, GraphError> {
        for (nth, table) in definitions.iter().enumerate() {
            if definitions[..nth].iter().any(|other| other.name == table.name) {
                return Err(GraphError::TwiceNamed { name: table.name.clone() });
            }
            let is_known = |name: &&String| {
                sources.contains(&name.as_str()) || definitions.iter().any(|other| other.name == **name)
            };
            if let Some(reads) = table.reads.iter().find(|name| !is_known(name)) {
                return Err(GraphError::Unknown { table: table.name.clone(), reads: reads.clone() });
            }
        }
        let tables = ordered(definitions)?;
        let position = |name: &String| tables.iter().position(|table| table.name == *name);
        let upstream: Vec<Vec<usize>> =
            tables.iter().map(|table| table.reads.iter().filter_map(position).collect()).collect();
        let mut graph = Self { tables, modes: Vec::new(), upstream };
        for nth in 0..graph.tables.len() {
            graph.check_lag(nth)?;
            let resolved = graph.resolve(nth)?;
            graph.modes.push(resolved);
        }
        Ok(graph)
    }

    /// The same tables, one of them in another mode.
    pub fn with_mode(&self, nth: usize, declared: Declared) -> Result<Self, GraphError> {
        let mut graph = Self { modes: Vec::new(), ..self.clone() };
        graph.tables[nth].declared = declared;
        for nth in 0..graph.tables.len() {
            let resolved = graph.resolve(nth)?;
            graph.modes.push(resolved);
        }
        Ok(graph)
    }

    pub fn tables(&self) -> &[DynamicTable] {
        &self.tables
    }

    pub fn position(&self, name: &str) -> Option<usize> {
        self.tables.iter().position(|table| table.name == name)
    }

    pub fn mode(&self, nth: usize) -> &Resolved {
        &self.modes[nth]
    }

    /// The dynamic tables that a table reads directly.
    pub fn upstream(&self, nth: usize) -> &[usize] {
        &self.upstream[nth]
    }

    /// Everything that a table reads by way of others, and itself, upstream first.
    pub fn with_upstream(&self, nth: usize) -> Vec<usize> {
        let mut wanted = vec![false; self.tables.len()];
        wanted[nth] = true;
        for at in (0..=nth).rev() {
            if wanted[at] {
                self.upstream[at].iter().for_each(|&up| wanted[up] = true);
            }
        }
        (0..self.tables.len()).filter(|&at| wanted[at]).collect()
    }

    /// Everything that reads a table by way of others, without itself.
    pub fn downstream(&self, nth: usize) -> Vec<usize> {
        let mut reached = vec![false; self.tables.len()];
        reached[nth] = true;
        for at in nth + 1..self.tables.len() {
            reached[at] = self.upstream[at].iter().any(|&up| reached[up]);
        }
        (nth + 1..self.tables.len()).filter(|&at| reached[at]).collect()
    }

    /// The target lag in minutes: of a DOWNSTREAM table the shortest of its consumers; `None` where nothing ever needs it.
    pub fn target_lag(&self, nth: usize) -> Option<Minute> {
        match self.tables[nth].lag {
            Lag::Minutes(minutes) => Some(minutes),
            Lag::Downstream => {
                let consumers = (0..self.tables.len()).filter(|&at| self.upstream[at].contains(&nth));
                consumers.filter_map(|at| self.target_lag(at)).min()
            }
        }
    }

    fn check_lag(&self, nth: usize) -> Result<(), GraphError> {
        let table = &self.tables[nth];
        let Lag::Minutes(minutes) = table.lag else { return Ok(()) };
        if minutes < 1 {
            return Err(GraphError::LagTooShort { table: table.name.clone(), minutes });
        }
        for &up in &self.upstream[nth] {
            if let Lag::Minutes(upstream_minutes) = self.tables[up].lag
                && upstream_minutes > minutes
            {
                let (table, upstream) = (table.name.clone(), self.tables[up].name.clone());
                return Err(GraphError::LagShorterThanUpstream { table, minutes, upstream, upstream_minutes });
            }
        }
        Ok(())
    }

    /// Decided once, when the table is created; what stands above it is decided already.
    fn resolve(&self, nth: usize) -> Result<Resolved, GraphError> {
        let table = &self.tables[nth];
        let ruled_out = table.constructs.iter().filter_map(|construct| construct.rule());
        let ruled_out = ruled_out.into_iter().find(|rule| rule.effect == Effect::RulesOutIncremental);
        let full_upstream = self.upstream[nth].iter().find(|&&up| self.modes[up].mode == Mode::Full);
        let why = match (ruled_out, full_upstream) {
            (Some(rule), _) => Some(rule.meaning.to_owned()),
            (None, Some(&up)) => Some(format!("{} is refreshed in full.", self.tables[up].name)),
            (None, None) => None,
        };
        let incremental = |reason: &str| Resolved { mode: Mode::Incremental, reason: reason.to_owned(), rule: None };
        Ok(match (table.declared, why) {
            (Declared::Full, _) => Resolved { mode: Mode::Full, reason: "It is declared FULL.".to_owned(), rule: None },
            (Declared::Incremental, Some(why)) => {
                return Err(GraphError::NotIncremental { table: table.name.clone(), why });
            }
            (Declared::Incremental, None) => {
                incremental("It is declared INCREMENTAL, and nothing in it speaks against.")
            }
            (Declared::Auto, Some(reason)) => Resolved { mode: Mode::Full, reason, rule: ruled_out },
            (Declared::Auto, None) => incremental("Nothing in it speaks against."),
        })
    }
}

/// Upstream before downstream, otherwise in the given order.
fn ordered(mut left: Vec<DynamicTable>) -> Result<Vec<DynamicTable>, GraphError> {
    let mut done: Vec<DynamicTable> = Vec::new();
    while !left.is_empty() {
        let is_free = |table: &DynamicTable| !left.iter().any(|other| table.reads.contains(&other.name));
        match left.iter().position(is_free) {
            Some(at) => done.push(left.remove(at)),
            None => return Err(GraphError::Circle { table: left[0].name.clone() }),
        }
    }
    Ok(done)
}
