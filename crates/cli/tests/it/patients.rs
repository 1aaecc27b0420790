//! Patients that come from the existing software: messages of the identity feed dropped into a
//! watched folder, merges and splits, and what may not be done where an identity server masters
//! patients. Every person and number here is invented.

use std::path::Path;
use std::time::Duration;

use relu_desk::view::ListFilter;
use relu_desk::{Desk, ErrorKind, PatientPolicy};
use relu_record::{DocumentId, DocumentState};

use super::support::{Letter, doctor, open_desk, secretary};

async fn open(dir: &Path, patients: PatientPolicy) -> Desk {
    std::fs::create_dir_all(dir.join("inbox")).unwrap();
    open_desk(dir, |s| {
        s.watched_folders = vec![dir.join("inbox")];
        s.patients = patients;
    })
    .await
}

/// A segment by its numbered fields.
fn segment(name: &str, fields: &[(usize, &str)]) -> String {
    let last = fields.iter().map(|(n, _)| *n).max().unwrap_or(0);
    let mut out = vec![""; last + 1];
    out[0] = name;
    for (n, value) in fields {
        out[*n] = value;
    }
    out.join("|")
}

/// A message of the hospital's identity server.
fn adt(trigger: &str, at: &str, segments: &[String]) -> Vec<u8> {
    let head = format!(
        "MSH|^~\\&|GAM|CHX|RELU|CHX|{at}||ADT^{trigger}|{at}{trigger}|P|2.5|||||FRA|UNICODE UTF-8\rEVN||{at}"
    );
    [&[head], segments].concat().join("\r").into_bytes()
}

fn pid(number: &str, name: &str, first: &str, born: &str) -> String {
    let (number, name) =
        (format!("{number}^^^CHX&1.2.3.4&ISO^PI"), format!("{name}^{first}^{first}^^^^L"));
    segment("PID", &[(1, "1"), (3, &number), (5, &name), (7, born), (8, "F"), (32, "PROV")])
}

fn mrg(number: &str) -> String {
    format!("MRG|{number}^^^CHX&1.2.3.4&ISO^PI")
}

/// Results of the laboratory, for a patient number of the hospital.
fn oru(n: usize, patient: &str) -> Vec<u8> {
    format!(
        "MSH|^~\\&|LAB|CHX|RELU|CHX|202602041030||ORU^R01|R{n}|P|2.5|||||FRA|UNICODE UTF-8\r{patient}\r\
         OBR|1|D{n}|F{n}|11502-2^CR d'examens biologiques^LN|||20260204100000|||||||||||||||202602041030|||F\r\
         OBX|1|NM|2823-3^Potassium^LN||4.{n}|mmol/L|3.5-5.1|N|||F\r"
    )
    .into_bytes()
}

fn drop_in(dir: &Path, name: &str, bytes: &[u8]) {
    super::support::drop_in(&dir.join("inbox"), name, bytes);
}

/// Waits until so many documents are in that state.
async fn wait(desk: &Desk, state: DocumentState, wanted: u64) -> Vec<DocumentId> {
    for _ in 0..600 {
        let inbox = desk.inbox(&secretary(), &in_state(state)).await.unwrap();
        if inbox.total >= wanted && inbox.pending == 0 {
            return inbox.items.into_iter().map(|i| i.id).collect();
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let inbox = desk.inbox(&secretary(), &ListFilter::default()).await.unwrap();
    panic!("no {wanted} documents in {state:?} in a minute: {:?}", inbox.counts);
}

fn in_state(state: DocumentState) -> ListFilter {
    ListFilter { state: Some(state), ..ListFilter::default() }
}

async fn kinds(desk: &Desk) -> Vec<String> {
    desk.ledger(None, 500).await.unwrap().into_iter().map(|l| l.what).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_of_the_feed_takes_the_documents_along_and_is_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), PatientPolicy::identity_server()).await;
    let (old, new) = (
        pid("1001", "ESSAIFUSION", "Jeanne", "19500312"),
        pid("1002", "ESSAI", "Jeanne", "19500312"),
    );
    drop_in(dir.path(), "1.hl7", &adt("A28", "20260204080000", std::slice::from_ref(&old)));
    drop_in(dir.path(), "2.hl7", &adt("A28", "20260204080001", std::slice::from_ref(&new)));
    wait(&desk, DocumentState::Clos, 2).await;
    assert_eq!(
        desk.inbox(&secretary(), &ListFilter::default()).await.unwrap().total,
        0,
        "nothing to file"
    );

    // Twelve results for the first number, two for the second, filed with one key each.
    for n in 0..12 {
        drop_in(dir.path(), &format!("r{n}.hl7"), &oru(n, &old));
    }
    for n in 12..14 {
        drop_in(dir.path(), &format!("r{n}.hl7"), &oru(n, &new));
    }
    for id in wait(&desk, DocumentState::AClasser, 14).await {
        desk.file(&secretary(), &id, None).await.unwrap();
    }
    let first = desk.find_patients("essaifusion").await.unwrap();
    let second = desk.find_patients("essai").await.unwrap();
    assert_eq!((first.len(), second.len()), (1, 2));
    let (first, second) =
        (first[0].id.clone(), second.iter().find(|p| p.id != first[0].id).unwrap().id.clone());
    assert_eq!(desk.documents_of(&first).await.unwrap(), 12);
    assert_eq!(desk.documents_of(&second).await.unwrap(), 2);

    let merge = adt("A40", "20260204090000", &[new.clone(), mrg("1001")]);
    drop_in(dir.path(), "fusion.hl7", &merge);
    wait(&desk, DocumentState::Clos, 3).await;
    assert_eq!(desk.documents_of(&first).await.unwrap(), 0);
    assert_eq!(desk.documents_of(&second).await.unwrap(), 14);
    let merges = desk.merges(&secretary()).await.unwrap();
    assert_eq!((merges.len(), merges[0].documents), (1, 12));
    assert_eq!(merges[0].made_by, "Connecteur identités et mouvements");
    let told = kinds(&desk).await;
    let followed = told.iter().filter(|w| w.starts_with("A suivi")).count();
    assert_eq!(followed, 12, "each document's move is told");
    assert!(desk.verify_ledger().await.unwrap().ok);

    // The old number and the old name find the record that stays; the same merge again is nothing.
    let found = desk.find_patients("essaifusion").await.unwrap();
    assert_eq!(found.iter().map(|p| &p.id).collect::<Vec<_>>(), [&second]);
    let again = adt("A40", "20260204090500", &[new.clone(), mrg("1001")]);
    drop_in(dir.path(), "fusion-encore.hl7", &again);
    drop_in(dir.path(), "tard.hl7", &oru(20, &old));
    wait(&desk, DocumentState::Clos, 4).await;
    assert_eq!(desk.merges(&secretary()).await.unwrap().len(), 1);
    let late = wait(&desk, DocumentState::AClasser, 1).await;
    desk.file(&secretary(), &late[0], None).await.unwrap();
    assert_eq!(desk.documents_of(&second).await.unwrap(), 15);

    // Taken back: the twelve return, and the one that came since under the old number with them.
    assert_eq!(desk.split_patients(&secretary(), &merges[0].id).await.unwrap(), 13);
    assert_eq!(desk.documents_of(&first).await.unwrap(), 13);
    assert_eq!(desk.documents_of(&second).await.unwrap(), 2);
    let found = desk.find_patients("essaifusion").await.unwrap();
    assert_eq!(found.iter().map(|p| &p.id).collect::<Vec<_>>(), [&first]);
    let twice = desk.split_patients(&secretary(), &merges[0].id).await.unwrap_err();
    assert_eq!(twice.kind, ErrorKind::Conflict);
    let report = desk.verify_ledger().await.unwrap();
    assert!(report.ok, "{:?}", report.problem);

    // Where the identity server masters patients, nobody merges by hand.
    let refused = desk.merge_patients(&secretary(), &first, &second).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Forbidden);
    assert!(refused.cause.contains("serveur d'identités"));
    desk.close().await;
}

fn letter(name: &str, born: &str) -> Vec<u8> {
    Letter { name, born, ..Letter::USUAL }.bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_misfiled_document_is_detached_with_what_was_derived_from_it() {
    let dir = tempfile::tempdir().unwrap();
    let desk = open(dir.path(), PatientPolicy::default()).await;
    let (secretary, doctor) = (secretary(), doctor());
    drop_in(dir.path(), "a.txt", &letter("ÉPREUVE", "12/03/1950"));
    let id = wait(&desk, DocumentState::AClasser, 1).await.remove(0);
    desk.file(&secretary, &id, None).await.unwrap();
    let section = desk.document(&doctor, &id).await.unwrap().facts[0].key.clone();
    let decided = desk.decide_section(&doctor, &id, &section, true, None).await.unwrap();
    desk.visa(&doctor, &id, false).await.unwrap();
    desk.original(&doctor, &id).await.unwrap();
    assert!(desk.document(&secretary, &id).await.unwrap().rights.detach);

    // One act takes it off; the facts no longer stand, and what had left is listed.
    let recalled = desk.detach(&secretary, &id).await.unwrap();
    assert_eq!(recalled.facts, decided);
    assert!(recalled.patient.as_ref().unwrap().contains("ÉPREUVE"));
    let left: Vec<&str> = recalled.left.iter().map(|l| l.what.as_str()).collect();
    assert!(left.contains(&"Consulté") && left.contains(&"Exporté"), "{left:?}");
    let after = desk.document(&doctor, &id).await.unwrap();
    assert_eq!(after.item.state, DocumentState::ARattacher);
    assert!(after.facts.iter().flat_map(|s| &s.facts).all(|f| f.decision.is_none()));
    let patient = desk.find_patients("epreuve").await.unwrap().remove(0).id;
    assert_eq!(desk.documents_of(&patient).await.unwrap(), 0);
    assert_eq!(desk.detach(&secretary, &id).await.unwrap_err().kind, ErrorKind::Conflict);

    // Taken back: state, patient and the doctor's decisions are as they were.
    desk.undo(&secretary, &id).await.unwrap();
    let back = desk.document(&doctor, &id).await.unwrap();
    assert_eq!(back.item.state, DocumentState::Vu);
    let stand = back.facts[0].facts.iter().filter(|f| f.decision.is_some()).count();
    assert_eq!(stand, decided);
    assert_eq!(desk.documents_of(&patient).await.unwrap(), 1);
    assert_eq!(back.last_act.as_deref(), Some("Visa"), "the act before is the next to take back");

    // Detached again and filed to another patient, as any document is.
    desk.detach(&secretary, &id).await.unwrap();
    desk.file(&secretary, &id, Some(relu_desk::NEW_PATIENT)).await.unwrap();
    assert_eq!(desk.documents_of(&patient).await.unwrap(), 0);
    assert_eq!(desk.find_patients("epreuve").await.unwrap().len(), 2);
    let report = desk.verify_ledger().await.unwrap();
    assert!(report.ok, "{:?}", report.problem);
    desk.close().await;
}
