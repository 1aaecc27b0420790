//! One file per resource; each gives its routes, and [`all`] puts them together under the guards.

mod accounts;
mod acts;
mod api;
mod assets;
mod bannettes;
mod compare;
mod decide;
mod deliveries;
mod document;
mod events;
mod exports;
mod fhir;
mod health;
mod help;
mod inbox;
mod journal;
mod lot;
mod opposition;
mod patients;
mod prints;
mod receive;
mod register;
mod rules;
mod search;
mod sign_in;
mod split;
mod timeline;
mod views;
mod visa;

use axum::extract::Request;
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Router, extract::DefaultBodyLimit};

use crate::failure::Failure;
use crate::guard;
use crate::state::App;

pub use assets::address as asset;

/// Forms are small; only receiving files has a limit of its own.
const FORM_BYTES: usize = 256 * 1024;

/// The embedded files alone.
pub fn assets() -> Router {
    assets::routes()
}

/// Every route, behind the guards.
pub fn all(app: App) -> Router {
    crate::passwords::prepare();
    Router::new()
        .merge(sign_in::routes())
        .merge(inbox::routes())
        .merge(document::routes())
        .merge(compare::routes())
        .merge(decide::routes())
        .merge(acts::routes())
        .merge(lot::routes())
        .merge(deliveries::routes())
        .merge(search::routes())
        .merge(views::routes())
        .merge(bannettes::routes())
        .merge(prints::routes())
        .merge(rules::routes())
        .merge(visa::routes())
        .merge(split::routes())
        .merge(exports::routes())
        .merge(opposition::routes())
        .merge(patients::routes())
        .merge(timeline::routes())
        .merge(register::routes())
        .merge(journal::routes())
        .merge(accounts::routes())
        .merge(help::routes())
        .merge(events::routes())
        .merge(health::routes())
        .merge(api::routes())
        .layer(DefaultBodyLimit::max(FORM_BYTES))
        .merge(receive::routes())
        .merge(fhir::routes())
        .merge(assets::routes())
        .fallback(async || Failure::NoPage)
        .layer(from_fn(speak_french))
        .layer(from_fn(guard::refuse_other_sites))
        .layer(from_fn(guard::add_headers))
        .with_state(app)
}

/// Turns the framework's own bare refusals (a wrong method, a broken address) into our page.
async fn speak_french(request: Request, next: Next) -> Response {
    let answer = next.run(request).await;
    let bare = answer.status().is_client_error()
        && answer
            .headers()
            .get(header::CONTENT_TYPE)
            .is_none_or(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("text/plain")));
    if !bare {
        return answer;
    }
    let failure = match answer.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => Failure::NoPage,
        _ => Failure::BadForm,
    };
    (answer.status(), failure).into_response()
}
