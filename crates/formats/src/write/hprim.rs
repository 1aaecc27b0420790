//! HPRIM Médecin 1.x: twelve header lines by position, the letter, the end tags. A PDF goes beside
//! it under the same name: the format itself carries no file.
//!
//! Line 8 (social security number) is filled from a billing number alone: an INS is none. A recall
//! cannot be said in this format, nor that a document is masked: the caller refuses both.
//! Source: HPRIM Médecin (1997), as read back by [`crate::hprim`].

use relu_record::{Moment, Private};

use super::{Encoding, Outgoing, code, one_line};

/// Longest line of the letter, in characters; longer ones are folded at a space.
const WIDTH: usize = 250;

/// The file.
pub fn write(out: &Outgoing<'_>, encoding: Encoding) -> Vec<u8> {
    let mut lines = header(out);
    // A thirteenth line, blank: many programs skip it unread.
    lines.push(String::new());
    lines.extend(out.text.lines().flat_map(body));
    lines.push("****FIN****".to_owned());
    lines.push("****FINFICHIER****".to_owned());
    let mut text = lines.join("\r\n");
    text.push_str("\r\n");
    encoding.encode(&text)
}

fn header(out: &Outgoing<'_>) -> Vec<String> {
    let p = out.patient;
    let of = |v: &Option<Private>| v.as_ref().map(|v| one_line(v)).unwrap_or_default();
    let number = out.patient_number.map(|id| one_line(&id.value)).unwrap_or_default();
    let billing = p.identifiers.iter().find(|id| id.system == "NSS");
    let (street, town) = address(&of(&p.address));
    let date = out.date.map(|Moment { date, .. }| date).filter(|d| d.is_full());
    vec![
        number,
        of(&p.birth_name),
        of(&p.first_name),
        street,
        String::new(),
        town,
        p.birth_date.as_ref().map(|d| d.to_french()).unwrap_or_default(),
        billing.map(|id| one_line(&id.value)).unwrap_or_default(),
        code(out.id, 10),
        date.unwrap_or(out.at.date()).to_french(),
        one_line(out.organization.map_or(out.sender, |o| o.name.as_str())),
        one_line(out.receiver),
    ]
}

/// Street, then zip and town: the address is one line, whose last piece is the town.
fn address(line: &str) -> (String, String) {
    let zip = |s: &str| s.len() >= 5 && s.bytes().take(5).all(|b| b.is_ascii_digit());
    match line.rsplit_once(", ") {
        Some((street, town)) if zip(town) => (street.to_owned(), town.to_owned()),
        _ => (line.to_owned(), String::new()),
    }
}

/// A line of the letter. One that looks like a tag of the format is spaced out.
fn body(line: &str) -> Vec<String> {
    let clean: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let clean = clean.trim_end();
    let tag = clean.trim();
    if tag.starts_with("****") {
        return vec![clean.replacen("****", "* * * *", 1)];
    }
    fold(clean)
}

fn fold(line: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in line.split_inclusive(' ') {
        if current.chars().count() + word.chars().count() > WIDTH && !current.trim().is_empty() {
            lines.push(std::mem::take(&mut current).trim_end().to_owned());
        }
        current.push_str(word);
    }
    lines.push(current.trim_end().to_owned());
    lines
}
