//! *Déjà reçu* : the same report that came before by another way is shown beside the one opened, with
//! when it came; nothing is dropped. What finds it is a sketch of its words, kept as blind tokens
//! together with the patient's date of birth; what decides is the comparison of both.

use relu_pipeline::alike::{Compared, Keys, Report, compare, differences, keys};
use relu_record::{
    Actor, Decision, DocumentId, PartialDate, PatientIdentity, Private, ProposalSet, Reading, Span,
};
use relu_vault::Term;

use super::effective::Standing;
use super::look::Opened;
use super::{Desk, Result, lists};
use crate::texts::text_with;
use crate::view::{SideBySide, SideView, VersionLine};
use crate::{DeskError, ErrorKind};

const SYSTEM: &str = "relu:sketch";
/// Most other documents compared, and shown.
const MOST: u32 = 24;
const MOST_SHOWN: usize = 5;

/// What a document's copies can be found by.
pub(super) fn terms(
    reading: &Reading,
    patient: Option<&PatientIdentity>,
    date: Option<PartialDate>,
) -> Vec<Term> {
    as_terms(keys_of(reading, patient, date).own)
}

fn keys_of(
    reading: &Reading,
    patient: Option<&PatientIdentity>,
    date: Option<PartialDate>,
) -> Keys {
    keys(&reading.text, patient.and_then(|p| p.birth_date.as_ref()).map(|d| d.0), date)
}

fn as_terms(keys: Vec<String>) -> Vec<Term> {
    let term = |value| Term::Identifier { system: SYSTEM.to_owned(), value };
    keys.into_iter().map(term).collect()
}

fn report<'a>(reading: &'a Reading, set: &'a ProposalSet, decisions: &'a [Decision]) -> Report<'a> {
    let standing = Standing::of(decisions);
    Report {
        text: &reading.text,
        patient: standing.patient(set),
        date: standing.date(set).map(|m| m.date),
    }
}

/// A text cut where marks begin and end.
fn pieces(text: &str, marks: &[Span]) -> Vec<(Private, bool)> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut push = |range: Option<&str>, differs: bool| {
        out.extend(range.filter(|t| !t.is_empty()).map(|t| (Private::from(t), differs)));
    };
    for mark in marks {
        push(text.get(at..mark.start), false);
        push(mark.of(text), true);
        at = mark.end;
    }
    push(text.get(at..), false);
    out
}

impl Desk {
    /// Two documents side by side, what differs marked.
    pub async fn side_by_side(
        &self,
        who: &Actor,
        id: &DocumentId,
        other: &DocumentId,
    ) -> Result<SideBySide> {
        let (a, b) = (self.opened(who, id).await?, self.opened(who, other).await?);
        let (Some(x), Some(y)) = (&a.reading, &b.reading) else {
            let cause = "un des deux documents n'a pas été lu";
            return Err(DeskError::new(ErrorKind::NotFound, "comparaison", cause)
                .hint("réessayez la lecture, ou attendez qu'elle finisse"));
        };
        self.note_look(who, id).await?;
        self.note_look(who, other).await?;
        let [left, right] = differences(&x.text, &y.text);
        let side = |opened: &Opened, text: &str, marks: &[Span]| SideView {
            item: lists::item(who, &opened.document),
            pieces: pieces(text, marks),
        };
        Ok(SideBySide { sides: [side(&a, &x.text, &left), side(&b, &y.text, &right)] })
    }

    /// The same report received before or after, newest first.
    pub(super) async fn copies(&self, who: &Actor, opened: &Opened) -> Result<Vec<VersionLine>> {
        let (Some(reading), Some(set)) = (&opened.reading, &opened.set) else {
            return Ok(Vec::new());
        };
        let mine = report(reading, set, &opened.decisions);
        let wanted = as_terms(keys_of(reading, mine.patient, mine.date).wanted);
        let mut lines = Vec::new();
        for id in self.vault().documents_with(&wanted, MOST).await? {
            if id == opened.document.id || lines.len() >= MOST_SHOWN {
                continue;
            }
            let Some(other) = self.opened_if_seen(who, &id).await? else { continue };
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
