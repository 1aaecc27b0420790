//! The conformance suite on PostgreSQL.

use std::path::Path;

use relu_record::DocumentState;
use relu_vault::Vault;

use crate::cluster::Cluster;
use crate::{conformance, support::*};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres() {
    let Some(cluster) = Cluster::start() else { return };
    let dir = tempfile::tempdir().unwrap();
    let url = cluster.database("conformance");
    conformance::suite(dir.path(), Some(url)).await;
    let url = cluster.database("columns");
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
