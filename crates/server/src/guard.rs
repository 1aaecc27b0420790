//! What holds on every answer and every request, whatever the route.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::failure::Failure;

/// Nothing from elsewhere, nothing inline, no frame around, forms only to ourselves.
pub const CSP: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Headers set on every answer unless the route chose its own.
static HEADERS: [(HeaderName, &str); 7] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
];

/// Adds the headers.
pub async fn add_headers(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    for (name, value) in &HEADERS {
        answer.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer
}

/// Refuses a change that another site asks for (OWASP "Fetch Metadata", then `Origin`). A program
/// that sends neither header passes here and still needs a session's form token.
pub async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if safe || same_site(request.headers()) {
        next.run(request).await
    } else {
        (StatusCode::FORBIDDEN, Failure::OtherSite).into_response()
    }
}

fn same_site(headers: &HeaderMap) -> bool {
    let text = |name: &HeaderName| headers.get(name).map(|v| v.to_str().unwrap_or("?"));
    if let Some(site) = text(&HeaderName::from_static("sec-fetch-site")) {
        return site == "same-origin";
    }
    match text(&header::ORIGIN) {
        None => true,
        Some(origin) => {
            let host = origin.split_once("://").map_or("", |(_, host)| host);
            text(&header::HOST).is_some_and(|ours| ours == host)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_change() {
        for (lines, passes) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "http://evil"), ("host", "a:1")], false),
            (&[("origin", "null"), ("host", "a:1")], false),
        ] {
            let headers: HeaderMap = lines
                .iter()
                .map(|(k, v)| (k.parse::<HeaderName>().unwrap(), v.parse().unwrap()))
                .collect();
            assert_eq!(same_site(&headers), passes, "{lines:?}");
        }
    }
}
