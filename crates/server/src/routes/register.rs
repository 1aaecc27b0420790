//! The register of functions (*registre des fonctions*): everyone reads it, administrators switch.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;

use crate::failure::Failure;
use crate::form::Posted;
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::{Administrator, SignedIn};
use crate::state::App;
use crate::texts::tf;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/registre-des-fonctions", get(show))
        .route("/registre-des-fonctions/{id}", post(switch))
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Markup, Failure> {
    let functions = app.desk.functions().await?;
    Ok(pages::register::page(&frame(&app, &who, Section::Register), &functions))
}

async fn switch(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted<Administrator>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let active = posted.fields.get("active") == Some("oui");
    let overseer = posted.fields.get("overseer");
    app.desk.switch_function(&who.actor(), &id, active, overseer).await?;
    let key = if active { "register.switched-on" } else { "register.switched-off" };
    app.memory.leave_notice(&who.key, tf(key, &[("id", &id)]), false);
    Ok(Redirect::to("/registre-des-fonctions"))
}
