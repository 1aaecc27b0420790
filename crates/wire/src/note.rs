//! Lines of `relu annotate`, written straight into a byte buffer.
//!
//! Shapes: the contract's document line and error line. A note is handed in as borrowed parts
//! ([`NoteParts`]) with byte spans; offsets leave as code points. Nothing is allocated for an entity:
//! a line of a hundred megabytes leaves in pieces through [`Output`].

use relu_record::{Attributes, Number, Span};

use crate::json;
use crate::offsets::{Cursor, Marks};
use crate::request::{Id, LineError};

/// Where lines go: a buffer that is emptied whenever it holds enough.
pub struct Output<'f> {
    bytes: Vec<u8>,
    // Takes what the buffer holds and leaves it empty.
    full: &'f mut dyn FnMut(&mut Vec<u8>),
}

// Large enough that a write costs little beside what it writes.
const ENOUGH: usize = 1 << 18;

impl<'f> Output<'f> {
    /// An output over `bytes`, whose content `full` takes.
    pub fn new(bytes: Vec<u8>, full: &'f mut dyn FnMut(&mut Vec<u8>)) -> Output<'f> {
        Output { bytes, full }
    }

    /// Hands on what is left and gives the buffer back.
    pub fn finish(mut self) -> Vec<u8> {
        if !self.bytes.is_empty() {
            (self.full)(&mut self.bytes);
        }
        self.bytes
    }

    fn relieve(&mut self) {
        if self.bytes.len() >= ENOUGH {
            (self.full)(&mut self.bytes);
        }
    }
}

/// A section, as the line shows it.
#[derive(Clone, Copy, Debug)]
pub struct SectionParts<'a> {
    /// Title and body.
    pub span: Span,
    /// Kind.
    pub kind: &'a str,
    /// The title's words.
    pub title: Option<Span>,
    /// Kind of the enclosing title.
    pub parent: Option<&'a str>,
}

/// A code.
#[derive(Clone, Copy, Debug)]
pub struct CodeParts<'a> {
    /// Terminology.
    pub system: &'a str,
    /// The code.
    pub code: &'a str,
    /// Its label.
    pub display: Option<&'a str>,
}

/// A value.
#[derive(Clone, Copy, Debug)]
pub enum ValueParts<'a> {
    /// A measure.
    Measure {
        /// The number or range.
        number: Number,
        /// Unit.
        unit: Option<&'a str>,
        /// `<`, `<=`, `>`, `>=`, `~`.
        operator: Option<&'a str>,
        /// The same in the canonical unit.
        canonical: Option<(f64, &'a str)>,
        /// Reference range as printed.
        reference_range: Option<&'a str>,
        /// Abnormal flag as printed.
        flag: Option<&'a str>,
    },
    /// A dose, each part as printed.
    Dosage {
        /// Strength or dose.
        dose: Option<&'a str>,
        /// Frequency.
        frequency: Option<&'a str>,
        /// Route.
        route: Option<&'a str>,
        /// Duration.
        duration: Option<&'a str>,
    },
    /// Any other value, as printed.
    Text(&'a str),
}

/// An entity, as the line shows it.
#[derive(Clone, Copy, Debug)]
pub struct EntityParts<'a> {
    /// The words.
    pub span: Span,
    /// Label.
    pub label: &'a str,
    /// Finer kind.
    pub kind: Option<&'a str>,
    /// Context.
    pub attributes: Attributes,
    /// Normal form.
    pub norm: Option<&'a str>,
    /// Days from the date of the note.
    pub days: Option<i64>,
    /// Value.
    pub value: Option<ValueParts<'a>>,
    /// Code.
    pub code: Option<CodeParts<'a>>,
    /// Status.
    pub status: Option<&'a str>,
    /// Modality.
    pub modality: Option<&'a str>,
    /// Code of the rule or lexicon that made it.
    pub rule: &'a str,
    /// Words that decided the context.
    pub cues: &'a [Span],
}

/// A span of the request, with its context.
#[derive(Clone, Copy, Debug)]
pub struct QualifiedParts<'a> {
    /// The words.
    pub span: Span,
    /// Context.
    pub attributes: Attributes,
    /// Whether they are a reason of the stay or visit.
    pub is_reason: bool,
    /// Words that decided.
    pub cues: &'a [Span],
}

/// One document: everything its line holds.
pub struct NoteParts<'a, S, E, Q> {
    /// Id of the request.
    pub id: &'a Id<'a>,
    /// The text annotated.
    pub text: &'a str,
    /// Sentences.
    pub sentences: &'a [Span],
    /// Sections.
    pub sections: S,
    /// Entities.
    pub entities: E,
    /// Spans of the request; absent when it had none.
    pub spans: Option<Q>,
}

/// Writes the line of a document. `first`: it is the first of the whole output, and says for all of
/// it that nobody has re-read it.
pub fn write_note<'a>(
    out: &mut Output<'_>,
    marks: &mut Marks,
    first: bool,
    note: NoteParts<
        'a,
        impl Iterator<Item = SectionParts<'a>>,
        impl Iterator<Item = EntityParts<'a>>,
        impl Iterator<Item = QualifiedParts<'a>>,
    >,
) {
    let mut at = Cursor::new(note.text, marks);
    begin(out, note.id, first);
    list(out, b",\"sentences\":[", note.sentences.iter(), |out, s| pair(out, at.span(*s)));
    list(out, b",\"sections\":[", note.sections, |out, s| section(out, &mut at, note.text, &s));
    list(out, b",\"entities\":[", note.entities, |out, e| entity(out, &mut at, &e));
    if let Some(spans) = note.spans {
        list(out, b",\"spans\":[", spans, |out, s| qualified(out, &mut at, &s));
    }
    out.bytes.extend_from_slice(b"}\n");
    out.relieve();
}

/// Writes the line of a document that could not be used.
pub fn write_error(out: &mut Output<'_>, first: bool, error: &LineError<'_>) {
    begin(out, &error.id, first);
    let bytes = &mut out.bytes;
    bytes.extend_from_slice(b",\"error\":{\"code\":");
    json::string(bytes, error.code);
    bytes.extend_from_slice(b",\"message\":");
    json::string(bytes, &error.message);
    bytes.extend_from_slice(b"}}\n");
    out.relieve();
}

fn begin(out: &mut Output<'_>, id: &Id<'_>, first: bool) {
    out.bytes.extend_from_slice(b"{\"id\":");
    id.write(&mut out.bytes);
    if first {
        out.bytes.extend_from_slice(b",\"unreviewed\":true");
    }
}

fn list<T>(
    out: &mut Output<'_>,
    head: &[u8],
    items: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.bytes.extend_from_slice(head);
    let mut first = true;
    for item in items {
        if !std::mem::take(&mut first) {
            out.bytes.push(b',');
        }
        write(&mut out.bytes, item);
        out.relieve();
    }
    out.bytes.push(b']');
}

fn section(out: &mut Vec<u8>, at: &mut Cursor<'_>, text: &str, s: &SectionParts<'_>) {
    bounds(out, at.span(s.span));
    field(out, b",\"kind\":", s.kind);
    optional(out, b",\"title\":", s.title.and_then(|t| t.of(text)));
    if let Some(parent) = s.parent {
        field(out, b",\"path\":[", parent);
        out.push(b']');
    }
    out.push(b'}');
}

fn entity(out: &mut Vec<u8>, at: &mut Cursor<'_>, e: &EntityParts<'_>) {
    bounds(out, at.span(e.span));
    field(out, b",\"label\":", e.label);
    optional(out, b",\"kind\":", e.kind);
    attributes(out, e.attributes, None);
    optional(out, b",\"norm\":", e.norm);
    if let Some(days) = e.days {
        out.extend_from_slice(b",\"days\":");
        json::integer(out, days);
    }
    if let Some(v) = &e.value {
        value(out, v);
    }
    if let Some(c) = &e.code {
        field(out, b",\"code\":{\"system\":", c.system);
        field(out, b",\"code\":", c.code);
        optional(out, b",\"display\":", c.display);
        out.push(b'}');
    }
    optional(out, b",\"status\":", e.status);
    optional(out, b",\"modality\":", e.modality);
    field(out, b",\"rule\":", e.rule);
    if !e.cues.is_empty() {
        cues(out, at, e.cues);
    }
    out.push(b'}');
}

fn qualified(out: &mut Vec<u8>, at: &mut Cursor<'_>, q: &QualifiedParts<'_>) {
    bounds(out, at.span(q.span));
    attributes(out, q.attributes, Some(q.is_reason));
    cues(out, at, q.cues);
    out.push(b'}');
}

fn attributes(out: &mut Vec<u8>, a: Attributes, is_reason: Option<bool>) {
    // Most entities have none: one copy instead of ten.
    if a == Attributes::default() && is_reason.is_none() {
        out.extend_from_slice(
            b",\"attributes\":{\"negated\":false,\"hypothesis\":false,\"family\":false,\
              \"history\":false,\"reported_speech\":false}",
        );
        return;
    }
    flag(out, b",\"attributes\":{\"negated\":", a.negated);
    flag(out, b",\"hypothesis\":", a.hypothesis);
    flag(out, b",\"family\":", a.family);
    flag(out, b",\"history\":", a.history);
    flag(out, b",\"reported_speech\":", a.reported_speech);
    if let Some(is_reason) = is_reason {
        flag(out, b",\"is_reason\":", is_reason);
    }
    out.push(b'}');
}

fn value(out: &mut Vec<u8>, v: &ValueParts<'_>) {
    out.extend_from_slice(b",\"value\":");
    match *v {
        ValueParts::Text(text) => json::string(out, text),
        ValueParts::Dosage { dose, frequency, route, duration } => {
            let parts = [
                ("dose", dose),
                ("frequency", frequency),
                ("route", route),
                ("duration", duration),
            ];
            let mut open = b'{';
            for (key, text) in parts {
                let Some(text) = text else { continue };
                out.push(open);
                open = b',';
                json::string(out, key);
                out.push(b':');
                json::string(out, text);
            }
            out.extend_from_slice(if open == b'{' { b"{}" } else { b"}" });
        }
        ValueParts::Measure { number, unit, operator, canonical, reference_range, flag } => {
            match number {
                Number::Number(n) => {
                    out.extend_from_slice(b"{\"number\":");
                    json::number(out, n);
                }
                Number::Range([low, high]) => {
                    out.extend_from_slice(b"{\"range\":[");
                    json::number(out, low);
                    out.push(b',');
                    json::number(out, high);
                    out.push(b']');
                }
            }
            optional(out, b",\"unit\":", unit);
            optional(out, b",\"operator\":", operator);
            optional(out, b",\"reference_range\":", reference_range);
            optional(out, b",\"flag\":", flag);
            if let Some((n, unit)) = canonical {
                out.extend_from_slice(b",\"canonical\":{\"number\":");
                json::number(out, n);
                field(out, b",\"unit\":", unit);
                out.push(b'}');
            }
            out.push(b'}');
        }
    }
}

fn cues(out: &mut Vec<u8>, at: &mut Cursor<'_>, cues: &[Span]) {
    out.extend_from_slice(b",\"cues\":[");
    for (i, cue) in cues.iter().enumerate() {
        if i > 0 {
            out.push(b',');
        }
        pair(out, at.span(*cue));
    }
    out.push(b']');
}

fn bounds(out: &mut Vec<u8>, [start, end]: [usize; 2]) {
    out.extend_from_slice(b"{\"start\":");
    json::unsigned(out, start as u64);
    out.extend_from_slice(b",\"end\":");
    json::unsigned(out, end as u64);
}

fn pair(out: &mut Vec<u8>, [start, end]: [usize; 2]) {
    out.push(b'[');
    json::unsigned(out, start as u64);
    out.push(b',');
    json::unsigned(out, end as u64);
    out.push(b']');
}

fn field(out: &mut Vec<u8>, key: &[u8], text: &str) {
    out.extend_from_slice(key);
    json::string(out, text);
}

fn optional(out: &mut Vec<u8>, key: &[u8], text: Option<&str>) {
    if let Some(text) = text {
        field(out, key, text);
    }
}

fn flag(out: &mut Vec<u8>, key: &[u8], is: bool) {
    out.extend_from_slice(key);
    out.extend_from_slice(if is { b"true" } else { b"false" });
}
