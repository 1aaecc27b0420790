//! Accounts of the people who work here, and their sessions.
//!
//! A session is found by a keyed hash of its random token: the database alone opens no session.

use relu_record::{Instant, Private, Role};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::Vault;

/// Identifier of an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountId(pub String);

/// An account to make or to replace.
#[derive(Clone, Debug)]
pub struct NewAccount {
    /// What the person types to sign in; case does not matter.
    pub login: String,
    /// Name on the screen.
    pub name: Private,
    /// What they may do.
    pub role: Role,
    /// Argon2 hash of the password in PHC form, made by the caller.
    pub password_hash: String,
}

/// An account as stored.
#[derive(Clone)]
pub struct Account {
    /// Its id.
    pub id: AccountId,
    /// What the person types to sign in.
    pub login: String,
    /// Name on the screen.
    pub name: Private,
    /// What they may do.
    pub role: Role,
    /// Whether they may sign in.
    pub active: bool,
    /// Argon2 hash in PHC form.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Instant,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Account({}, {})", self.id.0, self.role.as_str())
    }
}

/// A session as stored, with its account.
#[derive(Clone, Debug)]
pub struct Session {
    /// Who.
    pub account: Account,
    /// Since when.
    pub created_at: Instant,
    /// Until when.
    pub expires_at: Instant,
}

#[derive(Serialize, Deserialize)]
struct Details {
    login: String,
    name: Private,
    password_hash: String,
    // The columns beside are for queries: who edits them in the database gains nothing unseen.
    role: Role,
    active: bool,
}

impl Tx {
    /// Makes an account; `Conflict` when the login is taken.
    pub async fn create_account(&mut self, new: &NewAccount) -> Result<AccountId> {
        let (tenant, id) = (self.t(), self.new_id()?);
        let sealed = self.seal_account(&id, new, true)?;
        let insert = "INSERT INTO account (tenant, id, login_token, role, active, created_at, details) \
             VALUES ($1, $2, $3, $4, 1, $5, $6) ON CONFLICT DO NOTHING";
        let done = sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(self.vault.login_token(&new.login))
            .bind(new.role.as_str())
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("make an account"))?;
        if done.rows_affected() == 0 {
            return Err(VaultError::Conflict { what: "the account", why: "this login is taken" });
        }
        let event = Event::new(EventKind::AccountCreated).subject(id.clone());
        self.append(event.detail(new.role.as_str())).await?;
        Ok(AccountId(id))
    }

    /// Replaces an account's login, name, role and password, and says whether it may sign in.
    /// Its sessions end.
    pub async fn change_account(
        &mut self,
        id: &AccountId,
        new: &NewAccount,
        active: bool,
    ) -> Result<()> {
        let (tenant, op) = (self.t(), db("change an account"));
        let sealed = self.seal_account(&id.0, new, active)?;
        let update = "UPDATE account SET login_token = $3, role = $4, active = $5, details = $6 \
             WHERE tenant = $1 AND id = $2";
        let done = sqlx::query(update)
            .bind(tenant.clone())
            .bind(id.0.clone())
            .bind(self.vault.login_token(&new.login))
            .bind(new.role.as_str())
            .bind(i64::from(active))
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        if done.rows_affected() == 0 {
            return Err(VaultError::NotFound { what: "account", id: id.0.clone() });
        }
        sqlx::query("DELETE FROM session WHERE tenant = $1 AND account = $2")
            .bind(tenant)
            .bind(id.0.clone())
            .execute(self.conn())
            .await
            .map_err(&op)?;
        let event = Event::new(EventKind::AccountChanged).subject(id.0.clone());
        self.append(event.detail(if active { new.role.as_str() } else { "inactive" })).await?;
        Ok(())
    }

    fn seal_account(&self, id: &str, new: &NewAccount, active: bool) -> Result<Vec<u8>> {
        let details = Details {
            login: new.login.clone(),
            name: new.name.clone(),
            password_hash: new.password_hash.clone(),
            role: new.role,
            active,
        };
        self.vault.seal_json(&self.vault.keys().house, ("account", id, "details"), &details)
    }

    /// Opens a session under a random token made by the caller. Expired ones are forgotten.
    pub async fn open_session(
        &mut self,
        account: &AccountId,
        token: &str,
        expires_at: Instant,
    ) -> Result<()> {
        let (tenant, op) = (self.t(), db("open a session"));
        sqlx::query("DELETE FROM session WHERE tenant = $1 AND expires_at <= $2")
            .bind(tenant.clone())
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        let insert = "INSERT INTO session (tenant, session_token, account, created_at, expires_at) \
             VALUES ($1, $2, $3, $4, $5)";
        sqlx::query(insert)
            .bind(tenant)
            .bind(self.vault.session_token(token))
            .bind(account.0.clone())
            .bind(self.now.0)
            .bind(expires_at.0)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        self.append(Event::new(EventKind::SignedIn).subject(account.0.clone())).await?;
        Ok(())
    }

    /// Ends a session; one that is not there is no fault.
    pub async fn close_session(&mut self, token: &str) -> Result<()> {
        let tenant = self.t();
        let delete =
            "DELETE FROM session WHERE tenant = $1 AND session_token = $2 RETURNING account";
        let row = sqlx::query(delete)
            .bind(tenant)
            .bind(self.vault.session_token(token))
            .fetch_optional(self.conn())
            .await
            .map_err(db("close a session"))?;
        if let Some(row) = row {
            let account: String = col(&row, "account")?;
            self.append(Event::new(EventKind::SignedOut).subject(account)).await?;
        }
        Ok(())
    }
}

impl Vault {
    /// The account of that id.
    pub async fn account(&self, id: &AccountId) -> Result<Account> {
        let mut q = Query::new("SELECT * FROM account WHERE tenant = $1 AND id = ", &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read an account").await?;
        let none = || VaultError::NotFound { what: "account", id: id.0.clone() };
        self.account_from_row(rows.first().ok_or_else(none)?)
    }

    /// The account of that login, active or not.
    pub async fn account_by_login(&self, login: &str) -> Result<Option<Account>> {
        let mut q =
            Query::new("SELECT * FROM account WHERE tenant = $1 AND login_token = ", &self.t());
        q.text(&self.login_token(login));
        let rows = q.fetch(&self.inner.db.readers, "read an account").await?;
        rows.first().map(|r| self.account_from_row(r)).transpose()
    }

    /// Every account, oldest first.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        let q = Query::new("SELECT * FROM account WHERE tenant = $1 ORDER BY id", &self.t());
        let rows = q.fetch(&self.inner.db.readers, "list accounts").await?;
        rows.iter().map(|r| self.account_from_row(r)).collect()
    }

    /// The session of that token, when it has not expired and its account is active.
    pub async fn session(&self, token: &str, now: Instant) -> Result<Option<Session>> {
        let select = "SELECT a.*, s.created_at AS since, s.expires_at FROM session s JOIN account a \
             ON a.tenant = s.tenant AND a.id = s.account \
             WHERE s.tenant = $1 AND a.active = 1 AND s.session_token = ";
        let mut q = Query::new(select, &self.t());
        q.text(&self.session_token(token)).push(" AND s.expires_at > ").number(now.0);
        let rows = q.fetch(&self.inner.db.readers, "read a session").await?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Session {
            account: self.account_from_row(row)?,
            created_at: Instant(col(row, "since")?),
            expires_at: Instant(col(row, "expires_at")?),
        }))
    }

    pub(crate) fn account_from_row(&self, row: &AnyRow) -> Result<Account> {
        let id: String = col(row, "id")?;
        let sealed: Vec<u8> = col(row, "details")?;
        let place = ("account", id.as_str(), "details");
        let details: Details = self.unseal_json(&self.keys().house, place, &sealed)?;
        let columns = (col::<String>(row, "role")?, col::<i64>(row, "active")?);
        if columns != (details.role.as_str().to_owned(), i64::from(details.active)) {
            let why = "role or activity is not what was set here";
            return Err(VaultError::integrity(format!("account {id}"), why));
        }
        Ok(Account {
            login: details.login,
            name: details.name,
            role: details.role,
            active: details.active,
            password_hash: details.password_hash,
            created_at: Instant(col(row, "created_at")?),
            id: AccountId(id),
        })
    }

    fn login_token(&self, login: &str) -> String {
        self.fingerprint("login", &[login.trim().to_lowercase().as_bytes()])
    }

    fn session_token(&self, token: &str) -> String {
        self.fingerprint("session", &[token.as_bytes()])
    }
}
