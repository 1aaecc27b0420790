//! The live part of the register of functions: switch, overseer, local evaluation.

use relu_record::SheetState;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::Vault;

#[derive(Serialize, Deserialize)]
struct Details {
    // The column beside is for queries: who edits it in the database switches nothing unseen.
    active: bool,
    overseer: Option<String>,
    local_evaluation: Option<String>,
}

impl Tx {
    /// Sets the live part of a function's sheet.
    pub async fn set_function(&mut self, state: &SheetState) -> Result<()> {
        let tenant = self.t();
        let details = Details {
            active: state.active,
            overseer: state.overseer.clone(),
            local_evaluation: state.local_evaluation.clone(),
        };
        let place = ("function_state", state.id.as_str(), "details");
        let sealed = self.vault.seal_json(&self.vault.keys().house, place, &details)?;
        let upsert = "INSERT INTO function_state (tenant, function, active, updated_at, details) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, function) DO UPDATE SET \
             active = excluded.active, updated_at = excluded.updated_at, details = excluded.details";
        sqlx::query(upsert)
            .bind(tenant)
            .bind(state.id.clone())
            .bind(i64::from(state.active))
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("set a function's state"))?;
        let event = Event::new(EventKind::FunctionChanged).subject(state.id.clone());
        self.append(event.detail(if state.active { "on" } else { "off" })).await?;
        Ok(())
    }
}

impl Vault {
    /// The live part of every sheet that was ever set, by function id.
    pub async fn function_states(&self) -> Result<Vec<SheetState>> {
        let select = "SELECT * FROM function_state WHERE tenant = $1 ORDER BY function";
        let q = Query::new(select, &self.t());
        let rows = q.fetch(&self.inner.db.readers, "read the register").await?;
        rows.iter().map(|r| self.function_from_row(r)).collect()
    }

    pub(crate) fn function_from_row(&self, row: &AnyRow) -> Result<SheetState> {
        let id: String = col(row, "function")?;
        let sealed: Vec<u8> = col(row, "details")?;
        let place = ("function_state", id.as_str(), "details");
        let details: Details = self.unseal_json(&self.keys().house, place, &sealed)?;
        if col::<i64>(row, "active")? != i64::from(details.active) {
            return Err(VaultError::integrity(
                format!("switch of {id}"),
                "is not what was set here",
            ));
        }
        Ok(SheetState {
            active: details.active,
            overseer: details.overseer,
            local_evaluation: details.local_evaluation,
            id,
        })
    }
}
