//! What a person did lately.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use maud::Markup;

use crate::failure::Failure;
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::Reader;
use crate::state::App;

pub fn routes() -> Router<App> {
    Router::new().route("/actes", get(show))
}

async fn show(State(app): State<App>, who: Reader) -> Result<Markup, Failure> {
    let lines = app.desk.my_acts(&who.actor()).await?;
    Ok(pages::acts::page(&frame(&app, &who, Section::Inbox), &lines))
}
