//! Exports without identities: the list, a new one, its review and what is decided in it, the archive.
//! Addresses hold ids of ours alone; words go in the body of a form.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::view::{CandidateVerdict, ExportForm};
use relu_desk::{ErrorKind, ExportId};
use relu_record::DocumentId;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::{Fields, Posted};
use crate::list::percent;
use crate::pages::exports::{NewPage, ReviewPage};
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::{Exporter, SignedIn};
use crate::state::App;
use crate::texts::{t, tf, tn};

pub fn routes() -> Router<App> {
    Router::new()
        .route("/exports", get(list).post(create))
        .route("/exports/nouveau", get(new))
        .route("/exports/{id}", get(show))
        .route("/exports/{id}/documents/{document}/decider", post(decide))
        .route("/exports/{id}/documents/{document}/ajouter", post(add))
        .route("/exports/{id}/documents/{document}/annuler", post(undo))
        .route("/exports/{id}/documents/{document}/relu", post(reviewed))
        .route("/exports/{id}/echantillon", post(sample))
        .route("/exports/{id}/actualiser", post(refresh))
        .route("/exports/{id}/exporter", post(export))
        .route("/exports/{id}/cle", post(destroy_key))
        .route("/exports/{id}/archive.zip", get(archive))
}

type Place = Path<(ExportId, DocumentId)>;

fn back(id: &ExportId, document: Option<&DocumentId>) -> Redirect {
    let at = document.map(|d| format!("?d={}", percent(&d.0))).unwrap_or_default();
    Redirect::to(&format!("/exports/{}{at}", percent(&id.0)))
}

async fn list(State(app): State<App>, who: SignedIn) -> Result<Markup, Failure> {
    let exports = app.desk.exports(&who.actor()).await?;
    let may = who.account.role.may_export();
    Ok(pages::exports::list(&frame(&app, &who, Section::Exports), &exports, may))
}

async fn new(State(app): State<App>, who: Exporter) -> Result<Markup, Failure> {
    Ok(new_page(&app, &who, &ExportForm::default(), None))
}

fn new_page(app: &App, who: &SignedIn, form: &ExportForm, problem: Option<&str>) -> Markup {
    let (policies, types) = (app.desk.export_policies(), app.desk.document_types());
    let page = NewPage { form, problem, policies: &policies, types: &types };
    pages::exports::new(&frame(app, who, Section::Exports), &page)
}

async fn create(State(app): State<App>, posted: Posted<Exporter>) -> Result<Response, Failure> {
    let who = &posted.who;
    let form = form(&posted.fields);
    match app.desk.create_export(&who.actor(), &form).await {
        Ok(id) => Ok(back(&id, None).into_response()),
        // What was typed stays on the page.
        Err(e) if e.kind == ErrorKind::User => {
            let problem = format!("{}. {}", sentence(&e.cause), sentence(&e.hint));
            let page = new_page(&app, who, &form, Some(problem.trim()));
            Ok((axum::http::StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(e) => Err(e.into()),
    }
}

fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map(|c| c.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn form(fields: &Fields) -> ExportForm {
    let of = |name: &str| fields.get(name).unwrap_or_default().to_owned();
    ExportForm {
        title: of("title"),
        purpose: of("purpose"),
        legal_basis: of("legal_basis"),
        controller: of("controller"),
        recipients: of("recipients"),
        end_date: of("end_date"),
        approved_by: of("approved_by"),
        policy: of("policy"),
        type_code: of("type_code"),
        since: of("since"),
        until: of("until"),
        patient: of("patient"),
    }
}

#[derive(Deserialize)]
struct Open {
    #[serde(rename = "d")]
    document: Option<String>,
}

async fn show(
    State(app): State<App>,
    who: SignedIn,
    Path(id): Path<ExportId>,
    Query(open): Query<Open>,
) -> Result<Markup, Failure> {
    let document = open.document.filter(|d| !d.is_empty()).map(DocumentId);
    let view = app.desk.export_view(&who.actor(), &id, document.as_ref()).await?;
    let labels = app.desk.deid_labels();
    let page = ReviewPage { view: &view, labels: &labels };
    Ok(pages::exports::review(&frame(&app, &who, Section::Exports), &page))
}

async fn decide(
    State(app): State<App>,
    Path((id, document)): Place,
    posted: Posted<Exporter>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let candidate = posted.fields.get("candidate").ok_or(Failure::BadForm)?;
    let label = posted.fields.get("label").unwrap_or_default();
    let verdict = match posted.fields.get("verdict") {
        Some("masquer") => CandidateVerdict::Mask,
        Some("laisser") => CandidateVerdict::Release,
        Some("etiquette") => CandidateVerdict::Label(label.to_owned()),
        Some("partout") => {
            let desk = &app.desk;
            desk.mask_everywhere(&who.actor(), &id, &document, Some(candidate), "", label).await?;
            return Ok(back(&id, Some(&document)));
        }
        _ => return Err(Failure::BadForm),
    };
    app.desk.decide_candidate(&who.actor(), &id, &document, candidate, &verdict).await?;
    Ok(back(&id, Some(&document)))
}

async fn add(
    State(app): State<App>,
    Path((id, document)): Place,
    posted: Posted<Exporter>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let words = posted.fields.get("words").unwrap_or_default();
    let at: Option<usize> = posted.fields.get("at").and_then(|n| n.parse().ok());
    let label = posted.fields.get("label").unwrap_or("NOM");
    if let (Some("laisser"), Some(at)) = (posted.fields.get("verdict"), at) {
        app.desk.let_stand(&who.actor(), &id, &document, at).await?;
        return Ok(back(&id, Some(&document)));
    }
    let places = app.desk.add_passage(&who.actor(), &id, &document, words, at, label).await?;
    app.memory.leave_notice(&who.key, tn("export.added", places as u64), false);
    Ok(back(&id, Some(&document)))
}

async fn undo(
    State(app): State<App>,
    Path((id, document)): Place,
    posted: Posted<Exporter>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    app.desk.undo_in_export(&who.actor(), &id, &document).await?;
    app.memory.leave_notice(&who.key, t("export.undone").to_owned(), false);
    Ok(back(&id, Some(&document)))
}

/// Looked at; then the next document that waits.
async fn reviewed(
    State(app): State<App>,
    Path((id, document)): Place,
    posted: Posted<Exporter>,
) -> Result<Redirect, Failure> {
    app.desk.review_export_document(&posted.who.actor(), &id, &document).await?;
    let next = app.desk.next_in_export(&id, &document).await?;
    Ok(back(&id, Some(next.as_ref().unwrap_or(&document))))
}

async fn sample(
    State(app): State<App>,
    Path(id): Path<ExportId>,
    posted: Posted<Exporter>,
) -> Result<Redirect, Failure> {
    let size = posted.fields.get("size").and_then(|n| n.parse().ok()).ok_or(Failure::BadForm)?;
    app.desk.draw_sample(&posted.who.actor(), &id, size).await?;
    Ok(back(&id, None))
}

async fn refresh(
    State(app): State<App>,
    Path(id): Path<ExportId>,
    posted: Posted<Exporter>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let (came, went) = app.desk.refresh_export(&who.actor(), &id).await?;
    let notice =
        tf("export.refreshed", &[("came", &came.to_string()), ("went", &went.to_string())]);
    app.memory.leave_notice(&who.key, notice, false);
    Ok(back(&id, None))
}

async fn export(
    State(app): State<App>,
    Path(id): Path<ExportId>,
    posted: Posted<Exporter>,
) -> Result<Redirect, Failure> {
    if posted.fields.get("agree") != Some("oui") {
        return Err(Failure::BadForm);
    }
    let version = posted.fields.get("version").unwrap_or_default();
    app.desk.export_now(&posted.who.actor(), &id, version).await?;
    Ok(back(&id, None))
}

async fn destroy_key(
    State(app): State<App>,
    Path(id): Path<ExportId>,
    posted: Posted,
) -> Result<Redirect, Failure> {
    let who = posted.who;
    if posted.fields.get("agree") != Some("oui") {
        return Err(Failure::BadForm);
    }
    app.desk.destroy_export_key(&who.actor(), &id).await?;
    app.memory.leave_notice(&who.key, t("export.key-destroyed-explain").to_owned(), false);
    Ok(back(&id, None))
}

async fn archive(
    State(app): State<App>,
    who: Exporter,
    Path(id): Path<ExportId>,
) -> Result<Response, Failure> {
    let (bytes, name) = app.desk.export_archive(&who.actor(), &id).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, bytes).into_response())
}
