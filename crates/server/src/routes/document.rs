//! A document: its page, its page images, its original, and the search for its patient.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use relu_record::DocumentId;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::{ListQuery, percent};
use crate::pages::document::{DocumentPage, Filed, Found};
use crate::pages::{self, Section};
use crate::routes::inbox::{frame, words};
use crate::session::{Reader, SignedIn};
use crate::state::App;

/// Widest page image given, in pixels.
const MOST_WIDTH: u32 = 2400;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/documents/{id}", get(show))
        .route("/documents/{id}/pages/{file}", get(page_image))
        .route("/documents/{id}/original", get(original))
        .route("/documents/{id}/patients", post(find_patients))
}

/// The document's page, at the same place of the same list.
pub fn back(id: &DocumentId, query: &ListQuery) -> Redirect {
    let query = ListQuery { filed: None, ..query.clone() };
    Redirect::to(&query.at(&format!("/documents/{}", percent(&id.0))))
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Path(id): Path<DocumentId>,
    Query(query): Query<ListQuery>,
) -> Result<Markup, Failure> {
    let view = app.desk.document(&who.actor(), &id).await?;
    let words = words(&app, &who, &query);
    let filter = query.filter(words.clone());
    let list = app.desk.inbox(&who.actor(), &filter).await?;
    let next = app.desk.next_in(&who.actor(), &filter, &id).await?;
    let filed = filed(&app, &who, &query).await;
    let found = found(&app, &who, &query).await?;
    let types = app.desk.document_types();
    let handed = super::deliveries::handed(&app, &who.actor(), &id).await?;
    let page = DocumentPage {
        view: &view,
        list: &list,
        query: &query,
        words: &words,
        next: next.as_ref(),
        filed: filed.as_ref(),
        found: found.as_ref(),
        types: &types,
        handed: &handed,
    };
    Ok(pages::document::page(&frame(&app, &who, Section::Inbox), &page))
}

/// The document just filed, while it can still be undone. The address carries its id alone.
pub async fn filed(app: &App, who: &SignedIn, query: &ListQuery) -> Option<Filed> {
    let id = DocumentId(query.filed.clone()?);
    let view = app.desk.document(&who.actor(), &id).await.ok()?;
    view.rights.undo.then_some(Filed { item: view.item })
}

async fn found(app: &App, who: &SignedIn, query: &ListQuery) -> Result<Option<Found>, Failure> {
    let Some(words) =
        query.patient_search.as_deref().and_then(|name| app.memory.search(&who.key, name))
    else {
        return Ok(None);
    };
    let patients = app.desk.find_patients(&words).await?;
    Ok(Some(Found { words, patients }))
}

/// Keeps the words in the session and shows the document again, with the patients they find.
async fn find_patients(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    // Long enough for the datamatrix of a label.
    let words: String = posted.fields.get("q").unwrap_or_default().chars().take(400).collect();
    let patient_search =
        (!words.is_empty()).then(|| app.memory.keep_search(&posted.who.key, &words));
    Ok(back(&id, &ListQuery { patient_search, ..query }))
}

#[derive(Deserialize)]
struct Width {
    #[serde(rename = "l", default = "default_width")]
    width: u32,
}

fn default_width() -> u32 {
    1000
}

async fn page_image(
    State(app): State<App>,
    who: Reader,
    Path((id, file)): Path<(DocumentId, String)>,
    Query(wanted): Query<Width>,
) -> Result<Response, Failure> {
    let page: u32 =
        file.strip_suffix(".png").and_then(|n| n.parse().ok()).ok_or(Failure::NoPage)?;
    tracing::debug!(role = who.account.role.as_str(), "page image");
    let png =
        app.desk.page_image(&who.actor(), &id, page, wanted.width.clamp(100, MOST_WIDTH)).await?;
    Ok(([(header::CONTENT_TYPE, "image/png")], png).into_response())
}

async fn original(
    State(app): State<App>,
    who: Reader,
    Path(id): Path<DocumentId>,
) -> Result<Response, Failure> {
    let (bytes, media_type, name) = app.desk.original(&who.actor(), &id).await?;
    // Never opened in the page's own origin: a received HTML or SVG must not run here.
    let headers = [
        (header::CONTENT_TYPE, safe_media_type(&media_type)),
        (header::CONTENT_DISPOSITION, attachment(&name)),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    Ok((headers, bytes).into_response())
}

fn safe_media_type(media_type: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/+.-".contains(c);
    if !media_type.is_empty() && media_type.chars().all(plain) {
        media_type.to_owned()
    } else {
        "application/octet-stream".to_owned()
    }
}

/// `attachment` with the name in both forms of RFC 6266.
fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "._- ".contains(c) { c } else { '_' })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{}", percent(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_in_their_header() {
        let value = attachment("é\"\r\nX: y.pdf");
        assert!(!value.contains('\n') && !value.contains("\"\r"));
        assert!(value.ends_with("%C3%A9%22%0D%0AX%3A%20y.pdf"));
        assert_eq!(safe_media_type("text/html\r\n"), "application/octet-stream");
    }
}
