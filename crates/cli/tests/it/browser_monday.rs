//! Monday morning in a real browser: what came in over the week-end is filed by keyboard, a scan of
//! several letters is cut by keyboard and its letters filed, nobody is given another's document, and
//! two patients of one name are never told apart by a guess. One result is filed to the wrong patient
//! on purpose, handed over and read by the doctor; then the secretary recalls it.
//!
//! The known patients come from the identity feed; who each document is about is the truth of the
//! generator. How many keys and seconds it took is counted and printed.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use relu_record::{DocumentId, PatientIdentity, Sex};
use relu_synth::{Monday, monday};
use serde_json::json;

use super::browser_split::{children, puts_right};
use super::support::{Browser, Day, ENTER, Server, desk, drop_in, secretary, wait_read};

const PASSWORD: &str = "une phrase assez longue";
const HPRIM: usize = 70;
const STRUCTURED: usize = 45;
const FAXES: usize = 20;
const LETTERS: usize = 15;
/// The software of the practice, as its settings name it.
const SOFTWARE: &str = "Logiciel du cabinet";

#[test]
fn monday_morning_is_filed_by_keyboard() {
    let dir = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(dir.path()) else { return };
    let (data, inbox) = (dir.path().join("data"), dir.path().join("courrier"));
    std::fs::create_dir_all(&inbox).unwrap();
    let (sent, settings) = (dir.path().join("sortie"), dir.path().join("destinations.toml"));
    std::fs::create_dir(&sent).unwrap();
    std::fs::write(&settings, destination(&sent)).unwrap();
    let watch = inbox.to_str().unwrap();
    let arguments = ["--watch", watch, "--destinations", settings.to_str().unwrap()];
    let server = Server::start(&data, &arguments);
    let day = Day { browser, address: server.address.clone() };
    opens_the_practice(&day);

    let morning = monday(2026, HPRIM, STRUCTURED, FAXES, LETTERS);
    let known = morning.known.len() as u64;
    for (n, identity) in morning.known.iter().enumerate() {
        drop_in(&inbox, &format!("adt-{n}.hl7"), &adt(n, identity));
    }
    wait_read(&data, known, Duration::from_secs(120));
    let all = [&morning.hprim, &morning.structured, &morning.faxes];
    let began = Instant::now();
    for (folder, documents) in all.iter().enumerate() {
        for d in *documents {
            drop_in(&inbox, &format!("{folder}_{}", d.name), &d.bytes);
        }
    }
    drop_in(&inbox, "courrier_sans_date.txt", &morning.undated);
    drop_in(&inbox, &format!("3_{}", morning.scan.name), &morning.scan.bytes);
    let archives = morning.structured.iter().filter(|d| d.name.ends_with(".zip")).count();
    let wanted = known as usize + HPRIM + STRUCTURED + archives + FAXES + 2;
    let status = wait_read(&data, wanted as u64, Duration::from_secs(600));
    eprintln!("{status}");
    eprintln!(
        "read in {} s, {} pages by recognition",
        began.elapsed().as_secs(),
        FAXES as u32 + morning.scan.truth.pages
    );

    let began = Instant::now();
    day.browser.sign_in(&day.address, "accueil", PASSWORD);
    both_namesakes_are_shown(&day);
    let misfiled = misfiles_a_result(&day, &morning);
    cuts_the_scan(&day, &morning);
    let mut keys = files_everything(&day);
    eprintln!("filed in {} s", began.elapsed().as_secs());
    let decided = doctor_reads_it(&day, &misfiled, &sent);
    recalls_it(&day, &misfiled, decided);
    files_it_to_its_own(&day);
    // Not one of those that were right at once: its keys are not theirs.
    keys.insert(misfiled, 0);
    day.ends(server, &[]);
    nobody_has_another_s(dir.path(), &morning, keys);
}

/// Filed results leave by messages that can also say that one was recalled.
fn destination(folder: &Path) -> String {
    format!(
        "[[destination]]\nname = \"dossier\"\nlabel = \"{SOFTWARE}\"\nkind = \"hl7v2\"\n\
         folder = \"{}\"\nwhen = \"classe\"\ntypes = [\"11502-2\"]\ndelay_s = 0\n",
        folder.display()
    )
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
    for (name, login, role) in
        [("Dominique Essai", "accueil", "secretariat"), ("Dr Maud Essai", "docteur", "medecin")]
    {
        b.open(&day.at("/comptes"));
        for (field, value) in
            [("#name", name), ("#login", login), ("#password", PASSWORD), ("#password2", PASSWORD)]
        {
            b.write(field, value);
        }
        b.click(&format!("#role-{role}"));
        b.click("#new-account-submit");
        b.find(&format!("[data-login={login}]"));
    }
}

/// A patient as the software of the practice announces one (A28).
fn adt(n: usize, identity: &PatientIdentity) -> Vec<u8> {
    let name = identity.birth_name.as_ref().map_or("", |p| p.0.as_str());
    let first = identity.first_name.as_ref().map_or("", |p| p.0.as_str());
    let born =
        identity.birth_date.as_ref().map_or(String::new(), |d| d.0.to_string().replace('-', ""));
    let sex = if identity.sex == Some(Sex::M) { "M" } else { "F" };
    let used = identity.used_name.as_ref().map_or("", |p| p.0.as_str());
    let used = if used.is_empty() { String::new() } else { format!("~{used}^{first}^^^^^D") };
    format!(
        "MSH|^~\\&|LOGICIEL|CABINET|RELU|CABINET|20260316070000||ADT^A28|K{n}|P|2.5|||||FRA|UNICODE UTF-8\r\
         EVN||20260316070000\r\
         PID|1||{}^^^CABINET&1.2.3.4&ISO^PI||{name}^{first}^{first}^^^^L{used}||{born}|{sex}\r",
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

/// A result filed to a Jeanne MARTIN it is not about, in a team's queue; gives its id.
fn misfiles_a_result(day: &Day, morning: &Monday) -> String {
    let b = &day.browser;
    b.open(&day.at("/?etat=a-classer"));
    b.find("#tab-a-classer[aria-current]");
    let rows = b.rows();
    let id = rows.iter().map(|r| r.as_str().unwrap()).find(|id| {
        b.open(&day.at(&format!("/documents/{id}?etat=a-classer")));
        let name = b.text("[data-test=document-name]");
        let about = |t: &&str| *t != "MARTIN";
        name.contains("0_labo")
            && b.count("#facts [data-test=fact-section]") > 0
            && subject(morning, &name).as_ref().map(|(n, _)| n.as_str()).filter(about).is_some()
    });
    let id = id.expect("a result that holds facts").to_owned();
    b.run("document.querySelector('#queue').value = 'biologie'");
    b.click("#queue-choose");
    b.until(
        "the queue chosen",
        "return document.querySelector('[data-test=route-to]')?.textContent === 'Biologie'",
    );
    b.click("#other-patient");
    b.write("#patient-search", "martin jeanne");
    b.click("#patient-search-submit");
    let wrong = "[...document.querySelectorAll('[data-test=patient-choice]')]\
                 .find((c) => c.innerText.includes('12/03/1950'))";
    b.until("the namesake", &format!("return Boolean({wrong})"));
    b.run(&format!("{wrong}.querySelector('input').click()"));
    b.click("#accept-and-next");
    b.find(&format!("#undo-bar[data-id='{id}']"));
    id
}

/// The scan is opened, its cuts put right where they are not, and accepted, all by key.
fn cuts_the_scan(day: &Day, morning: &Monday) {
    let b = &day.browser;
    b.open(&day.at("/?etat=a-separer"));
    b.find("#tab-a-separer[aria-current]");
    let id = b.run(
        "return [...document.querySelectorAll('tr[data-test=document]')]\
         .find((r) => r.innerText.includes('numerisation'))?.dataset.id ?? null",
    );
    let id = id.as_str().expect("the scan waits to be cut").to_owned();
    b.open(&day.at(&format!("/documents/{id}?etat=a-separer")));
    b.find("#open-split");
    b.key('s');
    b.find("body.split-page #sheets .page");
    let truth = &morning.scan.truth;
    assert_eq!(b.count("#sheets .page"), truth.pages as usize);
    let turned = puts_right(b, truth);
    b.key(ENTER);
    b.find(&format!("#undo-bar[data-id='{id}']"));
    eprintln!(
        "scan of {LETTERS} letters on {} pages: 2 keys to open and accept, {turned} to put cuts right",
        truth.pages
    );
    assert!(turned <= 4, "{turned} cuts were proposed wrongly or missed");
    assert_eq!(children(day, &id).len(), LETTERS);
}

/// The doctor takes it from the queue and confirms its facts; it has been handed over by then. Gives how many facts.
fn doctor_reads_it(day: &Day, id: &str, sent: &Path) -> usize {
    let b = &day.browser;
    b.sign_in(&day.address, "docteur", PASSWORD);
    b.open(&day.at("/bannettes?b=biologie"));
    b.find(&format!("[data-test=item][data-id='{id}']"));
    b.open(&day.at(&format!("/documents/{id}")));
    let sections = b.run(
        "return [...document.querySelectorAll('[data-test=fact-section]')].map((s) => s.dataset.section)",
    );
    for section in sections.as_array().unwrap() {
        let section = section.as_str().unwrap();
        let of = format!("[data-test=fact-section][data-section='{section}'] .prop");
        b.click(&format!("#section-accept-{section}"));
        b.find(&format!("{of}[data-verdict=accepté]"));
        b.none(&format!("{of}[data-verdict='']"));
    }
    let decided = b.count("#facts .prop[data-verdict=accepté]");
    assert!(decided > 0);
    assert!(record_of(day, id) > 1, "what was decided is in the record");
    let until = Instant::now() + Duration::from_secs(60);
    while std::fs::read_dir(sent).unwrap().count() == 0 {
        assert!(Instant::now() < until, "nothing is handed over");
        std::thread::sleep(Duration::from_millis(200));
    }
    decided
}

/// Origins in the record that name the document: one for each fact it gave, and its own.
fn record_of(day: &Day, id: &str) -> u64 {
    let found = day.browser.run_async(&format!(
        "const done = arguments[arguments.length - 1]; \
         fetch('/fhir/Provenance?entity=DocumentReference/{id}').then((a) => a.json()).then((all) => done(all.total))"
    ));
    found.as_u64().expect("a count")
}

/// The secretary takes it off in one act: facts, queue and what had left are told, the record holds
/// nothing of it any more, and the software it went to is told.
fn recalls_it(day: &Day, id: &str, decided: usize) {
    let b = &day.browser;
    b.sign_in(&day.address, "accueil", PASSWORD);
    b.open(&day.at(&format!("/documents/{id}")));
    b.click("#detach");
    assert!(b.text("[data-test=detached-from]").contains("MARTIN"));
    assert_eq!(b.attribute("[data-test=recalled-facts]", "data-count"), decided.to_string());
    assert_eq!(b.text("[data-test=recalled-queue]"), "Retiré de la bannette « Biologie ».");
    let left = b.run("return [...document.querySelectorAll('[data-test=left]')].map((l) => l.innerText).join('\\n')");
    let left = left.as_str().unwrap();
    assert!(left.contains(SOFTWARE), "{left}");
    eprintln!("recalled with {decided} facts; had left:\n{left}");
    b.open(&day.at("/bannettes?b=biologie"));
    b.find("main");
    b.none(&format!("[data-test=item][data-id='{id}']"));
    assert_eq!(record_of(day, id), 0, "nothing derived from it stands");
    b.open(&day.at(&format!("/documents/{id}")));
    b.find(".columns[data-state=a-rattacher]");
}

/// What was recalled goes to the patient it is about, by Tab, the space bar and Enter.
fn files_it_to_its_own(day: &Day) {
    let b = &day.browser;
    let id = b.document();
    let right = "document.querySelector('[data-test=patient-choice] input:not([value=propose])')";
    b.until("a choice", &format!("return Boolean({right})"));
    // Tab goes to the first choice, the space bar takes it, Enter files.
    b.run(&format!("{right}.focus()"));
    b.key(' ');
    b.until("the choice", &format!("return {right}.checked"));
    b.key(ENTER);
    b.find(&format!("#undo-bar[data-id='{id}']"));
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
fn nobody_has_another_s(dir: &Path, morning: &Monday, keys: BTreeMap<String, u32>) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let desk = desk(dir).await;
        let who = secretary();
        let (mut right, mut letters, mut wrong) = (0, 0, Vec::new());
        for id in keys.keys() {
            let view = desk.document(&who, &DocumentId(id.clone())).await.unwrap();
            let filed = view.item.patient.clone().unwrap_or_default();
            // A part of an archive is known by the archive's name, a letter by its pages in the scan.
            let names = view.siblings.iter().map(|(_, name)| name.as_str());
            let mut names = [view.item.name.as_str()].into_iter().chain(names);
            let Some((birth_name, birth_date)) = names.find_map(|n| subject(morning, n)) else {
                wrong.push(format!("{}: no truth", view.item.name));
                continue;
            };
            letters += usize::from(view.item.name.contains("numerisation"));
            let born: Vec<&str> = birth_date.split('-').rev().collect();
            let same =
                folded(&filed).contains(&folded(&birth_name)) && filed.contains(&born.join("/"));
            if same {
                right += 1;
            } else {
                let name = &view.item.name;
                wrong.push(format!("{name}: {filed} for {birth_name} {birth_date}"));
            }
        }
        let total: u32 = keys.values().sum();
        eprintln!(
            "filed {right} with {total} keys, {letters} of {LETTERS} letters of the scan among them, wrong {}",
            wrong.len()
        );
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(letters * 100 >= LETTERS * 60, "{letters} letters of the scan filed");
        assert!((right - letters) * 100 >= (HPRIM + STRUCTURED + FAXES) * 90, "{right} filed");
        assert!(keys.values().all(|n| *n <= 2));
        desk.close().await;
    });
}

/// Whom a received file is about, by its name: birth name and date of birth.
fn subject(morning: &Monday, name: &str) -> Option<(String, String)> {
    let name = name.split_once('_')?.1;
    if let Some((_, pages)) = name.split_once(" · page") {
        let first = pages.trim_start_matches('s').trim().split([',', '-']).next()?;
        let first = first.parse::<u32>().ok()?.checked_sub(1)?;
        let truth = &morning.scan.truth;
        let at = truth.starts.iter().position(|s| *s == first)?;
        return Some((truth.patients.get(at)?.clone(), truth.born.get(at)?.clone()));
    }
    let all = [&morning.hprim, &morning.structured, &morning.faxes];
    let of = all.into_iter().flatten().find(|d| d.name == name)?;
    of.truth.patient.as_ref().map(|p| (p.birth_name.clone(), p.birth_date.clone()))
}

fn folded(text: &str) -> String {
    text.to_uppercase().replace(['-', '\''], " ")
}
