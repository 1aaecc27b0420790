//! A small practice to try the pages on, with a real desk:
//! `cargo run -p relu-server --example practice -- FOLDER PROGRAM ADDRESS [FILE…]`
//! where PROGRAM is the `relu` binary (it reads the documents). Accounts `admin`, `secretariat` and
//! `medecin`, all with the password `un mot de passe long`.
#![allow(clippy::print_stdout)]

use std::error::Error;
use std::path::PathBuf;

use relu_desk::{Desk, ReadingSettings, Settings};
use relu_record::{Actor, Role};
use relu_server::{DemoAccount, ServerSettings, hash_password, serve};

const PASSWORD: &str = "un mot de passe long";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or("FOLDER PROGRAM ADDRESS [FILE…]");
    let (folder, program, address) = (PathBuf::from(next()?), PathBuf::from(next()?), next()?);
    let desk = Desk::open(Settings {
        data_dir: folder.join("data"),
        key_file: folder.join("key"),
        database_url: None,
        watched_folders: Vec::new(),
        patients: relu_desk::PatientPolicy::default(),
        destinations: relu_desk::Destinations::default(),
        reading: ReadingSettings::standard(program, 2),
    })
    .await?;
    if !desk.has_accounts().await? {
        let hash = hash_password(PASSWORD)?;
        let admin = desk
            .create_account(None, "admin", "Aline Roy", Role::Administrateur, &hash)
            .await?
            .actor();
        for (login, name, role) in [
            ("secretariat", "Claire Petit", Role::Secretariat),
            ("medecin", "Dr Paul Durand", Role::Medecin),
        ] {
            desk.create_account(Some(&admin), login, name, role, &hash).await?;
        }
    }
    for file in arguments {
        let path = PathBuf::from(&file);
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        desk.receive(&Actor::system("demo"), &name, std::fs::read(&path)?).await?;
    }
    let mut settings = ServerSettings::new(address.parse()?);
    settings.demo_sign_in = ["admin", "secretariat", "medecin"]
        .map(|login| DemoAccount {
            login: login.into(),
            password: PASSWORD.into(),
            label: login.into(),
        })
        .into();
    println!("http://{address}/");
    serve(desk, settings, async {
        // Without a signal handler the server runs until it is stopped.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}
