//! Lines that `relu annotate` reads: `{"id", "text", "spans"?, "context"?}`.
//!
//! Strings are borrowed from the line unless they carry an escape. What cannot be used becomes a
//! [`LineError`]: a stable code and a sentence that carry no content of the line.
//!
//! Errors: `invalid-utf8`, `invalid-json`, `invalid-id`, `missing-text`, `invalid-field`,
//! `invalid-date`, `span-out-of-bounds`, `line-too-long`.

use std::borrow::Cow;
use std::fmt;

use relu_record::{PartialDate, Span};
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use crate::json;
use crate::offsets::byte_spans;

/// Id of a document: a text or a whole number, given back as it came.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Id<'a> {
    /// The line has none.
    #[default]
    Absent,
    /// A text.
    Text(Cow<'a, str>),
    /// A number without sign.
    Unsigned(u64),
    /// A negative number.
    Negative(i64),
}

impl Id<'_> {
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        match self {
            Id::Absent => out.extend_from_slice(b"null"),
            Id::Text(t) => json::string(out, t),
            Id::Unsigned(n) => json::unsigned(out, *n),
            Id::Negative(n) => json::integer(out, *n),
        }
    }
}

/// A span to qualify, in code points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct SpanToQualify {
    /// First code point.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// Whether a cue inside the span counts.
    #[serde(default)]
    pub within: bool,
}

/// A line that can be used.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AnnotateRequest<'a> {
    /// Id of the document.
    pub id: Id<'a>,
    /// Its text.
    pub text: Cow<'a, str>,
    /// Spans to qualify; absent is not the same as none.
    pub spans: Option<Vec<SpanToQualify>>,
    /// Date of the note.
    pub note_date: Option<PartialDate>,
    /// Birth date of the patient.
    pub birth_date: Option<PartialDate>,
}

/// Why a line cannot be used.
#[derive(Clone, Debug, PartialEq)]
pub struct LineError<'a> {
    /// Id of the document, as far as it could be read.
    pub id: Id<'a>,
    /// Stable code.
    pub code: &'static str,
    /// What is wrong and what to do, without a word of the line.
    pub message: Cow<'static, str>,
}

impl<'a> LineError<'a> {
    /// An error with a fixed sentence.
    pub fn new(id: Id<'a>, code: &'static str, message: &'static str) -> LineError<'a> {
        LineError { id, code, message: Cow::Borrowed(message) }
    }

    /// A line longer than what is read.
    pub fn too_long(limit: usize) -> LineError<'static> {
        let message =
            format!("ligne de plus de {} Mio : donnez un document par ligne", limit >> 20);
        LineError { id: Id::Absent, code: "line-too-long", message: message.into() }
    }
}

impl<'a> AnnotateRequest<'a> {
    /// Reads one line.
    pub fn parse(line: &'a [u8]) -> Result<AnnotateRequest<'a>, LineError<'a>> {
        if !line.trim_ascii_start().starts_with(b"{") {
            let message = "JSON invalide : un objet par ligne";
            return Err(LineError::new(Id::Absent, "invalid-json", message));
        }
        let read: Line<'a> = match serde_json::from_slice(line) {
            Ok(read) => read,
            Err(e) => return Err(refusal(line, &e)),
        };
        AnnotateRequest::checked(
            read.id.0,
            read.text.map(|t| t.0),
            read.spans,
            read.context.as_ref().and_then(|c| c.note_date.as_ref()).map(|d| d.0.as_ref()),
            read.context.as_ref().and_then(|c| c.birth_date.as_ref()).map(|d| d.0.as_ref()),
        )
    }

    /// A request from its parts, wherever they come from.
    pub fn checked(
        id: Id<'a>,
        text: Option<Cow<'a, str>>,
        spans: Option<Vec<SpanToQualify>>,
        note_date: Option<&str>,
        birth_date: Option<&str>,
    ) -> Result<AnnotateRequest<'a>, LineError<'a>> {
        let (Ok(note_date), Ok(birth_date)) = (date(note_date), date(birth_date)) else {
            let message = "date du contexte illisible : écrivez AAAA-MM-JJ, AAAA-MM ou AAAA";
            return Err(LineError::new(id, "invalid-date", message));
        };
        match text {
            Some(text) => Ok(AnnotateRequest { id, text, spans, note_date, birth_date }),
            None => {
                let message = "document sans texte : donnez le champ \"text\"";
                Err(LineError::new(id, "missing-text", message))
            }
        }
    }

    /// The spans to qualify, in bytes of the text, in the order given.
    pub fn byte_spans(&self, spans: &mut Vec<Span>) -> Result<(), LineError<'a>> {
        spans.clear();
        let Some(asked) = &self.spans else { return Ok(()) };
        byte_spans(&self.text, asked.iter().map(|s| [s.start, s.end]), spans).ok_or_else(|| {
            let message =
                "empan hors du texte : start et end comptent les points de code, end exclu";
            LineError::new(self.id.clone(), "span-out-of-bounds", message)
        })
    }
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow, default)]
    id: AnyId<'a>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(default)]
    spans: Option<Vec<SpanToQualify>>,
    #[serde(borrow, default)]
    context: Option<LineContext<'a>>,
}

#[derive(Deserialize)]
struct LineContext<'a> {
    #[serde(borrow, default)]
    note_date: Option<Text<'a>>,
    #[serde(borrow, default)]
    birth_date: Option<Text<'a>>,
}

// The day of an ISO 8601 date; a time of day may follow.
fn date(text: Option<&str>) -> Result<Option<PartialDate>, ()> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
    let day = text.split(['T', ' ']).next().unwrap_or(text);
    day.parse().map(Some).map_err(|_| ())
}

// Says what is wrong with a line; the message of the parser may quote it and is left.
fn refusal<'a>(line: &'a [u8], e: &serde_json::Error) -> LineError<'a> {
    if std::str::from_utf8(line).is_err() {
        let message = "ligne qui n'est pas en UTF-8 : convertissez le fichier";
        return LineError::new(id_of(line), "invalid-utf8", message);
    }
    if e.is_data() {
        #[derive(Deserialize)]
        struct Only<'a> {
            #[serde(borrow, default)]
            id: AnyId<'a>,
        }
        let Ok(only) = serde_json::from_slice::<Only<'_>>(line) else {
            let message =
                "identifiant illisible : \"id\" est un texte ou un nombre entier, une fois";
            return LineError::new(Id::Absent, "invalid-id", message);
        };
        let message = format!("champ d'un type inattendu, colonne {}", e.column());
        return LineError { id: only.id.0, code: "invalid-field", message: message.into() };
    }
    let message = format!("JSON invalide, colonne {} : un objet par ligne", e.column());
    LineError { id: id_of(line), code: "invalid-json", message: message.into() }
}

// The id of a line that is broken further on, when it comes first as it does in most files.
fn id_of(line: &[u8]) -> Id<'_> {
    let read = || {
        let rest = line.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
        let rest = rest.strip_prefix(b"\"id\"")?.trim_ascii_start();
        let rest = rest.strip_prefix(b":")?;
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<AnyId<'_>>();
        values.next()?.ok().map(|id| id.0)
    };
    read().unwrap_or_default()
}

// A string, borrowed where it can be.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }
            fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(v)))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(v.to_owned())))
            }
        }
        d.deserialize_str(Reader)
    }
}

#[derive(Default)]
struct AnyId<'a>(Id<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for AnyId<'a> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = AnyId<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }
            fn visit_borrowed_str<E: Error>(self, v: &'de str) -> Result<Self::Value, E> {
                Ok(AnyId(Id::Text(Cow::Borrowed(v))))
            }
            fn visit_str<E: Error>(self, v: &str) -> Result<Self::Value, E> {
                Ok(AnyId(Id::Text(Cow::Owned(v.to_owned()))))
            }
            fn visit_u64<E: Error>(self, v: u64) -> Result<Self::Value, E> {
                Ok(AnyId(Id::Unsigned(v)))
            }
            fn visit_i64<E: Error>(self, v: i64) -> Result<Self::Value, E> {
                Ok(AnyId(Id::Negative(v)))
            }
            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(AnyId(Id::Absent))
            }
        }
        d.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(line: &[u8]) -> (&'static str, Id<'_>) {
        let e = AnnotateRequest::parse(line).unwrap_err();
        assert!(!e.message.contains("Dupont"), "{}", e.message);
        (e.code, e.id)
    }

    #[test]
    fn a_whole_line() {
        let line = r#"{"id":"a\n1","text":"É\u00e9","spans":[{"start":0,"end":1,"within":true}],
            "context":{"note_date":"2020-03-01T10:00:00","birth_date":null,"x":1},"other":[{}]}"#;
        let r = AnnotateRequest::parse(line.as_bytes()).unwrap();
        assert_eq!(r.id, Id::Text("a\n1".into()));
        assert_eq!(r.text, "Éé");
        assert_eq!(r.note_date, PartialDate::ymd(2020, 3, 1));
        let mut spans = Vec::new();
        r.byte_spans(&mut spans).unwrap();
        assert_eq!(spans, [Span::new(0, 2)]);
        let r = AnnotateRequest::parse(br#"{"id":7,"text":"plain"}"#).unwrap();
        assert!(matches!(r.text, Cow::Borrowed(_)), "borrowed where nothing is escaped");
        assert_eq!((r.id, r.spans), (Id::Unsigned(7), None));
    }

    #[test]
    fn what_cannot_be_used_says_why_and_keeps_the_id() {
        let text = |t: &'static str| Id::Text(t.into());
        assert_eq!(code(br#"{"id":"a"}"#), ("missing-text", text("a")));
        assert_eq!(code(br#"{"id":-3,"text":null}"#), ("missing-text", Id::Negative(-3)));
        assert_eq!(code(br#"{"text":["Dupont"],"id":"a"}"#), ("invalid-field", text("a")));
        assert_eq!(code(br#"{"id":"a","text":"Dupont"#), ("invalid-json", text("a")));
        assert_eq!(code(br#"["Dupont","texte"]"#), ("invalid-json", Id::Absent));
        assert_eq!(code(br#"{"id":{"Dupont":1},"text":"x"}"#), ("invalid-id", Id::Absent));
        assert_eq!(code(br#"{"id":1.5,"text":"x"}"#), ("invalid-id", Id::Absent));
        assert_eq!(code(b"{\"id\":\"a\",\"text\":\"Dupont\xE9\"}"), ("invalid-utf8", text("a")));
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        let line = format!(r#"{{"id":1,"text":"x","spans":{deep}}}"#);
        assert_eq!(code(line.as_bytes()).0, "invalid-field");
        for bad in ["Dupont", "2020-02-31", "01/02/2020"] {
            let line = format!(r#"{{"id":1,"text":"x","context":{{"note_date":"{bad}"}}}}"#);
            assert_eq!(code(line.as_bytes()), ("invalid-date", Id::Unsigned(1)));
        }
        let r = AnnotateRequest::parse(br#"{"id":1,"text":"x","spans":[{"start":0,"end":2}]}"#);
        assert_eq!(r.unwrap().byte_spans(&mut Vec::new()).unwrap_err().code, "span-out-of-bounds");
    }
}
