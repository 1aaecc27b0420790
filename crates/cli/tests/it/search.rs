//! Full-text search over documents really received and read: what a line finds, what a rebuilt index
//! finds, who finds what is masked, and that nothing can be read in the index's files.

use relu_desk::view::routing::BannettesView;
use relu_desk::view::{ListFilter, SearchRequest, Shows};
use relu_desk::{BulkAct, Desk, ErrorKind};
use relu_record::{Actor, DocumentState};

use super::support::{Letter, desk, doctor, masked_result, receive, secretary};

fn letter(who: &str, body: &str) -> Vec<u8> {
    Letter { name: who, first: "Ombeline", body, ..Letter::USUAL }.bytes()
}

/// A result that its source masks from professionals.
fn masked() -> Vec<u8> {
    masked_result("OBX|1|FT|11502-2^Compte rendu^LN||Prothrombine masquable normale||||||F")
}

const LETTERS: [(&str, &str); 5] = [
    ("QUELLEC", "Antécédent d'infarctus du myocarde en 2019. Pas de dyspnée d'effort."),
    ("KERBRAT", "Suivi après IDM inférieur. HTA équilibrée, œdèmes des chevilles."),
    ("LEGALL", "Insuffisances rénales chroniques, hypertension artérielle ancienne."),
    ("BERTHOU", "Décompensation de l'insuffisance cardiaque. Fracture du col du fémur opérée."),
    ("TANGUY", "Consultation pour toux. Infarctus cérébral ancien, le myocarde est sain."),
];

// What is typed, and whose letters are found.
const TABLE: [(&str, &str); 20] = [
    ("insuffisance ", "LEGALL BERTHOU"),
    ("l'insuffisance cardiaque ", "BERTHOU"),
    ("INSUFFISANCES RENALES ", "LEGALL"),
    ("oedeme ", "KERBRAT"),
    ("œdème ", "KERBRAT"),
    ("IDM ", "QUELLEC KERBRAT"),
    ("\"idm\"", "KERBRAT"),
    ("infarctus du myocarde ", "QUELLEC KERBRAT TANGUY"),
    ("\"infarctus du myocarde\"", "QUELLEC"),
    ("hta ", "KERBRAT LEGALL"),
    ("hypertension artérielle ", "KERBRAT LEGALL"),
    ("\"hypertension artérielle\"", "LEGALL"),
    ("infarctus -cérébral ", "QUELLEC"),
    ("dysp", "QUELLEC"),
    ("fractures opérées ", "BERTHOU"),
    ("\"pas de dyspnée\"", "QUELLEC"),
    ("kerbrat ", "KERBRAT"),
    ("insuffisance -cardiaque ", "LEGALL"),
    ("antibiotique ", ""),
    ("chevilles dyspnée ", ""),
];

fn asked(words: &str) -> SearchRequest {
    SearchRequest { words: words.into(), ..SearchRequest::default() }
}

async fn whose(desk: &Desk, who: &Actor, request: &SearchRequest) -> String {
    let answer = desk.search(who, request).await.unwrap();
    assert_eq!(answer.total as usize, answer.items.len());
    let mut names = Vec::new();
    for item in &answer.items {
        let patient = item.item.patient.clone().unwrap_or_default();
        let known = LETTERS.iter().map(|(who, _)| *who).chain(["FLOCHLAY"]);
        names.extend(known.filter(|who| patient.to_uppercase().contains(who)));
    }
    names.join(" ")
}

fn sorted(names: &str) -> Vec<&str> {
    let mut all: Vec<&str> = names.split_whitespace().collect();
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_finds_what_it_says_also_in_an_index_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let (doctor, secretary) = (doctor(), secretary());
    let first = desk(dir.path()).await;
    let mut ids = Vec::new();
    for (who, body) in LETTERS {
        ids.push(receive(&first, "lettre.txt", letter(who, body)).await);
    }
    receive(&first, "resultat.hl7", masked()).await;
    first.index_now().await.unwrap();
    for (line, names) in TABLE {
        let found = whose(&first, &secretary, &asked(line)).await;
        assert_eq!(sorted(&found), sorted(names), "{line}");
    }
    // Most of what is asked for comes first, and is marked.
    let answer = first.search(&secretary, &asked("infarctus myocarde ")).await.unwrap();
    let marked: Vec<&str> =
        answer.items[0].snippet.iter().filter(|(_, m)| *m).map(|(t, _)| t.as_str()).collect();
    assert!(marked.contains(&"myocarde") || marked.contains(&"IDM"), "{marked:?}");
    // What is masked is the doctor's.
    assert_eq!(whose(&first, &secretary, &asked("prothrombine ")).await, "");
    assert_eq!(whose(&first, &doctor, &asked("prothrombine ")).await, "FLOCHLAY");
    // By sender, by state, by patient: as they are now, not as they were indexed.
    let by_sender = SearchRequest { sender: "aubrac".into(), ..asked("toux ") };
    assert_eq!(whose(&first, &secretary, &by_sender).await, "TANGUY");
    let nobody = SearchRequest { sender: "durand".into(), ..asked("toux ") };
    assert_eq!(whose(&first, &secretary, &nobody).await, "");
    first.file(&secretary, &ids[4], Some(relu_desk::NEW_PATIENT)).await.unwrap();
    first.index_now().await.unwrap();
    let filed = SearchRequest { state: Some(DocumentState::AViser), ..asked("toux ") };
    assert_eq!(whose(&first, &secretary, &filed).await, "TANGUY");
    let waiting = SearchRequest { state: Some(DocumentState::AClasser), ..asked("toux ") };
    assert_eq!(whose(&first, &secretary, &waiting).await, "");
    // A view is one's own.
    let shows = Shows::Search(by_sender);
    first.save_view(&secretary, "À revoir", &shows).await.unwrap();
    assert_eq!(first.saved_views(&secretary).await.unwrap()[0].shows, shows);
    let other = Actor { id: "q".to_owned(), ..secretary.clone() };
    assert!(first.saved_views(&other).await.unwrap().is_empty());
    first.close().await;

    let folder = dir.path().join("data/search");
    for file in std::fs::read_dir(&folder).unwrap().flatten() {
        let bytes = std::fs::read(file.path()).unwrap();
        for word in ["infarct", "toux", "QUELLEC", "quellec", "myocard", "aubrac"] {
            let found = bytes.windows(word.len()).any(|w| w == word.as_bytes());
            assert!(!found, "{word} can be read in the index");
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    let again = desk(dir.path()).await;
    again.index_now().await.unwrap();
    for (line, names) in TABLE {
        let found = whose(&again, &secretary, &asked(line)).await;
        assert_eq!(sorted(&found), sorted(names), "{line}, made anew");
    }
    again.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_source_masks_is_in_no_list_and_no_count_but_the_doctors() {
    let dir = tempfile::tempdir().unwrap();
    let (doctor, secretary) = (doctor(), secretary());
    let desk = desk(dir.path()).await;
    receive(&desk, "lettre.txt", letter("QUELLEC", LETTERS[0].1)).await;
    let id = receive(&desk, "resultat.hl7", masked()).await;
    let all = ListFilter::default();
    for (who, listed) in [(&secretary, 1), (&doctor, 2)] {
        let inbox = desk.inbox(who, &all).await.unwrap();
        let counted: u64 = inbox.counts.iter().map(|(_, n)| n).sum();
        assert_eq!(
            (inbox.items.len(), inbox.total, counted),
            (listed, listed as u64, listed as u64)
        );
    }
    // Whoever knows the address gets no further.
    let refused = [
        desk.document(&secretary, &id).await.err(),
        desk.original(&secretary, &id).await.err(),
        desk.file(&secretary, &id, Some(relu_desk::NEW_PATIENT)).await.err(),
        desk.detach(&secretary, &id).await.err(),
        desk.undo(&secretary, &id).await.err(),
        desk.deliveries_of(&secretary, &id).await.err(),
        desk.preview_bulk(&secretary, BulkAct::Classer, std::slice::from_ref(&id)).await.err(),
    ];
    assert!(refused.iter().all(|e| e.as_ref().is_some_and(|e| e.kind == ErrorKind::Forbidden)));
    // Filed by the doctor, it stays masked where filed documents are shown.
    desk.file(&doctor, &id, Some(relu_desk::NEW_PATIENT)).await.unwrap();
    let open = |view: BannettesView| view.queues.iter().map(|q| q.open).sum::<u64>();
    assert_eq!(open(desk.bannettes(&secretary, None).await.unwrap()), 0);
    assert_eq!(open(desk.bannettes(&doctor, None).await.unwrap()), 1);
    assert!(desk.document(&doctor, &id).await.unwrap().item.masked);
    desk.close().await;
}
