//! Reading a list of persons who object: CSV as a hospital exports it, or lines of JSON.
//!
//! CSV: a first line with the names of the columns, separated by `;`, `,` or a tab, in UTF-8 or
//! Windows-1252; columns that are not of an identity are passed over. JSON: an object a line, with
//! the fields of `"patient"` in `relu deid`. A line that holds nobody who can be compared is an
//! error, never passed over in silence: somebody would be exported against their will.

use serde_json::Value;

use super::{Standing, Traits};

/// Most persons in one list.
const MAX_PERSONS: usize = 2_000_000;

/// Why a list cannot be used. The line is counted from 1; nothing of its content is told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("liste d'opposition, ligne {line} : {why}")]
pub struct ListError {
    /// Which line.
    pub line: usize,
    /// What is wrong and what to do, in French.
    pub why: &'static str,
}

const NOBODY: &str = "personne ne peut être reconnu avec ces champs : donnez l'INS, un identifiant (ipp), ou le nom, le prénom et la date de naissance complète";
const BAD_DATE: &str = "date de naissance illisible : écrivez AAAA-MM-JJ ou JJ/MM/AAAA";
const BAD_JSON: &str = "JSON invalide : un objet par ligne";
const COLUMNS: &str = "aucune colonne d'identité reconnue : nommez-les ins, ipp, nom, prenom, date_naissance sur la première ligne";
const QUOTES: &str = "guillemets non fermés";
const TOO_MANY: &str = "la liste compte trop de personnes";

/// Persons who object.
#[derive(Clone, Default)]
pub struct OppositionList {
    persons: Vec<Traits>,
}

impl std::fmt::Debug for OppositionList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OppositionList({} persons)", self.persons.len())
    }
}

impl OppositionList {
    /// Reads a list. An empty one is a list of nobody.
    pub fn parse(bytes: &[u8]) -> Result<OppositionList, ListError> {
        let text = decode(bytes);
        let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
        let persons = if first.trim_start().starts_with('{') { json(&text)? } else { csv(&text)? };
        Ok(OppositionList { persons })
    }

    /// A list of these persons, from a store of one's own.
    pub fn of(persons: Vec<Traits>) -> OppositionList {
        OppositionList { persons }
    }

    /// How many persons.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    /// Whether it names nobody.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// Whether that person objects. Somebody of whom nothing usable is known is
    /// [`Standing::Unknown`], unless the list is empty.
    pub fn standing(&self, person: &Traits) -> Standing {
        if self.persons.is_empty() {
            return Standing::Clear;
        }
        if !person.is_usable() {
            return Standing::Unknown;
        }
        let mut answer = Standing::Clear;
        for other in &self.persons {
            answer = answer.max(person.against(other));
            if answer == Standing::Opposed {
                break;
            }
        }
        answer
    }
}

// UTF-8 with or without its mark; else Latin-1, which agrees with Windows-1252 on every letter of a
// name but `œ`, whose byte is put right.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes
            .iter()
            .map(|b| match b {
                0x9C => 'œ',
                0x8C => 'Œ',
                b => char::from(*b),
            })
            .collect(),
    }
}

fn person(traits: Traits, line: usize, persons: &mut Vec<Traits>) -> Result<(), ListError> {
    if !traits.is_usable() {
        return Err(ListError { line, why: NOBODY });
    }
    if persons.len() >= MAX_PERSONS {
        return Err(ListError { line, why: TOO_MANY });
    }
    persons.push(traits);
    Ok(())
}

fn json(text: &str) -> Result<Vec<Traits>, ListError> {
    let mut persons = Vec::new();
    for (n, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let line_number = n + 1;
        let bad = |why| ListError { line: line_number, why };
        let value: Value = serde_json::from_str(line).map_err(|_| bad(BAD_JSON))?;
        let object = value.get("patient").unwrap_or(&value);
        let traits = Traits::from_json(object).ok_or_else(|| bad(BAD_DATE))?;
        person(traits, line_number, &mut persons)?;
    }
    Ok(persons)
}

impl Traits {
    /// Those of an identity in JSON, as the lines of `relu deid` carry it; `None` when its birth
    /// date cannot be read. Fields that say nothing of who it is are passed over.
    pub fn from_json(identity: &Value) -> Option<Traits> {
        let mut traits = Traits::default();
        let fields = identity.as_object()?;
        for (key, value) in fields {
            match (key.as_str(), value) {
                ("ins", Value::Object(ins)) => {
                    let value = ins.get("value").and_then(Value::as_str).unwrap_or_default();
                    traits.add("ins", value);
                }
                ("identifiers", Value::Array(ids)) => {
                    for id in ids {
                        let of = |k| id.get(k).and_then(Value::as_str).unwrap_or_default();
                        match id.as_str() {
                            Some(value) => traits.add_id("", value),
                            None => traits.add_id(of("system"), of("value")),
                        }
                    }
                }
                (_, Value::Array(values)) => {
                    for value in values.iter().filter_map(Value::as_str) {
                        traits.add(key, value);
                    }
                }
                (_, Value::Number(n)) => {
                    traits.add(key, &n.to_string());
                }
                (_, Value::String(text)) => {
                    let read = traits.add(key, text);
                    if !read && is_birth_date(key) && !text.trim().is_empty() {
                        return None;
                    }
                }
                _ => {}
            }
        }
        Some(traits)
    }
}

fn is_birth_date(field: &str) -> bool {
    let mut probe = Traits::default();
    probe.add(field, "2000-01-01") && probe != Traits::default() && !probe.is_usable()
}

fn csv(text: &str) -> Result<Vec<Traits>, ListError> {
    let head = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
    let separator = ['\t', ';', ','].into_iter().find(|s| head.contains(*s)).unwrap_or(';');
    let mut rows = rows(text, separator)?.into_iter();
    let Some((line, columns)) = rows.next() else { return Ok(Vec::new()) };
    // A column is one of an identity when a value under that name is understood.
    let known: Vec<bool> = columns.iter().map(|c| Traits::default().add(c, "2000-01-01")).collect();
    if !known.contains(&true) {
        return Err(ListError { line, why: COLUMNS });
    }
    let mut persons = Vec::new();
    for (line, row) in rows {
        let mut traits = Traits::default();
        for ((column, value), _) in columns.iter().zip(&row).zip(&known).filter(|(_, k)| **k) {
            if !value.trim().is_empty() && !traits.add(column, value) {
                return Err(ListError { line, why: BAD_DATE });
            }
        }
        person(traits, line, &mut persons)?;
    }
    Ok(persons)
}

/// Rows with the line each begins on (RFC 4180: quotes doubled inside quotes); empty ones left out.
fn rows(text: &str, separator: char) -> Result<Vec<(usize, Vec<String>)>, ListError> {
    let mut out: Vec<(usize, Vec<String>)> = Vec::new();
    let (mut row, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let (mut line, mut begun) = (1, 1);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        line += usize::from(c == '\n');
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                field.push('"');
            }
            '"' if quoted || field.trim().is_empty() => quoted = !quoted,
            c if quoted => field.push(c),
            c if c == separator => row.push(std::mem::take(&mut field)),
            '\n' => {
                row.push(std::mem::take(&mut field));
                close(&mut out, begun, &mut row);
                begun = line;
            }
            '\r' => {}
            c => field.push(c),
        }
    }
    if quoted {
        return Err(ListError { line: begun, why: QUOTES });
    }
    row.push(field);
    close(&mut out, begun, &mut row);
    Ok(out)
}

fn close(out: &mut Vec<(usize, Vec<String>)>, line: usize, row: &mut Vec<String>) {
    let row = std::mem::take(row);
    if row.iter().any(|f| !f.trim().is_empty()) {
        out.push((line, row));
    }
}
