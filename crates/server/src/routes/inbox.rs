//! The list, and the search kept out of addresses.

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use relu_desk::view::ListFilter;

use crate::failure::Failure;
use crate::form::Posted;
use crate::list::ListQuery;
use crate::pages::inbox::{HomePage, InboxPage};
use crate::pages::{self, Frame, Section};
use crate::routes::document::filed;
use crate::session::{Reader, SignedIn, may_read};
use crate::state::App;

/// Longest search read, in characters.
const MOST_SEARCH_CHARS: usize = 100;

pub fn routes() -> Router<App> {
    Router::new().route("/", get(show)).route("/recherche", post(search))
}

async fn show(
    State(app): State<App>,
    who: SignedIn,
    Query(query): Query<ListQuery>,
) -> Result<Response, Failure> {
    let frame = frame(&app, &who, Section::Inbox);
    if !may_read(who.account.role) {
        let inbox = app.desk.inbox(&who.actor(), &ListFilter::default()).await?;
        let people = app.desk.accounts().await?.len();
        return Ok(pages::inbox::home(&frame, &HomePage { inbox: &inbox, people }).into_response());
    }
    let words = words(&app, &who, &query);
    let inbox = app.desk.inbox(&who.actor(), &query.filter(words.clone())).await?;
    // A page past the end (documents were filed meanwhile) shows the last one that exists.
    let last = (inbox.total as usize).div_ceil(inbox.page_size.max(1)).max(1);
    if query.page.unwrap_or(1) > last {
        return Ok(Redirect::to(&query.on_page(last).at("/")).into_response());
    }
    let types = app.desk.document_types();
    let views = app.desk.saved_views(&who.actor()).await?;
    let filed = filed(&app, &who, &query).await;
    let lot = query.lot.clone().and_then(|name| {
        let lot = app.memory.lot(&who.key, &name)?;
        (!lot.done.is_empty() || lot.left > 0).then_some((name, lot))
    });
    let page = InboxPage {
        inbox: &inbox,
        query: &query,
        words: &words,
        types: &types,
        views: &views,
        filed: filed.as_ref(),
        lot: lot.as_ref().map(|(name, lot)| (name.as_str(), lot)),
    };
    Ok(pages::inbox::page(&frame, &page).into_response())
}

/// The words of the search an address names; none when the session no longer has it.
pub fn words(app: &App, who: &SignedIn, query: &ListQuery) -> String {
    query.search.as_deref().and_then(|name| app.memory.search(&who.key, name)).unwrap_or_default()
}

/// The place of a filter; its words stay in the session.
pub fn place(app: &App, who: &SignedIn, filter: &ListFilter) -> ListQuery {
    let words = &filter.query;
    let search = (!words.is_empty()).then(|| app.memory.keep_search(&who.key, words));
    ListQuery::of(filter, search)
}

/// The frame of a page for that person, with the message left for them.
pub fn frame(app: &App, who: &SignedIn, section: Section) -> Frame {
    Frame {
        account: who.account.clone(),
        form_token: who.form_token.clone(),
        section,
        notice: app.memory.take_notice(&who.key),
    }
}

/// Keeps the words in the session and goes to the list under an opaque name.
async fn search(State(app): State<App>, posted: Posted<Reader>) -> Result<Redirect, Failure> {
    let fields = &posted.fields;
    let words: String =
        fields.get("q").unwrap_or_default().chars().take(MOST_SEARCH_CHARS).collect();
    let query = ListQuery {
        state: fields.get("etat").map(str::to_owned),
        type_code: fields.get("type").map(str::to_owned),
        order: fields.get("tri").map(str::to_owned),
        search: (!words.is_empty()).then(|| app.memory.keep_search(&posted.who.key, &words)),
        ..ListQuery::default()
    };
    Ok(Redirect::to(&query.at("/")))
}
