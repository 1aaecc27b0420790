//! Accounts and sessions. Passwords are hashed by the caller; sessions are kept under the hash of
//! their token, so that a stolen database opens no page.

use relu_record::{Actor, Instant, Role};
use relu_vault::{Account, AccountId, Event, EventKind, NewAccount};

use super::{Desk, Result};
use crate::view::AccountView;
use crate::{DeskError, ErrorKind};

impl Desk {
    /// Whether anybody can sign in; when not, the first page creates the administrator.
    pub async fn has_accounts(&self) -> Result<bool> {
        Ok(!self.vault().accounts().await?.is_empty())
    }

    /// Creates an account; `by` is `None` only for the very first, which is an administrator.
    pub async fn create_account(
        &self,
        by: Option<&Actor>,
        login: &str,
        name: &str,
        role: Role,
        password_hash: &str,
    ) -> Result<AccountView> {
        let operation = "création de compte";
        let allowed = match by {
            None => role == Role::Administrateur && !self.has_accounts().await?,
            Some(who) => who.role.is_some_and(Role::may_administer),
        };
        if !allowed {
            return Err(DeskError::new(
                ErrorKind::Forbidden,
                operation,
                "réservée à l'administrateur",
            ));
        }
        let login = login.trim();
        if login.is_empty() || login.len() > 64 || login.chars().any(char::is_whitespace) {
            return Err(DeskError::new(
                ErrorKind::User,
                operation,
                "l'identifiant est vide, trop long ou contient un espace",
            ));
        }
        let new = NewAccount {
            login: login.to_owned(),
            name: name.trim().into(),
            role,
            password_hash: password_hash.to_owned(),
        };
        let first = Actor::system("desk");
        let mut tx = self.begin(by.unwrap_or(&first)).await?;
        let id = tx.create_account(&new).await?;
        tx.commit().await?;
        Ok(AccountView { id: id.0, login: new.login, name: new.name.0, role })
    }

    /// The account of that sign-in name with its argon2 hash.
    pub async fn account_for_sign_in(&self, login: &str) -> Result<Option<(AccountView, String)>> {
        let found = self.vault().account_by_login(login.trim()).await?;
        Ok(found.filter(|a| a.active).map(|a| {
            let hash = a.password_hash.clone();
            (view(a), hash)
        }))
    }

    /// All accounts, for the administrator.
    pub async fn accounts(&self) -> Result<Vec<AccountView>> {
        Ok(self.vault().accounts().await?.into_iter().map(view).collect())
    }

    /// Opens a session under the hash of its token, and says so in the ledger.
    pub async fn open_session(
        &self,
        account: &AccountView,
        token_hash: &[u8; 32],
        expires: Instant,
    ) -> Result<()> {
        let mut tx = self.begin(&account.actor()).await?;
        tx.open_session(&AccountId(account.id.clone()), &hex(token_hash), expires).await?;
        Ok(tx.commit().await?)
    }

    /// The account of a session that has not expired.
    pub async fn session(&self, token_hash: &[u8; 32]) -> Result<Option<AccountView>> {
        let found = self.vault().session(&hex(token_hash), self.now()).await?;
        Ok(found.map(|s| view(s.account)))
    }

    /// Closes a session.
    pub async fn close_session(&self, token_hash: &[u8; 32]) -> Result<()> {
        let Some(account) = self.session(token_hash).await? else {
            return Ok(());
        };
        let mut tx = self.begin(&account.actor()).await?;
        tx.close_session(&hex(token_hash)).await?;
        Ok(tx.commit().await?)
    }

    /// Counts a failed sign-in in the ledger, without the name that was typed.
    pub async fn refuse_sign_in(&self, _login: &str) -> Result<()> {
        let mut tx = self.begin(&Actor::system("desk")).await?;
        tx.append(Event::new(EventKind::SignInRefused)).await?;
        Ok(tx.commit().await?)
    }

    /// Name on the screen of whoever acted.
    pub(super) async fn names(&self) -> Result<Names> {
        let accounts = self.vault().accounts().await?;
        Ok(Names(accounts.into_iter().map(|a| (a.id.0, a.name.0)).collect()))
    }
}

/// Names on the screen by actor id.
pub(super) struct Names(std::collections::BTreeMap<String, String>);

impl Names {
    pub(super) fn of(&self, actor: &Actor) -> String {
        self.of_id(&actor.id)
    }

    pub(super) fn of_id(&self, id: &str) -> String {
        self.0.get(id).cloned().unwrap_or_else(|| {
            let part = id.split('-').next().unwrap_or_default();
            crate::texts::text("actor", part)
        })
    }
}

fn view(a: Account) -> AccountView {
    AccountView { id: a.id.0, login: a.login, name: a.name.0, role: a.role }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
