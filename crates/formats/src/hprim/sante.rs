//! HPRIM Santé: segments `H P OBR OBX C A L`, delimiters read from `H` by position.
//!
//! Fields are numbered with the segment name as 1, as the standard's tables do: `P 8.6` is the
//! sixth piece of a `P` segment. `A` continues the segment before it, even inside a word.

use relu_record::{
    Budget, Coding, Entry, Finding, Format, HumanName, Identifier, Moment, Organization,
    PatientIdentity, Practitioner, Private, Reading, Recipient, Refusal, Sex, Sourced, Span,
};

use super::MEDIA_TYPE;
use crate::identity::{self, join, some};
use crate::{charset, notes, payload, text};

/// Delimiters, from the header.
#[derive(Clone, Copy)]
pub(crate) struct Delimiters {
    pub field: char,
    pub sub: char,
    pub repeat: char,
}

impl Delimiters {
    /// Those of a message; `None` when it begins with no header.
    pub(crate) fn of(message: &str) -> Option<Delimiters> {
        let mut chars = message.strip_prefix('H')?.chars();
        let field = chars.next()?;
        let rest: Vec<char> = chars.take_while(|c| *c != field).collect();
        let at = |n: usize, usual: char| rest.get(n).copied().unwrap_or(usual);
        Some(Delimiters { field, sub: at(0, '~'), repeat: at(1, '^') })
    }
}

/// One segment, its continuations joined.
pub(super) struct Segment {
    raw: String,
    delimiters: Delimiters,
}

impl Segment {
    fn name(&self) -> &str {
        self.raw.split(self.delimiters.field).next().unwrap_or("")
    }

    /// Field by its number in the standard, the segment name being 1.
    fn field(&self, n: usize) -> &str {
        self.raw.split(self.delimiters.field).nth(n.saturating_sub(1)).unwrap_or("")
    }

    fn sub(&self, n: usize, s: usize) -> &str {
        self.subs(self.first(n)).nth(s.saturating_sub(1)).unwrap_or("")
    }

    fn first(&self, n: usize) -> &str {
        self.repeats(n).next().unwrap_or("")
    }

    fn repeats(&self, n: usize) -> impl Iterator<Item = &str> {
        self.field(n).split(self.delimiters.repeat).map(str::trim)
    }

    fn subs<'a>(&self, piece: &'a str) -> impl Iterator<Item = &'a str> {
        piece.split(self.delimiters.sub).map(str::trim)
    }
}

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Reading, Refusal> {
    let decoded = charset::decode(bytes);
    let segments = segments(&decoded.text).ok_or_else(|| notes::DAMAGED_HPRIM.refusal())?;
    budget.step(segments.len() as u64 * 10).map_err(notes::spent)?;
    let mut reading = Reading::new(Format::Hprim, MEDIA_TYPE);
    reading.findings.extend(decoded.finding());
    header(&segments, &mut reading);
    body(&segments, &mut reading);
    if reading.header.patients.len() > 1 {
        split(&decoded.text, &mut reading, budget);
    }
    Ok(reading)
}

/// The segments of a message; `None` when the first is no header.
pub(super) fn segments(text: &str) -> Option<Vec<Segment>> {
    let (clean, _) = text::tidy(text.trim_start());
    let delimiters = Delimiters::of(&clean)?;
    let field = delimiters.field;
    let mut out: Vec<Segment> = Vec::new();
    for line in clean.lines().filter(|l| !l.trim().is_empty()) {
        let continued = line.strip_prefix('A').and_then(|l| l.strip_prefix(field));
        match (continued, out.last_mut()) {
            (Some(more), Some(last)) => last.raw.push_str(more),
            _ => out.push(Segment { raw: line.to_owned(), delimiters }),
        }
    }
    Some(out)
}

fn header(segments: &[Segment], reading: &mut Reading) {
    let Some(h) = segments.first() else { return };
    let head = &mut reading.header;
    head.message_type = some(h.field(7)).map(Private::into_inner);
    head.date = Moment::from_digits(h.field(14)).map(|m| Sourced::new(m, "H 7.14"));
    let sender = [h.sub(5, 2), h.sub(5, 1)].into_iter().find(|s| !s.is_empty()).unwrap_or("");
    if !sender.is_empty() {
        let organization = Organization { name: sender.to_owned(), finess: None };
        head.organization = Some(Sourced::new(organization, "H 7.5"));
    }
    let receiver = [h.sub(10, 2), h.sub(10, 1)].into_iter().find(|s| !s.is_empty());
    if let Some(name) = receiver {
        let organization = Some(Organization { name: name.to_owned(), finess: None });
        let recipient = Recipient { organization, ..Recipient::default() };
        head.recipients.push(Sourced::new(recipient, "H 7.10"));
    }
    push_id(&mut head.document_ids, "H 7.3", h.field(3), "fichier");
    if matches!(h.field(12).trim(), "D" | "T") {
        reading.findings.push(notes::HPRIM_NOT_PRODUCTION.finding());
    }
    for p in segments.iter().filter(|s| s.name() == "P") {
        let patient = patient(p, sender, &mut reading.findings);
        if !patient.is_empty() && !reading.header.patients.iter().any(|k| k.value == patient) {
            let path = format!("P[{}]", p.field(2).trim());
            reading.header.patients.push(Sourced::new(patient, &path));
        }
    }
    for obr in segments.iter().filter(|s| s.name() == "OBR") {
        request(obr, &mut reading.header);
    }
    counts(segments, &mut reading.findings);
}

fn push_id(ids: &mut Vec<Identifier>, system: &str, value: &str, kind: &str) {
    if let Some(value) = some(value) {
        ids.push(Identifier { system: system.to_owned(), value, kind: Some(kind.to_owned()) });
    }
}

fn patient(p: &Segment, sender: &str, findings: &mut Vec<Finding>) -> PatientIdentity {
    let mut patient = PatientIdentity {
        birth_date: identity::birth_date(p.field(8), findings),
        first_name: some(p.sub(6, 2)),
        sex: match p.field(9).trim() {
            "F" => Some(Sex::F),
            "M" => Some(Sex::M),
            _ => None,
        },
        ..PatientIdentity::default()
    };
    let (name, birth) = (some(p.sub(6, 1)), some(p.field(7)));
    if birth.is_some() {
        patient.birth_name = birth;
        patient.used_name = name;
    } else {
        if name.is_some() {
            identity::note(findings, notes::NAME_KIND_UNKNOWN.finding());
        }
        patient.birth_name = name;
    }
    identity::patient_id(&mut patient, p.sub(3, 1), "P 8.3", Some("PI"), findings);
    identity::patient_id(
        &mut patient,
        p.sub(4, 1),
        &format!("HPRIM:{sender}"),
        Some("PI"),
        findings,
    );
    let a = |s: usize| p.sub(11, s);
    let town = join([a(5), a(3)], " ");
    patient.address = some(&join([a(1), a(2), town.as_str(), a(4), a(6)], ", "));
    patient.telecom = p.repeats(13).filter_map(some).collect();
    patient
}

fn request(obr: &Segment, head: &mut relu_record::Header) {
    push_id(&mut head.document_ids, "OBR 9.3", &join(obr.subs(obr.first(3)), " "), "PLAC");
    push_id(&mut head.document_ids, "OBR 9.4", &join(obr.subs(obr.first(4)), " "), "FILL");
    if head.act_date.is_none() {
        head.act_date = Moment::from_digits(obr.first(8)).map(|m| Sourced::new(m, "OBR 9.8"));
    }
    // The prescriber is the one the results go to.
    if let Some(family) = some(obr.sub(17, 2)).or_else(|| some(obr.sub(17, 1))) {
        let name = HumanName { family, ..HumanName::default() };
        let practitioner = Some(Practitioner { name, ..Practitioner::default() });
        let recipient = Recipient { practitioner, ..Recipient::default() };
        if !head.recipients.iter().any(|r| r.value == recipient) {
            head.recipients.push(Sourced::new(recipient, "OBR 9.17"));
        }
    }
}

/// What the last segment announces; published messages count wrong.
fn counts(segments: &[Segment], findings: &mut Vec<Finding>) {
    let Some(l) = segments.iter().find(|s| s.name() == "L") else { return };
    let patients = segments.iter().filter(|s| s.name() == "P").count();
    let wrong = |n: usize, real: usize| {
        l.field(n).trim().parse::<usize>().is_ok_and(|announced| announced != real)
    };
    if wrong(4, patients) || wrong(5, segments.len()) {
        findings.push(notes::HPRIM_COUNT.finding());
    }
}

fn body(segments: &[Segment], reading: &mut Reading) {
    let mut out = String::new();
    let mut date = None;
    let mut obx = 0;
    for segment in segments {
        match segment.name() {
            "OBR" => {
                date = Moment::from_digits(segment.first(8));
                let tests: Vec<&str> =
                    segment.repeats(5).filter_map(|t| segment.subs(t).nth(1)).collect();
                let title = join(tests, ", ");
                if !out.is_empty() {
                    out.push('\n');
                }
                if !title.is_empty() {
                    line(&mut out, &format!("Examens demandés : {title}"));
                }
            }
            "OBX" => {
                obx += 1;
                observation(segment, obx, date, &mut out, reading);
            }
            "C" => {
                for comment in segment.repeats(4).filter(|c| !c.is_empty()) {
                    line(&mut out, &join(segment.subs(comment), " "));
                }
            }
            _ => {}
        }
    }
    text::finish(reading, &out);
}

fn line(out: &mut String, text: &str) -> Span {
    let start = out.len();
    out.push_str(text);
    let end = out.len();
    out.push('\n');
    Span::new(start, end)
}

fn observation(
    obx: &Segment,
    n: usize,
    date: Option<Moment>,
    out: &mut String,
    reading: &mut Reading,
) {
    let path = format!("OBX[{n}]");
    if obx.field(3).trim() == "FIC" {
        return file_link(obx, &path, reading);
    }
    let code = some(obx.sub(4, 1)).map(|c| Coding {
        system: if obx.sub(4, 3) == "L" { "HPRIM" } else { obx.sub(4, 3) }.to_owned(),
        code: c.into_inner(),
        display: some(obx.sub(4, 2)).map(Private::into_inner),
    });
    let values: Vec<String> = obx.repeats(6).map(|v| join(obx.subs(v), " ")).collect();
    let mut entry = Entry {
        path,
        kind: "observation".to_owned(),
        label: some(obx.sub(4, 2)).or_else(|| some(obx.sub(4, 1))),
        code,
        value: some(&join(values.iter().map(String::as_str), " ; ")),
        unit: some(obx.field(7)).map(Private::into_inner),
        range: some(obx.field(8)).map(Private::into_inner),
        flag: some(&join(obx.repeats(9), " ")).map(Private::into_inner),
        date: Moment::from_digits(obx.field(15)).or(date),
        ..Entry::default()
    };
    entry.span = Some(line(out, &result_line(&entry, obx.field(12).trim())));
    reading.entries.push(entry);
    let note = match obx.field(12).trim() {
        "P" | "R" | "I" | "U" => &notes::RESULT_UNVALIDATED,
        "C" => &notes::RESULT_CORRECTED,
        "D" => &notes::RESULT_DELETED,
        _ => return,
    };
    identity::note(&mut reading.findings, note.finding());
}

fn result_line(entry: &Entry, status: &str) -> String {
    let of = |v: &Option<Private>| v.as_ref().map(|v| v.0.clone()).unwrap_or_default();
    let value = join([of(&entry.value).as_str(), entry.unit.as_deref().unwrap_or("")], " ");
    let mut out = join([of(&entry.label).as_str(), &value], " : ");
    if let Some(range) = &entry.range {
        out.push_str(&format!(" ({range})"));
    }
    if let Some(flag) = &entry.flag {
        out.push_str(&format!(" {flag}"));
    }
    out.push_str(match status {
        "P" | "R" | "U" => " [non validé]",
        "I" => " [en cours]",
        "C" => " [corrigé]",
        "D" => " [annulé]",
        "X" => " [non réalisable]",
        _ => "",
    });
    out
}

/// A file sent beside the message: named here, held elsewhere.
fn file_link(obx: &Segment, path: &str, reading: &mut Reading) {
    identity::note(&mut reading.findings, notes::HPRIM_FILE_LINK.finding());
    let pieces: Vec<&str> = obx.repeats(6).flat_map(|r| obx.subs(r)).collect();
    let name = pieces.iter().find(|p| p.contains('.')).or(pieces.first()).copied();
    reading.parts.push(payload::part(path, name, None, Err(notes::MISSING_PART.refusal())));
}

/// Several patients: each `P` and what follows it, under the file's header, as a part.
fn split(text: &str, reading: &mut Reading, budget: &Budget) {
    reading.findings.push(notes::SEVERAL_PATIENTS.finding());
    let (clean, _) = text::tidy(text.trim_start());
    let mut lines = clean.lines().filter(|l| !l.trim().is_empty());
    let Some(head) = lines.next() else { return };
    let field = head.chars().nth(1).unwrap_or('|');
    let mut groups: Vec<String> = Vec::new();
    for line in lines {
        let is = |name: &str| line.strip_prefix(name).is_some_and(|r| r.starts_with(field));
        if is("P") {
            groups.push(format!("{head}\r\n"));
        }
        if is("L") {
            continue;
        }
        if let Some(group) = groups.last_mut() {
            group.push_str(line);
            group.push_str("\r\n");
        }
    }
    for (i, group) in groups.into_iter().enumerate() {
        if reading.parts.len() >= budget.max_parts {
            identity::note(&mut reading.findings, notes::TOO_MANY_PARTS.finding());
            return;
        }
        let path = format!("P[{}]", i + 1);
        reading.parts.push(payload::part(&path, None, Some(MEDIA_TYPE), Ok(group.into_bytes())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every field that an independent parser's test asserts, by its number in the standard.
    #[test]
    fn published_message_field_by_field() {
        let Ok(dir) = std::env::var("RELU_TEST_DATA") else {
            eprintln!(
                "RELU_TEST_DATA is not set: the published HPRIM Santé message is not replayed"
            );
            return;
        };
        let expected =
            std::fs::read_to_string(format!("{dir}/hprim/expected-sante.jsonl")).unwrap();
        let mut checked = 0;
        for row in expected.lines() {
            let row: serde_json::Value = serde_json::from_str(row).unwrap();
            let file = format!("{dir}/hprim/{}", row["file"].as_str().unwrap());
            let bytes = std::fs::read(file).unwrap();
            let all = segments(&charset::decode(&bytes).text).unwrap();
            for name in ["H", "P", "OBR", "OBX", "L"] {
                let found: Vec<&Segment> = all.iter().filter(|s| s.name() == name).collect();
                let rows = match &row[name] {
                    serde_json::Value::Array(rows) => rows.clone(),
                    one => vec![one.clone()],
                };
                assert_eq!(found.len(), rows.len(), "{name}");
                for (segment, fields) in found.iter().zip(&rows) {
                    for (number, value) in fields.as_object().unwrap() {
                        if number == "comments" {
                            continue;
                        }
                        let n: usize = number.split('.').nth(1).unwrap().parse().unwrap();
                        assert_field(segment, n, value);
                        checked += 1;
                    }
                }
            }
        }
        assert!(checked > 40, "only {checked} fields were checked");
    }

    /// A text, a list of subfields or of repetitions, or a list of lists of subfields.
    fn assert_field(segment: &Segment, n: usize, expected: &serde_json::Value) {
        let text = |v: &serde_json::Value| v.as_str().map(|s| s.trim().to_owned());
        match expected {
            serde_json::Value::String(s) => assert_eq!(segment.field(n).trim(), s.trim()),
            serde_json::Value::Array(list) if list.iter().all(serde_json::Value::is_array) => {
                let got: Vec<Vec<String>> = segment
                    .repeats(n)
                    .map(|r| segment.subs(r).map(str::to_owned).collect())
                    .collect();
                let want: Vec<Vec<String>> = list
                    .iter()
                    .map(|l| l.as_array().unwrap().iter().filter_map(text).collect())
                    .collect();
                assert_eq!(got, want);
            }
            serde_json::Value::Array(list) => {
                let want: Vec<String> = list.iter().filter_map(text).collect();
                let subs: Vec<String> = segment.subs(segment.field(n)).map(str::to_owned).collect();
                let repeats: Vec<String> = segment.repeats(n).map(str::to_owned).collect();
                assert!(want == subs || want == repeats, "{}.{n}", segment.name());
            }
            other => panic!("unexpected {other}"),
        }
    }

    #[test]
    fn continuation_is_joined_inside_a_word() {
        let all = segments("H|~^\\&|F\r\nP|1||ID|\r\nA|more|NO\r\nA|M~X").unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].field(5), "more");
        assert_eq!(all[1].sub(6, 1), "NOM");
    }
}
