//! Merges and splits, detaching, and what is kept of a patient beside who they are; on each database.

use relu_record::{DocumentId, DocumentState, Identifier, PatientIdentity, Stay, Unit};
use relu_vault::{Detached, Filing, PatientId, PatientRecord, Stamp, Term, Vault, VaultError};

use crate::support::*;

fn numbered(name: &str, number: &str) -> PatientIdentity {
    PatientIdentity {
        birth_name: Some(name.into()),
        identifiers: vec![Identifier {
            system: "1.2.3.4".into(),
            value: number.into(),
            kind: Some("PI".into()),
        }],
        ..PatientIdentity::default()
    }
}

async fn who_has(vault: &Vault, number: &str) -> Vec<PatientId> {
    let term = Term::Identifier { system: "1.2.3.4".into(), value: number.into() };
    vault.find_patients(&[term], 9).await.unwrap().into_iter().map(|p| p.id).collect()
}

async fn filed(vault: &Vault, content: &str, to: &PatientId) -> DocumentId {
    let id = receive(vault, content.as_bytes(), NOW).await.unwrap();
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    tx.set_state(&id, DocumentState::Recu, DocumentState::Classe).await.unwrap();
    let filing = Filing { patient: Some(to.clone()), ..Filing::default() };
    tx.set_filing(&id, Some(filing)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

async fn filed_to(vault: &Vault, id: &DocumentId) -> Option<PatientId> {
    vault.document(id).await.unwrap().filing.and_then(|f| f.patient)
}

/// Part of the conformance suite.
pub async fn merges(vault: &Vault) {
    let mut tx = vault.begin(&system_actor(), later(1)).await.unwrap();
    let stay = Stay { unit: Some(Unit { code: "UF301".into(), label: None }), ..Stay::default() };
    let record = PatientRecord { stay: Some(stay.clone()), ..PatientRecord::default() };
    let a = tx.save_patient(None, &numbered("Fusion", "9001"), &record, None).await.unwrap();
    let b = tx.upsert_patient(None, &numbered("Reste", "9002")).await.unwrap();
    let stamps = [("GAM".to_owned(), Stamp { at: Some(NOW), message: "m".into() })];
    tx.note_applied(&a, &stamps.clone().into_iter().collect()).await.unwrap();
    assert_eq!(tx.applied(&a).await.unwrap(), stamps.into_iter().collect());
    assert!(tx.applied(&b).await.unwrap().is_empty());
    tx.commit().await.unwrap();
    let kept = vault.patient(&a).await.unwrap();
    assert_eq!((kept.record, kept.version, kept.merged_into), (record, 1, None));
    let mine = filed(vault, "fusion 1", &a).await;
    let theirs = filed(vault, "fusion 2", &b).await;

    let mut tx = vault.begin(&doctor(), later(2)).await.unwrap();
    let merge = tx.merge_patients(&a, &b, None).await.unwrap();
    let again = tx.merge_patients(&a, &b, None).await;
    assert!(matches!(again, Err(VaultError::Conflict { .. })), "merged once");
    tx.commit().await.unwrap();
    assert_eq!(filed_to(vault, &mine).await, Some(b.clone()));
    assert_eq!(who_has(vault, "9001").await, std::slice::from_ref(&b));
    assert_eq!(vault.standing_patient(&a).await.unwrap().id, b);
    assert_eq!(vault.patient(&b).await.unwrap().record.stay, Some(stay));
    let names = vault.find_patients(&[Term::Name("fusi".into())], 9).await.unwrap();
    assert_eq!(names.len(), 1, "the old name finds the record that stays");
    assert!(vault.patients_page(None, 500).await.unwrap().iter().all(|p| p.id != a));
    let since = filed(vault, "fusion 3", &b).await;
    let late = filed(vault, "fusion 4", &b).await;

    let mut tx = vault.begin(&doctor(), later(3)).await.unwrap();
    tx.split_patients(&merge, std::slice::from_ref(&late)).await.unwrap();
    tx.commit().await.unwrap();
    for (document, to) in [(&mine, &a), (&late, &a), (&since, &b), (&theirs, &b)] {
        assert_eq!(filed_to(vault, document).await.as_ref(), Some(to));
    }
    assert_eq!(who_has(vault, "9001").await, std::slice::from_ref(&a));
    let back = vault.patient(&b).await.unwrap();
    assert_eq!((back.record.stay, back.record.former.len()), (None, 0));
    let mut tx = vault.begin(&doctor(), later(4)).await.unwrap();
    let twice = tx.split_patients(&merge, &[]).await;
    assert!(matches!(twice, Err(VaultError::Conflict { .. })), "taken back once");
    tx.rollback().await.unwrap();
    let told = vault.merges(5).await.unwrap();
    assert_eq!(told[0].undone.as_ref().map(|(by, _)| by.as_str()), Some("account-1"));

    // A document taken off its patient is given back to the record that stands for them then.
    let mut tx = vault.begin(&doctor(), later(5)).await.unwrap();
    let before = Detached {
        filing: tx.document(&mine).await.unwrap().filing.unwrap(),
        state: DocumentState::Classe,
        queue: None,
        role: None,
        account: None,
        recalled: Vec::new(),
    };
    tx.detach(&mine, before.clone()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(filed_to(vault, &mine).await, None);
    let mut tx = vault.begin(&doctor(), later(6)).await.unwrap();
    tx.merge_patients(&a, &b, None).await.unwrap();
    assert_eq!(tx.reattach(&mine).await.unwrap(), before);
    assert!(tx.reattach(&mine).await.is_err(), "given back once");
    tx.commit().await.unwrap();
    assert_eq!(filed_to(vault, &mine).await, Some(b));
    let report = vault.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.reason);
}
