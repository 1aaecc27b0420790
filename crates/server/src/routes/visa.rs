//! The doctor's list: seen, to act, done, taken back; each a form, the filters in the address.

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::Redirect;
use axum::routing::{get, post};
use maud::Markup;
use relu_desk::view::routing::VisaFilter;
use relu_record::DocumentId;
use serde::Deserialize;

use crate::failure::Failure;
use crate::form::Posted;
use crate::pages::visa::Place;
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::Reader;
use crate::state::App;
use crate::texts::t;

pub fn routes() -> Router<App> {
    Router::new().route("/a-viser", get(show)).route("/a-viser/{id}/{act}", post(act))
}

#[derive(Deserialize)]
#[serde(default)]
struct Asked {
    #[serde(rename = "voir")]
    show: String,
    #[serde(rename = "moi")]
    mine: Option<String>,
    #[serde(rename = "type")]
    type_code: Option<String>,
}

impl Default for Asked {
    fn default() -> Asked {
        Asked { show: "a-viser".to_owned(), mine: None, type_code: None }
    }
}

impl Asked {
    fn place(self) -> Place {
        let known = matches!(self.show.as_str(), "a-viser" | "a-faire" | "vus");
        Place {
            show: if known { self.show } else { "a-viser".to_owned() },
            mine: self.mine.is_some(),
            type_code: self.type_code.filter(|c| !c.is_empty()),
        }
    }
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Query(asked): Query<Asked>,
) -> Result<Markup, Failure> {
    let place = asked.place();
    let filter = VisaFilter {
        show: place.show.clone(),
        mine: place.mine,
        type_code: place.type_code.clone(),
    };
    let view = app.desk.visa_list(&who.actor(), &filter).await?;
    let types = app.desk.document_types();
    Ok(pages::visa::page(&frame(&app, &who, Section::Visa), &view, &place, &types))
}

async fn act(
    State(app): State<App>,
    Path((id, act)): Path<(DocumentId, String)>,
    Query(asked): Query<Asked>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let actor = who.actor();
    let said = match act.as_str() {
        "vu" => app.desk.visa(&actor, &id, false).await.map(|()| "visa.was-seen"),
        "a-faire" => app.desk.visa(&actor, &id, true).await.map(|()| "visa.was-to-do"),
        "fait" => app.desk.visa_done(&actor, &id).await.map(|()| "visa.was-done"),
        "annuler" => app.desk.undo(&actor, &id).await.map(|_| "visa.was-undone"),
        _ => return Err(Failure::NoPage),
    };
    app.memory.leave_notice(&who.key, t(said?).to_owned(), false);
    let place = asked.place();
    Ok(Redirect::to(&place.at("/a-viser", &place.show)))
}
