//! `relu serve` over a data folder, and what it says of itself.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::relu;

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
