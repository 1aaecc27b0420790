//! What a person did lately, newest first, and which of it can still be taken back by one act.

use std::collections::BTreeSet;

use relu_record::{Actor, ActorKind, DocumentId};
use relu_vault::LedgerEntry;

use super::undo::last_act_in;
use super::{Desk, Result, ledger, lists};
use crate::view::{ActLine, ListItem};

/// How far back in the ledger, in events of everybody, and how many lines are shown.
const EVENTS: u64 = 3_000;
const LINES: usize = 60;
/// Events of a person that are acts on a document; looking at one is not.
const ACTS: [&str; 6] = ["decided", "filed", "unfiled", "state-changed", "detached", "reattached"];

impl Desk {
    /// The acts of this person on documents: one line for all that one act did to a document.
    pub async fn my_acts(&self, who: &Actor) -> Result<Vec<ActLine>> {
        let last = self.vault().ledger_head().await?.seq;
        let after = last.saturating_sub(EVENTS);
        let count = u32::try_from(last - after).unwrap_or(u32::MAX);
        let entries = self.vault().ledger_page(after, count).await?;
        let mut lines: Vec<ActLine> = Vec::new();
        // Only the newest act on a document can be taken back as it stands.
        let mut met: BTreeSet<DocumentId> = BTreeSet::new();
        for entry in entries.iter().rev().filter(|e| is_act(e, who)) {
            let Some(id) = &entry.document else { continue };
            if lines.last().is_some_and(|l| l.item.id == *id && l.at == entry.at) {
                continue;
            }
            if lines.len() == LINES {
                break;
            }
            let item = self.line_of(who, id).await?;
            let undo =
                if met.insert(id.clone()) { self.undoable(who, entry, id).await? } else { None };
            let what = ledger::what(&entry.kind, entry.detail.as_deref());
            lines.push(ActLine { at: entry.at, what, item, undo });
        }
        Ok(lines)
    }

    async fn line_of(&self, who: &Actor, id: &DocumentId) -> Result<ListItem> {
        Ok(lists::item(who, &self.vault().document(id).await?))
    }

    /// The last act on a document in words, when it is this one and this person may take it back.
    async fn undoable(
        &self,
        who: &Actor,
        entry: &LedgerEntry,
        id: &DocumentId,
    ) -> Result<Option<String>> {
        let events = self.vault().ledger_of(id).await?;
        let newest = events.iter().rev().find(|e| ACTS.contains(&e.kind.as_str()));
        let same = newest.is_some_and(|e| e.at == entry.at && e.actor.id == who.id);
        if !same {
            return Ok(None);
        }
        let decisions = self.vault().decisions(id).await?;
        let act = last_act_in(&events, &decisions);
        Ok(act.filter(|a| a.may_undo(who.role)).map(|a| a.label()))
    }
}

fn is_act(entry: &LedgerEntry, who: &Actor) -> bool {
    entry.actor.kind == ActorKind::Person
        && entry.actor.id == who.id
        && ACTS.contains(&entry.kind.as_str())
}
