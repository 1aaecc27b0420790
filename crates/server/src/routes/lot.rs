//! Several documents at once: chosen on the list, shown with what would happen, then done, undone or
//! printed together. The ids of a lot stay in the session; addresses carry an opaque name.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::{BulkAct, BulkSeen, MOST_OF_A_LOT};
use relu_record::DocumentId;

use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::list::{ListQuery, percent};
use crate::memory::Lot;
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::{Reader, SignedIn};
use crate::state::App;
use crate::texts::{t, tf, tn};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/lot", post(choose))
        .route("/lot/{name}", get(preview).post(act))
        .route("/lot/{name}/annuler", post(undo))
        .route("/lot/{name}/imprimer", get(print))
}

type Place = Query<ListQuery>;

/// Keeps the documents chosen, and shows what would happen to them, or prints them.
async fn choose(
    State(app): State<App>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let ids = chosen(&posted.fields);
    if ids.is_empty() {
        app.memory.leave_notice(&who.key, t("lot.none-chosen").to_owned(), true);
        return Ok(Redirect::to(&query.place().at("/")));
    }
    let wanted = posted.fields.get("faire");
    let act = match wanted {
        Some("viser") => BulkAct::Viser,
        _ => BulkAct::Classer,
    };
    let lot = Lot { act, ids, seen: Vec::new(), done: Vec::new(), left: 0 };
    let name = app.memory.keep_lot(&who.key, lot);
    let end = if wanted == Some("imprimer") { "/imprimer" } else { "" };
    Ok(Redirect::to(&query.place().at(&format!("/lot/{name}{end}"))))
}

/// The documents chosen on a list.
pub fn chosen(fields: &Fields) -> Vec<DocumentId> {
    let chosen = fields.0.iter().filter(|(key, _)| key == "d").take(MOST_OF_A_LOT);
    chosen.map(|(_, id)| DocumentId(id.clone())).collect()
}

/// The lot of that name; a session that was closed has forgotten it.
pub fn kept(app: &App, who: &SignedIn, name: &str) -> Result<Lot, Failure> {
    app.memory.lot(&who.key, name).ok_or(Failure::NoPage)
}

async fn preview(
    State(app): State<App>,
    who: Reader,
    Path(name): Path<String>,
    Query(query): Place,
) -> Result<Markup, Failure> {
    let mut lot = kept(&app, &who, &name)?;
    let lines = app.desk.preview_bulk(&who.actor(), lot.act, &lot.ids).await?;
    let ready = lines.iter().filter_map(|line| {
        let target = line.target.clone()?;
        Some(BulkSeen { id: line.item.id.clone(), version: line.version, target })
    });
    lot.seen = ready.collect();
    let page = pages::lot::Preview { name: &name, act: lot.act, lines: &lines, query: &query };
    let markup = pages::lot::preview(&frame(&app, &who, Section::Inbox), &page);
    app.memory.put_lot(&who.key, &name, lot);
    Ok(markup)
}

async fn act(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let mut lot = kept(&app, who, &name)?;
    // A lot is done once: the form sent twice shows the list again.
    if lot.done.is_empty() {
        let seen = std::mem::take(&mut lot.seen);
        let done = app.desk.do_bulk(&who.actor(), lot.act, &seen).await?;
        lot.left = lot.ids.len().saturating_sub(done.done.len());
        lot.done = done.done;
        app.memory.put_lot(&who.key, &name, lot);
    }
    Ok(Redirect::to(&ListQuery { lot: Some(name), ..query.place() }.at("/")))
}

async fn undo(
    State(app): State<App>,
    Path(name): Path<String>,
    Query(query): Place,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let lot = kept(&app, who, &name)?;
    let undone = app.desk.undo_bulk(&who.actor(), lot.act, &lot.done).await?;
    let mut said = tn("lot.undone", undone.done.len() as u64);
    if !undone.left.is_empty() {
        said.push(' ');
        said.push_str(&tf("lot.not-undone", &[("n", &undone.left.len().to_string())]));
    }
    app.memory.put_lot(&who.key, &name, Lot { done: Vec::new(), ..lot });
    app.memory.leave_notice(&who.key, said, false);
    Ok(Redirect::to(&query.place().at("/")))
}

/// The documents one after the other, a page of paper for each page.
async fn print(
    State(app): State<App>,
    who: Reader,
    Path(name): Path<String>,
    Query(query): Place,
) -> Result<Markup, Failure> {
    paper(&app, &who, (&name, Section::Inbox), &query.place().at("/")).await
}

/// The pages of a lot, to be printed from that part of the menu and list.
pub async fn paper(
    app: &App,
    who: &Reader,
    (name, section): (&str, Section),
    back: &str,
) -> Result<Markup, Failure> {
    let lot = kept(app, who, name)?;
    let mut views = Vec::new();
    for id in &lot.ids {
        views.push(app.desk.document(&who.actor(), id).await?);
    }
    let printed = format!("/a-imprimer/{}", percent(name));
    let page = pages::lot::Paper { views: &views, back, printed: &printed };
    Ok(pages::lot::print(&frame(app, who, section), &page))
}
