//! Decisions: a form each, then back to the document (post, redirect, get). "Accept and next" goes
//! to the next document of the list, carrying only the id of the one just filed, to undo it.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;
use relu_record::{DocumentId, ProposalId, ValueKind};

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::{ListQuery, percent};
use crate::pages::{self, Section};
use crate::routes::document::back;
use crate::routes::inbox::{frame, words};
use crate::session::{Reader, SignedIn};
use crate::state::App;
use crate::texts::{t, tf, tn};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/documents/{id}/propositions/{proposal}/accepter", post(accept))
        .route("/documents/{id}/propositions/{proposal}/corriger", post(edit))
        .route("/documents/{id}/propositions/{proposal}/refuser", post(refuse))
        .route("/documents/{id}/valeurs/{kind}", post(state_value))
        .route("/documents/{id}/section", post(section))
        .route("/documents/{id}/classer", post(file))
        .route("/documents/{id}/viser", post(visa))
        .route("/documents/{id}/annuler", post(undo))
        .route("/documents/{id}/relire", post(retry))
        .route("/documents/{id}/detacher", post(detach))
        .route("/documents/{id}/detachement", get(detached))
}

type Place = Query<ListQuery>;

/// The next document of the list, or the list when there is none. Asked before the act: afterwards
/// the document is no longer in the list.
async fn next_of(
    app: &App,
    who: &SignedIn,
    id: &DocumentId,
    query: &ListQuery,
) -> Result<Option<DocumentId>, Failure> {
    let filter = query.filter(words(app, who, query));
    Ok(app.desk.next_in(&who.actor(), &filter, id).await?)
}

fn go_on(next: Option<DocumentId>, done: &DocumentId, query: &ListQuery) -> Redirect {
    let query = ListQuery { filed: Some(done.0.clone()), ..query.place() };
    match next {
        Some(next) => Redirect::to(&query.at(&format!("/documents/{}", percent(&next.0)))),
        None => Redirect::to(&query.at("/")),
    }
}

async fn accept(
    State(app): State<App>,
    Path((id, proposal)): Path<(DocumentId, ProposalId)>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    app.desk.accept(&posted.who.actor(), &id, &proposal).await?;
    Ok(back(&id, &query))
}

async fn edit(
    State(app): State<App>,
    Path((id, proposal)): Path<(DocumentId, ProposalId)>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let values = posted.fields.values();
    let reason = posted.fields.get("reason");
    app.desk.edit(&posted.who.actor(), &id, &proposal, &values, reason).await?;
    Ok(back(&id, &query))
}

async fn refuse(
    State(app): State<App>,
    Path((id, proposal)): Path<(DocumentId, ProposalId)>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let reason = posted.fields.get("reason");
    app.desk.refuse(&posted.who.actor(), &id, &proposal, reason).await?;
    Ok(back(&id, &query))
}

async fn state_value(
    State(app): State<App>,
    Path((id, kind)): Path<(DocumentId, String)>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let kind: ValueKind = serde_json::from_value(kind.into()).map_err(|_| Failure::BadForm)?;
    app.desk.state_value(&posted.who.actor(), &id, kind, &posted.fields.values()).await?;
    Ok(back(&id, &query))
}

async fn section(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let fields = &posted.fields;
    let key = fields.get("section").ok_or(Failure::BadForm)?;
    let accept = fields.get("verdict") == Some("accepter");
    let decided =
        app.desk.decide_section(&who.actor(), &id, key, accept, fields.get("reason")).await?;
    app.memory.leave_notice(&who.key, tn("document.section-decided", decided as u64), false);
    Ok(back(&id, &query))
}

async fn file(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let next = next_of(&app, who, &id, &query).await?;
    // `propose`: the identity as proposed or decided, which may be a patient not known yet.
    let patient = posted.fields.get("patient").filter(|choice| *choice != "propose");
    app.desk.file(&who.actor(), &id, patient).await?;
    Ok(go_on(next, &id, &query))
}

async fn visa(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let next = next_of(&app, who, &id, &query).await?;
    app.desk.visa(&who.actor(), &id, posted.fields.get("a_faire").is_some()).await?;
    Ok(go_on(next, &id, &query))
}

async fn undo(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let undone = app.desk.undo(&who.actor(), &id).await?;
    app.memory.leave_notice(&who.key, tf("document.undone", &[("what", &undone)]), false);
    if query.from.as_deref() == Some("actes") {
        return Ok(Redirect::to("/actes"));
    }
    Ok(back(&id, &query))
}

/// Takes the document off its patient, then shows what was recalled and what had left.
async fn detach(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    app.desk.detach(&posted.who.actor(), &id).await?;
    Ok(Redirect::to(&format!("/documents/{}/detachement", percent(&id.0))))
}

async fn detached(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    who: Reader,
) -> Result<Markup, Failure> {
    let recalled = app.desk.recalled(&who.actor(), &id).await?;
    let name = app.desk.document(&who.actor(), &id).await?.item.name;
    let frame = frame(&app, &who, Section::Inbox);
    Ok(pages::document::detached(&frame, &id.0, &name, &recalled))
}

async fn retry(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    app.desk.retry(&who.actor(), &id).await?;
    app.memory.leave_notice(&who.key, t("document.retried").to_owned(), false);
    Ok(back(&id, &query))
}
