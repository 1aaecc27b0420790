//! Starting the program, waiting for it, and tools that a test may need.

use relu_desk::{Desk, ReadingSettings, Settings};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The program under test.
pub fn relu() -> Command {
    Command::new(env!("CARGO_BIN_EXE_relu"))
}

/// A program of the machine; without it a test says so and ends, but fails where CI is set.
pub fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|d| d.join(name))
        .find(|p| p.is_file());
    if found.is_none() {
        assert!(!in_ci(), "{name} is missing and CI is set: `cargo xtask test` installs it");
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Whether nothing may be skipped.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v == "true")
}

/// A folder of the optional external test data; absent when the variable is not set, and a failure
/// when it is set and the folder is not there.
pub fn test_data(folder: &str) -> Option<PathBuf> {
    let Some(base) = std::env::var_os("RELU_TEST_DATA") else {
        eprintln!("skipped: RELU_TEST_DATA is not set");
        return None;
    };
    let path = PathBuf::from(base).join(folder);
    assert!(path.exists(), "RELU_TEST_DATA is set but has no {folder}");
    Some(path)
}

/// Lines of a JSONL file.
pub fn jsonl(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

/// A server of ours over a data folder.
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:port`.
    pub address: String,
}

impl Server {
    /// Starts `relu serve` and waits until it says where it listens.
    pub fn start(data: &Path, arguments: &[&str]) -> Server {
        Server::start_with(relu(), data, arguments)
    }

    /// The same under another command (a tracer).
    pub fn start_with(mut command: Command, data: &Path, arguments: &[&str]) -> Server {
        let mut child = command
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(data)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next().expect("the server ended before it listened").unwrap();
            if let Some(address) = line.strip_prefix("Relu : ") {
                break address.trim_end_matches('/').to_owned();
            }
        };
        // The pipe must go on being read, or the server would block on a full one.
        std::thread::spawn(move || lines.for_each(drop));
        let server = Server { child, address };
        server.wait_ready();
        server
    }

    fn wait_ready(&self) {
        let host = self.address.trim_start_matches("http://");
        let until = Instant::now() + Duration::from_secs(60);
        while std::net::TcpStream::connect(host).is_err() {
            assert!(Instant::now() < until, "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Ends it at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end and waits.
    pub fn stop(mut self) {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while self.child.try_wait().unwrap().is_none() {
            if Instant::now() > until {
                self.child.kill().unwrap();
                self.child.wait().unwrap();
                panic!("the server does not end when asked");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `relu status` over a data folder.
pub fn status(data: &Path) -> serde_json::Value {
    let out = relu().args(["status", "--data"]).arg(data).output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    serde_json::from_slice(&out.stdout).unwrap()
}

/// Documents in one state, or in all.
pub fn documents(status: &serde_json::Value, state: Option<&str>) -> u64 {
    let counts = status["documents"].as_object().unwrap();
    match state {
        Some(s) => counts[s].as_u64().unwrap(),
        None => counts.values().map(|n| n.as_u64().unwrap()).sum(),
    }
}

/// Waits until nothing is left to read.
pub fn wait_read(data: &Path, wanted: u64, limit: Duration) -> serde_json::Value {
    let until = Instant::now() + limit;
    loop {
        let now = status(data);
        if documents(&now, None) >= wanted && documents(&now, Some("recu")) == 0 {
            return now;
        }
        assert!(Instant::now() < until, "still reading: {now}");
        std::thread::sleep(Duration::from_millis(300));
    }
}

/// Verifies the ledger of a data folder.
pub fn verify_ledger(data: &Path) -> (bool, String) {
    let out = relu().args(["ledger", "verify", "--data"]).arg(data).output().unwrap();
    (out.status.success(), String::from_utf8_lossy(&out.stderr).into_owned())
}

/// A port nobody listens on at this moment.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Posts JSON to a program of this machine and reads its JSON answer.
pub fn http_post(port: u16, path: &str, body: &serde_json::Value) -> serde_json::Value {
    let body = body.to_string();
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
    .unwrap();
    // The other side may keep the connection open: the body is as long as its header says.
    let mut answer = BufReader::new(stream);
    let mut long = 0;
    loop {
        let mut line = String::new();
        answer.read_line(&mut line).unwrap();
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                long = value.trim().parse().unwrap();
            }
            _ if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut json = vec![0; long];
    answer.read_exact(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}

/// A person of this machine in a browser: forms, a cookie, nothing else.
#[derive(Clone, Default)]
pub struct Visitor {
    cookie: String,
    token: String,
}

impl Visitor {
    /// Signs in.
    pub fn sign_in(address: &str, login: &str, password: &str) -> Option<Visitor> {
        let mut visitor = Visitor::default();
        let form = [("login", login), ("password", password)];
        visitor.post(address, "/connexion", &form)?;
        visitor.look(address)?;
        Some(visitor)
    }

    /// Makes the first account, an administrator, and is signed in as them.
    pub fn first(address: &str, login: &str, password: &str) -> Option<Visitor> {
        let mut visitor = Visitor::default();
        let form =
            [("login", login), ("name", login), ("password", password), ("password2", password)];
        visitor.post(address, "/premiere-connexion", &form)?;
        visitor.look(address)?;
        Some(visitor)
    }

    fn look(&mut self, address: &str) -> Option<()> {
        let (_, page) = self.get(address, "/aide")?;
        let rest = page.split_once("name=\"csrf\" value=\"")?.1;
        self.token = rest.split_once('"')?.0.to_owned();
        Some(())
    }

    /// Status and body; nothing when the server is gone.
    pub fn get(&mut self, address: &str, path: &str) -> Option<(u16, String)> {
        self.send(address, &format!("GET {path} HTTP/1.1"), "")
    }

    /// Posts a form with its token.
    pub fn post(
        &mut self,
        address: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Option<(u16, String)> {
        let token = self.token.clone();
        let all = form.iter().copied().chain([("csrf", token.as_str())]);
        let body: Vec<String> = all.map(|(k, v)| format!("{k}={}", v.replace(' ', "+"))).collect();
        self.send(address, &format!("POST {path} HTTP/1.1"), &body.join("&"))
    }

    fn send(&mut self, address: &str, first: &str, body: &str) -> Option<(u16, String)> {
        let host = address.trim_start_matches("http://");
        let mut stream = std::net::TcpStream::connect(host).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
        let (length, cookie) = (body.len(), &self.cookie);
        write!(
            stream,
            "{first}\r\nHost: {host}\r\nAccept: text/html\r\nSec-Fetch-Site: same-origin\r\n\
             Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        )
        .ok()?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).ok()?;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n")?;
        for line in head.lines() {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("set-cookie")
            {
                self.cookie = value.trim().split(';').next()?.to_owned();
            }
        }
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }
}

/// A desk over `dir`, with real readers and without character recognition; `change` sets the rest.
pub async fn open_desk(dir: &Path, change: impl FnOnce(&mut Settings)) -> Desk {
    let worker = env!("CARGO_BIN_EXE_relu").into();
    let reading = ReadingSettings { tesseract: None, ..ReadingSettings::standard(worker, 2) };
    let mut settings = Settings::new(dir.join("data"), dir.join("data.key"), reading);
    change(&mut settings);
    Desk::open(settings).await.unwrap()
}
