//! The ledger: its lines, its verification, its head to keep elsewhere.

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::Posted;
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::SignedIn;
use crate::state::App;
use crate::texts::{tf, tn};

/// Lines per page.
const LINES: usize = 100;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/journal", get(show))
        .route("/journal/verifier", post(verify))
        .route("/journal/tete.json", get(head))
}

#[derive(Deserialize)]
struct Before {
    #[serde(rename = "avant")]
    before: Option<u64>,
}

async fn show(
    State(app): State<App>,
    who: SignedIn,
    Query(Before { before }): Query<Before>,
) -> Result<Markup, Failure> {
    let lines = app.desk.ledger(before, LINES).await?;
    let more = lines.len() == LINES;
    Ok(pages::journal::page(&frame(&app, &who, Section::Journal), &lines, before, more))
}

async fn verify(State(app): State<App>, posted: Posted) -> Result<Redirect, Failure> {
    let check = app.desk.verify_ledger().await?;
    let events = tn("journal.events", check.events);
    let text = match (check.ok, check.problem) {
        (true, _) => tf("journal.holds", &[("events", &events)]),
        (false, problem) => tf("journal.broken", &[("problem", &problem.unwrap_or_default())]),
    };
    app.memory.leave_notice(&posted.who.key, text, !check.ok);
    Ok(Redirect::to("/journal"))
}

async fn head(State(app): State<App>, _who: SignedIn) -> Result<Response, Failure> {
    let json = app.desk.ledger_head().await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"relu-journal-tete.json\""),
    ];
    Ok((headers, json).into_response())
}
