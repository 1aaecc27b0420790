//! The screens in a real browser (Chromium, headless, through WebDriver), on the demo documents:
//! filing by key, correcting, refusing, undoing, quarantine, a function switched off, what a secretary
//! may not decide, the doctor's facts and visa, and the first start on an empty folder.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use super::support::{Browser, Day, ENTER, Server, demo_letter, documents, wait_read};

#[test]
fn first_start_creates_the_administrator() {
    let dir = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(dir.path()) else { return };
    let server = Server::start(&dir.path().join("data"), &["--no-ocr"]);
    let at = |path: &str| format!("{}{path}", server.address);

    browser.open(&at("/"));
    browser.write("#name", "Camille Essai");
    browser.write("#login", "camille");
    browser.write("#password", "une phrase assez longue");
    browser.write("#password2", "une phrase assez longue");
    browser.click("#first-submit");
    assert_eq!(browser.text("[data-test=account-name]"), "Camille Essai");
    // An administrator sees how many documents there are, and none of them.
    browser.open(&at("/"));
    browser.find("main a[href='/comptes']");
    browser.none("table.list, #files");
    // There is no second first start.
    browser.click("#sign-out");
    browser.find("#sign-in-submit");
    browser.open(&at("/premiere-connexion"));
    browser.none("#first-submit");
    browser.sign_in(&server.address, "camille", "une phrase assez longue");
    browser.quiet(&[]);
    browser.close();
    server.stop();
}

#[test]
fn a_day_at_the_desk() {
    let dir = tempfile::tempdir().unwrap();
    let Some(browser) = Browser::start(dir.path()) else { return };
    let data = dir.path().join("data");
    let server = Server::start(&data, &["--demo"]);
    let status = wait_read(&data, 45, Duration::from_secs(240));
    assert!(documents(&status, Some("a-classer")) >= 20, "{status}");
    let desk = Day { browser, address: server.address.clone() };

    desk.browser.open(&desk.at("/connexion"));
    desk.browser.write("#login", "secretariat");
    desk.browser.write("#password", "pas le bon");
    desk.browser.click("#sign-in-submit");
    desk.browser.find("[data-test=problem]");
    desk.browser.quiet(&["/connexion"]);
    desk.sign_in("secretariat");
    desk.files_by_key_and_undoes();
    desk.edits_refuses_and_undoes();
    desk.reads_quarantine_again();
    desk.keeps_place_and_filters();
    desk.secretary_cannot_decide_facts();
    let letter = desk.uploads(dir.path(), "avant");
    assert!(desk.browser.count("#summary .prop") > 0, "a letter read by all functions has a draft");
    desk.browser.none("[data-test=switched-off]");
    desk.files(&letter);

    desk.switches_off("summarise");
    desk.sign_in("secretariat");
    desk.uploads(dir.path(), "apres");
    desk.browser.none("#summary .prop");
    assert!(desk.browser.text("[data-test=switched-off]").contains("Brouillon de résumé"));
    assert!(desk.browser.count("#facts .prop") > 0, "the other functions go on");

    desk.doctor_decides_and_gives_visa(&letter);
    desk.ends(server, &[]);
}

/// What a person does on one day.
impl Day {
    /// Opens the first line of a tab; gives its id.
    fn open_first(&self, tab: &str) -> String {
        self.browser.open(&self.at("/"));
        self.browser.click(&format!("#tab-{tab}"));
        self.browser.find(&format!("#tab-{tab}[aria-current]"));
        self.browser.click("tr[data-test=document] a.row-link");
        self.browser.find(&format!(".columns[data-state={tab}]"));
        self.browser.document()
    }

    /// Enter files and goes on; `u` takes it back.
    fn files_by_key_and_undoes(&self) {
        let first = self.open_first("a-classer");
        let waiting = self.browser.count(".side a.item");
        self.browser.key(ENTER);
        self.browser.find(&format!("#undo-bar[data-id='{first}']"));
        self.browser
            .find(&format!(".columns[data-state=a-classer]:not([data-document='{first}'])"));
        assert!(self.browser.count(".side a.item") < waiting, "the filed document left the list");
        let second = self.browser.document();
        self.browser.key(ENTER);
        self.browser.find(&format!("#undo-bar[data-id='{second}']"));
        self.browser.key('u');
        self.browser.find(&format!(".columns[data-document='{second}'][data-state=a-classer]"));
        assert!(self.browser.text("[data-test=notice]").contains("Annulé"));
        self.open(&first);
        let state = self.browser.attribute(".columns", "data-state");
        assert!(matches!(state.as_str(), "classe" | "a-viser"), "{state}");
    }

    /// A correction, a refusal with its reason, and the refusal taken back.
    fn edits_refuses_and_undoes(&self) {
        let of = |kind: &str| format!("#filing .prop[data-kind={kind}]");
        self.open_with(&[&of("patient"), &of("document-date")]);
        let patient = self.browser.attribute(&of("patient"), "data-p");
        self.browser.click(&format!("#edit-{patient}"));
        let name = format!("#edit-form-{patient} [data-field=birth_name]");
        self.browser.write(&name, "ÉPREUVE-CORRIGÉE");
        self.browser.click(&format!("#edit-submit-{patient}"));
        self.browser.find(&format!("#prop-{patient}[data-verdict=corrigé]"));
        assert!(self.browser.text(&format!("#prop-{patient}")).contains("ÉPREUVE-CORRIGÉE"));
        assert!(
            self.browser
                .text(&format!("#prop-{patient} [data-test=decision]"))
                .contains("Secrétariat")
        );

        let date = self.browser.attribute(&of("document-date"), "data-p");
        self.browser.click(&format!("#refuse-{date}"));
        self.browser.write(&format!("#refuse-reason-{date}"), "date d'impression");
        self.browser.click(&format!("#refuse-submit-{date}"));
        self.browser.find(&format!("#prop-{date}[data-verdict=refusé]"));
        assert!(
            self.browser
                .text(&format!("#prop-{date} [data-test=decision]"))
                .contains("date d'impression")
        );

        self.browser.click("#undo");
        self.browser.find(&format!("#prop-{date}[data-verdict='']"));
        self.browser.find(&format!("#prop-{patient}[data-verdict=corrigé]"));
    }

    /// The reason is said; reading again is done and the file, still locked, comes back.
    fn reads_quarantine_again(&self) {
        let id = self.open_first("quarantaine");
        let quarantine = "[data-test=quarantine]";
        let code = self.browser.attribute(quarantine, "data-code");
        assert!(matches!(code.as_str(), "encrypted" | "damaged"), "{code}");
        assert!(self.browser.text("[data-test=quarantine-reason]").len() > 20);
        let told = self.browser.count("[data-test=history]");
        self.browser.click("#retry");
        // Received again, refused again: two more lines of history, which the page shows by itself.
        self.browser.until(
            "the second refusal",
            &format!(
                "return document.querySelector('.columns')?.dataset.document === '{id}' \
             && document.querySelector('.columns').dataset.state === 'quarantaine' \
             && document.querySelectorAll('[data-test=history]').length >= {told} + 2"
            ),
        );
        assert_eq!(self.browser.attribute(quarantine, "data-code"), code);
    }

    /// Tab, search and type are in the address; the words of the search are not.
    fn keeps_place_and_filters(&self) {
        self.browser.open(&self.at("/"));
        self.browser.click("#tab-a-classer");
        self.browser.find("#tab-a-classer[aria-current]");
        let all = self.browser.rows();
        let headline = self.browser.text("tr[data-test=document] a.row-link");
        let word: String = headline.chars().take_while(|c| c.is_alphabetic()).collect();
        self.browser.write("#search", &word);
        self.browser.click("#search-submit");
        self.browser.find("#search-clear");
        let found = self.browser.rows();
        assert!(!found.is_empty() && found.len() < all.len(), "{} of {}", found.len(), all.len());
        assert!(!self.browser.address().to_lowercase().contains(&word.to_lowercase()));
        self.browser.reload();
        self.browser.find("#tab-a-classer[aria-current]");
        assert_eq!(self.browser.rows(), found);

        self.browser.click("tr[data-test=document] a.row-link");
        self.browser.find(".columns");
        self.browser.click("#view-text");
        self.browser.find("#view-text[aria-current]");
        let (id, address) = (self.browser.document(), self.browser.address());
        self.browser.reload();
        self.browser.find("#view-text[aria-current]");
        assert_eq!((self.browser.document(), self.browser.address()), (id, address));
        assert_eq!(self.browser.count(".side a.item"), found.len());
        self.browser.click("#back-to-list");
        self.browser.find("#search-clear");
        assert_eq!(self.browser.rows(), found);
    }

    /// No button, and a request made by hand is refused and changes nothing.
    fn secretary_cannot_decide_facts(&self) {
        let id = self.open_with(&["#facts .prop", "#summary .prop"]);
        self.browser.none("#facts [data-test=accept], #facts [data-test=section-accept], #summary [data-test=accept], #visa");
        let fact = self.browser.attribute("#facts .prop", "data-p");
        let section = self.browser.attribute("[data-test=fact-section]", "data-section");
        self.browser.quiet(&[]);
        for (path, more) in [
            (format!("/documents/{id}/propositions/{fact}/accepter"), String::new()),
            (format!("/documents/{id}/section"), format!("&section={section}&verdict=accepter")),
            (format!("/documents/{id}/viser"), String::new()),
        ] {
            let status = self.browser.run_async(&format!(
                "const done = arguments[arguments.length - 1]; \
                 const token = document.querySelector('[name=csrf]').value; \
                 fetch('{path}', {{ method: 'POST', \
                   headers: {{ 'Content-Type': 'application/x-www-form-urlencoded' }}, \
                   body: 'csrf=' + encodeURIComponent(token) + '{more}' }}).then((a) => done(a.status))"
            ));
            assert_eq!(status, json!(403), "{path}");
        }
        self.browser.quiet(&["403"]);
        self.open(&id);
        self.browser.find(&format!("#prop-{fact}[data-verdict='']"));
        self.browser.none("#facts .prop:not([data-verdict=''])");
    }

    /// Opens the first document of the tab *à classer* that has all of these on its page.
    fn open_with(&self, wanted: &[&str]) -> String {
        self.open_first("a-classer");
        let ids = self
            .browser
            .run("return [...document.querySelectorAll('.side a.item')].map((a) => a.dataset.id)");
        for id in ids.as_array().unwrap() {
            let id = id.as_str().unwrap();
            self.open(id);
            if wanted.iter().all(|css| self.browser.count(css) > 0) {
                return id.to_owned();
            }
        }
        panic!("no demo document has {wanted:?}");
    }

    /// Adds a letter through the page, waits until it is read, opens it; gives its id.
    fn uploads(&self, folder: &Path, word: &str) -> String {
        let name = format!("ESSAI{}", word.to_uppercase());
        let id = self.receives(folder, &name, &letter(&name));
        self.open(&id);
        id
    }

    fn files(&self, id: &str) {
        self.open(id);
        self.browser.click("#accept-and-next");
        self.browser.find(&format!("#undo-bar[data-id='{id}']"));
    }

    fn switches_off(&self, function: &str) {
        self.sign_in("admin");
        self.browser.open(&self.at("/registre-des-fonctions"));
        let sheet = format!("[data-test=function][data-function={function}]");
        self.browser.find(&format!("{sheet}[data-active=oui]"));
        self.browser.click(&format!("#switch-{function}"));
        self.browser.find(&format!("{sheet}[data-active=non]"));
    }

    /// One section of facts confirmed at once, the rest left unconfirmed, then the visa.
    fn doctor_decides_and_gives_visa(&self, letter: &str) {
        self.sign_in("medecin");
        self.browser.find("#tab-a-viser[aria-current]");
        self.open(letter);
        self.browser.find(".columns[data-state=a-viser]");
        let section = self.browser.attribute("[data-test=fact-section]", "data-section");
        let of = format!("[data-test=fact-section][data-section='{section}'] .prop");
        let facts = self.browser.count(&of);
        assert!(facts > 0);
        self.browser.click(&format!("#section-accept-{section}"));
        self.browser.find(&format!("{of}[data-verdict=accepté]"));
        assert_eq!(self.browser.count(&format!("{of}[data-verdict=accepté]")), facts);
        let others = self.browser.count("#facts .prop") - facts;
        assert_eq!(self.browser.count("#facts .prop[data-verdict='']"), others);
        self.browser.click("#visa");
        self.browser.find(&format!("#undo-bar[data-id='{letter}']"));
        self.open(letter);
        self.browser.find(".columns[data-state=vu]");
    }
}

/// A letter of ours, with a patient nobody else has.
fn letter(name: &str) -> String {
    demo_letter(
        name,
        "Jeanne",
        "12/03/1950",
        "Motif : douleur thoracique.\n\nAntécédents : hypertension artérielle, diabète de type 2.\n\n\
         Examen clinique : pas de fièvre, tension artérielle 130/80 mmHg, poids 62 kg.\n\n\
         Traitement : metformine 500 mg matin et soir, ramipril 5 mg le matin.\n\n\
         Conclusion : pas d'argument pour un syndrome coronarien. Poursuite du traitement actuel. \
         Contrôle de la tension artérielle dans trois mois.",
    )
}
