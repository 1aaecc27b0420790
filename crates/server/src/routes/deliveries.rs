//! « Remis »: the list of deliveries, and what a person can do about one.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use maud::Markup;
use relu_record::{Actor, DocumentId};
use serde::{Deserialize, Serialize};

use crate::failure::{self, Failure};
use crate::form::Posted;
use crate::list::{ListQuery, percent};
use crate::pages::deliveries::{DeliveriesPage, DeliveryQuery, HandOver};
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::Reader;
use crate::state::App;
use crate::texts::t;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/remis", get(show))
        .route("/remis/{id}/reessayer", post(retry))
        .route("/remis/{id}/renoncer", post(cancel))
        .route("/documents/{id}/remettre", post(hand_over))
        .route("/api/documents/{id}/deliveries", get(of_document))
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Query(query): Query<DeliveryQuery>,
) -> Result<Markup, Failure> {
    let page = query.page.unwrap_or(1).saturating_sub(1);
    let destination = query.destination.as_deref().filter(|d| !d.is_empty());
    let list = app.desk.deliveries(&who.actor(), query.delivery_state(), destination, page).await?;
    let destinations = app.desk.destinations();
    let page = DeliveriesPage { list: &list, query: &query, destinations: &destinations };
    Ok(pages::deliveries::page(&frame(&app, &who, Section::Deliveries), &page))
}

/// Where to go back to: the same place of the list, or the document.
#[derive(Deserialize)]
struct Back {
    document: Option<String>,
}

fn back(query: &DeliveryQuery, to: &Back) -> Redirect {
    match &to.document {
        Some(id) => Redirect::to(&format!("/documents/{}#handed-over", percent(id))),
        None => Redirect::to(&query.at("/remis")),
    }
}

async fn retry(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<DeliveryQuery>,
    Query(to): Query<Back>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    app.desk.retry_delivery(&who.actor(), &id).await?;
    app.memory.leave_notice(&who.key, t("deliveries.retried").to_owned(), false);
    Ok(back(&query, &to))
}

async fn cancel(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(query): Query<DeliveryQuery>,
    Query(to): Query<Back>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    app.desk.cancel_delivery(&who.actor(), &id).await?;
    app.memory.leave_notice(&who.key, t("deliveries.given-up").to_owned(), false);
    Ok(back(&query, &to))
}

async fn hand_over(
    State(app): State<App>,
    Path(id): Path<DocumentId>,
    Query(query): Query<ListQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let to = posted.fields.get("vers").ok_or(Failure::BadForm)?;
    app.desk.hand_over(&posted.who.actor(), &id, to).await?;
    Ok(Redirect::to(&query.place().at(&format!("/documents/{}", percent(&id.0)))))
}

/// What a document's page shows of its deliveries.
pub async fn handed(app: &App, who: &Actor, id: &DocumentId) -> Result<HandOver, Failure> {
    Ok(HandOver {
        deliveries: app.desk.deliveries_of(who, id).await?,
        destinations: app.desk.destinations(),
    })
}

/// One delivery, for programs.
#[derive(Serialize)]
struct Delivery {
    id: String,
    destination: String,
    purpose: String,
    state: &'static str,
    reason: Option<String>,
    created: String,
    updated: String,
}

async fn of_document(
    State(app): State<App>,
    who: Result<Reader, Failure>,
    Path(id): Path<DocumentId>,
) -> Response {
    failure::json_answer(list(&app, who, &id).await)
}

async fn list(
    app: &App,
    who: Result<Reader, Failure>,
    id: &DocumentId,
) -> Result<Vec<Delivery>, Failure> {
    let who = who?;
    let all = app.desk.deliveries_of(&who.actor(), id).await?;
    Ok(all
        .into_iter()
        .map(|d| Delivery {
            id: d.id,
            destination: d.destination,
            purpose: d.purpose,
            state: d.state.as_str(),
            reason: d.reason,
            created: d.created.to_rfc3339(),
            updated: d.updated.to_rfc3339(),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::api::description::{described, fields};

    /// The description names exactly the fields that are written.
    #[test]
    fn the_description_is_true() {
        let described = described();
        let written = serde_json::to_value(Delivery {
            id: "i".into(),
            destination: "d".into(),
            purpose: "p".into(),
            state: "remis",
            reason: None,
            created: String::new(),
            updated: String::new(),
        });
        let schema = &described["components"]["schemas"]["Delivery"]["properties"];
        assert_eq!(fields(&written.unwrap()), fields(schema));
        let states: Vec<&str> = relu_desk::DeliveryState::ALL.iter().map(|s| s.as_str()).collect();
        assert_eq!(schema["state"]["enum"], serde_json::json!(states));
    }
}
