//! The team's queues (*bannettes*): who has what, *je m'en occupe*, giving back, passing on with a
//! note, standing in, growing old in words, and the fallback for what nobody takes in time.
//!
//! Every move is one act: the document's columns, the sealed note and the ledger event together, made
//! on the place it was read at. Of two people at the same instant one gets it; the other is told who.

use std::time::Duration;

use relu_pipeline::route::Lists;
use relu_record::{Actor, DocumentId, Instant, Private};
use relu_vault::{EventKind, Placed, Placement, QueueCount, Task};

use super::super::{Desk, Result, lists};
use super::Team;
use super::place::{Before, Stand, stand_of};
use super::prints::PRINTS;
use super::show::{age, lists_name, since};
use crate::texts::{text, text_with};
use crate::view::DeskEvent;
use crate::view::routing::{BannettesView, QueueItem, QueueLine, TaskView};
use crate::{DeskError, ErrorKind};

const OPERATION: &str = "bannette";
const HOUR_MS: i64 = 3_600_000;
/// How often what nobody took is looked for.
const SWEEP: Duration = Duration::from_secs(60);
/// Documents of a queue on one page.
const SHOWN: u32 = 200;
const LONGEST_NOTE: usize = 1_000;

/// Codes of the lists that are no queue.
const MINE: &str = "moi";
const COPIES: &str = "copies";
const TASKS: &str = "taches";

/// Gives what nobody took in time to the fallback owner, again and again until the desk closes.
pub(in crate::desk) async fn escalate(desk: Desk) {
    loop {
        if desk.escalate_late().await.is_err() {
            tracing::warn!(target: "relu", "bannettes : le contrôle des délais sera repris");
        }
        tokio::time::sleep(SWEEP).await;
    }
}

impl Desk {
    /// The queues with their counts, and the documents of one of them; the first when none is named.
    pub async fn bannettes(&self, who: &Actor, here: Option<&str>) -> Result<BannettesView> {
        check(who)?;
        self.escalate_late().await?;
        let team = self.the_team().await?;
        let lists = self.lists(&team).await?;
        let sight = lists::sight(who);
        let counts = self.vault().queue_counts(sight).await?;
        let owners = owners_of(who, &team);
        let copies = self.vault().unseen_copies(&owners, sight).await?;
        let tasks = self.vault().open_tasks(sight, SHOWN).await?;
        let now = self.now();
        let mut queues = vec![self.own_line(who, &counts, now)];
        queues.extend(team.queues.iter().map(|q| queue_line(&team, &q.id, &counts, now)));
        queues.push(QueueLine {
            code: COPIES.to_owned(),
            name: text("bannette", COPIES),
            open: copies.len() as u64,
            oldest: copies.first().map(|c| age(now, c.since)),
            ..QueueLine::default()
        });
        queues.push(QueueLine {
            code: TASKS.to_owned(),
            name: text("bannette", TASKS),
            open: tasks.len() as u64,
            late: tasks.iter().any(|t| t.due_at.is_some_and(|d| d.date() < now.date())),
            ..QueueLine::default()
        });
        queues.push(self.prints_line(who, now).await?);
        let here = here.filter(|h| queues.iter().any(|q| q.code == **h)).unwrap_or(MINE);
        let mut view = BannettesView {
            here: here.to_owned(),
            title: queues
                .iter()
                .find(|q| q.code == here)
                .map(|q| q.name.clone())
                .unwrap_or_default(),
            queues,
            targets: targets(&team, &lists, who),
            ..BannettesView::default()
        };
        let placed = match here {
            MINE => self.vault().open_documents(None, Some(&who.id), sight, SHOWN).await?,
            COPIES => {
                let mut placed = Vec::with_capacity(copies.len());
                for c in &copies {
                    placed.extend(self.vault().placement(&c.document).await?);
                }
                placed
            }
            TASKS => {
                for t in &tasks {
                    let document = self.vault().document(&t.document).await?;
                    view.tasks.push((self.task_view(t).await?, lists::item(who, &document)));
                }
                Vec::new()
            }
            PRINTS => {
                view.prints = self.prints(who).await?;
                Vec::new()
            }
            queue => self.vault().open_documents(Some(queue), None, sight, SHOWN).await?,
        };
        for p in &placed {
            view.items.push(self.queue_item(who, p, &team, &lists).await?);
        }
        Ok(view)
    }

    fn own_line(&self, who: &Actor, counts: &[QueueCount], now: Instant) -> QueueLine {
        let mine: Vec<&QueueCount> =
            counts.iter().filter(|c| c.holder.as_deref() == Some(&who.id)).collect();
        QueueLine {
            code: MINE.to_owned(),
            name: text("bannette", MINE),
            open: mine.iter().map(|c| c.open).sum(),
            oldest: mine.iter().map(|c| c.oldest).min().map(|o| age(now, o)),
            ..QueueLine::default()
        }
    }

    async fn queue_item(
        &self,
        who: &Actor,
        placed: &Placed,
        team: &Team,
        lists: &Lists,
    ) -> Result<QueueItem> {
        let (p, now) = (&placed.placement, self.now());
        let stand = stand_of(p);
        let covered = p.holder.as_deref().filter(|h| team.cover(h, now.date()) == Some(&who.id));
        let takes = p.queue.as_deref().is_none_or(|q| team.may_take(q, who));
        let mine = p.holder.as_deref() == Some(who.id.as_str());
        let due = self.first_due(&placed.document.id).await?;
        Ok(QueueItem {
            item: lists::item(who, &placed.document),
            since: since(now, p.queued_at),
            holder: p
                .holder
                .as_deref()
                .map(|h| (lists_name(lists, h), since(now, p.claimed_at.unwrap_or(p.queued_at)))),
            mine,
            may_claim: p.holder.is_none() && takes || covered.is_some(),
            covers: covered.map(|h| lists_name(lists, h)),
            escalated: p.escalated_at.map(|at| text_with("bannette", "escalated", &age(now, at))),
            note: stand.note.map(|(note, by)| (note.0, lists_name(lists, &by))),
            tags: stand.tags,
            due,
            may_undo: stand.before.is_some_and(|b| b.by == who.id),
        })
    }

    /// The first day that an open task of a document is due, French, and whether it is past.
    pub(super) async fn first_due(&self, id: &DocumentId) -> Result<Option<(String, bool)>> {
        let tasks = self.vault().tasks(id).await?;
        let open = tasks.iter().filter(|t| t.done.is_none());
        let first = open.filter_map(|t| t.due_at).min();
        Ok(first.map(|d| (d.date().to_french(), d.date() < self.now().date())))
    }

    /// *Je m'en occupe*: takes a document of a queue. Taken already, it is told by whom.
    pub async fn claim(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        check(who)?;
        let (placed, team) = (self.placed(id).await?, self.the_team().await?);
        let before = &placed.placement;
        if let Some(queue) = before.queue.as_deref().filter(|q| !team.may_take(q, who)) {
            let cause = format!("vous n'êtes pas de la bannette « {} »", team.name(queue));
            return Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause));
        }
        let covers = |h: &str| team.cover(h, self.now().date()) == Some(&who.id);
        if let Some(holder) = before.holder.as_deref().filter(|h| !covers(h)) {
            return Err(self.taken(holder, before, who).await);
        }
        let to = Placement {
            holder: Some(who.id.clone()),
            claimed_at: Some(self.now()),
            ..before.clone()
        };
        let moved = self.move_it(who, &placed, to, None, (EventKind::Claimed, "")).await;
        match moved {
            // Somebody was quicker by an instant: it is told who.
            Err(e) if e.kind == ErrorKind::Conflict => {
                let now = self.placed(id).await?;
                match &now.placement.holder {
                    Some(holder) => Err(self.taken(holder, &now.placement, who).await),
                    None => Err(e),
                }
            }
            done => done,
        }
    }

    async fn taken(&self, holder: &str, p: &Placement, who: &Actor) -> DeskError {
        if holder == who.id {
            return DeskError::new(ErrorKind::Conflict, OPERATION, "vous vous en occupez déjà");
        }
        let people = self.people().await.unwrap_or_default();
        let name = people.iter().find(|(id, _)| id == holder).map_or(holder, |(_, n)| n);
        let words = since(self.now(), p.claimed_at.unwrap_or(p.queued_at));
        let cause = format!("{name} s'en occupe déjà {words}");
        DeskError::new(ErrorKind::Conflict, OPERATION, cause)
    }

    /// Gives a document back to its queue.
    pub async fn release(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        check(who)?;
        let (placed, team) = (self.placed(id).await?, self.the_team().await?);
        let before = &placed.placement;
        self.must_hold(who, before)?;
        // What was given to a person alone has no queue to go back to but the fallback.
        let queue = before.queue.clone().unwrap_or_else(|| team.fallback.clone());
        let to = Placement {
            queue: Some(queue),
            holder: None,
            claimed_at: None,
            queued_at: if before.queue.is_some() { before.queued_at } else { self.now() },
            ..before.clone()
        };
        self.move_it(who, &placed, to, None, (EventKind::Released, "")).await
    }

    /// Passes a document on to a queue (`queue:…`) or a person (`person:…`), with a note.
    pub async fn pass_on(
        &self,
        who: &Actor,
        id: &DocumentId,
        target: &str,
        note: Option<&str>,
    ) -> Result<()> {
        check(who)?;
        let (placed, team, now) = (self.placed(id).await?, self.the_team().await?, self.now());
        let before = &placed.placement;
        if before.holder.is_some() {
            self.must_hold(who, before)?;
        }
        let people = self.people().await?;
        let (queue, holder) = match target.split_once(':') {
            Some(("queue", q)) if team.queue(q).is_some() => (Some(q.to_owned()), None),
            Some(("person", p)) if people.iter().any(|(id, _)| id == p) => {
                let p = team.cover(p, now.date()).unwrap_or(p);
                (before.queue.clone(), Some(p.to_owned()))
            }
            _ => {
                let cause = "choisissez une bannette ou une personne";
                return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
            }
        };
        let note: Option<String> = note
            .map(|n| n.trim().chars().take(LONGEST_NOTE).collect())
            .filter(|n: &String| !n.is_empty());
        let to = Placement {
            queue,
            claimed_at: holder.is_some().then_some(now),
            holder,
            queued_at: now,
            escalated_at: None,
            ..before.clone()
        };
        self.move_it(who, &placed, to, note, (EventKind::PassedOn, "")).await
    }

    /// Finishes the work on a document in its queue.
    pub async fn finish_place(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        check(who)?;
        let placed = self.placed(id).await?;
        let before = &placed.placement;
        if before.holder.is_some() {
            self.must_hold(who, before)?;
        }
        let to = Placement { done_at: Some(self.now()), ..before.clone() };
        self.move_it(who, &placed, to, None, (EventKind::Finished, "")).await
    }

    /// Takes back the last move of a document, by whoever made it, as long as nobody moved it since.
    pub async fn undo_move(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        check(who)?;
        let placed = self.placed(id).await?;
        let mut stand = stand_of(&placed.placement);
        let Some(before) = stand.before.take().filter(|b| b.by == who.id) else {
            let cause = "il n'y a rien à annuler";
            return Err(DeskError::new(ErrorKind::Conflict, OPERATION, cause));
        };
        stand.note = before.note;
        let to = Placement {
            queue: before.queue,
            holder: before.holder,
            queued_at: before.queued_at,
            claimed_at: before.claimed_at,
            done_at: before.done_at,
            content: Private(serde_json::to_vec(&stand).unwrap_or_default()),
            ..placed.placement.clone()
        };
        let mut tx = self.begin(who).await?;
        tx.place(id, Some(&placed.placement), &to, (EventKind::MoveUndone, "")).await?;
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: placed.document.state });
        Ok(())
    }

    /// Marks a copy as seen.
    pub async fn see_copy(&self, who: &Actor, id: &DocumentId) -> Result<()> {
        check(who)?;
        let owners = owners_of(who, &self.the_team().await?);
        let copies = self.vault().copies(id).await?;
        let mine = copies.iter().filter(|c| c.seen.is_none() && owners.contains(&c.owner));
        let mut tx = self.begin(who).await?;
        for c in mine {
            tx.see_copy(id, &c.owner).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Marks a task of a document as done, or takes that back.
    pub async fn finish_task(&self, who: &Actor, id: &DocumentId, task: &str) -> Result<()> {
        check(who)?;
        let tasks = self.vault().tasks(id).await?;
        let Some(found) = tasks.iter().find(|t: &&Task| t.id == task) else {
            return Err(DeskError::new(ErrorKind::NotFound, "tâche", "elle n'existe plus"));
        };
        let mut tx = self.begin(who).await?;
        tx.finish_task(found, found.done.is_none()).await?;
        Ok(tx.commit().await?)
    }

    /// The tasks of a document.
    pub async fn tasks(&self, id: &DocumentId) -> Result<Vec<TaskView>> {
        let mut views = Vec::new();
        for task in self.vault().tasks(id).await? {
            views.push(self.task_view(&task).await?);
        }
        Ok(views)
    }

    /// Documents that nobody took in time go to the fallback queue, and it is told.
    pub async fn escalate_late(&self) -> Result<usize> {
        let (team, now) = (self.the_team().await?, self.now());
        let mut moved = 0;
        for q in team.queues.iter().filter(|q| q.id != team.fallback) {
            let limit = Instant(now.0 - i64::from(q.hours) * HOUR_MS);
            for placed in self.vault().not_taken_since(&q.id, limit).await? {
                let before = &placed.placement;
                let to = Placement {
                    queue: Some(team.fallback.clone()),
                    queued_at: now,
                    escalated_at: Some(now),
                    ..before.clone()
                };
                let mut tx = self.begin(&Actor::system("desk")).await?;
                let told = (EventKind::Escalated, q.id.as_str());
                // Somebody took it at this very instant: so much the better.
                if tx.place(&placed.document.id, Some(before), &to, told).await.is_ok() {
                    tx.commit().await?;
                    moved += 1;
                }
            }
        }
        Ok(moved)
    }

    async fn placed(&self, id: &DocumentId) -> Result<Placed> {
        let placed = self.vault().placement(id).await?;
        placed.filter(|p| p.document.destroyed_at.is_none()).ok_or_else(|| {
            DeskError::new(ErrorKind::Conflict, OPERATION, "ce document n'est dans aucune bannette")
                .hint("il y entre quand il est classé")
        })
    }

    fn must_hold(&self, who: &Actor, p: &Placement) -> Result<()> {
        if p.holder.as_deref() == Some(&who.id) {
            return Ok(());
        }
        let cause = "vous ne vous occupez pas de ce document";
        Err(DeskError::new(ErrorKind::Conflict, OPERATION, cause).hint("prenez-le d'abord (e)"))
    }

    async fn move_it(
        &self,
        who: &Actor,
        placed: &Placed,
        mut to: Placement,
        note: Option<String>,
        told: (EventKind, &str),
    ) -> Result<()> {
        let was = &placed.placement;
        let mut stand = stand_of(was);
        stand.before = Some(Box::new(Before {
            by: who.id.clone(),
            queue: was.queue.clone(),
            holder: was.holder.clone(),
            queued_at: was.queued_at,
            claimed_at: was.claimed_at,
            done_at: was.done_at,
            note: stand.note.clone(),
        }));
        if let Some(note) = note {
            stand.note = Some((Private(note), who.id.clone()));
        }
        to.content = Private(serde_json::to_vec::<Stand>(&stand).unwrap_or_default());
        let id = &placed.document.id;
        let mut tx = self.begin(who).await?;
        tx.place(id, Some(was), &to, told).await?;
        tx.commit().await?;
        self.tell(DeskEvent::Document { id: id.clone(), state: placed.document.state });
        Ok(())
    }
}

fn check(who: &Actor) -> Result<()> {
    if who.role.is_some_and(|r| r.may_decide_filing()) {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Forbidden, OPERATION, "votre rôle ne traite pas de documents"))
}

fn queue_line(team: &Team, code: &str, counts: &[QueueCount], now: Instant) -> QueueLine {
    let here: Vec<&QueueCount> =
        counts.iter().filter(|c| c.queue.as_deref() == Some(code)).collect();
    let oldest = here.iter().map(|c| c.oldest).min();
    let hours = team.queue(code).map_or(0, |q| q.hours);
    let late = |at: Instant| now.0 - at.0 > i64::from(hours) * HOUR_MS;
    QueueLine {
        code: code.to_owned(),
        name: team.name(code).to_owned(),
        open: here.iter().map(|c| c.open).sum(),
        free: here.iter().filter(|c| c.holder.is_none()).map(|c| c.open).sum(),
        oldest: oldest.map(|o| age(now, o)),
        late: here.iter().filter(|c| c.holder.is_none()).any(|c| late(c.oldest)),
    }
}

fn owners_of(who: &Actor, team: &Team) -> Vec<String> {
    let queues = team.queues.iter().filter(|q| team.may_take(&q.id, who));
    let queues = queues.map(|q| format!("queue:{}", q.id));
    std::iter::once(format!("person:{}", who.id)).chain(queues).collect()
}

fn targets(team: &Team, lists: &Lists, who: &Actor) -> Vec<(String, String)> {
    let queues = team.queues.iter().map(|q| (format!("queue:{}", q.id), q.name.clone()));
    let people = lists.people.iter().filter(|p| p.code != who.id);
    queues.chain(people.map(|p| (format!("person:{}", p.code), p.label.clone()))).collect()
}
