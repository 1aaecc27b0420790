//! `/fhir`: HTTP around [`relu_desk::fhir`], and `/api/session`, where a program signs in.
//!
//! A program sends the token it was given as `Authorization: Bearer …`. A browser's cookie is good
//! for reading only: a change asks for the token, which no other site can send.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, post};
use axum::{Json, Router};
use relu_desk::fhir;
use relu_desk::view::AccountView;
use serde::Deserialize;
use serde_json::json;

use super::sign_in::{self, Peer};
use crate::failure::Failure;
use crate::session::Token;
use crate::state::App;

/// Largest body: a transaction of some tens of thousands of resources.
const BODY_BYTES: usize = 64 << 20;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/fhir", any(answer))
        .route("/fhir/", any(answer))
        .route("/fhir/{*path}", any(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .route("/api/session", post(open).delete(close))
}

#[derive(Deserialize)]
struct Credentials {
    login: String,
    password: String,
}

async fn open(
    State(app): State<App>,
    peer: Peer,
    Json(given): Json<Credentials>,
) -> Result<Response, Response> {
    let json = |failure: Failure| failure.json();
    let opened = sign_in::open_session(&app, peer, &given.login, given.password).await;
    match opened.map_err(json)? {
        sign_in::Opened::In(account, token, expires) => Ok(Json(json!({
            "token": token.text(),
            "expires_at": expires.to_rfc3339(),
            "name": account.name,
            "role": account.role.as_str(),
        }))
        .into_response()),
        sign_in::Opened::Wrong => Err(Failure::SignedOut.json()),
        sign_in::Opened::Wait(seconds) => {
            let again = (HeaderName::from_static("retry-after"), seconds.to_string());
            Err((StatusCode::TOO_MANY_REQUESTS, [again]).into_response())
        }
    }
}

async fn close(State(app): State<App>, headers: HeaderMap) -> Result<StatusCode, Response> {
    if let Some(token) = Token::bearer(&headers) {
        app.desk.close_session(&token.hash()).await.map_err(|e| Failure::from(e).json())?;
    }
    Ok(StatusCode::NO_CONTENT)
}

async fn answer(State(app): State<App>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let base = base(&app, &parts.headers);
    let path = parts
        .uri
        .path()
        .strip_prefix("/fhir")
        .unwrap_or_default()
        .trim_start_matches('/')
        .to_owned();
    if parts.method == Method::GET && path == "metadata" {
        return written(fhir::capability(&base, app.desk.now()), &base);
    }
    let account = match signed_in(&app, &parts.headers, &parts.method, &path).await {
        Ok(account) => account,
        Err(refusal) => return written(refusal, &base),
    };
    let method = match parts.method {
        Method::GET | Method::HEAD => fhir::Method::Get,
        Method::POST => fhir::Method::Post,
        Method::PUT => fhir::Method::Put,
        Method::DELETE => fhir::Method::Delete,
        _ => {
            let text = "this method is not supported; replace the resource with PUT";
            return written(fhir::refusal(405, "not-supported", text), &base);
        }
    };
    let query = parts.uri.query().unwrap_or_default();
    if !speaks_json(&parts.headers, query) {
        let text = "only application/fhir+json is spoken here";
        return written(fhir::refusal(406, "not-supported", text), &base);
    }
    let body = match axum::body::to_bytes(body, BODY_BYTES).await {
        Ok(body) => body,
        Err(_) => return written(fhir::refusal(413, "too-long", "the body is too long"), &base),
    };
    if !sends_json(&parts.headers, &body, &path) {
        let text = "only application/fhir+json is read here";
        return written(fhir::refusal(415, "not-supported", text), &base);
    }
    let text =
        |name: HeaderName| parts.headers.get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let asked = fhir::Request {
        method,
        path,
        query: query.to_owned(),
        body: body.to_vec(),
        if_match: text(header::IF_MATCH),
        if_none_exist: text(HeaderName::from_static("if-none-exist")),
        prefer: text(HeaderName::from_static("prefer")).unwrap_or_default(),
        base: base.clone(),
    };
    let known = text(header::IF_NONE_MATCH);
    let response = app.desk.fhir(&account.actor(), asked).await;
    if let (Some(known), Some(version), 200, fhir::Method::Get) =
        (known, response.version, response.status, method)
        && known == etag(version)
    {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    written(response, &base)
}

async fn signed_in(
    app: &App,
    headers: &HeaderMap,
    method: &Method,
    path: &str,
) -> Result<AccountView, fhir::Response> {
    let reads = matches!(*method, Method::GET | Method::HEAD) || path.ends_with("/_search");
    let token = match Token::bearer(headers) {
        Some(token) => Some(token),
        None => Token::of(headers, app.secure_cookies).filter(|_| reads),
    };
    let refused = |text| fhir::refusal(401, "login", text);
    let Some(token) = token else {
        return Err(refused("sign in at /api/session and send the token as Authorization: Bearer"));
    };
    match app.desk.session(&token.hash()).await {
        Ok(Some(account)) => Ok(account),
        Ok(None) => Err(refused("the session has ended; sign in again")),
        Err(_) => Err(fhir::refusal(500, "exception", "the session cannot be read")),
    }
}

/// The address of `/fhir` as the asker sees it.
fn base(app: &App, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok());
    let plain = |h: &&str| h.bytes().all(|b| b.is_ascii_alphanumeric() || b".-:[]".contains(&b));
    let scheme = if app.secure_cookies { "https" } else { "http" };
    format!("{scheme}://{}/fhir", host.filter(plain).unwrap_or("localhost"))
}

fn speaks_json(headers: &HeaderMap, query: &str) -> bool {
    let json = |t: &str| t.contains("json") || t.contains("*/*") || t.contains("application/*");
    let format = query.split('&').find_map(|p| p.strip_prefix("_format="));
    if let Some(format) = format {
        return json(format);
    }
    match headers.get(header::ACCEPT).map(|a| a.to_str().unwrap_or_default()) {
        // A browser asks for pages first: it is shown JSON.
        Some(accept) => json(accept) || accept.contains("text/html") || accept.is_empty(),
        None => true,
    }
}

fn sends_json(headers: &HeaderMap, body: &Bytes, path: &str) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|t| t.to_str().ok()).unwrap_or_default();
    body.is_empty() || kind.contains("json") || path.ends_with("/_search")
}

fn etag(version: u64) -> String {
    format!("W/\"{version}\"")
}

fn written(answer: fhir::Response, base: &str) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    if status != StatusCode::NO_CONTENT {
        let kind = HeaderValue::from_static("application/fhir+json; charset=utf-8");
        headers.insert(header::CONTENT_TYPE, kind);
    }
    let mut put = |name: HeaderName, value: String| {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    };
    if let Some(version) = answer.version {
        put(header::ETAG, etag(version));
    }
    if let Some(updated) = answer.updated {
        put(header::LAST_MODIFIED, http_date(updated));
    }
    if let Some(location) = answer.location.filter(|_| answer.status == 201) {
        put(header::LOCATION, format!("{base}/{location}"));
    }
    if status == StatusCode::UNAUTHORIZED {
        put(header::WWW_AUTHENTICATE, "Bearer".to_owned());
    }
    response
}

// RFC 9110 §5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(at: relu_record::Instant) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let day = at.0.div_euclid(86_400_000).rem_euclid(7);
    let name = usize::try_from(day).ok().and_then(|d| DAYS.get(d)).copied().unwrap_or("Thu");
    let date = at.date();
    let month = usize::from(date.month.unwrap_or(1).saturating_sub(1));
    let month = MONTHS.get(month).copied().unwrap_or("Jan");
    let text = at.to_rfc3339();
    let clock = text.get(11..19).unwrap_or("00:00:00");
    format!("{name}, {:02} {month} {:04} {clock} GMT", date.day.unwrap_or(1), date.year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_http() {
        assert_eq!(
            http_date(relu_record::Instant(784_111_777_000)),
            "Sun, 06 Nov 1994 08:49:37 GMT"
        );
    }
}
