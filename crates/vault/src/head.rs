//! The head of the ledger: the number and the chain value of its last event, sealed with the
//! ledger's key. It is kept in the database, in the same transaction as the event; in the file
//! `ledger.head` of the data folder, after the commit; and wherever the owner puts exported copies.
//!
//! What each catches: the row, that events after it were removed or added; the file, that an older
//! copy of the database was put back; the exported copy, that database and file were both put back.
//! The file may lag behind by what a crash left unwritten, and is never ahead.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use relu_record::Instant;
use serde::{Deserialize, Serialize};

use crate::error::{Result, VaultError, io};
use crate::key::{Secret, fill_random, hex};

/// Where the ledger stands. Serialised as JSON, it is the anchor to keep outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerHead {
    /// The legal entity.
    pub tenant: String,
    /// Number of the last event, from 1; 0 before the first.
    pub seq: u64,
    /// Its chain value, 64 hexadecimal digits.
    pub mac: String,
    /// When it was appended.
    pub at: Instant,
}

impl LedgerHead {
    pub(crate) fn first(tenant: &str, at: Instant) -> LedgerHead {
        LedgerHead { tenant: tenant.to_owned(), seq: 0, mac: "0".repeat(64), at }
    }

    /// The keyed hash that only this vault can make.
    pub(crate) fn seal(&self, key: &Secret) -> String {
        hex(&key.mac(&self.parts().each_ref().map(Vec::as_slice)))
    }

    pub(crate) fn seal_is(&self, key: &Secret, seal: &str) -> bool {
        key.mac_is(&self.parts().each_ref().map(Vec::as_slice), seal)
    }

    fn parts(&self) -> [Vec<u8>; 5] {
        [
            b"relu-ledger-head-1".to_vec(),
            self.tenant.clone().into_bytes(),
            self.seq.to_be_bytes().to_vec(),
            self.mac.clone().into_bytes(),
            self.at.0.to_be_bytes().to_vec(),
        ]
    }
}

#[derive(Serialize, Deserialize)]
struct SealedHead {
    #[serde(flatten)]
    head: LedgerHead,
    seal: String,
}

/// The file `ledger.head`.
#[derive(Clone, Debug)]
pub(crate) struct HeadFile {
    path: PathBuf,
    /// Number last written, so that a slower writer never puts an older head over a newer one.
    written: Arc<Mutex<Option<u64>>>,
}

impl HeadFile {
    /// The file of that folder. What crashes left half written is removed; should a writer be at it,
    /// its head is written with the next event.
    pub(crate) fn new(data_dir: &Path) -> HeadFile {
        for entry in std::fs::read_dir(data_dir).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("ledger.head.") {
                let _ = std::fs::remove_file(entry.path());
            }
        }
        HeadFile { path: data_dir.join("ledger.head"), written: Arc::default() }
    }

    /// Writes `head`, unless a later one is there already.
    pub(crate) async fn advance(&self, head: &LedgerHead, key: &Secret) -> Result<()> {
        let sealed = SealedHead { head: head.clone(), seal: head.seal(key) };
        let this = self.clone();
        let write = tokio::task::spawn_blocking(move || this.write(&sealed));
        write.await.map_err(|_| VaultError::Conflict {
            what: "ledger head",
            why: "the program stops while it was being written",
        })?
    }

    fn write(&self, sealed: &SealedHead) -> Result<()> {
        let mut written = self.written.lock().unwrap_or_else(|e| e.into_inner());
        if written.is_some_and(|n| n >= sealed.head.seq) {
            return Ok(());
        }
        // A name of its own: another process may be writing too.
        let mut random = [0; 8];
        fill_random(&mut random)?;
        let new = self.path.with_extension(format!("head.{}", hex(&random)));
        let json = crate::vault::to_json(sealed)?;
        let mut file = std::fs::File::create(&new).map_err(io("create", &new))?;
        file.write_all(&json).and_then(|()| file.sync_all()).map_err(io("write", &new))?;
        std::fs::rename(&new, &self.path).map_err(io("rename", &self.path))?;
        *written = Some(sealed.head.seq);
        Ok(())
    }

    /// What the file says: nothing when it is not there, an error when it is not ours.
    pub(crate) fn read(&self, key: &Secret) -> Result<Option<LedgerHead>> {
        let bytes = match std::fs::read(&self.path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.map_err(io("read", &self.path))?,
        };
        let wrong = || VaultError::integrity("the file ledger.head", "is not what was written");
        let sealed: SealedHead = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
        match sealed.head.seal_is(key, &sealed.seal) {
            true => Ok(Some(sealed.head)),
            false => Err(wrong()),
        }
    }
}
