//! HPRIM Médecin 3.0: twelve header lines by position, free text, then for a laboratory the coded
//! `RES` lines. Source: `interop-fr` fact sheet §6b.

use crate::compose::Composed;
use crate::words;

/// Encodings met in the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Latin1,
    Cp850,
    Utf8,
}

/// The document as an HPRIM Médecin file.
pub(crate) fn write(doc: &Composed, charset: Charset) -> Vec<u8> {
    let c = &doc.cast;
    let p = &c.patient;
    let mut lines = vec![
        p.ipp.clone(),
        words::strict(p.called()),
        words::strict(&p.first_name),
        p.street.clone(),
        String::new(),
        format!("{} {}", p.zip, p.town),
        p.birth_date.to_french(),
        format!("{} {}", p.ins.get(..13).unwrap_or_default(), p.ins.get(13..).unwrap_or_default()),
        c.number.clone(),
        c.date.to_french(),
        format!("{:<10}{}", "EXP001", c.structure.name),
        format!("{:<10}{}", "DEST01", c.recipient.full()),
        String::new(),
    ];
    lines.extend(doc.text().lines().map(str::to_owned));
    let rows = doc.records.get("labo").filter(|_| doc.layout.kind.name == "labo");
    if let Some(rows) = rows {
        lines.push("****LAB****".to_owned());
        lines.extend(rows.iter().filter(|r| r.len() == 5).map(|r| res(r)));
    }
    lines.push("****FIN****".to_owned());
    lines.push("****FINFICHIER****".to_owned());
    let mut text = lines.join("\r\n");
    text.push_str("\r\n");
    match charset {
        Charset::Latin1 => words::windows_1252(&text),
        Charset::Cp850 => words::cp850(&text),
        Charset::Utf8 => text.into_bytes(),
    }
}

fn res(row: &[String]) -> String {
    let cell = |k: usize| row.get(k).map_or("", String::as_str);
    let point = |s: &str| s.trim().replace(',', ".").replace(' ', "");
    let number = point(cell(1));
    let (low, high) = match cell(3).split_once(" - ") {
        Some((l, h)) => (point(l), point(h)),
        None => (
            cell(3).strip_prefix('>').map(point).unwrap_or_default(),
            cell(3).strip_prefix('<').map(point).unwrap_or_default(),
        ),
    };
    let code: String =
        words::strict(cell(0)).chars().filter(char::is_ascii_alphabetic).take(5).collect();
    let (kind, value) =
        if number.parse::<f64>().is_ok() { ("N", number) } else { ("A", cell(1).to_owned()) };
    let flag = if cell(4).is_empty() { "N" } else { cell(4) };
    format!("RES|{}|{code}|{kind}|{value}|{}|{low}|{high}|{flag}|F||||", cell(0), cell(2))
}
