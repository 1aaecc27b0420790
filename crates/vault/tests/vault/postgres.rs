//! The conformance suite on PostgreSQL: a private cluster in a temporary folder, on a Unix socket.
//! Skipped with a message where PostgreSQL is not installed; a failure when `CI` is `true`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use relu_record::DocumentState;
use relu_vault::Vault;

use crate::{conformance, support::*};

struct Cluster {
    bin: PathBuf,
    dir: tempfile::TempDir,
}

impl Cluster {
    fn start() -> Option<Cluster> {
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
        let data = cluster.dir.path().join("db");
        cluster.run("initdb", &["-A", "trust", "-U", "relu", "-N", "-E", "UTF8", "-D"], &data);
        let socket = cluster.dir.path().display();
        let options = format!("-c listen_addresses='' -c fsync=off -k {socket}");
        let log = cluster.dir.path().join("log").display().to_string();
        cluster.run("pg_ctl", &["-w", "-l", &log, "-o", &options, "start", "-D"], &data);
        Some(cluster)
    }

    fn run(&self, tool: &str, args: &[&str], data: &Path) {
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
        command.args(args).arg(data).current_dir(self.dir.path());
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(status.status().unwrap().success(), "{tool}");
    }

    async fn database(&self, name: &'static str) -> String {
        let url = |db: &str| {
            let socket = self.dir.path().display().to_string().replace('/', "%2F");
            format!("postgres://relu@localhost/{db}?host={socket}")
        };
        sqlx::any::install_default_drivers();
        let admin = sqlx::AnyPool::connect(&url("postgres")).await.unwrap();
        let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
        sqlx::raw_sql(create).execute(&admin).await.unwrap();
        admin.close().await;
        url(name)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let data = self.dir.path().join("db");
        self.run("pg_ctl", &["-m", "immediate", "stop", "-D"], &data);
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let Some(cluster) = Cluster::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let url = cluster.database("conformance").await;
    conformance::suite(dir.path(), Some(url)).await;
    let url = cluster.database("columns").await;
    let dir = tempfile::tempdir().unwrap();
    let vault = Vault::open(settings(dir.path(), Some(url.clone())), NOW).await.unwrap();
    crate::columns::check(&url, "information_schema").await;
    two_servers(&vault, dir.path(), url).await;
}

// Two servers on one database: numbers of the ledger stay in line, no job is taken twice.
async fn two_servers(one: &Vault, dir: &Path, url: String) {
    let two = Vault::open(settings(dir, Some(url)), NOW).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for i in 0..30 {
        let vault = if i % 2 == 0 { one.clone() } else { two.clone() };
        tasks.spawn(async move {
            let id = receive(&vault, format!("serveur {i}").as_bytes(), NOW).await.unwrap();
            let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
            tx.enqueue(relu_vault::NewJob::on(&id, "read")).await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    tasks.join_all().await;
    let mut workers = tokio::task::JoinSet::new();
    for w in 0..4 {
        let vault = if w % 2 == 0 { one.clone() } else { two.clone() };
        workers.spawn(async move {
            let (mut done, name) = (Vec::new(), format!("worker {w}"));
            while let Some(job) =
                vault.claim_job(relu_vault::Lane::Work, &name, 60_000, NOW).await.unwrap()
            {
                let document = job.document.clone().unwrap();
                let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
                let (from, to) = (DocumentState::Recu, DocumentState::AClasser);
                tx.set_state(&document, from, to).await.unwrap();
                tx.finish_job(&job).await.unwrap();
                tx.commit().await.unwrap();
                done.push(job.id);
            }
            done
        });
    }
    let done: Vec<_> = workers.join_all().await.concat();
    assert_eq!(done.len(), 30);
    assert_eq!(done.into_iter().collect::<std::collections::BTreeSet<_>>().len(), 30);
    let report = one.verify_ledger(None).await.unwrap();
    assert!(report.ok, "{:?}", report.problems);
    assert_eq!(report.events, 60);
}
