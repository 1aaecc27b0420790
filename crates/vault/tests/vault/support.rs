//! What the tests share: a vault in a temporary folder, and made-up documents and people.

use std::path::Path;

use relu_record::{
    Actor, ActorKind, Confidence, DocumentId, Evidence, FunctionRef, Ins, Instant, PartialDate,
    PatientIdentity, Private, Proposal, ProposalSet, ProposalValue, Role, Sex, Sha256Hex, Span,
    TextVersion, system,
};
use relu_vault::{NewDocument, Result, Vault, VaultSettings, default_key_path};

pub const NOW: Instant = Instant(1_760_000_000_000);

pub fn later(ms: i64) -> Instant {
    Instant(NOW.0 + ms)
}

pub fn doctor() -> Actor {
    Actor { id: "account-1".into(), kind: ActorKind::Person, role: Some(Role::Medecin) }
}

pub fn system_actor() -> Actor {
    Actor::system("receive")
}

/// Settings of a vault in `dir`, in the database named, or SQLite.
pub fn settings(dir: &Path, database_url: Option<String>) -> VaultSettings {
    let data_dir = dir.join("data");
    VaultSettings { key_file: default_key_path(&data_dir), data_dir, database_url, create: true }
}

pub async fn open(dir: &Path) -> Vault {
    Vault::open(settings(dir, None), NOW).await.unwrap()
}

/// A document to record, whose bytes are written.
pub fn written(vault: &Vault, content: &[u8], name: &str) -> NewDocument {
    NewDocument {
        blob: vault.blobs().put(content, 1 << 30).unwrap(),
        parent: None,
        part: None,
        source_kind: "folder".into(),
        source_name: Some(Private::from(name)),
        format: None,
        media_type: None,
    }
}

/// Receives content in a transaction of its own.
pub async fn receive(vault: &Vault, content: &[u8], at: Instant) -> Result<DocumentId> {
    let new = written(vault, content, "courrier.pdf");
    let mut tx = vault.begin(&system_actor(), at).await?;
    let id = tx.insert_document(new).await?.id().clone();
    tx.commit().await?;
    Ok(id)
}

pub fn patient() -> PatientIdentity {
    PatientIdentity {
        birth_name: Some("Zwingelstein".into()),
        first_name: Some("Ombeline".into()),
        birth_first_names: Some("Ombeline Célestine".into()),
        used_name: Some("Œuvrard-Lefèvre".into()),
        birth_date: Some(Private(PartialDate::ymd(1957, 3, 28).unwrap())),
        sex: Some(Sex::F),
        ins: Some(Ins::parse("279035121518989", system::INS_NIR_TEST).unwrap()),
        ..PatientIdentity::default()
    }
}

pub fn text_version(text: &str) -> TextVersion {
    TextVersion::of(&Sha256Hex::of(b"bytes"), text)
}

/// A set of one proposal per line of text.
pub fn proposals(text: &str) -> ProposalSet {
    let function = FunctionRef { id: "summary".into(), version: "1".into() };
    let line = |l: &str| {
        let words = Evidence::Words(Span::new(0, l.len()));
        let value = ProposalValue::SummaryLine(l.into());
        Proposal::new(value, vec![words], function.clone(), Confidence::new(0.9)).unwrap()
    };
    ProposalSet {
        text_version: text_version(text),
        functions: vec![function.clone()],
        proposals: text.lines().map(line).collect(),
    }
}
