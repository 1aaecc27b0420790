//! What `annotate` must stand: any text at all, with spans anywhere in it. One check of what the
//! engine says and of the line it becomes; the replay test of this crate and the target `annotate` of
//! `fuzz/` share it.
//!
//! The text is the bytes given, made valid; the spans asked for are told by its first bytes.

#[allow(dead_code)]
#[path = "../../src/annotate/reader.rs"]
mod reader;

pub(crate) use reader::NoteReader;
use relu_record::Span;
use relu_text::Engine;
use relu_wire::{AnnotateRequest, Id, Marks, NoteParts, Output, SpanToQualify, write_note};
use serde_json::Value;

// Bytes that tell of one span, and most spans.
const TOLD_BY: usize = 5;
const MOST_SPANS: usize = 12;

/// Annotates `bytes` twice and checks what comes back; panics when it breaks an invariant.
pub fn stand(engine: &Engine, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let request = request(&text, bytes);
    let mut used = NoteReader::new(engine);
    let first = answer(&mut used, &request);
    // Room already used says the same.
    assert!(first == answer(&mut used, &request), "two readings of one text differ");
    let line: Value = serde_json::from_slice(&first).expect("the line is JSON");
    let offsets = Offsets::of(&text);
    let note = used.read(&request).expect("the spans lie in the text");
    in_order(&text, note.sentences().iter().copied());
    in_order(&text, note.sections().map(|s| s.span));
    offsets.same(&line["sentences"], note.sentences().iter().copied());
    offsets.same(&line["sections"], note.sections().map(|s| s.span));
    offsets.same(&line["entities"], note.entities().map(|e| e.span));
    offsets.same(&line["spans"], note.spans().map(|s| s.span));
    for (e, printed) in note.entities().zip(each(&line["entities"])) {
        assert!(!e.span.is_empty() && e.span.is_valid_in(&text), "an entity lies outside the text");
        assert!(!e.label.is_empty() && !e.rule.is_empty(), "an entity says not what it is");
        offsets.same(&printed["cues"], e.cues.iter().copied());
    }
    for (s, printed) in note.spans().zip(each(&line["spans"])) {
        offsets.same(&printed["cues"], s.cues.iter().copied());
    }
}

// The request that the bytes make.
fn request<'t>(text: &'t str, bytes: &[u8]) -> AnnotateRequest<'t> {
    let length = text.chars().count();
    let span = |told: &[u8]| {
        let number = |i: usize| usize::from(told[i]) << 8 | usize::from(told[i + 1]);
        let start = number(0) % (length + 1);
        let end = start + number(2) % (length + 1 - start);
        SpanToQualify { start, end, within: told[4].is_multiple_of(2) }
    };
    let spans = bytes.chunks_exact(TOLD_BY).take(MOST_SPANS).map(span).collect();
    let dated = bytes.len().is_multiple_of(2);
    AnnotateRequest {
        id: Id::Unsigned(1),
        text: text.into(),
        spans: Some(spans),
        note_date: dated.then(|| "2019-04-01".parse().expect("a date")),
        birth_date: dated.then(|| "1950-01-02".parse().expect("a date")),
    }
}

/// The line of the note.
pub(crate) fn answer(reader: &mut NoteReader<'_>, request: &AnnotateRequest<'_>) -> Vec<u8> {
    let note = reader.read(request).expect("the spans lie in the text");
    let mut line = Vec::new();
    let mut full = |bytes: &mut Vec<u8>| line.append(bytes);
    let mut out = Output::new(Vec::new(), &mut full);
    let parts = NoteParts {
        id: &request.id,
        text: &request.text,
        sentences: note.sentences(),
        sections: note.sections(),
        entities: note.entities(),
        spans: Some(note.spans()),
    };
    write_note(&mut out, &mut Marks::default(), true, parts);
    out.finish();
    line
}

fn in_order(text: &str, spans: impl Iterator<Item = Span>) {
    let mut last = 0;
    for span in spans {
        assert!(span.is_valid_in(text) && !span.is_empty() && span.start >= last, "{span:?}");
        last = span.end;
    }
}

fn each(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

// The byte at which each code point of a text begins, and the end.
struct Offsets(Vec<usize>);

impl Offsets {
    fn of(text: &str) -> Offsets {
        Offsets(text.char_indices().map(|(at, _)| at).chain([text.len()]).collect())
    }

    // Whether the code points printed are those of the bytes found, one by one.
    fn same(&self, printed: &Value, found: impl Iterator<Item = Span>) {
        let number = |v: &Value| v.as_u64().expect("an offset") as usize;
        let back = |v: &Value| self.0.get(number(v)).copied().expect("an offset in the text");
        let printed = each(printed).map(|p| match p {
            Value::Array(pair) => Span::new(back(&pair[0]), back(&pair[1])),
            p => Span::new(back(&p["start"]), back(&p["end"])),
        });
        assert!(printed.eq(found), "offsets do not come back");
    }
}
