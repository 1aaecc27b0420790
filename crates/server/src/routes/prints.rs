//! What is to be put on paper: a document marked or not, those chosen on the list printed together,
//! said to be printed, and each of these taken back.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::{BulkAct, ErrorKind};
use relu_record::{Actor, DocumentId};

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::{ListQuery, percent};
use crate::memory::Lot;
use crate::pages::Section;
use crate::pages::prints::ADDRESS;
use crate::routes::lot::{chosen, kept, paper};
use crate::session::{Reader, SignedIn};
use crate::state::App;
use crate::texts::{t, tn};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/a-imprimer", post(choose))
        .route("/a-imprimer/{name}", get(print).post(printed))
        .route("/a-imprimer/{name}/annuler", post(not_printed))
        .route("/a-imprimer/{name}/remettre", post(put_back))
        .route("/documents/{id}/a-imprimer", post(mark))
        .route("/documents/{id}/ne-pas-imprimer", post(leave))
}

/// Prints the documents chosen, or takes them off the list.
async fn choose(State(app): State<App>, posted: Posted<Reader>) -> Result<Redirect, Failure> {
    let ids = chosen(&posted.fields);
    let who = &posted.who;
    if ids.is_empty() {
        app.memory.leave_notice(&who.key, t("lot.none-chosen").to_owned(), true);
        return Ok(Redirect::to(ADDRESS));
    }
    let take_off = posted.fields.get("faire") == Some("retirer");
    let done = match take_off {
        true => each(&app, &who.actor(), &ids, false).await?,
        false => Vec::new(),
    };
    let left = done.len() as u64;
    let lot = Lot { act: BulkAct::Classer, ids, seen: Vec::new(), done, left: 0 };
    let at = format!("/a-imprimer/{}", percent(&app.memory.keep_lot(&who.key, lot)));
    if !take_off {
        return Ok(Redirect::to(&at));
    }
    tell(&app, who, ("prints.taken-off", left), (&format!("{at}/remettre"), ADDRESS));
    Ok(Redirect::to(ADDRESS))
}

/// Marks each document, or takes it off; one that somebody has changed meanwhile is left.
async fn each(
    app: &App,
    who: &Actor,
    ids: &[DocumentId],
    print: bool,
) -> Result<Vec<DocumentId>, Failure> {
    let mut done = Vec::new();
    for id in ids {
        match app.desk.mark_to_print(who, id, print).await {
            Ok(()) => done.push(id.clone()),
            Err(e) if e.kind == ErrorKind::Conflict => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(done)
}

/// Says what was done, with its undo; or that nothing was.
fn tell(app: &App, who: &SignedIn, (key, n): (&str, u64), undo: (&str, &str)) {
    match n {
        0 => app.memory.leave_notice(&who.key, t("prints.nothing").to_owned(), false),
        _ => app.memory.leave_undo(&who.key, tn(key, n), undo),
    }
}

async fn print(
    State(app): State<App>,
    who: Reader,
    Path(name): Path<String>,
) -> Result<Markup, Failure> {
    paper(&app, &who, (&name, Section::Bannettes), ADDRESS).await
}

/// A person says that what was to be printed of a lot is.
async fn printed(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let lot = kept(&app, who, &name)?;
    let done = app.desk.printed(&who.actor(), &lot.ids).await?;
    let (n, back) = (done.len() as u64, posted.fields.back(ADDRESS));
    let undo = format!("/a-imprimer/{}/annuler", percent(&name));
    app.memory.put_lot(&who.key, &name, Lot { done, ..lot });
    tell(&app, who, ("prints.printed", n), (&undo, back));
    Ok(Redirect::to(back))
}

async fn not_printed(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let lot = kept(&app, who, &name)?;
    let again = app.desk.not_printed(&who.actor(), &lot.done).await?.len();
    Ok(back_on_the_list(&app, &posted, (&name, lot), again))
}

/// Puts what was taken off back on the list.
async fn put_back(
    State(app): State<App>,
    Path(name): Path<String>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let lot = kept(&app, who, &name)?;
    let again = each(&app, &who.actor(), &lot.done, true).await?.len();
    Ok(back_on_the_list(&app, &posted, (&name, lot), again))
}

/// A lot of which that many wait again: nothing of it is done, and the person is told.
fn back_on_the_list(
    app: &App,
    posted: &Posted<Reader>,
    (name, lot): (&str, Lot),
    again: usize,
) -> Redirect {
    app.memory.put_lot(&posted.who.key, name, Lot { done: Vec::new(), ..lot });
    app.memory.leave_notice(&posted.who.key, tn("prints.back", again as u64), false);
    Redirect::to(posted.fields.back(ADDRESS))
}

async fn mark(
    state: State<App>,
    id: Path<String>,
    query: Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    one(&state, &id, &query, posted, true).await
}

async fn leave(
    state: State<App>,
    id: Path<String>,
    query: Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    one(&state, &id, &query, posted, false).await
}

async fn one(
    app: &App,
    id: &str,
    query: &ListQuery,
    posted: Posted<Reader>,
    print: bool,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    app.desk.mark_to_print(&who.actor(), &DocumentId(id.to_owned()), print).await?;
    let said = if print { t("prints.marked") } else { t("prints.left") };
    app.memory.leave_notice(&who.key, said.to_owned(), false);
    Ok(Redirect::to(&query.at(&format!("/documents/{}", percent(id)))))
}
