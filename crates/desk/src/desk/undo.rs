//! Undo: the last act of a person on a document is taken back by a new, compensating event. Nothing
//! is erased: what was decided, by whom, and that it was taken back, all stay in the ledger.

use relu_record::{Actor, Decision, DocumentId, DocumentState, Role, Verdict};
use relu_vault::{Event, EventKind, LedgerEntry};

use super::decide::{decision, refresh};
use super::effective::{self, Standing};
use super::look::Opened;
use super::{Desk, Result};
use crate::handover::When;
use crate::texts::text;
use crate::view::DeskEvent;
use crate::{DeskError, ErrorKind};

/// What a person did last on a document and has not taken back.
pub(super) enum Act {
    /// Marked as seen, or as seen with something to do.
    Visa,
    /// Filed; the decisions taken by the same act.
    Filed(Vec<Decision>),
    /// Decided on proposals, one or a section.
    Decided(Vec<Decision>),
    /// Taken off the patient it was filed to.
    Detached,
    /// Cut into several documents; the decisions on the cuts.
    Split(Vec<Decision>),
}

impl Act {
    /// What the undo button names.
    pub(super) fn label(&self) -> String {
        text(
            "act",
            match self {
                Act::Visa => "visa",
                Act::Filed(_) => "filed",
                Act::Decided(_) => "decided",
                Act::Detached => "detached",
                Act::Split(_) => "split",
            },
        )
    }

    /// Whoever may do it may take it back.
    pub(super) fn may_undo(&self, role: Option<Role>) -> bool {
        role.is_some_and(|r| match self {
            Act::Visa => r.may_visa(),
            Act::Filed(_) | Act::Detached | Act::Split(_) => r.may_decide_filing(),
            Act::Decided(made) => {
                // A secretary does not take back what a doctor decided of a fact.
                let by_doctor = made.iter().any(|d| d.actor.role == Some(Role::Medecin));
                if by_doctor { r.may_decide_facts() } else { r.may_decide_filing() }
            }
        })
    }
}

impl Desk {
    /// Takes back the last act on this document by a compensating event; says what was undone.
    pub async fn undo(&self, who: &Actor, id: &DocumentId) -> Result<String> {
        let opened = self.opened(who, id).await?;
        let Some(act) = self.last_act(&opened).await? else {
            return Err(DeskError::new(
                ErrorKind::Conflict,
                "annulation",
                "il n'y a rien à annuler",
            ));
        };
        if !act.may_undo(who.role) {
            return Err(DeskError::new(
                ErrorKind::Forbidden,
                "annulation",
                "votre rôle ne le permet pas",
            ));
        }
        let label = act.label();
        let from = opened.document.state;
        let made = match act {
            Act::Split(_) => self.withdrawable(id).await?,
            _ => Vec::new(),
        };
        let mut tx = self.begin_on(who, &opened).await?;
        let mut decisions = opened.decisions.clone();
        let (made, to) = match act {
            Act::Visa => {
                self.queue_recalls_of(&mut tx, id, When::Vu).await?;
                (Vec::new(), DocumentState::AViser)
            }
            Act::Filed(made) => {
                tx.set_filing(id, None).await?;
                self.queue_recalls(&mut tx, id).await?;
                tx.unplace(id).await?;
                (made, effective::first_state(opened.set()?))
            }
            Act::Decided(made) => (made, from),
            Act::Split(cuts) => {
                for child in &made {
                    tx.set_state(&child.id, child.state, DocumentState::Clos).await?;
                }
                tx.append(Event::new(EventKind::Unsplit).document(id)).await?;
                (cuts, effective::first_state(opened.set()?))
            }
            Act::Detached => {
                let before = tx.reattach(id).await?;
                self.queue_again(&mut tx, id).await?;
                if before.queue.is_some() || before.role.is_some() || before.account.is_some() {
                    let place = (before.queue.clone(), before.account.clone());
                    self.place_again(&mut tx, &opened, place).await?;
                }
                // What had been decided stands again, as its authors had decided it.
                let fell = |d: &&Decision| before.recalled.contains(&d.id);
                (opened.decisions.iter().filter(fell).cloned().collect(), before.state)
            }
        };
        for d in made {
            let undone = decision(&opened, d.proposal, Verdict::Undone(d.id), None)?;
            decisions.push(tx.insert_decision(undone).await?);
        }
        if to != from {
            tx.set_state(id, from, to).await?;
        }
        refresh(&mut tx, &opened, &decisions).await?;
        self.reroute(&mut tx, &opened, &decisions, None).await?;
        tx.commit().await?;
        self.inner.outbox.notify_one();
        self.tell(DeskEvent::Document { id: id.clone(), state: to });
        Ok(label)
    }

    /// The last act of a person that stands.
    pub(super) async fn last_act(&self, opened: &Opened) -> Result<Option<Act>> {
        let entries = self.vault().ledger_of(&opened.document.id).await?;
        Ok(last_act_in(&entries, &opened.decisions))
    }
}

/// Walks the document's events backwards; an act met after its compensation is skipped with it.
pub(super) fn last_act_in(entries: &[LedgerEntry], decisions: &[Decision]) -> Option<Act> {
    let standing = Standing::of(decisions);
    let (mut unfiled, mut unseen, mut reattached, mut joined) = (0u32, 0u32, 0u32, 0u32);
    for e in entries.iter().rev() {
        match e.kind.as_str() {
            "unfiled" => unfiled += 1,
            "filed" if unfiled > 0 => unfiled -= 1,
            "filed" => {
                let made = standing.all().filter(|d| d.at == e.at && d.actor.id == e.actor.id);
                return Some(Act::Filed(made.cloned().collect()));
            }
            "unsplit" => joined += 1,
            "split" if joined > 0 => joined -= 1,
            "split" => {
                let made = standing.all().filter(|d| d.at == e.at && d.actor.id == e.actor.id);
                return Some(Act::Split(made.cloned().collect()));
            }
            "reattached" => reattached += 1,
            "detached" if reattached > 0 => reattached -= 1,
            "detached" => return Some(Act::Detached),
            "state-changed" => {
                let (from, to) = e.detail.as_deref().and_then(|d| d.split_once('>'))?;
                let (from, to) = (DocumentState::parse(from)?, DocumentState::parse(to)?);
                let seen = |s| matches!(s, DocumentState::Vu | DocumentState::Action);
                // What comes from elsewhere than the tray was given back, not seen.
                let tray = seen(from) || from == DocumentState::AViser;
                if seen(from) && to == DocumentState::AViser {
                    unseen += 1;
                } else if seen(to) && tray && unseen > 0 {
                    // The whole run of moves since the document waited was taken back at once.
                    unseen -= u32::from(from == DocumentState::AViser);
                } else if seen(to) && tray {
                    return Some(Act::Visa);
                }
            }
            "decided" => {
                // Decisions of one act share instant and person; a filing, if it was one, comes
                // later in the chain and was met before.
                let made: Vec<Decision> = standing
                    .all()
                    .filter(|d| d.at == e.at && d.actor.id == e.actor.id)
                    .cloned()
                    .collect();
                if !made.is_empty() {
                    return Some(Act::Decided(made));
                }
            }
            _ => {}
        }
    }
    None
}
