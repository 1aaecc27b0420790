//! Deliveries on every database (called by the suite of `conformance.rs`).

use relu_record::{Private, Purpose};
use relu_vault::{
    DELIVERY_JOB, DeliveryFilter, DeliveryState, Lane, NewDelivery, PatientId, Vault, VaultError,
};

use crate::support::*;

pub async fn deliveries(vault: &Vault) {
    let document = receive(vault, b"a remettre", NOW).await.unwrap();
    let new = |purpose, replaces| NewDelivery {
        document: document.clone(),
        patient: Some(PatientId("patient-1".into())),
        destination: "dossier".into(),
        purpose,
        replaces,
        content: Private(b"{}".to_vec()),
    };
    let mut tx = vault.begin(&doctor(), later(1)).await.unwrap();
    let id = tx.queue_delivery(new(Purpose::New, None), 5).await.unwrap();
    tx.commit().await.unwrap();

    let queued = vault.delivery(&id).await.unwrap();
    assert_eq!(
        (queued.state, queued.version, queued.created_by.as_str()),
        (DeliveryState::Pending, 1, "account-1")
    );
    assert_eq!(vault.deliveries_of(&document).await.unwrap(), vec![queued.clone()]);
    // Other tests of the suite leave work in this lane: it is taken out of the way.
    while let Some(other) =
        vault.claim_job(Lane::Outbox, "w", 1_000_000, later(4_000)).await.unwrap()
    {
        assert_ne!(other.document.as_ref(), Some(&document), "not before its time");
    }
    let job = vault.claim_job(Lane::Outbox, "w", 1000, later(6_000)).await.unwrap().unwrap();
    assert_eq!((job.kind.as_str(), &job.document), (DELIVERY_JOB, &Some(document.clone())));
    assert_eq!(job.payload.0, id.0.as_bytes());

    // Both ends of one act: what came of it, and the end of the job.
    let mut tx = vault.begin(&system_actor(), later(7_000)).await.unwrap();
    let receipt = Private("reçu : Zwingelstein".as_bytes().to_vec());
    tx.change_delivery(&queued, DeliveryState::Delivered, None, &receipt).await.unwrap();
    tx.finish_job(&job).await.unwrap();
    tx.commit().await.unwrap();
    let done = vault.delivery(&id).await.unwrap();
    assert_eq!((done.state, done.content, done.version), (DeliveryState::Delivered, receipt, 2));

    let mut tx = vault.begin(&doctor(), later(8_000)).await.unwrap();
    let late =
        tx.change_delivery(&queued, DeliveryState::Cancelled, None, &Private::default()).await;
    assert!(matches!(late, Err(VaultError::Conflict { .. })), "made on an older version");
    tx.rollback().await.unwrap();

    let mut tx = vault.begin(&doctor(), later(9_000)).await.unwrap();
    let recall = tx.queue_delivery(new(Purpose::Recall, Some(id.clone())), 0).await.unwrap();
    assert_eq!(tx.deliveries_of(&document).await.unwrap().len(), 2);
    tx.commit().await.unwrap();
    let waiting =
        DeliveryFilter { states: vec![DeliveryState::Pending], ..DeliveryFilter::default() };
    let waiting = vault.deliveries(&waiting).await.unwrap();
    assert_eq!(waiting.iter().map(|d| &d.id).collect::<Vec<_>>(), [&recall]);
    assert_eq!(waiting[0].replaces.as_ref(), Some(&id));
    let mut counts = vault.delivery_counts().await.unwrap();
    counts.sort();
    assert_eq!(counts.iter().map(|c| c.2).sum::<u64>(), 2);
    assert!(vault.verify_ledger(None).await.unwrap().ok);

    // What was handed over is still known once the document is destroyed, without its content.
    let mut tx = vault.begin(&doctor(), later(10_000)).await.unwrap();
    tx.destroy_document(&document).await.unwrap();
    tx.commit().await.unwrap();
    let left = vault.deliveries_of(&document).await.unwrap();
    assert_eq!(left.len(), 2);
    assert!(left.iter().all(|d| d.content.is_empty()));
    assert!(vault.verify_ledger(None).await.unwrap().ok);
}
