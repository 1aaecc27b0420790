//! The team's queues and its settings: a page each, every move a form.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::{DeskError, ErrorKind};
use relu_record::DocumentId;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::percent;
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::{Reader, SignedIn};
use crate::state::App;
use crate::texts::t;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/bannettes", get(show))
        .route("/bannettes/{id}/{act}", post(act))
        .route("/taches/{id}/{task}", post(task))
        .route("/equipe", get(team))
        .route("/equipe/bannette", post(queue))
        .route("/equipe/absences", post(absence))
        .route("/equipe/absences/{index}/retirer", post(no_absence))
}

#[derive(Deserialize)]
struct Here {
    #[serde(rename = "b")]
    queue: Option<String>,
}

impl Here {
    fn back(&self, id: &DocumentId) -> Redirect {
        match self.queue.as_deref() {
            Some("document") => Redirect::to(&format!("/documents/{}", percent(&id.0))),
            Some(queue) => Redirect::to(&format!("/bannettes?b={}", percent(queue))),
            None => Redirect::to("/bannettes"),
        }
    }
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Query(here): Query<Here>,
) -> Result<Markup, Failure> {
    let view = app.desk.bannettes(&who.actor(), here.queue.as_deref()).await?;
    Ok(pages::bannettes::page(&frame(&app, &who, Section::Bannettes), &view))
}

async fn act(
    State(app): State<App>,
    Path((id, act)): Path<(DocumentId, String)>,
    Query(here): Query<Here>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let actor = who.actor();
    let done = match act.as_str() {
        "prendre" => app.desk.claim(&actor, &id).await.map(|()| "bannettes.claimed"),
        "rendre" => app.desk.release(&actor, &id).await.map(|()| "bannettes.released"),
        "terminer" => app.desk.finish_place(&actor, &id).await.map(|()| "bannettes.finished"),
        "annuler" => app.desk.undo_move(&actor, &id).await.map(|()| "bannettes.undone"),
        "copie-vue" => app.desk.see_copy(&actor, &id).await.map(|()| "bannettes.seen"),
        "passer" => {
            let to = posted.fields.get("a").unwrap_or_default();
            let note = posted.fields.get("note");
            app.desk.pass_on(&actor, &id, to, note).await.map(|()| "bannettes.passed")
        }
        _ => return Err(Failure::NoPage),
    };
    app.memory.leave_notice(&who.key, t(done?).to_owned(), false);
    Ok(here.back(&id))
}

async fn task(
    State(app): State<App>,
    Path((id, task)): Path<(DocumentId, String)>,
    Query(here): Query<Here>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    app.desk.finish_task(&posted.who.actor(), &id, &task).await?;
    Ok(here.back(&id))
}

async fn team(State(app): State<App>, who: SignedIn) -> Result<Markup, Failure> {
    team_page(&app, &who, None).await
}

async fn team_page(app: &App, who: &SignedIn, problem: Option<&str>) -> Result<Markup, Failure> {
    let view = app.desk.team(&who.actor()).await?;
    Ok(pages::bannettes::team(&frame(app, who, Section::Bannettes), &view, problem))
}

/// Back to the page, or the page with what is wrong.
async fn settled(
    app: &App,
    who: &SignedIn,
    done: Result<(), DeskError>,
) -> Result<Response, Failure> {
    match done {
        Ok(()) => {
            app.memory.leave_notice(&who.key, t("team.saved").to_owned(), false);
            Ok(Redirect::to("/equipe").into_response())
        }
        Err(e) if e.kind == ErrorKind::User => {
            let page = team_page(app, who, Some(&e.cause)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(e) => Err(e.into()),
    }
}

async fn queue(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let (who, fields) = (posted.who, &posted.fields);
    let members: Vec<String> =
        fields.0.iter().filter(|(k, _)| k == "membre").map(|(_, v)| v.clone()).collect();
    let of = |name: &str| fields.get(name).unwrap_or_default();
    let done = app
        .desk
        .save_queue(&who.actor(), fields.get("code"), of("nom"), of("heures"), &members)
        .await;
    settled(&app, &who, done).await
}

async fn absence(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let (who, fields) = (posted.who, &posted.fields);
    let of = |name: &str| fields.get(name).unwrap_or_default();
    let done =
        app.desk.add_absence(&who.actor(), of("qui"), of("du"), of("au"), of("remplace")).await;
    settled(&app, &who, done).await
}

async fn no_absence(
    State(app): State<App>,
    Path(index): Path<usize>,
    posted: Posted,
) -> Result<Response, Failure> {
    let who = posted.who;
    let done = app.desk.remove_absence(&who.actor(), index).await;
    settled(&app, &who, done).await
}
