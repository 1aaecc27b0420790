//! What a person says against a route before the document is filed: another queue, or one thing
//! refused. Both are decisions, and the same act again takes them back.

use relu_record::{
    Actor, Decision, DocumentId, Owner, ProposalId, ProposalSet, ProposalValue, Route, RouteAction,
    ValueKind, Verdict,
};
use relu_vault::DocumentChange;

use super::super::decide::{check_role, decision, is_open};
use super::super::effective::Standing;
use super::super::look::Opened;
use super::super::{Desk, Result};
use super::Team;
use super::propose::{among, route_ids};
use crate::{DeskError, ErrorKind};

/// The id under which a person chooses another owner.
const CHOICE: &str = "route-choice";

impl Desk {
    /// Chooses another queue for a document that is still to be filed; none takes the choice back.
    pub async fn choose_queue(&self, who: &Actor, id: &DocumentId, queue: &str) -> Result<()> {
        let opened = self.still_to_route(who, id).await?;
        let team = self.the_team().await?;
        let mut tx = self.begin_on(who, &opened).await?;
        let last = Standing::of(&opened.decisions).get(&ProposalId(CHOICE.to_owned())).cloned();
        let verdict = match (queue, last) {
            ("", Some(last)) => Verdict::Undone(last.id),
            ("", None) => return Ok(()),
            _ => chosen(&team, queue)?,
        };
        tx.insert_decision(decision(&opened, ProposalId(CHOICE.to_owned()), verdict, None)?)
            .await?;
        tx.update_document(id, DocumentChange::default()).await?;
        Ok(tx.commit().await?)
    }

    /// Refuses one thing that the rules propose for a document, or takes the refusal back.
    pub async fn refuse_route(&self, who: &Actor, id: &DocumentId, line: &str) -> Result<()> {
        let opened = self.still_to_route(who, id).await?;
        let mut tx = self.begin_on(who, &opened).await?;
        // What is refused is what the rules in use say now; it is stored with the refusal.
        self.reroute(&mut tx, &opened, &opened.decisions, None).await?;
        let proposed = self.current_routing(&opened).await?.and_then(|r| r.proposed);
        let proposal = ProposalId(line.to_owned());
        let known = proposed.as_ref().and_then(|set| Some((set.hash(), route_at(set, &proposal)?)));
        let (hash, route) = known.ok_or_else(gone)?;
        let refused = self.decided_routes(id, &opened.decisions, &Verdict::Refused).await?;
        let verdict = match among(&refused, route) {
            Some(decision) => Verdict::Undone(decision.clone()),
            None => Verdict::Refused,
        };
        let mut new = decision(&opened, proposal, verdict, None)?;
        new.set = hash;
        tx.insert_decision(new).await?;
        tx.update_document(id, DocumentChange::default()).await?;
        Ok(tx.commit().await?)
    }

    /// The document opened for who may route it; refuses one that is no longer to be routed.
    async fn still_to_route(&self, who: &Actor, id: &DocumentId) -> Result<Opened> {
        check_role(who, ValueKind::Route)?;
        let opened = self.opened(who, id).await?;
        if is_open(opened.document.state, false) { Ok(opened) } else { Err(closed()) }
    }
}

/// The decision for a queue that is there.
fn chosen(team: &Team, queue: &str) -> Result<Verdict> {
    if team.queue(queue).is_none() {
        let cause = "cette bannette n'existe plus";
        return Err(DeskError::new(ErrorKind::User, "orientation", cause));
    }
    Ok(Verdict::Edited(Box::new(ProposalValue::Route(Route {
        action: RouteAction::Assign(Owner::Queue(queue.to_owned())),
        rule: String::new(),
        sentence: "choisi par une personne".into(),
        overridden_by: None,
    }))))
}

/// The route that is decided under that id.
fn route_at<'a>(set: &'a ProposalSet, id: &ProposalId) -> Option<&'a Route> {
    let (_, proposal) = route_ids(set).into_iter().find(|(p, _)| p == id)?;
    match &proposal.value {
        ProposalValue::Route(route) => Some(route),
        _ => None,
    }
}

/// The queue that a person has chosen.
pub(super) fn choice(decisions: &[Decision]) -> Option<&str> {
    let standing = Standing::of(decisions);
    let chosen = standing.get(&ProposalId(CHOICE.to_owned()))?;
    match &chosen.verdict {
        Verdict::Edited(value) => match &**value {
            ProposalValue::Route(Route {
                action: RouteAction::Assign(Owner::Queue(q)), ..
            }) => Some(q),
            _ => None,
        },
        _ => None,
    }
}

fn closed() -> DeskError {
    DeskError::new(ErrorKind::Conflict, "orientation", "ce document n'est plus à orienter")
        .hint("s'il est classé, passez-le à une autre bannette depuis la page Bannettes")
}

fn gone() -> DeskError {
    DeskError::new(ErrorKind::NotFound, "orientation", "cette proposition n'existe plus")
        .hint("rechargez la page")
}
