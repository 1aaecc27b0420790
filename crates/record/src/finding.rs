//! What was noticed while a value was made. Strange content is data: the value and its findings
//! travel together, and only an edge turns them into an error.

use serde::{Deserialize, Serialize};

use crate::Span;

/// How much a finding matters to the person who re-reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// Look before deciding.
    Warning,
    /// Something is missing or wrong.
    Error,
}

/// One thing noticed. `code` is stable and in kebab-case; `message` is a French sentence for the
/// person in front of the screen and never carries text of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable code, such as `ocr-number`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// What to know or do, in French.
    pub message: String,
    /// Where in the text, when it is somewhere.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub span: Option<Span>,
}

impl Finding {
    /// A finding about the document as a whole.
    pub fn new(code: &str, severity: Severity, message: &str) -> Finding {
        Finding { code: code.to_owned(), severity, message: message.to_owned(), span: None }
    }

    /// The same finding, tied to a place.
    pub fn at(mut self, span: Span) -> Finding {
        self.span = Some(span);
        self
    }
}

/// A value, and what was noticed on the way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outcome<T> {
    /// What was made.
    pub value: T,
    /// What was noticed.
    pub findings: Vec<Finding>,
}

impl<T> Outcome<T> {
    /// A value about which nothing was noticed.
    pub fn clean(value: T) -> Outcome<T> {
        Outcome { value, findings: Vec::new() }
    }
}
