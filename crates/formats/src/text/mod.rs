//! Text that is only text: plain text in any character set, RTF, HTML, XML of no known kind.
//!
//! Reading: format [`Format::Text`] with the media type of what it was; the text with line ends as
//! LF and control characters as spaces (form feed kept as a line end), nothing else changed.
//! Findings: `charset-guessed`, `control-characters`, `xml-other`, `hprim-xml`, `fhir-xml`,
//! `signed-xml`. A signed XML file gives what it signs as a part.
//! Sources: RTF 1.9.1; HTML living standard (names of elements); XMLDSig (ds:Object).

pub(crate) mod html;
pub(crate) mod rtf;
mod xml_text;

use std::ops::Range;

use relu_record::{Budget, Format, Private, Reading, Refusal, Span};

use crate::{Input, charset, notes, sniff};

/// Reads text.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    budget.output(input.bytes.len() as u64).map_err(notes::spent)?;
    if rtf::is_rtf(input.bytes) {
        return rtf::read(input.bytes, budget);
    }
    let decoded = charset::decode(input.bytes);
    let start = decoded.text.trim_start();
    if sniff::contains(start.get(..200).unwrap_or(start).as_bytes(), b"$APICRYPT")
        || start.starts_with("-----BEGIN PGP MESSAGE-----")
    {
        return Err(notes::APICRYPT.refusal());
    }
    if sniff::is_html(start) {
        return Ok(reading("text/html", &html::to_text(&decoded.text)));
    }
    if start.starts_with('<') {
        return xml_text::read(input.bytes, budget);
    }
    let media_type = if start.starts_with('{') { "application/json" } else { "text/plain" };
    let mut reading = reading(media_type, &decoded.text);
    reading.findings.extend(decoded.finding());
    Ok(reading)
}

/// A reading of that text, tidied.
fn reading(media_type: &str, text: &str) -> Reading {
    let (text, odd) = tidy(text);
    let mut reading = Reading::new(Format::Text, media_type);
    reading.text = Private(text);
    if odd {
        reading.findings.push(notes::CONTROL_CHARACTERS.finding());
    }
    reading
}

/// Line ends as LF, other control characters as spaces; says whether there were any.
pub(crate) fn tidy(text: &str) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let mut odd = false;
    let reversed = has_reversed_line_ends(text.as_bytes());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' | '\n' => {
                let second = if reversed { '\r' } else { '\n' };
                if c != second {
                    chars.next_if_eq(&second);
                }
                out.push('\n');
            }
            '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push('\t'),
            '\u{feff}' => {}
            c if c.is_control() => {
                odd = true;
                out.push(' ');
            }
            c => out.push(c),
        }
    }
    (out, odd)
}

/// Where the lines of [`tidy`] stand in the text as it is.
pub(crate) fn lines(text: &str) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let reversed = has_reversed_line_ends(text.as_bytes());
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut end = at + c.len_utf8();
        match c {
            '\r' | '\n' => {
                let second = if reversed { '\r' } else { '\n' };
                if c != second && chars.next_if(|(_, next)| *next == second).is_some() {
                    end += 1;
                }
            }
            '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {}
            _ => continue,
        }
        out.push(start..at);
        start = end;
    }
    if start < text.len() {
        out.push(start..text.len());
    }
    out
}

/// Whether lines end with LF-CR, as some mail gateways leave them.
pub(crate) fn has_reversed_line_ends(bytes: &[u8]) -> bool {
    let first = bytes.iter().position(|b| matches!(b, b'\r' | b'\n'));
    let rest = first.and_then(|at| bytes.get(at..)).unwrap_or_default();
    // The first line end tells, and no CRLF may stand before a visible character.
    rest.starts_with(b"\n\r")
        && rest.get(2).is_none_or(|b| *b != b'\n' || rest.get(3) == Some(&b'\r'))
}

/// Gives a reading the text written for its coded entries, trailing white space cut; a span that
/// then lies past the end points at nothing and is dropped.
pub(crate) fn finish(reading: &mut Reading, written: &str) {
    let text = written.trim_end().to_owned();
    for entry in &mut reading.entries {
        let cut = entry.span.map(|s| Span { end: s.end.min(text.len()), ..s });
        entry.span = cut.filter(|s| s.is_valid_in(&text));
    }
    reading.text = Private(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_become_one_kind() {
        assert_eq!(tidy("a\r\nb\rc\nd\n\r\nf").0, "a\nb\nc\nd\n\nf");
        assert_eq!(tidy("a\n\rb\n\r\n\rc\n\r").0, "a\nb\n\nc\n");
        assert_eq!(tidy("a\u{0}b"), ("a b".to_owned(), true));
    }

    proptest::proptest! {
        #[test]
        fn lines_are_those_of_the_tidy_text(text in "([a-c ]|[\r\n\u{c}\u{2028}\u{0}]){0,40}") {
            let clean = tidy(&text).0;
            let raw: Vec<String> = lines(&text).into_iter().map(|l| tidy(&text[l]).0).collect();
            proptest::prop_assert_eq!(raw, clean.lines().collect::<Vec<_>>());
        }

        #[test]
        fn any_bytes_are_text_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = read(&Input { bytes: &bytes, name: None, media_type: None }, &Budget::standard());
        }
    }
}
