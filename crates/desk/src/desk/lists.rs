//! Lists: what waits, in the order in which it came.

use relu_record::{Actor, Check, DocumentId, DocumentState, Severity};
use relu_vault::{Cursor, Document, DocumentFilter, Order, Sight};

use super::{Desk, Result};
use crate::texts::text;
use crate::view::{Inbox, ListFilter, ListItem};

const PAGE_SIZE: usize = 50;

/// What waits for somebody to decide the filing.
const WAITING: [DocumentState; 3] =
    [DocumentState::AClasser, DocumentState::ARattacher, DocumentState::ASeparer];

impl Desk {
    /// One page of a list.
    pub async fn inbox(&self, who: &Actor, filter: &ListFilter) -> Result<Inbox> {
        let mut wanted = self.filter(who, filter);
        wanted.limit = PAGE_SIZE as u32;
        let total = self.vault().count_by_state(&wanted).await?.iter().map(|(_, n)| n).sum();
        let mut page = self.vault().documents(&wanted).await?;
        for _ in 0..filter.page {
            let Some(next) = page.next.take() else {
                page.documents.clear();
                break;
            };
            wanted.after = Some(next);
            page = self.vault().documents(&wanted).await?;
        }
        let all = DocumentFilter { sight: sight(who), ..DocumentFilter::default() };
        let counts = self.vault().count_by_state(&all).await?;
        let pending = counts.iter().find(|(s, _)| *s == DocumentState::Recu).map_or(0, |(_, n)| *n);
        Ok(Inbox {
            items: page.documents.iter().map(|d| item(who, d)).collect(),
            total,
            page_size: PAGE_SIZE,
            counts,
            pending,
        })
    }

    /// The document after this one in that list, for "accept and next"; after the last, the first.
    pub async fn next_in(
        &self,
        who: &Actor,
        filter: &ListFilter,
        after: &DocumentId,
    ) -> Result<Option<DocumentId>> {
        let here = self.vault().document(after).await?;
        let mut wanted = self.filter(who, filter);
        wanted.limit = 2;
        wanted.after = Some(Cursor { received_at: here.received_at, id: here.id.clone() });
        let mut found = self.vault().documents(&wanted).await?.documents;
        if found.is_empty() {
            wanted.after = None;
            found = self.vault().documents(&wanted).await?.documents;
        }
        Ok(found.into_iter().map(|d| d.id).find(|id| id != after))
    }

    fn filter(&self, who: &Actor, filter: &ListFilter) -> DocumentFilter {
        let query = filter.query.trim();
        DocumentFilter {
            states: filter.state.map_or_else(|| WAITING.to_vec(), |s| vec![s]),
            name: (query.chars().count() >= relu_vault::MIN_PREFIX).then(|| query.into()),
            document_type: filter.type_code.as_deref().and_then(|c| self.type_coding(c)),
            sight: sight(who),
            order: if filter.newest { Order::NewestFirst } else { Order::OldestFirst },
            ..DocumentFilter::default()
        }
    }
}

/// The documents that lists and counts show somebody.
pub(super) fn sight(who: &Actor) -> Sight {
    match who.sees_masked() {
        true => Sight::All,
        false => Sight::Unmasked,
    }
}

/// Whether somebody may see a document at all.
pub(super) fn may_see(who: &Actor, d: &Document) -> bool {
    who.sees_masked() || !d.headline.masked
}

/// The line of a document. Where another document leads to one that this person may not see, the line
/// says so and nothing else.
pub(super) fn item(who: &Actor, d: &Document) -> ListItem {
    if !may_see(who, d) {
        return ListItem {
            id: d.id.clone(),
            name: text("masked", "line"),
            received: d.received_at,
            state: d.state,
            format: String::new(),
            patient: None,
            document_type: None,
            date: None,
            author: None,
            checks: Vec::new(),
            refusal: None,
            ocr: false,
            masked: true,
        };
    }
    let head = &d.headline;
    let plain = |v: &Option<relu_record::Private>| v.as_ref().map(|v| v.0.clone());
    let name = plain(&d.source_name).or_else(|| d.part.clone()).unwrap_or_default();
    ListItem {
        id: d.id.clone(),
        name,
        received: d.received_at,
        state: d.state,
        format: d.format.map(|f| f.as_str().to_owned()).unwrap_or_default(),
        patient: plain(&head.patient),
        document_type: head
            .document_type
            .as_ref()
            .map(|c| c.display.clone().unwrap_or_else(|| c.code.clone())),
        date: head.date.as_ref().map(|m| m.date.to_french()),
        author: plain(&head.sender),
        checks: head
            .checks
            .iter()
            .map(|code| Check {
                code: code.clone(),
                severity: if code == "ocr" { Severity::Info } else { Severity::Warning },
                message: text("check", code),
            })
            .collect(),
        refusal: d.refusal.as_ref().map(|r| (r.code.as_str().to_owned(), r.message.clone())),
        ocr: head.checks.iter().any(|c| c == "ocr"),
        masked: head.masked,
    }
}
