//! Accounts, created by an administrator.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use relu_record::Role;

use crate::failure::Failure;
use crate::form::Posted;
use crate::pages::accounts::{AccountsPage, NewAccount};
use crate::pages::{self, Section};
use crate::passwords;
use crate::routes::inbox::frame;
use crate::routes::sign_in::account_problem;
use crate::session::Administrator;
use crate::state::App;
use crate::texts::tf;

pub fn routes() -> Router<App> {
    Router::new().route("/comptes", get(show).post(create))
}

async fn show(State(app): State<App>, who: Administrator) -> Result<Response, Failure> {
    let accounts = app.desk.accounts().await?;
    let page = AccountsPage { accounts: &accounts, new: NewAccount::default(), problem: None };
    Ok(pages::accounts::page(&frame(&app, &who, Section::Accounts), &page).into_response())
}

async fn create(
    State(app): State<App>,
    posted: Posted<Administrator>,
) -> Result<Response, Failure> {
    let who = &posted.who;
    let fields = &posted.fields;
    // Passwords are taken as typed.
    let raw = |name: &str| {
        fields.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    };
    let new = NewAccount {
        login: fields.get("login").unwrap_or_default(),
        name: fields.get("name").unwrap_or_default(),
        role: fields.get("role").unwrap_or_default(),
    };
    let role = Role::parse(new.role).ok_or(Failure::BadForm)?;
    let password = raw("password");
    let too_long = password.len() > passwords::MAX_PASSWORD;
    let problem = account_problem(new.login, new.name, password, raw("password2"));
    if too_long || problem.is_some() {
        let accounts = app.desk.accounts().await?;
        let page = AccountsPage { accounts: &accounts, new, problem };
        let body = pages::accounts::page(&frame(&app, who, Section::Accounts), &page);
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, body).into_response());
    }
    let hash = passwords::hash_in_background(password.to_owned()).await?;
    let login = new.login.to_lowercase();
    app.desk.create_account(Some(&who.actor()), &login, new.name, role, &hash).await?;
    app.memory.leave_notice(&who.key, tf("account.created", &[("login", &login)]), false);
    Ok(Redirect::to("/comptes").into_response())
}
