//! Routing: where a document goes, by the rules in use.
//!
//! When a document is read, and again when somebody decides on it, what rules look at is gathered
//! (`Features`) and kept sealed; the rules in use propose, in a set of its own that names them. When
//! it is filed, what stands of that is done in the same transaction: owner, copies, tasks, tags.
//! A document's way: `gather.rs` (what rules look at), `propose.rs` (what they say), `choose.rs` (what a
//! person says against it), `place.rs` (where it stands), `show.rs` (what its page says of all that).
//! `rules.rs`: writing, trying and putting rules in use. `queues.rs`: the team's *bannettes*.
//! `prints.rs`: what is to be put on paper. `team.rs`: who the team is. `visa.rs`: the doctor's list.

mod choose;
mod gather;
mod place;
mod prints;
mod propose;
mod queues;
mod rules;
mod show;
mod team;
mod visa;

use relu_pipeline::route::Compiled;
use relu_record::{Decision, ProposalSet, Route, RouteAction, Verdict};
use relu_vault::{EventKind, PatientId, RuleSetState, Tx};

use super::decide::decision;
use super::look::Opened;
use super::{Desk, Result};
use choose::choice;
use place::{hand_overs, place_beside, placement};
use propose::standing_routes;
pub(super) use propose::store;
pub(super) use queues::escalate;
pub(super) use team::Team;
pub use team::route_lists;

/// Id of the function in the register.
const FUNCTION: &str = "route";

impl Desk {
    /// The rules in use; nothing when none are, or when the function is switched off.
    pub(super) async fn rules_in_use(&self) -> Result<Option<Compiled>> {
        let Some(stored) = self.vault().rules_in(RuleSetState::Active).await? else {
            return Ok(None);
        };
        if !self.active_functions().await?.iter().any(|f| f == FUNCTION) {
            return Ok(None);
        }
        let set = rules::read(&stored)?;
        let lists = self.lists(&self.the_team().await?).await?;
        Ok(Some(Compiled::of(&set, &lists)))
    }

    /// Routes an opened document again, after decisions or with the patient it is filed to.
    pub(super) async fn reroute(
        &self,
        tx: &mut Tx,
        opened: &Opened,
        decisions: &[Decision],
        patient: Option<&PatientId>,
    ) -> Result<()> {
        if let Some(features) = self.features_of(opened, decisions, patient).await? {
            let in_use = self.rules_in_use().await?;
            let text = &opened.set()?.text_version;
            store(tx, &opened.document.id, &features, in_use.as_ref(), text).await?;
        }
        Ok(())
    }

    /// Does what stands of a document's route, in the act that files it: owner, copies, tasks, tags.
    /// Accepts what was proposed and nobody refused. Answers the destinations to hand it over to.
    pub(super) async fn place_filed(
        &self,
        tx: &mut Tx,
        opened: &Opened,
        decisions: &mut Vec<Decision>,
        patient: &PatientId,
    ) -> Result<Vec<String>> {
        let Some(features) = self.features_of(opened, decisions, Some(patient)).await? else {
            return Ok(Vec::new());
        };
        let (in_use, team) = (self.rules_in_use().await?, self.the_team().await?);
        let (id, text) = (&opened.document.id, &opened.set()?.text_version);
        let proposed = store(tx, id, &features, in_use.as_ref(), text).await?;
        let stands = self.accept_routes(tx, opened, decisions, proposed.as_ref()).await?;
        let (placement, copies) = placement(&stands, choice(decisions), &team, self.now());
        tx.place(id, None, &placement, (EventKind::Assigned, "route")).await?;
        place_beside(tx, id, &stands, copies).await?;
        Ok(hand_overs(&stands))
    }

    /// Accepts what the rules propose and nobody refused; answers it.
    async fn accept_routes(
        &self,
        tx: &mut Tx,
        opened: &Opened,
        decisions: &mut Vec<Decision>,
        proposed: Option<&ProposalSet>,
    ) -> Result<Vec<Route>> {
        let Some(set) = proposed else { return Ok(Vec::new()) };
        let id = &opened.document.id;
        let refused = self.decided_routes(id, decisions, &Verdict::Refused).await?;
        let mut stands = Vec::new();
        for (proposal, route) in standing_routes(set, &refused) {
            let mut new = decision(opened, proposal, Verdict::Accepted, None)?;
            new.set = set.hash();
            decisions.push(tx.insert_decision(new).await?);
            stands.push(route);
        }
        Ok(stands)
    }

    /// Puts a document back where it stood before it was taken off its patient, with the copies and
    /// tasks of the route that was accepted when it was filed.
    pub(super) async fn place_again(
        &self,
        tx: &mut Tx,
        opened: &Opened,
        (queue, holder): (Option<String>, Option<String>),
    ) -> Result<()> {
        let (id, now, team) = (&opened.document.id, self.now(), self.the_team().await?);
        let accepted = self.decided_routes(id, &opened.decisions, &Verdict::Accepted).await?;
        let mut stands: Vec<Route> = accepted.into_iter().map(|(_, r)| r).collect();
        // What was printed meanwhile is not printed again.
        if self.vault().print_mark(id).await?.is_some() {
            stands.retain(|r| r.action != RouteAction::Print);
        }
        let (mut to, copies) = placement(&stands, None, &team, now);
        to.claimed_at = holder.is_some().then_some(now);
        (to.queue, to.holder) = (queue, holder);
        tx.place(id, None, &to, (EventKind::Assigned, "restored")).await?;
        place_beside(tx, id, &stands, copies).await
    }
}
