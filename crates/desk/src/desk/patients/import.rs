//! A list of patients that another software gives (CSV, FHIR), applied line by line as messages of a
//! feed are. A trial run does the same and commits nothing: what it shows is what would happen.

use std::collections::BTreeSet;

use relu_record::{Actor, ActorKind, Budget, PatientEvent, Role};

use super::super::{Desk, Result};
use super::apply::{Applied, Source, apply};
use crate::texts::text;
use crate::view::{ImportLine, ImportOutcome, ImportReport};
use crate::{DeskError, ErrorKind, present};

const OPERATION: &str = "import de patients";
/// Lines committed together: others write in between.
const AT_ONCE: usize = 100;
/// Longest name of a source.
const MAX_SOURCE: usize = 60;

impl Desk {
    /// Imports a list; `source` is the software that gave it, in which its numbers are unique. With
    /// `trial` nothing is kept.
    pub async fn import_patients(
        &self,
        who: &Actor,
        source: &str,
        bytes: &[u8],
        trial: bool,
    ) -> Result<ImportReport> {
        let may = |r: Role| r.may_decide_filing() || r.may_administer();
        if who.kind == ActorKind::Person && !who.role.is_some_and(may) {
            let cause = "votre rôle ne le permet pas";
            return Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause));
        }
        let source = source.trim();
        if source.is_empty() || source.chars().count() > MAX_SOURCE {
            let cause = "indiquez le logiciel qui a fait la liste";
            return Err(DeskError::new(ErrorKind::User, OPERATION, cause)
                .hint("ce nom dit de qui sont les numéros : donnez toujours le même"));
        }
        let rows = relu_formats::patients::read(bytes, source, &Budget::standard())
            .map_err(|refusal| DeskError::new(ErrorKind::User, OPERATION, refusal.message))?;
        let mut report = ImportReport::default();
        let mut numbers = BTreeSet::new();
        for chunk in rows.chunks(AT_ONCE) {
            let mut tx = self.begin(who).await?;
            for row in chunk {
                let twice = row.event.as_ref().is_ok_and(|e| !numbers.insert(own_number(e)));
                let done = match &row.event {
                    Err(code) => Err(*code),
                    Ok(_) if twice => Err("number-twice"),
                    Ok(event) => {
                        let event = PatientEvent { at: Some(tx.now()), ..event.clone() };
                        apply(&mut tx, &event, &Source { message: None, reread: true }).await?
                    }
                };
                report.lines.push(line(row, done));
            }
            match trial {
                true => tx.rollback().await?,
                false => tx.commit().await?,
            }
        }
        Ok(report)
    }
}

fn own_number(event: &PatientEvent) -> String {
    let mut numbers = event.patient.identifiers.iter().filter(|i| i.system == event.sender);
    numbers.next().map(|i| i.value.0.clone()).unwrap_or_default()
}

fn line(
    row: &relu_formats::patients::Row,
    done: std::result::Result<Applied, &'static str>,
) -> ImportLine {
    let (outcome, reason) = match done {
        Ok(Applied::Created) => (ImportOutcome::New, None),
        Ok(Applied::Changed | Applied::Merged) => (ImportOutcome::Changed, None),
        Ok(Applied::Same | Applied::Older | Applied::Nothing) => (ImportOutcome::Same, None),
        Err(code) => (ImportOutcome::Refused, Some(code)),
    };
    let event = row.event.as_ref().ok();
    let said = |code| text("import-line", code);
    ImportLine {
        line: row.line,
        outcome,
        display: event.map(|e| present::patient_line(&e.patient)).unwrap_or_default(),
        reason: reason.or(row.note).map(said),
        code: reason.or(row.note).map(str::to_owned),
    }
}
