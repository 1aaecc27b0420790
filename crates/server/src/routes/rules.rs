//! Rules of routing: write, try, put in use, go back; why a rule holds for a document; and what a
//! person decides of a document's route before it is filed.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::ErrorKind;
use relu_record::{DocumentId, Instant, PartialDate};
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::ListQuery;
use crate::pages::rules::{Range, Writing};
use crate::pages::{self, Section};
use crate::routes::document::back;
use crate::routes::inbox::frame;
use crate::session::{Reader, SignedIn, may_read};
use crate::state::App;
use crate::texts::{t, tf};

const DAY_MS: i64 = 86_400_000;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/regles", get(show))
        .route("/regles/brouillon", post(begin))
        .route("/regles/regle", post(write))
        .route("/regles/regle/{id}/{act}", post(change))
        .route("/regles/essai", get(replay))
        .route("/regles/{version}/activer", post(activate))
        .route("/documents/{id}/pourquoi", get(why))
        .route("/documents/{id}/orientation", post(choose))
        .route("/documents/{id}/orientation/{line}", post(refuse))
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Markup, Failure> {
    page(&app, &who, None).await
}

async fn page(app: &App, who: &SignedIn, writing: Option<&Writing>) -> Result<Markup, Failure> {
    let view = app.desk.rules(&who.actor()).await?;
    Ok(pages::rules::page(&frame(app, who, Section::Rules), &view, writing))
}

async fn begin(State(app): State<App>, posted: Posted) -> Result<Redirect, Failure> {
    app.desk.begin_draft(&posted.who.actor()).await?;
    Ok(Redirect::to("/regles"))
}

async fn write(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let (who, fields) = (posted.who, &posted.fields);
    let sentence = fields.get("phrase").unwrap_or_default().to_owned();
    let rule = fields.get("regle").map(str::to_owned);
    match app.desk.write_rule(&who.actor(), rule.as_deref(), &sentence).await {
        Ok(()) => {
            app.memory.leave_notice(&who.key, t("rules.written").to_owned(), false);
            Ok(Redirect::to("/regles").into_response())
        }
        Err(e) if e.kind == ErrorKind::User => {
            let writing = Writing { rule, sentence, problem: e.cause };
            let page = page(&app, &who, Some(&writing)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(e) => Err(e.into()),
    }
}

async fn change(
    State(app): State<App>,
    Path((id, act)): Path<(String, String)>,
    posted: Posted,
) -> Result<Redirect, Failure> {
    let actor = posted.who.actor();
    match act.as_str() {
        "supprimer" => app.desk.remove_rule(&actor, &id).await?,
        "monter" => app.desk.move_rule(&actor, &id, true).await?,
        "descendre" => app.desk.move_rule(&actor, &id, false).await?,
        _ => return Err(Failure::NoPage),
    }
    Ok(Redirect::to("/regles"))
}

#[derive(Deserialize)]
struct Try {
    #[serde(rename = "v")]
    version: Option<u32>,
    #[serde(rename = "du", default)]
    from: String,
    #[serde(rename = "au", default)]
    to: String,
}

async fn replay(
    State(app): State<App>,
    who: SignedIn,
    Query(asked): Query<Try>,
) -> Result<Markup, Failure> {
    let day = |words: &str| words.parse::<PartialDate>().ok().and_then(|d| d.days());
    let from = day(&asked.from).map(|d| Instant(d * DAY_MS));
    let to = day(&asked.to).map(|d| Instant((d + 1) * DAY_MS));
    let view = app.desk.try_rules(&who.actor(), asked.version, (from, to)).await?;
    let range = Range { from: asked.from, to: asked.to };
    let reads = may_read(who.account.role);
    Ok(pages::rules::replay(&frame(&app, &who, Section::Rules), &view, &range, reads))
}

async fn activate(
    State(app): State<App>,
    Path(version): Path<u32>,
    posted: Posted,
) -> Result<Redirect, Failure> {
    let who = posted.who;
    app.desk.activate_rules(&who.actor(), version).await?;
    let done = tf("rules.activated", &[("n", &version.to_string())]);
    app.memory.leave_notice(&who.key, done, false);
    Ok(Redirect::to("/regles"))
}

#[derive(Deserialize)]
struct Version {
    #[serde(rename = "v")]
    version: Option<u32>,
}

async fn why(
    State(app): State<App>,
    who: Reader,
    Path(id): Path<DocumentId>,
    Query(asked): Query<Version>,
) -> Result<Markup, Failure> {
    let rules = app.desk.why(&who.actor(), &id, asked.version).await?;
    let view = app.desk.document(&who.actor(), &id).await?;
    Ok(pages::rules::why(&frame(&app, &who, Section::Rules), &view.item, &rules))
}

async fn choose(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let queue = posted.fields.get("bannette").unwrap_or_default();
    app.desk.choose_queue(&posted.who.actor(), &id, queue).await?;
    Ok(back(&id, &query))
}

async fn refuse(
    State(app): State<App>,
    Path((id, line)): Path<(DocumentId, String)>,
    Query(query): Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    app.desk.refuse_route(&posted.who.actor(), &id, &line).await?;
    Ok(back(&id, &query))
}
