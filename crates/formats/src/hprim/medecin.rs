//! HPRIM Médecin: twelve header lines by position, the letter, an optional coded part after
//! `****LAB****`, end tags.

use std::ops::Range;

use relu_record::{
    Budget, Coding, Entry, Finding, Format, HumanName, Identifier, Moment, Organization,
    PatientIdentity, Practitioner, Private, Reading, Recipient, Refusal, Sourced,
};

use super::{MEDIA_TYPE, dates};
use crate::identity::{self, join, some};
use crate::{charset, notes, payload, text};

/// What the bytes of a file hold, in order; between two pieces stand end tags and blank lines.
pub(crate) struct Cut {
    pub pieces: Vec<Piece>,
    /// End tags stand where the standard puts them, once.
    conformant: bool,
}

/// A message with its own end tag, or text outside the messages.
pub(crate) struct Piece {
    pub at: Range<usize>,
    pub message: bool,
}

impl Cut {
    fn of<'b>(&self, message: bool, bytes: &'b [u8]) -> Vec<&'b [u8]> {
        let wanted = self.pieces.iter().filter(|p| p.message == message);
        wanted.map(|p| bytes.get(p.at.clone()).unwrap_or_default()).collect()
    }
}

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Reading, Refusal> {
    let cut = cut(bytes);
    let mut reading = match cut.of(true, bytes).as_slice() {
        [] => return Err(notes::DAMAGED_HPRIM.refusal()),
        [one] => read_one(one),
        several => read_several(several, budget),
    };
    if !cut.conformant {
        identity::note(&mut reading.findings, notes::HPRIM_NONCONFORMANT.finding());
    }
    for piece in cut.of(false, bytes) {
        let (words, _) = text::tidy(&charset::decode(piece).text);
        if !words.trim().is_empty() {
            reading.text.0.push_str("\n\n");
            reading.text.0.push_str(words.trim());
            identity::note(&mut reading.findings, notes::HPRIM_OUTSIDE_TEXT.finding());
        }
    }
    Ok(reading)
}

/// Lines of the header.
pub(crate) const HEADER: usize = 12;
/// What parts the letter from the coded lines.
pub(crate) const CODED: &str = "****LAB****";

#[derive(Clone, Copy, PartialEq)]
enum Tag {
    End,
    EndOfFile,
}

pub(crate) fn is_tag(line: &str) -> bool {
    tag(line.as_bytes()).is_some()
}

fn tag(line: &[u8]) -> Option<Tag> {
    match line.trim_ascii() {
        b"****FIN****" => Some(Tag::End),
        b"****FINFICHIER****" => Some(Tag::EndOfFile),
        _ => None,
    }
}

/// Lines with their line ends, whatever those are.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut at = 0;
    let reversed = text::has_reversed_line_ends(bytes);
    while let Some(b) = bytes.get(at) {
        at += 1;
        if matches!(b, b'\r' | b'\n') {
            let second = if reversed { b'\r' } else { b'\n' };
            at += usize::from(*b != second && bytes.get(at) == Some(&second));
            out.push(bytes.get(start..at).unwrap_or_default());
            start = at;
        }
    }
    if start < bytes.len() {
        out.push(bytes.get(start..).unwrap_or_default());
    }
    out
}

/// Cuts at the end tags. After the first, only what is as long as a header can be a message.
pub(crate) fn cut(bytes: &[u8]) -> Cut {
    let mut cut = Cut { pieces: Vec::new(), conformant: true };
    let mut tags = Vec::new();
    let (mut start, mut at, mut count, mut messages) = (0, 0, 0, 0);
    let blank = |range: Range<usize>| bytes.get(range).unwrap_or_default().trim_ascii().is_empty();
    for line in lines(bytes) {
        let next = at + line.len();
        if let Some(tag) = tag(line) {
            tags.push(tag);
            if count >= 12 {
                // The message keeps its own end tag.
                cut.pieces.push(Piece { at: start..next, message: true });
                messages += 1;
            } else if !blank(start..at) {
                cut.pieces.push(Piece { at: start..at, message: false });
                cut.conformant = false;
            }
            start = next;
            count = 0;
        } else if count > 0 || messages == 0 || !line.trim_ascii().is_empty() {
            // Blank lines between two messages do not count as a header.
            if count == 0 {
                start = at;
            }
            count += 1;
        }
        at = next;
    }
    if tags.is_empty() && count >= 12 {
        cut.pieces.push(Piece { at: start..bytes.len(), message: true });
        messages += 1;
    } else if !blank(start..bytes.len()) {
        cut.pieces.push(Piece { at: start..bytes.len(), message: false });
        cut.conformant = false;
    }
    let ends = tags.iter().filter(|t| **t == Tag::End).count();
    let proper = tags.last() == Some(&Tag::EndOfFile)
        && tags.iter().filter(|t| **t == Tag::EndOfFile).count() == 1
        && ends == messages;
    cut.conformant &= proper;
    cut
}

fn read_several(messages: &[&[u8]], budget: &Budget) -> Reading {
    let mut whole = Reading::new(Format::Hprim, MEDIA_TYPE);
    whole.header.message_type = Some("HPRIM Médecin".to_owned());
    let mut text = String::new();
    let mut line = 1;
    for (i, message) in messages.iter().enumerate() {
        if whole.parts.len() >= budget.max_parts {
            identity::note(&mut whole.findings, notes::TOO_MANY_PARTS.finding());
            break;
        }
        let one = read_one(message);
        if !text.is_empty() {
            text.push_str("\n\n");
        }
        text.push_str(&one.text);
        let last = line + lines(message).len().saturating_sub(1);
        for mut patient in one.header.patients {
            if !whole.header.patients.iter().any(|p| p.value == patient.value) {
                patient.path = format!("message {}, lignes {line} à {last}", i + 1);
                whole.header.patients.push(patient);
            }
        }
        line = last + 1;
        whole.header.date = whole.header.date.take().or(one.header.date);
        whole.header.organization = whole.header.organization.take().or(one.header.organization);
        let path = format!("message {}", i + 1);
        whole.parts.push(payload::part(&path, None, Some(MEDIA_TYPE), Ok(message.to_vec())));
    }
    whole.text = Private(text);
    whole.findings.push(notes::SEVERAL_MESSAGES.finding());
    if whole.header.patients.len() > 1 {
        whole.findings.push(notes::SEVERAL_PATIENTS.finding());
    }
    whole
}

fn read_one(message: &[u8]) -> Reading {
    let decoded = charset::decode(message);
    let (clean, _) = text::tidy(&decoded.text);
    let all: Vec<&str> = clean.lines().filter(|l| tag(l.as_bytes()).is_none()).collect();
    let (head, rest) = all.split_at(all.len().min(HEADER));
    let mut reading = Reading::new(Format::Hprim, MEDIA_TYPE);
    reading.findings.extend(decoded.finding());
    let sound = header(head, &mut reading);
    let lab = rest.iter().position(|l| l.trim() == CODED);
    let (free, coded) = rest.split_at(lab.unwrap_or(rest.len()));
    entries(coded, &mut reading);
    let mut body = letter(free);
    if body.trim().is_empty() {
        // The coded part repeats the letter line by line; it may be all there is.
        let repeated: Vec<&str> = coded
            .iter()
            .filter(|l| l.starts_with("TEX"))
            .map(|l| l.get(4..).unwrap_or(""))
            .collect();
        body = repeated.join("\n");
    }
    if !sound {
        // A header that is not where it should be must still be seen.
        identity::note(&mut reading.findings, notes::HPRIM_NONCONFORMANT.finding());
        body = format!("{}\n\n{body}", head.join("\n"));
    }
    reading.text = Private(trim_blank_lines(&body));
    reading
}

/// The letter: columns kept, the HTML that some senders leave in it resolved.
fn letter(lines: &[&str]) -> String {
    let text = lines.join("\n");
    if !is_marked_up(&text) {
        return text;
    }
    let mut out = text;
    for br in BREAKS {
        out = out.replace(br, "\n");
    }
    text::html::unescape(&out)
}

/// Line breaks as HTML writes them.
pub(crate) const BREAKS: [&str; 6] = ["<br />", "<br/>", "<br>", "<BR>", "<BR />", "<BR/>"];

/// Whether a letter is read as if it held HTML.
pub(crate) fn is_marked_up(text: &str) -> bool {
    text.contains('<') || text.contains('&')
}

fn trim_blank_lines(text: &str) -> String {
    let start =
        text.split_inclusive('\n').take_while(|l| l.trim().is_empty()).map(str::len).sum::<usize>();
    text.get(start..).unwrap_or("").trim_end().to_owned()
}

/// Whether a header is where it should be; one that is not is shown with the letter.
pub(crate) fn is_sound(lines: &[&str]) -> bool {
    header(lines, &mut Reading::new(Format::Hprim, MEDIA_TYPE))
}

/// The twelve lines. Says whether the header is sound: name, first name and a real birth date.
fn header(lines: &[&str], reading: &mut Reading) -> bool {
    let line = |n: usize| lines.get(n - 1).map_or("", |l| l.trim());
    let head = &mut reading.header;
    head.message_type = Some("HPRIM Médecin".to_owned());
    let date = dates::parse(line(10), None).map(|(d, _)| d);
    head.date = date.map(|d| Sourced::new(Moment::day(d), "ligne 10"));
    let sender = line(11);
    if !sender.is_empty() {
        let organization = Organization { name: sender.to_owned(), finess: None };
        head.organization = Some(Sourced::new(organization, "ligne 11"));
    }
    if let Some(receiver) = some(line(12)) {
        let name = HumanName { family: receiver, ..HumanName::default() };
        let practitioner = Some(Practitioner { name, ..Practitioner::default() });
        let recipient = Recipient { practitioner, ..Recipient::default() };
        head.recipients.push(Sourced::new(recipient, "ligne 12"));
    }
    if let Some(value) = some(line(9)) {
        let kind = Some("dossier".to_owned());
        head.document_ids.push(Identifier { system: format!("HPRIM:{sender}"), value, kind });
    }
    let mut findings = Vec::new();
    let patient = patient(&line, date, &mut findings);
    let sound = patient.birth_name.is_some()
        && patient.first_name.is_some()
        && patient.birth_date.is_some();
    if !patient.is_empty() {
        reading.header.patients.push(Sourced::new(patient, "lignes 1 à 8"));
    }
    reading.findings.append(&mut findings);
    sound
}

fn patient<'a>(
    line: &dyn Fn(usize) -> &'a str,
    file_date: Option<relu_record::PartialDate>,
    findings: &mut Vec<Finding>,
) -> PatientIdentity {
    let mut patient = PatientIdentity {
        birth_name: some(line(2)),
        first_name: some(line(3)),
        address: some(&join([line(4), line(5), line(6)], ", ")),
        ..PatientIdentity::default()
    };
    if patient.birth_name.is_some() {
        identity::note(findings, notes::NAME_KIND_UNKNOWN.finding());
    }
    match dates::parse(line(7), file_date) {
        Some((date, guess)) => {
            if guess {
                identity::note(findings, notes::BIRTH_YEAR_TWO_DIGITS.finding());
            }
            patient.birth_date = Some(Private(date));
        }
        None if !line(7).is_empty() => {
            identity::note(findings, notes::BIRTH_DATE_INVALID.finding());
        }
        None => {}
    }
    let sender = format!("HPRIM:{}", line(11));
    identity::patient_id(&mut patient, line(1), &sender, Some("PI"), findings);
    identity::patient_id(&mut patient, line(8), "NSS", Some("NH"), findings);
    patient
}

/// The `RES` lines of the coded part.
fn entries(coded: &[&str], reading: &mut Reading) {
    let results = coded.iter().filter_map(|l| l.trim_start().strip_prefix("RES|"));
    for (i, line) in results.enumerate() {
        let fields: Vec<&str> = line.split('|').map(str::trim).collect();
        let f = |n: usize| fields.get(n).copied().unwrap_or("");
        let path = format!("RES[{}]", i + 1);
        let second = !f(9).is_empty();
        let bounds_1 = !f(5).is_empty() || !f(6).is_empty();
        let bounds_2 = !f(11).is_empty() || !f(12).is_empty();
        // One flag for both units: about the value that has bounds.
        let flag_is_second = second && !bounds_1 && bounds_2;
        let flag = some(f(7)).map(Private::into_inner);
        let code = (!f(1).is_empty()).then(|| Coding {
            system: "HPRIM".to_owned(),
            code: f(1).to_owned(),
            display: None,
        });
        let base = Entry {
            path: path.clone(),
            kind: "observation".to_owned(),
            code,
            label: some(f(0)),
            value: some(f(3)),
            unit: some(f(4)).map(Private::into_inner),
            range: range(f(5), f(6)),
            flag: flag.clone().filter(|_| !flag_is_second),
            ..Entry::default()
        };
        if second {
            reading.entries.push(base.clone());
            reading.entries.push(Entry {
                path: format!("{path}/2"),
                value: some(f(9)),
                unit: some(f(10)).map(Private::into_inner),
                range: range(f(11), f(12)),
                flag: flag.filter(|_| flag_is_second),
                ..base
            });
        } else {
            reading.entries.push(base);
        }
        match f(8) {
            "R" => identity::note(&mut reading.findings, notes::RESULT_UNVALIDATED.finding()),
            "C" => identity::note(&mut reading.findings, notes::RESULT_CORRECTED.finding()),
            _ => {}
        }
    }
}

fn range(low: &str, high: &str) -> Option<String> {
    match (low, high) {
        ("", "") => None,
        (low, "") if low.contains('-') => Some(low.to_owned()),
        (low, "") => Some(format!(">= {low}")),
        ("", high) => Some(format!("<= {high}")),
        (low, high) => Some(format!("{low} - {high}")),
    }
}
