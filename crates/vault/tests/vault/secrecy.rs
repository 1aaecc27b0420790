//! Nothing that identifies a person is in clear in the data folder or in a `Debug`.

use std::path::Path;

use relu_record::{ProposalId, Role, Sha256Hex, SheetState, Verdict};
use relu_vault::{
    DocumentChange, DocumentFilter, Filing, Headline, NewAccount, NewDecision, NewJob, Vault,
    terms_of,
};

use crate::support::*;

const TEXT: &str = "Madame Zwingelstein souffre de spondylarthrite.";

async fn fill(vault: &Vault) -> String {
    let who = patient();
    let content = format!("%PDF-1.7 {TEXT}");
    let new = written(vault, content.as_bytes(), "compte rendu Zwingelstein.pdf");
    let set = proposals(TEXT);
    let mut tx = vault.begin(&doctor(), NOW).await.unwrap();
    let id = tx.insert_document(new).await.unwrap().id().clone();
    tx.store_reading(&id, &set.text_version, TEXT.as_bytes()).await.unwrap();
    let hash = tx.store_proposal_set(&id, &set).await.unwrap();
    let decision = NewDecision {
        document: id.clone(),
        set: hash,
        proposal: ProposalId("p0".into()),
        verdict: Verdict::Edited(Box::new(set.proposals[0].value.clone())),
        reason: Some("Zwingelstein confirmée".into()),
    };
    tx.insert_decision(decision).await.unwrap();
    let patient = tx.upsert_patient(None, &who).await.unwrap();
    tx.index_document(&id, &terms_of(&who)).await.unwrap();
    let title = Some("CR Zwingelstein".into());
    let filing = Filing { patient: Some(patient), title: title.clone(), ..Filing::default() };
    tx.set_filing(&id, Some(filing)).await.unwrap();
    let headline = Headline { patient: who.birth_name.clone(), title, ..Headline::default() };
    let change = DocumentChange { headline: Some(headline), ..DocumentChange::default() };
    tx.update_document(&id, change).await.unwrap();
    let account = NewAccount {
        login: "dr.ombeline".into(),
        name: "Dr Ombeline".into(),
        role: Role::Medecin,
        password_hash: "$argon2id$v=19$secret".into(),
    };
    let account = tx.create_account(&account).await.unwrap();
    tx.open_session(&account, "jeton-de-session", later(10)).await.unwrap();
    let state = SheetState {
        id: "identify".into(),
        active: true,
        overseer: Some("Dr Ombeline".into()),
        local_evaluation: None,
    };
    tx.set_function(&state).await.unwrap();
    let payload = relu_record::Private(b"Zwingelstein".to_vec());
    tx.enqueue(NewJob { payload, ..NewJob::on(&id, "Read") }).await.unwrap();
    tx.mark_seen("/entrant/Zwingelstein.pdf:1:2", Some(&id)).await.unwrap();
    tx.record_opposition(&who).await.unwrap();
    let export = crate::exports::reviewed(&mut tx, vault, &id, TEXT).await;
    tx.commit().await.unwrap();

    let export = (vault.export(&export).await.unwrap(), vault.oppositions().await.unwrap());
    let all = vault.documents(&DocumentFilter::default()).await.unwrap();
    let job = vault.claim_job(relu_vault::Lane::Work, "w", 10, NOW).await.unwrap();
    let session = vault.session("jeton-de-session", NOW).await.unwrap();
    let patients = vault.find_patients(&terms_of(&who), 10).await.unwrap();
    let decisions = vault.decisions(&id).await.unwrap();
    assert_eq!((all.documents.len(), patients.len(), decisions.len()), (1, 1, 1));
    format!(
        "{all:?} {job:?} {session:?} {patients:?} {decisions:?} {vault:?} {export:?} {:?}",
        terms_of(&who)
    )
}

fn read_all(dir: &Path, out: &mut Vec<u8>, names: &mut String) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        names.push_str(&entry.file_name().to_string_lossy());
        names.push('\n');
        match entry.path() {
            p if p.is_dir() => read_all(&p, out, names),
            p => out.extend(std::fs::read(p).unwrap()),
        }
    }
}

// As `strings` and a curious reader would look: in any case, with and without accents.
fn finds(haystack: &[u8], needle: &str) -> bool {
    let lower = |b: &[u8]| b.to_ascii_lowercase();
    let hay = lower(haystack);
    [needle.to_owned(), relu_vault::fold(needle)].iter().any(|n| {
        let n = lower(n.as_bytes());
        hay.windows(n.len()).any(|w| w == n)
    })
}

#[tokio::test]
async fn strings_over_the_data_folder_finds_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).await;
    let debug = fill(&vault).await;
    let content = format!("%PDF-1.7 {TEXT}");
    let sha = Sha256Hex::of(content.as_bytes()).0;
    let key = std::fs::read_to_string(dir.path().join("data.key")).unwrap();
    let key = key.lines().nth(1).unwrap().to_owned();
    let secrets = [
        "Zwingelstein",
        "Ombeline",
        "Célestine",
        "Œuvrard",
        "oeuvrard",
        "Lefèvre",
        "279035121518989",
        "1957-03-28",
        "28/03/1957",
        "spondylarthrite",
        "compte rendu",
        "dr.ombeline",
        "argon2id",
        "jeton-de-session",
        "entrant",
        "%PDF",
        &key,
    ];
    let hashes = [sha, proposals(TEXT).hash().0, text_version(TEXT).0];
    for open in [true, false] {
        if !open {
            vault.close().await;
        }
        let (mut bytes, mut names) = (Vec::new(), String::new());
        read_all(&dir.path().join("data"), &mut bytes, &mut names);
        // The scan sees what is in clear on purpose.
        for seen in ["document-received", "a-classer", "identify"] {
            assert_eq!(finds(&bytes, seen), seen != "a-classer", "{seen}");
        }
        for secret in secrets.iter().copied().chain(hashes.iter().map(String::as_str)) {
            assert!(!finds(&bytes, secret), "{secret} in a file (open: {open})");
            assert!(!finds(names.as_bytes(), secret), "{secret} in a file name");
        }
        for hash in &hashes {
            let raw: Vec<u8> = (0..hash.len() / 2)
                .map(|i| u8::from_str_radix(&hash[2 * i..2 * i + 2], 16).unwrap())
                .collect();
            assert!(!bytes.windows(32).any(|w| w == raw), "a plain hash as bytes");
        }
    }
    for secret in secrets.iter().filter(|s| **s != "argon2id") {
        assert!(!finds(debug.as_bytes(), secret), "{secret} in a Debug");
    }
    assert!(!debug.contains("argon2id"), "a password hash in a Debug");
}

#[tokio::test]
async fn the_data_folder_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    open(dir.path()).await;
    let mode = std::fs::metadata(dir.path().join("data")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
    let key = dir.path().join("data.key");
    std::fs::set_permissions(&key, PermissionsExt::from_mode(0o644)).unwrap();
    let refused = Vault::open(settings(dir.path(), None), NOW).await;
    assert!(matches!(refused, Err(relu_vault::VaultError::Key { .. })));
}
