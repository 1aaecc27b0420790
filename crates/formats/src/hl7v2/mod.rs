//! HL7 version 2 in ER7: results (ORU), documents (MDM), movements (ADT), appointments (SIU),
//! acknowledgements (ACK and the French ZAM).
//!
//! Reading: the header from PID, PV1, ORC, OBR, TXA, PRT and MSH with the field each value stood
//! in; a readable French text (results line by line, texts as they stand); an entry per OBX; CDA,
//! PDF and other payloads of OBX-5 as parts, which carry the message's header.
//! What an ADT message tells of patients, typed, for the desk to apply (`patient_events`).
//! Several messages in one file: the text of all, each message a part of its own.
//! The identity is *qualifiée* only as PID-32 `VALI` together with an INS says it.
//!
//! Findings: `charset-wrong`, `part-damaged`, `hl7-deletion`, `hl7-replacement`,
//! `hl7-not-production`, `result-corrected`… Refusals: `damaged`, `work-limit`.
//! Sources: HL7 v2.5 and v2.6; IHE PAM France 2.11; CI-SIS, volet Transmission d'un document CDA
//! en HL7v2; `interop-fr` fact sheet §1 and §6.

pub(crate) mod er7;
mod event;
mod header;
mod labels;
mod observations;
pub(crate) mod people;

use relu_record::{Budget, Format, Private, Reading, Refusal};

use crate::{Input, charset, identity, notes, payload};
use er7::Segment;

const MEDIA_TYPE: &str = "x-application/hl7-v2+er7";

/// Reads one message, or a batch.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    budget.output(input.bytes.len() as u64).map_err(notes::spent)?;
    let narrow = narrowed(input.bytes);
    let messages = split(narrow.as_deref().unwrap_or(input.bytes));
    match messages.as_slice() {
        [] => Err(notes::DAMAGED_HL7.refusal()),
        [one] => read_one(one, budget),
        several => read_several(several, budget),
    }
}

/// UTF-16 brought to UTF-8, so that bytes can be cut.
fn narrowed(bytes: &[u8]) -> Option<Vec<u8>> {
    let wide = bytes.starts_with(b"\xff\xfe")
        || bytes.starts_with(b"\xfe\xff")
        || bytes.get(1) == Some(&0)
        || bytes.first() == Some(&0);
    wide.then(|| charset::decode(bytes).text.into_bytes())
}

/// The raw messages: from each `MSH` at the start of a line to the next, without MLLP framing.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    let ends = [b'\r', b'\n', 0x0b, 0x1c];
    let mut starts = Vec::new();
    let mut fresh = true;
    for (i, b) in bytes.iter().enumerate() {
        let line_start = fresh || (i == 3 && bytes.starts_with(b"\xef\xbb\xbf"));
        if line_start && is_msh(bytes.get(i..).unwrap_or_default()) {
            starts.push(i);
        }
        fresh = ends.contains(b) || (fresh && b.is_ascii_whitespace());
    }
    let mut out = Vec::new();
    for (n, start) in starts.iter().enumerate() {
        let end = starts.get(n + 1).copied().unwrap_or(bytes.len());
        let message = bytes.get(*start..end).unwrap_or_default();
        let message = message.split(|b| *b == 0x1c).next().unwrap_or_default();
        out.push(without_trailers(message));
    }
    out
}

fn is_msh(at: &[u8]) -> bool {
    at.starts_with(b"MSH") && at.get(3).is_some_and(|b| b.is_ascii_punctuation())
}

/// The message without the batch trailer segments after it.
fn without_trailers(message: &[u8]) -> &[u8] {
    let mut at = 0;
    for line in message.split_inclusive(|b| matches!(b, b'\r' | b'\n')) {
        if [&b"BTS"[..], b"FTS", b"BHS", b"FHS"].iter().any(|name| line.starts_with(name)) {
            return message.get(..at).unwrap_or(message);
        }
        at += line.len();
    }
    message
}

/// The text of a message in its character set, and whether the declared one was wrong.
fn decode(message: &[u8]) -> (String, bool) {
    let declared = declared_charset(message);
    let is_utf8 = charset::is_multibyte_utf8(message);
    let label = match declared.to_ascii_uppercase().as_str() {
        d if d.contains("UTF-8") || d == "UNICODE" => "utf-8",
        d if d.contains("8859/15") => "iso-8859-15",
        d if d.contains("8859/1") => "windows-1252",
        _ => return (charset::decode(message).text, false),
    };
    let lie = label != "utf-8" && is_utf8;
    match charset::decode_as(message, label) {
        Some(text) if !lie => (text, false),
        _ => (charset::decode(message).text, true),
    }
}

/// MSH-18, read on the bytes because it says how to read them.
fn declared_charset(message: &[u8]) -> String {
    let line = message.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or_default();
    let delimiter = line.get(3).copied().unwrap_or(b'|');
    // MSH-1 is the delimiter itself: MSH-18 is the 18th piece, from 1.
    let field = line.split(|b| *b == delimiter).nth(17).unwrap_or_default();
    String::from_utf8_lossy(field).into_owned()
}

fn read_one(message: &[u8], budget: &Budget) -> Result<Reading, Refusal> {
    let (text, wrong_charset) = decode(message);
    let segments = er7::segments(&text).ok_or_else(|| notes::DAMAGED_HL7.refusal())?;
    if segments.first().is_none_or(|s| s.field(9).is_empty()) {
        return Err(notes::DAMAGED_HL7.refusal());
    }
    budget.step(segments.len() as u64 * 10).map_err(notes::spent)?;
    let mut reading = Reading::new(Format::Hl7v2, MEDIA_TYPE);
    if wrong_charset {
        reading.findings.push(notes::CHARSET_WRONG.finding());
    }
    reading.header = header::read(&segments, &mut reading.findings);
    reading.patient_events = event::read(&segments);
    observations::read(&segments, &mut reading, budget);
    about_the_message(&segments, &mut reading);
    for part in &mut reading.parts {
        part.header = Some(Box::new(reading.header.clone()));
    }
    Ok(reading)
}

/// What the message says about itself: not for production, replacing, deleting.
fn about_the_message(segments: &[Segment], reading: &mut Reading) {
    let Some(msh) = segments.first() else { return };
    if matches!(msh.text(11, 1).as_str(), "D" | "T") {
        reading.findings.push(notes::HL7_NOT_PRODUCTION.finding());
    }
    let event = msh.text(9, 2);
    let statuses: Vec<String> =
        segments.iter().filter(|s| s.name() == "OBX").map(|s| s.text(11, 1)).collect();
    let order = segments.iter().find(|s| s.name() == "ORC").map(|s| s.text(1, 1));
    let document = !reading.parts.is_empty();
    let says = |status: &str| statuses.iter().any(|s| s == status);
    let carries = msh.text(9, 1) == "MDM";
    // T04 as the CI-SIS withdraws a document, T11 as HL7 cancels one.
    if (carries && matches!(event.as_str(), "T04" | "T11")) || (document && says("D")) {
        reading.findings.push(notes::HL7_DELETION.finding());
    } else if (carries && event == "T10")
        || order.as_deref() == Some("RO")
        || (document && says("C"))
    {
        reading.findings.push(notes::HL7_REPLACEMENT.finding());
    } else {
        for (status, note) in [
            ("C", &notes::RESULT_CORRECTED),
            ("P", &notes::RESULT_UNVALIDATED),
            ("R", &notes::RESULT_UNVALIDATED),
            ("D", &notes::RESULT_DELETED),
            ("W", &notes::RESULT_DELETED),
        ] {
            if says(status) {
                identity::note(&mut reading.findings, note.finding());
            }
        }
    }
    if !matches!(msh.text(9, 1).as_str(), "ORU" | "MDM" | "OUL") {
        reading.findings.push(notes::HL7_NO_DOCUMENT.finding());
    }
}

/// A batch: every message's text, and every message as a part.
fn read_several(messages: &[&[u8]], budget: &Budget) -> Result<Reading, Refusal> {
    let mut whole = Reading::new(Format::Hl7v2, MEDIA_TYPE);
    let mut text = String::new();
    for (i, message) in messages.iter().enumerate() {
        if whole.parts.len() >= budget.max_parts {
            identity::note(&mut whole.findings, notes::TOO_MANY_PARTS.finding());
            break;
        }
        let path = format!("MSH[{}]", i + 1);
        let one = match read_one(message, budget) {
            Ok(one) => one,
            Err(refusal) => {
                whole.parts.push(payload::part(&path, None, Some(MEDIA_TYPE), Err(refusal)));
                continue;
            }
        };
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&one.text);
        for mut patient in one.header.patients {
            if !whole.header.patients.iter().any(|p| p.value == patient.value) {
                patient.path = format!("{path}/{}", patient.path);
                whole.header.patients.push(patient);
            }
        }
        whole.header.message_type = whole.header.message_type.take().or(one.header.message_type);
        let bytes = Ok(message.to_vec());
        whole.parts.push(payload::part(&path, None, Some(MEDIA_TYPE), bytes));
    }
    whole.text = Private(text);
    whole.findings.push(notes::SEVERAL_MESSAGES.finding());
    if whole.header.patients.len() > 1 {
        whole.findings.push(notes::SEVERAL_PATIENTS.finding());
    }
    Ok(whole)
}
