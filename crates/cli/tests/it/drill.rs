//! Kill -9 at a random moment while 500 documents come in, restart, again and again: at the end
//! each document is there once and the ledger verifies. `RELU_DRILL_ROUNDS` sets how many kills
//! (20 by default; the long form is `cargo xtask drill`).
//!
//! The second drill kills while results come in, are filed and are handed over: each must be there
//! once and have reached the other software once. `RELU_DRILL_RESULTS` sets how many (40 by default).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::support::{Server, Visitor, documents, status, verify_ledger, wait_read};

const DOCUMENTS: usize = 500;
const KILLS_PER_BATCH: usize = 10;

#[test]
fn nothing_is_lost_or_doubled_by_kills() {
    let kills: usize =
        std::env::var("RELU_DRILL_ROUNDS").ok().and_then(|v| v.parse().ok()).unwrap_or(20);
    let mut random = Random(0x5eed);
    for batch in 0..kills.div_ceil(KILLS_PER_BATCH) {
        let dir = tempfile::tempdir().unwrap();
        let (data, inbox) = (dir.path().join("data"), dir.path().join("in"));
        std::fs::create_dir(&inbox).unwrap();
        let watch = inbox.to_string_lossy().into_owned();
        let arguments = ["--watch", watch.as_str(), "--no-ocr"];
        let left = (kills - batch * KILLS_PER_BATCH).min(KILLS_PER_BATCH);
        for kill in 0..left {
            // The documents come in while the kills fall.
            let (from, to) = (DOCUMENTS * kill / left, DOCUMENTS * (kill + 1) / left);
            write_letters(&inbox, batch, from..to);
            let server = Server::start(&data, &arguments);
            std::thread::sleep(Duration::from_millis(200 + random.below(4_000)));
            server.kill();
        }
        let server = Server::start(&data, &arguments);
        let status = wait_read(&data, DOCUMENTS as u64, Duration::from_secs(240));
        server.stop();
        assert_eq!(documents(&status, None), DOCUMENTS as u64, "{status}");
        assert_eq!(documents(&status, Some("quarantaine")), 0, "{status}");
        let (ok, said) = verify_ledger(&data);
        assert!(ok, "{said}");
    }
}

fn write_letters(inbox: &Path, batch: usize, range: std::ops::Range<usize>) {
    for n in range {
        let text = format!(
            "Dr Hélène Aubrac\nCabinet médical des Tilleuls\n\nObjet : consultation n° {batch}-{n}\n\n\
             Patient : Mme Essai{n} ÉPREUVE, née le 12/03/1950\n\nCher confrère,\nJ'ai vu ce jour \
             en consultation votre patiente. Pas de fièvre. Tension à 130/80 mmHg.\n\
             Conclusion : état stable, suivi dans {n} jours.\n"
        );
        std::fs::write(inbox.join(format!("lettre-{n:04}.txt")), text).unwrap();
    }
}

const PASSWORD: &str = "un mot de passe long";

#[test]
fn each_result_is_there_once_and_handed_over_once_whatever_the_kills() {
    let results: usize =
        std::env::var("RELU_DRILL_RESULTS").ok().and_then(|v| v.parse().ok()).unwrap_or(40);
    let kills = (results / 20).max(3);
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    let (data, inbox, out) = (path("data"), path("in"), path("out"));
    std::fs::create_dir(&inbox).unwrap();
    std::fs::create_dir(&out).unwrap();
    let destinations = path("destinations.toml");
    let set = format!(
        "[[destination]]\nname = \"dossier\"\nlabel = \"Dossier\"\nkind = \"hl7v2\"\n\
         folder = \"{}\"\nwhen = \"classe\"\ndelay_s = 0\nflag = \"OK\"\n",
        out.display()
    );
    std::fs::write(&destinations, set).unwrap();
    let (watch, destinations) = (text_of(&inbox), text_of(&destinations));
    let arguments =
        ["--no-ocr", "--watch", watch.as_str(), "--destinations", destinations.as_str()];

    let server = Server::start(&data, &arguments);
    let mut admin = Visitor::first(&server.address, "admin", PASSWORD).unwrap();
    let account = [
        ("role", "secretariat"),
        ("name", "Claire"),
        ("login", "claire"),
        ("password", PASSWORD),
        ("password2", PASSWORD),
    ];
    admin.post(&server.address, "/comptes", &account).unwrap();
    let claire = Visitor::sign_in(&server.address, "claire", PASSWORD).unwrap();
    server.stop();

    let other_side = OtherSide::start(&out);
    let mut random = Random(0xca11);
    for kill in 0..kills {
        write_results(&inbox, results * kill / kills..results * (kill + 1) / kills);
        let server = Server::start(&data, &arguments);
        let secretary = Secretary::start(&server.address, &claire);
        std::thread::sleep(Duration::from_millis(300 + random.below(6_000)));
        server.kill();
        secretary.stop();
    }
    let server = Server::start(&data, &arguments);
    let secretary = Secretary::start(&server.address, &claire);
    let until = Instant::now() + Duration::from_secs(60 + results as u64);
    let whole = || documents(&status(&data), Some("a-viser")) == results as u64;
    while Instant::now() < until && !(whole() && other_side.messages().len() >= results) {
        std::thread::sleep(Duration::from_millis(500));
    }
    // Whatever would come twice has time to come.
    std::thread::sleep(Duration::from_secs(5));
    secretary.stop();
    server.stop();
    let now = status(&data);
    assert_eq!(documents(&now, None), results as u64, "each is there once: {now}");
    assert_eq!(documents(&now, Some("a-viser")), results as u64, "each is filed: {now}");
    let messages = other_side.stop();
    let twice: Vec<&str> =
        messages.iter().filter(|(_, n)| **n != 1).map(|(who, _)| who.as_str()).collect();
    assert!(twice.is_empty(), "handed over twice: {twice:?}");
    assert_eq!(messages.len(), results, "each is handed over");
    let (ok, said) = verify_ledger(&data);
    assert!(ok, "{said}");
    eprintln!("{results} results, {kills} kills: each there once, each handed over once");
}

fn text_of(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Laboratory results, each of a patient of its own.
fn write_results(inbox: &Path, range: std::ops::Range<usize>) {
    const SYLLABLES: [&str; 16] = [
        "BA", "KER", "LIM", "DOR", "VEN", "SAU", "PIC", "TRO", "GAL", "MEU", "FRI", "NOZ", "CHA",
        "HUB", "JAC", "ZEL",
    ];
    for n in range {
        let part = |shift: usize| SYLLABLES[(n >> shift) & 15];
        let name = format!("{}{}{}{}", part(0), part(4), part(8), part(2));
        let (day, month, year) = (1 + n % 28, 1 + n / 28 % 12, 1930 + n % 71);
        let message = format!(
            "MSH|^~\\&|LABO|LABORATOIRE DES TILLEULS|RELU|CABINET|20260203093000||ORU^R01^ORU_R01|R{n:05}|P|2.5|||||FRA|UNICODE UTF-8\r\
             PID|1||{n:05}^^^LABO&1.2.250.1.999&ISO^PI||{name}^OMBELINE^^^^^L||{year}{month:02}{day:02}|F\r\
             OBR|1|D{n:05}|D{n:05}|11502-2^CR d'examens biologiques^LN|||20260203|||||||||||||||20260203|||F\r\
             OBX|1|NM|14749-6^Glucose^LN||5.{}|mmol/L|3.9-5.8|N|||F\r\
             OBX|2|FT|11502-2^Compte rendu^LN||Dossier MARQUE{n:05}FIN||||||F\r",
            n % 10
        );
        let hidden = inbox.join(format!(".{n}.part"));
        std::fs::write(&hidden, message).unwrap();
        std::fs::rename(hidden, inbox.join(format!("resultat-{n:05}.hl7"))).unwrap();
    }
}

/// Stands in for the secretary: files whatever waits, until the server is gone.
struct Secretary(Arc<AtomicBool>, std::thread::JoinHandle<()>);

impl Secretary {
    fn start(address: &str, claire: &Visitor) -> Secretary {
        let over = Arc::new(AtomicBool::new(false));
        let (end, address, mut claire) = (Arc::clone(&over), address.to_owned(), claire.clone());
        let work = move || {
            while !end.load(Ordering::Relaxed) {
                let Some((200, page)) = claire.get(&address, "/api/documents") else {
                    std::thread::sleep(Duration::from_millis(50));
                    continue;
                };
                let page: serde_json::Value = serde_json::from_str(&page).unwrap_or_default();
                let ids = page["documents"].as_array().cloned().unwrap_or_default();
                for id in ids.iter().filter_map(|d| d["id"].as_str()) {
                    let path = format!("/documents/{id}/classer");
                    if end.load(Ordering::Relaxed)
                        || claire.post(&address, &path, &[("patient", "nouveau")]).is_none()
                    {
                        break;
                    }
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        };
        Secretary(over, std::thread::spawn(work))
    }

    fn stop(self) {
        self.0.store(true, Ordering::Relaxed);
        self.1.join().unwrap();
    }
}

/// Stands in for the software that masters the record: takes a message away as soon as its flag is
/// there, and counts what it has had.
struct OtherSide {
    over: Arc<AtomicBool>,
    had: Arc<Mutex<BTreeMap<String, usize>>>,
    thread: std::thread::JoinHandle<()>,
}

impl OtherSide {
    fn start(folder: &Path) -> OtherSide {
        let over = Arc::new(AtomicBool::new(false));
        let had = Arc::new(Mutex::new(BTreeMap::new()));
        let (end, sink, folder) = (Arc::clone(&over), Arc::clone(&had), folder.to_owned());
        let work = move || {
            while !end.load(Ordering::Relaxed) {
                for flag in flags(&folder) {
                    let message = flag.with_extension("hl7");
                    let text = std::fs::read_to_string(&message).unwrap();
                    let who = text.split_once("MARQUE").and_then(|(_, r)| r.split_once("FIN"));
                    let who = who.map_or("?", |(who, _)| who).to_owned();
                    *sink.lock().unwrap().entry(who).or_insert(0) += 1;
                    std::fs::remove_file(&message).unwrap();
                    std::fs::remove_file(&flag).unwrap();
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        OtherSide { over, had, thread: std::thread::spawn(work) }
    }

    fn messages(&self) -> BTreeMap<String, usize> {
        self.had.lock().unwrap().clone()
    }

    fn stop(self) -> BTreeMap<String, usize> {
        self.over.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.had.lock().unwrap().clone()
    }
}

fn flags(folder: &Path) -> Vec<PathBuf> {
    let inside = std::fs::read_dir(folder).unwrap().flatten().map(|e| e.path());
    inside.filter(|p| p.extension().is_some_and(|e| e == "OK")).collect()
}

/// A small generator: the moments differ from kill to kill and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}
