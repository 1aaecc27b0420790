//! Opening a vault: settings, key, database, tenant.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use relu_record::{Actor, Instant, TenantId};
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use crate::blob::Blobs;
use crate::db::{Db, Dialect, col};
use crate::error::{Result, VaultError, io};
use crate::head::{HeadFile, LedgerHead};
use crate::key::{self, Keys, RunningMac, Secret, hex};
use crate::seal::{self, Place};
use crate::tx::Tx;

/// Where a vault lies.
#[derive(Clone, Debug)]
pub struct VaultSettings {
    /// Folder of blobs, of the ledger's head and, without `database_url`, of the SQLite file.
    pub data_dir: PathBuf,
    /// The master key; see [`crate::default_key_path`].
    pub key_file: PathBuf,
    /// `postgres://…`, or nothing for SQLite in the data folder.
    pub database_url: Option<String>,
    /// Whether folder, key and tenant may be made when nothing is there yet.
    pub create: bool,
}

/// An open vault. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Vault {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) db: Db,
    pub(crate) keys: Arc<Keys>,
    pub(crate) tenant: TenantId,
    pub(crate) blobs: Blobs,
    pub(crate) head_file: HeadFile,
    pub(crate) ids: Ids,
    pub(crate) data_dir: PathBuf,
}

impl Vault {
    /// Opens the vault of these settings; makes it first when nothing is there and they allow it.
    pub async fn open(settings: VaultSettings, now: Instant) -> Result<Vault> {
        let dir = &settings.data_dir;
        if settings.create {
            make_private_folder(dir)?;
        } else if !dir.is_dir() {
            return Err(VaultError::NotFound { what: "vault", id: dir.display().to_string() });
        }
        let db = Db::open(dir, settings.database_url.as_deref(), settings.create).await?;
        let (keys, tenant) = match find_tenant(&db, &settings).await? {
            Some(found) => found,
            None => make_tenant(&db, &settings, now).await?,
        };
        let keys = Arc::new(keys);
        let blobs = Blobs::open(dir, Arc::from(tenant.0.as_str()), Arc::clone(&keys))?;
        let head_file = HeadFile::new(dir);
        let ids = Ids::default();
        let data_dir = dir.clone();
        let inner = Inner { db, keys, tenant, blobs, head_file, ids, data_dir };
        let vault = Vault { inner: Arc::new(inner) };
        vault.begin_ledger().await?;
        Ok(vault)
    }

    /// The legal entity whose data this is.
    pub fn tenant(&self) -> &TenantId {
        &self.inner.tenant
    }

    /// Which database holds it.
    pub fn dialect(&self) -> Dialect {
        self.inner.db.dialect
    }

    /// The blobs, to be written to before the transaction that tells of them.
    pub fn blobs(&self) -> &Blobs {
        &self.inner.blobs
    }

    /// Begins an act of `actor` at `now`: everything in it is committed together or not at all.
    /// Acts come one after the other; keep nothing slow inside.
    pub async fn begin(&self, actor: &Actor, now: Instant) -> Result<Tx> {
        Ok(Tx::new(self.clone(), self.inner.db.begin().await?, actor.clone(), now))
    }

    /// Closes every connection; on SQLite this also folds the write-ahead log in.
    pub async fn close(&self) {
        self.inner.db.close().await;
    }

    pub(crate) fn t(&self) -> String {
        self.inner.tenant.0.clone()
    }

    pub(crate) fn search_folder(&self) -> PathBuf {
        self.inner.data_dir.join("search")
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    fn place<'a>(&'a self, table: &'a str, row: &'a str, column: &'a str) -> Place<'a> {
        Place { tenant: &self.inner.tenant.0, table, row, column }
    }

    /// Seals `content` for a column.
    pub(crate) fn seal(
        &self,
        key: &Secret,
        (table, row, column): (&str, &str, &str),
        content: &[u8],
    ) -> Result<Vec<u8>> {
        seal::seal(key, self.place(table, row, column), content)
    }

    /// Opens what [`Vault::seal`] sealed for the same column.
    pub(crate) fn unseal(
        &self,
        key: &Secret,
        (table, row, column): (&str, &str, &str),
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>> {
        seal::open(key, self.place(table, row, column), sealed).ok_or_else(|| {
            VaultError::integrity(format!("{table} {row} {column}"), "is not what was sealed")
        })
    }

    /// Seals a value as JSON.
    pub(crate) fn seal_json<T: serde::Serialize>(
        &self,
        key: &Secret,
        place: (&str, &str, &str),
        value: &T,
    ) -> Result<Vec<u8>> {
        let json = Zeroizing::new(to_json(value)?);
        self.seal(key, place, &json)
    }

    /// Opens a value sealed as JSON.
    pub(crate) fn unseal_json<T: serde::de::DeserializeOwned>(
        &self,
        key: &Secret,
        place: (&str, &str, &str),
        sealed: &[u8],
    ) -> Result<T> {
        from_json(&self.unseal(key, place, sealed)?, place.0)
    }

    /// A fresh data key, and the same wrapped for the column `dek` of that row.
    pub(crate) fn new_dek(&self, table: &str, row: &str) -> Result<(Secret, Vec<u8>)> {
        let dek = Secret::random()?;
        let wrapped = self.wrap(&dek, table, row)?;
        Ok((dek, wrapped))
    }

    pub(crate) fn wrap(&self, dek: &Secret, table: &str, row: &str) -> Result<Vec<u8>> {
        self.seal(&self.keys().kek, (table, row, "dek"), dek.bytes())
    }

    /// The data key in the column `dek` of a row; destroyed when there is none any more.
    pub(crate) fn dek(&self, row: &AnyRow, table: &'static str, id: &str) -> Result<Secret> {
        let wrapped: Option<Vec<u8>> = col(row, "dek")?;
        let gone = || VaultError::Destroyed { what: table, id: id.to_owned() };
        let bytes =
            self.unseal(&self.keys().kek, (table, id, "dek"), &wrapped.ok_or_else(gone)?)?;
        Secret::from_slice(&bytes)
            .ok_or_else(|| VaultError::integrity(format!("{table} {id} dek"), "has a wrong size"))
    }

    /// Keyed hash under which something is recognised again without being stored in clear.
    pub(crate) fn fingerprint(&self, kind: &str, parts: &[&[u8]]) -> String {
        let mut hash = self.running_fingerprint(kind);
        parts.iter().for_each(|part| hash.part(part));
        hash.hex()
    }

    /// The same, of parts that come one after the other.
    pub(crate) fn running_fingerprint(&self, kind: &str) -> RunningMac {
        self.keys().fingerprint.running_mac(&[self.inner.tenant.0.as_bytes(), kind.as_bytes()])
    }
}

pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>> {
    serde_json::to_vec(value)
        .map_err(|_| VaultError::Conflict { what: "a value to store", why: "has no JSON form" })
}

pub(crate) fn from_json<T: serde::de::DeserializeOwned>(json: &[u8], what: &str) -> Result<T> {
    // The parser's message may quote content: it is left out.
    serde_json::from_slice(json)
        .map_err(|_| VaultError::integrity(what, "holds a value of another version"))
}

/// Makes ids: UUIDv7 (RFC 9562) with a counter behind the milliseconds, so that ids made here sort
/// in the order in which they were made, also within one act.
#[derive(Debug, Default)]
pub(crate) struct Ids(Mutex<(i64, u32)>);

impl Ids {
    pub(crate) fn next(&self, now: Instant) -> Result<String> {
        let n = {
            let mut last = self.0.lock().unwrap_or_else(|e| e.into_inner());
            *last = if last.0 == now.0 { (now.0, last.1.wrapping_add(1)) } else { (now.0, 0) };
            last.1
        };
        // 26 bits of counter around the version and variant bits, then 48 random ones.
        let mut tail = [0; 10];
        key::fill_random(&mut tail[4..])?;
        tail[0] = (n >> 22) as u8 & 0x0f;
        tail[1] = (n >> 14) as u8;
        tail[2] = (n >> 8) as u8 & 0x3f;
        tail[3] = n as u8;
        let millis = u64::try_from(now.0).unwrap_or(0);
        Ok(uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid().to_string())
    }
}

fn make_private_folder(dir: &std::path::Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir);
    made.map_err(io("create the data folder", dir))
}

// The tenant of the database to which the key belongs; nothing when the database is new.
async fn find_tenant(db: &Db, settings: &VaultSettings) -> Result<Option<(Keys, TenantId)>> {
    let rows = sqlx::query("SELECT id, key_check FROM tenant")
        .fetch_all(&db.readers)
        .await
        .map_err(crate::error::db("read the tenants"))?;
    if rows.is_empty() {
        return Ok(None);
    }
    let keys = Keys::derive(&key::read(&settings.key_file, &settings.data_dir)?);
    for row in &rows {
        let id: String = col(row, "id")?;
        if keys.check.mac_is(&[id.as_bytes()], &col::<String>(row, "key_check")?) {
            return Ok(Some((keys, TenantId(id))));
        }
    }
    let why = "belongs to another vault";
    Err(VaultError::Key { path: settings.key_file.clone(), why })
}

async fn make_tenant(db: &Db, settings: &VaultSettings, now: Instant) -> Result<(Keys, TenantId)> {
    if !settings.create {
        let id = settings.data_dir.display().to_string();
        return Err(VaultError::NotFound { what: "vault", id });
    }
    let master = match settings.key_file.exists() {
        true => key::read(&settings.key_file, &settings.data_dir)?,
        false => key::create(&settings.key_file, &settings.data_dir)?,
    };
    let keys = Keys::derive(&master);
    let id = Ids::default().next(now)?;
    let op = crate::error::db("record the tenant");
    let mut tx = db.begin().await?;
    let head = LedgerHead::first(&id, now);
    sqlx::query("INSERT INTO tenant (id, key_check, created_at) VALUES ($1, $2, $3)")
        .bind(id.clone())
        .bind(hex(&keys.check.mac(&[id.as_bytes()])))
        .bind(now.0)
        .execute(&mut *tx)
        .await
        .map_err(&op)?;
    sqlx::query("INSERT INTO ledger_head (tenant, seq, mac, at, seal) VALUES ($1, $2, $3, $4, $5)")
        .bind(id.clone())
        .bind(head.seq as i64)
        .bind(head.mac.clone())
        .bind(head.at.0)
        .bind(head.seal(&keys.ledger))
        .execute(&mut *tx)
        .await
        .map_err(&op)?;
    tx.commit().await.map_err(&op)?;
    Ok((keys, TenantId(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_as_they_were_made() {
        let ids = Ids::default();
        let mut made = Vec::new();
        for now in [5, 6, 7] {
            made.extend((0..20_000).map(|_| ids.next(Instant(now)).unwrap()));
        }
        assert!(made.is_sorted_by(|a, b| a < b));
        let id = uuid::Uuid::parse_str(&made[0]).unwrap();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
    }
}
