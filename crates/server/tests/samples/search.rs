//! What a search found.

use maud::Markup;
use relu_desk::view::{SavedView, SearchAnswer, SearchItem, SearchRequest, Shows};
use relu_record::{DocumentState, Role};
use relu_server::pages::search::{SearchPage, SearchQuery};
use relu_server::pages::{self, Section};

use super::{frame, item};

pub fn search_page() -> Markup {
    let snippet = [
        ("Antécédent d’", false),
        ("infarctus", true),
        (" du ", false),
        ("myocarde", true),
        (" <b>", false),
    ];
    let found = SearchItem {
        item: item(1, DocumentState::AViser),
        snippet: snippet.map(|(text, marked)| (text.to_owned(), marked)).to_vec(),
        masked: true,
    };
    let answer = SearchAnswer {
        total: 41,
        items: vec![found],
        page_size: 20,
        states: vec![(DocumentState::AViser, 40), (DocumentState::Vu, 1)],
        types: vec![("11488-4".into(), "CR de consultation".into(), 41)],
        behind: 2,
    };
    let asked = SearchRequest { words: "IDM".into(), ..SearchRequest::default() };
    let query = SearchQuery { search: Some("00ff".into()), ..SearchQuery::default() };
    let view =
        SavedView { id: "v".into(), name: "À revoir".into(), shows: Shows::Search(asked.clone()) };
    let page = SearchPage {
        asked: &asked,
        answer: &answer,
        query: &query,
        types: &[("11488-4".to_owned(), "CR de consultation".to_owned())],
        views: &[view],
        patient: Some("DUPONT Jeanne"),
    };
    pages::search::page(&frame(Role::Secretariat, Section::Search), &page)
}
