//! Where a person stands in the list, as it is written in addresses: state, type, page, and the
//! opaque name of a search. No patient text ever enters it.

use relu_desk::view::ListFilter;
use relu_record::DocumentState;
use serde::Deserialize;

/// The word for the newest first, in addresses.
const NEWEST: &str = "recents";

/// The query part of list and document addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// Wire name of a state; absent: all that wait for somebody.
    #[serde(rename = "etat")]
    pub state: Option<String>,
    /// JDV_J07 code.
    #[serde(rename = "type")]
    pub type_code: Option<String>,
    /// `recents`, when the newest received come first.
    #[serde(rename = "tri")]
    pub order: Option<String>,
    /// Page of the list, from 1 as people count.
    pub page: Option<usize>,
    /// Opaque name of a search kept in the session.
    #[serde(rename = "r")]
    pub search: Option<String>,
    /// Opaque name of a search for a patient, on a document's page.
    #[serde(rename = "p")]
    pub patient_search: Option<String>,
    /// Document just filed, for the undo bar.
    #[serde(rename = "classe")]
    pub filed: Option<String>,
    /// Opaque name of a lot of documents kept in the session.
    pub lot: Option<String>,
    /// `actes`, when an undo leads back to the page of what was done.
    #[serde(rename = "retour")]
    pub from: Option<String>,
    /// `texte`, when the text is shown rather than the pages.
    #[serde(rename = "vue")]
    pub view: Option<String>,
}

impl ListQuery {
    /// The filter it stands for, with the words of its search.
    pub fn filter(&self, words: String) -> ListFilter {
        ListFilter {
            state: self.state.as_deref().and_then(DocumentState::parse),
            query: words,
            type_code: self.type_code.clone().filter(|code| !code.is_empty()),
            newest: self.newest(),
            page: self.page.unwrap_or(1).saturating_sub(1),
        }
    }

    /// The place of a filter, its words under that opaque name.
    pub fn of(filter: &ListFilter, search: Option<String>) -> ListQuery {
        ListQuery {
            state: filter.state.map(|s| s.as_str().to_owned()),
            type_code: filter.type_code.clone(),
            search,
            ..ListQuery::default()
        }
        .in_order(filter.newest)
        .on_page(filter.page + 1)
    }

    /// Whether the newest received come first.
    pub fn newest(&self) -> bool {
        self.order.as_deref() == Some(NEWEST)
    }

    /// The same filter, first page, in that order.
    pub fn in_order(&self, newest: bool) -> ListQuery {
        ListQuery { order: newest.then(|| NEWEST.to_owned()), ..self.on_page(1) }
    }

    /// The state asked for.
    pub fn document_state(&self) -> Option<DocumentState> {
        self.state.as_deref().and_then(DocumentState::parse)
    }

    /// The same place without what concerns one document or one moment.
    pub fn place(&self) -> ListQuery {
        ListQuery { patient_search: None, filed: None, lot: None, from: None, ..self.clone() }
    }

    /// The same filter, first page, in another state.
    pub fn in_state(&self, state: Option<DocumentState>) -> ListQuery {
        ListQuery {
            state: state.map(|s| s.as_str().to_owned()),
            page: None,
            view: None,
            ..self.place()
        }
    }

    /// The same filter on another page (from 1).
    pub fn on_page(&self, page: usize) -> ListQuery {
        ListQuery { page: (page > 1).then_some(page), view: None, ..self.place() }
    }

    /// `path?etat=…`, or `path` alone when there is nothing to say.
    pub fn at(&self, path: &str) -> String {
        let mut address = path.to_owned();
        let page = self.page.filter(|p| *p > 1).map(|p| p.to_string());
        let pairs = [
            ("etat", &self.state),
            ("type", &self.type_code),
            ("tri", &self.order),
            ("page", &page),
            ("r", &self.search),
            ("p", &self.patient_search),
            ("classe", &self.filed),
            ("lot", &self.lot),
            ("vue", &self.view),
        ];
        let mut separator = '?';
        for (name, value) in pairs {
            if let Some(value) = value.as_deref().filter(|v| !v.is_empty()) {
                address.push(separator);
                address.push_str(name);
                address.push('=');
                address.push_str(&percent(value));
                separator = '&';
            }
        }
        address
    }
}

/// Percent-encodes everything but unreserved characters (RFC 3986 §2.3).
pub fn percent(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_short_and_encoded() {
        assert_eq!(ListQuery::default().at("/"), "/");
        let query = ListQuery {
            state: Some("a-classer".into()),
            type_code: Some("a&b".into()),
            page: Some(3),
            search: Some("00ff".into()),
            ..ListQuery::default()
        };
        assert_eq!(query.at("/"), "/?etat=a-classer&type=a%26b&page=3&r=00ff");
        assert_eq!(query.filter("x".into()).page, 2);
        assert_eq!(query.in_state(None).at("/"), "/?type=a%26b&r=00ff");
        assert_eq!(query.in_order(true).at("/"), "/?etat=a-classer&type=a%26b&tri=recents&r=00ff");
    }

    #[test]
    fn a_filter_is_what_its_place_stands_for() {
        let filter = ListFilter {
            state: Some(DocumentState::Vu),
            query: "mar".into(),
            type_code: Some("11502-2".into()),
            newest: true,
            page: 2,
        };
        let place = ListQuery::of(&filter, Some("00ff".into()));
        assert_eq!(place.filter("mar".into()), filter);
        assert!(!place.at("/").contains("mar"));
    }
}
