//! Split (*séparer*): a person says on which pages of a stack another document begins; each becomes a
//! document of its own, with its own bytes, and the stack is closed.
//!
//! A child has its pages as a file of the same format: whoever receives, exports or prints it later
//! must get its pages and nobody else's. The received file is kept untouched and is the child's
//! parent. The child's reading is cut out of the parent's, so that no page is recognised twice. Undo
//! withdraws the children while none of them is filed, and opens the stack again.

use std::sync::Arc;

use relu_record::{
    Actor, Cut, DocumentId, DocumentState, Format, Private, ProposalId, ProposalSet, ProposalValue,
    Reading, Role, Sha256Hex, Span, Verdict, Word,
};
use relu_vault::{Event, EventKind, Inserted, NewDocument, PutBlob, Tx};

use super::decide::decision;
use super::effective::{self, Standing};
use super::look::Opened;
use super::read::{Fate, store_one};
use super::{Desk, Result, lists};
use crate::reader::{ReadDocument, ReadOutcome};
use crate::view::{DeskEvent, SplitPage, SplitView};
use crate::worker::ProposeArgs;
use crate::{DeskError, ErrorKind, present};

const OPERATION: &str = "séparation";
/// The function whose proposals are decided here; it has nothing to say about the children.
const FUNCTION: &str = "split";
/// How the place of a child in its parent begins.
pub(super) const PAGES: &str = "page";

/// What a person decided: on which pages (from 0) a document begins, and which pages belong to none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SplitPlan {
    /// First pages. The first page begins a document whether it is named or not.
    pub begins: Vec<u32>,
    /// Pages left out.
    pub leave_out: Vec<u32>,
}

impl SplitPlan {
    /// The pages of each document, in order.
    fn documents(&self, total: u32) -> Vec<Vec<u32>> {
        let mut out: Vec<Vec<u32>> = Vec::new();
        let mut open = false;
        for page in 0..total {
            if self.leave_out.contains(&page) {
                // What follows a separator is another document; a blank back ends nothing by itself.
                continue;
            }
            if !open || self.begins.contains(&page) {
                out.push(Vec::new());
                open = true;
            }
            if let Some(last) = out.last_mut() {
                last.push(page);
            }
        }
        out
    }
}

impl Desk {
    /// The pages of a document with the cuts proposed.
    pub async fn split_view(&self, who: &Actor, id: &DocumentId) -> Result<SplitView> {
        let opened = self.opened(who, id).await?;
        let reading = pages_of(&opened)?;
        let mut pages: Vec<SplitPage> = reading
            .pages
            .iter()
            .map(|p| SplitPage { width: p.width, height: p.height, ..SplitPage::default() })
            .collect();
        let standing = Standing::of(&opened.decisions);
        for (place, p) in opened.set()?.with_ids() {
            let ProposalValue::Cut(cut) = p.value else { continue };
            let Some(page) = pages.get_mut(cut.page as usize) else { continue };
            if matches!(standing.get(&place).map(|d| &d.verdict), Some(Verdict::Refused)) {
                continue;
            }
            page.leave_out |= cut.leave_out;
            page.begins |= !cut.leave_out;
            page.certainty = present::certainty(p);
            page.why = present::evidence(p, reading).into_iter().map(|e| e.label).collect();
        }
        // The page after a separator begins a document, whatever it shows.
        let separators: Vec<usize> = separators(opened.set()?).collect();
        for at in separators {
            if let Some(next) = pages.get_mut(at + 1) {
                next.begins = true;
            }
        }
        let may = who.role.is_some_and(Role::may_decide_filing) && is_open(opened.document.state);
        Ok(SplitView { item: lists::item(who, &opened.document), pages, may })
    }

    /// Makes the documents a person decided on; says how many. One document alone: the stack is none,
    /// and goes on as an ordinary document.
    pub async fn split(&self, who: &Actor, id: &DocumentId, plan: &SplitPlan) -> Result<usize> {
        if !who.role.is_some_and(Role::may_decide_filing) {
            let cause = "votre rôle ne décide pas du classement";
            return Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause));
        }
        let opened = self.opened(who, id).await?;
        let reading = pages_of(&opened)?;
        let state = opened.document.state;
        if !is_open(state) {
            let cause = "ce document n'est plus à séparer";
            return Err(
                DeskError::new(ErrorKind::Conflict, OPERATION, cause).hint("rechargez la page")
            );
        }
        let total = u32::try_from(reading.pages.len()).unwrap_or(u32::MAX);
        let documents = plan.documents(total);
        if documents.is_empty() {
            let cause = "aucune page n'est gardée";
            return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
        }
        if documents.len() == 1 && plan.leave_out.is_empty() {
            return self.keep_whole(who, &opened, plan).await;
        }
        let children = self.children(&opened, reading, &documents).await?;
        let mut tx = self.begin_on(who, &opened).await?;
        decide_cuts(&mut tx, &opened, plan).await?;
        let mut changed = Vec::new();
        for child in children {
            changed.push(child.store(&mut tx, &opened).await?);
        }
        let to = state.advance(DocumentState::Clos).map_err(|_| conflict())?;
        tx.set_state(id, state, to).await?;
        let detail = documents.len().to_string();
        tx.append(Event::new(EventKind::Split).document(id).detail(detail)).await?;
        tx.commit().await?;
        for (child, state) in changed {
            self.tell(DeskEvent::Document { id: child, state });
        }
        self.tell(DeskEvent::Document { id: id.clone(), state: to });
        Ok(documents.len())
    }

    /// It was one document after all: the cuts are refused and it goes on.
    async fn keep_whole(&self, who: &Actor, opened: &Opened, plan: &SplitPlan) -> Result<usize> {
        let id = &opened.document.id;
        let to = match effective::state_when_whole(opened.set()?) {
            to if to == opened.document.state => to,
            to => opened.document.state.advance(to).map_err(|_| conflict())?,
        };
        let mut tx = self.begin_on(who, opened).await?;
        decide_cuts(&mut tx, opened, plan).await?;
        if to != opened.document.state {
            tx.set_state(id, opened.document.state, to).await?;
        }
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: to });
        Ok(1)
    }

    /// The children with their bytes, made durable before anything tells of them, their readings and
    /// what is proposed on them.
    async fn children(
        &self,
        opened: &Opened,
        reading: &Reading,
        documents: &[Vec<u32>],
    ) -> Result<Vec<Child>> {
        let bytes = self.bytes(&opened.document).await?;
        let refused =
            |r: relu_record::Refusal| DeskError::new(ErrorKind::Conflict, OPERATION, r.message);
        let extracted = self.inner.reader.extract(&bytes, reading.format, documents.to_vec());
        let files = extracted.await.map_err(refused)?;
        let mut active = self.active_functions().await?;
        active.retain(|f| f != FUNCTION);
        let received = opened.document.received_at.date();
        let mut out = Vec::with_capacity(documents.len());
        for (pages, bytes) in documents.iter().zip(files) {
            let bytes = Arc::new(bytes);
            let sha256 = Sha256Hex::of(&bytes);
            let args = ProposeArgs { received, active: active.clone() };
            let piece = piece(reading, pages);
            let read = self.inner.reader.propose(piece, &sha256, args).await;
            let (piece, proposals) = read.map_err(refused)?;
            let name =
                opened.document.source_name.as_ref().map(|n| format!("{} · {}", n.0, named(pages)));
            let part = ReadDocument {
                parent: Some(0),
                part: Some(named(pages)),
                name,
                media_type: Some(piece.media_type.clone()),
                sha256,
                bytes: bytes.clone(),
                outcome: Ok(ReadOutcome { reading: piece, proposals, envelope: false }),
            };
            let compare = self.must_compare(&part).await?;
            let blobs = self.vault().blobs().clone();
            let put =
                tokio::task::spawn_blocking(move || blobs.put(bytes.as_slice(), u64::MAX)).await;
            let blob = put.map_err(|_| {
                DeskError::new(ErrorKind::Internal, OPERATION, "l'écriture s'est arrêtée")
            })??;
            out.push(Child { part, blob, compare });
        }
        Ok(out)
    }

    /// The documents made out of a stack that may still be withdrawn; a conflict when one was filed.
    pub(super) async fn withdrawable(&self, id: &DocumentId) -> Result<Vec<relu_vault::Document>> {
        use DocumentState::{AClasser, ARattacher, ASeparer, Clos, Quarantaine};
        let mut made = self.vault().children(id).await?;
        made.retain(|c| c.part.as_deref().is_some_and(|p| p.starts_with(PAGES)));
        let waits =
            |s: DocumentState| matches!(s, AClasser | ARattacher | ASeparer | Quarantaine | Clos);
        if made.iter().all(|c| waits(c.state)) {
            made.retain(|c| c.state != Clos);
            return Ok(made);
        }
        let cause = "un des documents séparés est déjà classé";
        Err(DeskError::new(ErrorKind::Conflict, "annulation", cause)
            .hint("annulez d'abord son classement"))
    }
}

/// A document made out of a stack, before it is recorded.
struct Child {
    part: ReadDocument,
    blob: PutBlob,
    compare: bool,
}

impl Child {
    async fn store(self, tx: &mut Tx, opened: &Opened) -> Result<(DocumentId, DocumentState)> {
        let new = NewDocument {
            blob: self.blob,
            parent: Some(opened.document.id.clone()),
            part: self.part.part.clone(),
            source_kind: "split".to_owned(),
            source_name: self.part.name.clone().map(Private::from),
            format: None,
            media_type: self.part.media_type.clone(),
        };
        let inserted = tx.insert_document(new).await?;
        let id = inserted.id().clone();
        if matches!(inserted, Inserted::Duplicate(_)) {
            // Made before and withdrawn: it comes back.
            tx.set_state(&id, DocumentState::Clos, DocumentState::Recu).await?;
        }
        let Ok(outcome) = &self.part.outcome else { return Err(conflict()) };
        let fate = Fate::Open { compare: self.compare };
        let state = store_one(tx, &id, &self.part, outcome, fate).await?;
        Ok((id, state))
    }
}

fn conflict() -> DeskError {
    DeskError::new(ErrorKind::Conflict, OPERATION, "ce document ne peut pas être séparé")
        .hint("rechargez la page")
}

fn is_open(state: DocumentState) -> bool {
    use DocumentState::{AClasser, ARattacher, ASeparer};
    matches!(state, AClasser | ARattacher | ASeparer)
}

/// The reading of a document that has pages to cut between.
fn pages_of(opened: &Opened) -> Result<&Reading> {
    opened
        .reading
        .as_ref()
        .filter(|r| matches!(r.format, Format::Pdf | Format::Image) && r.pages.len() > 1)
        .ok_or_else(|| {
            let cause = "ce document n'a pas plusieurs pages";
            DeskError::new(ErrorKind::NotFound, OPERATION, cause)
        })
}

fn separators(set: &ProposalSet) -> impl Iterator<Item = usize> {
    set.proposals.iter().filter_map(|p| match p.value {
        ProposalValue::Cut(c) if c.leave_out && p.rule.as_deref() == Some("separator") => {
            Some(c.page as usize)
        }
        _ => None,
    })
}

/// « pages 4-6 », from 1 as people count.
fn named(pages: &[u32]) -> String {
    let (first, last) = (pages.first().unwrap_or(&0) + 1, pages.last().unwrap_or(&0) + 1);
    match pages.len() {
        1 => format!("{PAGES} {first}"),
        n if n as u32 == last + 1 - first => format!("{PAGES}s {first}-{last}"),
        _ => {
            let all: Vec<String> = pages.iter().map(|p| (p + 1).to_string()).collect();
            format!("{PAGES}s {}", all.join(","))
        }
    }
}

/// Each proposal of a cut is accepted or refused; a cut that nobody proposed is stated.
async fn decide_cuts(tx: &mut Tx, opened: &Opened, plan: &SplitPlan) -> Result<()> {
    let set = opened.set()?;
    let decided = |cut: &Cut| {
        if cut.leave_out {
            plan.leave_out.contains(&cut.page)
        } else {
            plan.begins.contains(&cut.page)
        }
    };
    let mut proposed = Vec::new();
    for (place, p) in set.with_ids() {
        let ProposalValue::Cut(cut) = p.value else { continue };
        proposed.push(cut);
        let verdict = if decided(&cut) { Verdict::Accepted } else { Verdict::Refused };
        tx.insert_decision(decision(opened, place, verdict, None)?).await?;
    }
    let begins = plan.begins.iter().filter(|p| **p > 0).map(|p| (*p, false));
    for (page, leave_out) in begins.chain(plan.leave_out.iter().map(|p| (*p, true))) {
        let cut = Cut { page, leave_out };
        if !proposed.contains(&cut) {
            let place = ProposalId(format!("stated-cut-{page}"));
            let verdict = Verdict::Edited(Box::new(ProposalValue::Cut(cut)));
            tx.insert_decision(decision(opened, place, verdict, None)?).await?;
        }
    }
    Ok(())
}

/// The pages of a reading as a reading: text, words and pages, numbered anew.
fn piece(reading: &Reading, pages: &[u32]) -> Reading {
    let mut out = Reading::new(reading.format, &reading.media_type);
    out.ocr = reading.ocr;
    let mut text = String::new();
    for (number, page) in (0u32..).zip(pages) {
        if number > 0 {
            text.push('\u{c}');
        }
        out.pages.extend(reading.pages.get(*page as usize).copied());
        let words = || reading.words.iter().filter(|w| w.page == *page);
        let (Some(start), Some(end)) =
            (words().map(|w| w.span.start).min(), words().map(|w| w.span.end).max())
        else {
            continue;
        };
        let Some(printed) = reading.text.get(start..end) else { continue };
        let shift = text.len();
        text.push_str(printed);
        out.words.extend(words().map(|w| Word {
            span: Span::new(w.span.start - start + shift, w.span.end - start + shift),
            page: number,
            ..*w
        }));
    }
    out.text = Private(text);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::{BoundingBox, Page};

    #[test]
    fn a_plan_gives_every_page_to_one_document() {
        let plan = SplitPlan { begins: vec![2, 4], leave_out: vec![3] };
        assert_eq!(plan.documents(6), [vec![0, 1], vec![2], vec![4, 5]]);
        assert_eq!(SplitPlan::default().documents(2), [vec![0, 1]]);
        let back = SplitPlan { begins: vec![], leave_out: vec![1] };
        assert_eq!(back.documents(3), [vec![0, 2]]);
        assert_eq!(named(&[0, 2]), "pages 1,3");
        assert_eq!((named(&[3]), named(&[3, 4])), ("page 4".into(), "pages 4-5".into()));
    }

    #[test]
    fn a_piece_holds_the_words_of_its_pages_alone() {
        let mut r = Reading::new(Format::Pdf, "application/pdf");
        let text = "un deux\u{c}trois\u{c}quatre cinq";
        for (word, page) in [("un", 0), ("deux", 0), ("trois", 1), ("quatre", 2), ("cinq", 2)] {
            let at = text.find(word).unwrap();
            let bbox = BoundingBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };
            let span = Span::new(at, at + word.len());
            r.words.push(Word { span, page, bbox, confidence: None });
        }
        r.pages = vec![Page { width: 1.0, height: 1.0 }; 3];
        r.text = Private::from(text);
        let cut = piece(&r, &[1, 2]);
        assert_eq!(cut.text.0, "trois\u{c}quatre cinq");
        assert_eq!(cut.pages.len(), 2);
        let words: Vec<_> =
            cut.words.iter().map(|w| (w.span.of(&cut.text).unwrap(), w.page)).collect();
        assert_eq!(words, [("trois", 0), ("quatre", 1), ("cinq", 1)]);
    }
}
