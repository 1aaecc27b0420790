//! A made-up timeline: a doctor's, with charts, masked documents and what two letters say differently.

use maud::Markup;
use relu_desk::view::DecisionView;
use relu_desk::view::timeline::{
    Dated, PairSide, PairView, Point, Series, TimelineDocument, TimelineEntry, TimelineGroup,
    TimelineKind, TimelineView,
};
use relu_record::{DocumentId, Kept, ProposalId, Role};
use relu_server::pages::timeline::TimelineQuery;
use relu_server::pages::{Section, timeline};

use super::{AT, frame};

fn decision() -> DecisionView {
    DecisionView { verdict: "accepté".into(), by: "Dr Paul Durand".into(), at: AT, reason: None }
}

fn side(n: usize, words: &str) -> PairSide {
    PairSide {
        document: DocumentId(format!("d{n}")),
        fact: ProposalId(format!("p{n}")),
        date: format!("0{n}/03/2026"),
        title: "Lettre de liaison · Dr Hélène MARCHAND".into(),
        words: words.into(),
        in_text: n > 1,
        confirmed: n == 1,
    }
}

/// A pair, answered or not.
pub fn pair(n: usize, kept: Option<Kept>) -> PairView {
    PairView {
        id: format!("ecart-{n}"),
        rule: "CTR004".into(),
        title: "Médicament arrêté, encore cité".into(),
        sentence: "Le document du 01/03/2026 parle d’un arrêt.".into(),
        here: side(2, "amlodipine 5 mg <le matin>"),
        there: (n != 3).then(|| side(1, "Arrêt de l’amlodipine")),
        kept,
        decision: kept.map(|_| decision()),
        may_decide: true,
    }
}

fn entry(n: usize, kind: TimelineKind) -> TimelineEntry {
    TimelineEntry {
        kind,
        label: "médicament".into(),
        words: "amlodipine".into(),
        code: Some("ATC C08CA01".into()),
        said: vec!["arrêté".into()],
        value: Some("5 mg, le matin".into()),
        fact: ProposalId(format!("p{n}")),
        in_text: n.is_multiple_of(2),
        decision: (n != 2).then(decision),
        set_aside: n == 3,
    }
}

fn group(n: usize) -> TimelineGroup {
    let document = TimelineDocument {
        id: DocumentId(format!("d{n}")),
        title: "Lettre de liaison".into(),
        by: "Dr Hélène MARCHAND, CH des Trois-Rivières".into(),
        filed: Some(decision()),
        masked: n == 1,
        hidden: n == 2,
    };
    TimelineGroup {
        year: 2026,
        month: (n < 4).then_some(3),
        date: "14/03/2026".into(),
        dated: [Dated::Document, Dated::Fact, Dated::Received][n % 3],
        document: (n != 4).then_some(document),
        entries: (0..n).map(|m| entry(m, TimelineKind::Medicaments)).collect(),
    }
}

fn series(n: usize) -> Series {
    let point = |day: i64, value: f64| Point {
        day,
        date: "14/03/2026".into(),
        dated: Dated::Document,
        value,
        upper: (n == 1).then_some(value + 50.0),
        shown: format!("{value} %"),
        flag: (day > 30).then(|| "H".into()),
        document: DocumentId("d1".into()),
        fact: ProposalId("p1".into()),
        in_text: true,
        confirmed: day > 0,
    };
    Series {
        name: "HbA1c".into(),
        unit: "%".into(),
        reference: Some("4,0-6,0".into()),
        bounds: (Some(4.0), Some(6.0)),
        points: vec![point(0, 6.1), point(40, 7.2), point(90, 6.8)],
    }
}

/// The page.
pub fn page() -> Markup {
    let view = TimelineView {
        patient: "pat-1".into(),
        display: "DUPONT Jeanne, née MARTIN · F · 12/03/1950".into(),
        counts: vec![(TimelineKind::Documents, 120), (TimelineKind::Medicaments, 14)],
        unconfirmed: 31,
        groups: (0..5).map(group).collect(),
        total: 120,
        page_size: 40,
        series: vec![series(0), series(1)],
        pairs: vec![pair(1, None), pair(3, None)],
    };
    let query = TimelineQuery { page: Some(2), ..TimelineQuery::default() };
    timeline::page(&frame(Role::Medecin, Section::Patients), &view, &query)
}

/// Nothing yet.
pub fn empty() -> Markup {
    let view = TimelineView { display: "DUPONT Jeanne".into(), ..TimelineView::default() };
    timeline::page(&frame(Role::Secretariat, Section::Patients), &view, &TimelineQuery::default())
}
