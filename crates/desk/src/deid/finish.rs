//! From decisions to the bytes of the result, and to what may be left in them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use relu_pipeline::deidentify::{Action, Identifier, Label, Person, Rewriter, Source, rewrite};
use relu_record::{Format, Private, Refusal, RefusalCode, Sha256Hex, Span};

use super::second::{After, Before};
use super::{
    Content, Decisions, Deid, Engine, Finished, Marks, Prepared, PreparedDocument, Residue,
};
use crate::worker::PlanFrame;

/// What one document should read like once masked.
pub(super) struct Intended {
    /// Its place in the list.
    pub(super) document: usize,
    pub(super) text: String,
    /// Marks and stand-ins, and what was released, in `text`.
    pub(super) exempt: Vec<Span>,
    /// What was hidden.
    pub(super) hidden: Vec<Identifier>,
    /// Stand-ins of the structured header, which the reader may show too.
    pub(super) header: Vec<String>,
}

impl Intended {
    /// Marks and stand-ins that were written, in the text and in the header.
    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        let written = self.exempt.iter().filter_map(|s| s.of(&self.text));
        written.chain(self.header.iter().map(String::as_str))
    }
}

impl Deid {
    /// Masks a file as decided, reads the result again, and says what may be left.
    pub async fn finish(
        &self,
        prepared: &Prepared,
        decisions: &Decisions,
    ) -> Result<Finished, Refusal> {
        if let Some(refusal) = prepared.refusal() {
            return Err(refusal);
        }
        let root = prepared.root().ok_or_else(unforeseen)?;
        let (plan, intended, labels) = self.engine.plan(prepared, decisions)?;
        let (bytes, masked) = self.reader.mask(&root.bytes, plan).await?;
        let bytes = Arc::new(bytes);
        let again = self.reader.read_tree(None, None, bytes.clone(), None, None).await;
        let mut residue: Vec<Residue> =
            masked.residue.iter().map(|f| Residue::of_file(&f.code, true)).collect();
        let kept = kept(prepared, &intended);
        residue.extend(self.engine.second(&Before { prepared, intended }, &again));
        Ok(Finished {
            sha256: Sha256Hex::of(&bytes),
            bytes: Arc::unwrap_or_clone(bytes),
            counts: masked.counts,
            labels,
            residue,
            findings: masked.findings,
            readings: After::of(&again).readings(),
            kept,
        })
    }
}

/// Paths of the documents inside that stay in the result.
fn kept(prepared: &Prepared, intended: &[Intended]) -> BTreeSet<String> {
    let part = |i: &Intended| prepared.documents.get(i.document).and_then(|d| d.part.clone());
    intended.iter().filter_map(part).collect()
}

fn unforeseen() -> Refusal {
    Refusal::new(
        RefusalCode::ReaderCrashed,
        "Le masquage s'est arrêté sur une erreur interne. Réessayez après une mise à jour.",
    )
}

type Planned = (PlanFrame, Vec<Intended>, BTreeMap<&'static str, usize>);

impl Engine {
    fn plan(&self, prepared: &Prepared, decisions: &Decisions) -> Result<Planned, Refusal> {
        let rewriter = Rewriter::new(&self.settings.policy, self.settings.key.as_ref())
            .map_err(|_| unforeseen())?;
        let mut out = Build {
            engine: self,
            rewriter,
            prepared,
            decisions,
            intended: Vec::new(),
            labels: BTreeMap::new(),
        };
        let frame = out.document(0).ok_or_else(unforeseen)?;
        Ok((frame, out.intended, out.labels))
    }
}

impl Engine {
    /// Words of the identity that the caller knows: they are nowhere in the result, in what the
    /// reading does not show either.
    fn given_words(&self) -> Vec<Private> {
        fn walk(key: &str, value: &serde_json::Value, out: &mut Vec<Private>) {
            match value {
                serde_json::Value::String(text) => {
                    let telling = text.chars().filter(|c| c.is_alphanumeric()).count() >= 3;
                    // Dates stand in fields that must hold one, and move with the others.
                    if telling && !key.contains("date") && !matches!(key, "oid" | "system" | "sex")
                    {
                        out.push(Private::from(text.as_str()));
                    }
                }
                serde_json::Value::Array(values) => values.iter().for_each(|v| walk(key, v, out)),
                serde_json::Value::Object(fields) => {
                    fields.iter().for_each(|(k, v)| walk(k, v, out))
                }
                _ => {}
            }
        }
        let mut out = Vec::new();
        if let Some(given) = &self.settings.patient {
            walk("", given, &mut out);
        }
        out
    }
}

/// A plan being built, with the plans of the documents inside.
struct Build<'b> {
    engine: &'b Engine,
    rewriter: Rewriter<'b>,
    prepared: &'b Prepared,
    decisions: &'b Decisions,
    intended: Vec<Intended>,
    labels: BTreeMap<&'static str, usize>,
}

impl Build<'_> {
    /// The plan of the document at that place; none for one that could not be read.
    fn document(&mut self, at: usize) -> Option<PlanFrame> {
        let document = self.prepared.documents.get(at)?;
        let content = document.content.as_ref().ok()?;
        let marks = self.decisions.documents.get(at).cloned().unwrap_or_default();
        let mut frame = self.own(at, document, content, &marks);
        for (inside, child) in self.prepared.documents.iter().enumerate() {
            if child.parent == Some(at)
                && let Some(path) = local_path(document, child)
                && let Some(plan) = self.document(inside)
            {
                frame.parts.insert(path, plan);
            }
        }
        Some(frame)
    }

    fn own(
        &mut self,
        at: usize,
        document: &PreparedDocument,
        content: &Content,
        marks: &Marks,
    ) -> PlanFrame {
        let text: &str = &content.reading.text;
        let hidden = identifiers(text, marks);
        let person = self.person(document, content, &hidden);
        let replacements = self.rewriter.replacements(text, &hidden, &person);
        for r in &replacements {
            *self.labels.entry(r.label.name()).or_default() += 1;
        }
        let rewritten = rewrite(text, &replacements);
        let mut exempt = rewritten.spans.clone();
        let changes: Vec<(Span, usize)> =
            replacements.iter().map(|r| (r.span, r.with.len())).collect();
        exempt.extend(marks.released.iter().filter_map(|s| moved(*s, &changes)));
        exempt.sort_by_key(|s| s.start);
        let values = self.values(content, &person);
        let header = values.values().filter(|v| !v.starts_with('=')).cloned().collect();
        self.intended.push(Intended { document: at, text: rewritten.text, exempt, hidden, header });
        let mut reading = content.reading.clone();
        reading.parts.clear();
        PlanFrame {
            reading: Box::new(reading),
            parted: content.parted,
            replacements: replacements.into_iter().map(|r| (r.span, r.with)).collect(),
            words: self.engine.given_words(),
            values: Some(values),
            parts: BTreeMap::new(),
        }
    }

    /// What is written in the identity elements of a structured header, and in its dates.
    fn values(&self, content: &Content, person: &Person) -> BTreeMap<String, String> {
        let mut values = self.rewriter.header_values(&content.about, person);
        let dates = match self.engine.settings.policy.action(Label::Date) {
            Action::Keep => "=keep".to_owned(),
            Action::Shift => format!("=shift:{}", self.rewriter.shift(person)),
            // A field that must hold a date keeps its year: its form would be broken by a mark.
            _ => "=year".to_owned(),
        };
        if self.engine.settings.policy.header_action("death-date") == Action::Shift {
            values.insert("death-date".to_owned(), dates.clone());
        }
        values.entry("date".to_owned()).or_insert(dates);
        values
    }

    /// Whose stand-ins and shift of dates are taken.
    fn person(
        &self,
        document: &PreparedDocument,
        content: &Content,
        hidden: &[Identifier],
    ) -> Person {
        match &self.engine.settings.key {
            Some(key) => {
                let text: &str = &content.reading.text;
                Person::settle(&content.about, text, hidden, &document.sha256.0, key)
            }
            None => Person::nobody(),
        }
    }
}

/// What goes, in order and without overlap, inside the text.
fn identifiers(text: &str, marks: &Marks) -> Vec<Identifier> {
    let mut out: Vec<Identifier> = marks
        .hidden
        .iter()
        .filter(|(span, _)| span.is_valid_in(text) && span.start < span.end)
        .map(|(span, label)| Identifier {
            span: *span,
            label: *label,
            certainty: 1.0,
            source: Source::Known,
        })
        .collect();
    out.sort_by_key(|i| (i.span.start, std::cmp::Reverse(i.span.end)));
    let mut end = 0;
    out.retain_mut(|i| {
        // Of two that overlap, the second keeps what the first leaves.
        i.span.start = i.span.start.max(end);
        let kept = i.span.start < i.span.end;
        end = end.max(i.span.end);
        kept
    });
    out
}

/// The path of a document inside, as the one that holds it calls it.
fn local_path(holder: &PreparedDocument, inside: &PreparedDocument) -> Option<String> {
    let path = inside.part.as_deref()?;
    match &holder.part {
        Some(outer) => path.strip_prefix(outer.as_str())?.strip_prefix('/').map(str::to_owned),
        None => Some(path.to_owned()),
    }
}

/// Where a span that no replacement touches stands once they are made.
fn moved(span: Span, changes: &[(Span, usize)]) -> Option<Span> {
    if changes.iter().any(|(r, _)| r.overlaps(span)) {
        return None;
    }
    let before = changes.iter().take_while(|(r, _)| r.end <= span.start);
    let shift: isize = before.map(|(r, n)| *n as isize - (r.end - r.start) as isize).sum();
    Some(Span::new(span.start.checked_add_signed(shift)?, span.end.checked_add_signed(shift)?))
}

impl Residue {
    /// Something of the file as a whole.
    pub(super) fn of_file(why: &str, sure: bool) -> Residue {
        Residue {
            part: None,
            page: None,
            span: None,
            points: None,
            label: None,
            why: why.to_owned(),
            sure,
        }
    }
}

/// Formats whose dates stand in fields of their own as well as in the text.
pub(super) fn has_date_fields(format: Format) -> bool {
    matches!(
        format,
        Format::CdaN1 | Format::CdaN3 | Format::Hl7v2 | Format::Hprim | Format::Fhir | Format::Xdm
    )
}
