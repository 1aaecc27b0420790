//! A person in a real browser (Chromium, headless, through WebDriver), at a server of ours.
//!
//! States are read from the page and waited for with a deadline; nothing sleeps for a guessed time.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};

use super::{Server, free_port, http_post, tool, wait_read};

/// Longest wait for one state of the page, on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(90);
/// The key, as WebDriver writes it.
pub const ENTER: char = '\u{e007}';
/// Password of every account of the demonstration.
const DEMO_PASSWORD: &str = "relu-demo";

/// A server of the demonstration over `dir`, its documents read.
pub fn demo_server(dir: &Path) -> Server {
    let data = dir.join("data");
    let server = Server::start(&data, &["--demo", "--no-ocr"]);
    wait_read(&data, 45, Duration::from_secs(240));
    server
}

/// A browser at the demonstration; none where Chromium or its driver is missing.
pub fn demo_day(dir: &Path) -> Option<(Day, Server)> {
    let browser = Browser::start(dir)?;
    let server = demo_server(dir);
    Some((Day { browser, address: server.address.clone() }, server))
}

/// One browser at one server.
pub struct Day {
    /// The browser.
    pub browser: Browser,
    /// Address of the server.
    pub address: String,
}

impl Day {
    /// The address of a page.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// Signs in to the demonstration, whoever was signed in before.
    pub fn sign_in(&self, login: &str) {
        self.browser.sign_in(&self.address, login, DEMO_PASSWORD);
    }

    /// Opens a document.
    pub fn open(&self, id: &str) {
        self.browser.open(&self.at(&format!("/documents/{id}")));
        self.browser.find(&format!(".columns[data-document='{id}']"));
    }

    /// Writes the letter to a file named after its patient, gives it in through the page and waits
    /// until it is in the list; gives its id.
    pub fn receives(&self, folder: &Path, name: &str, letter: &str) -> String {
        let file = folder.join(format!("{}.txt", name.to_lowercase()));
        std::fs::write(&file, letter).unwrap();
        self.browser.receives(&self.address, &file, name)
    }

    /// Ends the day: the browser complained of nothing but what was provoked.
    pub fn ends(self, server: Server, provoked: &[&str]) {
        self.browser.quiet(provoked);
        self.browser.close();
        server.stop();
    }
}

/// Chromium behind its driver, asked step by step.
pub struct Browser {
    runtime: tokio::runtime::Runtime,
    client: Client,
    driver: Child,
    port: u16,
}

impl Browser {
    /// A browser with a fresh profile; none where Chromium or its driver is missing.
    pub fn start(folder: &Path) -> Option<Browser> {
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

    /// Runs one step of the driver to its end.
    pub fn wait<T>(&self, what: impl Future<Output = T>) -> T {
        self.runtime.block_on(what)
    }

    /// Opens an address.
    pub fn open(&self, address: &str) {
        self.wait(self.client.goto(address)).unwrap();
    }

    /// Loads the page again.
    pub fn reload(&self) {
        self.wait(self.client.refresh()).unwrap();
    }

    /// Where it is.
    pub fn address(&self) -> String {
        self.wait(self.client.current_url()).unwrap().to_string()
    }

    /// What a script gives.
    pub fn run(&self, script: &str) -> Value {
        self.wait(self.client.execute(script, Vec::new())).unwrap()
    }

    /// What a script gives that answers by its last argument.
    pub fn run_async(&self, script: &str) -> Value {
        self.wait(self.client.execute_async(script, Vec::new())).unwrap()
    }

    /// Waits until the script gives something true; a page being replaced is asked again.
    pub fn until(&self, what: &str, script: &str) {
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
    pub fn find(&self, css: &str) {
        self.until(css, &format!("return document.querySelector({}) !== null", json!(css)));
    }

    /// Waits until nothing of that kind is on the page, which is there: what a click sends comes back
    /// after the click.
    pub fn none(&self, css: &str) {
        self.until(
            &format!("a page without {css}"),
            &format!(
                "return document.querySelector('main') !== null && document.querySelector({}) === null",
                json!(css)
            ),
        );
    }

    /// How many elements there are now.
    pub fn count(&self, css: &str) -> usize {
        let n = self.run(&format!("return document.querySelectorAll({}).length", json!(css)));
        n.as_u64().unwrap() as usize
    }

    /// What an element says, once it is there.
    pub fn text(&self, css: &str) -> String {
        self.find(css);
        let text = self.run(&format!("return document.querySelector({}).innerText", json!(css)));
        text.as_str().unwrap().trim().to_owned()
    }

    /// An attribute of an element, once it is there.
    pub fn attribute(&self, css: &str, name: &str) -> String {
        self.find(css);
        let value = self.run(&format!(
            "return document.querySelector({}).getAttribute({})",
            json!(css),
            json!(name)
        ));
        value.as_str().unwrap().to_owned()
    }

    /// Id of the document on the page.
    pub fn document(&self) -> String {
        self.attribute(".columns", "data-document")
    }

    /// Ids of the documents in the list.
    pub fn rows(&self) -> Vec<Value> {
        let rows = self.run("return [...document.querySelectorAll('tr[data-test=document]')].map((r) => r.dataset.id)");
        rows.as_array().unwrap().clone()
    }

    /// Acts on an element as a person would; one replaced or covered meanwhile is looked up again.
    pub fn act<F>(&self, css: &str, act: impl Fn(Element) -> F)
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

    /// Clicks.
    pub fn click(&self, css: &str) {
        self.act(css, |element| async move { element.click().await });
    }

    /// Types over what a field holds.
    pub fn write(&self, css: &str, text: &str) {
        self.act(css, |element| async move {
            element.clear().await?;
            element.send_keys(text).await
        });
    }

    /// Chooses a file.
    pub fn choose_file(&self, css: &str, file: &Path) {
        let path = file.to_string_lossy();
        let path = path.as_ref();
        self.act(css, |element| async move { element.send_keys(path).await });
    }

    /// A key pressed wherever the focus is.
    pub fn key(&self, value: char) {
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.wait(self.client.perform_actions(keys)).unwrap();
    }

    /// Signs in, whoever was signed in before.
    pub fn sign_in(&self, address: &str, login: &str, password: &str) {
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
    pub fn receives(&self, address: &str, file: &Path, name: &str) -> String {
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
    pub fn quiet(&self, provoked: &[&str]) {
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

    /// Ends the session.
    pub fn close(self) {
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
