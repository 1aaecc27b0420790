//! *À imprimer*: what is to be put on paper. A rule or a person marks a document; once it is printed a
//! person says so, and it leaves the list. Every act can be taken back; masked documents are listed,
//! counted and acted on for those alone who see them.

use relu_pipeline::route::Lists;
use relu_record::{Actor, DocumentId, Instant};
use relu_vault::{Document, PrintMark};

use super::super::{Desk, Result, lists};
use super::show::{age, lists_name, since};
use crate::texts::text;
use crate::view::DeskEvent;
use crate::view::routing::{PrintItem, QueueLine};
use crate::{DeskError, ErrorKind};

const OPERATION: &str = "impression";
/// Code of the list among the queues.
pub(super) const PRINTS: &str = "imprimer";
/// Documents on one page, and of one act.
const MOST: usize = 200;

impl Desk {
    /// The list among the queues: how many, and how old.
    pub(super) async fn prints_line(&self, who: &Actor, now: Instant) -> Result<QueueLine> {
        let (open, oldest) = self.vault().count_to_print(lists::sight(who)).await?;
        Ok(QueueLine {
            code: PRINTS.to_owned(),
            name: text("bannette", PRINTS),
            open,
            oldest: oldest.map(|o| age(now, o)),
            ..QueueLine::default()
        })
    }

    /// What is to be printed, the first marked first.
    pub(super) async fn prints(&self, who: &Actor) -> Result<Vec<PrintItem>> {
        let marked = self.vault().to_print(lists::sight(who), MOST as u32).await?;
        let (names, now) = (self.lists(&self.the_team().await?).await?, self.now());
        let item = |(document, mark): &(Document, PrintMark)| PrintItem {
            item: lists::item(who, document),
            by: marked_by(mark, &names),
            since: since(now, mark.at),
        };
        Ok(marked.iter().map(item).collect())
    }

    /// Why a document is to be printed, in words; nothing when it is not.
    pub(in crate::desk) async fn to_print(&self, id: &DocumentId) -> Result<Option<String>> {
        match self.vault().print_mark(id).await?.filter(|m| m.printed.is_none()) {
            Some(mark) => {
                let names = self.lists(&self.the_team().await?).await?;
                Ok(Some(marked_by(&mark, &names)))
            }
            None => Ok(None),
        }
    }

    /// Marks a document to be printed, or takes it off.
    pub async fn mark_to_print(&self, who: &Actor, id: &DocumentId, print: bool) -> Result<()> {
        check(who)?;
        let document = self.seen_document(who, id).await?;
        if document.destroyed_at.is_some() {
            return Err(DeskError::new(ErrorKind::Conflict, OPERATION, "ce document est détruit"));
        }
        let mut tx = self.begin(who).await?;
        match print {
            true => {
                tx.mark_print(id, false).await?;
            }
            false => tx.unmark_print(id).await?,
        }
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: document.state });
        Ok(())
    }

    /// Records that documents were printed, in one act; answers those it changed. What somebody else
    /// printed or took off meanwhile is left.
    pub async fn printed(&self, who: &Actor, ids: &[DocumentId]) -> Result<Vec<DocumentId>> {
        self.set_printed(who, ids, true).await
    }

    /// Takes back that documents were printed: they are on the list again.
    pub async fn not_printed(&self, who: &Actor, ids: &[DocumentId]) -> Result<Vec<DocumentId>> {
        self.set_printed(who, ids, false).await
    }

    async fn set_printed(
        &self,
        who: &Actor,
        ids: &[DocumentId],
        printed: bool,
    ) -> Result<Vec<DocumentId>> {
        check(who)?;
        let ids = ids.get(..MOST).unwrap_or(ids);
        for id in ids {
            self.seen_document(who, id).await?;
        }
        let mut changed = Vec::new();
        let mut tx = self.begin(who).await?;
        for id in ids {
            if tx.set_printed(id, printed).await? {
                changed.push(id.clone());
            }
        }
        tx.commit().await?;
        Ok(changed)
    }
}

fn marked_by(mark: &PrintMark, names: &Lists) -> String {
    if mark.by_rule { text("print", "rule") } else { lists_name(names, &mark.by) }
}

fn check(who: &Actor) -> Result<()> {
    if who.role.is_some_and(|r| r.may_decide_filing()) {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Forbidden, OPERATION, "votre rôle ne traite pas de documents"))
}
