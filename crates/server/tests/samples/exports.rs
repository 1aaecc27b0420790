//! Made-up exports, as the pages show them.

use maud::Markup;
use relu_desk::view::{
    CandidateView, Certainty, ExportDocumentLine, ExportDocumentView, ExportForm, ExportLine,
    ExportView, LeftView, OppositionForm, OppositionLine, PolicyChoice, ProjectView, SampleView,
    WrittenView,
};
use relu_record::{DocumentId, Instant, Role, Span};
use relu_server::pages::exports::{self, NewPage, ReviewPage};
use relu_server::pages::{Section, opposition};

use super::frame;

const NOW: Instant = Instant(1_790_000_000_000);

const TEXT: &str = "Dr Hélène AUBRAC\nCardiologue\nLille, le 03/02/2026\n\nPatiente : KERVEGANEC Jeanne\n\
    Née le 01/01/1930\n\nCher confrère,\nJ'ai revu Madame KERVEGANEC en consultation. Pas de dyspnée. \
    Le signe de Babinski est absent.\n\nDr Hélène AUBRAC\n";

fn candidate(n: usize, words: &str, label: &str, certainty: Certainty) -> CandidateView {
    let start = TEXT.match_indices(words).nth(n / 10).map_or(0, |(at, _)| at);
    CandidateView {
        id: format!("c{start}"),
        span: Span::new(start, start + words.len()),
        words: words.into(),
        label: label.into(),
        label_name: label.to_lowercase(),
        source: "contexte".into(),
        certainty,
        masked: certainty != Certainty::Doubtful,
        decided: false,
    }
}

fn document() -> ExportDocumentView {
    let mut candidates = vec![
        candidate(0, "Hélène", "PRENOM", Certainty::Sure),
        candidate(0, "AUBRAC", "NOM", Certainty::Sure),
        candidate(0, "Lille", "VILLE", Certainty::Probable),
        candidate(0, "03/02/2026", "DATE", Certainty::Sure),
        candidate(0, "KERVEGANEC", "NOM", Certainty::Sure),
        candidate(0, "Jeanne", "PRENOM", Certainty::Sure),
        candidate(0, "01/01/1930", "DATE_NAISSANCE", Certainty::Sure),
        candidate(10, "KERVEGANEC", "NOM", Certainty::Sure),
        candidate(0, "Babinski", "NOM", Certainty::Doubtful),
        candidate(10, "AUBRAC", "NOM", Certainty::Sure),
    ];
    candidates[7].masked = false;
    candidates[7].decided = true;
    let left = &candidates[7];
    ExportDocumentView {
        id: DocumentId("d2".into()),
        state: "bloque".into(),
        kind: Some("Compte rendu de consultation".into()),
        format: "text".into(),
        text: TEXT.into(),
        left: vec![LeftView {
            span: Some(left.span),
            words: Some(left.words.clone()),
            label: "NOM".into(),
            why: "fait partie de l'identité connue du patient".into(),
            sure: true,
            may_stand: false,
        }],
        candidates,
        checked: true,
        refusal: None,
        reviewed: Some(("Dr Durand".into(), NOW)),
        may_undo: true,
        pages: 1,
    }
}

/// An export that a leak blocks.
pub fn blocked() -> ExportView {
    let line = |n: usize, state: &str| ExportDocumentLine {
        id: DocumentId(format!("d{n}")),
        number: n,
        state: state.into(),
        sampled: n.is_multiple_of(3),
    };
    ExportView {
        id: "e1".into(),
        state: "bloque".into(),
        project: ProjectView {
            title: "Suivi de l’hypertension en ville".into(),
            purpose: "Mesurer les délais entre deux consultations".into(),
            legal_basis: "MR-004, engagement 0000000".into(),
            controller: "Maison de santé des Tilleuls".into(),
            recipients: "Équipe de recherche en soins primaires".into(),
            end_date: "31/12/2027".into(),
            approved_by: "Dr Durand".into(),
        },
        policy: "Export de recherche".into(),
        policy_version: "1.0.0".into(),
        policy_basis: "Le résultat est pseudonymisé, jamais anonyme.".into(),
        created_by: "Dr Durand".into(),
        created_at: NOW,
        counts: vec![("a-relire".into(), 9), ("relu".into(), 2), ("bloque".into(), 1)],
        persons: 11,
        opposed: 3,
        unknown: 1,
        left_out_documents: 4,
        everywhere: 1,
        documents: (1..=12)
            .map(|n| {
                line(
                    n,
                    ["a-relire", "bloque", "relu"][usize::from(n == 2) + 2 * usize::from(n < 2)],
                )
            })
            .collect(),
        shown: Some(document()),
        sample: Some(SampleView {
            drawn: 300,
            read: 300,
            leaks: 0,
            bound: 0.009_936,
            most: 0.01,
            seed: 12,
        }),
        sample_size: 300,
        may_export: true,
        ..ExportView::default()
    }
}

/// One that only waits for a decision, and was written once before.
pub fn ready() -> ExportView {
    let mut view = blocked();
    view.state = "pret".into();
    view.version = "0123456789abcdef".into();
    view.counts = vec![("relu".into(), 12)];
    view.may_download = true;
    view.written = vec![WrittenView {
        at: NOW,
        by: "Dr Durand".into(),
        persons: 11,
        documents: 12,
        sha256: "ab".repeat(32),
        bytes: 12_000,
    }];
    if let Some(d) = &mut view.shown {
        d.left.clear();
        d.state = "relu".into();
        d.candidates[7].masked = true;
    }
    view
}

/// What an administrator sees: the record and the figures, no document.
pub fn followed() -> ExportView {
    ExportView {
        documents: Vec::new(),
        shown: None,
        may_export: false,
        may_download: false,
        ..ready()
    }
}

/// The review page.
pub fn review_page(view: &ExportView, role: Role) -> Markup {
    let labels: Vec<(String, String)> =
        ["NOM", "PRENOM", "DATE"].map(|l| (l.to_owned(), l.to_lowercase())).to_vec();
    exports::review(&frame(role, Section::Exports), &ReviewPage { view, labels: &labels })
}

/// The list.
pub fn list_page(role: Role) -> Markup {
    let line = |n: usize, state: &str| ExportLine {
        id: format!("e{n}"),
        title: "Suivi de l’hypertension en ville".into(),
        state: state.into(),
        policy: "recherche 1.0.0".into(),
        created_by: "Dr Durand".into(),
        created_at: NOW,
        documents: 12,
        persons: 11,
        key_destroyed: (n == 2).then_some(NOW),
    };
    let lines = [line(1, "bloque"), line(2, "exporte"), line(3, "brouillon")];
    exports::list(&frame(role, Section::Exports), &lines, role.may_export())
}

/// The form of a new export, with a problem.
pub fn new_page() -> Markup {
    let policies = ["recherche", "masque"].map(|name| PolicyChoice {
        name: name.into(),
        version: "1.0.0".into(),
        title: "Export de recherche".into(),
        legal_basis: "Le résultat est pseudonymisé, jamais anonyme.".into(),
    });
    let types = [("11488-4".to_owned(), "CR ou fiche de consultation".to_owned())];
    let form = ExportForm { title: "Suivi".into(), ..ExportForm::default() };
    let page = NewPage {
        form: &form,
        problem: Some("Indiquez la finalité."),
        policies: &policies,
        types: &types,
    };
    exports::new(&frame(Role::Medecin, Section::Exports), &page)
}

/// Persons who object.
pub fn opposition_page() -> Markup {
    let line = |n: usize| OppositionLine {
        id: format!("o{n}"),
        person: "KERVEGANEC Jeanne · F · 01/01/1930".into(),
        recorded_by: "Claire".into(),
        recorded_at: NOW,
        withdrawn: (n == 2).then(|| ("Dr Durand".to_owned(), NOW)),
    };
    let form = OppositionForm::default();
    let lines = [line(1), line(2)];
    opposition::page(
        &frame(Role::Secretariat, Section::Opposition),
        &lines,
        &form,
        Some("Date illisible"),
    )
}
