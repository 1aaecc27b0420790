//! Persons who object to secondary use: recorded and taken back by the secretariat or a doctor.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::ErrorKind;
use relu_desk::view::OppositionForm;

use crate::failure::Failure;
use crate::form::Posted;
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::SignedIn;
use crate::state::App;
use crate::texts::t;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/opposition", get(show).post(record))
        .route("/opposition/{id}/retirer", post(withdraw))
}

async fn show(State(app): State<App>, who: SignedIn) -> Result<Markup, Failure> {
    page(&app, &who, &OppositionForm::default(), None).await
}

async fn page(
    app: &App,
    who: &SignedIn,
    form: &OppositionForm,
    problem: Option<&str>,
) -> Result<Markup, Failure> {
    let lines = app.desk.oppositions(&who.actor()).await?;
    Ok(pages::opposition::page(&frame(app, who, Section::Opposition), &lines, form, problem))
}

async fn record(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let (who, fields) = (posted.who, &posted.fields);
    let of = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    let form = OppositionForm {
        birth_name: of("birth_name"),
        used_name: of("used_name"),
        first_name: of("first_name"),
        birth_date: of("birth_date"),
        ins: of("ins"),
    };
    match app.desk.record_opposition(&who.actor(), &form).await {
        Ok(()) => {
            app.memory.leave_notice(&who.key, t("opposition.done").to_owned(), false);
            Ok(Redirect::to("/opposition").into_response())
        }
        Err(e) if e.kind == ErrorKind::User => {
            let problem = format!("{} : {}", e.cause, e.hint);
            let page = page(&app, &who, &form, Some(problem.trim_end_matches([' ', ':']))).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(e) => Err(e.into()),
    }
}

async fn withdraw(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Redirect, Failure> {
    let who = posted.who;
    app.desk.withdraw_opposition(&who.actor(), &id).await?;
    app.memory.leave_notice(&who.key, t("opposition.undone").to_owned(), false);
    Ok(Redirect::to("/opposition"))
}
