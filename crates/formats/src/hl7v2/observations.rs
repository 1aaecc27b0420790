//! What a message states: results and texts as lines and entries, payloads as parts, and a few
//! lines for messages that carry no document (movements, appointments, acknowledgements).

use relu_record::{Budget, Entry, Moment, Part, Private, Reading, Refusal, Span};

use super::er7::{Piece, Segment};
use super::{er7, header, labels};
use crate::identity::{join, note, some};
use crate::{charset, notes, payload, text};

/// Reads segments into text, entries and parts.
pub(super) fn read(segments: &[Segment], reading: &mut Reading, budget: &Budget) {
    let mut out = String::new();
    let mut obx = 0;
    let mut when = None;
    let mut last_label = String::new();
    for segment in segments {
        match segment.name() {
            "MSH" => event(segment, &mut out),
            "MSA" => acknowledgement(segment, &mut out),
            "ERR" => error(segment, &mut out),
            "EVN" | "SCH" => {}
            "PV1" => visit(segment, reading),
            "OBR" => {
                when = Moment::from_digits(&segment.text(7, 1));
                let title = words(segment.field(4));
                if !title.is_empty() {
                    paragraph(&mut out);
                    line(&mut out, &title);
                }
                last_label.clear();
            }
            "NTE" => {
                for comment in segment.field(3).repetitions() {
                    line(&mut out, comment.block().trim_end());
                }
            }
            "OBX" => {
                obx += 1;
                let path = format!("OBX[{obx}]");
                observation(segment, &path, when, &mut last_label, &mut out, reading, budget);
            }
            _ => {}
        }
    }
    text::finish(reading, &out);
}

fn line(out: &mut String, text: &str) -> Span {
    let start = out.len();
    let (text, _) = text::tidy(text);
    out.push_str(&text);
    let end = out.len();
    out.push('\n');
    Span::new(start, end)
}

fn paragraph(out: &mut String) {
    if !out.is_empty() && !out.ends_with("\n\n") {
        out.push('\n');
    }
}

/// The name of the event, for messages that are not results or documents.
fn event(msh: &Segment, out: &mut String) {
    if matches!(msh.text(9, 1).as_str(), "ORU" | "MDM" | "OUL" | "ACK") {
        return;
    }
    let code = msh.text(9, 2);
    let kind = join([msh.text(9, 1).as_str(), &code], "^");
    match labels::event(&code) {
        Some(label) => line(out, &format!("{label} ({kind})")),
        None => line(out, &kind),
    };
}

fn acknowledgement(msa: &Segment, out: &mut String) {
    let code = msa.text(1, 1);
    let meaning = labels::acknowledgement(&code).unwrap_or("réponse");
    line(out, &format!("Accusé : message {} {meaning} ({code})", msa.text(2, 1)));
    let text = msa.text(3, 1);
    if !text.is_empty() {
        line(out, &text);
    }
}

fn error(err: &Segment, out: &mut String) {
    let said = [words(err.field(3)), words(err.field(5)), err.text(8, 1)];
    line(out, &format!("Erreur : {}", join(said.iter().map(String::as_str), " ; ")));
}

/// Visit number and attending doctor, which have no place of their own in the header.
fn visit(pv1: &Segment, reading: &mut Reading) {
    let doctor = pv1
        .field(7)
        .repetitions()
        .next()
        .map(|p| join([p.component(3).text().as_str(), p.component(2).text().as_str()], " "));
    let pairs = [
        ("PV1-7", "Médecin responsable", doctor.unwrap_or_default()),
        ("PV1-19", "Numéro de venue", pv1.text(19, 1)),
    ];
    for (path, label, value) in pairs {
        if !value.is_empty() {
            reading.entries.push(Entry {
                path: path.to_owned(),
                kind: "other".to_owned(),
                label: Some(Private::from(label)),
                value: Some(Private(value)),
                ..Entry::default()
            });
        }
    }
}

/// The words of a coded element, or its code.
fn words(field: Piece<'_>) -> String {
    let Some(value) = field.repetitions().next() else { return String::new() };
    // Original text, then the label, then the code.
    [9, 2, 5, 1]
        .iter()
        .map(|c| value.component(*c).text())
        .find(|t| !t.is_empty())
        .unwrap_or_default()
}

fn observation(
    obx: &Segment,
    path: &str,
    when: Option<Moment>,
    last_label: &mut String,
    out: &mut String,
    reading: &mut Reading,
    budget: &Budget,
) {
    let data_type = obx.text(2, 1);
    if matches!(data_type.as_str(), "ED" | "RP") {
        return payload(obx, path, out, reading, budget);
    }
    let label = words(obx.field(3));
    let value = value(obx, &data_type);
    let mut entry = Entry {
        path: path.to_owned(),
        kind: if header::is_meta(obx) { "other" } else { "observation" }.to_owned(),
        code: header::coded(obx.field(3)),
        label: some(&label),
        value: some(&value),
        unit: some(&words(obx.field(6))).map(Private::into_inner),
        range: some(&obx.text(7, 1)).map(Private::into_inner),
        flag: some(&flags(obx)).map(Private::into_inner),
        date: Moment::from_digits(&obx.text(14, 1)).or(when),
        ..Entry::default()
    };
    if !header::is_meta(obx) {
        entry.span = if matches!(data_type.as_str(), "TX" | "FT") {
            if label != *last_label && !label.is_empty() {
                line(out, &label);
            }
            Some(line(out, &block(obx)))
        } else {
            Some(line(out, &result_line(&entry, &obx.text(11, 1))))
        };
        *last_label = label;
    }
    reading.entries.push(entry);
}

fn flags(obx: &Segment) -> String {
    let all: Vec<String> = obx.field(8).repetitions().map(|f| f.component(1).text()).collect();
    join(all.iter().map(String::as_str), " ")
}

/// A monospaced text, spaces kept, a line for each repetition.
fn block(obx: &Segment) -> String {
    let lines: Vec<String> =
        obx.field(5).repetitions().map(|r| r.block().trim_end().to_owned()).collect();
    lines.join("\n")
}

/// OBX-5 as printed, by its type.
fn value(obx: &Segment, data_type: &str) -> String {
    let one = |v: Piece<'_>| match data_type {
        "CE" | "CWE" | "CNE" | "CF" => [2, 1]
            .iter()
            .map(|c| v.component(*c).text())
            .find(|t| !t.is_empty())
            .unwrap_or_default(),
        // Structured numeric: comparator, number, separator, number.
        "SN" => {
            let all: Vec<String> = (1..=4).map(|c| v.component(c).text()).collect();
            join(all.iter().map(String::as_str), " ")
        }
        "XTN" => [4, 1, 12]
            .iter()
            .map(|c| v.component(*c).text())
            .find(|t| !t.is_empty())
            .unwrap_or_default(),
        "XPN" | "XCN" | "CX" | "XAD" | "XON" => {
            let all: Vec<String> = (1..=v.components()).map(|c| v.component(c).text()).collect();
            join(all.iter().map(String::as_str), " ")
        }
        "TX" | "FT" => v.block(),
        _ => v.component(1).text(),
    };
    let all: Vec<String> = obx.field(5).repetitions().map(one).collect();
    join(
        all.iter().map(String::as_str),
        if matches!(data_type, "TX" | "FT") { "\n" } else { " ; " },
    )
}

/// `Glycémie : 0.88 g/L (0.70 - 1.08) N`.
fn result_line(entry: &Entry, status: &str) -> String {
    let of = |v: &Option<Private>| v.as_ref().map(|v| v.0.clone()).unwrap_or_default();
    let mut out = of(&entry.label);
    let said = join([of(&entry.value).as_str(), entry.unit.as_deref().unwrap_or("")], " ");
    if !said.is_empty() {
        if !out.is_empty() {
            out.push_str(" : ");
        }
        out.push_str(&said);
    }
    if let Some(range) = &entry.range {
        out.push_str(&format!(" ({range})"));
    }
    if let Some(flag) = &entry.flag {
        out.push_str(&format!(" {flag}"));
    }
    out.push_str(match status {
        "P" | "R" | "S" => " [non validé]",
        "C" => " [corrigé]",
        "D" | "W" => " [annulé]",
        "X" => " [non réalisable]",
        "I" => " [en cours]",
        _ => "",
    });
    out
}

/// A document in OBX-5, or the words that go with it in a mail.
fn payload(obx: &Segment, path: &str, out: &mut String, reading: &mut Reading, budget: &Budget) {
    if reading.parts.len() >= budget.max_parts {
        note(&mut reading.findings, notes::TOO_MANY_PARTS.finding());
        return;
    }
    let code = obx.text(3, 1);
    let Some(data) = obx.field(5).repetitions().next() else {
        let missing = Err(notes::MISSING_PART.refusal());
        note(&mut reading.findings, notes::PART_MISSING.finding());
        reading.parts.push(payload::part(path, None, None, missing));
        return;
    };
    let bytes = if obx.text(2, 1) == "RP" {
        Err(notes::REMOTE_PART.refusal())
    } else {
        decode(obx, data, budget)
    };
    match bytes {
        Ok(words) if code.starts_with("CORPSMAIL") => {
            paragraph(out);
            line(out, &charset::decode(&words).text);
        }
        bytes => {
            if bytes.is_err() {
                note(&mut reading.findings, notes::PART_DAMAGED.finding());
            }
            reading.parts.push(part(path, data, &words(obx.field(3)), bytes));
        }
    }
}

fn decode(obx: &Segment, data: Piece<'_>, budget: &Budget) -> Result<Vec<u8>, Refusal> {
    // Base64 holds no delimiter: a repetition mark inside is damage, seen by the strict decoder.
    let content =
        if data.components() >= 5 { data.component(5) } else { data.component(data.components()) };
    match data.component(4).text().to_ascii_lowercase().as_str() {
        "base64" => {
            let whole = obx.field(5).repetitions().count() == 1;
            if !whole {
                return Err(notes::BAD_BASE64.refusal());
            }
            payload::base64(content.raw(), budget)
        }
        "hex" => {
            let hex: String = content.raw().chars().filter(|c| !c.is_whitespace()).collect();
            er7::hex_bytes(&hex).ok_or_else(|| notes::BAD_BASE64.refusal())
        }
        _ => Ok(content.block().into_bytes()),
    }
}

fn part(path: &str, data: Piece<'_>, name: &str, bytes: Result<Vec<u8>, Refusal>) -> Part {
    let kind = data.component(2).text().to_ascii_lowercase();
    let subtype = data.component(3).text().to_ascii_lowercase();
    let media_type = match (kind.as_str(), subtype.as_str()) {
        (kind, _) if kind.contains('/') => kind.to_owned(),
        (_, "xml" | "x-hl7-cda-level-one") => "text/xml".to_owned(),
        (_, "pdf") => "application/pdf".to_owned(),
        (_, "jpeg" | "jpg") => "image/jpeg".to_owned(),
        (_, "tiff" | "tif") => "image/tiff".to_owned(),
        (_, "png") => "image/png".to_owned(),
        (_, "rtf") => "application/rtf".to_owned(),
        (_, "html") => "text/html".to_owned(),
        ("text", _) => "text/plain".to_owned(),
        ("pdf", _) => "application/pdf".to_owned(),
        _ => "application/octet-stream".to_owned(),
    };
    payload::part(path, Some(name), Some(&media_type), bytes)
}
