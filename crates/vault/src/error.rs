//! What can go wrong in the vault: seven kinds, each naming the operation, the cause and, where
//! there is one, what to do. No message carries patient text: only ids, codes and file paths of the
//! vault itself.

use std::path::{Path, PathBuf};

/// An operation of the vault that did not happen.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The thing asked for is not there.
    #[error("{what} {id} does not exist")]
    NotFound {
        /// Kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// Somebody else was faster, or the act does not fit what is stored.
    #[error("{what}: {why}")]
    Conflict {
        /// What was being changed.
        what: &'static str,
        /// Why it cannot be.
        why: &'static str,
    },
    /// The key file is missing, too open, damaged or another vault's.
    #[error("key file {path}: {why}")]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong and what to do.
        why: &'static str,
    },
    /// Stored data does not carry the proof that it is what was stored.
    #[error("{what}: {why}")]
    Integrity {
        /// Which thing.
        what: String,
        /// What does not hold.
        why: &'static str,
    },
    /// The data was destroyed on purpose (retention, law).
    #[error("{what} {id} was destroyed and its key with it")]
    Destroyed {
        /// Kind of thing.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// The database refused or could not be reached.
    #[error("{op}: {source}")]
    Database {
        /// The operation.
        op: &'static str,
        /// The cause.
        source: sqlx::Error,
    },
    /// A file could not be read or written.
    #[error("{op} {path}: {source}")]
    Io {
        /// The operation.
        op: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Larger than what is accepted.
    #[error("{what} is larger than {max} bytes")]
    Limit {
        /// What is too large.
        what: &'static str,
        /// The limit in bytes.
        max: u64,
    },
}

/// Result of an operation of the vault.
pub type Result<T, E = VaultError> = std::result::Result<T, E>;

impl VaultError {
    pub(crate) fn integrity(what: impl Into<String>, why: &'static str) -> VaultError {
        VaultError::Integrity { what: what.into(), why }
    }
}

/// Turns a database error into ours: `.map_err(db("insert document"))`.
pub(crate) fn db(op: &'static str) -> impl Fn(sqlx::Error) -> VaultError {
    move |source| VaultError::Database { op, source }
}

/// Turns a file error into ours: `.map_err(io("write", path))`.
pub(crate) fn io(op: &'static str, path: &Path) -> impl Fn(std::io::Error) -> VaultError {
    let path = path.to_owned();
    move |source| VaultError::Io { op, path: path.clone(), source }
}
