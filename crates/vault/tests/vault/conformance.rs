//! What every database must do: one suite, run on SQLite here and on PostgreSQL in `postgres.rs`.

use std::path::Path;

use relu_record::{
    Coding, DocumentState, Format, Instant, Moment, PartialDate, ProposalId, Refusal, RefusalCode,
    Role, SheetState, Verdict,
};
use relu_vault::{
    DocumentChange, DocumentFilter, EventKind, Filing, Headline, Inserted, JobState, Lane,
    NewAccount, NewDecision, NewJob, Order, Term, Vault, VaultError, terms_of,
};

use crate::support::*;

/// Runs the suite on one fresh database.
pub async fn suite(dir: &Path, database_url: Option<String>) {
    let vault = Vault::open(settings(dir, database_url.clone()), NOW).await.unwrap();
    receiving(&vault).await;
    states(&vault).await;
    readings_and_decisions(&vault).await;
    patients(&vault).await;
    lists(&vault).await;
    jobs(&vault).await;
    accounts(&vault).await;
    views(&vault).await;
    functions_and_files(&vault).await;
    crate::merges::merges(&vault).await;
    crate::merges::resources_follow(&vault).await;
    crate::exports::exports(&vault).await;
    crate::exports::oppositions(&vault).await;
    crate::deliveries::deliveries(&vault).await;
    crate::resources::resources(&vault).await;
    crate::routing::routing(&vault).await;
    rollback(&vault).await;
    concurrent_writers(&vault).await;
    destroying(&vault).await;
    reopening(&vault, dir, database_url).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite() {
    let dir = tempfile::tempdir().unwrap();
    suite(dir.path(), None).await;
}

async fn receiving(vault: &Vault) {
    let new = written(vault, b"premier", "a.pdf");
    let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
    let Inserted::New(id) = tx.insert_document(new.clone()).await.unwrap() else { panic!("new") };
    tx.commit().await.unwrap();
    // The same bytes again: the same document, whatever the name.
    let again = written(vault, b"premier", "copie.pdf");
    assert_eq!(again.blob.id, new.blob.id, "blobs are named by their content");
    let mut tx = vault.begin(&system_actor(), later(1)).await.unwrap();
    assert_eq!(tx.insert_document(again).await.unwrap(), Inserted::Duplicate(id.clone()));
    // The same bytes inside another document are another document, once per place.
    let part = |place: &str| {
        let mut p = written(vault, b"premier", "p");
        (p.parent, p.part) = (Some(id.clone()), Some(place.to_owned()));
        p
    };
    let Inserted::New(child) = tx.insert_document(part("OBX[1]")).await.unwrap() else { panic!() };
    assert!(matches!(tx.insert_document(part("OBX[2]")).await.unwrap(), Inserted::New(_)));
    assert_eq!(
        tx.insert_document(part("OBX[1]")).await.unwrap(),
        Inserted::Duplicate(child.clone())
    );
    tx.commit().await.unwrap();

    let document = vault.document(&id).await.unwrap();
    assert_eq!(document.state, DocumentState::Recu);
    assert_eq!(document.source_name.unwrap().0, "a.pdf");
    assert_eq!((document.size, document.received_at, document.version), (7, NOW, 1));
    assert_eq!(document.sha256, relu_record::Sha256Hex::of(b"premier"));
    let children = vault.children(&id).await.unwrap();
    assert_eq!(
        children.iter().map(|c| c.part.as_deref()).collect::<Vec<_>>(),
        [Some("OBX[1]"), Some("OBX[2]")]
    );
    assert_eq!(children[0].id, child);
    let blob = vault.blob(&document.blob).await.unwrap();
    assert_eq!(blob.read(100).unwrap(), b"premier");
    assert!(matches!(blob.read(3), Err(VaultError::Limit { .. })));
    let unknown = relu_record::DocumentId("nobody".into());
    assert!(matches!(vault.document(&unknown).await, Err(VaultError::NotFound { .. })));
    let story: Vec<String> =
        vault.ledger_of(&id).await.unwrap().into_iter().map(|e| e.kind).collect();
    assert_eq!(story, ["document-received", "document-received-again"]);
}

async fn states(vault: &Vault) {
    use DocumentState::*;
    let id = receive(vault, b"etats", NOW).await.unwrap();
    let mut tx = vault.begin(&doctor(), later(5)).await.unwrap();
    tx.set_state(&id, Recu, AClasser).await.unwrap();
    let late = tx.set_state(&id, Recu, Quarantaine).await;
    assert!(matches!(late, Err(VaultError::Conflict { .. })));
    let refusal = Refusal::new(RefusalCode::NoText, "Pages blanches.");
    let change = DocumentChange {
        format: Some(Format::CdaN1),
        media_type: Some("text/xml".into()),
        refusal: Some(Some(refusal.clone())),
        ..DocumentChange::default()
    };
    tx.update_document(&id, change).await.unwrap();
    tx.assign(&id, Some("biologie"), Some(Role::Medecin), Some("account-1")).await.unwrap();
    assert_eq!(tx.document(&id).await.unwrap().state, AClasser, "a transaction sees itself");
    assert_eq!(vault.document(&id).await.unwrap().state, Recu, "others do not, yet");
    tx.commit().await.unwrap();
    let document = vault.document(&id).await.unwrap();
    assert_eq!((document.state, document.format), (AClasser, Some(Format::CdaN1)));
    assert_eq!(document.media_type.as_deref(), Some("text/xml"));
    assert_eq!(document.refusal, Some(refusal));
    assert_eq!((document.updated_at, document.version), (later(5), 4));
    assert_eq!(document.queue.as_deref(), Some("biologie"));
    assert_eq!(document.assigned_role, Some(Role::Medecin));
    assert_eq!(document.assigned_to.as_deref(), Some("account-1"));
    let mut tx = vault.begin(&doctor(), later(6)).await.unwrap();
    let lift = DocumentChange { refusal: Some(None), ..DocumentChange::default() };
    tx.update_document(&id, lift).await.unwrap();
    tx.commit().await.unwrap();
    let document = vault.document(&id).await.unwrap();
    assert_eq!((document.refusal, document.format), (None, Some(Format::CdaN1)));
    let last = vault.ledger_of(&id).await.unwrap().into_iter().nth(1).unwrap();
    assert_eq!(
        (last.kind.as_str(), last.detail.as_deref()),
        ("state-changed", Some("recu>a-classer"))
    );
    assert_eq!(last.actor, doctor());
}

async fn readings_and_decisions(vault: &Vault) {
    let id = receive(vault, b"lecture", NOW).await.unwrap();
    assert!(vault.reading(&id).await.unwrap().is_none());
    assert!(vault.proposal_set(&id).await.unwrap().is_none());
    let json: Vec<u8> = (0..3_000_000u32).map(|i| (i % 255) as u8).collect();
    let set = proposals("Première ligne.\nSeconde ligne.");
    let mut tx = vault.begin(&system_actor(), later(1)).await.unwrap();
    tx.store_reading(&id, &set.text_version, &json).await.unwrap();
    let hash = tx.store_proposal_set(&id, &set).await.unwrap();
    assert_eq!(hash, set.hash());
    tx.commit().await.unwrap();
    assert_eq!(vault.reading(&id).await.unwrap().unwrap().as_slice(), json);
    assert_eq!(vault.proposal_set(&id).await.unwrap(), Some(set.clone()));
    let document = vault.document(&id).await.unwrap();
    assert_eq!(document.text_version, Some(set.text_version.clone()));
    assert_eq!(document.proposal_set, Some(hash.clone()));

    // The same set again: nothing new, no event.
    let before = vault.ledger_head().await.unwrap().seq;
    let mut tx = vault.begin(&system_actor(), later(2)).await.unwrap();
    tx.store_proposal_set(&id, &set).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(vault.ledger_head().await.unwrap().seq, before);

    let new = |verdict| NewDecision {
        document: id.clone(),
        set: hash.clone(),
        proposal: ProposalId("p1".into()),
        verdict,
        reason: Some("d'accord".into()),
    };
    let mut tx = vault.begin(&doctor(), later(3)).await.unwrap();
    let first = tx.insert_decision(new(Verdict::Accepted)).await.unwrap();
    let undo = tx.insert_decision(new(Verdict::Undone(first.id.clone()))).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(first.actor, doctor());
    assert_eq!(vault.decisions(&id).await.unwrap(), [first, undo]);

    // Several documents at once hold what each holds alone; one of which nothing is kept is empty.
    let bare = receive(vault, b"rien", NOW).await.unwrap();
    let together = vault.contents(&[id.clone(), bare.clone()]).await.unwrap();
    assert_eq!(together[&id].reading.as_ref().unwrap().as_slice(), json);
    assert_eq!(together[&id].proposals, Some(set.clone()));
    assert_eq!(together[&id].decisions, vault.decisions(&id).await.unwrap());
    assert!(together[&bare].reading.is_none() && together[&bare].proposals.is_none());
    assert!(together[&bare].decisions.is_empty());

    // A newer set becomes current; decisions on a set that is not this document's are refused.
    let newer = proposals("Autre ligne.");
    let mut tx = vault.begin(&system_actor(), later(4)).await.unwrap();
    tx.store_proposal_set(&id, &newer).await.unwrap();
    let stranger = NewDecision { set: proposals("x").hash(), ..new(Verdict::Refused) };
    assert!(matches!(tx.insert_decision(stranger).await, Err(VaultError::Conflict { .. })));
    tx.commit().await.unwrap();
    assert_eq!(vault.proposal_set(&id).await.unwrap(), Some(newer));
    assert_eq!(vault.proposal_set_of(&id, &hash).await.unwrap(), set);
}

async fn patients(vault: &Vault) {
    let who = patient();
    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    let id = tx.upsert_patient(None, &who).await.unwrap();
    let other = relu_record::PatientIdentity {
        birth_name: Some("Zwingli".into()),
        first_name: Some("Ombeline".into()),
        ..Default::default()
    };
    let other_id = tx.upsert_patient(None, &other).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(vault.patient(&id).await.unwrap().identity, who);
    let find = async |terms: &[Term]| -> Vec<_> {
        vault.find_patients(terms, 10).await.unwrap().into_iter().map(|p| p.id).collect()
    };
    let name = |n: &str| Term::Name(n.to_owned());
    assert_eq!(find(&[name("zwing")]).await, [id.clone(), other_id.clone()]);
    assert_eq!(find(&[name("ZWINGE")]).await, std::slice::from_ref(&id));
    assert_eq!(find(&[name("oeuvrard lefe")]).await, std::slice::from_ref(&id));
    assert_eq!(find(&[name("zwing ombel")]).await, [id.clone(), other_id]);
    assert!(find(&[name("z")]).await.is_empty(), "one letter finds nobody");
    assert!(find(&[name("stein")]).await.is_empty(), "the middle of a name finds nobody");
    for term in terms_of(&who).into_iter().filter(|t| !matches!(t, Term::Name(_))) {
        assert_eq!(find(std::slice::from_ref(&term)).await, std::slice::from_ref(&id), "{term:?}");
    }
    // A changed identity is found under its new name only.
    let mut tx = vault.begin(&doctor(), later(2)).await.unwrap();
    let renamed = relu_record::PatientIdentity { birth_name: Some("Quellec".into()), ..who };
    tx.upsert_patient(Some(&id), &renamed).await.unwrap();
    tx.commit().await.unwrap();
    assert!(find(&[name("zwingel")]).await.is_empty());
    assert_eq!(find(&[name("quel")]).await, std::slice::from_ref(&id));
    assert_eq!(vault.patient(&id).await.unwrap().version, 2);
}

async fn lists(vault: &Vault) {
    let at = |i: i64| Instant(later(1_000_000).0 + i / 2);
    let code = Coding::new(relu_record::system::LOINC, "11502-2", Some("CR d'examens"));
    let (mut ids, mut patient_id) = (Vec::new(), None);
    for i in 0..7 {
        let id = receive(vault, format!("liste {i}").as_bytes(), at(i)).await.unwrap();
        let mut tx = vault.begin(&doctor(), at(i)).await.unwrap();
        tx.set_state(&id, DocumentState::Recu, DocumentState::AClasser).await.unwrap();
        let headline = Headline {
            patient: Some("Mme KERMARREC".into()),
            document_type: (i == 3).then(|| code.clone()),
            ..Headline::default()
        };
        let change = DocumentChange { headline: Some(headline), ..DocumentChange::default() };
        tx.update_document(&id, change).await.unwrap();
        if i == 3 {
            tx.index_document(&id, &[Term::Name("Kermarrec".into())]).await.unwrap();
        }
        if i == 4 {
            let who = tx.upsert_patient(None, &patient()).await.unwrap();
            let date = PartialDate::ymd(2026, 1, 5).map(Moment::day);
            let filing = Filing { patient: Some(who.clone()), date, ..Filing::default() };
            tx.set_filing(&id, Some(filing)).await.unwrap();
            tx.set_state(&id, DocumentState::AClasser, DocumentState::Classe).await.unwrap();
            patient_id = Some(who);
        }
        tx.commit().await.unwrap();
        ids.push(id);
    }
    let mine = DocumentFilter { since: Some(at(0)), limit: 3, ..DocumentFilter::default() };
    for (order, expected) in [
        (Order::OldestFirst, ids.clone()),
        (Order::NewestFirst, ids.iter().rev().cloned().collect()),
    ] {
        let (mut seen, mut filter) = (Vec::new(), DocumentFilter { order, ..mine.clone() });
        loop {
            let page = vault.documents(&filter).await.unwrap();
            assert!(page.documents.len() <= 3);
            seen.extend(page.documents.into_iter().map(|d| d.id));
            match page.next {
                Some(next) => filter.after = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, expected, "{order:?}: every document once, ties included");
    }
    let list = async |filter: DocumentFilter| -> Vec<_> {
        let filter = DocumentFilter { limit: 100, ..filter };
        vault.documents(&filter).await.unwrap().documents.into_iter().map(|d| d.id).collect()
    };
    let one = |i: usize| vec![ids[i].clone()];
    let base = || mine.clone();
    assert_eq!(
        list(DocumentFilter { states: vec![DocumentState::Classe], ..base() }).await,
        one(4)
    );
    assert_eq!(list(DocumentFilter { name: Some("kermar".into()), ..base() }).await, one(3));
    assert_eq!(list(DocumentFilter { document_type: Some(code), ..base() }).await, one(3));
    assert_eq!(list(DocumentFilter { patient: patient_id, ..base() }).await, one(4));
    // A filed document is found by its patient's name too.
    assert_eq!(list(DocumentFilter { name: Some("zwingel".into()), ..base() }).await, one(4));
    assert_eq!(list(DocumentFilter { before: Some(at(2)), ..base() }).await, ids[..2]);
    assert!(list(DocumentFilter { name: Some("k".into()), ..base() }).await.is_empty());
    let counts = vault.count_by_state(&mine).await.unwrap();
    assert_eq!(counts, [(DocumentState::AClasser, 6), (DocumentState::Classe, 1)]);
    // Taking a filing back.
    let mut tx = vault.begin(&doctor(), at(9)).await.unwrap();
    tx.set_filing(&ids[4], None).await.unwrap();
    tx.set_state(&ids[4], DocumentState::Classe, DocumentState::AClasser).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(vault.document(&ids[4]).await.unwrap().filing, None);
    assert!(list(DocumentFilter { name: Some("zwingel".into()), ..base() }).await.is_empty());
}

async fn jobs(vault: &Vault) {
    let id = receive(vault, b"travail", NOW).await.unwrap();
    let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
    let payload = relu_record::Private(b"params".to_vec());
    let job = NewJob { payload, ..NewJob::on(&id, "read") };
    assert!(tx.enqueue(job.clone()).await.unwrap().is_some());
    assert!(tx.enqueue(job.clone()).await.unwrap().is_none(), "the same work waits already");
    let send = NewJob { lane: Lane::Outbox, unique: None, run_at: later(50), ..job.clone() };
    tx.enqueue(send).await.unwrap().unwrap();
    tx.commit().await.unwrap();

    let claim = async |lane, worker, now| vault.claim_job(lane, worker, 100, now).await.unwrap();
    let first = claim(Lane::Work, "a", NOW).await.unwrap();
    assert_eq!((first.kind.as_str(), first.attempts), ("read", 1));
    assert_eq!(first.payload.0, b"params");
    assert_eq!(first.document.as_ref(), Some(&id));
    assert!(claim(Lane::Work, "b", NOW).await.is_none(), "leased");
    assert!(claim(Lane::Outbox, "b", later(49)).await.is_none(), "not due");
    assert!(claim(Lane::Outbox, "b", later(50)).await.is_some());
    let first = vault.extend_lease(&first, 200, NOW).await.unwrap();
    assert!(claim(Lane::Work, "b", later(150)).await.is_none(), "lease was extended");
    let second = claim(Lane::Work, "b", later(200)).await.unwrap();
    assert_eq!((second.id.clone(), second.attempts), (first.id.clone(), 2));
    // The first worker wakes up: what it did must not be committed.
    let mut tx = vault.begin(&system_actor(), later(201)).await.unwrap();
    assert!(matches!(tx.finish_job(&first).await, Err(VaultError::Conflict { .. })));
    tx.rollback().await.unwrap();
    assert!(vault.extend_lease(&first, 10, later(201)).await.is_err());
    let mut tx = vault.begin(&system_actor(), later(202)).await.unwrap();
    tx.fail_job(&second, "reader-crashed", Some(later(300))).await.unwrap();
    tx.commit().await.unwrap();
    assert!(claim(Lane::Work, "b", later(299)).await.is_none(), "waits for its retry");
    let third = claim(Lane::Work, "c", later(300)).await.unwrap();
    assert_eq!(third.attempts, 3);
    let mut tx = vault.begin(&system_actor(), later(301)).await.unwrap();
    tx.fail_job(&third, "reader-crashed", None).await.unwrap();
    tx.commit().await.unwrap();
    let counts = vault.job_counts().await.unwrap();
    assert!(
        counts.iter().any(|c| (c.kind.as_str(), c.state, c.count) == ("read", JobState::Failed, 1))
    );
    let mut tx = vault.begin(&doctor(), later(302)).await.unwrap();
    tx.retry_job(&third.id).await.unwrap();
    tx.commit().await.unwrap();
    let fourth = claim(Lane::Work, "d", later(302)).await.unwrap();
    let mut tx = vault.begin(&system_actor(), later(303)).await.unwrap();
    tx.finish_job(&fourth).await.unwrap();
    assert!(tx.enqueue(job).await.unwrap().is_some(), "done: the same work may be asked again");
    tx.rollback().await.unwrap();
    let again = claim(Lane::Work, "e", later(402)).await;
    assert_eq!(again.map(|j| j.attempts), Some(5), "rolled back: not finished");
}

async fn accounts(vault: &Vault) {
    let new = NewAccount {
        login: "J.Martin".into(),
        name: "Jeanne MARTIN".into(),
        role: Role::Secretariat,
        password_hash: "$argon2id$x".into(),
    };
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    let id = tx.create_account(&new).await.unwrap();
    let taken = tx.create_account(&NewAccount { login: "j.martin ".into(), ..new.clone() }).await;
    assert!(matches!(taken, Err(VaultError::Conflict { .. })));
    tx.open_session(&id, "token-1", later(1000)).await.unwrap();
    tx.commit().await.unwrap();
    let account = vault.account_by_login("J.MARTIN").await.unwrap().unwrap();
    assert_eq!(
        (account.id.clone(), account.role, account.active),
        (id.clone(), Role::Secretariat, true)
    );
    assert_eq!(account.password_hash, "$argon2id$x");
    assert!(vault.account_by_login("personne").await.unwrap().is_none());
    assert_eq!(vault.session("token-1", later(999)).await.unwrap().unwrap().account.id, id);
    assert!(vault.session("token-1", later(1000)).await.unwrap().is_none(), "expired");
    assert!(vault.session("token-2", NOW).await.unwrap().is_none());
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    tx.close_session("token-1").await.unwrap();
    tx.close_session("token-1").await.unwrap();
    tx.open_session(&id, "token-3", later(1000)).await.unwrap();
    let changed = NewAccount { role: Role::Medecin, ..new };
    tx.change_account(&id, &changed, false).await.unwrap();
    tx.commit().await.unwrap();
    assert!(vault.session("token-1", NOW).await.unwrap().is_none(), "closed");
    assert!(vault.session("token-3", NOW).await.unwrap().is_none(), "a change ends sessions");
    let account = vault.account(&id).await.unwrap();
    assert_eq!((account.role, account.active), (Role::Medecin, false));
    assert!(vault.accounts().await.unwrap().iter().any(|a| a.id == id));
}

async fn views(vault: &Vault) {
    let kept = |content: &str| relu_record::Private(content.as_bytes().to_vec());
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    let id = tx.save_view("a", &kept("un")).await.unwrap();
    let other = tx.save_view("b", &kept("deux")).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    tx.change_view("a", &id, &kept("un, changé")).await.unwrap();
    // A view is its account's alone.
    assert!(matches!(
        tx.change_view("a", &other, &kept("pris")).await,
        Err(VaultError::NotFound { .. })
    ));
    assert!(matches!(tx.forget_view("a", &other).await, Err(VaultError::NotFound { .. })));
    tx.commit().await.unwrap();
    let of = async |account: &str| {
        let all = vault.saved_views(account).await.unwrap();
        all.into_iter().map(|(_, content)| content.to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(of("a").await, ["un, changé".as_bytes()]);
    assert_eq!(of("b").await, [b"deux"]);
    let mut tx = vault.begin(&doctor(), later(2)).await.unwrap();
    tx.forget_view("a", &id).await.unwrap();
    tx.commit().await.unwrap();
    assert!(of("a").await.is_empty());
}

async fn functions_and_files(vault: &Vault) {
    let mut state = SheetState {
        id: "identify".into(),
        active: true,
        overseer: Some("account-1".into()),
        local_evaluation: Some("20 documents relus".into()),
    };
    for active in [true, false] {
        state.active = active;
        let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
        tx.set_function(&state).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(vault.function_states().await.unwrap(), std::slice::from_ref(&state));
    }
    assert!(!vault.was_seen("/in/a.pdf:12:34").await.unwrap());
    let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
    tx.mark_seen("/in/a.pdf:12:34", None).await.unwrap();
    tx.mark_seen("/in/a.pdf:12:34", None).await.unwrap();
    tx.commit().await.unwrap();
    assert!(vault.was_seen("/in/a.pdf:12:34").await.unwrap());
    assert!(!vault.was_seen("/in/a.pdf:12:35").await.unwrap());
}

async fn rollback(vault: &Vault) {
    let before = vault.ledger_head().await.unwrap();
    let new = written(vault, b"jamais", "x");
    let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
    let id = tx.insert_document(new).await.unwrap().id().clone();
    tx.enqueue(NewJob::on(&id, "never")).await.unwrap().unwrap();
    drop(tx);
    assert_eq!(vault.ledger_head().await.unwrap(), before);
    assert!(vault.document(&id).await.is_err());
    assert!(vault.job_counts().await.unwrap().iter().all(|c| c.kind != "never"));
    assert_eq!(vault.sweep_blobs().await.unwrap(), 0, "the file went with the transaction");
}

async fn concurrent_writers(vault: &Vault) {
    let before = vault.ledger_head().await.unwrap().seq;
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..40 {
        let vault = vault.clone();
        tasks.spawn(
            async move { receive(&vault, format!("ensemble {}", i / 2).as_bytes(), NOW).await },
        );
    }
    let mut ids = std::collections::BTreeSet::new();
    for id in tasks.join_all().await {
        ids.insert(id.unwrap());
    }
    assert_eq!(ids.len(), 20, "each content once");
    assert_eq!(vault.ledger_head().await.unwrap().seq, before + 40);
    let report = vault.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

async fn destroying(vault: &Vault) {
    let id = receive(vault, b"a oublier", NOW).await.unwrap();
    let blob = vault.document(&id).await.unwrap().blob;
    let set = proposals("Ligne.");
    let mut part = written(vault, b"a oublier", "p");
    part.parent = Some(id.clone());
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    let child = tx.insert_document(part).await.unwrap().id().clone();
    tx.store_reading(&id, &set.text_version, b"{}").await.unwrap();
    let hash = tx.store_proposal_set(&id, &set).await.unwrap();
    let decision = NewDecision {
        document: id.clone(),
        set: hash,
        proposal: ProposalId("p0".into()),
        verdict: Verdict::Refused,
        reason: None,
    };
    tx.insert_decision(decision).await.unwrap();
    tx.index_document(&id, &[Term::Name("Disparu".into())]).await.unwrap();
    tx.commit().await.unwrap();

    let mut tx = vault.begin(&doctor(), later(9)).await.unwrap();
    tx.destroy_document(&child).await.unwrap();
    tx.commit().await.unwrap();
    assert!(vault.blob(&blob).await.unwrap().read(100).is_ok(), "still another document's");
    let mut tx = vault.begin(&doctor(), later(10)).await.unwrap();
    tx.destroy_document(&id).await.unwrap();
    tx.destroy_document(&id).await.unwrap();
    tx.commit().await.unwrap();
    let gone = vault.document(&id).await.unwrap();
    assert_eq!((gone.destroyed_at, gone.source_name), (Some(later(10)), None));
    assert!(matches!(vault.blob(&blob).await, Err(VaultError::Destroyed { .. })));
    assert!(vault.reading(&id).await.unwrap().is_none());
    assert!(vault.decisions(&id).await.unwrap().is_empty());
    let filter = DocumentFilter { name: Some("disparu".into()), ..DocumentFilter::default() };
    assert!(vault.documents(&filter).await.unwrap().documents.is_empty());
    // The same bytes again are a new document with a new key.
    let again = receive(vault, b"a oublier", later(11)).await.unwrap();
    assert_ne!(again, id);
    assert_eq!(vault.blob(&blob).await.unwrap().read(100).unwrap(), b"a oublier");
    let report = vault.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
}

async fn reopening(vault: &Vault, dir: &Path, database_url: Option<String>) {
    let head = vault.ledger_head().await.unwrap();
    let tenant = vault.tenant().clone();
    assert!(vault.verify_ledger(Some(&head)).await.unwrap().ok);
    let mut settings = settings(dir, database_url);
    settings.create = false;
    let again = Vault::open(settings.clone(), later(99)).await.unwrap();
    assert_eq!((again.tenant(), again.ledger_head().await.unwrap()), (&tenant, head));
    assert!(again.verify_blobs().await.unwrap().is_empty());
    let mut all = Vec::new();
    loop {
        let page = again.ledger_page(all.last().map_or(0, |e: &relu_vault::LedgerEntry| e.seq), 7);
        let page = page.await.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    assert!(all.iter().zip(1..).all(|(e, n)| e.seq == n));
    assert!(all.iter().all(|e| EventKind::parse(&e.kind).is_some()));
    again.close().await;
    // Another key opens nothing, and is not replaced either.
    let stranger = tempfile::tempdir().unwrap();
    settings.key_file = stranger.path().join("key");
    let missing = Vault::open(settings.clone(), NOW).await;
    assert!(missing.is_err(), "no key");
    settings.create = true;
    assert!(Vault::open(settings.clone(), NOW).await.is_err());
    assert!(!settings.key_file.exists(), "a lost key is never replaced by a new one");
    let elsewhere = stranger.path().join("data");
    let fresh =
        relu_vault::VaultSettings { data_dir: elsewhere, database_url: None, ..settings.clone() };
    Vault::open(fresh, NOW).await.unwrap().close().await;
    let wrong = Vault::open(settings, NOW).await;
    assert!(matches!(wrong, Err(VaultError::Key { .. })));
}
