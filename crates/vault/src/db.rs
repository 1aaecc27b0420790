//! The database: one set of SQL texts for SQLite and PostgreSQL, through sqlx's `Any` driver, with
//! `$1…` placeholders and the types TEXT, BIGINT and BYTEA only. `$1` is always the tenant.
//!
//! One connection writes, so that transactions of this process come one after the other; a few
//! others read. Only three things differ between the two databases: how a transaction begins, how
//! a job is claimed, and that SQLite is told which index leads to a version of the record (beside
//! the settings of a connection).

use std::path::Path;
use std::time::Duration;

use sqlx::any::{AnyPoolOptions, AnyRow};
use sqlx::{Any, AnyConnection, AnyPool, Row, Transaction};

use crate::error::{Result, VaultError, db};

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, one file.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

impl Dialect {
    /// Names the index to walk, after a table's name. Without statistics SQLite takes every
    /// `tenant = $1` for ten rows, and would rather read a whole table kept in the order of its key.
    pub(crate) fn by_index(self, indexed_by: &'static str) -> &'static str {
        match self {
            Dialect::Sqlite => indexed_by,
            Dialect::Postgres => "",
        }
    }
}

const MIGRATIONS: &[(i64, &str)] = &[
    (1, include_str!("../migrations/0001_initial.sql")),
    (2, include_str!("../migrations/0002_exports.sql")),
    (3, include_str!("../migrations/0003_patients.sql")),
    (4, include_str!("../migrations/0004_deliveries.sql")),
    (5, include_str!("../migrations/0005_resources.sql")),
    (6, include_str!("../migrations/0006_search.sql")),
    (7, include_str!("../migrations/0007_routing.sql")),
    (8, include_str!("../migrations/0008_shown_documents.sql")),
    (9, include_str!("../migrations/0009_masked_documents.sql")),
    (10, include_str!("../migrations/0010_prints.sql")),
];

/// Marks in a migration what only SQLite is told.
const SQLITE_ONLY: &str = "/* sqlite: WITHOUT ROWID */";

#[derive(Clone, Debug)]
pub(crate) struct Db {
    pub(crate) dialect: Dialect,
    pub(crate) readers: AnyPool,
    writer: AnyPool,
}

impl Db {
    /// Connects to `url`, or to the SQLite file of the data folder, and brings the schema up to
    /// date.
    pub(crate) async fn open(data_dir: &Path, url: Option<&str>, create: bool) -> Result<Db> {
        sqlx::any::install_default_drivers();
        let (dialect, url) = match url {
            Some(url) if url.starts_with("postgres:") || url.starts_with("postgresql:") => {
                (Dialect::Postgres, url.to_owned())
            }
            Some(url) if url.starts_with("sqlite:") => (Dialect::Sqlite, url.to_owned()),
            Some(_) => {
                return Err(VaultError::Conflict {
                    what: "database address",
                    why: "must begin with postgres: or sqlite:",
                });
            }
            None => (Dialect::Sqlite, sqlite_url(&data_dir.join("relu.sqlite"), create)?),
        };
        let writer = connect(dialect, &url, 1, false).await?;
        let db = Db { dialect, readers: connect(dialect, &url, 4, true).await?, writer };
        db.migrate().await?;
        Ok(db)
    }

    /// A transaction that may write. Rolls back when dropped.
    pub(crate) async fn begin(&self) -> Result<Transaction<'static, Any>> {
        let begin = match self.dialect {
            // Taking the lock at once avoids a dead lock between two readers that want to write.
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        self.writer.begin_with(begin).await.map_err(db("begin a transaction"))
    }

    /// A transaction that reads everything as it stands at one moment.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Any>> {
        let begin = match self.dialect {
            Dialect::Sqlite => "BEGIN",
            Dialect::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY",
        };
        self.readers.begin_with(begin).await.map_err(db("begin a snapshot"))
    }

    async fn migrate(&self) -> Result<()> {
        let run = db("migrate the database");
        let mut tx = self.begin().await?;
        let table = "CREATE TABLE IF NOT EXISTS schema_version \
                     (version BIGINT PRIMARY KEY, digest TEXT NOT NULL)";
        sqlx::query(table).execute(&mut *tx).await.map_err(&run)?;
        let done = sqlx::query("SELECT version, digest FROM schema_version ORDER BY version")
            .fetch_all(&mut *tx)
            .await
            .map_err(&run)?;
        for (i, (version, text)) in MIGRATIONS.iter().enumerate() {
            let digest = relu_record::Sha256Hex::of(text.as_bytes()).0;
            match done.get(i).map(|r| r.try_get::<String, _>("digest")).transpose().map_err(&run)? {
                Some(d) if d == digest => continue,
                Some(_) => {
                    return Err(VaultError::Conflict {
                        what: "database schema",
                        why: "was made by another build of this version",
                    });
                }
                None => {}
            }
            let own = match self.dialect {
                Dialect::Sqlite => text.replace(SQLITE_ONLY, "WITHOUT ROWID"),
                Dialect::Postgres => (*text).to_owned(),
            };
            // Only the migrations of this crate.
            sqlx::raw_sql(sqlx::AssertSqlSafe(own)).execute(&mut *tx).await.map_err(&run)?;
            sqlx::query("INSERT INTO schema_version (version, digest) VALUES ($1, $2)")
                .bind(*version)
                .bind(digest)
                .execute(&mut *tx)
                .await
                .map_err(&run)?;
        }
        if done.len() > MIGRATIONS.len() {
            return Err(VaultError::Conflict {
                what: "database schema",
                why: "is newer than this program; install the newer version",
            });
        }
        tx.commit().await.map_err(&run)
    }

    /// Empties what SQLite keeps beside the file, so that nothing deleted lingers there.
    pub(crate) async fn checkpoint(&self) -> Result<()> {
        if self.dialect == Dialect::Sqlite {
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                .execute(&self.writer)
                .await
                .map_err(db("checkpoint"))?;
        }
        Ok(())
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

async fn connect(dialect: Dialect, url: &str, size: u32, read_only: bool) -> Result<AnyPool> {
    AnyPoolOptions::new()
        .max_connections(size)
        .acquire_timeout(Duration::from_secs(60))
        .after_connect(move |conn, _| Box::pin(prepare(conn, dialect, read_only)))
        .connect(url)
        .await
        .map_err(db("connect to the database"))
}

async fn prepare(
    conn: &mut AnyConnection,
    dialect: Dialect,
    read_only: bool,
) -> Result<(), sqlx::Error> {
    let settings: &[&'static str] = match dialect {
        Dialect::Sqlite => &[
            "PRAGMA busy_timeout = 30000",
            "PRAGMA journal_mode = WAL",
            "PRAGMA synchronous = FULL",
            "PRAGMA foreign_keys = ON",
            // Destroyed keys are overwritten, not only unlinked.
            "PRAGMA secure_delete = ON",
            // The record's tokens lie in many places: what is written often stays in memory (the
            // one that writes: 256 MiB, each that reads: 64 MiB), and goes to the main file together
            // (pages of 4 KiB: 64 MiB).
            if read_only { "PRAGMA cache_size = -65536" } else { "PRAGMA cache_size = -262144" },
            "PRAGMA wal_autocheckpoint = 16384",
        ],
        Dialect::Postgres => &["SET synchronous_commit = on"],
    };
    for text in settings {
        sqlx::raw_sql(*text).execute(&mut *conn).await?;
    }
    let read_only_text = match dialect {
        Dialect::Sqlite => "PRAGMA query_only = ON",
        Dialect::Postgres => "SET default_transaction_read_only = on",
    };
    if read_only {
        sqlx::raw_sql(read_only_text).execute(&mut *conn).await?;
    }
    Ok(())
}

fn sqlite_url(path: &Path, create: bool) -> Result<String> {
    use std::fmt::Write;
    let text = path
        .to_str()
        .ok_or(VaultError::Conflict { what: "data folder", why: "its path must be UTF-8 text" })?;
    let mut url = String::from("sqlite://");
    for b in text.bytes() {
        match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                url.push(b.into())
            }
            // Writing to a string cannot fail.
            _ => _ = write!(url, "%{b:02X}"),
        }
    }
    url.push_str(if create { "?mode=rwc" } else { "?mode=rw" });
    Ok(url)
}

/// A query put together from parts written in this crate; values are always bound.
pub(crate) struct Query {
    text: String,
    args: Vec<Arg>,
}

enum Arg {
    Text(String),
    Number(i64),
}

impl Query {
    /// Begins with `text`, in which `$1` is the tenant.
    pub(crate) fn new(text: &'static str, tenant: &str) -> Query {
        Query { text: text.to_owned(), args: vec![Arg::Text(tenant.to_owned())] }
    }

    /// Adds text; values come with [`Query::text`] and [`Query::number`].
    pub(crate) fn push(&mut self, text: &'static str) -> &mut Query {
        self.text.push_str(text);
        self
    }

    /// Adds the placeholder of a text.
    pub(crate) fn text(&mut self, value: &str) -> &mut Query {
        self.bind(Arg::Text(value.to_owned()))
    }

    /// Adds the placeholder of a number.
    pub(crate) fn number(&mut self, value: i64) -> &mut Query {
        self.bind(Arg::Number(value))
    }

    /// Adds the placeholders of several texts, separated by commas.
    pub(crate) fn texts<'a>(&mut self, values: impl IntoIterator<Item = &'a str>) -> &mut Query {
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            self.text(value);
        }
        self
    }

    fn bind(&mut self, arg: Arg) -> &mut Query {
        self.args.push(arg);
        self.text.push('$');
        self.text.push_str(&self.args.len().to_string());
        self
    }

    /// Adds the placeholders of several numbers, separated by commas.
    pub(crate) fn numbers(&mut self, values: impl IntoIterator<Item = i64>) -> &mut Query {
        for (i, value) in values.into_iter().enumerate() {
            if i > 0 {
                self.text.push_str(", ");
            }
            self.number(value);
        }
        self
    }

    /// All rows.
    pub(crate) async fn fetch<'e, E>(self, on: E, op: &'static str) -> Result<Vec<AnyRow>>
    where
        E: sqlx::Executor<'e, Database = Any>,
    {
        // Only literals of this crate and placeholders go into the text.
        let mut query = sqlx::query(sqlx::AssertSqlSafe(self.text));
        for arg in self.args {
            query = match arg {
                Arg::Text(t) => query.bind(t),
                Arg::Number(n) => query.bind(n),
            };
        }
        query.fetch_all(on).await.map_err(db(op))
    }
}

/// Reads a column, naming the operation should it not be what was expected.
pub(crate) fn col<'r, T>(row: &'r AnyRow, name: &'static str) -> Result<T>
where
    T: sqlx::Decode<'r, Any> + sqlx::Type<Any>,
{
    row.try_get(name).map_err(db("read a column"))
}
