//! The export without identities in a real browser, on the demo documents: a project and a selection,
//! the review by keyboard, a leak that the second reading finds and that blocks with its place, masked
//! and read again, the decision, and an archive in which nobody is named. Persons who object are
//! recorded on their page and are not in it.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::json;

use super::support::{Day, ENTER, demo_day, demo_letter};

/// A surname that nobody has.
const LEAK: &str = "ESSAIFUITE";
const OPPOSED: &str = "ESSAIREFUS";
/// The doctor who signs: masked at the head of the letter, let through at its foot.
const LEFT: &str = "Aubrac";

fn letter(name: &str, first: &str, born: &str) -> String {
    let body = format!(
        "Motif : douleur thoracique. Madame {name} est suivie pour une hypertension artérielle.\n\n\
         Conclusion : pas d'argument pour un syndrome coronarien. Poursuite du traitement actuel. \
         Contrôle de la tension artérielle dans trois mois."
    );
    demo_letter(name, first, born, &body)
}

#[test]
fn a_doctor_exports_without_identities() {
    let dir = tempfile::tempdir().unwrap();
    let Some((desk, server)) = demo_day(dir.path()) else { return };

    desk.sign_in("secretariat");
    let mut names = desk.files_from_the_list(3);
    for name in [LEAK, OPPOSED] {
        desk.uploads_and_files(dir.path(), name);
        names.push(name.to_owned());
    }
    desk.objects(OPPOSED);
    desk.sign_in("medecin");
    desk.begins("masque");
    desk.releases_the_name_by_key();
    desk.is_blocked_where_it_leaks();
    desk.masks_what_is_left();
    desk.reviews_everything_by_key();
    desk.decides();
    desk.archive_names_nobody(&names);
    desk.ends(server, &["409"]);
}

/// What people do to an export.
impl Day {
    /// Files the first documents of the list that name their patient beyond doubt; gives the surnames of their patients.
    fn files_from_the_list(&self, many: usize) -> Vec<String> {
        self.browser.open(&self.at("/"));
        self.browser.click("#tab-a-classer");
        self.browser.find("#tab-a-classer[aria-current]");
        self.browser.click("tr[data-test=document] a.row-link");
        let mut names = Vec::new();
        while names.len() < many {
            self.browser.find(".columns[data-state=a-classer]");
            let id = self.browser.document();
            // Whose patient must be compared first is another test's.
            if self.browser.count("#patients") > 0 {
                self.browser.key('j');
                self.browser.find(&format!(".columns:not([data-document='{id}'])"));
                continue;
            }
            let name = self.browser.text(".side a.item[aria-current] .item-patient");
            names.push(name.split_whitespace().next().unwrap_or_default().to_owned());
            self.browser.key(ENTER);
            self.browser.find(&format!("#undo-bar[data-id='{id}']"));
        }
        names.retain(|n| n.chars().count() > 3);
        names
    }

    fn uploads_and_files(&self, folder: &std::path::Path, name: &str) {
        let (first, born) =
            if name == LEAK { ("Odile", "07/11/1961") } else { ("Jeanne", "12/03/1950") };
        let id = self.receives(folder, name, &letter(name, first, born));
        self.open(&id);
        self.browser.click("#accept-and-next");
        self.browser.find(&format!("#undo-bar[data-id='{id}']"));
    }

    fn objects(&self, name: &str) {
        self.browser.open(&self.at("/opposition"));
        self.browser.write("#opposition-birth_name", name);
        self.browser.write("#opposition-first_name", "Jeanne");
        self.browser.run("document.querySelector('#opposition-birth_date').value = '1950-03-12'");
        self.browser.click("#opposition-submit");
        self.browser.find("[data-test=opposition-count][data-count='1']");
        assert!(!self.browser.address().contains(name));
        // The secretariat does not export.
        self.browser.none("a[href='/exports']");
    }

    fn begins(&self, policy: &str) {
        self.browser.open(&self.at("/exports"));
        self.browser.click("#new-export");
        for (field, words) in [
            ("#title", "Suivi de l'hypertension"),
            ("#purpose", "Mesurer les délais entre deux consultations"),
            ("#legal_basis", "MR-004, engagement 0000000"),
            ("#controller", "Cabinet des Tilleuls"),
            ("#recipients", "Équipe de recherche"),
            ("#approved_by", "Dr Essai"),
        ] {
            self.browser.write(field, words);
        }
        self.browser.run("document.querySelector('#end_date').value = '2027-12-31'");
        self.browser.click(&format!("#policy-{policy}"));
        self.browser.click("#new-export-submit");
        self.browser.find(".columns[data-export]");
        self.settled();
        self.browser.find("[data-test=figures][data-opposed='1']");
        self.browser.find("[data-test=left-out]");
        let shown = self.browser.text("[data-test=figures]");
        assert!(shown.contains("personnes"), "{shown}");
    }

    /// Nothing is under way any more; the page asks again by itself.
    fn settled(&self) {
        self.browser.until(
            "the second reading",
            "return document.querySelector('.columns[data-export]') !== null \
             && document.querySelector('[data-working]') === null \
             && document.querySelector('[data-test=export-document][data-state=a-preparer], \
                [data-test=export-document][data-state=a-verifier]') === null",
        );
    }

    /// Opens the letter with that name and chooses the name's second place, by keys alone.
    fn releases_the_name_by_key(&self) {
        let ids = self.browser.run(
            "return [...document.querySelectorAll('[data-test=export-document]')].map((a) => a.dataset.id)",
        );
        let export = self.browser.address();
        let export = export.split('?').next().unwrap().to_owned();
        let mut found = false;
        for id in ids.as_array().unwrap() {
            self.browser.open(&format!("{export}?d={}", id.as_str().unwrap()));
            self.browser.find("[data-test=export-text]");
            if self.browser.text("[data-test=export-text]").contains(LEAK) {
                found = true;
                break;
            }
        }
        assert!(found, "the letter is in the export");
        assert!(!self.browser.address().contains(LEAK));
        let at = self.browser.run(&format!(
            "return [...document.querySelectorAll('.candidate')].map((c) => c.querySelector('.value').innerText.trim()).lastIndexOf({})",
            json!(LEFT)
        ));
        let at = at.as_u64().expect("the name is a candidate");
        for _ in 0..=at {
            self.browser.key('j');
        }
        let chosen = self.browser.run("return document.activeElement.dataset.p ?? null");
        let chosen = chosen.as_str().unwrap().to_owned();
        self.browser.find(&format!("#prop-{chosen}[data-masked=oui]"));
        self.browser.key('r');
        self.browser.find(&format!("#prop-{chosen}[data-masked=non][data-decided=oui]"));
        // Masked again by key, taken back by key: the release stands.
        self.browser.click(&format!("#mask-{chosen}"));
        self.browser.find(&format!("#prop-{chosen}[data-masked=oui][data-decided=oui]"));
        self.browser.key('u');
        self.browser.find(&format!("#prop-{chosen}[data-masked=non][data-decided=oui]"));
    }

    fn is_blocked_where_it_leaks(&self) {
        self.browser.find("[data-test=blocked]");
        assert!(self.browser.text("[data-test=left-words]").contains(LEFT));
        assert_eq!(self.browser.text("mark.residue.blocks").lines().next(), Some(LEFT));
        self.browser.find("[data-test=document-state][data-state=bloque]");
        let place = self.browser.address();
        self.browser.reload();
        self.browser.find("[data-test=blocked]");
        assert_eq!(self.browser.address(), place, "the place survives a reload");
        // Looking at it does not lift it, and there is no way to export around it.
        self.browser.key('v');
        self.settled();
        self.browser.find("[data-test=next-step][data-state=bloque]");
        self.browser.none("#export-now");
        let status = self.browser.run_async(
            "const done = arguments[arguments.length - 1]; \
             const token = document.querySelector('[name=csrf]').value; \
             const id = document.querySelector('[data-export]').dataset.export; \
             fetch(`/exports/${id}/exporter`, { method: 'POST', \
               headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, \
               body: 'agree=oui&version=&csrf=' + encodeURIComponent(token) }).then((a) => done(a.status))",
        );
        assert_eq!(status, json!(409));
        self.browser.open(&place);
        self.browser.find("[data-test=blocked]");
    }

    fn masks_what_is_left(&self) {
        self.browser.click("#mask-left-0");
        self.browser.until(
            "the leak masked",
            "return document.querySelector('[data-test=blocked]') === null \
             && document.querySelector('[data-working]') === null",
        );
    }

    fn reviews_everything_by_key(&self) {
        let until = Instant::now() + Duration::from_secs(300);
        while self.browser.count("[data-test=next-step][data-state=pret]") == 0 {
            assert!(Instant::now() < until, "{}", self.browser.text("main"));
            self.settled();
            if self.browser.count("#mask-left-0") > 0 {
                self.browser.click("#mask-left-0");
                self.settled();
                continue;
            }
            self.browser.key('v');
            std::thread::sleep(Duration::from_millis(150));
        }
        let reviewed = self.browser.count("[data-test=export-document][data-state=relu]");
        let all = self.browser.count("[data-test=export-document]");
        let cannot = self.browser.count("[data-test=export-document][data-state=refuse]");
        assert_eq!(reviewed + cannot, all);
        assert!(reviewed >= 3, "{reviewed} of {all} documents");
    }

    fn decides(&self) {
        self.browser.click("#export-agree");
        self.browser.click("#export-now");
        self.browser.find("[data-test=next-step][data-state=exporte]");
        self.browser.find("#download");
        assert!(self.browser.text("[data-test=written]").contains("personnes"));
    }

    fn archive_names_nobody(&self, names: &[String]) {
        let sent = self.browser.run_async(
            "const done = arguments[arguments.length - 1]; \
             fetch(document.querySelector('#download').href).then((a) => a.arrayBuffer()).then((b) => \
               done(btoa(new Uint8Array(b).reduce((s, c) => s + String.fromCharCode(c), ''))))",
        );
        let bytes = base64(sent.as_str().unwrap());
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut documents = 0;
        for n in 0..zip.len() {
            let mut file = zip.by_index(n).unwrap();
            let mut content = Vec::new();
            file.read_to_end(&mut content).unwrap();
            let named = file.name().unwrap().into_owned();
            documents += usize::from(!named.starts_with("proof") && named != "report.jsonl");
            let said = format!("{named} {}", String::from_utf8_lossy(&content)).to_uppercase();
            for name in names {
                assert!(!said.contains(&name.to_uppercase()), "{name} in {named}");
            }
        }
        assert_eq!(documents, self.browser.count("[data-test=export-document][data-state=relu]"));
        assert!(zip.by_name("report.jsonl").is_ok() && zip.by_name("proof.jws").is_ok());
    }
}

/// Standard base64 (RFC 4648 §4).
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<u32> = text
        .bytes()
        .filter_map(|b| DIGITS.iter().position(|d| *d == b))
        .map(|d| d as u32)
        .collect();
    let mut out = Vec::new();
    for group in digits.chunks(4) {
        let bits = group.iter().fold(0, |n, d| n << 6 | d) << (6 * (4 - group.len()));
        let bytes = [(bits >> 16) as u8, (bits >> 8) as u8, bits as u8];
        out.extend(&bytes[..group.len() - 1]);
    }
    out
}
