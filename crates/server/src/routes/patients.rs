//! Patients: records that could be of one person, merges, and the import of a list. The list that
//! waits for a confirmation is kept in the memory of the session, never in an address.

use axum::Router;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::view::ImportReport;
use relu_desk::{DeskError, ErrorKind};
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::percent;
use crate::pages::patients::{ImportPage, PatientsPage};
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::{Reader, SignedIn};
use crate::state::App;
use crate::texts::{t, tn};

/// Largest list, in bytes.
const MOST_BYTES: usize = 24 << 20;

pub fn routes() -> Router<App> {
    let list = post(try_import).layer(DefaultBodyLimit::max(MOST_BYTES));
    Router::new()
        .route("/patients", get(show))
        .route("/patients/chercher", post(find))
        .route("/patients/fusionner", post(merge))
        .route("/patients/fusions/{id}/annuler", post(split))
        .route("/patients/importer", list.get(import))
        .route("/patients/importer/appliquer", post(apply))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Place {
    /// Opaque name of a search kept in the session.
    #[serde(rename = "p")]
    search: Option<String>,
}

async fn show(
    State(app): State<App>,
    who: SignedIn,
    Query(place): Query<Place>,
) -> Result<Response, Failure> {
    // Administrators import lists and see no patient.
    if who.account.role.may_administer() {
        return Ok(Redirect::to("/patients/importer").into_response());
    }
    let who = who.reader()?;
    let doubles = app.desk.doubles(&who.actor()).await?;
    let merges = app.desk.merges(&who.actor()).await?;
    let words = place.search.as_deref().and_then(|name| app.memory.search(&who.key, name));
    let found = match &words {
        Some(words) => Some((words.as_str(), app.desk.find_patients(words).await?)),
        None => None,
    };
    let found = found.as_ref().map(|(words, patients)| (*words, patients.as_slice()));
    let page = PatientsPage { doubles: &doubles, merges: &merges, found };
    Ok(pages::patients::page(&frame(&app, &who, Section::Patients), &page).into_response())
}

/// Keeps the words in the session and shows who they find.
async fn find(State(app): State<App>, posted: Posted<Reader>) -> Result<Redirect, Failure> {
    let words: String = posted.fields.get("q").unwrap_or_default().chars().take(400).collect();
    if words.trim().is_empty() {
        return Ok(Redirect::to("/patients"));
    }
    let kept = app.memory.keep_search(&posted.who.key, &words);
    Ok(Redirect::to(&format!("/patients?p={}", percent(&kept))))
}

async fn merge(State(app): State<App>, posted: Posted<Reader>) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let of = |name: &str| posted.fields.get(name).ok_or(Failure::BadForm);
    let (one, other, keep) = (of("un")?, of("autre")?, of("garder")?);
    let gone = if keep == one { other } else { one };
    if keep != one && keep != other {
        return Err(Failure::BadForm);
    }
    let documents = app.desk.merge_patients(&who.actor(), gone, keep).await?;
    app.memory.leave_notice(&who.key, tn("patients.merge-done", documents as u64), false);
    Ok(Redirect::to("/patients"))
}

async fn split(
    State(app): State<App>,
    Path(id): Path<String>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let documents = app.desk.split_patients(&who.actor(), &id).await?;
    app.memory.leave_notice(&who.key, tn("patients.split-done", documents as u64), false);
    Ok(Redirect::to("/patients"))
}

async fn import(State(app): State<App>, who: SignedIn) -> Markup {
    import_page(&app, &who, "", None, None)
}

fn import_page(
    app: &App,
    who: &SignedIn,
    source: &str,
    report: Option<(&ImportReport, bool)>,
    problem: Option<&str>,
) -> Markup {
    let waiting = report.is_some_and(|(_, waiting)| waiting);
    let page = ImportPage { source, report: report.map(|(r, _)| r), waiting, problem };
    pages::patients::import(&frame(app, who, Section::Patients), &page)
}

/// Shows what the list would do; nothing is kept but the list itself, in memory.
async fn try_import(
    State(app): State<App>,
    who: SignedIn,
    mut form: Multipart,
) -> Result<Response, Failure> {
    let (mut checked, mut source, mut bytes) = (false, String::new(), Vec::new());
    while let Some(field) = form.next_field().await.map_err(|_| Failure::BadForm)? {
        let name = field.name().unwrap_or_default().to_owned();
        let content = field.bytes().await.map_err(|_| Failure::BadForm)?;
        let said = || String::from_utf8_lossy(&content).trim().to_owned();
        match name.as_str() {
            "csrf" => {
                who.check_form(&said())?;
                checked = true;
            }
            "source" => source = said(),
            "fichier" => bytes = content.to_vec(),
            _ => {}
        }
    }
    if !checked {
        return Err(Failure::FormToken);
    }
    match app.desk.import_patients(&who.actor(), &source, &bytes, true).await {
        Ok(report) => {
            let page = import_page(&app, &who, &source, Some((&report, true)), None);
            app.memory.keep_list(&who.key, source, bytes);
            Ok(page.into_response())
        }
        Err(e) => refused(&app, &who, &source, e),
    }
}

async fn apply(State(app): State<App>, posted: Posted) -> Result<Response, Failure> {
    let who = posted.who;
    let Some((source, bytes)) = app.memory.take_list(&who.key) else {
        let page = import_page(&app, &who, "", None, Some(t("patients.list-gone")));
        return Ok((StatusCode::CONFLICT, page).into_response());
    };
    match app.desk.import_patients(&who.actor(), &source, &bytes, false).await {
        Ok(report) => {
            Ok(import_page(&app, &who, &source, Some((&report, false)), None).into_response())
        }
        Err(e) => refused(&app, &who, &source, e),
    }
}

fn refused(app: &App, who: &SignedIn, source: &str, e: DeskError) -> Result<Response, Failure> {
    if e.kind != ErrorKind::User {
        return Err(e.into());
    }
    let problem = format!("{} : {}", e.cause, e.hint);
    let page = import_page(app, who, source, None, Some(problem.trim_end_matches([' ', ':'])));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}
