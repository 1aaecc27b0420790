//! « Rechercher »: the page, the words kept out of addresses, saved views, and the interface.

use axum::extract::{Query, State};
use axum::response::{Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use maud::Markup;
use relu_desk::view::{SearchAnswer, SearchRequest, Shows};
use relu_record::{DocumentState, PartialDate};
use serde::{Deserialize, Serialize};

use crate::failure::{self, Failure};
use crate::form::Posted;
use crate::pages::search::{SearchPage, SearchQuery};
use crate::pages::{self, Section};
use crate::routes::inbox::frame;
use crate::session::{Reader, SignedIn};
use crate::state::App;
use crate::texts::t;

/// Parts the words from the sender where both are kept as one.
const BETWEEN: char = '\u{1f}';

pub fn routes() -> Router<App> {
    Router::new()
        .route("/recherche", get(show))
        .route("/recherche/mots", post(words))
        .route("/recherche/vues", post(save))
        .route("/api/search", post(api))
}

/// What an address stands for, with the words of its session.
fn request(app: &App, who: &SignedIn, query: &SearchQuery) -> SearchRequest {
    let kept = query.search.as_deref().and_then(|name| app.memory.search(&who.key, name));
    let kept = kept.unwrap_or_default();
    let (words, sender) = kept.split_once(BETWEEN).unwrap_or((&kept, ""));
    let date = |text: &Option<String>| text.as_deref().and_then(|d| d.parse::<PartialDate>().ok());
    let given = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
    SearchRequest {
        words: words.into(),
        sender: sender.into(),
        state: query.state.as_deref().and_then(DocumentState::parse),
        type_code: given(&query.type_code),
        patient: given(&query.patient),
        from: date(&query.from),
        to: date(&query.to),
        page: query.page.unwrap_or(1).saturating_sub(1),
    }
}

/// The address of what is asked for; its words stay in the session.
pub fn place(app: &App, who: &SignedIn, asked: &SearchRequest) -> SearchQuery {
    let kept = format!("{}{BETWEEN}{}", asked.words.as_str(), asked.sender.as_str());
    let empty = asked.words.trim().is_empty() && asked.sender.trim().is_empty();
    SearchQuery {
        search: (!empty).then(|| app.memory.keep_search(&who.key, &kept)),
        state: asked.state.map(|s| s.as_str().to_owned()),
        type_code: asked.type_code.clone(),
        patient: asked.patient.clone(),
        from: asked.from.map(|d| d.to_string()),
        to: asked.to.map(|d| d.to_string()),
        page: None,
    }
}

async fn show(
    State(app): State<App>,
    who: Reader,
    Query(query): Query<SearchQuery>,
) -> Result<Markup, Failure> {
    let asked = request(&app, &who, &query);
    let answer = app.desk.search(&who.actor(), &asked).await?;
    let patient = match &asked.patient {
        Some(id) => Some(app.desk.patient_name(id).await?),
        None => None,
    };
    let page = SearchPage {
        asked: &asked,
        answer: &answer,
        query: &query,
        types: &app.desk.document_types(),
        views: &app.desk.saved_views(&who.actor()).await?,
        patient: patient.as_deref(),
    };
    Ok(pages::search::page(&frame(&app, &who, Section::Search), &page))
}

/// Keeps the words in the session and goes to the page under an opaque name.
async fn words(State(app): State<App>, posted: Posted<Reader>) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let of = |name: &str| posted.fields.get(name).unwrap_or_default();
    let date = |name: &str| of(name).parse::<PartialDate>().ok();
    let given = |name: &str| Some(of(name).to_owned()).filter(|v| !v.is_empty());
    let asked = SearchRequest {
        words: of("q").chars().take(300).collect::<String>().into(),
        sender: of("expediteur").chars().take(100).collect::<String>().into(),
        state: DocumentState::parse(of("etat")),
        type_code: given("type"),
        patient: given("patient"),
        from: date("du"),
        to: date("au"),
        page: 0,
    };
    app.desk.note_search(&who.actor()).await?;
    Ok(Redirect::to(&place(&app, who, &asked).at("/recherche")))
}

async fn save(
    State(app): State<App>,
    Query(query): Query<SearchQuery>,
    posted: Posted<Reader>,
) -> Result<Redirect, Failure> {
    let who = &posted.who;
    let asked = request(&app, who, &query);
    let name = posted.fields.get("nom").unwrap_or_default();
    app.desk.save_view(&who.actor(), name, &Shows::Search(asked)).await?;
    app.memory.leave_notice(&who.key, t("views.saved").to_owned(), false);
    Ok(Redirect::to(&query.at("/recherche")))
}

/// What a program asks for; in the body, since words may name a patient.
#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Asked {
    words: String,
    sender: String,
    state: Option<String>,
    #[serde(rename = "type")]
    type_code: Option<String>,
    patient: Option<String>,
    from: Option<String>,
    to: Option<String>,
    page: Option<usize>,
}

#[derive(Serialize)]
struct SearchResults {
    total: u64,
    page_size: usize,
    behind: u64,
    documents: Vec<SearchResult>,
}

#[derive(Serialize)]
struct SearchResult {
    id: String,
    state: &'static str,
    patient: Option<String>,
    #[serde(rename = "type")]
    document_type: Option<String>,
    date: Option<String>,
    author: Option<String>,
    snippet: Vec<SnippetPiece>,
}

#[derive(Serialize)]
struct SnippetPiece {
    text: String,
    found: bool,
}

async fn api(
    State(app): State<App>,
    who: Result<Reader, Failure>,
    Json(asked): Json<Asked>,
) -> Response {
    failure::json_answer(answer(&app, who, asked).await.map(results))
}

async fn answer(
    app: &App,
    who: Result<Reader, Failure>,
    asked: Asked,
) -> Result<SearchAnswer, Failure> {
    let who = who?;
    let date = |text: Option<String>| text.and_then(|d| d.parse::<PartialDate>().ok());
    let asked = SearchRequest {
        words: asked.words.into(),
        sender: asked.sender.into(),
        state: asked.state.as_deref().and_then(DocumentState::parse),
        type_code: asked.type_code,
        patient: asked.patient,
        from: date(asked.from),
        to: date(asked.to),
        page: asked.page.unwrap_or(1).saturating_sub(1),
    };
    app.desk.note_search(&who.actor()).await?;
    Ok(app.desk.search(&who.actor(), &asked).await?)
}

fn results(found: SearchAnswer) -> SearchResults {
    let piece = |(text, found)| SnippetPiece { text, found };
    let documents = found.items.into_iter().map(|f| SearchResult {
        id: f.item.id.0,
        state: f.item.state.as_str(),
        patient: f.item.patient,
        document_type: f.item.document_type,
        date: f.item.date,
        author: f.item.author,
        snippet: f.snippet.into_iter().map(piece).collect(),
    });
    SearchResults {
        total: found.total,
        page_size: found.page_size,
        behind: found.behind,
        documents: documents.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::api::description::{described, fields};

    /// The description names exactly the fields that are written.
    #[test]
    fn the_description_is_true() {
        let described = described();
        let snippet = vec![SnippetPiece { text: String::new(), found: true }];
        let one = SearchResult {
            id: String::new(),
            state: "vu",
            patient: None,
            document_type: None,
            date: None,
            author: None,
            snippet,
        };
        let all = SearchResults { total: 1, page_size: 20, behind: 0, documents: vec![one] };
        let written = serde_json::to_value(&all).unwrap();
        let schemas = &described["components"]["schemas"];
        assert_eq!(fields(&written), fields(&schemas["SearchResults"]["properties"]));
        assert_eq!(
            fields(&written["documents"][0]),
            fields(&schemas["SearchResult"]["properties"])
        );
    }
}
