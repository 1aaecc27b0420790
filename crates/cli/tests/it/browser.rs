//! The screens in a real browser (Chromium, headless, through WebDriver), on the demo documents:
//! filing by key, correcting, refusing, undoing, quarantine, a function switched off, what a secretary
//! may not decide, the doctor's facts and visa, and the first start on an empty folder.
//!
//! States are read from the page and waited for with a deadline; nothing sleeps for a guessed time.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use super::support::{Server, documents, free_port, http_post, tool, wait_read};

/// Longest wait for one state of the page, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(90);
const PASSWORD: &str = "relu-demo";
const ENTER: char = '\u{e007}';

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
    desk.browser.quiet(&[]);
    desk.browser.close();
    server.stop();
}

/// One browser at one server.
pub(super) struct Day {
    pub(super) browser: Browser,
    pub(super) address: String,
}

impl Day {
    pub(super) fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    pub(super) fn sign_in(&self, login: &str) {
        self.browser.sign_in(&self.address, login, PASSWORD);
    }

    /// Opens the first line of a tab; gives its id.
    fn open_first(&self, tab: &str) -> String {
        self.browser.open(&self.at("/"));
        self.browser.click(&format!("#tab-{tab}"));
        self.browser.find(&format!("#tab-{tab}[aria-current]"));
        self.browser.click("tr[data-test=document] a.row-link");
        self.browser.find(&format!(".columns[data-state={tab}]"));
        self.browser.document()
    }

    fn open(&self, id: &str) {
        self.browser.open(&self.at(&format!("/documents/{id}")));
        self.browser.find(&format!(".columns[data-document='{id}']"));
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
        let file = folder.join(format!("lettre-{word}.txt"));
        std::fs::write(&file, letter(&name)).unwrap();
        self.browser.open(&self.at("/"));
        self.browser.wait(self.browser.client.find(Locator::Css("#files"))).unwrap();
        self.browser.choose_file("#files", &file);
        self.browser.until(
            "the file received",
            "return document.querySelector('#upload-status')?.textContent.includes('1 document')",
        );
        let until = Instant::now() + PATIENCE;
        loop {
            self.browser.open(&self.at("/"));
            self.browser.find("[data-test=total]");
            let id = self.browser.run(&format!(
                "return [...document.querySelectorAll('tr[data-test=document]')]\
                 .find((r) => /^a-/.test(r.dataset.state) && r.innerText.includes('{name}'))?.dataset.id ?? null"
            ));
            if let Some(id) = id.as_str() {
                self.open(id);
                return id.to_owned();
            }
            assert!(Instant::now() < until, "the uploaded letter does not reach the list");
            std::thread::sleep(Duration::from_millis(200));
        }
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
    format!(
        "Dr Hélène Aubrac\nCabinet médical des Tilleuls\nLe 14/03/2026\n\nObjet : compte rendu de consultation\n\n\
         Patient : Mme Jeanne {name}, née le 12/03/1950\n\nCher confrère,\n\n\
         Motif : douleur thoracique.\n\nAntécédents : hypertension artérielle, diabète de type 2.\n\n\
         Examen clinique : pas de fièvre, tension artérielle 130/80 mmHg, poids 62 kg.\n\n\
         Traitement : metformine 500 mg matin et soir, ramipril 5 mg le matin.\n\n\
         Conclusion : pas d'argument pour un syndrome coronarien. Poursuite du traitement actuel. \
         Contrôle de la tension artérielle dans trois mois.\n\nDr Hélène Aubrac\n"
    )
}

/// Chromium behind its driver, asked step by step.
pub(super) struct Browser {
    runtime: tokio::runtime::Runtime,
    client: Client,
    driver: Child,
    port: u16,
}

impl Browser {
    /// A browser with a fresh profile; none where Chromium or its driver is missing.
    pub(super) fn start(folder: &Path) -> Option<Browser> {
        let (chromium, chromedriver) = (tool("chromium")?, tool("chromedriver")?);
        let port = free_port();
        let driver = Command::new(chromedriver)
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let profile = folder.join("profile");
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
            "--lang=fr-FR",
            "--window-size=1366,905",
        ];
        let mut arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        arguments.push(format!("--user-data-dir={}", profile.display()));
        let wanted = json!({
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": arguments, "binary": chromium },
        });
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let mut driver = driver;
        let until = Instant::now() + PATIENCE;
        let client = loop {
            let http = hyper_util::client::legacy::connect::HttpConnector::new();
            let mut builder = ClientBuilder::new(http);
            builder.capabilities(wanted.as_object().unwrap().clone());
            match runtime.block_on(builder.connect(&format!("http://127.0.0.1:{port}"))) {
                Ok(client) => break client,
                Err(error) if Instant::now() > until => {
                    let _ = driver.kill();
                    let _ = driver.wait();
                    panic!("the browser does not start: {error}");
                }
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        };
        Some(Browser { runtime, client, driver, port })
    }

    pub(super) fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    pub(super) fn open(&self, address: &str) {
        self.wait(self.client.goto(address)).unwrap();
    }

    pub(super) fn reload(&self) {
        self.wait(self.client.refresh()).unwrap();
    }

    pub(super) fn address(&self) -> String {
        self.wait(self.client.current_url()).unwrap().to_string()
    }

    pub(super) fn run(&self, script: &str) -> Value {
        self.wait(self.client.execute(script, Vec::new())).unwrap()
    }

    pub(super) fn run_async(&self, script: &str) -> Value {
        self.wait(self.client.execute_async(script, Vec::new())).unwrap()
    }

    /// Waits until the script gives something true; a page being replaced is asked again.
    pub(super) fn until(&self, what: &str, script: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let now = self.wait(self.client.execute(script, Vec::new()));
            if now.is_ok_and(|v| v == json!(true)) {
                return;
            }
            if Instant::now() > until {
                let page =
                    self.run("return document.querySelector('main')?.innerText.slice(0, 1500)");
                panic!("{what} did not come at {}: {page}", self.address());
            }
            std::thread::sleep(Duration::from_millis(60));
        }
    }

    /// Waits for an element to be on the page.
    pub(super) fn find(&self, css: &str) {
        self.until(css, &format!("return document.querySelector({}) !== null", json!(css)));
    }

    /// Waits until nothing of that kind is on the page, which is there: what a click sends comes back
    /// after the click.
    pub(super) fn none(&self, css: &str) {
        self.until(
            &format!("a page without {css}"),
            &format!(
                "return document.querySelector('main') !== null && document.querySelector({}) === null",
                json!(css)
            ),
        );
    }

    pub(super) fn count(&self, css: &str) -> usize {
        let n = self.run(&format!("return document.querySelectorAll({}).length", json!(css)));
        n.as_u64().unwrap() as usize
    }

    pub(super) fn text(&self, css: &str) -> String {
        self.find(css);
        let text = self.run(&format!("return document.querySelector({}).innerText", json!(css)));
        text.as_str().unwrap().trim().to_owned()
    }

    pub(super) fn attribute(&self, css: &str, name: &str) -> String {
        self.find(css);
        let value = self.run(&format!(
            "return document.querySelector({}).getAttribute({})",
            json!(css),
            json!(name)
        ));
        value.as_str().unwrap().to_owned()
    }

    pub(super) fn document(&self) -> String {
        self.attribute(".columns", "data-document")
    }

    pub(super) fn rows(&self) -> Vec<Value> {
        let rows = self.run("return [...document.querySelectorAll('tr[data-test=document]')].map((r) => r.dataset.id)");
        rows.as_array().unwrap().clone()
    }

    /// Acts on an element as a person would; one replaced or covered meanwhile is looked up again.
    pub(super) fn act<F>(&self, css: &str, act: impl Fn(Element) -> F)
    where
        F: Future<Output = Result<(), fantoccini::error::CmdError>>,
    {
        let until = Instant::now() + PATIENCE;
        loop {
            let done = self.wait(async {
                let element = self.client.find(Locator::Css(css)).await?;
                act(element).await
            });
            match done {
                Ok(()) => return,
                Err(error) if Instant::now() > until => {
                    panic!("{css} at {}: {error}", self.address())
                }
                Err(_) => std::thread::sleep(Duration::from_millis(60)),
            }
        }
    }

    pub(super) fn click(&self, css: &str) {
        self.act(css, |element| async move { element.click().await });
    }

    pub(super) fn write(&self, css: &str, text: &str) {
        self.act(css, |element| async move {
            element.clear().await?;
            element.send_keys(text).await
        });
    }

    pub(super) fn choose_file(&self, css: &str, file: &Path) {
        let path = file.to_string_lossy();
        let path = path.as_ref();
        self.act(css, |element| async move { element.send_keys(path).await });
    }

    /// A key pressed wherever the focus is.
    pub(super) fn key(&self, value: char) {
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.wait(self.client.perform_actions(keys)).unwrap();
    }

    /// Signs in, whoever was signed in before.
    pub(super) fn sign_in(&self, address: &str, login: &str, password: &str) {
        self.open(address);
        self.find("#sign-out, #sign-in-submit");
        if self.count("#sign-out") > 0 {
            self.click("#sign-out");
        }
        self.write("#login", login);
        self.write("#password", password);
        self.click("#sign-in-submit");
        self.find("[data-test=account-name]");
    }

    /// Sends a file and waits until the list has a document of that name to decide on; gives its id.
    pub(super) fn receives(&self, address: &str, file: &Path, name: &str) -> String {
        self.open(&format!("{address}/"));
        self.find("#files");
        self.choose_file("#files", file);
        self.until(
            "the file received",
            "return document.querySelector('#upload-status')?.textContent.includes('1 document')",
        );
        let until = Instant::now() + PATIENCE;
        loop {
            self.open(&format!("{address}/"));
            self.find("[data-test=total]");
            let id = self.run(&format!(
                "return [...document.querySelectorAll('tr[data-test=document]')]\
                 .find((r) => /^a-/.test(r.dataset.state) && r.innerText.includes('{name}'))?.dataset.id ?? null"
            ));
            if let Some(id) = id.as_str() {
                return id.to_owned();
            }
            assert!(Instant::now() < until, "the letter does not reach the list");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// What the browser complained of since the last time: nothing, or only what was provoked.
    /// Violations of the content security policy are told here as well.
    pub(super) fn quiet(&self, provoked: &[&str]) {
        let session = self.wait(self.client.session_id()).unwrap().unwrap();
        let answer = http_post(
            self.port,
            &format!("/session/{session}/se/log"),
            &json!({ "type": "browser" }),
        );
        let lines = answer["value"].as_array().expect("the browser's log").clone();
        for line in lines {
            let message = line["message"].as_str().unwrap_or_default();
            let known = provoked.iter().any(|p| message.contains(p));
            assert!(known, "the browser complains at {}: {line}", self.address());
        }
    }

    pub(super) fn close(self) {
        let _ = self.wait(self.client.clone().close());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A test that failed left the session open; the driver closes its browser when it ends.
        let client = self.client.clone();
        let _ = self.runtime.block_on(client.close());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}
