//! Search (*rechercher*): full text in French over every document that was read.
//!
//! [`follow`] keeps the sealed index and the plain columns of documents up to date from the database:
//! it is made anew when it is missing, and what is destroyed leaves it. Patient, state and type are
//! taken from the database's own columns at the moment of the search, never from the index: a document
//! that was detached or followed a merge is found where it is now.
//!
//! A document that its source masks from professionals is found by doctors alone, and counted for
//! nobody else.

mod follow;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, RwLock};

use relu_record::{Actor, DocumentId, DocumentState, PartialDate, Reading, Role};
use relu_text::search::{self, query};
use relu_vault::{DocumentRow, Event, EventKind, IndexEntry, SearchIndex, TermClause, TermPhrase};

use super::{Desk, Result, lists};
use crate::view::{SearchAnswer, SearchItem, SearchRequest};
use crate::{DeskError, ErrorKind};

pub(super) use follow::follow;

const OPERATION: &str = "recherche";
const PAGE_SIZE: usize = 20;
/// Longest line read, in characters.
const LONGEST: usize = 300;

/// What the search holds in memory.
#[derive(Clone, Default)]
pub(super) struct Search(Arc<RwLock<Inside>>);

#[derive(Default)]
struct Inside {
    index: Option<SearchIndex>,
    rows: HashMap<DocumentId, Row>,
    /// Type tokens by their number, in the order met.
    types: Vec<String>,
    /// How many documents are known and not yet indexed.
    behind: usize,
}

/// The present plain columns of a document, small.
struct Row {
    state: DocumentState,
    patient: Option<Box<str>>,
    type_number: Option<u16>,
}

impl Search {
    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Inside> {
        self.0.write().unwrap_or_else(|e| e.into_inner())
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Inside> {
        self.0.read().unwrap_or_else(|e| e.into_inner())
    }
}

impl Inside {
    fn note(&mut self, row: &DocumentRow) {
        let type_number = row.type_token.as_ref().and_then(|token| {
            let at = self.types.iter().position(|t| t == token).unwrap_or_else(|| {
                self.types.push(token.clone());
                self.types.len() - 1
            });
            u16::try_from(at).ok()
        });
        let patient = row.patient.as_ref().map(|p| p.0.as_str().into());
        self.rows.insert(row.id.clone(), Row { state: row.state, patient, type_number });
    }
}

/// A search made ready: what to look for and what to take.
struct Wanted {
    clauses: Vec<TermClause>,
    states: Option<DocumentState>,
    patient: Option<String>,
    type_token: Option<String>,
    from: Option<i32>,
    to: Option<i32>,
    masked: bool,
    skip: usize,
}

/// What the index answers.
#[derive(Default)]
struct Answered {
    total: usize,
    best: Vec<DocumentId>,
    states: BTreeMap<usize, u64>,
    types: BTreeMap<u16, u64>,
    tokens: Vec<String>,
    behind: usize,
}

impl Desk {
    /// The documents that hold what is asked for, the best first.
    pub async fn search(&self, who: &Actor, asked: &SearchRequest) -> Result<SearchAnswer> {
        if !who.role.is_some_and(Role::may_decide_filing) {
            let cause = "votre rôle ne voit pas les documents";
            return Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause));
        }
        let line: String = asked.words.chars().take(LONGEST).collect();
        let query = search::query::parse(&line);
        let wanted = self.wanted(who, asked, &query);
        if wanted.clauses.is_empty() && wanted.is_open() {
            return Ok(SearchAnswer { page_size: PAGE_SIZE, ..SearchAnswer::default() });
        }
        let search = self.inner.search.clone();
        let answered = tokio::task::spawn_blocking(move || look(&search, &wanted)).await;
        let answered = answered.map_err(|_| {
            DeskError::new(ErrorKind::Internal, OPERATION, "la recherche s'est arrêtée")
        })??;
        let mut items = Vec::with_capacity(answered.best.len());
        for id in &answered.best {
            items.extend(self.found(who, id, &query).await?);
        }
        Ok(SearchAnswer {
            total: answered.total as u64,
            items,
            page_size: PAGE_SIZE,
            states: state_counts(&answered),
            types: self.type_counts(&answered),
            behind: answered.behind as u64,
        })
    }

    /// Says in the ledger that somebody searched; not for what.
    pub async fn note_search(&self, who: &Actor) -> Result<()> {
        let mut tx = self.begin(who).await?;
        tx.append(Event::new(EventKind::Searched)).await?;
        Ok(tx.commit().await?)
    }

    fn wanted(&self, who: &Actor, asked: &SearchRequest, query: &search::Query) -> Wanted {
        let mut clauses: Vec<TermClause> = query.clauses.iter().map(clause).collect();
        clauses.extend(query::sender(&asked.sender).iter().map(clause));
        let day = |d: Option<PartialDate>| {
            d.and_then(PartialDate::days).and_then(|d| i32::try_from(d).ok())
        };
        let coding = asked.type_code.as_deref().and_then(|c| self.type_coding(c));
        Wanted {
            clauses,
            states: asked.state,
            patient: asked.patient.clone(),
            type_token: coding.map(|c| self.vault().document_type_token(&c)),
            from: day(asked.from),
            to: day(asked.to),
            masked: who.sees_masked(),
            skip: asked.page.saturating_mul(PAGE_SIZE),
        }
    }

    /// The line of a document found; nothing when it was destroyed since.
    async fn found(
        &self,
        who: &Actor,
        id: &DocumentId,
        query: &search::Query,
    ) -> Result<Option<SearchItem>> {
        let document = self.vault().document(id).await?;
        if document.destroyed_at.is_some() {
            return Ok(None);
        }
        let reading: Option<Reading> = match self.vault().reading(id).await? {
            Some(json) => serde_json::from_slice(&json).ok(),
            None => None,
        };
        let text = reading.as_ref().map_or("", |r| r.text.as_str());
        let piece = |span: relu_record::Span| text.get(span.start..span.end).unwrap_or_default();
        let snippet = search::snippet(text, query);
        Ok(Some(SearchItem {
            item: lists::item(who, &document),
            snippet: snippet
                .into_iter()
                .map(|(span, marked)| (piece(span).to_owned(), marked))
                .collect(),
            masked: document.headline.masked,
        }))
    }

    fn type_counts(&self, answered: &Answered) -> Vec<(String, String, u64)> {
        let mut counts = Vec::new();
        for (code, system, label) in &self.inner.types {
            let coding = relu_record::Coding::new(system, code, None);
            let token = self.vault().document_type_token(&coding);
            let number = answered.tokens.iter().position(|t| *t == token);
            let number = number.and_then(|n| u16::try_from(n).ok());
            if let Some(n) = number.and_then(|n| answered.types.get(&n)) {
                counts.push((code.clone(), label.clone(), *n));
            }
        }
        counts.sort_by_key(|(_, _, n)| std::cmp::Reverse(*n));
        counts
    }
}

impl Wanted {
    /// Whether nothing narrows it: a search for everything is no search.
    fn is_open(&self) -> bool {
        self.states.is_none()
            && self.patient.is_none()
            && self.type_token.is_none()
            && self.from.is_none()
            && self.to.is_none()
    }

    fn takes(&self, inside: &Inside, entry: &IndexEntry, type_number: Option<u16>) -> bool {
        let Some(row) = inside.rows.get(&entry.document) else { return false };
        let within =
            |day: i32| self.from.is_none_or(|f| day >= f) && self.to.is_none_or(|t| day <= t);
        let dated = self.from.is_none() && self.to.is_none() || entry.day.is_some_and(within);
        (self.masked || !entry.masked)
            && dated
            && self.states.is_none_or(|s| row.state == s)
            && self.patient.as_deref().is_none_or(|p| row.patient.as_deref() == Some(p))
            && (self.type_token.is_none()
                || type_number.is_some() && row.type_number == type_number)
    }
}

fn look(search: &Search, wanted: &Wanted) -> Result<Answered> {
    let inside = search.read();
    let mut answered = Answered { behind: inside.behind, ..Answered::default() };
    let Some(index) = &inside.index else { return Ok(answered) };
    let number = |token: &String| inside.types.iter().position(|t| t == token);
    let type_number =
        wanted.type_token.as_ref().and_then(number).and_then(|n| u16::try_from(n).ok());
    let (states, types) = (&mut answered.states, &mut answered.types);
    let accept = |entry: &IndexEntry| {
        if !wanted.takes(&inside, entry, type_number) {
            return false;
        }
        if let Some(row) = inside.rows.get(&entry.document) {
            *states.entry(row.state as usize).or_insert(0) += 1;
            if let Some(n) = row.type_number {
                *types.entry(n).or_insert(0) += 1;
            }
        }
        true
    };
    let found = index.find(&wanted.clauses, accept, wanted.skip, PAGE_SIZE)?;
    answered.total = found.total;
    answered.best = found.best.into_iter().map(|d| d.entry.document).collect();
    answered.tokens = inside.types.clone();
    Ok(answered)
}

fn state_counts(answered: &Answered) -> Vec<(DocumentState, u64)> {
    let of = |state: DocumentState| answered.states.get(&(state as usize)).copied().unwrap_or(0);
    DocumentState::ALL.into_iter().map(|s| (s, of(s))).filter(|(_, n)| *n > 0).collect()
}

fn clause(c: &search::Clause) -> TermClause {
    let any = c.any.iter().map(|a| TermPhrase {
        terms: a.terms.clone(),
        ordered: a.ordered,
        prefix: a.prefix,
    });
    TermClause { any: any.collect(), negative: c.negative }
}
