//! What is told to a program: an OperationOutcome with a code of FHIR and a sentence that names the
//! operation, the cause and a hint, never the content of a resource.

use crate::{DeskError, ErrorKind};

use super::json::Json;

/// A request that cannot be answered as asked.
#[derive(Clone, Debug)]
pub struct FhirError {
    /// HTTP status.
    pub status: u16,
    /// Code of `issue-type`.
    pub code: &'static str,
    /// What happened, in English: programs read it.
    pub text: String,
}

/// Result of a step.
pub type Result<T> = std::result::Result<T, FhirError>;

impl FhirError {
    /// An error of that status.
    pub fn new(status: u16, code: &'static str, text: impl Into<String>) -> FhirError {
        FhirError { status, code, text: text.into() }
    }

    /// The request cannot be understood.
    pub fn bad(text: impl Into<String>) -> FhirError {
        FhirError::new(400, "invalid", text)
    }

    /// The resource is understood and refused.
    pub fn refused(code: &'static str, text: impl Into<String>) -> FhirError {
        FhirError::new(422, code, text)
    }

    /// The role does not allow it.
    pub fn forbidden(text: impl Into<String>) -> FhirError {
        FhirError::new(403, "forbidden", text)
    }

    /// There is no such resource, or none that may be seen.
    pub fn unknown() -> FhirError {
        FhirError::new(404, "not-found", "no such resource")
    }

    /// The OperationOutcome.
    pub fn outcome(&self) -> Json {
        outcome("error", self.code, &self.text)
    }
}

/// An OperationOutcome of one issue.
pub fn outcome(severity: &str, code: &str, text: &str) -> Json {
    let issue = Json::object([
        ("severity", Json::text(severity)),
        ("code", Json::text(code)),
        ("diagnostics", Json::text(text)),
    ]);
    Json::object([
        ("resourceType", Json::text("OperationOutcome")),
        ("issue", Json::List(vec![issue])),
    ])
}

impl From<relu_vault::VaultError> for FhirError {
    fn from(error: relu_vault::VaultError) -> FhirError {
        use relu_vault::VaultError as V;
        match &error {
            V::NotFound { what: "patient", .. } => FhirError::refused(
                "business-rule",
                "the patient referred to is not known here; create the Patient first",
            ),
            V::NotFound { .. } => FhirError::unknown(),
            V::Destroyed { .. } => FhirError::new(410, "deleted", "destroyed with its key"),
            V::Conflict { .. } => FhirError::new(409, "conflict", error.to_string()),
            V::Limit { .. } => FhirError::new(413, "too-long", error.to_string()),
            V::Key { .. } | V::Integrity { .. } | V::Database { .. } | V::Io { .. } => {
                tracing::error!(%error, "a request on the record failed");
                FhirError::new(500, "exception", "the record cannot answer now; see the log")
            }
        }
    }
}

impl From<DeskError> for FhirError {
    fn from(error: DeskError) -> FhirError {
        let code = match error.kind {
            ErrorKind::Forbidden => "forbidden",
            ErrorKind::NotFound => "not-found",
            ErrorKind::Conflict => "conflict",
            ErrorKind::User => "invalid",
            _ => "exception",
        };
        FhirError::new(error.kind.http_status(), code, error.to_string())
    }
}
