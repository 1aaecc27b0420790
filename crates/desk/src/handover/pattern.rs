//! Names of files as each product wants them: `{nom}_{prenom}_{naissance}_{id}`.
//!
//! Places: `{id}` (32 hexadecimal digits) and `{court}` (8 letters and digits) tell one delivery from
//! any other, one of them must be there; `{ipp} {nom} {prenom} {naissance} {date} {type} {titre}` come
//! from the document. What comes from a document is folded to letters, digits and hyphens, so that
//! no name leaves its folder.

use relu_formats::write::{Outgoing, code};

/// Longest name, without extension.
const MOST: usize = 120;

const PLACES: [&str; 9] =
    ["id", "court", "ipp", "nom", "prenom", "naissance", "date", "type", "titre"];

/// Why a pattern cannot be used.
pub(crate) fn problem(pattern: &str) -> Option<&'static str> {
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let after = rest.get(open + 1..).unwrap_or_default();
        let Some((place, tail)) = after.split_once('}') else {
            return Some("le nom des fichiers a une accolade ouverte");
        };
        if !PLACES.contains(&place) {
            return Some("le nom des fichiers a une place inconnue");
        }
        rest = tail;
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-{}".contains(c);
    if !pattern.chars().all(plain) {
        return Some("le nom des fichiers s'écrit en lettres sans accent, chiffres, _ et -");
    }
    let known = pattern.contains("{id}") || pattern.contains("{court}");
    (!known).then_some(
        "le nom des fichiers doit contenir {id} ou {court} : sans lui, rien ne serait reconnu",
    )
}

/// The name of the files of a delivery.
pub(crate) fn name(pattern: &str, out: &Outgoing<'_>) -> String {
    let mut name = String::new();
    let mut rest = pattern;
    while let Some((before, after)) = rest.split_once('{') {
        name.push_str(before);
        let (place, tail) = after.split_once('}').unwrap_or((after, ""));
        name.push_str(&value(place, out));
        rest = tail;
    }
    name.push_str(rest);
    name
}

fn value(place: &str, out: &Outgoing<'_>) -> String {
    let p = out.patient;
    let of = |v: &Option<relu_record::Private>| v.as_ref().map(|v| v.0.clone()).unwrap_or_default();
    let text = match place {
        // Never cut: they are what tells one delivery from another.
        "id" => return out.id.chars().filter(char::is_ascii_alphanumeric).collect(),
        "court" => return code(out.id, 8),
        "ipp" => out.patient_number.map(|id| id.value.0.clone()).unwrap_or_default(),
        "nom" => of(&p.birth_name),
        "prenom" => of(&p.first_name),
        "naissance" => p.birth_date.as_ref().map(|d| d.to_string()).unwrap_or_default(),
        "date" => out.date.map(|m| m.date.to_string()).unwrap_or_default(),
        "type" => out.document_type.map(|t| t.code.clone()).unwrap_or_default(),
        "titre" => out.title.to_owned(),
        _ => String::new(),
    };
    let folded: String = relu_vault::fold(&text)
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '-' })
        .collect();
    let words: Vec<&str> = folded.split('-').filter(|w| !w.is_empty()).collect();
    let joined = words.join("-");
    joined.get(..MOST / 4).unwrap_or(&joined).to_owned()
}
