//! How fast documents come in, with everything that makes them safe: sealed blob synced to disk,
//! one transaction with its ledger event and its job, head file.

use std::time::Instant as Clock;

use relu_vault::NewJob;

use crate::support::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn documents_per_second() {
    const N: usize = 200;
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).await;
    let content: Vec<String> = (0..N).map(|i| format!("{i} {}", "x".repeat(50_000))).collect();
    let start = Clock::now();
    for content in &content {
        let new = written(&vault, content.as_bytes(), "f");
        let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
        let id = tx.insert_document(new).await.unwrap().id().clone();
        tx.enqueue(NewJob::on(&id, "read")).await.unwrap();
        tx.commit().await.unwrap();
    }
    let rate = N as f64 / start.elapsed().as_secs_f64();
    let start = Clock::now();
    let report = vault.verify_ledger(None).await.unwrap();
    let checked = report.events as f64 / start.elapsed().as_secs_f64();
    println!(
        "received {rate:.0} documents of 50 kB a second; verified {checked:.0} events a second"
    );
    assert!(report.ok && report.events == N as u64);
    assert!(rate > 5.0, "{rate} documents a second");
}
