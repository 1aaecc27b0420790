//! A practice in a temporary folder, shared by the tests that send requests: a desk that reads
//! nothing, and its people.

use std::path::Path;

use relu_desk::{Desk, ReadingSettings, Settings};
use relu_record::Role;
use relu_server::hash_password;

/// Password of everybody.
pub const PASSWORD: &str = "un mot de passe long";

/// A desk over `folder`; no program reads documents, so that each goes to quarantine at once.
pub async fn desk(folder: &Path, readers: usize) -> Desk {
    let reads_nothing = ReadingSettings::standard("/nonexistent/reader".into(), readers);
    Desk::open(Settings::new(folder.join("data"), folder.join("key"), reads_nothing)).await.unwrap()
}

/// An administrator, and these people: login, name, role.
pub async fn staff(desk: &Desk, people: &[(&str, &str, Role)]) {
    let hash = hash_password(PASSWORD).unwrap();
    let admin = desk.create_account(None, "admin", "Aline", Role::Administrateur, &hash).await;
    let admin = admin.unwrap().actor();
    for (login, name, role) in people {
        desk.create_account(Some(&admin), login, name, *role, &hash).await.unwrap();
    }
}
