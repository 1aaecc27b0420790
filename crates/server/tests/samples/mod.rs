//! Made-up views for page tests and the preview. Every person here is invented.
#![allow(dead_code)]

pub mod exports;
pub mod patients;
pub mod team;
pub mod timeline;

use std::fmt::Write;

use maud::Markup;
use relu_desk::DeliveryState;
use relu_desk::view::{
    AccountView, DecisionView, DeliveryList, DeliveryView, DocumentView, EditField, EvidenceView,
    FactSection, FunctionView, HistoryLine, Inbox, LedgerLine, ListItem, PatientChoice,
    ProposalView, Rights, SavedView, SearchAnswer, SearchItem, SearchRequest, Shows, SideBySide,
    SideView,
};
use relu_record::{
    BoundingBox, Check, DocumentId, DocumentState, FunctionClass, Instant, Page, ProposalId, Role,
    Severity, Sheet, SheetState, Span, ValueKind,
};
use relu_server::pages::accounts::{AccountsPage, NewAccount};
use relu_server::pages::deliveries::{DeliveriesPage, DeliveryQuery, HandOver};
use relu_server::pages::document::{DocumentPage, Filed};
use relu_server::pages::inbox::{HomePage, InboxPage};
use relu_server::pages::search::{SearchPage, SearchQuery};
use relu_server::pages::sign_in::{FirstPage, SignInPage};
use relu_server::pages::{self, Frame, Section};
use relu_server::{DemoAccount, ListQuery};

pub const AT: Instant = Instant(1_795_284_300_000);

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

const NAMES: [&str; 12] = [
    "DUPONT Jeanne, née MARTIN · F · 12/03/1950",
    "BERNARD Lucien · M · 02/11/1944",
    "NGUYEN Thi Mai, née TRAN · F · 30/06/1987",
    "LEFÈVRE Anaïs · F · 17/01/2019",
    "EL AMRANI Youssef · M · 05/05/1962",
    "ROUSSEAU-PETIT Marie-Hélène, née ROUSSEAU · F · 23/09/1938",
    "MOREAU Gilbert · M · 14/02/1951",
    "DA SILVA Maria, née COSTA · F · 28/12/1970",
    "GARNIER Paul · M · 09/08/1999",
    "O’BRIEN Siobhán · F · 03/04/1981",
    "FAURE Denise, née BLANC · F · 19/10/1933",
    "HAMIDI Sarah · F · 11/07/2004",
];
const TYPES: [&str; 6] = [
    "CR ou fiche de consultation ou de visite",
    "CR d'examens biologiques",
    "Lettre de liaison à la sortie",
    "CR d'imagerie médicale",
    "Prescription de médicaments",
    "CR opératoire",
];
const AUTHORS: [&str; 5] = [
    "Dr Hélène MARCHAND (cardiologie)",
    "Laboratoire Bioval",
    "Dr Karim BENALI",
    "CH des Trois-Rivières",
    "Dr Anne LEROY (radiologie)",
];

/// A line of the list; `n` chooses its values.
pub fn item(n: usize, state: DocumentState) -> ListItem {
    let refused = state == DocumentState::Quarantaine;
    let known = !refused && state != DocumentState::Recu;
    let patient = (known && !(state == DocumentState::ARattacher && n.is_multiple_of(2)))
        .then(|| NAMES[n % NAMES.len()].to_owned());
    ListItem {
        id: DocumentId(format!("019aa0c4-7b1e-7c30-9f5d-{n:012}")),
        name: format!("courrier-{n:03}.pdf"),
        received: Instant(AT.0 - n as i64 * 61_000),
        state,
        format: "pdf".into(),
        patient,
        document_type: known.then(|| TYPES[n % TYPES.len()].to_owned()),
        date: (known && !n.is_multiple_of(7)).then(|| format!("{:02}/11/2026", 1 + n % 20)),
        author: known.then(|| AUTHORS[n % AUTHORS.len()].to_owned()),
        checks: match state {
            DocumentState::ARattacher => vec![Check {
                code: "no-patient".into(),
                severity: Severity::Warning,
                message: "patient incertain".into(),
            }],
            DocumentState::ASeparer => vec![Check {
                code: "several-patients".into(),
                severity: Severity::Error,
                message: "plusieurs patients dans un seul fichier".into(),
            }],
            DocumentState::AClasser if n.is_multiple_of(5) => vec![Check {
                code: "ocr-number".into(),
                severity: Severity::Warning,
                message: "nombres à vérifier sur l’image".into(),
            }],
            _ => Vec::new(),
        },
        refusal: refused
            .then(|| ("encrypted".into(), "le fichier est protégé par un mot de passe".into())),
        ocr: n % 4 == 1,
        masked: false,
    }
}

/// A list of forty lines in all states that wait.
pub fn inbox(state: Option<DocumentState>) -> Inbox {
    use DocumentState::*;
    let waiting = [
        AClasser,
        AClasser,
        AClasser,
        ARattacher,
        AClasser,
        AViser,
        ASeparer,
        Quarantaine,
        AClasser,
        Recu,
    ];
    let items = (0..40).map(|n| item(n, state.unwrap_or(waiting[n % waiting.len()]))).collect();
    Inbox {
        items,
        total: 185,
        page_size: 40,
        counts: vec![
            (Recu, 3),
            (Quarantaine, 4),
            (AClasser, 171),
            (ARattacher, 12),
            (ASeparer, 2),
            (Classe, 1209),
            (AViser, 22),
            (Vu, 845),
            (Action, 3),
            (Clos, 0),
        ],
        pending: 3,
    }
}

pub fn account(role: Role) -> AccountView {
    let (login, name) = match role {
        Role::Secretariat => ("claire", "Claire Petit"),
        Role::Medecin => ("durand", "Dr Paul Durand"),
        Role::Administrateur => ("admin", "Aline Roy"),
    };
    AccountView { id: login.into(), login: login.into(), name: name.into(), role }
}

pub fn frame(role: Role, section: Section) -> Frame {
    Frame {
        account: account(role),
        form_token: "jeton-de-formulaire".into(),
        section,
        notice: None,
    }
}

pub fn inbox_page(state: Option<DocumentState>) -> Markup {
    let query = ListQuery { state: state.map(|s| s.as_str().to_owned()), ..ListQuery::default() };
    let types: Vec<(String, String)> = TYPES.iter().map(|t| ((*t).into(), (*t).into())).collect();
    let page = InboxPage {
        inbox: &inbox(state),
        query: &query,
        words: "",
        types: &types,
        views: &[
            SavedView {
                id: "v1".into(),
                name: "À classer".into(),
                shows: Shows::List(query.filter(String::new())),
            },
            SavedView {
                id: "v2".into(),
                name: "Comptes rendus d’imagerie à relire avec Claire".into(),
                shows: Shows::Search(SearchRequest::default()),
            },
        ],
        filed: None,
        lot: None,
    };
    pages::inbox::page(&frame(Role::Secretariat, Section::Inbox), &page)
}

pub fn empty_page() -> Markup {
    let inbox =
        Inbox { items: Vec::new(), total: 0, page_size: 40, counts: Vec::new(), pending: 0 };
    let page = InboxPage {
        inbox: &inbox,
        query: &ListQuery::default(),
        words: "",
        types: &[],
        views: &[],
        filed: None,
        lot: None,
    };
    pages::inbox::page(&frame(Role::Secretariat, Section::Inbox), &page)
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

pub fn sign_in_page() -> Markup {
    let demo = [
        DemoAccount {
            login: "secretariat".into(),
            password: "demo-secretariat".into(),
            label: "secrétaire".into(),
        },
        DemoAccount {
            login: "medecin".into(),
            password: "demo-medecin".into(),
            label: "médecin".into(),
        },
    ];
    pages::sign_in::page(&SignInPage {
        back: "/",
        problem: Some("Identifiant ou mot de passe inconnu."),
        demo: &demo,
    })
}

pub fn first_page() -> Markup {
    pages::sign_in::first(&FirstPage { login: "", name: "", problem: None })
}

pub fn functions() -> Vec<FunctionView> {
    [
        ("identify", "Identifier le patient", FunctionClass::Organisational, true),
        ("summarise", "Brouillon de résumé", FunctionClass::Grey, true),
        ("device", "Lecture d’image certifiée", FunctionClass::ThirdPartyDevice, false),
    ]
    .into_iter()
    .map(|(id, name, class, active)| FunctionView {
        sheet: Sheet {
            id: id.into(),
            name: name.into(),
            version: "0.1.0".into(),
            purpose: "Propose le patient d’un document à partir de son en-tête et de son texte."
                .into(),
            excluded: "décider seul du dossier".into(),
            class,
            class_reason: "range des documents, n’oriente aucune décision de soin".into(),
            inputs: vec!["texte".into(), "en-tête".into()],
            outputs: vec!["patient".into()],
            technique: "règles".into(),
            evaluation: "relu eval identify --gold FICHIER".into(),
            limits: "homonymes nés le même jour".into(),
            on_by_default: active,
        },
        state: SheetState {
            id: id.into(),
            active,
            overseer: active.then(|| "Dr Paul Durand".into()),
            local_evaluation: None,
        },
    })
    .collect()
}

pub fn register_page(role: Role) -> Markup {
    pages::register::page(&frame(role, Section::Register), &functions())
}

pub fn journal_page() -> Markup {
    let lines: Vec<LedgerLine> = (0..100u64)
        .map(|n| LedgerLine {
            seq: 4_312 - n,
            at: Instant(AT.0 - n as i64 * 40_000),
            by: "Claire Petit".into(),
            what: "Classé".into(),
            document: Some(DocumentId(format!("019aa0c4-7b1e-7c30-9f5d-{n:012}"))),
            mac: "a1b2c3d4e5f6".into(),
        })
        .collect();
    pages::journal::page(&frame(Role::Medecin, Section::Journal), &lines, None, true)
}

pub fn accounts_page() -> Markup {
    let accounts =
        [account(Role::Administrateur), account(Role::Secretariat), account(Role::Medecin)];
    let page = AccountsPage { accounts: &accounts, new: NewAccount::default(), problem: None };
    pages::accounts::page(&frame(Role::Administrateur, Section::Accounts), &page)
}

pub fn home_page() -> Markup {
    let page = HomePage { inbox: &inbox(None), people: 3 };
    pages::inbox::home(&frame(Role::Administrateur, Section::Inbox), &page)
}

/// The same report by mail and by fax, one word misread.
pub fn compare_page() -> Markup {
    let side = |n: usize, pieces: &[(&str, bool)]| SideView {
        item: item(n, DocumentState::AClasser),
        pieces: pieces.iter().map(|(text, differs)| ((*text).into(), *differs)).collect(),
    };
    let sides = [
        side(1, &[("Sodium ", false), ("138", true), (" mmol/L", false)]),
        side(2, &[("Sodium ", false), ("l38", true), (" mmol/L", false)]),
    ];
    let frame = frame(Role::Secretariat, Section::Inbox);
    pages::compare::side_by_side(&frame, &SideBySide { sides }, &ListQuery::default())
}

pub fn failure_page() -> Markup {
    relu_server::failure_page("classer", "un autre poste l’a déjà classé", "Recharger la page.")
}

fn delivery(n: usize, state: DeliveryState, why: Option<&str>) -> DeliveryView {
    DeliveryView {
        id: format!("remise-{n}"),
        document: item(n, DocumentState::AViser),
        patient: None,
        destination: "Logiciel du cabinet".into(),
        purpose: "première remise".into(),
        recall: false,
        state,
        reason: why.map(str::to_owned),
        words: if why.is_some() { "PID-3 <inconnu>".into() } else { String::new() },
        by: "Claire".into(),
        created: Instant(1_760_000_000_000),
        updated: Instant(1_760_000_060_000),
        may_retry: state == DeliveryState::Refused,
        may_cancel: matches!(state, DeliveryState::Refused | DeliveryState::Pending),
    }
}

fn deliveries() -> Vec<DeliveryView> {
    vec![
        delivery(1, DeliveryState::Refused, Some("Le logiciel a refusé ce message.")),
        delivery(2, DeliveryState::Pending, None),
        delivery(3, DeliveryState::Delivered, None),
    ]
}

fn handed(view: &DocumentView) -> HandOver {
    let filed = view.item.state == DocumentState::AViser;
    HandOver {
        deliveries: if filed { deliveries() } else { Vec::new() },
        destinations: vec![("dossier".into(), "Logiciel du cabinet".into())],
    }
}

pub fn deliveries_page() -> Markup {
    let list = DeliveryList {
        items: deliveries(),
        counts: vec![
            (DeliveryState::Refused, 1),
            (DeliveryState::Pending, 1),
            (DeliveryState::Delivered, 1),
            (DeliveryState::Cancelled, 0),
        ],
        page_size: 50,
    };
    let destinations = [("dossier".to_owned(), "Logiciel du cabinet".to_owned())];
    let query = DeliveryQuery::default();
    let page = DeliveriesPage { list: &list, query: &query, destinations: &destinations };
    pages::deliveries::page(&frame(Role::Secretariat, Section::Deliveries), &page)
}

pub fn search_page() -> Markup {
    let snippet = [
        ("Antécédent d’", false),
        ("infarctus", true),
        (" du ", false),
        ("myocarde", true),
        (" <b>", false),
    ];
    let found = SearchItem {
        item: item(1, DocumentState::AViser),
        snippet: snippet.map(|(text, marked)| (text.to_owned(), marked)).to_vec(),
        masked: true,
    };
    let answer = SearchAnswer {
        total: 41,
        items: vec![found],
        page_size: 20,
        states: vec![(DocumentState::AViser, 40), (DocumentState::Vu, 1)],
        types: vec![("11488-4".into(), "CR de consultation".into(), 41)],
        behind: 2,
    };
    let asked = SearchRequest { words: "IDM".into(), ..SearchRequest::default() };
    let query = SearchQuery { search: Some("00ff".into()), ..SearchQuery::default() };
    let view =
        SavedView { id: "v".into(), name: "À revoir".into(), shows: Shows::Search(asked.clone()) };
    let page = SearchPage {
        asked: &asked,
        answer: &answer,
        query: &query,
        types: &[("11488-4".to_owned(), "CR de consultation".to_owned())],
        views: &[view],
        patient: Some("DUPONT Jeanne"),
    };
    pages::search::page(&frame(Role::Secretariat, Section::Search), &page)
}
