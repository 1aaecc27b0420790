//! What the rules in use propose for a document: a set of its own that names them, sealed with what
//! they looked at, and what of it stands once people have said what they refuse.

use relu_pipeline::route::{Compiled, Features};
use relu_record::{
    Decision, DecisionId, DocumentId, Private, Proposal, ProposalId, ProposalSet, ProposalValue,
    Route, Sha256Hex, TextVersion, Verdict,
};
use relu_vault::{Routing, Tx};

use super::super::decide::is_open;
use super::super::effective::Standing;
use super::super::look::Opened;
use super::super::{Desk, Result, pipeline};

/// Prefix of the ids under which what rules propose is decided.
const ROUTE: &str = "route-";

impl Desk {
    /// What the rules in use say now: what is stored was said when it was read or decided on.
    pub(super) async fn current_routing(&self, opened: &Opened) -> Result<Option<Routing>> {
        let stored = self.vault().routing(&opened.document.id).await?;
        if !is_open(opened.document.state, false) {
            return Ok(stored);
        }
        let Some(features) = self.features_of(opened, &opened.decisions, None).await? else {
            return Ok(stored);
        };
        let in_use = self.rules_in_use().await?;
        let proposed = proposed(&features, in_use.as_ref(), &opened.set()?.text_version);
        let rules = in_use.map_or(0, |u| u.version);
        let features = Private(serde_json::to_vec(&features).unwrap_or_default());
        Ok(Some(Routing { rules, features, proposed }))
    }

    /// Routes on which that verdict stands, read from the sets they were decided in.
    pub(super) async fn decided_routes(
        &self,
        id: &DocumentId,
        decisions: &[Decision],
        verdict: &Verdict,
    ) -> Result<Vec<(DecisionId, Route)>> {
        let mut found = Vec::new();
        for d in Standing::of(decisions).all().filter(|d| d.verdict == *verdict) {
            let place = d.proposal.0.strip_prefix(ROUTE).and_then(|p| p.split('.').next());
            let Some(place) = place else { continue };
            let set = self.vault().proposal_set_of(id, &d.set).await?;
            let proposal = set.get(&ProposalId(place.to_owned()));
            if let Some(ProposalValue::Route(r)) = proposal.map(|p| &p.value) {
                found.push((d.id.clone(), r.clone()));
            }
        }
        Ok(found)
    }
}

/// Stores what rules look at and what they propose; answers the latter.
pub(in crate::desk) async fn store(
    tx: &mut Tx,
    id: &DocumentId,
    features: &Features,
    in_use: Option<&Compiled>,
    text: &TextVersion,
) -> Result<Option<ProposalSet>> {
    let set = proposed(features, in_use, text);
    let json = serde_json::to_vec(features).unwrap_or_default();
    let rules = in_use.map_or(0, |u| u.version);
    tx.store_routing(id, rules, &json, set.as_ref()).await?;
    Ok(set)
}

/// The set that the rules in use propose; nothing without rules.
fn proposed(
    features: &Features,
    in_use: Option<&Compiled>,
    text: &TextVersion,
) -> Option<ProposalSet> {
    let in_use = in_use?;
    let route = pipeline().route();
    let json = serde_json::to_vec(features).unwrap_or_default();
    let inputs = Sha256Hex::of(&json).0;
    let inputs = inputs.get(..16).unwrap_or_default();
    Some(ProposalSet {
        text_version: text.clone(),
        functions: vec![route.reference(in_use.version, inputs)],
        proposals: route.propose(features, in_use, inputs),
    })
}

/// Proposals with the ids under which they are decided: place and set, since what is decided of a
/// document changes its inputs, and with them the set.
pub(super) fn route_ids(set: &ProposalSet) -> Vec<(ProposalId, &Proposal)> {
    let hash = set.hash().0;
    let hash = hash.get(..8).unwrap_or_default();
    set.with_ids().map(|(id, p)| (ProposalId(format!("{ROUTE}{}.{hash}", id.0)), p)).collect()
}

/// Whether one of these decided routes is that one: the same rule asking for the same.
pub(super) fn among<'a>(
    refused: &'a [(DecisionId, Route)],
    route: &Route,
) -> Option<&'a DecisionId> {
    let same = |r: &Route| r.rule == route.rule && r.action == route.action;
    refused.iter().find(|(_, r)| same(r)).map(|(id, _)| id)
}

/// What the rules propose and nobody refused, without what another rule overrides.
pub(super) fn standing_routes(
    set: &ProposalSet,
    refused: &[(DecisionId, Route)],
) -> Vec<(ProposalId, Route)> {
    let routes = route_ids(set).into_iter().filter_map(|(id, p)| match &p.value {
        ProposalValue::Route(r) if r.overridden_by.is_none() => Some((id, r.clone())),
        _ => None,
    });
    routes.filter(|(_, r)| among(refused, r).is_none()).collect()
}
