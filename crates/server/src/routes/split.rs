//! Cutting a stack into documents, and the separator page to print.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::get;
use maud::Markup;
use relu_desk::SplitPlan;
use relu_record::DocumentId;

use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::list::ListQuery;
use crate::pages::Section;
use crate::pages::split::{separator, stack};
use crate::routes::inbox::frame;
use crate::session::Reader;
use crate::state::App;
use crate::texts::tn;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/documents/{id}/separer", get(show).post(split))
        .route("/separateur", get(print))
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Path(id): Path<DocumentId>,
    Query(query): Query<ListQuery>,
) -> Result<Markup, Failure> {
    let view = app.desk.split_view(&who.actor(), &id).await?;
    Ok(stack(&frame(&app, &who, Section::Inbox), &view, &query))
}

async fn split(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let plan = SplitPlan {
        begins: pages(&posted.fields, "commence"),
        leave_out: pages(&posted.fields, "ecarter"),
    };
    let made = app.desk.split(&who.actor(), &id, &plan).await?;
    app.memory.leave_notice(&who.key, tn("split.done", made as u64), false);
    let query = ListQuery { filed: Some(id.0), state: None, page: None, ..query.place() };
    Ok(Redirect::to(&query.at("/")))
}

/// The page numbers (from 0) of a field that comes once a page.
fn pages(fields: &Fields, name: &str) -> Vec<u32> {
    let named = fields.0.iter().filter(|(key, _)| key == name);
    named.filter_map(|(_, value)| value.trim().parse().ok()).collect()
}

async fn print(State(app): State<App>, who: Reader) -> Result<Markup, Failure> {
    Ok(separator(&frame(&app, &who, Section::Help)))
}
