//! What a session keeps on the server, in memory: its searches, which would put names of patients
//! in addresses, its lots of documents, and one message for the next page. Lost at a restart, and nothing is the worse.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use relu_desk::view::SavedView;
use relu_desk::{BulkAct, BulkSeen};
use relu_record::DocumentId;

const MOST_SESSIONS: usize = 2_000;
const MOST_SEARCHES: usize = 40;
const MOST_LOTS: usize = 10;

/// Documents chosen together, from the preview of an act to its undoing.
#[derive(Clone, Debug)]
pub struct Lot {
    /// What is done to them.
    pub act: BulkAct,
    /// Those chosen.
    pub ids: Vec<DocumentId>,
    /// What the preview showed of those that are ready.
    pub seen: Vec<BulkSeen>,
    /// Those the act was done to; none before it.
    pub done: Vec<DocumentId>,
    /// How many were left as they were.
    pub left: usize,
}

/// A message shown once, on the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// A French sentence.
    pub text: String,
    /// Whether it tells of something that went wrong.
    pub wrong: bool,
    /// Where a form takes back what it tells of, and the page it then leads to.
    pub undo: Option<(String, String)>,
}

#[derive(Default)]
struct Kept {
    searches: VecDeque<(String, String)>,
    lots: VecDeque<(String, Lot)>,
    notice: Option<Notice>,
    /// The view forgotten last.
    view: Option<SavedView>,
    /// A list of patients that waits for a confirmation: its source and its bytes.
    list: Option<(String, Vec<u8>)>,
    order: u64,
}

/// Memory of all sessions, by the hash of their token.
#[derive(Default)]
pub struct Memory {
    sessions: Mutex<(u64, HashMap<[u8; 32], Kept>)>,
}

impl Memory {
    fn with<T>(&self, session: &[u8; 32], act: impl FnOnce(&mut Kept) -> T) -> T {
        let mut guard = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let (clock, sessions) = &mut *guard;
        *clock += 1;
        if sessions.len() >= MOST_SESSIONS && !sessions.contains_key(session) {
            let oldest = sessions.iter().min_by_key(|(_, kept)| kept.order).map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                sessions.remove(&oldest);
            }
        }
        let kept = sessions.entry(*session).or_default();
        kept.order = *clock;
        act(kept)
    }

    /// Keeps a search and gives the opaque name that stands for it in addresses.
    pub fn keep_search(&self, session: &[u8; 32], query: &str) -> String {
        self.with(session, |kept| {
            if let Some((name, _)) = kept.searches.iter().find(|(_, q)| q == query) {
                return name.clone();
            }
            let name = opaque(kept.order);
            if kept.searches.len() >= MOST_SEARCHES {
                kept.searches.pop_front();
            }
            kept.searches.push_back((name.clone(), query.to_owned()));
            name
        })
    }

    /// The search of that name in that session.
    pub fn search(&self, session: &[u8; 32], name: &str) -> Option<String> {
        self.with(session, |kept| {
            kept.searches.iter().find(|(n, _)| n == name).map(|(_, query)| query.clone())
        })
    }

    /// Keeps a lot and gives the opaque name that stands for it in addresses.
    pub fn keep_lot(&self, session: &[u8; 32], lot: Lot) -> String {
        self.with(session, |kept| {
            let name = opaque(kept.order);
            if kept.lots.len() >= MOST_LOTS {
                kept.lots.pop_front();
            }
            kept.lots.push_back((name.clone(), lot));
            name
        })
    }

    /// The lot of that name in that session.
    pub fn lot(&self, session: &[u8; 32], name: &str) -> Option<Lot> {
        self.with(session, |kept| {
            kept.lots.iter().find(|(n, _)| n == name).map(|(_, lot)| lot.clone())
        })
    }

    /// Puts a lot back as it now stands.
    pub fn put_lot(&self, session: &[u8; 32], name: &str, lot: Lot) {
        self.with(session, |kept| {
            if let Some((_, old)) = kept.lots.iter_mut().find(|(n, _)| n == name) {
                *old = lot;
            }
        });
    }

    /// Leaves a message for the next page.
    pub fn leave_notice(&self, session: &[u8; 32], text: String, wrong: bool) {
        self.with(session, |kept| kept.notice = Some(Notice { text, wrong, undo: None }));
    }

    /// Leaves a message with the address of a form that takes back what it tells of, and of the page
    /// it then leads to.
    pub fn leave_undo(&self, session: &[u8; 32], text: String, (undo, back): (&str, &str)) {
        let undo = Some((undo.to_owned(), back.to_owned()));
        let notice = Notice { text, wrong: false, undo };
        self.with(session, |kept| kept.notice = Some(notice));
    }

    /// Keeps the view that was forgotten last.
    pub fn keep_view(&self, session: &[u8; 32], view: SavedView) {
        self.with(session, |kept| kept.view = Some(view));
    }

    /// Takes the view that was forgotten last.
    pub fn take_view(&self, session: &[u8; 32]) -> Option<SavedView> {
        self.with(session, |kept| kept.view.take())
    }

    /// Takes the message left.
    pub fn take_notice(&self, session: &[u8; 32]) -> Option<Notice> {
        self.with(session, |kept| kept.notice.take())
    }

    /// Keeps a list of patients until it is confirmed. Only the last one of all sessions is kept.
    pub fn keep_list(&self, session: &[u8; 32], source: String, bytes: Vec<u8>) {
        let mut guard = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        guard.1.values_mut().for_each(|kept| kept.list = None);
        drop(guard);
        self.with(session, |kept| kept.list = Some((source, bytes)));
    }

    /// Takes the list that waits.
    pub fn take_list(&self, session: &[u8; 32]) -> Option<(String, Vec<u8>)> {
        self.with(session, |kept| kept.list.take())
    }

    /// Forgets a session.
    pub fn forget(&self, session: &[u8; 32]) {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner).1.remove(session);
    }
}

/// A name that says nothing. It only has to differ within a session; without randomness the count
/// will do.
fn opaque(count: u64) -> String {
    let mut random = [0u8; 8];
    if getrandom::fill(&mut random).is_err() {
        random = count.to_le_bytes();
    }
    random.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_belongs_to_its_session_and_its_name_says_nothing() {
        let memory = Memory::default();
        let name = memory.keep_search(&[1; 32], "dupont");
        assert!(!name.contains("dupont"));
        assert_eq!(memory.keep_search(&[1; 32], "dupont"), name);
        assert_eq!(memory.search(&[1; 32], &name).as_deref(), Some("dupont"));
        assert_eq!(memory.search(&[2; 32], &name), None);
        memory.forget(&[1; 32]);
        assert_eq!(memory.search(&[1; 32], &name), None);
    }
}
