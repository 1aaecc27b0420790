//! The second reading of a result: the file read again as if it had just come in, pictures recognised
//! again, and each text looked through by the stricter detector, which is told where the marks and
//! stand-ins stand and what was hidden anywhere in the file.

use std::collections::BTreeSet;

use relu_pipeline::deidentify::{
    Action, Hidden, Label, Residue as Found, Why, Workspace, second_reading,
};
use relu_record::{Format, Reading, Span};
use relu_wire::CodePoints;

use super::finish::{Intended, has_date_fields};
use super::{Engine, Prepared, Residue, align};
use crate::reader::ReadDocument;

/// The file as it came, and what its documents should read like once masked.
pub(super) struct Before<'b> {
    pub(super) prepared: &'b Prepared,
    pub(super) intended: Vec<Intended>,
}

/// The result, read again.
pub(super) struct After<'a> {
    documents: &'a [ReadDocument],
}

impl<'a> After<'a> {
    pub(super) fn of(documents: &'a [ReadDocument]) -> After<'a> {
        After { documents }
    }

    /// What each document says.
    pub(super) fn readings(&self) -> Vec<(Option<String>, Reading)> {
        let read = self.documents.iter();
        read.filter_map(|d| Some((d.part.clone(), d.outcome.as_ref().ok()?.reading.clone())))
            .collect()
    }
}

impl Engine {
    /// What may be left in the result.
    pub(super) fn second(&self, before: &Before<'_>, again: &[ReadDocument]) -> Vec<Residue> {
        let mut hidden = Hidden::default();
        for i in &before.intended {
            if let Some(text) = before.text(i) {
                hidden.add(text, &i.hidden);
            }
        }
        let mut workspace = Workspace::default();
        let mut out = Vec::new();
        for (at, document) in again.iter().enumerate() {
            let intended = before.counterpart(again, at);
            match &document.outcome {
                Ok(o) => {
                    let found =
                        self.read_again(&o.reading, intended, before, &hidden, &mut workspace);
                    out.extend(found.into_iter().map(|r| place(&r, document, &o.reading)));
                    // A label's code says of whom it is, whatever the text says.
                    let telling = o.reading.codes.iter().filter(|c| !c.is_separator());
                    out.extend(telling.map(|c| Residue {
                        part: document.part.clone(),
                        page: Some(c.page),
                        ..Residue::of_file("code", true)
                    }));
                    // What looks like one and cannot be read is for a person to look at.
                    out.extend(o.reading.unread_codes.iter().map(|c| Residue {
                        part: document.part.clone(),
                        page: Some(c.page),
                        ..Residue::of_file("unread-code", false)
                    }));
                }
                // A scan of which every word was blacked has nothing left to read.
                Err(r) if r.code == relu_record::RefusalCode::NoText => {}
                // What stands in the place of a document that was taken out is none.
                Err(_) if intended.is_none() && document.part.is_some() => {}
                Err(_) => out.push(Residue {
                    part: document.part.clone(),
                    ..Residue::of_file("unreadable", true)
                }),
            }
        }
        out
    }

    fn read_again(
        &self,
        reading: &Reading,
        intended: Option<&Intended>,
        before: &Before<'_>,
        hidden: &Hidden,
        workspace: &mut Workspace,
    ) -> Vec<Found> {
        let text: &str = &reading.text;
        let mut exempt = Vec::new();
        if let Some(i) = intended {
            exempt = align::places(&i.text, &i.exempt, text);
            // A stand-in may stand elsewhere as well: lines in another order, a field shown twice. Each
            // value is looked for once, however often it was written.
            let own =
                i.values().chain(before.repeated(i, reading.format).flat_map(Intended::values));
            let values: BTreeSet<&str> = own.collect();
            exempt.extend(values.into_iter().flat_map(|value| whole(text, value)));
            exempt.sort_by_key(|s| s.start);
        }
        let known = &before.prepared.known;
        let mut found = second_reading(&self.deidentifier, text, &exempt, known, hidden, workspace);
        let fields = has_date_fields(reading.format);
        for r in &mut found {
            // What stood in the file as it came was judged there with all that was around it: from
            // its context alone, among marks, it is shown to a person but does not block.
            // So is a piece of a word, which a mark or a stand-in cut off.
            let piece = r
                .span
                .of(text)
                .is_none_or(|w| w.chars().filter(|c| c.is_alphanumeric()).count() < 3);
            let judged = piece || judged_before(text, r.span, intended, before);
            r.sure &= r.why != Why::Context || !judged;
        }
        found.retain(|r| {
            let kept = self.settings.policy.action(r.label) == Action::Keep;
            let written = || r.span.of(text).is_some_and(|w| self.is_written_date(w, r.label));
            !(kept || fields && written())
        });
        found
    }

    /// Whether a date is one that the masker writes in a field that must hold a date: its year alone
    /// is true.
    fn is_written_date(&self, written: &str, label: Label) -> bool {
        let date = matches!(label, Label::Date | Label::DateNaissance);
        let years = !matches!(self.settings.policy.action(Label::Date), Action::Shift);
        let digits: String = written.chars().filter(char::is_ascii_digit).collect();
        let first_day = ["0101", "0107", "0701"].iter().any(|d| {
            digits.starts_with(d) || digits.get(4..).is_some_and(|rest| rest.starts_with(d))
        });
        date && years && digits.len() >= 8 && first_day
    }
}

impl Before<'_> {
    fn text(&self, i: &Intended) -> Option<&str> {
        let content = self.prepared.documents.get(i.document)?.content.as_ref().ok()?;
        Some(&content.reading.text)
    }

    /// The documents inside whose text one repeats: a file of several HPRIM messages shows them all, and
    /// each has the stand-ins of its own patient.
    fn repeated<'i>(&'i self, of: &Intended, format: Format) -> impl Iterator<Item = &'i Intended> {
        let holder = (format == Format::Hprim).then_some(of.document);
        let parent = |i: &Intended| self.prepared.documents.get(i.document).and_then(|d| d.parent);
        self.intended.iter().filter(move |i| holder.is_some() && parent(i) == holder)
    }

    /// The document that one of the result was made from: by its path, else by its rank among those
    /// that were kept, since masking may change the name of a file inside.
    fn counterpart(&self, again: &[ReadDocument], at: usize) -> Option<&Intended> {
        let part = |i: &Intended| self.prepared.documents.get(i.document).map(|d| &d.part);
        let wanted = &again.get(at)?.part;
        let by_path = self.intended.iter().find(|i| part(i) == Some(wanted));
        by_path.or_else(|| self.intended.get(at).filter(|_| self.intended.len() == again.len()))
    }
}

/// Whether the words of a span stand in the file as it came, where nobody hid them.
fn judged_before(text: &str, span: Span, intended: Option<&Intended>, before: &Before<'_>) -> bool {
    let (Some(i), Some(words)) = (intended, span.of(text)) else { return false };
    let Some(original) = before.text(i) else { return false };
    alone(original, words).any(|place| !i.hidden.iter().any(|hidden| hidden.span.overlaps(place)))
}

/// Where a value that tells something stands by itself in a text.
fn whole(text: &str, value: &str) -> Vec<Span> {
    let letters = value.chars().filter(|c| c.is_alphanumeric()).count();
    if letters < 3 { Vec::new() } else { alone(text, value).collect() }
}

fn alone<'t>(text: &'t str, value: &'t str) -> impl Iterator<Item = Span> + 't {
    let open = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let places = text.match_indices(value).filter(move |(at, v)| {
        open(text.get(..*at).and_then(|t| t.chars().next_back()))
            && open(text.get(at + v.len()..).and_then(|t| t.chars().next()))
    });
    places.map(|(at, v)| Span::new(at, at + v.len()))
}

fn place(found: &Found, document: &ReadDocument, reading: &Reading) -> Residue {
    Residue {
        part: document.part.clone(),
        page: page(reading, found.span),
        span: Some(found.span),
        points: Some(CodePoints::new(&reading.text).span(found.span)),
        label: Some(found.label),
        why: found.why.name().to_owned(),
        sure: found.sure,
    }
}

/// The page of a span, for formats with pages.
fn page(reading: &Reading, span: Span) -> Option<u32> {
    let at = reading.words.partition_point(|w| w.span.end <= span.start);
    reading.words.get(at).filter(|w| w.span.overlaps(span)).map(|w| w.page)
}
