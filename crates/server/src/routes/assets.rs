//! Style sheet, scripts and icon: files of ours, embedded, under an address that changes with them.

use std::sync::LazyLock;

use axum::Router;
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use sha2::{Digest, Sha256};

use crate::failure::Failure;

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

macro_rules! embedded {
    ($($name:literal: $kind:expr),* $(,)?) => {
        &[$(($name, $kind, include_str!(concat!("../../assets/", $name)))),*]
    };
}

/// Name, media type, content.
static FILES: &[(&str, &str, &str)] = embedded! {
    "base.css": CSS,
    "inbox.css": CSS,
    "document.css": CSS,
    "export.css": CSS,
    "team.css": CSS,
    "split.css": CSS,
    "timeline.css": CSS,
    "print.css": CSS,
    "app.js": JS,
    "split.js": JS,
    "swap.js": JS,
    "keys.js": JS,
    "evidence.js": JS,
    "review.js": JS,
    "bannettes.js": JS,
    "drop.js": JS,
    "lot.js": JS,
    "palette.js": JS,
    "live.js": JS,
    "time.js": JS,
    "favicon.svg": "image/svg+xml",
};

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (_, _, content) in FILES {
        hash.update(content.as_bytes());
    }
    hash.finalize().iter().take(6).map(|b| format!("{b:02x}")).collect()
});

/// The address of a file, with its version.
pub fn address(name: &str) -> String {
    format!("/assets/{}/{name}", *VERSION)
}

pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/assets/{version}/{name}", get(file))
}

async fn file(Path((version, name)): Path<(String, String)>) -> Result<Response, Failure> {
    let (_, kind, content) =
        FILES.iter().find(|(file, _, _)| *file == name).ok_or(Failure::NoPage)?;
    // An old page that asks for an old version gets the present file, but does not keep it.
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    Ok(([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, keep)], *content).into_response())
}
