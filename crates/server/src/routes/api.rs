//! JSON for programs of the practice that hold a session. `/api/openapi.json` describes exactly
//! what is here.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use relu_desk::view::{Inbox, ListItem};
use serde::Serialize;

use crate::failure::{self, Failure};
use crate::list::ListQuery;
use crate::session::Reader;
use crate::state::App;

pub fn routes() -> Router<App> {
    Router::new().route("/api/documents", get(documents)).route("/api/openapi.json", get(openapi))
}

/// One page of documents.
#[derive(Serialize)]
struct Documents {
    total: u64,
    page: usize,
    page_size: usize,
    pending: u64,
    documents: Vec<Document>,
}

/// One document of the list.
#[derive(Serialize)]
struct Document {
    id: String,
    name: String,
    received: String,
    state: &'static str,
    format: String,
    patient: Option<String>,
    #[serde(rename = "type")]
    document_type: Option<String>,
    date: Option<String>,
    author: Option<String>,
    ocr: bool,
    checks: Vec<Check>,
    refusal: Option<Refusal>,
}

#[derive(Serialize)]
struct Check {
    code: String,
    severity: relu_record::Severity,
    message: String,
}

#[derive(Serialize)]
struct Refusal {
    code: String,
    message: String,
}

impl From<ListItem> for Document {
    fn from(item: ListItem) -> Document {
        Document {
            id: item.id.0,
            name: item.name,
            received: item.received.to_rfc3339(),
            state: item.state.as_str(),
            format: item.format,
            patient: item.patient,
            document_type: item.document_type,
            date: item.date,
            author: item.author,
            ocr: item.ocr,
            checks: item
                .checks
                .into_iter()
                .map(|c| Check { code: c.code, severity: c.severity, message: c.message })
                .collect(),
            refusal: item.refusal.map(|(code, message)| Refusal { code, message }),
        }
    }
}

async fn documents(
    State(app): State<App>,
    who: Result<Reader, Failure>,
    Query(query): Query<ListQuery>,
) -> Response {
    failure::json_answer(list(&app, who, &query).await)
}

async fn list(
    app: &App,
    who: Result<Reader, Failure>,
    query: &ListQuery,
) -> Result<Documents, Failure> {
    let who = who?;
    let filter = query.filter(String::new());
    let Inbox { items, total, page_size, pending, .. } =
        app.desk.inbox(&who.actor(), &filter).await?;
    let documents = items.into_iter().map(Document::from).collect();
    Ok(Documents { total, page: filter.page + 1, page_size, pending, documents })
}

async fn openapi() -> Response {
    let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
    (kind, include_str!("../../texts/openapi.json")).into_response()
}

/// What the description is held against, by the tests of every interface in it.
#[cfg(test)]
pub mod description {
    use serde_json::Value;

    /// The description as it is given out.
    pub fn described() -> Value {
        serde_json::from_str(include_str!("../../texts/openapi.json")).unwrap()
    }

    /// Names of an object's fields.
    pub fn fields(value: &Value) -> Vec<String> {
        let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    }
}

#[cfg(test)]
mod tests {
    use super::description::{described, fields};
    use super::*;
    use relu_record::{DocumentId, DocumentState, Instant};

    /// The description names exactly the fields that are written.
    #[test]
    fn the_description_is_true() {
        let described = described();
        let page = Documents {
            total: 1,
            page: 1,
            page_size: 50,
            pending: 0,
            documents: vec![Document::from(ListItem {
                id: DocumentId("d".into()),
                name: "n".into(),
                received: Instant(0),
                state: DocumentState::AClasser,
                format: "pdf".into(),
                patient: None,
                document_type: None,
                date: None,
                author: None,
                checks: Vec::new(),
                refusal: None,
                ocr: false,
                masked: false,
            })],
        };
        let written = serde_json::to_value(&page).unwrap();
        let schemas = &described["components"]["schemas"];
        assert_eq!(fields(&written), fields(&schemas["Documents"]["properties"]));
        assert_eq!(fields(&written["documents"][0]), fields(&schemas["Document"]["properties"]));
        let paths = [
            "/api/documents",
            "/api/documents/{id}/deliveries",
            "/api/openapi.json",
            "/api/search",
            "/api/session",
        ];
        assert_eq!(fields(&described["paths"]), paths);
        let states: Vec<&str> = DocumentState::ALL.iter().map(|s| s.as_str()).collect();
        assert_eq!(schemas["State"]["enum"], serde_json::json!(states));
    }
}
