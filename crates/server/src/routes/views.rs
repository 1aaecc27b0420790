//! Saved views of lists and searches: saved, opened, given another name, forgotten and taken back.
//! Their words never enter an address: a view is opened under its id, and leads to an opaque name.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::view::Shows;

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::ListQuery;
use crate::pages;
use crate::routes::{inbox, search};
use crate::session::Reader;
use crate::state::App;
use crate::texts::{t, tf};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/vues", get(commands).post(save))
        .route("/vues/retablir", post(restore))
        .route("/vues/{id}", get(open))
        .route("/vues/{id}/renommer", post(rename))
        .route("/vues/{id}/oublier", post(forget))
}

/// The person's views as commands, which the palette asks for when it is opened.
async fn commands(State(app): State<App>, who: Reader) -> Result<Markup, Failure> {
    Ok(pages::views::commands(&app.desk.saved_views(&who.actor()).await?))
}

/// Saves what the list shows.
async fn save(
    State(app): State<App>,
    Query(query): Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let shows = Shows::List(query.filter(inbox::words(&app, who, &query)));
    let name = posted.fields.get("nom").unwrap_or_default();
    app.desk.save_view(&who.actor(), name, &shows).await?;
    app.memory.leave_notice(&who.key, t("views.saved").to_owned(), false);
    Ok(Redirect::to(&query.place().at("/")))
}

async fn open(
    State(app): State<App>,
    who: Reader,
    Path(id): Path<String>,
) -> Result<Redirect, Failure> {
    let view = app.desk.saved_view(&who.actor(), &id).await?;
    Ok(Redirect::to(&match &view.shows {
        Shows::List(filter) => inbox::place(&app, &who, filter).at("/"),
        Shows::Search(asked) => search::place(&app, &who, asked).at("/recherche"),
    }))
}

async fn rename(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let name = posted.fields.get("nom").unwrap_or_default();
    app.desk.rename_view(&who.actor(), &id, name).await?;
    app.memory.leave_notice(&who.key, t("views.renamed").to_owned(), false);
    Ok(Redirect::to(posted.fields.back("/")))
}

async fn forget(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let view = app.desk.forget_view(&who.actor(), &id).await?;
    let said = tf("views.forgotten", &[("name", &view.name)]);
    app.memory.keep_view(&who.key, view);
    let back = posted.fields.back("/");
    app.memory.leave_undo(&who.key, said, ("/vues/retablir", back));
    Ok(Redirect::to(back))
}

/// Saves again the view that was forgotten last.
async fn restore(State(app): State<App>, posted: Posted<Reader>) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let Some(view) = app.memory.take_view(&who.key) else { return Err(Failure::NoPage) };
    app.desk.save_view(&who.actor(), &view.name, &view.shows).await?;
    app.memory.leave_notice(&who.key, t("views.restored").to_owned(), false);
    Ok(Redirect::to(posted.fields.back("/")))
}
