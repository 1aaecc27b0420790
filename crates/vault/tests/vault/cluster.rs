//! A private PostgreSQL cluster in a temporary folder, on a Unix socket; the whole-program tests use it
//! too. None where PostgreSQL is not installed, with a message; a failure when `CI` is `true`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running cluster; it stops with this.
pub struct Cluster {
    bin: PathBuf,
    dir: tempfile::TempDir,
}

impl Cluster {
    /// Starts one.
    pub fn start() -> Option<Cluster> {
        let Some(bin) = find_bin() else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "PostgreSQL is not installed");
            eprintln!("skipped: PostgreSQL is not installed");
            return None;
        };
        let dir = tempfile::Builder::new().prefix("relu-pg").tempdir_in("/tmp").unwrap();
        let cluster = Cluster { bin, dir };
        if is_root() {
            let owned = Command::new("chown").arg("postgres").arg(cluster.dir.path()).status();
            assert!(owned.unwrap().success(), "chown");
        }
        let data = cluster.data();
        let data = data.as_str();
        cluster.run("initdb", &["-A", "trust", "-U", "relu", "-N", "-E", "UTF8", "-D", data]);
        let socket = cluster.dir.path().display();
        let options = format!("-c listen_addresses='' -c fsync=off -k {socket}");
        let log = cluster.dir.path().join("log").display().to_string();
        cluster.run("pg_ctl", &["-w", "-l", &log, "-o", &options, "start", "-D", data]);
        Some(cluster)
    }

    fn data(&self) -> String {
        self.dir.path().join("db").display().to_string()
    }

    fn run(&self, tool: &str, args: &[&str]) {
        let program = self.bin.join(tool);
        let mut command = match is_root() {
            true => {
                let mut c = Command::new("runuser");
                c.args(["-u", "postgres", "--"]).arg(program);
                c
            }
            false => Command::new(program),
        };
        // The server outlives pg_ctl and must not hold this process' output open.
        command.args(args).current_dir::<&Path>(self.dir.path());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(status.status().unwrap().success(), "{tool}");
    }

    /// A new database of that name: its address.
    pub fn database(&self, name: &str) -> String {
        let socket = self.dir.path().display().to_string();
        self.run("createdb", &["-h", &socket, "-U", "relu", name]);
        format!("postgres://relu@localhost/{name}?host={}", socket.replace('/', "%2F"))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.run("pg_ctl", &["-m", "immediate", "stop", "-D", &self.data()]);
    }
}

fn find_bin() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    let mut bins: Vec<_> = versions.map(|v| v.path().join("bin")).collect();
    bins.sort();
    bins.into_iter().rev().find(|b| b.join("initdb").exists())
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    id.stdout.starts_with(b"0\n")
}
