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
use crate::session::Reader;
use crate::state::App;

pub fn routes() -> Router<App> {
    Router::new().route("/documents/{id}/comparer/{other}", get(show))
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Path((id, other)): Path<(DocumentId, DocumentId)>,
    Query(query): Query<ListQuery>,
) -> Result<Markup, Failure> {
    let view = app.desk.side_by_side(&who.actor(), &id, &other).await?;
    Ok(side_by_side(&frame(&app, &who, Section::Inbox), &view, &query))
}
