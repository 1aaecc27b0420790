//! *Déjà reçu* : the same report that came before by another way is shown beside the one opened, with
//! when it came; nothing is dropped. What finds it is a sketch of its words, kept as blind tokens
//! together with the patient's date of birth; what decides is the comparison of both.

use relu_pipeline::alike::{Compared, Report, compare, sketch};
use relu_record::{Actor, Decision, PatientIdentity, ProposalSet, Reading};
use relu_vault::Term;

use super::effective::Standing;
use super::look::Opened;
use super::{Desk, Result, lists};
use crate::texts::text_with;
use crate::view::VersionLine;

const SYSTEM: &str = "relu:sketch";
/// Most other documents compared, and shown.
const MOST: u32 = 24;
const MOST_SHOWN: usize = 5;

/// What a document's copies can be found by.
pub(super) fn terms(reading: &Reading, patient: Option<&PatientIdentity>) -> Vec<Term> {
    let born = patient.and_then(|p| p.birth_date.as_ref()).map(|d| d.to_string());
    bands(reading, born.as_deref().unwrap_or("?"))
}

fn bands(reading: &Reading, born: &str) -> Vec<Term> {
    let band = |(n, value): (usize, u64)| Term::Identifier {
        system: SYSTEM.to_owned(),
        value: format!("{born}:{n}:{value:x}"),
    };
    sketch(&reading.text).into_iter().enumerate().map(band).collect()
}

fn report<'a>(reading: &'a Reading, set: &'a ProposalSet, decisions: &'a [Decision]) -> Report<'a> {
    let standing = Standing::of(decisions);
    Report {
        text: &reading.text,
        patient: standing.patient(set),
        date: standing.date(set).map(|m| m.date),
    }
}

impl Desk {
    /// The same report received before or after, newest first.
    pub(super) async fn copies(&self, who: &Actor, opened: &Opened) -> Result<Vec<VersionLine>> {
        let (Some(reading), Some(set)) = (&opened.reading, &opened.set) else {
            return Ok(Vec::new());
        };
        let mine = report(reading, set, &opened.decisions);
        let mut wanted = terms(reading, mine.patient);
        // Of those whose patient was not read, nobody's date of birth is known.
        wanted.extend(bands(reading, "?"));
        let mut lines = Vec::new();
        for id in self.vault().documents_with(&wanted, MOST).await? {
            if id == opened.document.id || lines.len() >= MOST_SHOWN {
                continue;
            }
            if !lists::may_see(who, &self.vault().document(&id).await?) {
                continue;
            }
            let other = self.opened(who, &id).await?;
            if self.one_document(opened, &other).await? {
                continue;
            }
            let (Some(r), Some(s)) = (&other.reading, &other.set) else { continue };
            if compare(mine, report(r, s, &other.decisions)) == Compared::Same {
                let day = other.document.received_at.date().to_french();
                lines.push(VersionLine {
                    id,
                    name: lists::item(who, &other.document).name,
                    what: text_with("version", "copy", &day),
                    later: false,
                });
            }
        }
        Ok(lines)
    }
}
