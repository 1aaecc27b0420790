//! Sets of rules of routing: one draft at most, one in use at most, the others retired. Which one is
//! in use is a person's decision, told in the ledger with the proof of its content.
//!
//! The caller owns what is in `content` (JSON, with names of people); here it is sealed.

use relu_record::{Instant, Private};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::Vault;

/// Where a set of rules stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RuleSetState {
    /// Being written.
    Draft,
    /// In use.
    Active,
    /// Used before.
    Retired,
}

impl RuleSetState {
    /// The name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            RuleSetState::Draft => "brouillon",
            RuleSetState::Active => "en-service",
            RuleSetState::Retired => "retire",
        }
    }

    fn parse(name: &str) -> Result<RuleSetState> {
        [RuleSetState::Draft, RuleSetState::Active, RuleSetState::Retired]
            .into_iter()
            .find(|s| s.as_str() == name)
            .ok_or_else(|| VaultError::integrity("state of rules", "is not one of this version"))
    }
}

/// A set of rules as stored.
#[derive(Clone, Debug)]
pub struct StoredRules {
    /// Number of the set, from 1.
    pub version: u32,
    /// Where it stands.
    pub state: RuleSetState,
    /// Counts changes, from 1.
    pub changes: u64,
    /// Account that began it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// Account that put it in use or retired it last.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Option<Instant>,
    /// The rules.
    pub content: Private<Vec<u8>>,
}

const LARGEST: usize = 4 << 20;
const GONE: &str = "somebody else changed them meanwhile";

impl Tx {
    /// Begins a draft; answers its number.
    pub async fn create_rules(&mut self, content: &[u8]) -> Result<u32> {
        let (tenant, vault) = (self.t(), self.vault.clone());
        check_size(content)?;
        let row = sqlx::query("SELECT MAX(version) AS n FROM rule_set WHERE tenant = $1")
            .bind(tenant.clone())
            .fetch_one(self.conn())
            .await
            .map_err(db("number the rules"))?;
        let version = col::<Option<i64>>(&row, "n")?.unwrap_or(0) + 1;
        let name = version.to_string();
        let (dek, wrapped) = vault.new_dek("rule_set", &name)?;
        let sealed = vault.seal(&dek, ("rule_set", &name, "content"), content)?;
        let insert = "INSERT INTO rule_set (tenant, version, state, changes, created_by, created_at, \
             dek, content) VALUES ($1, $2, $3, 1, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let done = sqlx::query(insert)
            .bind(tenant)
            .bind(version)
            .bind(RuleSetState::Draft.as_str())
            .bind(self.actor.id.clone())
            .bind(self.now.0)
            .bind(wrapped)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("begin a draft of rules"))?;
        changed(done.rows_affected())?;
        self.tell_rules(&name, EventKind::RulesChanged, RuleSetState::Draft, content).await?;
        Ok(u32::try_from(version).unwrap_or(u32::MAX))
    }

    /// Changes a draft as it was read.
    pub async fn change_rules(&mut self, before: &StoredRules, content: &[u8]) -> Result<()> {
        check_size(content)?;
        let (tenant, vault, name) = (self.t(), self.vault.clone(), before.version.to_string());
        let dek = self.rules_key(&name).await?;
        let sealed = vault.seal(&dek, ("rule_set", &name, "content"), content)?;
        let update = "UPDATE rule_set SET content = $4, changes = changes + 1 \
             WHERE tenant = $1 AND version = $2 AND changes = $3 AND state = $5";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(i64::from(before.version))
            .bind(before.changes as i64)
            .bind(sealed)
            .bind(RuleSetState::Draft.as_str())
            .execute(self.conn())
            .await
            .map_err(db("change rules"))?;
        changed(done.rows_affected())?;
        self.tell_rules(&name, EventKind::RulesChanged, RuleSetState::Draft, content).await
    }

    /// Puts a set in use as it was read, a draft or one used before, and retires the one in use.
    pub async fn activate_rules(
        &mut self,
        chosen: &StoredRules,
        in_use: Option<&StoredRules>,
    ) -> Result<()> {
        if let Some(old) = in_use {
            self.move_rules(old, RuleSetState::Retired, EventKind::RulesRetired).await?;
        }
        self.move_rules(chosen, RuleSetState::Active, EventKind::RulesActivated).await
    }

    async fn move_rules(
        &mut self,
        set: &StoredRules,
        to: RuleSetState,
        kind: EventKind,
    ) -> Result<()> {
        let (tenant, name) = (self.t(), set.version.to_string());
        let update = "UPDATE rule_set SET state = $5, decided_by = $6, decided_at = $7, \
             changes = changes + 1 WHERE tenant = $1 AND version = $2 AND changes = $3 AND state = $4";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(i64::from(set.version))
            .bind(set.changes as i64)
            .bind(set.state.as_str())
            .bind(to.as_str())
            .bind(self.actor.id.clone())
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("put rules in use"))?;
        changed(done.rows_affected())?;
        self.tell_rules(&name, kind, to, &set.content).await
    }

    async fn tell_rules(
        &mut self,
        name: &str,
        kind: EventKind,
        state: RuleSetState,
        content: &[u8],
    ) -> Result<()> {
        let proof = self.vault.rules_proof(state, content);
        self.append(Event::new(kind).subject(name).detail(state.as_str()).content(proof)).await?;
        Ok(())
    }

    async fn rules_key(&mut self, name: &str) -> Result<crate::key::Secret> {
        let version: i64 = name.parse().unwrap_or(0);
        let tenant = self.t();
        let row = sqlx::query("SELECT dek FROM rule_set WHERE tenant = $1 AND version = $2")
            .bind(tenant)
            .bind(version)
            .fetch_optional(self.conn())
            .await
            .map_err(db("read rules"))?;
        self.vault.dek(&row.ok_or_else(|| not_found(name))?, "rule_set", name)
    }
}

fn check_size(content: &[u8]) -> Result<()> {
    match content.len() {
        0..=LARGEST => Ok(()),
        _ => Err(VaultError::Limit { what: "the rules", max: LARGEST as u64 }),
    }
}

fn changed(rows: u64) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(VaultError::Conflict { what: "the rules", why: GONE }),
    }
}

fn not_found(name: &str) -> VaultError {
    VaultError::NotFound { what: "set of rules", id: name.to_owned() }
}

impl Vault {
    /// Every set, newest first.
    pub async fn rule_sets(&self) -> Result<Vec<StoredRules>> {
        let select = "SELECT * FROM rule_set WHERE tenant = $1 ORDER BY version DESC";
        let rows = Query::new(select, &self.t()).fetch(&self.inner.db.readers, "list rules");
        rows.await?.iter().map(|r| self.rules_from_row(r)).collect()
    }

    /// The set of that number.
    pub async fn rule_set(&self, version: u32) -> Result<StoredRules> {
        let select = "SELECT * FROM rule_set WHERE tenant = $1 AND version = ";
        let mut q = Query::new(select, &self.t());
        q.number(version.into());
        let rows = q.fetch(&self.inner.db.readers, "read rules").await?;
        self.rules_from_row(rows.first().ok_or_else(|| not_found(&version.to_string()))?)
    }

    /// The set in that state, if there is one; the newest where several are retired.
    pub async fn rules_in(&self, state: RuleSetState) -> Result<Option<StoredRules>> {
        let select = "SELECT * FROM rule_set WHERE tenant = $1 AND state = ";
        let mut q = Query::new(select, &self.t());
        q.text(state.as_str()).push(" ORDER BY version DESC LIMIT 1");
        let rows = q.fetch(&self.inner.db.readers, "read rules").await?;
        rows.first().map(|r| self.rules_from_row(r)).transpose()
    }

    pub(crate) fn rules_from_row(&self, row: &AnyRow) -> Result<StoredRules> {
        let version: i64 = col(row, "version")?;
        let name = version.to_string();
        let dek = self.dek(row, "rule_set", &name)?;
        let sealed: Vec<u8> = col(row, "content")?;
        let content = self.unseal(&dek, ("rule_set", &name, "content"), &sealed)?;
        Ok(StoredRules {
            version: u32::try_from(version).unwrap_or(0),
            state: RuleSetState::parse(&col::<String>(row, "state")?)?,
            changes: u64::try_from(col::<i64>(row, "changes")?).unwrap_or(0),
            created_by: col(row, "created_by")?,
            created_at: Instant(col(row, "created_at")?),
            decided_by: col(row, "decided_by")?,
            decided_at: col::<Option<i64>>(row, "decided_at")?.map(Instant),
            content: Private(content.to_vec()),
        })
    }

    pub(crate) fn rules_proof(&self, state: RuleSetState, content: &[u8]) -> String {
        self.fingerprint("rule-set", &[state.as_str().as_bytes(), content])
    }
}
