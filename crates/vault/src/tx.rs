//! One act: a transaction with who acts and when. The methods that change something stand beside
//! the reads of the same thing (`documents.rs`, `decisions.rs`, …).

use std::path::PathBuf;
use std::sync::Arc;

use relu_record::{Actor, Instant};
use sqlx::{Any, AnyConnection, Transaction};

use crate::blob::WrittenFile;
use crate::error::{Result, db};
use crate::head::LedgerHead;
use crate::vault::Vault;

/// A writing transaction. [`Tx::commit`] makes it durable; dropped before, nothing happened.
pub struct Tx {
    pub(crate) vault: Vault,
    inner: Transaction<'static, Any>,
    pub(crate) actor: Actor,
    pub(crate) now: Instant,
    /// Head of the ledger as this transaction left it, once it has appended.
    pub(crate) head: Option<LedgerHead>,
    /// Blobs that a row of this transaction names.
    pub(crate) written: Vec<Arc<WrittenFile>>,
    /// Files that no row names any more once this is committed.
    pub(crate) to_remove: Vec<PathBuf>,
    /// Whether keys were destroyed, so that the database must forget them.
    pub(crate) destroyed: bool,
}

impl Tx {
    pub(crate) fn new(
        vault: Vault,
        inner: Transaction<'static, Any>,
        actor: Actor,
        now: Instant,
    ) -> Tx {
        let (head, written, to_remove) = (None, Vec::new(), Vec::new());
        Tx { vault, inner, actor, now, head, written, to_remove, destroyed: false }
    }

    /// Who acts.
    pub fn actor(&self) -> &Actor {
        &self.actor
    }

    /// When.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Makes everything durable: changes, ledger events and queued work together. Then brings the
    /// head file up to date; a crash in between leaves it behind, which is no fault.
    pub async fn commit(self) -> Result<()> {
        let Tx { vault, inner, head, written, to_remove, destroyed, .. } = self;
        // Before the commit: should its answer be lost, the rows may well name these files.
        written.iter().for_each(|f| f.keep());
        inner.commit().await.map_err(db("commit"))?;
        // From here on the act is done, and nothing may say otherwise: what fails now is logged and
        // made good later.
        if let Some(head) = head
            && let Err(error) = vault.inner.head_file.advance(&head, &vault.keys().ledger).await
        {
            tracing::error!(%error, "the ledger's head file stays behind");
        }
        for path in to_remove {
            // What cannot be removed now is swept later; its key is gone already.
            let _ = std::fs::remove_file(path);
        }
        if destroyed && let Err(error) = vault.inner.db.checkpoint().await {
            tracing::error!(%error, "the database's log still holds destroyed keys, sealed");
        }
        Ok(())
    }

    /// Gives everything up. Dropping does the same, a little later.
    pub async fn rollback(self) -> Result<()> {
        self.inner.rollback().await.map_err(db("roll back"))
    }

    pub(crate) fn conn(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    pub(crate) fn t(&self) -> String {
        self.vault.t()
    }

    pub(crate) fn new_id(&self) -> Result<String> {
        self.vault.inner.ids.next(self.now)
    }
}
