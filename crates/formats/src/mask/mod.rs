//! Masking: the bytes of a document and a plan in, a document of the same format out, from which
//! the hidden text is gone.
//!
//! One folder or file per format, all of one shape (`mask(bytes, work, budget) -> Result<Done, Refusal>`).
//! The plan speaks of the text of a reading ([`MaskPlan::reading`]): the masker finds the glyphs,
//! runs, elements or fields that the text was read from. Two rules hold for every format:
//!
//! - what the reading shows is decided by the spans of the plan, and by nothing else;
//! - what it does not show (metadata, attributes, file names, alternative text, history) loses every
//!   word that a span hides, and [`MaskPlan::words`]; what cannot be cleaned is removed.
//!
//! The result is read again by the ordinary reader: a hidden word still there is in
//! [`Masked::residue`], and a caller must not hand such a document out.
//!
//! Findings: `mask-part-removed`, `mask-decrypted`, `mask-page-redrawn`, `mask-signature-removed`…
//! Residue: `mask-residue`, `mask-unreadable`. Refusals: as the readers, and `unknown-format`.

mod cda;
mod csv;
mod dates;
mod docx;
mod fhir;
mod hl7v2;
mod hprim;
mod leaf;
mod mail;
mod needles;
mod pdf;
mod picture;
mod plain;
mod policy;
mod xdm;
mod xmlmask;
mod xmlscan;

pub(crate) use pdf::extract as extract_pdf;
use std::collections::BTreeMap;

use relu_record::{
    BoundingBox, Budget, Finding, Format, PageCode, Private, Reading, Refusal, Span,
};
use serde::{Deserialize, Serialize};

use crate::{Input, notes};
use needles::Needles;

pub use csv::{ColumnAction, columns};

/// What to hide in one document, and how.
#[derive(Clone, Debug)]
pub struct MaskPlan {
    /// The reading that the spans point into, as `read` gave it or with its recognised pages.
    pub reading: Reading,
    /// The passages to hide. Order and overlaps do not matter.
    pub replacements: Vec<Replacement>,
    /// Words that must not be left anywhere, on top of those the spans cover.
    pub words: Vec<Private>,
    /// What becomes of the identity elements of a structured header.
    pub header: HeaderPolicy,
    /// Plans of the documents inside, by [`relu_record::Part::path`]. One without a plan is removed.
    pub parts: BTreeMap<String, MaskPlan>,
}

impl MaskPlan {
    /// A plan that hides those passages, and identity elements of the header by the shipped policy.
    pub fn new(reading: Reading, replacements: Vec<Replacement>) -> MaskPlan {
        MaskPlan {
            reading,
            replacements,
            words: Vec::new(),
            header: HeaderPolicy::default(),
            parts: BTreeMap::new(),
        }
    }
}

/// A passage of the text and what is written in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Where, in the text of the reading.
    pub span: Span,
    /// The mark (`[NOM]`) or the stand-in.
    pub with: String,
}

/// What becomes of the identity elements of a structured header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderPolicy {
    /// They stay as they are.
    Keep,
    /// Each is replaced: by the value given for what it is (see `policy.toml`), else by the mark
    /// that the shipped policy gives.
    Replace {
        /// Stand-ins by what the element is (`family-name`, `birth-date`, `ins`…). Under `date`, what
        /// becomes of the dates of fields that no rule names: `=keep`, `=year` or `=shift:-45`.
        values: BTreeMap<String, String>,
    },
}

impl Default for HeaderPolicy {
    fn default() -> HeaderPolicy {
        HeaderPolicy::Replace { values: BTreeMap::new() }
    }
}

/// A document from which the hidden text is gone, unless `residue` says otherwise.
#[derive(Clone, Default, PartialEq)]
pub struct Masked {
    /// The document, in the format it came in.
    pub bytes: Vec<u8>,
    /// How much was done.
    pub counts: Counts,
    /// What the second reading still finds. Not empty: do not hand the document out.
    pub residue: Vec<Finding>,
    /// What was noticed on the way.
    pub findings: Vec<Finding>,
}

impl std::fmt::Debug for Masked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Masked({} bytes, {:?}, {} left)",
            self.bytes.len(),
            self.counts,
            self.residue.len()
        )
    }
}

/// How much was done, for the report of an export.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Passages of the plan replaced in the text.
    pub passages: usize,
    /// Words removed from what the reading does not show.
    pub words: usize,
    /// Elements of the header replaced or removed.
    pub header: usize,
    /// Documents inside masked in their own format.
    pub parts: usize,
    /// Documents inside, scripts, signatures and other things removed whole.
    pub removed: usize,
    /// Regions blacked in pictures.
    pub regions: usize,
}

impl Counts {
    pub(crate) fn add(&mut self, other: Counts) {
        self.passages += other.passages;
        self.words += other.words;
        self.header += other.header;
        self.parts += other.parts;
        self.removed += other.removed;
        self.regions += other.regions;
    }
}

/// A plan made ready: spans in order, words ready to be looked for.
pub(crate) struct Work<'p> {
    pub plan: &'p MaskPlan,
    /// Sorted, not overlapping, all valid in the text.
    pub replacements: Vec<Replacement>,
    /// Words of the plan alone.
    pub words: Needles,
    /// Words of the plan and what the spans cover.
    pub hidden: Needles,
    pub depth: usize,
}

/// What a masker gives back before it is read again.
#[derive(Default)]
pub(crate) struct Done {
    pub bytes: Vec<u8>,
    pub counts: Counts,
    pub findings: Vec<Finding>,
    pub residue: Vec<Finding>,
}

/// Masks a document.
pub fn mask(bytes: &[u8], plan: &MaskPlan, budget: &Budget) -> Result<Masked, Refusal> {
    mask_at(bytes, plan, 0, budget)
}

fn mask_at(
    bytes: &[u8],
    plan: &MaskPlan,
    depth: usize,
    budget: &Budget,
) -> Result<Masked, Refusal> {
    if depth > budget.max_depth {
        return Err(notes::TOO_DEEP.refusal());
    }
    let work = Work::new(plan, depth);
    let done = apply(bytes, &work, budget)?;
    let mut residue = done.residue;
    residue.extend(read_again(&done.bytes, &work, budget));
    Ok(Masked { bytes: done.bytes, counts: done.counts, residue, findings: done.findings })
}

/// The table of maskers.
fn apply(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    match work.plan.reading.format {
        Format::Pdf => pdf::mask(bytes, work, budget),
        Format::CdaN1 | Format::CdaN3 => cda::mask(bytes, work, budget),
        Format::Mail => mail::mask(bytes, work, budget),
        Format::Xdm => xdm::mask(bytes, work, budget),
        Format::Image => picture::mask(bytes, work, budget),
        Format::Docx => docx::mask(bytes, work, budget),
        Format::Hl7v2 => hl7v2::mask(bytes, work, budget),
        Format::Hprim => hprim::mask(bytes, work, budget),
        Format::Fhir => fhir::mask(bytes, work, budget),
        Format::Text => plain::mask(bytes, work, budget),
        _ => Err(notes::MASK_UNKNOWN.refusal()),
    }
}

/// The second reading: the ordinary reader must find none of the hidden words where a span hid
/// them, nor any word of the plan.
fn read_again(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Vec<Finding> {
    let input = Input { bytes, name: None, media_type: None };
    let Ok(reading) = crate::read(&input, budget) else {
        // A scan stays a scan: nothing to read without recognition.
        return vec![notes::MASK_UNREADABLE.finding()];
    };
    let mut residue = Vec::new();
    let title = reading.header.title.as_ref().map_or("", |t| t.value.as_str());
    // A title that the text repeats is counted with the text: a passage left there on purpose stays.
    let aside = if reading.text.contains(title) { "" } else { title };
    if !work.words.find(&reading.text).is_empty() || !work.hidden.find(aside).is_empty() {
        residue.push(notes::MASK_RESIDUE.finding());
    }
    if telling_codes(&reading).next().is_some() && residue.is_empty() {
        residue.push(notes::MASK_RESIDUE.finding());
    }
    // A word hidden everywhere it was read may not come back.
    let before = work.left_over();
    let after = work.hidden.tally(&reading.text);
    for (n, count) in after.iter().enumerate() {
        if *count > before.get(n).copied().unwrap_or(0) && residue.is_empty() {
            residue.push(notes::MASK_RESIDUE.finding());
        }
    }
    residue
}

/// The codes printed on a document's pages that may say of whom it is.
pub(crate) fn telling_codes(reading: &Reading) -> impl Iterator<Item = &PageCode> {
    reading.codes.iter().filter(|c| !c.is_separator())
}

/// Page and place of what is hidden as a code: those that tell, and those that nobody could read.
pub(crate) fn hidden_codes(reading: &Reading) -> impl Iterator<Item = (u32, BoundingBox)> {
    let unread = reading.unread_codes.iter().map(|c| (c.page, c.bbox));
    telling_codes(reading).map(|c| (c.page, c.bbox)).chain(unread)
}

impl<'p> Work<'p> {
    fn new(plan: &'p MaskPlan, depth: usize) -> Work<'p> {
        let text: &str = &plan.reading.text;
        let mut replacements: Vec<Replacement> =
            plan.replacements.iter().filter(|r| r.span.is_valid_in(text)).cloned().collect();
        replacements.sort_by_key(|r| (r.span.start, r.span.end));
        let mut apart: Vec<Replacement> = Vec::with_capacity(replacements.len());
        for r in replacements {
            match apart.last_mut() {
                // Two overlapping passages are one, under the first mark.
                Some(last) if r.span.start < last.span.end => {
                    last.span.end = last.span.end.max(r.span.end);
                }
                _ => apart.push(r),
            }
        }
        // Words of the plan that the text shows are passages too.
        let given = plan.words.iter().map(|w| (w.as_str(), needles::MARK));
        for (range, with) in Needles::new(given).find(text) {
            let span = Span::new(range.start, range.end);
            if !apart.iter().any(|r| r.span.overlaps(span)) {
                apart.push(Replacement { span, with: with.to_owned() });
            }
        }
        apart.sort_by_key(|r| r.span.start);
        let given = plan.words.iter().map(|w| (w.as_str(), needles::MARK));
        let words = Needles::new(given.clone());
        let covered = apart.iter().filter_map(|r| Some((r.span.of(text)?, r.with.as_str())));
        let covered = covered.filter(|(text, _)| needles::is_telling(text));
        let hidden = Needles::new(given.chain(covered));
        Work { plan, replacements: apart, words, hidden, depth }
    }

    /// The same work, with the values that the header policy replaces among the hidden words.
    pub(crate) fn with_identities(&self, values: &[String]) -> Work<'p> {
        let text: &str = &self.plan.reading.text;
        let given = self.plan.words.iter().map(|w| (w.as_str(), needles::MARK));
        let covered =
            self.replacements.iter().filter_map(|r| Some((r.span.of(text)?, r.with.as_str())));
        let named = values.iter().filter(|v| v.chars().any(char::is_alphabetic) || v.len() > 6);
        let named = named.map(|v| (v.as_str(), needles::MARK));
        let all = given.chain(covered.chain(named).filter(|(t, _)| needles::is_telling(t)));
        Work {
            plan: self.plan,
            replacements: self.replacements.clone(),
            words: Needles::new(self.plan.words.iter().map(|w| (w.as_str(), needles::MARK))),
            hidden: Needles::new(all),
            depth: self.depth,
        }
    }

    /// How often each hidden word stays in the text because the plan leaves it there, or because a
    /// stand-in holds it.
    fn left_over(&self) -> Vec<usize> {
        self.hidden.tally(&self.masked_text())
    }

    /// The text as it should read once masked.
    pub(crate) fn masked_text(&self) -> String {
        let text: &str = &self.plan.reading.text;
        let mut masked = String::with_capacity(text.len());
        let mut at = 0;
        for r in &self.replacements {
            masked.push_str(text.get(at..r.span.start).unwrap_or(""));
            masked.push_str(&r.with);
            at = r.span.end;
        }
        masked.push_str(text.get(at..).unwrap_or(""));
        masked
    }
}

/// Masks a document inside by its own plan; `None` when there is none, so that it is removed.
pub(crate) fn part(
    path: &str,
    bytes: &[u8],
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Option<Vec<u8>> {
    part_with(path, bytes, Vec::new(), work, done, budget)
}

/// The same, with more passages of its text than its own plan hides.
pub(crate) fn part_with(
    path: &str,
    bytes: &[u8],
    more: Vec<Replacement>,
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Option<Vec<u8>> {
    let masked = work.plan.parts.get(path).map(|plan| {
        // What is hidden outside is hidden inside.
        let mut plan = plan.clone();
        plan.replacements.extend(more);
        plan.words.extend(work.plan.words.iter().cloned());
        mask_at(bytes, &plan, work.depth + 1, budget)
    });
    match masked {
        Some(Ok(masked)) => {
            done.counts.parts += 1;
            done.counts.add(masked.counts);
            done.findings.extend(masked.findings);
            done.residue.extend(masked.residue);
            Some(masked.bytes)
        }
        _ => {
            done.counts.removed += 1;
            crate::identity::note(&mut done.findings, notes::MASK_PART_REMOVED.finding());
            None
        }
    }
}
