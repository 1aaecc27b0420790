//! Two documents side by side: a report that came twice, or two versions of one.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use maud::Markup;
use relu_record::DocumentId;

use crate::failure::Failure;
use crate::list::ListQuery;
use crate::pages::Section;
use crate::pages::compare::side_by_side;
use crate::routes::inbox::frame;
use crate::session::SignedIn;
use crate::state::App;

pub fn routes() -> Router<App> {
    Router::new().route("/documents/{id}/comparer/{other}", get(show))
}

async fn show(
    State(app): State<App>,
    who: SignedIn,
    Path((id, other)): Path<(String, String)>,
    Query(query): Query<ListQuery>,
) -> Result<Markup, Failure> {
    let who = who.reader()?;
    let view = app.desk.side_by_side(&who.actor(), &DocumentId(id), &DocumentId(other)).await?;
    Ok(side_by_side(&frame(&app, &who, Section::Inbox), &view, &query))
}
