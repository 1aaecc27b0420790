//! Errors of the use cases. Each names the operation, the cause and a hint, in French because a
//! person reads them, and never carries text of a document.

/// The few kinds of failure; mapped once to an exit code and an HTTP status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request itself is wrong.
    User,
    /// The role does not allow it.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// Somebody else changed it meanwhile, or it was already done.
    Conflict,
    /// The settings are wrong.
    Config,
    /// Stored data does not verify.
    Integrity,
    /// Something of ours failed.
    Internal,
}

impl ErrorKind {
    /// Exit code of the command line (1: some inputs were refused; 2: usage or settings).
    pub fn exit_code(self) -> u8 {
        match self {
            ErrorKind::User | ErrorKind::Config => 2,
            _ => 1,
        }
    }

    /// HTTP status.
    pub fn http_status(self) -> u16 {
        match self {
            ErrorKind::User => 422,
            ErrorKind::Forbidden => 403,
            ErrorKind::NotFound => 404,
            ErrorKind::Conflict => 409,
            ErrorKind::Config | ErrorKind::Integrity | ErrorKind::Internal => 500,
        }
    }
}

/// A failed use case.
#[derive(Debug, thiserror::Error)]
#[error("{operation} : {cause}{}{hint}", if hint.is_empty() { "" } else { " — " })]
pub struct DeskError {
    /// Kind.
    pub kind: ErrorKind,
    /// What was being done, in French.
    pub operation: &'static str,
    /// Why it failed.
    pub cause: String,
    /// What to try.
    pub hint: String,
}

impl DeskError {
    /// An error without a hint.
    pub fn new(kind: ErrorKind, operation: &'static str, cause: impl Into<String>) -> DeskError {
        DeskError { kind, operation, cause: cause.into(), hint: String::new() }
    }

    /// The same with what to try.
    pub fn hint(mut self, hint: &str) -> DeskError {
        self.hint = hint.to_owned();
        self
    }
}

impl From<relu_vault::VaultError> for DeskError {
    fn from(e: relu_vault::VaultError) -> DeskError {
        use relu_vault::VaultError as V;
        let kind = match &e {
            V::NotFound { .. } | V::Destroyed { .. } => ErrorKind::NotFound,
            V::Conflict { .. } => ErrorKind::Conflict,
            V::Key { .. } => ErrorKind::Config,
            V::Integrity { .. } => ErrorKind::Integrity,
            V::Limit { .. } => ErrorKind::User,
            V::Database { .. } | V::Io { .. } => ErrorKind::Internal,
        };
        DeskError::new(kind, "coffre", e.to_string())
    }
}
