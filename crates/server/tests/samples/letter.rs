//! A consultation letter read and proposed, and what becomes of it: to see, without pages, unsure,
//! unreadable.

use std::fmt::Write;

use maud::Markup;
use relu_desk::view::{
    DecisionView, DocumentView, EditField, EvidenceView, FactSection, HistoryLine, ListItem,
    PatientChoice, ProposalView, Rights,
};
use relu_record::{
    BoundingBox, Check, DocumentId, DocumentState, Page, ProposalId, Role, Severity, Span,
    ValueKind,
};
use relu_server::ListQuery;
use relu_server::pages::document::{DocumentPage, Filed};
use relu_server::pages::{self, Section};

use super::{AT, TYPES, frame, handed, inbox, item, team, timeline};

pub const LETTER: &str = "Centre hospitalier des Trois-Rivières\nService de cardiologie — Dr Hélène MARCHAND\n\n\
Trifouilly, le 14 novembre 2026\n\nPatiente : Madame Jeanne DUPONT, née MARTIN le 12/03/1950\n\n\
Cher confrère,\n\nJ’ai revu ce jour votre patiente en consultation pour le suivi d’une fibrillation atriale \
permanente. Elle ne décrit pas de douleur thoracique. La tension artérielle est à 132/74 mmHg, la \
fréquence cardiaque à 72 par minute.\n\nAntécédents : hypertension artérielle, diabète de type 2. \
Pas d’antécédent d’accident vasculaire cérébral. Mère décédée d’un infarctus du myocarde.\n\n\
Traitement : apixaban 5 mg matin et soir, bisoprolol 2,5 mg le matin, metformine 1000 mg deux fois par jour.\n\n\
L’échocardiographie retrouve une fraction d’éjection à 60 %. Le traitement est poursuivi à l’identique. \
Je la reverrai dans un an.\n\nBien confraternellement,\nDr Hélène MARCHAND";

/// Where `words` stand in the letter; the samples quote only words that are there.
pub fn at(words: &str) -> Option<Span> {
    LETTER.find(words).map(|start| Span::new(start, start + words.len()))
}

fn lines() -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut offset = 0;
    for paragraph in LETTER.split_inclusive('\n') {
        let mut start = offset;
        let mut line = String::new();
        for word in paragraph.split_inclusive(' ') {
            if line.len() + word.len() > 84 {
                out.push((start, std::mem::take(&mut line)));
                start = offset;
            }
            line.push_str(word);
            offset += word.len();
        }
        out.push((start, line));
    }
    out
}

/// The letter as a page of 595 × 842 points, one line every 15 points.
pub fn drawn_page() -> String {
    let mut svg = String::from(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 595 842' width='1000' height='1415'>\
         <rect width='595' height='842' fill='white'/><g font-family='Liberation Serif' font-size='11'>",
    );
    for (n, (_, line)) in lines().iter().enumerate() {
        let _ = write!(
            svg,
            "<text x='60' y='{}' textLength='{:.1}' lengthAdjust='spacingAndGlyphs'>{}</text>",
            80 + n * 15,
            width(line.trim_end()),
            line.trim_end()
        );
    }
    svg.push_str("</g></svg>");
    svg
}

fn width(text: &str) -> f32 {
    (text.chars().count() as f32) * 5.1
}

fn boxes(span: Span) -> Vec<(u32, BoundingBox)> {
    let mut out = Vec::new();
    for (n, (start, line)) in lines().iter().enumerate() {
        let from = span.start.max(*start);
        let to = span.end.min(start + line.trim_end().len());
        if from < to {
            let x0 = 60.0 + width(&LETTER[*start..from]);
            let y0 = 80.0 + n as f32 * 15.0 - 9.5;
            out.push((0, BoundingBox { x0, y0, x1: x0 + width(&LETTER[from..to]), y1: y0 + 12.0 }));
        }
    }
    out
}

fn quoted(words: &str) -> EvidenceView {
    let span = at(words);
    EvidenceView {
        label: format!("« {words} »"), span, boxes: span.map(boxes).unwrap_or_default()
    }
}

fn header(path: &str) -> EvidenceView {
    EvidenceView { label: format!("en-tête : {path}"), span: None, boxes: Vec::new() }
}

fn proposal(id: usize, kind: ValueKind, label: &str, display: &str, words: &str) -> ProposalView {
    ProposalView {
        id: ProposalId(format!("p{id}")),
        kind,
        label: label.into(),
        display: display.into(),
        details: Vec::new(),
        evidence: vec![quoted(words)],
        certainty: "sûr".into(),
        function: "identify 0.1.0".into(),
        decision: None,
        edit: vec![EditField {
            name: "name".into(),
            label: "Nom".into(),
            value: display.into(),
            input: "text".into(),
            choices: Vec::new(),
        }],
        may_decide: true,
    }
}

fn fact(id: usize, words: &str, details: &[(&str, &str)], may_decide: bool) -> ProposalView {
    let mut fact = proposal(id, ValueKind::Fact, "Fait clinique", words, words);
    fact.details = details.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
    fact.function = "facts 0.1.0".into();
    fact.may_decide = may_decide;
    fact
}

fn pair(label: &str, value: &str) -> (String, String) {
    (label.into(), value.into())
}

/// A consultation letter, read and proposed.
pub fn letter() -> DocumentView {
    let mut patient = proposal(
        0,
        ValueKind::Patient,
        "Patient",
        "DUPONT Jeanne, née MARTIN · F · 12/03/1950",
        "Madame Jeanne DUPONT, née MARTIN le 12/03/1950",
    );
    patient.details = vec![
        pair("Nom de naissance", "MARTIN"),
        pair("Premier prénom de naissance", "Jeanne"),
        pair("Nom utilisé", "DUPONT"),
        pair("Né(e) le", "12/03/1950"),
        pair("Sexe", "féminin"),
        pair("Statut de l'identité", "provisoire"),
    ];
    patient.edit = ["birth_name", "first_name", "used_name"]
        .into_iter()
        .zip([
            ("Nom de naissance", "MARTIN"),
            ("Premier prénom de naissance", "Jeanne"),
            ("Nom utilisé", "DUPONT"),
        ])
        .map(|(name, (label, value))| EditField {
            name: name.into(),
            label: label.into(),
            value: value.into(),
            input: "text".into(),
            choices: Vec::new(),
        })
        .chain([EditField {
            name: "birth_date".into(),
            label: "Né(e) le".into(),
            value: "1950-03-12".into(),
            input: "date".into(),
            choices: Vec::new(),
        }])
        .collect();
    let mut kind = proposal(
        1,
        ValueKind::DocumentType,
        "Type",
        "CR ou fiche de consultation ou de visite",
        "en consultation pour le suivi",
    );
    kind.certainty = "probable".into();
    kind.function = "classify 0.1.0".into();
    let date = proposal(
        2,
        ValueKind::DocumentDate,
        "Date du document",
        "14/11/2026",
        "le 14 novembre 2026",
    );
    let mut author = proposal(
        3,
        ValueKind::Author,
        "Auteur",
        "Dr Hélène MARCHAND (cardiologie)",
        "Dr Hélène MARCHAND",
    );
    author.details = vec![pair("Spécialité", "cardiologie")];
    let organization = proposal(
        4,
        ValueKind::Organization,
        "Établissement",
        "Centre hospitalier des Trois-Rivières",
        "Centre hospitalier des Trois-Rivières",
    );
    let mut destination = proposal(
        5,
        ValueKind::Destination,
        "Destination",
        "Bannette du médecin traitant",
        "Cher confrère",
    );
    destination.function = "route 0.1.0".into();
    destination.certainty = "à vérifier".into();
    DocumentView {
        item: ListItem {
            checks: vec![Check {
                code: "ins-absent".into(),
                severity: Severity::Info,
                message: "aucun INS dans le document : l’identité reste provisoire".into(),
            }],
            ..item(3, DocumentState::AClasser)
        },
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
        text: LETTER.into(),
        pages: vec![Page { width: 595.0, height: 842.0 }],
        filing: vec![patient, kind, date, author, organization, destination],
        summary: summary(false),
        facts: facts(false),
        patients: Vec::new(),
        switched_off: Vec::new(),
        history: vec![
            HistoryLine {
                at: AT,
                by: "Relu (lecture)".into(),
                what: "Propositions calculées".into(),
            },
            HistoryLine { at: AT, by: "Claire Petit".into(), what: "Reçu".into() },
        ],
        rights: Rights { filing: true, new_patient: true, ..Rights::default() },
        siblings: Vec::new(),
        versions: Vec::new(),
        last_act: None,
        route: team::route(),
        to_print: Some("une règle".into()),
        file: None,
        pairs: vec![timeline::pair(1, None)],
    }
}

fn summary(may_decide: bool) -> Vec<ProposalView> {
    ["J’ai revu ce jour votre patiente en consultation pour le suivi d’une fibrillation atriale permanente.",
     "L’échocardiographie retrouve une fraction d’éjection à 60 %.",
     "Le traitement est poursuivi à l’identique."]
        .into_iter().enumerate()
        .map(|(n, words)| {
            let mut line = proposal(10 + n, ValueKind::SummaryLine, "Phrase du brouillon", words, words);
            line.may_decide = may_decide;
            line.edit = Vec::new();
            line.function = "summarise 0.1.0".into();
            line
        })
        .collect()
}

fn facts(may_decide: bool) -> Vec<FactSection> {
    let section = |key: &str, title: &str, facts: Vec<ProposalView>| FactSection {
        key: key.into(),
        title: title.into(),
        facts,
    };
    vec![
        section(
            "histoire",
            "Histoire de la maladie",
            vec![
                fact(20, "fibrillation atriale permanente", &[("diagnostic", "")], may_decide),
                fact(21, "douleur thoracique", &[("signe", ""), ("absent", "")], may_decide),
                fact(22, "132/74 mmHg", &[("mesure", "132/74 mmHg")], may_decide),
            ],
        ),
        section(
            "antecedents",
            "Antécédents",
            vec![
                fact(
                    23,
                    "hypertension artérielle",
                    &[("diagnostic", ""), ("antécédent", "")],
                    may_decide,
                ),
                fact(
                    24,
                    "diabète de type 2",
                    &[("diagnostic", ""), ("antécédent", "")],
                    may_decide,
                ),
                fact(
                    25,
                    "accident vasculaire cérébral",
                    &[("diagnostic", ""), ("absent", ""), ("antécédent", "")],
                    may_decide,
                ),
                fact(
                    26,
                    "infarctus du myocarde",
                    &[("diagnostic", ""), ("famille", "")],
                    may_decide,
                ),
            ],
        ),
        section(
            "traitements",
            "Traitements",
            vec![
                fact(27, "apixaban", &[("médicament", "5 mg, matin et soir")], may_decide),
                fact(28, "bisoprolol", &[("médicament", "2,5 mg, le matin")], may_decide),
                fact(
                    29,
                    "metformine",
                    &[("médicament", "1000 mg, deux fois par jour")],
                    may_decide,
                ),
            ],
        ),
    ]
}

fn decision(verdict: &str) -> Option<DecisionView> {
    Some(DecisionView { verdict: verdict.into(), by: "Claire Petit".into(), at: AT, reason: None })
}

/// The letter once filed, as the doctor sees it.
pub fn to_see() -> DocumentView {
    let mut view = letter();
    view.item.state = DocumentState::AViser;
    for p in &mut view.filing {
        p.decision = decision("accepté");
        p.may_decide = false;
    }
    view.summary = summary(true);
    view.facts = facts(true);
    if let Some(first) = view.facts.first_mut().and_then(|s| s.facts.first_mut()) {
        first.decision = Some(DecisionView {
            verdict: "accepté".into(),
            by: "Dr Paul Durand".into(),
            at: AT,
            reason: None,
        });
    }
    view.rights = Rights { facts: true, visa: true, undo: true, ..Rights::default() };
    view.last_act = Some("classement".into());
    view
}

/// A document without pages.
pub fn message() -> DocumentView {
    let mut view = to_see();
    view.pages = Vec::new();
    view.item.format = "hprim".into();
    view.switched_off = vec!["Résumé".into()];
    view.summary = Vec::new();
    view.filing[0].evidence = vec![header("PID-5")];
    view
}

/// A document whose patient is not sure.
pub fn unsure() -> DocumentView {
    let mut view = letter();
    view.item.state = DocumentState::ARattacher;
    view.item.checks = vec![
        Check {
            code: "homonyms".into(),
            severity: Severity::Warning,
            message: "deux patientes connues portent ces nom et prénom".into(),
        },
        Check {
            code: "birth-date-unsure".into(),
            severity: Severity::Error,
            message: "deux dates de naissance différentes dans le document".into(),
        },
    ];
    view.filing[0].certainty = "à vérifier".into();
    view.filing.remove(2);
    view.patients = vec![
        PatientChoice {
            id: "a".into(),
            display: "DUPONT Jeanne, née MARTIN · F · 12/03/1950".into(),
            why: "mêmes noms et même date de naissance".into(),
            sure: false,
            compared: vec![relu_desk::view::Compared {
                field: "Naissance".into(),
                given: "12/03/1950".into(),
                known: "21/03/1950".into(),
                level: "différent".into(),
                agrees: false,
            }],
        },
        PatientChoice {
            id: "b".into(),
            display: "DUPONT Jeanne · F · 21/03/1950".into(),
            why: "même nom, jour de naissance différent".into(),
            sure: false,
            compared: vec![relu_desk::view::Compared {
                field: "Naissance".into(),
                given: "12/03/1950".into(),
                known: "21/03/1950".into(),
                level: "différent".into(),
                agrees: false,
            }],
        },
    ];
    view
}

/// A document that could not be read.
pub fn unreadable() -> DocumentView {
    let mut view = letter();
    view.item = item(7, DocumentState::Quarantaine);
    view.text = String::new();
    view.pages = Vec::new();
    view.filing = Vec::new();
    view.summary = Vec::new();
    view.facts = Vec::new();
    view.rights = Rights { retry: true, ..Rights::default() };
    view
}

pub fn document_page(view: DocumentView, role: Role, query: &ListQuery) -> Markup {
    let list = inbox(None);
    let filed = Filed { item: item(2, DocumentState::Classe) };
    let next = DocumentId("suivant".into());
    let types: Vec<(String, String)> = TYPES.iter().map(|t| ((*t).into(), (*t).into())).collect();
    let page = DocumentPage {
        view: &view,
        list: &list,
        query,
        words: "",
        next: Some(&next),
        filed: (view.item.state == DocumentState::AClasser).then_some(&filed),
        found: None,
        types: &types,
        handed: &handed(&view),
    };
    pages::document::page(&frame(role, Section::Inbox), &page)
}
