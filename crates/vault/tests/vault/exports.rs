//! Exports without identities and the persons who object, on every database (called by the suite of
//! `conformance.rs`), and what an edit behind the program's back looks like.

use relu_record::{DocumentId, PartialDate, PatientIdentity, Private, Role, Sex};
use relu_vault::{
    Event, EventKind, Export, ExportChange, ExportDocument, ExportDocumentState, ExportId,
    ExportState, NewExport, PatientId, Tx, Vault, VaultError,
};
use sqlx::Connection;

use crate::support::*;

fn content(text: &str) -> Private<Vec<u8>> {
    Private(text.as_bytes().to_vec())
}

fn new_export() -> NewExport {
    NewExport {
        policy: "recherche".into(),
        policy_version: "1".into(),
        content: content("{\"purpose\":\"étude Zwingelstein\"}"),
    }
}

/// An export with one document that was read and looked at, in an act that goes on.
pub async fn reviewed(tx: &mut Tx, _vault: &Vault, id: &DocumentId, found: &str) -> ExportId {
    let export = tx.create_export(new_export()).await.unwrap();
    assert!(tx.add_to_export(&export, id, None).await.unwrap());
    let waiting = ExportDocument {
        document: id.clone(),
        patient: None,
        state: ExportDocumentState::Waiting,
        version: 1,
        content: Private::default(),
    };
    let (state, kind) = (ExportDocumentState::ToReview, EventKind::ExportPrepared);
    tx.change_export_document(&export, &waiting, state, &content(found), kind, "2").await.unwrap();
    export
}

pub async fn exports(vault: &Vault) {
    let (a, b) = (
        receive(vault, b"exporte a", NOW).await.unwrap(),
        receive(vault, b"exporte b", NOW).await.unwrap(),
    );
    let who = PatientId("patient-1".into());
    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    let id = tx.create_export(new_export()).await.unwrap();
    assert!(tx.add_to_export(&id, &a, Some(&who)).await.unwrap());
    assert!(tx.add_to_export(&id, &b, None).await.unwrap());
    assert!(!tx.add_to_export(&id, &a, Some(&who)).await.unwrap(), "once");
    tx.commit().await.unwrap();

    let export = vault.export(&id).await.unwrap();
    assert_eq!((export.state, export.version), (ExportState::Draft, 1));
    assert_eq!((export.policy.as_str(), export.policy_version.as_str()), ("recherche", "1"));
    assert_eq!((export.created_by.as_str(), export.created_at), ("account-1", later(1)));
    assert_eq!(export.content, new_export().content);
    assert!(vault.exports().await.unwrap().iter().any(|e| e.id == id));
    let key = vault.export_stand_in_key(&id).await.unwrap();
    assert_eq!(key.len(), 32);

    let documents = vault.export_documents(&id).await.unwrap();
    assert_eq!(documents.len(), 2);
    let first = vault.export_document(&id, &a).await.unwrap();
    assert_eq!(first.patient.as_ref(), Some(&who));
    assert_eq!((first.state, first.version), (ExportDocumentState::Waiting, 1));
    assert!(first.content.is_empty());

    let change = async |before: &ExportDocument, text: &str| {
        let mut tx = vault.begin(&doctor(), later(2)).await.unwrap();
        let (state, kind) = (ExportDocumentState::ToReview, EventKind::ExportDecided);
        let done =
            tx.change_export_document(&id, before, state, &content(text), kind, "c1:mask").await;
        tx.commit().await.unwrap();
        done
    };
    assert_eq!(change(&first, "un").await.unwrap(), 2);
    let late = change(&first, "autre").await;
    assert!(matches!(late, Err(VaultError::Conflict { .. })), "{late:?}");
    let now = vault.export_document(&id, &a).await.unwrap();
    assert_eq!((now.content.as_slice(), now.version), ("un".as_bytes(), 2));
    let told = vault.ledger_of(&a).await.unwrap().pop().unwrap();
    assert_eq!((told.kind.as_str(), told.detail.as_deref()), ("export-decided", Some("c1:mask")));
    assert_eq!(told.subject.as_deref(), Some(id.0.as_str()));

    archives(vault, &export).await;
    // A document that is destroyed takes what was found in it along.
    assert_eq!(change(&vault.export_document(&id, &b).await.unwrap(), "deux").await.unwrap(), 2);
    let mut tx = vault.begin(&doctor(), later(6)).await.unwrap();
    tx.destroy_document(&b).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(vault.export_documents(&id).await.unwrap().len(), 1);
    the_key_is_destroyed(vault, &id, &a).await;
}

async fn archives(vault: &Vault, export: &Export) {
    let archived = async |before: &Export, bytes: &[u8]| {
        let change = ExportChange {
            state: Some(ExportState::Exported),
            archive: Some(vault.blobs().put(bytes, 1 << 20).unwrap()),
            content: None,
        };
        let mut tx = vault.begin(&doctor(), later(3)).await.unwrap();
        tx.change_export(before, change, EventKind::Exported, "").await.unwrap();
        tx.commit().await.unwrap();
        vault.export(&export.id).await.unwrap()
    };
    let first = archived(export, b"PK premier").await;
    assert_eq!((first.state, first.version), (ExportState::Exported, 2));
    let blob = first.archive.clone().unwrap();
    assert_eq!(vault.blob(&blob).await.unwrap().read(100).unwrap(), b"PK premier");
    // A newer archive replaces it, and its key goes.
    let second = archived(&first, b"PK second").await;
    assert!(matches!(vault.blob(&blob).await, Err(VaultError::Destroyed { .. })));
    let mut tx = vault.begin(&doctor(), later(4)).await.unwrap();
    let stale = tx
        .change_export(&first, ExportChange::default(), EventKind::ExportChanged, "project")
        .await;
    assert!(matches!(stale, Err(VaultError::Conflict { .. })));
    tx.rollback().await.unwrap();
    let blob = second.archive.unwrap();
    assert_eq!(vault.blob(&blob).await.unwrap().read(100).unwrap(), b"PK second");
    assert!(vault.verify_ledger(None).await.unwrap().ok);
}

async fn the_key_is_destroyed(vault: &Vault, id: &ExportId, a: &DocumentId) {
    let before = vault.export_document(id, a).await.unwrap();
    let mut tx = vault.begin(&doctor(), later(7)).await.unwrap();
    tx.destroy_export_key(id).await.unwrap();
    assert!(matches!(tx.destroy_export_key(id).await, Err(VaultError::Conflict { .. })));
    tx.commit().await.unwrap();
    let gone = vault.export_stand_in_key(id).await;
    assert!(matches!(gone, Err(VaultError::Destroyed { .. })), "{gone:?}");
    assert_eq!(vault.export(id).await.unwrap().key_destroyed_at, Some(later(7)));
    assert!(vault.export_document(id, a).await.unwrap().content.is_empty(), "what stood where");
    // Nothing is written into it any more.
    let mut tx = vault.begin(&doctor(), later(8)).await.unwrap();
    let (state, kind) = (ExportDocumentState::Reviewed, EventKind::ExportReviewed);
    let late = tx.change_export_document(id, &before, state, &content("x"), kind, "").await;
    assert!(matches!(late, Err(VaultError::Conflict { .. })));
    tx.rollback().await.unwrap();
    let report = vault.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

pub async fn oppositions(vault: &Vault) {
    let born = |y, m, d| Some(Private(PartialDate::ymd(y, m, d).unwrap()));
    let who = patient();
    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    let id = tx.record_opposition(&who).await.unwrap();
    let vague = PatientIdentity { birth_name: Some("Martin".into()), ..Default::default() };
    let refused = tx.record_opposition(&vague).await;
    assert!(matches!(refused, Err(VaultError::Conflict { .. })), "a name alone is everybody's");
    tx.commit().await.unwrap();

    let opposed = async |p: &PatientIdentity| vault.is_opposed(p).await.unwrap();
    assert!(opposed(&who).await);
    let by_ins = PatientIdentity { ins: who.ins.clone(), ..Default::default() };
    let by_traits = PatientIdentity {
        birth_name: Some("ZWINGELSTEIN".into()),
        first_name: Some("ombeline".into()),
        birth_date: born(1957, 3, 28),
        sex: Some(Sex::M),
        ..Default::default()
    };
    assert!(opposed(&by_ins).await && opposed(&by_traits).await);
    let others = [
        PatientIdentity { birth_date: born(1957, 3, 29), ..by_traits.clone() },
        PatientIdentity { first_name: Some("Ombelina".into()), ..by_traits.clone() },
        PatientIdentity { birth_name: who.birth_name.clone(), ..Default::default() },
        PatientIdentity { birth_date: born(1957, 3, 28), ..Default::default() },
        PatientIdentity::default(),
    ];
    for other in &others {
        assert!(!opposed(other).await, "{:?}", other.birth_date);
    }
    let listed = vault.oppositions().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((&listed[0].identity, listed[0].recorded_by.as_str()), (&who, "account-1"));

    let mut tx = vault.begin(&doctor(), later(2)).await.unwrap();
    tx.withdraw_opposition(&id).await.unwrap();
    assert!(matches!(tx.withdraw_opposition(&id).await, Err(VaultError::NotFound { .. })));
    tx.commit().await.unwrap();
    assert!(!opposed(&who).await);
    let listed = vault.oppositions().await.unwrap();
    assert_eq!(listed[0].withdrawn, Some(("account-1".to_owned(), later(2))), "it stays told");
    let report = vault.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

#[tokio::test]
async fn an_edit_behind_the_back_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).await;
    let id = receive(&vault, b"exporte", NOW).await.unwrap();
    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    reviewed(&mut tx, &vault, &id, "candidats").await;
    tx.record_opposition(&patient()).await.unwrap();
    tx.append(Event::new(EventKind::Viewed).document(&id)).await.unwrap();
    tx.commit().await.unwrap();
    assert!(vault.verify_ledger(None).await.unwrap().ok);
    assert_eq!(doctor().role, Some(Role::Medecin));
    vault.close().await;
    let database = dir.path().join("data/relu.sqlite");
    let kept = std::fs::read(&database).unwrap();
    for (statement, code) in [
        ("UPDATE export SET state = 'pret'", "content-changed"),
        ("UPDATE export_document SET state = 'relu'", "content-changed"),
        ("UPDATE export_document SET content = NULL", "content-missing"),
        ("DELETE FROM export_document", "content-missing"),
        ("DELETE FROM opposition", "content-missing"),
        ("UPDATE opposition SET withdrawn_by = 'x', withdrawn_at = 1", "content-changed"),
        ("UPDATE export SET archive = 'abc'", "content-changed"),
    ] {
        std::fs::write(&database, &kept).unwrap();
        let url = format!("sqlite://{}", database.display());
        let mut conn = sqlx::AnyConnection::connect(&url).await.unwrap();
        sqlx::raw_sql("PRAGMA foreign_keys = OFF").execute(&mut conn).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let again = open(dir.path()).await;
        let report = again.verify_ledger(None).await.unwrap();
        assert!(report.problems.iter().any(|p| p.code == code), "{statement}: {report:?}");
        again.close().await;
    }
}
