//! The practice that `relu serve --demo` shows: its accounts, the patients of its software, the rules it
//! uses, the folder that its software reads, what was filed before this morning, and the morning.
//!
//! Everything goes through the use cases that people go through; all of it is invented.

use std::path::Path;
use std::time::{Duration, Instant};

use relu_desk::{Desk, Destinations};
use relu_record::{Actor, DocumentId, DocumentState, PatientIdentity, Role, Sex};
use relu_server::DemoAccount;

use crate::output::{Failure, say};

/// Accounts: sign-in name, name, role. The password is the same for all and printed.
const ACCOUNTS: [(&str, &str, Role); 3] = [
    ("admin", "Administration (démo)", Role::Administrateur),
    ("secretariat", "Secrétariat (démo)", Role::Secretariat),
    ("medecin", "Dr Démo", Role::Medecin),
];
const PASSWORD: &str = "relu-demo";
const SEED: u64 = 1;
/// How long the demo waits for what came before this morning to be read.
const READING_TIME: Duration = Duration::from_secs(60);
/// The software of the practice, which numbers the patients.
const SOFTWARE: &str = "Logiciel du cabinet (démo)";

/// Where filed documents go: a folder beside the data, since what is handed over is in clear.
pub(super) fn destinations(data: &Path) -> Result<Destinations, Failure> {
    let refused =
        |e: String| Failure::refused(format!("dossier du logiciel de démonstration : {e}"));
    let mut name = data.file_name().unwrap_or_default().to_owned();
    name.push("-logiciel");
    let folder =
        std::path::absolute(data.with_file_name(name)).map_err(|e| refused(e.to_string()))?;
    std::fs::create_dir_all(&folder).map_err(|e| refused(e.to_string()))?;
    let mut all = Destinations::parse(include_str!("../../data/demo-destinations.toml"))
        .map_err(|e| refused(e.to_string()))?;
    all.list.iter_mut().for_each(|d| d.folder = Some(folder.clone()));
    Ok(all)
}

/// The accounts that the sign-in page offers.
pub(super) fn sign_in() -> Vec<DemoAccount> {
    let account = |(login, label, _): &(&str, &str, Role)| DemoAccount {
        login: (*login).to_owned(),
        password: PASSWORD.to_owned(),
        label: (*label).to_owned(),
    };
    ACCOUNTS.iter().map(account).collect()
}

/// Says how to sign in, and where filed documents go.
pub(super) fn announce(filled: bool, handed: &Destinations) {
    for (login, _, _) in ACCOUNTS {
        say(&format!("  connexion de démonstration : {login} / {PASSWORD}"));
    }
    for folder in handed.list.iter().filter_map(|d| d.folder.as_ref()) {
        say(&format!("  ce qui est classé est remis dans {}", folder.display()));
    }
    if filled {
        say("  les documents synthétiques arrivent ; aucun n'est celui d'une personne réelle");
    }
}

/// Makes the practice, unless somebody was there before.
pub(super) async fn fill(desk: &Desk) -> Result<bool, Failure> {
    if desk.has_accounts().await? {
        return Ok(false);
    }
    let team = Team::hired(desk).await?;
    let from = Actor::system("demo");
    let list = patient_list(&relu_synth::demo_patients(SEED));
    desk.import_patients(&team.secretary, SOFTWARE, list.as_bytes(), false).await?;
    put_rules_in_use(desk, &team.doctor).await?;

    let history = relu_synth::demo_history(SEED);
    let yesterday = made(relu_synth::demo_yesterday).await?;
    let long_ago = receive_all(desk, &from, history.before).await?;
    let yesterday = receive_all(desk, &from, yesterday).await?;
    let until = Instant::now() + READING_TIME;
    for id in &long_ago {
        if team.files(desk, id, until).await? {
            team.finishes(desk, id).await?;
        }
    }
    // Filed, in their queues, not seen by the doctor yet.
    for id in &yesterday {
        team.files(desk, id, until).await?;
    }

    receive_all(desk, &from, made(relu_synth::demo).await?).await?;
    desk.receive(&from, &history.today.0, history.today.1).await?;
    Ok(true)
}

/// Documents of the generator, which takes its time.
async fn made(
    which: fn(u64) -> Vec<relu_synth::SynthDocument>,
) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let made = tokio::task::spawn_blocking(move || which(SEED)).await;
    let made = made.map_err(|e| Failure::refused(e.to_string()))?;
    Ok(made.into_iter().map(|d| (d.name, d.bytes)).collect())
}

async fn receive_all(
    desk: &Desk,
    from: &Actor,
    files: Vec<(String, Vec<u8>)>,
) -> Result<Vec<DocumentId>, Failure> {
    let mut received = Vec::with_capacity(files.len());
    for (name, bytes) in files {
        received.push(desk.receive(from, &name, bytes).await?.document);
    }
    Ok(received)
}

/// The rules that a practice begins with, read and put in use by its doctor.
async fn put_rules_in_use(desk: &Desk, doctor: &Actor) -> Result<(), Failure> {
    desk.begin_draft(doctor).await?;
    if let Some(draft) = desk.rules(doctor).await?.draft {
        desk.activate_rules(doctor, draft.version).await?;
    }
    Ok(())
}

/// The list that the practice's software would export.
fn patient_list(patients: &[PatientIdentity]) -> String {
    let mut list = String::from(
        "N° patient;Nom de naissance;Nom utilisé;Prénom;Prénoms;Date de naissance;Sexe;INS\n",
    );
    for (number, p) in (1001..).zip(patients) {
        let date = p.birth_date.as_ref().map(|d| d.0.to_french()).unwrap_or_default();
        let sex = match p.sex {
            Some(Sex::F) => "F",
            Some(Sex::M) => "M",
            _ => "",
        };
        let ins = p.ins.as_ref().map(|i| i.value.0.clone()).unwrap_or_default();
        let of = |name: &Option<relu_record::Private>| {
            name.as_ref().map(|n| n.0.replace([';', '\n', '"'], " ")).unwrap_or_default()
        };
        let [birth, used, first, all] =
            [&p.birth_name, &p.used_name, &p.first_name, &p.birth_first_names].map(of);
        list += &format!("{number};{birth};{used};{first};{all};{date};{sex};{ins}\n");
    }
    list
}

/// The people of the practice.
struct Team {
    secretary: Actor,
    doctor: Actor,
}

impl Team {
    async fn hired(desk: &Desk) -> Result<Team, Failure> {
        let hash =
            relu_server::hash_password(PASSWORD).map_err(|e| Failure::refused(e.to_string()))?;
        let mut admin: Option<Actor> = None;
        let (mut secretary, mut doctor) = (None, None);
        for (login, name, role) in ACCOUNTS {
            let who = desk.create_account(admin.as_ref(), login, name, role, &hash).await?.actor();
            match role {
                Role::Secretariat => secretary = Some(who.clone()),
                Role::Medecin => doctor = Some(who.clone()),
                _ => {}
            }
            admin.get_or_insert(who);
        }
        let absent = || Failure::refused("démonstration : il manque un compte");
        Ok(Team { secretary: secretary.ok_or_else(absent)?, doctor: doctor.ok_or_else(absent)? })
    }

    /// The secretary files a document that was read in time. One that asks for a person's look, or is
    /// still being read, is left to the one who tries the demo.
    async fn files(&self, desk: &Desk, id: &DocumentId, until: Instant) -> Result<bool, Failure> {
        let mut state = DocumentState::Recu;
        while state == DocumentState::Recu && Instant::now() < until {
            tokio::time::sleep(Duration::from_millis(50)).await;
            state = desk.document(&self.secretary, id).await?.item.state;
        }
        Ok(matches!(state, DocumentState::AClasser | DocumentState::ARattacher)
            && desk.file(&self.secretary, id, None).await.is_ok())
    }

    /// The doctor confirms what was read and sees it; nothing is left to do.
    async fn finishes(&self, desk: &Desk, id: &DocumentId) -> Result<(), Failure> {
        for section in desk.document(&self.doctor, id).await?.facts {
            desk.decide_section(&self.doctor, id, &section.key, true, None).await?;
        }
        desk.visa(&self.doctor, id, false).await?;
        desk.finish_place(&self.secretary, id).await?;
        Ok(())
    }
}
