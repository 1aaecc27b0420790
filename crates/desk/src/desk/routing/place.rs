//! Where a filed document stands in the team, who gets a copy, and what is to be done with it.

use relu_record::{DocumentId, Instant, Owner, Private, Route, RouteAction};
use relu_vault::{Placement, Tx};
use serde::{Deserialize, Serialize};

use super::super::Result;
use super::Team;

const DAY_MS: i64 = 86_400_000;

/// What goes with a document's place in the team; sealed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stand {
    /// Note left by who passed it on, and their account.
    pub(super) note: Option<(Private, String)>,
    pub(super) tags: Vec<String>,
    pub(super) hand_over: Vec<String>,
    /// Where it stood before its last move, and who made that move.
    pub(super) before: Option<Box<Before>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    pub(super) by: String,
    pub(super) queue: Option<String>,
    pub(super) holder: Option<String>,
    pub(super) queued_at: Instant,
    pub(super) claimed_at: Option<Instant>,
    pub(super) done_at: Option<Instant>,
    pub(super) note: Option<(Private, String)>,
}

/// Where a filed document stands, and who gets a copy. Nothing is without an owner: what no rule
/// gives to anybody goes to the fallback queue; what is for somebody who is away, to who stands in.
pub(super) fn placement(
    routes: &[Route],
    chosen: Option<&str>,
    team: &Team,
    now: Instant,
) -> (Placement, Vec<String>) {
    let mut stand = Stand::default();
    let mut owner = None;
    let mut copies = Vec::new();
    let person = |id: &str| team.cover(id, now.date()).unwrap_or(id).to_owned();
    for r in routes {
        match &r.action {
            RouteAction::Assign(to) => owner = owner.or(Some(to)),
            RouteAction::Copy(Owner::Queue(q)) => copies.push(format!("queue:{q}")),
            RouteAction::Copy(Owner::Person(p)) => copies.push(format!("person:{}", person(p))),
            RouteAction::Tag(tag) => stand.tags.push(tag.clone()),
            RouteAction::HandOver(to) => stand.hand_over.push(to.clone()),
            RouteAction::Task { .. } | RouteAction::Print => {}
        }
    }
    let chosen = chosen.map(|q| Owner::Queue(q.to_owned()));
    let (queue, holder) = match chosen.as_ref().or(owner) {
        Some(Owner::Person(p)) => (None, Some(person(p))),
        Some(Owner::Queue(q)) if team.queue(q).is_some() => (Some(q.clone()), None),
        _ => (Some(team.fallback.clone()), None),
    };
    let placement = Placement {
        queue,
        claimed_at: holder.is_some().then_some(now),
        holder,
        queued_at: now,
        content: Private(serde_json::to_vec(&stand).unwrap_or_default()),
        ..Placement::default()
    };
    (placement, copies)
}

/// Copies, tasks and marks of a route.
pub(super) async fn place_beside(
    tx: &mut Tx,
    id: &DocumentId,
    routes: &[Route],
    copies: Vec<String>,
) -> Result<()> {
    for owner in copies {
        tx.copy_to(id, &owner).await?;
    }
    for r in routes {
        if let RouteAction::Task { label, due } = &r.action {
            let due = due.and_then(|d| d.days()).map(|d| Instant(d * DAY_MS));
            let json = serde_json::json!({"label": label.0, "rule": r.rule}).to_string();
            tx.create_task(id, due, json.as_bytes()).await?;
        }
        if r.action == RouteAction::Print {
            tx.mark_print(id, true).await?;
        }
    }
    Ok(())
}

pub(super) fn stand_of(p: &Placement) -> Stand {
    serde_json::from_slice(&p.content).unwrap_or_default()
}

/// The destinations to hand a document over to.
pub(super) fn hand_overs(routes: &[Route]) -> Vec<String> {
    let to = routes.iter().filter_map(|r| match &r.action {
        RouteAction::HandOver(to) => Some(to.clone()),
        _ => None,
    });
    to.collect()
}
