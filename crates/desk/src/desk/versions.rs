//! Versions of one report (*remplacé par, remplace*): what a source says of another document by its
//! identifiers is looked up when a document is opened, so that the order of arrival does not matter.
//!
//! Three ways to say it: the identifier of the document replaced (CDA `relatedDocument RPLC`, XDM
//! `RPLC`, MDM `TXA-13`), a set common to all versions with a number (CDA `setId`, `versionNumber`),
//! and a corrected or withdrawn result under the same filler number (ORU `OBX-11`, `OBR-3`). Nothing
//! is dropped or closed by itself: the earlier version stays readable and says that it was replaced; a
//! deletion is shown and waits for a person.

use relu_record::{Actor, DocumentId, Header, Reading};
use relu_vault::{Document, Term};

use super::look::Opened;
use super::{Desk, Result, lists};
use crate::texts::{text, text_with};
use crate::view::VersionLine;

/// Most other documents looked at.
const MOST: u32 = 20;
const DOCUMENT: &str = "relu:document";
const REPLACES: &str = "relu:replaces";
const SET: &str = "relu:set";
/// A message's own number tells nothing of the document; a placer's order may hold several.
const OTHER_KINDS: [&str; 2] = ["message", "PLAC"];
/// Findings by which a source corrects or withdraws what it had sent.
const CORRECTS: [&str; 2] = ["result-corrected", "hl7-replacement"];
const WITHDRAWS: [&str; 2] = ["result-deleted", "hl7-deletion"];

/// What a document's versions can be found by.
pub(super) fn terms(reading: &Reading) -> Vec<Term> {
    let h = &reading.header;
    let own = own_ids(h).map(|id| term(DOCUMENT, id));
    let replaced = h.replaces.iter().map(|id| term(REPLACES, id));
    own.chain(replaced).chain(h.set_id.iter().map(|id| term(SET, id))).collect()
}

fn term(system: &str, value: &str) -> Term {
    Term::Identifier { system: system.to_owned(), value: value.to_owned() }
}

fn own_ids(h: &Header) -> impl Iterator<Item = &str> {
    let other = |kind: &Option<String>| kind.as_deref().is_some_and(|k| OTHER_KINDS.contains(&k));
    h.document_ids.iter().filter(move |i| !other(&i.kind)).map(|i| i.value.0.as_str())
}

/// How another document stands to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Later,
    Earlier,
}

fn has(reading: &Reading, codes: &[&str]) -> bool {
    reading.findings.iter().any(|f| codes.contains(&f.code.as_str()))
}

/// Which of two readings replaces the other, if one does.
fn side(mine: &Reading, other: &Reading) -> Option<Side> {
    let (a, b) = (&mine.header, &other.header);
    if own_ids(a).any(|id| b.replaces.iter().any(|r| r == id)) {
        return Some(Side::Later);
    }
    if own_ids(b).any(|id| a.replaces.iter().any(|r| r == id)) {
        return Some(Side::Earlier);
    }
    let number = |h: &Header| h.version.as_ref().and_then(|v| v.trim().parse::<u64>().ok());
    if a.set_id.is_some() && a.set_id == b.set_id {
        return match number(b)?.cmp(&number(a)?) {
            std::cmp::Ordering::Greater => Some(Side::Later),
            std::cmp::Ordering::Less => Some(Side::Earlier),
            std::cmp::Ordering::Equal => None,
        };
    }
    let same = own_ids(a).any(|id| own_ids(b).any(|other| other == id));
    let fixes = |r: &Reading| has(r, &CORRECTS) || has(r, &WITHDRAWS);
    match (same, fixes(mine), fixes(other)) {
        (true, false, true) => Some(Side::Later),
        (true, true, false) => Some(Side::Earlier),
        _ => None,
    }
}

impl Desk {
    /// Other versions of a document, then copies of it that came another way.
    pub(super) async fn related(&self, who: &Actor, opened: &Opened) -> Result<Vec<VersionLine>> {
        let mut lines = self.versions(who, opened).await?;
        for copy in self.copies(who, opened).await? {
            if lines.iter().all(|l| l.id != copy.id) {
                lines.push(copy);
            }
        }
        Ok(lines)
    }

    /// Whether two are one document: an envelope and what it holds, or parts of one envelope. An
    /// envelope itself is looked at through what it holds.
    pub(super) async fn one_document(&self, a: &Opened, b: &Opened) -> Result<bool> {
        let (a, b) = (&a.document, &b.document);
        let family = a.parent.as_ref() == Some(&b.id)
            || b.parent.as_ref() == Some(&a.id)
            || (a.parent.is_some() && a.parent == b.parent);
        Ok(family || !self.vault().children(&b.id).await?.is_empty())
    }

    /// The other versions of a document, newest first.
    pub(super) async fn versions(&self, who: &Actor, opened: &Opened) -> Result<Vec<VersionLine>> {
        let Some(mine) = &opened.reading else { return Ok(Vec::new()) };
        let h = &mine.header;
        let wanted: Vec<Term> = own_ids(h)
            .flat_map(|id| [term(REPLACES, id), term(DOCUMENT, id)])
            .chain(h.replaces.iter().map(|id| term(DOCUMENT, id)))
            .chain(h.set_id.iter().map(|id| term(SET, id)))
            .collect();
        let mut lines = Vec::new();
        for id in self.vault().documents_with(&wanted, MOST).await? {
            if id == opened.document.id {
                continue;
            }
            lines.extend(self.version(who, opened, mine, &id).await?);
        }
        Ok(lines)
    }

    async fn version(
        &self,
        who: &Actor,
        opened: &Opened,
        mine: &Reading,
        id: &DocumentId,
    ) -> Result<Option<VersionLine>> {
        let Some(other) = self.opened_if_seen(who, id).await? else { return Ok(None) };
        if self.one_document(opened, &other).await? {
            return Ok(None);
        }
        let Some(reading) = &other.reading else { return Ok(None) };
        Ok(side(mine, reading).map(|side| line(who, side, mine, &other.document, reading)))
    }
}

fn line(
    who: &Actor,
    side: Side,
    mine: &Reading,
    other: &Document,
    reading: &Reading,
) -> VersionLine {
    let later = side == Side::Later;
    // What withdraws is the later one of the two.
    let withdrawn = has(if later { reading } else { mine }, &WITHDRAWS);
    let key = match (later, withdrawn) {
        (true, false) => "replaced",
        (true, true) => "withdrawn",
        (false, false) => "replaces",
        (false, true) => "withdraws",
    };
    let day = reading.header.date.as_ref().map(|d| d.value.date);
    let day = day.unwrap_or_else(|| other.received_at.date()).to_french();
    let when = match &reading.header.version {
        Some(number) => format!("{} {}", text_with("version", "number", number), day_of(&day)),
        None => format!("{} {}", text("version", "that"), day_of(&day)),
    };
    VersionLine {
        id: other.id.clone(),
        name: lists::item(who, other).name,
        what: text_with("version", key, &when),
        later,
    }
}

fn day_of(day: &str) -> String {
    format!("{} {day}", text("version", "of"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::{Finding, Format, Identifier, Private, Severity};

    fn reading(id: &str, replaces: &[&str], set: Option<(&str, &str)>) -> Reading {
        let mut r = Reading::new(Format::CdaN3, "text/xml");
        let kind = Some("document".to_owned());
        let value = Private::from(id);
        r.header.document_ids.push(Identifier { system: "1.2".into(), value, kind });
        r.header.replaces = replaces.iter().map(|r| (*r).to_owned()).collect();
        r.header.set_id = set.map(|s| s.0.to_owned());
        r.header.version = set.map(|s| s.1.to_owned());
        r
    }

    #[test]
    fn whichever_came_first_the_same_one_replaces() {
        let table = [
            (reading("1.2^a", &[], None), reading("1.2^b", &["1.2^a"], None)),
            (reading("a", &[], Some(("s", "1"))), reading("b", &[], Some(("s", "2")))),
            (reading("a", &[], Some(("s", "9"))), reading("b", &[], Some(("s", "10")))),
        ];
        for (old, new) in &table {
            assert_eq!(side(old, new), Some(Side::Later));
            assert_eq!(side(new, old), Some(Side::Earlier));
        }
        let (a, b) = (reading("a", &[], Some(("s", "1"))), reading("b", &[], Some(("t", "2"))));
        assert_eq!((side(&a, &b), side(&b, &a)), (None, None));
    }

    #[test]
    fn a_corrected_result_under_one_number_is_a_version_a_second_result_is_none() {
        let (first, mut second) = (reading("R1", &[], None), reading("R1", &[], None));
        assert_eq!(side(&first, &second), None);
        second.findings.push(Finding::new("result-corrected", Severity::Warning, "corrigé"));
        assert_eq!(side(&first, &second), Some(Side::Later));
        assert_eq!(side(&second, &first), Some(Side::Earlier));
        let mut message = reading("R1", &[], None);
        message.header.document_ids[0].kind = Some("message".to_owned());
        assert_eq!(side(&message, &second), None);
    }
}
