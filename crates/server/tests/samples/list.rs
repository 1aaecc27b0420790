//! The list of documents, and the pages that show lines of it.

use maud::Markup;
use relu_desk::view::{Inbox, ListItem, SavedView, SearchRequest, Shows, SideBySide, SideView};
use relu_record::{Check, DocumentId, DocumentState, Instant, Role, Severity};
use relu_server::ListQuery;
use relu_server::pages::inbox::{HomePage, InboxPage};
use relu_server::pages::{self, Section};

use super::{AT, frame};

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

pub const TYPES: [&str; 6] = [
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
