//! Blobs: whole or refused.

use std::io::Read;

use proptest::prelude::*;
use relu_vault::VaultError;

use crate::support::*;

const CHUNK: usize = 64 << 10;

fn content(size: usize) -> Vec<u8> {
    (0..size).map(|i| (i * 7 % 251) as u8).collect()
}

fn files(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        match entry.path() {
            p if p.is_dir() => out.extend(files(&p)),
            p => out.push(p),
        }
    }
    out
}

/// A reader that gives a few bytes at a time, as a network does.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = self.1.min(buf.len()).min(self.0.len());
        buf[..n].copy_from_slice(&self.0[..n]);
        self.0 = &self.0[n..];
        Ok(n)
    }
}

#[test]
fn round_trip_around_chunk_borders() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let dir = tempfile::tempdir().unwrap();
    let vault = runtime.block_on(open(dir.path()));
    proptest!(ProptestConfig::with_cases(24), |(chunks in 0usize..4, off in -2i64..=2, step in 1usize..100_000)| {
        let size = usize::try_from((chunks * CHUNK) as i64 + off).unwrap_or(0);
        let bytes = content(size);
        let put = vault.blobs().put(Trickle(&bytes, step), 1 << 20).unwrap();
        prop_assert_eq!(put.size, size as u64);
        prop_assert_eq!(&put.sha256, &relu_record::Sha256Hex::of(&bytes));
        let mut new = written(&vault, b"", "x");
        new.blob = put.clone();
        runtime.block_on(async {
            let mut tx = vault.begin(&system_actor(), NOW).await.unwrap();
            tx.insert_document(new).await.unwrap();
            tx.commit().await.unwrap();
        });
        let stored = runtime.block_on(vault.blob(&put.id)).unwrap();
        prop_assert_eq!(stored.read(1 << 20).unwrap(), bytes.clone());
        let mut streamed = Vec::new();
        stored.open().unwrap().read_to_end(&mut streamed).unwrap();
        prop_assert_eq!(streamed, bytes);
    });
    let damaged = runtime.block_on(vault.verify_blobs()).unwrap();
    assert!(damaged.is_empty(), "{damaged:?}");
}

#[tokio::test]
async fn a_changed_cut_or_lost_file_is_noticed_and_repaired_by_receiving_again() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).await;
    let bytes = content(2 * CHUNK + 100);
    let id = receive(&vault, &bytes, NOW).await.unwrap();
    let blob = vault.document(&id).await.unwrap().blob;
    type Damage = fn(&mut Vec<u8>);
    let damages: [(&str, Damage); 6] = [
        ("first byte", |b| b[0] ^= 1),
        ("a byte of the second chunk", |b| b[CHUNK + 500] ^= 1),
        ("last byte", |b| *b.last_mut().unwrap() ^= 1),
        ("cut in a chunk", |b| b.truncate(b.len() - 1)),
        ("cut at a chunk border", |b| b.truncate(20 + CHUNK + 16)),
        ("bytes added", |b| b.push(0)),
    ];
    for (name, damage) in damages {
        let path = files(&dir.path().join("data/blobs")).remove(0);
        let mut file = std::fs::read(&path).unwrap();
        damage(&mut file);
        std::fs::write(&path, &file).unwrap();
        let stored = vault.blob(&blob).await.unwrap();
        assert!(matches!(stored.read(1 << 20), Err(VaultError::Integrity { .. })), "{name}");
        let streamed = stored.open().and_then(|mut r| {
            std::io::copy(&mut r, &mut std::io::sink())
                .map_err(|_| VaultError::Conflict { what: "stream", why: "damaged" })
        });
        assert!(streamed.is_err(), "{name}: streaming must not end as if whole");
        assert_eq!(vault.verify_blobs().await.unwrap(), std::slice::from_ref(&blob), "{name}");
        assert_eq!(receive(&vault, &bytes, NOW).await.unwrap(), id, "{name}");
        assert_eq!(vault.blob(&blob).await.unwrap().read(1 << 20).unwrap(), bytes, "{name}");
        assert_eq!(files(&dir.path().join("data/blobs")).len(), 1, "{name}: the old file is gone");
    }
    std::fs::remove_file(&files(&dir.path().join("data/blobs"))[0]).unwrap();
    assert!(vault.blob(&blob).await.unwrap().read(1 << 20).is_err());
    receive(&vault, &bytes, NOW).await.unwrap();
    assert!(vault.verify_blobs().await.unwrap().is_empty());
}

#[tokio::test]
async fn too_large_or_given_up_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let vault = open(dir.path()).await;
    let bytes = content(3 * CHUNK);
    for max in [0, 1, CHUNK as u64, bytes.len() as u64 - 1] {
        let put = vault.blobs().put(&bytes[..], max);
        assert!(matches!(put, Err(VaultError::Limit { .. })), "{max}");
    }
    let put = vault.blobs().put(&bytes[..], bytes.len() as u64).unwrap();
    assert_eq!(files(&dir.path().join("data/blobs")).len(), 1);
    drop(put);
    assert!(files(&dir.path().join("data/blobs")).is_empty());
    // What a crash left behind is swept; what is registered stays.
    receive(&vault, b"reste", NOW).await.unwrap();
    let blobs = dir.path().join("data/blobs");
    std::fs::write(blobs.join("tmp/0011"), b"x").unwrap();
    std::fs::create_dir_all(blobs.join("ab")).unwrap();
    std::fs::write(blobs.join("ab/abcd.0011"), b"x").unwrap();
    assert_eq!(vault.sweep_blobs().await.unwrap(), 2);
    assert_eq!(files(&blobs).len(), 1);
}
