//! Made-up queues, rules and the doctor's list, as the pages show them.

use maud::Markup;
use relu_desk::view::routing::*;
use relu_desk::view::{EvidenceView, ListItem};
use relu_record::{DocumentId, Role};
use relu_server::pages::{Section, bannettes, rules, visa};

use super::frame;

fn task(late: bool) -> TaskView {
    TaskView {
        id: "t1".into(),
        label: "Recontrôler le potassium".into(),
        due: Some("12/03/2026".into()),
        late,
        done: None,
        document: DocumentId("d1".into()),
    }
}

fn item(n: usize) -> ListItem {
    let mut item = super::letter().item;
    item.id = DocumentId(format!("d{n}"));
    item
}

fn queue(code: &str, name: &str, open: u64, late: bool) -> QueueLine {
    QueueLine {
        code: code.into(),
        name: name.into(),
        open,
        free: open / 2,
        oldest: (open > 0).then(|| "3 jours".into()),
        late,
    }
}

pub fn bannettes_page(here: &str) -> Markup {
    let entry = |n: usize, held: bool| QueueItem {
        item: item(n),
        since: "depuis 3 jours".into(),
        holder: held.then(|| ("Dr Claire PETIT".into(), "depuis 2 h".into())),
        mine: held,
        may_claim: !held,
        covers: None,
        escalated: (!held).then(|| "personne ne l'avait pris à temps, ici depuis 1 jour".into()),
        note: held.then(|| ("à lire avant midi".into(), "Léa ROUX".into())),
        tags: vec!["cardio".into()],
        due: Some(("12/03/2026".into(), true)),
        may_undo: held,
    };
    let view = BannettesView {
        queues: vec![
            queue("moi", "Je m'en occupe", 1, false),
            queue("biologie", "Biologie", 12, true),
            queue("courriers", "Courriers", 0, false),
            queue("taches", "Tâches", 1, true),
            queue("imprimer", "À imprimer", 1, false),
        ],
        here: here.into(),
        title: "Biologie".into(),
        items: vec![entry(1, false), entry(2, true)],
        tasks: vec![(task(true), item(1))],
        prints: vec![PrintItem {
            item: item(3),
            by: "une règle".into(),
            since: "depuis 2 h".into(),
        }],
        targets: vec![("queue:courriers".into(), "Courriers".into())],
    };
    bannettes::page(&frame(Role::Secretariat, Section::Bannettes), &view)
}

pub fn team_page() -> Markup {
    let view = TeamView {
        queues: vec![TeamQueueView {
            code: "biologie".into(),
            name: "Biologie".into(),
            hours: 24,
            fallback: true,
            members: "médecins".into(),
        }],
        absences: vec![AbsenceView { index: 0, says: "Léa ROUX absente".into() }],
        people: vec![("a1".into(), "Léa ROUX".into()), ("a2".into(), "Luc BLANC".into())],
        may_change: true,
    };
    bannettes::team(&frame(Role::Medecin, Section::Bannettes), &view, Some("le nom est vide"))
}

const SENTENCE: &str =
    "Si le type est « CR d'examens biologiques », alors attribuer à la bannette « Biologie ».";

fn rule(id: &str) -> RuleView {
    RuleView { id: id.into(), version: 1, sentence: SENTENCE.into(), problem: None }
}

pub fn rules_page(role: Role) -> Markup {
    let set = |version, state: &str| RuleSetView {
        version,
        state: state.into(),
        by: "Dr Claire PETIT, 01/03/2026".into(),
        rules: vec![rule("r1"), rule("r2")],
    };
    let view = RulesView {
        active: Some(set(2, "en service")),
        draft: Some(set(3, "brouillon")),
        older: vec![set(1, "retiré")],
        words: vec![("Types".into(), vec!["« CR d'imagerie médicale »".into()])],
        suggestions: vec![SuggestionView {
            sentence: SENTENCE.into(),
            why: "12 sur les 12 derniers ; intervalle à 95 % : 76 % à 100 %".into(),
        }],
        may_activate: role.may_activate_rules(),
    };
    let writing = rules::Writing {
        rule: Some("r2".into()),
        sentence: "Si le tipe".into(),
        problem: "« tipe » n'est pas compris ; attendu : type".into(),
    };
    rules::page(&frame(role, Section::Rules), &view, Some(&writing))
}

pub fn replay_page() -> Markup {
    let view = ReplayView {
        from: "10/02/2026".into(),
        to: "12/03/2026".into(),
        version: 3,
        documents: 10_000,
        changed: 250,
        rows: vec![ReplayRow {
            document: "d1".into(),
            what: "MARTIN Jeanne · CR d'examens biologiques".into(),
            was: "personne (bannette de recours)".into(),
            would_be: "Attribuer à la bannette « Biologie »".into(),
            rules: "r1".into(),
        }],
        counts: vec![ReplayCount {
            id: "r1".into(),
            sentence: SENTENCE.into(),
            ..ReplayCount::default()
        }],
        conflicts: vec![("r1".into(), "r2".into(), 4)],
        without_owner: (10, 2),
        took_ms: 900,
    };
    let range = rules::Range { from: "2026-02-10".into(), to: String::new() };
    rules::replay(&frame(Role::Medecin, Section::Rules), &view, &range, true)
}

pub fn why_page() -> Markup {
    let why = WhyRule {
        rule: rule("r1"),
        truth: "unknown".into(),
        says: "inconnu".into(),
        conditions: vec![WhyLine {
            condition: "le médecin traitant est « Dr X »".into(),
            truth: "unknown".into(),
            says: "inconnu".into(),
            seen: "le médecin traitant n'est pas connu".into(),
            evidence: vec![EvidenceView {
                label: "le médecin traitant n'est pas connu".into(),
                span: None,
                boxes: Vec::new(),
            }],
            depth: 1,
        }],
    };
    rules::why(&frame(Role::Secretariat, Section::Rules), &item(1), &[why])
}

pub fn visa_page() -> Markup {
    let entry = |n: usize, mentions: &[&str]| VisaItem {
        item: item(n),
        mentions: mentions.iter().map(|m| (*m).to_owned()).collect(),
        due: Some(("12/03/2026".into(), true)),
        place: "Biologie".into(),
    };
    let view = VisaView {
        items: vec![entry(1, &["H", "urgent"]), entry(2, &[])],
        counts: [2, 1, 12],
        mentions: vec![("H".into(), "H".into()), ("urgent".into(), "urgent".into())],
        more: true,
    };
    let place = visa::Place { show: "a-viser".into(), mine: true, ..visa::Place::default() };
    let types = [("11502-2".to_owned(), "CR d'examens biologiques".to_owned())];
    let with = visa::Filters { types: &types, words: "mart" };
    visa::page(&frame(Role::Medecin, Section::Visa), &view, &place, &with)
}

/// A route of a document still to be filed.
pub fn route() -> RouteView {
    RouteView {
        rules: Some(2),
        lines: vec![RouteLine {
            id: "route-p0".into(),
            what: "Attribuer à la bannette « Biologie »".into(),
            because: SENTENCE.into(),
            rule: "r1".into(),
            evidence: Vec::new(),
            overridden_by: None,
            refused: false,
        }],
        choice: None,
        to: "Biologie".into(),
        queues: vec![("biologie".into(), "Biologie".into())],
        may_choose: true,
        place: None,
        tasks: vec![task(false)],
    }
}
