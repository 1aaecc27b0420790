//! HTTP without a browser: a person's forms and cookie, and one JSON question.

use std::io::{BufRead, BufReader, Read, Write};
use std::time::Duration;

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
