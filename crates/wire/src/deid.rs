//! Lines of the report of `relu deid FILES --out DIR`: what became of each document.
//!
//! The report stays with whoever answers for the data: it alone says which output came from which
//! file. It holds places and labels, never words. A document left out because its person objects is
//! a line that says nothing else.

use std::collections::BTreeMap;

use relu_record::{Finding, FunctionRef, Refusal};
use serde::{Deserialize, Serialize};

/// What became of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeidStatus {
    /// It came back without the words that say who.
    Written,
    /// Something may be left, or it is not known whether its person objects.
    Blocked,
    /// Its person objects.
    LeftOut,
    /// It could not be read, or its format cannot be masked.
    Refused,
}

/// Why a document was not written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeidReason {
    /// Stable code: `residue`, `unknown-person`, `opposition`, or that of a refusal.
    pub code: String,
    /// What happened and what to do, in French.
    pub message: String,
}

impl From<&Refusal> for DeidReason {
    fn from(r: &Refusal) -> DeidReason {
        DeidReason { code: r.code.as_str().to_owned(), message: r.message.clone() }
    }
}

/// A place of the result where something may be left. Offsets count code points of the text that
/// `relu read` gives of the result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeidResidue {
    /// Document inside.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part: Option<String>,
    /// Page, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub page: Option<u32>,
    /// Where it begins.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start: Option<usize>,
    /// One past where it ends.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub end: Option<usize>,
    /// What it looks like.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub label: Option<String>,
    /// Code of what found it.
    pub why: String,
    /// Whether it blocks.
    pub sure: bool,
}

/// A policy by its name and version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeidPolicy {
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeidLine {
    /// The file, as the person named it; absent for one left out.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub source: Option<String>,
    /// Path of the document inside.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub part: Option<String>,
    /// Hash of the document as it came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256: Option<String>,
    /// Hash of the file written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub sha256_out: Option<String>,
    /// Name of the file written, beside the report.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub output: Option<String>,
    /// What became of it.
    pub status: DeidStatus,
    /// Why it was not written.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<DeidReason>,
    /// Passages hidden, by label, in the file and all it holds.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub counts: BTreeMap<String, usize>,
    /// Where something is left, or may be.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub residue: Vec<DeidResidue>,
    /// What was noticed.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub findings: Vec<Finding>,
    /// By which policy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub policy: Option<DeidPolicy>,
    /// By which functions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub functions: Vec<FunctionRef>,
    /// Digest of everything the result depends on beside the file: the same digest and the same file
    /// need not be done again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub made_with: Option<String>,
    /// Digest of the list of persons who object that it was compared with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub opposition: Option<String>,
    /// Said once for the whole report: nobody has re-read it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unreviewed: Option<bool>,
}

impl DeidLine {
    /// A line of that status that says nothing else yet.
    pub fn of(status: DeidStatus) -> DeidLine {
        DeidLine {
            source: None,
            part: None,
            sha256: None,
            sha256_out: None,
            output: None,
            status,
            reason: None,
            counts: BTreeMap::new(),
            residue: Vec::new(),
            findings: Vec::new(),
            policy: None,
            functions: Vec::new(),
            made_with: None,
            opposition: None,
            unreviewed: None,
        }
    }
}
