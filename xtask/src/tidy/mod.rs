//! `tidy`: what the compiler does not check about this repository. One file per check, all of one
//! shape: the tree in, problems out. Checks read files; none changes any.

mod docs;
mod documents;
mod hygiene;
mod lexicons;
mod licences;
mod manifests;
mod pure;
mod rows;
mod rules;
mod sizes;
mod words;

use std::fmt;

use crate::house::House;
use crate::repo::Tree;

/// Something that is not as the house wants it.
#[derive(Debug)]
pub struct Problem {
    /// File, relative to the root.
    pub file: String,
    /// Line, from 1, when one line is meant.
    pub line: Option<usize>,
    /// What is wrong and what to do, in a sentence.
    pub why: String,
    /// Whether it is only reported.
    pub warning: bool,
}

impl Problem {
    /// A problem of a whole file.
    pub fn new(file: &str, why: impl Into<String>) -> Problem {
        Problem { file: file.to_owned(), line: None, why: why.into(), warning: false }
    }

    /// A problem of one line, counted from 1.
    pub fn at(file: &str, line: usize, why: impl Into<String>) -> Problem {
        Problem { line: Some(line), ..Problem::new(file, why) }
    }

    /// The same, only reported.
    pub fn warning(self) -> Problem {
        Problem { warning: true, ..self }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}{}", if self.warning { "warning: " } else { "" }, self.why)
    }
}

/// A check: its name, and the function that does it.
type Check = (&'static str, fn(&House, &Tree) -> Vec<Problem>);

/// Every check, in the order they are run.
const CHECKS: &[Check] = &[
    ("rows", rows::check),
    ("pure crates", pure::check),
    ("manifests", manifests::check),
    ("licences", licences::check),
    ("module docs", docs::check),
    ("documents", documents::check),
    ("rules", rules::check),
    ("lexicons", lexicons::check),
    ("words", words::check),
    ("hygiene", hygiene::check),
    ("sizes", sizes::check),
];

/// Runs every check on `tree`; problems come in the order of the checks.
pub fn run(house: &House, tree: &Tree) -> Vec<Problem> {
    CHECKS
        .iter()
        .flat_map(|(name, check)| {
            let mut problems = check(house, tree);
            for p in &mut problems {
                p.why += &format!(" [{name}]");
            }
            problems
        })
        .collect()
}
