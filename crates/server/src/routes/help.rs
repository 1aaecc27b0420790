//! How to work with the pages.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use maud::Markup;

use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::SignedIn;
use crate::state::App;

pub fn routes() -> Router<App> {
    Router::new().route("/aide", get(show))
}

async fn show(State(app): State<App>, who: SignedIn) -> Markup {
    pages::help::page(&frame(&app, &who, Section::Help))
}
