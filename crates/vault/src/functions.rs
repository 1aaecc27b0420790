//! The live part of the register of functions: switch, overseer, local evaluation.

use relu_record::SheetState;
use serde::{Deserialize, Serialize};

use crate::db::{Query, col};
use crate::error::{Result, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::Vault;

#[derive(Serialize, Deserialize)]
struct Details {
    overseer: Option<String>,
    local_evaluation: Option<String>,
}

impl Tx {
    /// Sets the live part of a function's sheet.
    pub async fn set_function(&mut self, state: &SheetState) -> Result<()> {
        let tenant = self.t();
        let details = Details {
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
        let mut states = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = col(row, "function")?;
            let sealed: Vec<u8> = col(row, "details")?;
            let place = ("function_state", id.as_str(), "details");
            let details: Details = self.unseal_json(&self.keys().house, place, &sealed)?;
            states.push(SheetState {
                active: col::<i64>(row, "active")? == 1,
                overseer: details.overseer,
                local_evaluation: details.local_evaluation,
                id,
            });
        }
        Ok(states)
    }
}
