//! « Chronologie » of a patient, and the answers to what documents say differently.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::view::timeline::{PairAnswer, TimelineRequest};
use relu_record::{DocumentId, Kept};

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::{ListQuery, percent};
use crate::pages::timeline::{TimelineQuery, home};
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::Reader;
use crate::state::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/patients/{id}/chronologie", get(show))
        .route("/documents/{id}/ecarts/{pair}", post(answer))
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Path(id): Path<String>,
    Query(query): Query<TimelineQuery>,
) -> Result<Markup, Failure> {
    let asked = TimelineRequest {
        kind: query.asked(),
        unconfirmed: query.unconfirmed(),
        page: query.page.unwrap_or(1).saturating_sub(1),
    };
    let view = app.desk.timeline(&who.actor(), &id, &asked).await?;
    Ok(pages::timeline::page(&frame(&app, &who, Section::Patients), &view, &query))
}

async fn answer(
    State(app): State<App>,
    Path((id, pair)): Path<(DocumentId, String)>,
    Query(query): Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let of = |name: &str| posted.fields.get(name).unwrap_or_default();
    let answer = match of("reponse") {
        "vu" => PairAnswer::Seen,
        "ici" => PairAnswer::Keep(Kept::Here),
        "ailleurs" => PairAnswer::Keep(Kept::There),
        "rouvrir" => PairAnswer::Reopen,
        _ => return Err(Failure::BadForm),
    };
    let reason = posted.fields.get("reason");
    app.desk.answer_pair(&posted.who.actor(), &id, &pair, answer, reason).await?;
    // Only a place of this program, put together here.
    Ok(Redirect::to(&match (of("retour"), of("id")) {
        ("patient", patient) => home(patient),
        ("document", document) => query.at(&format!("/documents/{}", percent(document))),
        _ => query.at(&format!("/documents/{}", percent(&id.0))),
    }))
}
