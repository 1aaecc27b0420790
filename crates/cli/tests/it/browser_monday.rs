//! Monday morning in a real browser: what came in over the week-end is filed by keyboard, nobody is
//! given another's document, and two patients of one name are never told apart by a guess.
//!
//! The known patients come from the identity feed; who each document is about is the truth of the
//! generator. How many keys it took is counted and printed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use relu_desk::{Desk, ReadingSettings, Settings};
use relu_record::{Actor, ActorKind, DocumentId, PatientIdentity, Role, Sex};
use relu_synth::{Monday, SynthDocument, monday};
use serde_json::json;

use super::browser::{Browser, Day};
use super::support::{Server, wait_read};

const ENTER: char = '\u{e007}';
const PASSWORD: &str = "une phrase assez longue";
const HPRIM: usize = 70;
const STRUCTURED: usize = 45;
const FAXES: usize = 20;

#[test]
fn monday_morning_is_filed_by_keyboard() {
    let dir = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(dir.path()) else { return };
    let (data, inbox) = (dir.path().join("data"), dir.path().join("courrier"));
    std::fs::create_dir_all(&inbox).unwrap();
    let server = Server::start(&data, &["--watch", inbox.to_str().unwrap()]);
    let day = Day { browser, address: server.address.clone() };
    opens_the_practice(&day);

    let morning = monday(2026, HPRIM, STRUCTURED, FAXES);
    let known = morning.known.len() as u64;
    for (n, identity) in morning.known.iter().enumerate() {
        drop_in(&inbox, &format!("adt-{n}.hl7"), &adt(n, identity));
    }
    wait_read(&data, known, Duration::from_secs(120));
    let all = [&morning.hprim, &morning.structured, &morning.faxes];
    for (folder, documents) in all.iter().enumerate() {
        for d in *documents {
            drop_in(&inbox, &format!("{folder}_{}", d.name), &d.bytes);
        }
    }
    drop_in(&inbox, "courrier_sans_date.txt", &morning.undated);
    let archives = morning.structured.iter().filter(|d| d.name.ends_with(".zip")).count();
    let wanted = known as usize + HPRIM + STRUCTURED + archives + FAXES + 1;
    let status = wait_read(&data, wanted as u64, Duration::from_secs(600));
    eprintln!("{status}");

    day.browser.sign_in(&day.address, "accueil", PASSWORD);
    both_namesakes_are_shown(&day);
    let keys = files_everything(&day);
    day.browser.quiet(&[]);
    day.browser.close();
    server.stop();
    nobody_has_another_s(&data, &morning, keys);
}

/// The first start, and an account for the secretary.
fn opens_the_practice(day: &Day) {
    let b = &day.browser;
    b.open(&day.at("/"));
    for (field, value) in [
        ("#name", "Camille Essai"),
        ("#login", "camille"),
        ("#password", PASSWORD),
        ("#password2", PASSWORD),
    ] {
        b.write(field, value);
    }
    b.click("#first-submit");
    b.find("[data-test=account-name]");
    b.open(&day.at("/comptes"));
    for (field, value) in [
        ("#name", "Dominique Essai"),
        ("#login", "accueil"),
        ("#password", PASSWORD),
        ("#password2", PASSWORD),
    ] {
        b.write(field, value);
    }
    b.click("#role-secretariat");
    b.click("#new-account-submit");
    b.find("[data-login=accueil]");
}

/// Whole at once, as an exchange folder gets its files.
fn drop_in(inbox: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(inbox.join(format!(".{name}")), bytes).unwrap();
    std::fs::rename(inbox.join(format!(".{name}")), inbox.join(name)).unwrap();
}

/// A patient as the software of the practice announces one (A28).
fn adt(n: usize, identity: &PatientIdentity) -> Vec<u8> {
    let name = identity.birth_name.as_ref().map_or("", |p| p.0.as_str());
    let first = identity.first_name.as_ref().map_or("", |p| p.0.as_str());
    let born =
        identity.birth_date.as_ref().map_or(String::new(), |d| d.0.to_string().replace('-', ""));
    let sex = if identity.sex == Some(Sex::M) { "M" } else { "F" };
    format!(
        "MSH|^~\\&|LOGICIEL|CABINET|RELU|CABINET|20260316070000||ADT^A28|K{n}|P|2.5|||||FRA|UNICODE UTF-8\r\
         EVN||20260316070000\r\
         PID|1||{}^^^CABINET&1.2.3.4&ISO^PI||{name}^{first}^{first}^^^^L||{born}|{sex}\r",
        5_000 + n
    )
    .into_bytes()
}

/// The letter without birth date: both are shown side by side, neither is chosen, and Enter alone
/// files it to nobody.
fn both_namesakes_are_shown(day: &Day) {
    let b = &day.browser;
    b.open(&day.at("/?etat=a-rattacher"));
    b.find("#tab-a-rattacher[aria-current]");
    let id = b.run(
        "return [...document.querySelectorAll('tr[data-test=document]')]\
         .find((r) => r.innerText.includes('MARTIN'))?.dataset.id ?? null",
    );
    let id = id.as_str().expect("the letter waits for somebody to say who");
    b.open(&day.at(&format!("/documents/{id}?etat=a-rattacher")));
    b.find("#patients");
    let shown = b.text("#patients");
    assert!(shown.contains("12/03/1950") && shown.contains("21/03/1950"), "{shown}");
    assert_eq!(b.count("#patients input:checked"), 0, "nobody is chosen beforehand");
    b.key(ENTER);
    b.find(".columns[data-state=a-rattacher]");
}

/// Enter, until nothing is left that Enter can file; keys a document.
fn files_everything(day: &Day) -> BTreeMap<String, u32> {
    let b = &day.browser;
    let mut keys = BTreeMap::new();
    b.open(&day.at("/?etat=a-classer"));
    b.find("#tab-a-classer[aria-current]");
    if b.count("tr[data-test=document]") == 0 {
        return keys;
    }
    b.click("tr[data-test=document] a.row-link");
    let mut passed: Vec<String> = Vec::new();
    loop {
        b.find(".columns, .list-page .rows");
        if b.count(".columns[data-state=a-classer]") == 0 {
            return keys;
        }
        let id = b.document();
        if passed.contains(&id) {
            return keys;
        }
        // A document that asks for a comparison is left for somebody to look at.
        if b.count("#patients") > 0 && b.count("#patients input:checked") == 0 {
            passed.push(id.clone());
            b.key('j');
            b.until(
                "another document",
                &format!(
                    "return document.querySelector('.columns')?.dataset.document !== {}",
                    json!(id)
                ),
            );
            continue;
        }
        b.key(ENTER);
        b.find(&format!("#undo-bar[data-id='{id}']"));
        keys.insert(id, 1);
    }
}

/// Every filed document went to the patient that the generator wrote it about.
fn nobody_has_another_s(data: &Path, morning: &Monday, keys: BTreeMap<String, u32>) {
    let truth: BTreeMap<&str, &SynthDocument> =
        [&morning.hprim, &morning.structured, &morning.faxes]
            .iter()
            .flat_map(|d| d.iter())
            .map(|d| (d.name.as_str(), d))
            .collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let worker = env!("CARGO_BIN_EXE_relu").into();
        let desk = Desk::open(Settings::new(
            data.to_owned(),
            relu_desk::default_key_file(data),
            ReadingSettings { tesseract: None, ..ReadingSettings::standard(worker, 1) },
        ))
        .await
        .unwrap();
        let who = Actor {
            id: "essai".to_owned(),
            kind: ActorKind::Person,
            role: Some(Role::Secretariat),
        };
        let (mut right, mut wrong) = (0, Vec::new());
        for id in keys.keys() {
            let view = desk.document(&who, &DocumentId(id.clone())).await.unwrap();
            let filed = view.item.patient.clone().unwrap_or_default();
            // A part of an archive is known by the archive's name.
            let names = view.siblings.iter().map(|(_, name)| name.as_str());
            let mut names = names.chain([view.item.name.as_str()]);
            let about = names.find_map(|n| truth.get(n.split_once('_')?.1)?.truth.patient.as_ref());
            let Some(p) = about else {
                wrong.push(format!("{}: no truth", view.item.name));
                continue;
            };
            let born: Vec<&str> = p.birth_date.split('-').rev().collect();
            let same =
                folded(&filed).contains(&folded(&p.birth_name)) && filed.contains(&born.join("/"));
            if same {
                right += 1;
            } else {
                let name = &view.item.name;
                wrong.push(format!("{name}: {filed} for {} {}", p.birth_name, p.birth_date));
            }
        }
        let total: u32 = keys.values().sum();
        eprintln!("filed {right} with {total} keys, wrong {}", wrong.len());
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(right * 100 >= (HPRIM + STRUCTURED + FAXES) * 90, "{right} filed");
        assert!(keys.values().all(|n| *n <= 2));
        desk.close().await;
    });
}

fn folded(text: &str) -> String {
    text.to_uppercase().replace(['-', '\''], " ")
}
