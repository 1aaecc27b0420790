//! HL7 v2.5 messages around a document: MDM (T02 first, T10 replacement, T04 deletion, as the French
//! transport profile has them) or ORU^R01 (OBX-11 `F`, `C`, `D`). The document goes as `ED` in base64,
//! its text as `FT`; masking goes as the profile's switches.
//!
//! MSH-10 is made from the delivery's id, TXA-12 is its OID, TXA-13 that of what is replaced: a
//! receiver that has seen a message recognises it. UTF-8, said in MSH-18.
//! Sources: HL7 v2.5 chapters 2, 7, 9; CI-SIS, volet Transmission d'un document en HL7v2.

use base64::Engine;
use relu_record::{
    Coding, InsStatus, Instant, PatientIdentity, Practitioner, Private, Purpose, Sex, system,
};

use super::{Outgoing, code, digits, moment_digits, oid, one_line};

/// Which message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Shape {
    /// A document.
    #[default]
    #[serde(rename = "mdm")]
    Mdm,
    /// A result.
    #[serde(rename = "oru")]
    Oru,
}

/// What the other side answered in MSA-1, in both modes of acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// `AA`, `CA`: it has it.
    Accept,
    /// `AE`, `CE`: something in the message is wrong; the same again would fail again.
    Error,
    /// `AR`, `CR`: not now (the standard names a system that is down or full).
    Reject,
}

/// The control id of the message of a delivery: 20 characters at most in v2.5.
pub fn control_id(delivery: &str) -> String {
    code(delivery, 20)
}

/// The message.
pub fn write(out: &Outgoing<'_>, shape: Shape) -> Vec<u8> {
    let mut segments = vec![msh(out, shape)];
    if shape == Shape::Mdm {
        segments.push(format!("EVN|{}|{}", event(out), instant(out.at)));
    }
    segments.push(pid(out));
    segments.push("PV1|1|N".to_owned());
    match shape {
        Shape::Mdm => segments.push(txa(out)),
        Shape::Oru => segments.push(obr(out)),
    }
    observations(out, &mut segments);
    let mut text = segments.join("\r");
    text.push('\r');
    text.into_bytes()
}

/// Reads an acknowledgement: the answer and the control id it is about; nothing when it is none.
/// The third value is the sender's own words (MSA-3, ERR-8), which may be about the patient.
pub fn read_ack(bytes: &[u8]) -> Option<(Ack, String, Private)> {
    let text = crate::charset::decode(bytes).text;
    let start = text.find("MSH")?;
    let segments = crate::hl7v2::er7::segments(text.get(start..)?)?;
    let msa = segments.iter().find(|s| s.name() == "MSA")?;
    let ack = match msa.text(1, 1).as_str() {
        "AA" | "CA" => Ack::Accept,
        "AE" | "CE" => Ack::Error,
        "AR" | "CR" => Ack::Reject,
        _ => return None,
    };
    let err = segments.iter().find(|s| s.name() == "ERR");
    let said = [msa.text(3, 1), err.map(|e| e.text(8, 1)).unwrap_or_default()];
    let words = said.into_iter().filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ; ");
    Some((ack, msa.text(2, 1), Private(one_line(&words))))
}

/// The acknowledgement of a message, for a receiver: `text` is our own sentence.
pub fn write_ack(message: &[u8], ack: Ack, id: &str, at: Instant, text: &str) -> Vec<u8> {
    let decoded = crate::charset::decode(message).text;
    let segments = decoded
        .find("MSH")
        .and_then(|at| crate::hl7v2::er7::segments(decoded.get(at..)?))
        .unwrap_or_default();
    let of = |field: usize| segments.first().map(|s| s.text(field, 1)).unwrap_or_default();
    let verdict = match ack {
        Ack::Accept => "AA",
        Ack::Error => "AE",
        Ack::Reject => "AR",
    };
    format!(
        "MSH|^~\\&|{}|{}|{}|{}|{}||ACK|{}|P|2.5|||||FRA|UNICODE UTF-8\rMSA|{verdict}|{}|{}\r",
        escape(&of(5)),
        escape(&of(6)),
        escape(&of(3)),
        escape(&of(4)),
        instant(at),
        escape(id),
        escape(&of(10)),
        escape(text)
    )
    .into_bytes()
}

fn event(out: &Outgoing<'_>) -> &'static str {
    match out.purpose {
        Purpose::New => "T02",
        Purpose::Replace => "T10",
        Purpose::Recall => "T04",
    }
}

fn msh(out: &Outgoing<'_>, shape: Shape) -> String {
    let kind = match shape {
        Shape::Mdm => format!("MDM^{}^MDM_T02", event(out)),
        Shape::Oru => "ORU^R01^ORU_R01".to_owned(),
    };
    let facility = out.organization.map_or(out.sender, |o| o.name.as_str());
    format!(
        "MSH|^~\\&|RELU|{}|{}||{}||{kind}|{}|P|2.5|||||FRA|UNICODE UTF-8|FR",
        escape(facility),
        escape(out.receiver),
        instant(out.at),
        control_id(out.id)
    )
}

/// `AAAAMMJJhhmmss+0000`.
fn instant(at: Instant) -> String {
    let text: String = at.to_rfc3339().chars().filter(char::is_ascii_digit).collect();
    format!("{text}+0000")
}

fn pid(out: &Outgoing<'_>) -> String {
    let p = out.patient;
    let of = |v: &Option<Private>| v.as_ref().map(|v| escape(v)).unwrap_or_default();
    let mut names = vec![format!(
        "{}^{}^{}^^^^L",
        of(&p.birth_name),
        of(&p.first_name),
        of(&p.birth_first_names)
    )];
    if p.used_name.is_some() || p.used_first_name.is_some() {
        names.push(format!("{}^{}^^^^^D", of(&p.used_name), of(&p.used_first_name)));
    }
    let mut places: Vec<String> = Vec::new();
    if p.address.is_some() {
        places.push(format!("{}^^^^^^H", of(&p.address)));
    }
    if p.birth_place.is_some() {
        places.push(format!("^^^^^^BDL^^{}", of(&p.birth_place)));
    }
    let sex = p.sex.map_or("U", |s| if s == Sex::F { "F" } else { "M" });
    let status = match p.ins_status {
        InsStatus::Qualifiee | InsStatus::Validee => "VALI",
        InsStatus::Recuperee | InsStatus::Provisoire => "PROV",
    };
    format!(
        "PID|1||{}||{}||{}|{sex}|||{}|||||||||||||||||||||{status}",
        patient_ids(p, out).join("~"),
        names.join("~"),
        p.birth_date.as_ref().map(|d| digits(d.0)).unwrap_or_default(),
        places.join("~")
    )
}

/// The INS first, then the number of the other side, then those of others.
fn patient_ids(p: &PatientIdentity, out: &Outgoing<'_>) -> Vec<String> {
    let mut ids = Vec::new();
    if let Some(ins) = &p.ins {
        ids.push(format!("{}^^^ASIP-SANTE-INS&{}&ISO^INS", escape(&ins.value), escape(&ins.oid)));
    }
    let own = out.patient_number.into_iter();
    let others = p.identifiers.iter().filter(|id| Some(*id) != out.patient_number);
    for id in own.chain(others) {
        let authority = match id.system.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
            true => format!("&{}&ISO", id.system),
            false => escape(&id.system),
        };
        let kind = id.kind.as_deref().unwrap_or("PI");
        ids.push(format!("{}^^^{authority}^{}", escape(&id.value), escape(kind)));
    }
    ids
}

fn txa(out: &Outgoing<'_>) -> String {
    let date = out.date.map(|m| moment_digits(&m)).unwrap_or_default();
    let mut fields = vec![String::new(); 26];
    let mut set = |n: usize, value: String| {
        if let Some(field) = fields.get_mut(n) {
            *field = value;
        }
    };
    set(0, "TXA".to_owned());
    set(1, "1".to_owned());
    set(2, coded(out.document_type));
    set(3, "TEXT".to_owned());
    set(4, date.clone());
    set(6, date);
    set(9, out.author.map(xcn).unwrap_or_default());
    set(12, format!("^^{}^ISO", oid(out.id)));
    set(13, out.replaces.map(|r| format!("^^{}^ISO", oid(r))).unwrap_or_default());
    set(17, "AU".to_owned());
    set(18, if out.masks.is_empty() { "U" } else { "R" }.to_owned());
    set(19, if out.purpose == Purpose::Recall { "CA" } else { "AV" }.to_owned());
    set(25, escape(out.title));
    fields.join("|")
}

fn obr(out: &Outgoing<'_>) -> String {
    let date = out.date.map(|m| moment_digits(&m)).unwrap_or_default();
    // The number that the results of one report share: its first version's, or what it replaces.
    let number = control_id(out.replaces.unwrap_or(out.id));
    let status = match out.purpose {
        Purpose::New => "F",
        Purpose::Replace => "C",
        Purpose::Recall => "X",
    };
    let author = out.author.map(xcn).unwrap_or_default();
    format!(
        "OBR|1||{number}^RELU|{}|||{date}|||||||||{author}||||||{date}|||{status}",
        coded(out.document_type)
    )
}

fn observations(out: &Outgoing<'_>, segments: &mut Vec<String>) {
    let kind = coded(out.document_type);
    let status = match out.purpose {
        Purpose::New => "F",
        Purpose::Replace => "C",
        Purpose::Recall => "D",
    };
    let mut n = 0;
    let mut push = |data_type: &str, what: &str, value: &str| {
        n += 1;
        segments.push(format!("OBX|{n}|{data_type}|{what}||{value}||||||{status}"));
    };
    if out.purpose != Purpose::Recall {
        if let Some(payload) = out.payload {
            let (kind_of, subtype) =
                payload.media_type.split_once('/').unwrap_or(("application", "octet-stream"));
            let data = base64::engine::general_purpose::STANDARD.encode(payload.bytes);
            let words = [kind_of, subtype].map(|w| escape(w).to_ascii_uppercase());
            push("ED", &kind, &format!("^{}^{}^Base64^{data}", words[0], words[1]));
        }
        if !out.text.trim().is_empty() {
            let lines: Vec<String> = out.text.lines().map(escape_line).collect();
            push("FT", &kind, &lines.join("\\.br\\"));
        }
    } else {
        push("ST", &kind, "");
    }
    for mask in out.masks {
        let code = match mask.code.as_str() {
            "INVISIBLE_REPRESENTANTS_LEGAUX" => "INVISIBLE_REP_LEGAUX",
            other => other,
        };
        push("CE", &format!("{}^^MetaDMPMSS", escape(code)), "Y^^expandedYes-NoIndicator");
    }
}

fn coded(code: Option<&Coding>) -> String {
    let Some(code) = code else { return String::new() };
    let name = match code.system.as_str() {
        system::LOINC => "LN",
        other => other,
    };
    let display = code.display.as_deref().unwrap_or_default();
    format!("{}^{}^{}", escape(&code.code), escape(display), escape(name))
}

fn xcn(p: &Practitioner) -> String {
    let name = &p.name;
    let prefix = name.prefix.as_deref().unwrap_or_default();
    let person = format!("{}^{}^^^{}", escape(&name.family), escape(&name.given), escape(prefix));
    match &p.rpps {
        Some(rpps) => {
            format!("8{}^{person}^^^ASIP-SANTE-PS&{}&ISO^D^^^IDNPS", rpps.as_str(), system::IDNPS)
        }
        None => format!("^{person}"),
    }
}

/// A value in one field: control characters as a space, delimiters escaped (HL7 v2.5 §2.7).
fn escape(value: &str) -> String {
    escape_line(&one_line(value))
}

/// A line of a report: spaces kept.
fn escape_line(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        match c {
            '\\' => out.push_str("\\E\\"),
            '|' => out.push_str("\\F\\"),
            '^' => out.push_str("\\S\\"),
            '&' => out.push_str("\\T\\"),
            '~' => out.push_str("\\R\\"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
