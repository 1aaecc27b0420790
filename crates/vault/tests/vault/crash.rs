//! Killed at any moment, the vault has every document that it acknowledged, once, and its ledger
//! holds. The victim is this test binary itself, started anew with an environment variable.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant as Clock};

use relu_record::{DocumentId, DocumentState};
use relu_vault::{DocumentFilter, Lane, LedgerHead, NewJob, Vault};

use crate::support::*;

/// How many documents come in, and how often the victim is killed; more with
/// `RELU_CRASH_DOCUMENTS` and `RELU_CRASH_ROUNDS`.
fn size() -> (usize, usize) {
    let of = |name: &str, usual| std::env::var(name).map_or(usual, |n| n.parse().unwrap());
    (of("RELU_CRASH_DOCUMENTS", 120), of("RELU_CRASH_ROUNDS", 20))
}

/// The victim: receives documents from the given number on and works on them, telling each
/// acknowledgement. Does nothing when run as an ordinary test.
#[test]
fn victim() {
    let (Ok(dir), Ok(from)) = (std::env::var("RELU_CRASH_DIR"), std::env::var("RELU_CRASH_FROM"))
    else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let vault = Vault::open(settings(Path::new(&dir), None), NOW).await.unwrap();
        let worker = tokio::spawn(work(vault.clone()));
        for i in from.parse().unwrap()..size().0 {
            let mut tx = vault.begin(&system_actor(), later(i as i64)).await.unwrap();
            let new = written(&vault, content(i).as_bytes(), "f");
            let inserted = tx.insert_document(new).await.unwrap();
            if let relu_vault::Inserted::New(id) = &inserted {
                tx.enqueue(NewJob::on(id, "read")).await.unwrap();
            }
            tx.commit().await.unwrap();
            let head = vault.ledger_head().await.unwrap();
            tell(&format!("ack {i} {} {}", inserted.id().0, serde_json::to_string(&head).unwrap()));
        }
        worker.await.unwrap();
        vault.close().await;
        tell("done");
    });
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{line}").unwrap();
    out.flush().unwrap();
}

fn content(i: usize) -> String {
    format!("document {i} {}", "x".repeat(i * 997 % 200_000))
}

// Leases are short and the clock is the real one: what a killed worker held is taken again.
async fn work(vault: Vault) {
    let start = Clock::now();
    let mut idle = 0;
    while idle < 30 {
        let now = relu_record::Instant(wall());
        let Some(job) = vault.claim_job(Lane::Work, "w", 50, now).await.unwrap() else {
            idle += 1;
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        idle = 0;
        let id = job.document.clone().unwrap();
        let set = proposals(&id.0);
        let mut tx = vault.begin(&system_actor(), now).await.unwrap();
        tx.store_reading(&id, &set.text_version, id.0.as_bytes()).await.unwrap();
        tx.store_proposal_set(&id, &set).await.unwrap();
        tx.set_state(&id, DocumentState::Recu, DocumentState::AClasser).await.unwrap();
        // A lease lost to slowness: what was done is dropped, another will do it.
        if tx.finish_job(&job).await.is_ok() {
            tx.commit().await.unwrap();
        }
        assert!(start.elapsed() < Duration::from_secs(300));
    }
}

fn wall() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as i64
}

#[test]
fn killed_at_any_moment_nothing_is_lost_or_doubled() {
    let (documents, rounds) = size();
    let dir = tempfile::tempdir().unwrap();
    let (mut acknowledged, mut anchor, mut kills) = (Vec::<(usize, DocumentId)>::new(), None, 0);
    let mut random = wall() as u64 | 1;
    // Kills are spread over the time that the documents take to come in.
    let spread = (documents * 25 / rounds + 40) as u64;
    let mut round = 0;
    loop {
        round += 1;
        // Round after round, up to the number wanted; then one that may finish.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let delay = (round <= rounds).then(|| Duration::from_millis(15 + random % spread));
        let from = acknowledged.iter().map(|(i, _)| i + 1).max().unwrap_or(0);
        let (lines, killed) = run_victim(dir.path(), from, delay);
        kills += usize::from(killed);
        for line in lines {
            let mut words = line.splitn(4, ' ');
            if words.next() != Some("ack") {
                continue;
            }
            let i: usize = words.next().unwrap().parse().unwrap();
            acknowledged.push((i, DocumentId(words.next().unwrap().to_owned())));
            anchor = Some(serde_json::from_str::<LedgerHead>(words.next().unwrap()).unwrap());
        }
        check(dir.path(), &acknowledged, anchor.as_ref(), round);
        if !killed && round > rounds {
            break;
        }
    }
    assert!(kills >= rounds / 2, "{kills} kills: the victim was too fast for this test");
    assert_eq!(acknowledged.iter().map(|(i, _)| *i).collect::<BTreeSet<_>>().len(), documents);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let vault = open(dir.path()).await;
        let counts = vault.count_by_state(&DocumentFilter::default()).await.unwrap();
        assert_eq!(counts, [(DocumentState::AClasser, documents as u64)]);
        let swept = vault.sweep_blobs().await.unwrap();
        assert!(vault.verify_blobs().await.unwrap().is_empty());
        println!("{kills} kills in {round} rounds, {swept} orphan files swept");
    });
}

fn run_victim(dir: &Path, from: usize, delay: Option<Duration>) -> (Vec<String>, bool) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::victim", "--nocapture", "--test-threads=1"])
        .env("RELU_CRASH_DIR", dir)
        .env("RELU_CRASH_FROM", from.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap();
    let out = BufReader::new(child.stdout.take().unwrap());
    let reader = std::thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<_>>());
    if let Some(delay) = delay {
        std::thread::sleep(delay);
        // SIGKILL; a child that ended already is no fault.
        let _ = child.kill();
    }
    let status = child.wait().unwrap();
    let mut lines = reader.join().unwrap();
    let killed = !lines.iter().any(|l| l == "done");
    assert!(!killed || delay.is_some(), "the victim failed by itself: {status}");
    if killed && status.code().is_none() {
        // The last line may be cut in two.
        lines.retain(|l| !l.starts_with("ack") || l.ends_with('}'));
    }
    (lines, killed)
}

fn check(
    dir: &Path,
    acknowledged: &[(usize, DocumentId)],
    anchor: Option<&LedgerHead>,
    round: usize,
) {
    if !dir.join("data/relu.sqlite").exists() {
        return;
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let vault = Vault::open(settings(dir, None), NOW).await.unwrap();
        let report = vault.verify_ledger(anchor).await.unwrap();
        assert!(report.ok, "round {round}: {:#?}", report.problems);
        for (i, id) in acknowledged {
            let document = vault.document(id).await.unwrap();
            let blob = vault.blob(&document.blob).await.unwrap();
            assert_eq!(blob.read(1 << 20).unwrap(), content(*i).as_bytes(), "round {round}");
        }
        vault.close().await;
    });
}
