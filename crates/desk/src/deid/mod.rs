//! De-identifying a document: bytes in, bytes of the same format out, without the words that say
//! who. No store: the command line and the review screen are its clients.
//!
//! Flow: [`Deid::prepare`] reads the file and all it holds in a child process, and finds who it
//! speaks of and which words say so; a person, or [`Prepared::proposed`], decides; [`Deid::finish`]
//! masks the bytes in a child process, has the result read again, pictures recognised again, and
//! looks for what is left with a stricter reading that is told where the stand-ins stand.
//!
//! Shapes, for a caller:
//!
//! ```text
//! Deid::new(Arc<DocumentReader>, Settings) -> Result<Deid, DeskError>
//! Deid::prepare(&self, name, media_type, bytes: Arc<Vec<u8>>) -> Prepared
//! Prepared { documents: Vec<PreparedDocument>, standing: Standing }
//!     PreparedDocument { parent, part, sha256, bytes, content: Result<Content, Refusal> }
//!     Content { reading: Reading, candidates: Vec<Candidate>, doubts: Vec<Candidate>, … }
//!     Candidate { span, label, certainty, source }          spans in bytes of reading.text
//! Prepared::proposed(&self) -> Decisions                   every candidate goes
//! Decisions { documents: Vec<Marks> }                      one for each document, in order
//!     Marks { hidden: Vec<(Span, Label)>, released: Vec<Span> }
//! Deid::finish(&self, &Prepared, &Decisions) -> Result<Finished, Refusal>
//! Finished { bytes, sha256, labels, counts, residue: Vec<Residue>, findings, documents }
//!     Residue { part, page, span, label, why, sure }       never the words
//! Finished::is_blocked(&self) -> bool                      do not hand the bytes out
//! ```
//!
//! Both take time (a scan is recognised twice) and may run side by side; nothing is kept between
//! calls. Errors: a [`Refusal`] of the document, never of the caller.

mod align;
mod export;
mod finish;
mod folder;
mod former;
mod person;
mod prepare;
pub mod proof;
mod second;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use relu_formats::mask::Counts;
use relu_pipeline::deidentify::opposition::{OppositionList, Standing};
use relu_pipeline::deidentify::{Deidentifier, Identifier, Key, Known, Label, Policy, Rewriter};
use relu_record::{
    Finding, FunctionRef, PartialDate, PatientIdentity, Reading, Refusal, Sha256Hex, Span,
};

use crate::error::{DeskError, ErrorKind};
use crate::reader::DocumentReader;

pub(crate) use export::lines_of;
pub use export::{Export, ExportReport, ExportSettings};
pub(crate) use folder::name_of;

/// What becomes of identities, and whose documents are left out.
pub struct Settings {
    /// What becomes of each kind of identifier.
    pub policy: Policy,
    /// From which stand-ins and shifts of dates are drawn; a policy that draws none does without.
    pub key: Option<Key>,
    /// Who the documents are about, when the caller knows better than they say.
    pub patient: Option<serde_json::Value>,
    /// Persons who object; `None` when no list was given.
    pub opposed: Option<OppositionList>,
    /// The day the documents come in: a later date is a mistake of theirs.
    pub received: PartialDate,
}

/// De-identifies, by one policy.
pub struct Deid {
    reader: Arc<DocumentReader>,
    engine: Arc<Engine>,
}

/// What does not change from document to document.
struct Engine {
    deidentifier: Arc<Deidentifier>,
    settings: Settings,
}

/// A file and all it holds, read, with what says who in each.
pub struct Prepared {
    /// The file itself first, then what it holds.
    pub documents: Vec<PreparedDocument>,
    /// Whether somebody it is about objects; [`Standing::Clear`] when no list was given.
    pub standing: Standing,
    /// What is known of everybody the file names in its headers.
    known: Known,
}

/// One document of the file.
pub struct PreparedDocument {
    /// The document that holds it, by its place in the list.
    pub parent: Option<usize>,
    /// Path from the file; absent for the file itself.
    pub part: Option<String>,
    /// Hash of its bytes.
    pub sha256: Sha256Hex,
    /// Its bytes.
    pub bytes: Arc<Vec<u8>>,
    /// What was read, or why nothing could be.
    pub content: Result<Content, Refusal>,
}

/// A document that was read.
pub struct Content {
    /// What was read; parts taken out.
    pub reading: Reading,
    /// What says who, in order, without overlap: proposed to go.
    pub candidates: Vec<Candidate>,
    /// What nearly does: proposed to stay, to be looked at.
    pub doubts: Vec<Candidate>,
    /// Who it is about.
    pub patient: Option<PatientIdentity>,
    /// What is known of that person, for stand-ins.
    about: Known,
    /// Whether it holds other documents.
    parted: bool,
}

/// A part of a text that says who: where, what, how sure, from which source.
pub type Candidate = Identifier;

/// What was decided, document by document.
#[derive(Clone, Default)]
pub struct Decisions {
    /// In the order of [`Prepared::documents`].
    pub documents: Vec<Marks>,
}

/// What was decided on one document.
#[derive(Clone, Default)]
pub struct Marks {
    /// What goes, and as what.
    pub hidden: Vec<(Span, Label)>,
    /// What a person looked at and let stand.
    pub released: Vec<Span>,
}

/// A masked file.
pub struct Finished {
    /// The file, in the format it came in.
    pub bytes: Vec<u8>,
    /// Their hash.
    pub sha256: Sha256Hex,
    /// How much was done to the bytes.
    pub counts: Counts,
    /// Passages hidden in the texts, by label.
    pub labels: BTreeMap<&'static str, usize>,
    /// What is left, or may be.
    pub residue: Vec<Residue>,
    /// What was noticed on the way.
    pub findings: Vec<Finding>,
    /// What the result says, document by document, for a person to look at before it leaves.
    pub readings: Vec<(Option<String>, Reading)>,
    /// Parts that are in the result, by their path in the original.
    pub kept: BTreeSet<String>,
}

/// A place of the result where something that says who is left, or may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Residue {
    /// Path of the document inside; absent for the file itself.
    pub part: Option<String>,
    /// Page, from 0, when there are pages.
    pub page: Option<u32>,
    /// Where, in bytes of the text of the result; absent when it is somewhere in the file.
    pub span: Option<Span>,
    /// The same in code points, for other programs.
    pub points: Option<[usize; 2]>,
    /// What it looks like.
    pub label: Option<Label>,
    /// Stable code of the rule that found it.
    pub why: String,
    /// Whether it blocks.
    pub sure: bool,
}

impl Finished {
    /// Whether the bytes must not be handed out.
    pub fn is_blocked(&self) -> bool {
        self.residue.iter().any(|r| r.sure)
    }
}

impl Prepared {
    /// The decision that nobody took: every candidate goes, every doubt stays.
    pub fn proposed(&self) -> Decisions {
        let marks = |d: &PreparedDocument| match &d.content {
            Ok(c) => Marks {
                hidden: c.candidates.iter().map(|c| (c.span, c.label)).collect(),
                released: Vec::new(),
            },
            Err(_) => Marks::default(),
        };
        Decisions { documents: self.documents.iter().map(marks).collect() }
    }

    /// The document itself.
    pub fn root(&self) -> Option<&PreparedDocument> {
        self.documents.first()
    }
}

/// The shipped detector, read once: every document of an export may come with settings of its own.
fn shipped() -> Result<Arc<Deidentifier>, String> {
    static SHIPPED: OnceLock<Result<Arc<Deidentifier>, String>> = OnceLock::new();
    SHIPPED.get_or_init(|| Deidentifier::shipped().map(Arc::new)).clone()
}

impl Deid {
    /// De-identifies by those settings; refused when the policy draws from a key and none is given.
    pub fn new(reader: Arc<DocumentReader>, settings: Settings) -> Result<Deid, DeskError> {
        let wrong = |cause: String| DeskError::new(ErrorKind::Config, "dé-identification", cause);
        let deidentifier = shipped().map_err(wrong)?;
        // Checked once here; made again for each document, which costs nothing.
        Rewriter::new(&settings.policy, settings.key.as_ref()).map_err(|e| wrong(e.to_string()))?;
        Ok(Deid { reader, engine: Arc::new(Engine { deidentifier, settings }) })
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.engine.settings.policy
    }

    /// The functions that take part, with their versions.
    pub fn functions() -> Vec<FunctionRef> {
        let of = |s: relu_record::Sheet| FunctionRef { id: s.id, version: s.version };
        let mut functions: Vec<FunctionRef> = crate::shipped_functions()
            .into_iter()
            .filter(|s| matches!(s.id.as_str(), "identify" | "deidentify"))
            .map(of)
            .collect();
        if !functions.iter().any(|f| f.id == "deidentify") {
            let version = env!("CARGO_PKG_VERSION").to_owned();
            functions.push(FunctionRef { id: "deidentify".to_owned(), version });
        }
        functions.sort();
        functions
    }

    /// How many persons object, when a list was given.
    pub fn opposed(&self) -> Option<usize> {
        self.engine.settings.opposed.as_ref().map(OppositionList::len)
    }

    fn has_key(&self) -> bool {
        self.engine.settings.key.is_some()
    }

    fn patient(&self) -> Option<&serde_json::Value> {
        self.engine.settings.patient.as_ref()
    }

    pub(crate) fn reader(&self) -> &Arc<DocumentReader> {
        &self.reader
    }
}
