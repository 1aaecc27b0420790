//! What kind of file the bytes are, decided on the bytes alone; and whether the name says otherwise.
//!
//! Magic numbers first, then the shapes of text formats in order of certainty. The answer is a
//! hint for the dispatch: a decoder may still refuse, or find a level N1 where N3 was thought.

use relu_record::Format;

use crate::Input;
use crate::charset;

/// How far text formats are searched for their marks.
const HEAD: usize = 64 << 10;

/// The format of the bytes.
pub fn sniff(input: &Input<'_>) -> Format {
    let bytes = input.bytes;
    if let Some(format) = by_magic(bytes) {
        return format;
    }
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let text = charset::decode(head).text;
    let text = text.trim_start_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{b}' | '\u{2}')
    });
    by_text(text, bytes).unwrap_or(Format::Unknown)
}

fn by_magic(bytes: &[u8]) -> Option<Format> {
    const TABLE: &[(&[u8], Format)] = &[
        (b"%PDF-", Format::Pdf),
        (b"\x89PNG\r\n\x1a\n", Format::Image),
        (b"\xff\xd8\xff", Format::Image),
        (b"II*\0", Format::Image),
        (b"MM\0*", Format::Image),
    ];
    if let Some((_, format)) = TABLE.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(*format);
    }
    if bytes.get(128..132) == Some(b"DICM") {
        return Some(Format::Dicom);
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Some(if contains(bytes, b"word/document.xml") {
            Format::Docx
        } else {
            Format::Xdm
        });
    }
    None
}

fn by_text(text: &str, bytes: &[u8]) -> Option<Format> {
    if is_hl7v2(text) {
        return Some(Format::Hl7v2);
    }
    if is_hprim_sante(text) {
        return Some(Format::Hprim);
    }
    if text.starts_with('<') && !is_html(text) {
        return Some(xml_format(bytes));
    }
    if text.starts_with('{') && !text.starts_with("{\\rtf") {
        return Some(if is_fhir(text) { Format::Fhir } else { Format::Text });
    }
    if text.starts_with("{\\rtf") {
        return Some(Format::Text);
    }
    if is_mail(text) {
        return Some(Format::Mail);
    }
    if is_hprim_medecin(bytes) {
        return Some(Format::Hprim);
    }
    // A PDF may be preceded by up to a kilobyte of something else (ISO 32000-1, annex H 3.4.1).
    if contains(bytes.get(..1024).unwrap_or(bytes), b"%PDF-") {
        return Some(Format::Pdf);
    }
    is_plain_text(text).then_some(Format::Text)
}

/// An `MSH`, or the file or batch header before it, with its field delimiter.
pub(crate) fn is_hl7v2(text: &str) -> bool {
    ["MSH", "FHS", "BHS"].iter().any(|name| {
        text.strip_prefix(name)
            .and_then(|rest| rest.chars().next())
            .is_some_and(|d| d.is_ascii_punctuation())
    })
}

/// `H`, then five different delimiters of which the first comes back after them.
pub(crate) fn is_hprim_sante(text: &str) -> bool {
    let mut chars = text.chars();
    if chars.next() != Some('H') {
        return false;
    }
    let delimiters: Vec<char> = chars.by_ref().take(5).collect();
    let distinct = delimiters.iter().enumerate().all(|(i, c)| {
        c.is_ascii_punctuation() && !delimiters.iter().take(i).any(|earlier| earlier == c)
    });
    delimiters.len() == 5 && distinct && chars.next() == delimiters.first().copied()
        // `|^\&~` and `|^~\&` of other dialects have four delimiters before the field comes back.
        || is_hprim_sante_short(text)
}

fn is_hprim_sante_short(text: &str) -> bool {
    let delimiters: Vec<char> = text.chars().skip(1).take(6).collect();
    text.starts_with('H')
        && delimiters.len() == 6
        && delimiters.iter().take(4).all(char::is_ascii_punctuation)
        && delimiters.iter().skip(4).any(|c| Some(c) == delimiters.first())
        && text.lines().nth(1).is_some_and(|l| l.starts_with(['P', 'C', 'A']))
}

/// `****FIN****` at the start of a line, with at least a header before it.
pub(crate) fn is_hprim_medecin(bytes: &[u8]) -> bool {
    let Some(at) = ["****FIN****", "****FINFICHIER****", "****LAB****"]
        .iter()
        .filter_map(|tag| find(bytes, tag.as_bytes()))
        .min()
    else {
        return false;
    };
    let before = bytes.get(..at).unwrap_or_default();
    let lines = before.iter().filter(|b| **b == b'\n').count();
    let lines = lines.max(before.iter().filter(|b| **b == b'\r').count());
    lines >= 12
}

fn xml_format(bytes: &[u8]) -> Format {
    let wide = bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || bytes.get(1) == Some(&0);
    let narrow: Vec<u8>;
    let bytes = if wide {
        narrow = bytes.iter().copied().filter(|b| *b != 0).collect();
        &narrow
    } else {
        bytes
    };
    if !contains(bytes, b"ClinicalDocument") {
        return Format::Text;
    }
    if contains(bytes, b"nonXMLBody>") || contains(bytes, b"nonXMLBody ") {
        Format::CdaN1
    } else {
        Format::CdaN3
    }
}

/// A JSON object with a `resourceType` near its start; FHIR does not order its keys.
fn is_fhir(text: &str) -> bool {
    text.contains("\"resourceType\"")
}

/// Whether the text is an HTML page or fragment.
pub(crate) fn is_html(text: &str) -> bool {
    let start: String = text.chars().take(1000).collect::<String>().to_ascii_lowercase();
    start.starts_with("<!doctype html")
        || ["<html", "<head", "<body", "<meta", "<div", "<p>", "<p ", "<table"]
            .iter()
            .any(|tag| start.starts_with(tag))
}

/// Header lines of RFC 5322, at least two of the usual ones.
fn is_mail(text: &str) -> bool {
    const USUAL: &[&str] = &[
        "from",
        "to",
        "subject",
        "date",
        "received",
        "return-path",
        "message-id",
        "mime-version",
        "content-type",
        "delivered-to",
        "x-mss-nil",
        "reply-to",
        "cc",
        "in-reply-to",
        "references",
        "content-transfer-encoding",
        "dkim-signature",
        "x-mozilla-status",
        "authentication-results",
        "arc-seal",
        "sender",
        "x-received",
    ];
    // An mbox separator line may come first.
    let text = match text.strip_prefix("From ") {
        Some(rest) => rest.split_once('\n').map_or("", |(_, rest)| rest),
        None => text,
    };
    let mut usual = 0;
    for (i, line) in text.lines().take(60).enumerate() {
        if line.trim().is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && i > 0 {
            continue;
        }
        let Some((name, _)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return false;
        }
        usual += usize::from(USUAL.contains(&name.to_ascii_lowercase().as_str()));
    }
    usual >= 2
}

/// Hardly any control character.
fn is_plain_text(text: &str) -> bool {
    let sample = text.chars().take(8_000);
    let (mut total, mut odd) = (0usize, 0usize);
    for c in sample {
        total += 1;
        odd += usize::from(
            c == '\u{fffd}'
                || (c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}' | '\u{1b}')),
        );
    }
    total > 0 && odd * 50 <= total && text.chars().take(8_000).any(char::is_alphanumeric)
}

pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    find(haystack, needle).is_some()
}

pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let first = *needle.first()?;
    let mut from = 0;
    while let Some(rest) = haystack.get(from..) {
        let at = from + rest.iter().position(|b| *b == first)?;
        if haystack.get(at..)?.starts_with(needle) {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// Whether the extension of the name speaks of another format. Unknown extensions say nothing.
pub(crate) fn extension_disagrees(name: &str, format: Format, media_type: &str) -> bool {
    use Format::*;
    let Some((stem, extension)) = name.rsplit_once('.') else { return false };
    if stem.is_empty() {
        return false;
    }
    let expected: &[Format] = match extension.to_ascii_lowercase().as_str() {
        "pdf" => &[Pdf],
        "xml" | "cda" => &[CdaN1, CdaN3, Text],
        "hl7" | "er7" | "hl7v2" => &[Hl7v2],
        "hpr" | "hps" | "hprim" | "hpm" => &[Hprim],
        "json" => &[Fhir, Text],
        "docx" | "docm" => &[Docx],
        // Word files were often RTF under this name.
        "doc" => return !media_type.ends_with("rtf"),
        "rtf" => return !media_type.ends_with("rtf"),
        // The carrier formats are text, and usually travel as such.
        "txt" | "text" => &[Text, Hprim, Hl7v2],
        "htm" | "html" => &[Text],
        "eml" => &[Mail],
        "zip" | "xdm" => &[Xdm],
        "png" | "jpg" | "jpeg" | "tif" | "tiff" => &[Image],
        "dcm" | "dicom" => &[Dicom],
        "xls" | "xlsx" | "ods" | "odt" | "ppt" | "pptx" | "msg" | "exe" | "csv" => {
            return !(extension.eq_ignore_ascii_case("csv") && format == Text);
        }
        _ => return false,
    };
    !expected.contains(&format)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(bytes: &[u8]) -> Format {
        sniff(&Input { bytes, name: None, media_type: None })
    }

    #[test]
    fn kinds_by_their_bytes() {
        let hprim = "0001\r\n".repeat(12) + "texte\r\n****FIN****\r\n";
        let sent = "From: a@b.fr\r\nTo: c@d.fr\r\nSubject: x\r\n\r\nBonjour";
        for (bytes, format) in [
            (&b"%PDF-1.4\n"[..], Format::Pdf),
            (b"bruit\n%PDF-1.4\n", Format::Pdf),
            (b"\x0bMSH|^~\\&|A\r", Format::Hl7v2),
            (b"BHS|^~\\&|A\rMSH|^~\\&|A\r", Format::Hl7v2),
            (b"H|~^\\&|T.HPR||A\r\nP|1\r\n", Format::Hprim),
            (b"H|^~\\&|||A\r\nP|1\r\n", Format::Hprim),
            (hprim.as_bytes(), Format::Hprim),
            (b"\xef\xbb\xbf<?xml version=\"1.0\"?><ClinicalDocument>", Format::CdaN3),
            (b"<ClinicalDocument><nonXMLBody>", Format::CdaN1),
            (b"<a/>", Format::Text),
            (b"{\"id\": 1, \"resourceType\": \"Patient\"}", Format::Fhir),
            (b"{\\rtf1 x}", Format::Text),
            (sent.as_bytes(), Format::Mail),
            (b"Motif : toux\nConclusion : rhume\n", Format::Text),
            (b"PK\x03\x04...word/document.xml", Format::Docx),
            (b"PK\x03\x04...", Format::Xdm),
            (b"\0\x01\x02\x03\x04\x05", Format::Unknown),
        ] {
            assert_eq!(of(bytes), format, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn extensions_that_disagree() {
        for (name, format, media, wrong) in [
            ("a.pdf", Format::Pdf, "application/pdf", false),
            ("a.PDF", Format::Text, "text/plain", true),
            ("a.HPR", Format::Pdf, "application/pdf", true),
            ("a.txt", Format::Hprim, "text/plain", false),
            ("a.doc", Format::Text, "application/rtf", false),
            ("a", Format::Pdf, "application/pdf", false),
            ("20240101.1234", Format::Text, "text/plain", false),
            (".pdf", Format::Text, "text/plain", false),
        ] {
            assert_eq!(extension_disagrees(name, format, media), wrong, "{name}");
        }
    }
}
