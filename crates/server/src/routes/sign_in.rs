//! First start, signing in and out.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use axum::Router;
use axum::extract::{ConnectInfo, Form, FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use relu_desk::view::AccountView;
use relu_desk::{DeskError, ErrorKind};
use relu_record::{DocumentState, Role};
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::list::ListQuery;
use crate::pages::sign_in::{FirstPage, SignInPage};
use crate::passwords;
use crate::session::{Token, expiry, no_cookie};
use crate::state::App;
use crate::texts::{t, tf};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/connexion", get(show).post(sign_in))
        .route("/premiere-connexion", get(first).post(create_first))
        .route("/deconnexion", post(sign_out))
}

#[derive(Deserialize)]
struct Back {
    #[serde(default)]
    suite: String,
}

/// Address of the asker, where the server knows it.
pub struct Peer(Option<IpAddr>);

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Peer, Self::Rejection> {
        Ok(Peer(parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())))
    }
}

async fn show(State(app): State<App>, Query(back): Query<Back>) -> Result<Response, Failure> {
    if !app.desk.has_accounts().await? {
        return Err(Failure::FirstStart);
    }
    Ok(page(&app, &back.suite, None).into_response())
}

fn page(app: &App, back: &str, problem: Option<&str>) -> maud::Markup {
    crate::pages::sign_in::page(&SignInPage { back, problem, demo: &app.demo_sign_in })
}

async fn sign_in(
    State(app): State<App>,
    Peer(peer): Peer,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    let fields = Fields(fields);
    let login = fields.get("login").unwrap_or_default().to_owned();
    let password = given_password(&fields, "password");
    let back = fields.get("suite").unwrap_or_default();
    match open_session(&app, Peer(peer), &login, password).await? {
        Opened::In(account, token, _) => {
            Ok(entered(&app, &token, &first_page(account.role, local_path(back))))
        }
        Opened::Wait(seconds) => {
            let seconds = seconds.to_string();
            let problem = tf("sign-in.wait", &[("n", &seconds)]);
            let again = (HeaderName::from_static("retry-after"), seconds);
            let body = page(&app, back, Some(&problem));
            Ok((StatusCode::TOO_MANY_REQUESTS, [again], body).into_response())
        }
        Opened::Wrong => {
            let body = page(&app, back, Some(t("sign-in.wrong")));
            Ok((StatusCode::UNAUTHORIZED, body).into_response())
        }
    }
}

/// What became of a try to sign in.
pub enum Opened {
    /// A session, with its token and its end.
    In(AccountView, Token, relu_record::Instant),
    /// Too many tries: so many seconds to wait.
    Wait(u64),
    /// No such name, or not its password.
    Wrong,
}

/// Opens a session, for the page and for programs alike.
pub async fn open_session(
    app: &App,
    Peer(peer): Peer,
    login: &str,
    password: String,
) -> Result<Opened, Failure> {
    let login = login.to_lowercase();
    if let Err(wait) = take_a_try(app, peer, &login) {
        return Ok(Opened::Wait(wait + 1));
    }
    let (account, hash) = match app.desk.account_for_sign_in(&login).await? {
        Some((account, hash)) => (Some(account), Some(hash)),
        None => (None, None),
    };
    let short = password.len() <= passwords::MAX_PASSWORD;
    let right = passwords::verify(if short { password } else { String::new() }, hash).await;
    let Some(account) = account.filter(|_| right) else {
        app.desk.refuse_sign_in(&login).await?;
        return Ok(Opened::Wrong);
    };
    app.by_login.forgive(&login);
    let (token, expires) = (Token::random()?, expiry(app.desk.now()));
    app.desk.open_session(&account, &token.hash(), expires).await?;
    Ok(Opened::In(account, token, expires))
}

/// Takes a try from both buckets; otherwise the seconds to wait.
fn take_a_try(app: &App, peer: Option<IpAddr>, login: &str) -> Result<(), u64> {
    let now = Instant::now();
    let address = peer.map_or_else(|| "?".to_owned(), |ip| ip.to_string());
    app.by_address.take(&address, now).map_err(|wait| wait.as_secs())?;
    // A very long name is nobody's: its beginning is enough to count by.
    let key: String = login.chars().take(80).collect();
    app.by_login.take(&key, now).map_err(|wait| wait.as_secs())
}

/// A password as typed, not trimmed; too long a one is nobody's.
fn given_password(fields: &Fields, name: &str) -> String {
    fields
        .0
        .iter()
        .find(|(key, value)| key == name && value.len() <= passwords::MAX_PASSWORD)
        .map(|(_, value)| value.clone())
        .unwrap_or_default()
}

/// Only an address of ours, so that signing in never leads elsewhere.
fn local_path(back: &str) -> &str {
    let ours = back.starts_with('/')
        && !back.starts_with("//")
        && !back.contains('\\')
        && !back.chars().any(char::is_control);
    if ours { back } else { "/" }
}

/// Where the work is: a doctor who asked for nothing else starts with what waits for a visa.
fn first_page(role: Role, asked: &str) -> String {
    match (role, asked) {
        (Role::Medecin, "/") => ListQuery::default().in_state(Some(DocumentState::AViser)).at("/"),
        _ => asked.to_owned(),
    }
}

async fn enter(app: &App, account: &AccountView, to: &str) -> Result<Response, Failure> {
    let token = Token::random()?;
    app.desk.open_session(account, &token.hash(), expiry(app.desk.now())).await?;
    Ok(entered(app, &token, to))
}

fn entered(app: &App, token: &Token, to: &str) -> Response {
    let cookie = [(header::SET_COOKIE, token.cookie(app.secure_cookies))];
    (cookie, Redirect::to(to)).into_response()
}

async fn sign_out(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    app.desk.close_session(&posted.who.key).await?;
    app.memory.forget(&posted.who.key);
    let cookie = [(header::SET_COOKIE, no_cookie(app.secure_cookies))];
    Ok((cookie, Redirect::to("/connexion")).into_response())
}

async fn first(State(app): State<App>) -> Result<Response, Failure> {
    if app.desk.has_accounts().await? {
        return Ok(Redirect::to("/connexion").into_response());
    }
    let blank = FirstPage { login: "", name: "", problem: None };
    Ok(crate::pages::sign_in::first(&blank).into_response())
}

async fn create_first(
    State(app): State<App>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Failure> {
    if app.desk.has_accounts().await? {
        return Err(Failure::Desk(DeskError::new(
            ErrorKind::Conflict,
            "créer le premier compte",
            t("first.already"),
        )));
    }
    let fields = Fields(fields);
    let (login, name) =
        (fields.get("login").unwrap_or_default(), fields.get("name").unwrap_or_default());
    let password = given_password(&fields, "password");
    let repeated = given_password(&fields, "password2");
    if let Some(problem) = account_problem(login, name, &password, &repeated) {
        let body = crate::pages::sign_in::first(&FirstPage { login, name, problem: Some(problem) });
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response());
    }
    let hash = passwords::hash_in_background(password).await?;
    let login = login.to_lowercase();
    let account = app.desk.create_account(None, &login, name, Role::Administrateur, &hash).await?;
    enter(&app, &account, "/comptes").await
}

/// What is wrong with the fields of a new account, in French.
pub fn account_problem(
    login: &str,
    name: &str,
    password: &str,
    repeated: &str,
) -> Option<&'static str> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if login.is_empty() || login.len() > 60 || !login.chars().all(plain) {
        Some(t("account.bad-login"))
    } else if name.is_empty() || name.chars().count() > 100 {
        Some(t("account.bad-name"))
    } else if password.chars().count() < passwords::MIN_PASSWORD {
        Some(t("account.short-password"))
    } else if password != repeated {
        Some(t("account.different-passwords"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for (back, to) in [
            ("/documents/a?etat=vu", "/documents/a?etat=vu"),
            ("", "/"),
            ("//evil", "/"),
            ("https://evil", "/"),
            ("/\\evil", "/"),
            ("/a\r\nb", "/"),
        ] {
            assert_eq!(local_path(back), to);
        }
    }
}
