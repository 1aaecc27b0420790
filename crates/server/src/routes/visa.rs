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
use crate::pages::visa::{Filters, Place};
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::Reader;
use crate::state::App;
use crate::texts::t;

/// Longest name read, in characters.
const MOST_WORDS: usize = 100;

pub fn routes() -> Router<App> {
    Router::new().route("/a-viser", get(show).post(filter)).route("/a-viser/{id}/{act}", post(act))
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
    mention: Option<String>,
    #[serde(rename = "r")]
    search: Option<String>,
}

impl Default for Asked {
    fn default() -> Asked {
        let show = "a-viser".to_owned();
        Asked { show, mine: None, type_code: None, mention: None, search: None }
    }
}

impl Asked {
    fn place(self) -> Place {
        let known = matches!(self.show.as_str(), "a-viser" | "a-faire" | "vus");
        Place {
            show: if known { self.show } else { "a-viser".to_owned() },
            mine: self.mine.is_some(),
            type_code: self.type_code.filter(|c| !c.is_empty()),
            mention: self.mention.filter(|c| !c.is_empty()),
            search: self.search.filter(|c| !c.is_empty()),
        }
    }
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Query(asked): Query<Asked>,
) -> Result<Markup, Failure> {
    let place = asked.place();
    let words = place.search.as_deref().and_then(|name| app.memory.search(&who.key, name));
    let words = words.unwrap_or_default();
    let filter = VisaFilter {
        show: place.show.clone(),
        mine: place.mine,
        type_code: place.type_code.clone(),
        mention: place.mention.clone(),
        name: words.as_str().into(),
    };
    let view = app.desk.visa_list(&who.actor(), &filter).await?;
    let types = app.desk.document_types();
    let with = Filters { types: &types, words: &words };
    Ok(pages::visa::page(&frame(&app, &who, Section::Visa), &view, &place, &with))
}

/// Keeps the words in the session and goes to the list under an opaque name.
async fn filter(State(app): State<App>, posted: Posted<Reader>) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let given = |name: &str| posted.fields.get(name).map(str::to_owned);
    let words: Option<String> = given("patient").map(|w| w.chars().take(MOST_WORDS).collect());
    let asked = Asked {
        show: given("voir").unwrap_or_default(),
        mine: given("moi"),
        type_code: given("type"),
        mention: given("mention"),
        search: words.map(|w| app.memory.keep_search(&who.key, &w)),
    };
    let place = asked.place();
    Ok(Redirect::to(&place.at("/a-viser", &place.show)))
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
