//! Made-up records that could be of one person, an import, and a document taken off its patient.

use maud::Markup;
use relu_desk::view::{
    Compared, DoubleSide, Doubles, HistoryLine, ImportLine, ImportOutcome, ImportReport, MergeLine,
    PatientChoice, PatientPair, Recalled,
};
use relu_record::Role;
use relu_server::pages::patients::{ImportPage, PatientsPage};
use relu_server::pages::{Section, document, patients};

use super::{AT, frame};

/// Doubles and merges; `may_merge` is off where an identity server masters patients.
pub fn page(may_merge: bool) -> Markup {
    let side = |n: usize| DoubleSide {
        id: format!("p{n}"),
        display: format!("ESSAI Jeanne · F · 12/03/1950 · n° 100{n}"),
        master: (n == 1).then(|| "GAM/CHX".to_owned()),
        documents: n as u64,
    };
    let line = |field: &str, agrees| Compared {
        field: field.into(),
        given: "ESSAI".into(),
        known: "ESSAI".into(),
        level: "identique".into(),
        agrees,
    };
    let compared = vec![line("Nom", true), line("Numéro", false)];
    let pair = |n| PatientPair { first: side(n), second: side(n + 1), compared: compared.clone() };
    let merge = |n: usize| MergeLine {
        id: format!("m{n}"),
        source: "ESSAI Jeanne · n° 1001".into(),
        target: "ESSAI Jeanne · n° 1002".into(),
        documents: 12,
        message: (n == 1).then(|| relu_record::DocumentId("d1".into())),
        made_at: AT,
        made_by: "Claire".into(),
        undone: (n == 2).then(|| ("Claire".to_owned(), AT)),
    };
    let doubles = Doubles { pairs: vec![pair(1), pair(3)], looked_at: 40, may_merge };
    let merges = [merge(1), merge(2)];
    let who = PatientChoice {
        id: "p1".into(),
        display: "ESSAI Jeanne · F · 12/03/1950".into(),
        why: String::new(),
        sure: false,
        compared: Vec::new(),
    };
    let known = [who];
    let found = may_merge.then_some(("essai", &known[..]));
    let page = PatientsPage { doubles: &doubles, merges: &merges, found };
    patients::page(&frame(Role::Secretariat, Section::Patients), &page)
}

/// An import that waits for a confirmation.
pub fn import() -> Markup {
    let line = |line, outcome| ImportLine {
        line,
        outcome,
        display: "ESSAI Jeanne · F · 12/03/1950".into(),
        reason: (outcome == ImportOutcome::Refused).then(|| "pas de numéro de patient".into()),
        code: None,
    };
    let lines = ImportOutcome::ALL.into_iter().enumerate().map(|(n, o)| line(n + 2, o)).collect();
    let report = ImportReport { lines };
    let page = ImportPage {
        source: "LOGI",
        report: Some(&report),
        waiting: true,
        problem: Some("La liste n’a pas pu être lue."),
    };
    patients::import(&frame(Role::Administrateur, Section::Patients), &page)
}

/// A document taken off its patient.
pub fn detached() -> Markup {
    let line = |what: &str| HistoryLine { at: AT, by: "Dr Durand".into(), what: what.into() };
    let recalled = Recalled {
        patient: Some("ESSAI Jeanne · F · 12/03/1950".into()),
        facts: 3,
        queue: Some("biologie".into()),
        left: vec![line("Consulté"), line("Exporté")],
    };
    document::detached(&frame(Role::Secretariat, Section::Inbox), "d1", "lettre.pdf", &recalled)
}
