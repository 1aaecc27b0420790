//! What went wrong, as a French page (or JSON for a program): operation, cause, hint.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use relu_desk::{DeskError, ErrorKind};

use crate::ServerError;
use crate::list::percent;
use crate::pages;
use crate::texts::t;

/// A request that cannot be answered as asked.
#[derive(Debug)]
pub enum Failure {
    /// Nobody is signed in: to the sign-in page, and back.
    SignIn {
        /// Where the person wanted to go.
        back: String,
    },
    /// There is no account yet.
    FirstStart,
    /// Nobody is signed in, and the asker is a program.
    SignedOut,
    /// The form carries no token, or not this session's.
    FormToken,
    /// The form cannot be read.
    BadForm,
    /// Another site asked for a change.
    OtherSite,
    /// Documents are not for administrators.
    NotForAdministrators,
    /// Only administrators may.
    AdministratorsOnly,
    /// Only who is bound by medical secrecy reviews and writes exports.
    ExportersOnly,
    /// No such page.
    NoPage,
    /// A use case failed.
    Desk(DeskError),
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Failure {
        Failure::Desk(error)
    }
}

impl From<ServerError> for Failure {
    fn from(_: ServerError) -> Failure {
        Failure::internal("préparer un mot de passe")
    }
}

/// Operation, cause and hint, ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Status.
    pub status: StatusCode,
    /// What was being done.
    pub operation: String,
    /// Why it failed.
    pub cause: String,
    /// What to try.
    pub hint: String,
}

impl Failure {
    /// Something of ours failed.
    pub fn internal(operation: &'static str) -> Failure {
        Failure::Desk(DeskError::new(ErrorKind::Internal, operation, t("failure.internal")))
    }

    /// What to tell.
    pub fn told(&self) -> Told {
        let fixed = |status, key: &str| Told {
            status,
            operation: t(&format!("failure.{key}.operation")).to_owned(),
            cause: t(&format!("failure.{key}.cause")).to_owned(),
            hint: t(&format!("failure.{key}.hint")).to_owned(),
        };
        match self {
            Failure::SignIn { .. } | Failure::FirstStart | Failure::SignedOut => {
                fixed(StatusCode::UNAUTHORIZED, "signed-out")
            }
            Failure::FormToken => fixed(StatusCode::FORBIDDEN, "form-token"),
            Failure::BadForm => fixed(StatusCode::BAD_REQUEST, "bad-form"),
            Failure::OtherSite => fixed(StatusCode::FORBIDDEN, "other-site"),
            Failure::NotForAdministrators => fixed(StatusCode::FORBIDDEN, "no-administrators"),
            Failure::AdministratorsOnly => fixed(StatusCode::FORBIDDEN, "administrators-only"),
            Failure::ExportersOnly => fixed(StatusCode::FORBIDDEN, "exporters-only"),
            Failure::NoPage => fixed(StatusCode::NOT_FOUND, "no-page"),
            Failure::Desk(error) => Told {
                status: StatusCode::from_u16(error.kind.http_status())
                    .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                operation: error.operation.to_owned(),
                cause: error.cause.clone(),
                hint: error.hint.clone(),
            },
        }
    }

    /// As JSON, for programs: `{"error":{"code","message"}}` as everywhere else.
    pub fn json(&self) -> Response {
        let told = self.told();
        let body = serde_json::json!({"error": {
            "code": told.status.as_u16().to_string(),
            "message": format!("{} : {} {}", told.operation, told.cause, told.hint).trim_end(),
        }});
        (told.status, Json(body)).into_response()
    }
}

/// What a program gets: the value as JSON, or what failed.
pub fn json_answer<T: serde::Serialize>(result: Result<T, Failure>) -> Response {
    match result {
        Ok(value) => Json(value).into_response(),
        Err(failure) => failure.json(),
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match &self {
            Failure::SignIn { back } if back == "/" => {
                return Redirect::to("/connexion").into_response();
            }
            Failure::SignIn { back } => {
                let to = format!("/connexion?suite={}", percent(back));
                return Redirect::to(&to).into_response();
            }
            Failure::FirstStart => return Redirect::to("/premiere-connexion").into_response(),
            Failure::Desk(error)
                if matches!(error.kind, ErrorKind::Internal | ErrorKind::Integrity) =>
            {
                tracing::error!(operation = error.operation, kind = ?error.kind, cause = %error.cause, "request failed");
            }
            _ => {}
        }
        let told = self.told();
        (told.status, pages::failure::page(&told)).into_response()
    }
}

/// Answers a program in JSON and a person with a page.
pub fn answer(failure: Failure, headers: &HeaderMap) -> Response {
    let json = headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"));
    if json { failure.json() } else { failure.into_response() }
}
