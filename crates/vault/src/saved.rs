//! Views of lists and searches that a person has saved: a name and a filter, theirs alone, sealed.

use serde::{Deserialize, Serialize};

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::jobs::Private;
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::Vault;

/// Most views of one account.
const MOST: i64 = 100;

/// Identifier of a saved view.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SavedViewId(pub String);

impl Tx {
    /// Saves a view of an account. What is in it is the caller's.
    pub async fn save_view(&mut self, account: &str, content: &Private) -> Result<SavedViewId> {
        let (tenant, id, vault) = (self.t(), self.new_id()?, self.vault.clone());
        let sealed = vault.seal(&vault.keys().house, ("saved_view", &id, "content"), content)?;
        // Counted and inserted at once.
        let insert = "INSERT INTO saved_view (tenant, id, account, created_at, content) \
             SELECT $1, $2, $3, $4, $5 WHERE (SELECT COUNT(*) FROM saved_view v \
             WHERE v.tenant = $1 AND v.account = $3) < $6";
        let done = sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(account.to_owned())
            .bind(self.now.0)
            .bind(sealed)
            .bind(MOST)
            .execute(self.conn())
            .await
            .map_err(db("save a view"))?;
        if done.rows_affected() != 1 {
            return Err(VaultError::Limit { what: "saved views", max: MOST as u64 });
        }
        let event = Event::new(EventKind::SettingChanged).subject(id.clone());
        self.append(event.detail("saved-view")).await?;
        Ok(SavedViewId(id))
    }

    /// Changes what is in a view of an account.
    pub async fn change_view(
        &mut self,
        account: &str,
        id: &SavedViewId,
        content: &Private,
    ) -> Result<()> {
        let (tenant, vault) = (self.t(), self.vault.clone());
        let sealed = vault.seal(&vault.keys().house, ("saved_view", &id.0, "content"), content)?;
        let update =
            "UPDATE saved_view SET content = $4 WHERE tenant = $1 AND id = $2 AND account = $3";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(account.to_owned())
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("change a view"))?;
        if done.rows_affected() != 1 {
            return Err(VaultError::NotFound { what: "saved view", id: id.0.clone() });
        }
        let event = Event::new(EventKind::SettingChanged).subject(id.0.clone());
        self.append(event.detail("saved-view-changed")).await?;
        Ok(())
    }

    /// Removes a view of an account.
    pub async fn forget_view(&mut self, account: &str, id: &SavedViewId) -> Result<()> {
        let tenant = self.t();
        let done =
            sqlx::query("DELETE FROM saved_view WHERE tenant = $1 AND id = $2 AND account = $3")
                .bind(tenant)
                .bind(id.0.clone())
                .bind(account.to_owned())
                .execute(self.conn())
                .await
                .map_err(db("forget a view"))?;
        if done.rows_affected() != 1 {
            return Err(VaultError::NotFound { what: "saved view", id: id.0.clone() });
        }
        let event = Event::new(EventKind::SettingChanged).subject(id.0.clone());
        self.append(event.detail("saved-view-removed")).await?;
        Ok(())
    }
}

impl Vault {
    /// The views of an account, oldest first.
    pub async fn saved_views(&self, account: &str) -> Result<Vec<(SavedViewId, Private)>> {
        let select = "SELECT id, content FROM saved_view WHERE tenant = $1 AND account = ";
        let mut q = Query::new(select, &self.t());
        q.text(account).push(" ORDER BY id");
        let rows = q.fetch(&self.inner.db.readers, "list saved views").await?;
        let mut views = Vec::with_capacity(rows.len());
        for row in &rows {
            let (id, sealed): (String, Vec<u8>) = (col(row, "id")?, col(row, "content")?);
            let place = ("saved_view", id.as_str(), "content");
            let plain = self.unseal(&self.keys().house, place, &sealed)?.to_vec();
            views.push((SavedViewId(id), relu_record::Private(plain)));
        }
        Ok(views)
    }
}
