//! Merges and splits, detaching, and what is kept of a patient beside who they are; on each database.

use relu_record::{DocumentId, DocumentState, Identifier, PatientIdentity, Stay, Unit};
use relu_vault::{
    Detached, Filing, Moved, NewResource, PatientId, PatientRecord, Resource, ResourceTerm,
    ResourcesFollow, Stamp, Term, Vault, VaultError,
};

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

/// Resources whose content is the id of their patient.
struct Words;

fn of(patient: &PatientId) -> ResourceTerm {
    ResourceTerm { param: "patient", value: patient.0.clone() }
}

impl ResourcesFollow for Words {
    fn found_by(&self, patient: &PatientId) -> Vec<(&'static str, ResourceTerm)> {
        vec![("Observation", of(patient)), ("Goal", of(patient))]
    }

    fn moved(&self, r: &Resource, from: &PatientId, to: &PatientId) -> Option<Moved> {
        let kind = ["Observation", "Goal"].into_iter().find(|k| *k == r.kind)?;
        let words = std::str::from_utf8(r.content.as_ref()?).ok()?;
        words.contains(&from.0).then(|| Moved {
            kind,
            content: words.replace(&from.0, &to.0).into_bytes(),
            former_terms: vec![of(from)],
            terms: vec![of(to)],
        })
    }
}

async fn write(vault: &Vault, kind: &'static str, id: &str, patient: &PatientId, masked: bool) {
    let resource = NewResource {
        kind,
        id: id.to_owned(),
        patient: Some(patient.clone()),
        masked,
        author: None,
        content: Some(format!("{id} {}", patient.0).into_bytes()),
        terms: vec![of(patient)],
        former: None,
    };
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    tx.write_resources(id, vec![resource]).await.unwrap();
    tx.commit().await.unwrap();
}

/// What a resource says, of which patient, in which version, by whom.
async fn says(vault: &Vault, kind: &str, id: &str) -> (String, Option<PatientId>, u64, String) {
    let r = vault.resource(kind, id).await.unwrap().unwrap();
    let words = String::from_utf8(r.content.unwrap().to_vec()).unwrap();
    (words, r.patient, r.version, r.author)
}

/// The resources of a patient's file follow a merge, and return with a split.
pub async fn resources_follow(vault: &Vault) {
    let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
    let a = tx.upsert_patient(None, &numbered("Suivi", "9101")).await.unwrap();
    let b = tx.upsert_patient(None, &numbered("Gardien", "9102")).await.unwrap();
    tx.commit().await.unwrap();
    write(vault, "Observation", "f1", &a, false).await;
    write(vault, "Goal", "f2", &a, true).await;
    write(vault, "Observation", "f3", &b, false).await;
    let mut tx = vault.begin(&system_actor(), later(1)).await.unwrap();
    let merge = tx.merge_patients(&a, &b, None, &Words).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = vault.begin(&system_actor(), later(1)).await.unwrap();
    assert_eq!(tx.merged_into(&a).await.unwrap().as_ref(), Some(&b));
    assert_eq!(tx.merged_into(&b).await.unwrap(), None);
    tx.rollback().await.unwrap();
    let followed = vault.merge(&merge).await.unwrap().followed.resources;
    let pair = |k: &str, id: &str| (k.to_owned(), id.to_owned());
    assert_eq!(followed, [pair("Observation", "f1"), pair("Goal", "f2")]);
    let system = system_actor().id;
    let now = (format!("f1 {}", b.0), Some(b.clone()), 2, system.clone());
    assert_eq!(says(vault, "Observation", "f1").await, now);
    // Masked, it stays with whoever wrote it.
    let masked = (format!("f2 {}", b.0), Some(b.clone()), 2, doctor().id);
    assert_eq!(says(vault, "Goal", "f2").await, masked);
    let before = vault.resource_version("Observation", "f1", 1).await.unwrap().unwrap();
    assert_eq!(before.patient.as_ref(), Some(&a), "the history tells where it was");
    write(vault, "Observation", "f4", &b, false).await;
    let mut tx = vault.begin(&doctor(), later(2)).await.unwrap();
    tx.split_patients(&merge, &[], &Words).await.unwrap();
    tx.commit().await.unwrap();
    for (kind, id, to, version) in [
        ("Observation", "f1", &a, 3),
        ("Goal", "f2", &a, 3),
        ("Observation", "f3", &b, 1),
        ("Observation", "f4", &b, 1),
    ] {
        let told = says(vault, kind, id).await;
        assert_eq!(
            (told.0, told.1.as_ref(), told.2),
            (format!("{id} {}", to.0), Some(to), version)
        );
    }
    let sides = vault.merges_of(&b).await.unwrap();
    assert_eq!(sides.iter().map(|m| &m.id).collect::<Vec<_>>(), [&merge]);
    let report = vault.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.reason);
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
    let merge = tx.merge_patients(&a, &b, None, &Words).await.unwrap();
    let again = tx.merge_patients(&a, &b, None, &Words).await;
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
    tx.split_patients(&merge, std::slice::from_ref(&late), &Words).await.unwrap();
    tx.commit().await.unwrap();
    for (document, to) in [(&mine, &a), (&late, &a), (&since, &b), (&theirs, &b)] {
        assert_eq!(filed_to(vault, document).await.as_ref(), Some(to));
    }
    assert_eq!(who_has(vault, "9001").await, std::slice::from_ref(&a));
    let back = vault.patient(&b).await.unwrap();
    assert_eq!((back.record.stay, back.record.former.len()), (None, 0));
    let mut tx = vault.begin(&doctor(), later(4)).await.unwrap();
    let twice = tx.split_patients(&merge, &[], &Words).await;
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
    tx.merge_patients(&a, &b, None, &Words).await.unwrap();
    assert_eq!(tx.reattach(&mine).await.unwrap(), before);
    assert!(tx.reattach(&mine).await.is_err(), "given back once");
    tx.commit().await.unwrap();
    assert_eq!(filed_to(vault, &mine).await, Some(b));
    let report = vault.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.reason);
}
