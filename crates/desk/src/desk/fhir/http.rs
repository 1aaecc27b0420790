//! A request and its answer, as HTTP carries them: what is asked, its query or form, its conditions.
//! Source: HL7 FHIR R4 (4.0.1) §3.1.0.

use relu_record::Instant;
use relu_vault::Resource;

use super::outcome::{FhirError, Result};
use super::shown;

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads or searches.
    Get,
    /// Creates, searches with a form, or runs a bundle.
    Post,
    /// Replaces.
    Put,
    /// Deletes.
    Delete,
}

/// A request, below the address of `/fhir`.
#[derive(Clone)]
pub struct Request {
    /// What it does.
    pub method: Method,
    /// Path below `/fhir`, without a slash before.
    pub path: String,
    /// Query, as in the address.
    pub query: String,
    /// Body.
    pub body: Vec<u8>,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// `If-None-Exist`.
    pub if_none_exist: Option<String>,
    /// `Prefer`.
    pub prefer: String,
    /// Address of `/fhir` as the asker sees it, without a slash behind.
    pub base: String,
}

impl Request {
    /// A read.
    pub fn get(path: &str, query: &str, base: &str) -> Request {
        Request {
            method: Method::Get,
            path: path.to_owned(),
            query: query.to_owned(),
            body: Vec::new(),
            if_match: None,
            if_none_exist: None,
            prefer: String::new(),
            base: base.to_owned(),
        }
    }

    pub(super) fn prefers(&self, what: &str) -> bool {
        self.prefer.split([',', ';']).any(|p| p.trim() == what)
    }
}

/// An answer.
#[derive(Clone)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// JSON, or nothing.
    pub body: Vec<u8>,
    /// Version, for `ETag`.
    pub version: Option<u64>,
    /// When the version was written, for `Last-Modified`.
    pub updated: Option<Instant>,
    /// Where the version lies, below `/fhir`.
    pub location: Option<String>,
}

impl Response {
    pub(super) fn new(status: u16, body: impl Into<Vec<u8>>) -> Response {
        Response { status, body: body.into(), version: None, updated: None, location: None }
    }

    pub(super) fn of(error: &FhirError) -> Response {
        Response::new(error.status, error.outcome().to_bytes())
    }

    pub(super) fn version(status: u16, resource: &Resource, with_body: bool) -> Response {
        let body = if with_body { shown::text(resource) } else { String::new() };
        Response {
            version: Some(resource.version),
            updated: Some(resource.updated_at),
            location: Some(format!(
                "{}/{}/_history/{}",
                resource.kind, resource.id, resource.version
            )),
            ..Response::new(status, body)
        }
    }
}

/// What a request that failed before it came here is told, in the same form.
pub fn refusal(status: u16, code: &'static str, text: &str) -> Response {
    Response::of(&FhirError::new(status, code, text))
}

/// The CapabilityStatement, which anybody may read.
pub fn capability(base: &str, now: Instant) -> Response {
    Response::new(200, super::capability::statement(base, &shown::instant(now)).to_bytes())
}

/// The version of an `If-Match`: `W/"3"`, `"3"` or `3`.
pub(super) fn version_of(tag: &str) -> Result<u64> {
    let bare = tag.trim().trim_start_matches("W/").trim_matches('"');
    bare.parse().map_err(|_| FhirError::new(412, "conflict", "If-Match names no version"))
}

/// The pairs of a query or a form (`application/x-www-form-urlencoded`).
pub(super) fn pairs(query: &str) -> Vec<(String, String)> {
    let parts = query.split('&').filter(|p| !p.is_empty());
    parts
        .map(|p| {
            let (name, value) = p.split_once('=').unwrap_or((p, ""));
            (unescaped(name), unescaped(value))
        })
        .collect()
}

/// The pairs of a search by form: those of its address, then those of its body.
pub(super) fn form_pairs(request: &Request) -> Vec<(String, String)> {
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let mut all = pairs(&request.query);
    all.extend(pairs(&form));
    all
}

fn unescaped(text: &str) -> String {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(b) = bytes.next() {
        match b {
            b'+' => out.push(b' '),
            b'%' => {
                let mut ahead = bytes.clone();
                let digits = ahead.next().zip(ahead.next());
                let value = digits.and_then(|(h, l)| {
                    let digit = |d: u8| char::from(d).to_digit(16);
                    u8::try_from(digit(h)? * 16 + digit(l)?).ok()
                });
                match value {
                    Some(value) => {
                        bytes = ahead;
                        out.push(value);
                    }
                    None => out.push(b),
                }
            }
            b => out.push(b),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
