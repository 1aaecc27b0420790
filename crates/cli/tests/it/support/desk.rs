//! A desk opened in the test itself, with real readers and without character recognition, and the
//! people who ask it.

use std::path::Path;
use std::time::Duration;

use relu_desk::{Desk, ReadingSettings, Settings};
use relu_record::{Actor, ActorKind, DocumentId, DocumentState, Role};

/// A desk over `dir`; `change` sets what is not usual.
pub async fn open_desk(dir: &Path, change: impl FnOnce(&mut Settings)) -> Desk {
    let worker = env!("CARGO_BIN_EXE_relu").into();
    let reading = ReadingSettings { tesseract: None, ..ReadingSettings::standard(worker, 2) };
    let mut settings = Settings::new(dir.join("data"), dir.join("data.key"), reading);
    change(&mut settings);
    Desk::open(settings).await.unwrap()
}

/// A desk over `dir`, as it is without settings.
pub async fn desk(dir: &Path) -> Desk {
    open_desk(dir, |_| {}).await
}

/// Somebody in that role; always the same person for one role.
pub fn person(role: Role) -> Actor {
    Actor { id: format!("{}-1", role.as_str()), kind: ActorKind::Person, role: Some(role) }
}

/// The secretary.
pub fn secretary() -> Actor {
    person(Role::Secretariat)
}

/// The doctor.
pub fn doctor() -> Actor {
    person(Role::Medecin)
}

/// The secretary gives a document in; waits until it is read.
pub async fn receive(desk: &Desk, name: &str, bytes: Vec<u8>) -> DocumentId {
    let id = desk.receive(&secretary(), name, bytes).await.unwrap().document;
    until_read(desk, &id).await;
    id
}

/// Waits until a document is read. It is looked at as a doctor does, who sees what its source masks.
pub async fn until_read(desk: &Desk, id: &DocumentId) {
    for _ in 0..1200 {
        if desk.document(&doctor(), id).await.unwrap().item.state != DocumentState::Recu {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("the document was not read in a minute");
}

/// Puts a file into a watched folder, whole at once, as an exchange folder gets its files.
pub fn drop_in(inbox: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(inbox.join(format!(".{name}")), bytes).unwrap();
    std::fs::rename(inbox.join(format!(".{name}")), inbox.join(name)).unwrap();
}
