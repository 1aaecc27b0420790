//! Routing: where a document goes, by the rules in use.
//!
//! When a document is read, and again when somebody decides on it, what rules look at is gathered
//! ([`Features`]) and kept sealed; the rules in use propose, in a set of its own that names them. When
//! it is filed, what stands of that is done in the same transaction: owner, copies, tasks, tags.
//! `rules.rs`: writing, trying and putting rules in use. `queues.rs`: the team's *bannettes*.
//! `team.rs`: who the team is. `visa.rs`: the doctor's list.

mod queues;
mod rules;
mod team;
mod visa;

use relu_pipeline::route::{Compiled, Features, Known, Lists, PatientFacts, RuleSet};
use relu_record::{
    Actor, Decision, DecisionId, DocumentId, Evidence, Instant, Owner, PartialDate, ProposalId,
    ProposalSet, ProposalValue, Reading, Route, RouteAction, Sha256Hex, ValueKind, Verdict,
};
use relu_vault::{
    Document, EventKind, PatientId, Placement, Routing, RuleSetState, Tx, VaultError,
};
use serde::{Deserialize, Serialize};

use super::decide::decision;
use super::effective::Standing;
use super::look::Opened;
use super::{Desk, Result, pipeline};
use crate::present;
use crate::view::routing::{PlaceView, RouteLine, RouteView, TaskView};
use crate::{DeskError, ErrorKind};

pub(super) use queues::escalate;
pub(super) use team::Team;
pub use team::route_lists;

/// Id of the function in the register.
const FUNCTION: &str = "route";
/// Prefix of the ids under which what rules propose is decided.
const ROUTE: &str = "route-";
/// The id under which a person chooses another owner.
const CHOICE: &str = "route-choice";
/// How far up a part looks for how its container came.
const DEEPEST: usize = 8;
const DAY_MS: i64 = 86_400_000;

/// What goes with a document's place in the team; sealed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stand {
    /// Note left by who passed it on, and their account.
    note: Option<(relu_record::Private, String)>,
    tags: Vec<String>,
    print: bool,
    hand_over: Vec<String>,
    /// Where it stood before its last move, and who made that move.
    before: Option<Box<Before>>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Before {
    by: String,
    queue: Option<String>,
    holder: Option<String>,
    queued_at: Instant,
    claimed_at: Option<Instant>,
    done_at: Option<Instant>,
    note: Option<(relu_record::Private, String)>,
}

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

    /// What this installation knows of a patient's doctors and stay, from the software that masters
    /// the record. What it does not know leaves conditions unknown, and they say so.
    async fn patient_facts(&self, patient: &PatientId) -> Result<PatientFacts> {
        let record = match self.vault().standing_patient(patient).await {
            Ok(known) => known.record,
            // Recorded by this very act: nothing is known of them beside what the document says.
            Err(VaultError::NotFound { .. }) => return Ok(PatientFacts::default()),
            Err(e) => return Err(e.into()),
        };
        let stay = record.stay.filter(|s| s.end.is_none());
        Ok(PatientFacts {
            treating: record.general_practitioner.into_iter().collect(),
            referring: Vec::new(),
            in_charge: stay.iter().filter_map(|s| s.doctor.clone()).collect(),
            unit: stay
                .and_then(|s| s.unit)
                .map(|u| (u.label.unwrap_or_else(|| u.code.clone()), Some(u.code))),
        })
    }

    /// How the document came: a part came as its container did.
    pub(super) async fn source_of(&self, document: &Document) -> Result<String> {
        let mut at = document.clone();
        for _ in 0..DEEPEST {
            let Some(parent) = at.parent.clone() else { break };
            at = self.vault().document(&parent).await?;
        }
        Ok(at.source_kind)
    }

    /// The known patient that the values that stand name for sure.
    async fn sure_patient(
        &self,
        set: &ProposalSet,
        decisions: &[Decision],
        recognised: bool,
    ) -> Result<Option<PatientId>> {
        let standing = Standing::of(decisions);
        let Some(identity) = standing.patient(set) else { return Ok(None) };
        Ok(self.attach(identity, recognised).await?.sure().map(|p| p.id.clone()))
    }

    /// Gathers what rules look at. Everything that asks the vault is done before the act begins.
    pub(super) async fn gather(
        &self,
        (source, received): (&str, PartialDate),
        reading: &Reading,
        set: &ProposalSet,
        decisions: &[Decision],
        patient: Option<&PatientId>,
    ) -> Result<Features> {
        let facts = match patient {
            Some(id) => Some(self.patient_facts(id).await?),
            None => None,
        };
        let standing = Standing::of(decisions);
        let decided = [Evidence::Record("décision".to_owned())];
        let stated: Vec<&ProposalValue> = standing.stated().map(|(_, v)| v).collect();
        let replaced = |kind: ValueKind| stated.iter().any(|v| v.kind() == kind);
        let proposed = set.with_ids().filter_map(|(id, p)| {
            let value = standing.value(&id, p).filter(|v| !replaced(v.kind()))?;
            Some((value, p.evidence()))
        });
        let values = stated.iter().map(|v| (*v, &decided[..])).chain(proposed);
        let known = Known { source, received, patient: facts.as_ref() };
        Ok(Features::gather(reading, values, &known))
    }

    /// What rules look at in a document just read.
    pub(super) async fn features_of_reading(
        &self,
        source: &str,
        received: PartialDate,
        reading: &Reading,
        set: &ProposalSet,
    ) -> Result<Features> {
        let patient = self.sure_patient(set, &[], reading.ocr).await?;
        self.gather((source, received), reading, set, &[], patient.as_ref()).await
    }

    /// What rules look at in an opened document, with what was decided on it.
    async fn features_of(
        &self,
        opened: &Opened,
        decisions: &[Decision],
        patient: Option<&PatientId>,
    ) -> Result<Option<Features>> {
        let (Some(set), Some(reading)) = (&opened.set, &opened.reading) else { return Ok(None) };
        let sure = match patient {
            Some(id) => Some(id.clone()),
            None => self.sure_patient(set, decisions, reading.ocr).await?,
        };
        let source = self.source_of(&opened.document).await?;
        let received = opened.document.received_at.date();
        self.gather((&source, received), reading, set, decisions, sure.as_ref()).await.map(Some)
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
        let text = &opened.set()?.text_version;
        let id = &opened.document.id;
        let proposed = store(tx, id, &features, in_use.as_ref(), text).await?;
        let mut stands = Vec::new();
        if let Some(set) = &proposed {
            let refused = self.decided_routes(id, decisions, &Verdict::Refused).await?;
            let routes = standing_routes(set, &refused);
            for (proposal, route) in routes {
                let mut new = decision(opened, proposal, Verdict::Accepted, None)?;
                new.set = set.hash();
                decisions.push(tx.insert_decision(new).await?);
                stands.push(route);
            }
        }
        let chosen = choice(decisions);
        let now = self.now();
        let (placement, copies) = placement(&stands, chosen, &team, now);
        let hand_over = stands
            .iter()
            .filter_map(|r| match &r.action {
                RouteAction::HandOver(to) => Some(to.clone()),
                _ => None,
            })
            .collect();
        tx.place(id, None, &placement, (EventKind::Assigned, "route")).await?;
        place_beside(tx, id, &stands, copies).await?;
        Ok(hand_over)
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
        let stands: Vec<Route> = accepted.into_iter().map(|(_, r)| r).collect();
        let (mut to, copies) = placement(&stands, None, &team, now);
        to.claimed_at = holder.is_some().then_some(now);
        (to.queue, to.holder) = (queue, holder);
        tx.place(id, None, &to, (EventKind::Assigned, "restored")).await?;
        place_beside(tx, id, &stands, copies).await
    }

    /// Routes on which that verdict stands, read from the sets they were decided in.
    async fn decided_routes(
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

    /// What a document's page shows of where it goes or stands.
    pub(super) async fn route_view(&self, who: &Actor, opened: &Opened) -> Result<RouteView> {
        let (Some(_), Some(reading)) = (&opened.set, &opened.reading) else {
            return Ok(RouteView::default());
        };
        let id = &opened.document.id;
        let team = self.the_team().await?;
        let lists = self.lists(&team).await?;
        let routing = self.current_routing(opened).await?;
        let mut view = RouteView {
            rules: routing.as_ref().map(|r| r.rules).filter(|n| *n > 0),
            queues: team.queues.iter().map(|q| (q.id.clone(), q.name.clone())).collect(),
            may_choose: who.role.is_some_and(|r| r.may_decide_filing())
                && super::decide::is_open(opened.document.state, false),
            ..RouteView::default()
        };
        let mut stands = Vec::new();
        if let Some(set) = routing.as_ref().and_then(|r| r.proposed.as_ref()) {
            let refused = self.decided_routes(id, &opened.decisions, &Verdict::Refused).await?;
            stands = standing_routes(set, &refused).into_iter().map(|(_, r)| r).collect();
            view.lines = lines(set, &refused, &lists, reading);
        }
        let chosen = choice(&opened.decisions);
        view.choice = chosen.map(|q| team.name(q).to_owned());
        let (to, _) = placement(&stands, chosen, &team, self.now());
        view.to = match (&to.queue, &to.holder) {
            (_, Some(person)) => lists_name(&lists, person),
            (Some(queue), None) => team.name(queue).to_owned(),
            _ => String::new(),
        };
        view.place = self.place_view(who, id, &team, &lists).await?;
        for task in self.vault().tasks(id).await? {
            view.tasks.push(self.task_view(&task).await?);
        }
        Ok(view)
    }

    // What the rules in use say now: what is stored was said when it was read or decided on.
    async fn current_routing(&self, opened: &Opened) -> Result<Option<Routing>> {
        let stored = self.vault().routing(&opened.document.id).await?;
        let open = super::decide::is_open(opened.document.state, false);
        if !open {
            return Ok(stored);
        }
        let Some(features) = self.features_of(opened, &opened.decisions, None).await? else {
            return Ok(stored);
        };
        let in_use = self.rules_in_use().await?;
        let proposed = proposed(&features, in_use.as_ref(), &opened.set()?.text_version);
        let rules = in_use.map_or(0, |u| u.version);
        let features = relu_record::Private(serde_json::to_vec(&features).unwrap_or_default());
        Ok(Some(Routing { rules, features, proposed }))
    }

    /// Chooses another queue for a document that is still to be filed; none takes the choice back.
    pub async fn choose_queue(&self, who: &Actor, id: &DocumentId, queue: &str) -> Result<()> {
        super::decide::check_role(who, ValueKind::Route)?;
        let opened = self.opened(who, id).await?;
        let team = self.the_team().await?;
        if !super::decide::is_open(opened.document.state, false) {
            return Err(closed());
        }
        let mut decisions = opened.decisions.clone();
        let mut tx = self.begin_on(who, &opened).await?;
        let last = Standing::of(&opened.decisions).get(&ProposalId(CHOICE.to_owned())).cloned();
        let verdict = match (queue, last) {
            ("", Some(last)) => Verdict::Undone(last.id),
            ("", None) => return Ok(()),
            _ => {
                if team.queue(queue).is_none() {
                    let cause = "cette bannette n'existe plus";
                    return Err(DeskError::new(ErrorKind::User, "orientation", cause));
                }
                Verdict::Edited(Box::new(ProposalValue::Route(Route {
                    action: RouteAction::Assign(Owner::Queue(queue.to_owned())),
                    rule: String::new(),
                    sentence: "choisi par une personne".into(),
                    overridden_by: None,
                })))
            }
        };
        let new = decision(&opened, ProposalId(CHOICE.to_owned()), verdict, None)?;
        decisions.push(tx.insert_decision(new).await?);
        tx.update_document(id, relu_vault::DocumentChange::default()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Refuses one thing that the rules propose for a document, or takes the refusal back.
    pub async fn refuse_route(&self, who: &Actor, id: &DocumentId, line: &str) -> Result<()> {
        super::decide::check_role(who, ValueKind::Route)?;
        let opened = self.opened(who, id).await?;
        if !super::decide::is_open(opened.document.state, false) {
            return Err(closed());
        }
        let mut tx = self.begin_on(who, &opened).await?;
        // What is refused is what the rules in use say now; it is stored with the refusal.
        self.reroute(&mut tx, &opened, &opened.decisions, None).await?;
        let proposed = self.current_routing(&opened).await?.and_then(|r| r.proposed);
        let proposal = ProposalId(line.to_owned());
        let known = proposed.as_ref().and_then(|set| {
            let (_, p) = route_ids(set).into_iter().find(|(p, _)| *p == proposal)?;
            match &p.value {
                ProposalValue::Route(r) => Some((set.hash(), r.clone())),
                _ => None,
            }
        });
        let Some((hash, route)) = known else {
            return Err(DeskError::new(
                ErrorKind::NotFound,
                "orientation",
                "cette proposition n'existe plus",
            )
            .hint("rechargez la page"));
        };
        let refused = self.decided_routes(id, &opened.decisions, &Verdict::Refused).await?;
        let verdict = match among(&refused, &route) {
            Some(decision) => Verdict::Undone(decision.clone()),
            None => Verdict::Refused,
        };
        let mut new = decision(&opened, proposal, verdict, None)?;
        new.set = hash;
        tx.insert_decision(new).await?;
        tx.update_document(id, relu_vault::DocumentChange::default()).await?;
        Ok(tx.commit().await?)
    }

    async fn place_view(
        &self,
        who: &Actor,
        id: &DocumentId,
        team: &Team,
        lists: &Lists,
    ) -> Result<Option<PlaceView>> {
        let Some(placed) = self.vault().placement(id).await? else { return Ok(None) };
        let (p, stand) = (&placed.placement, stand_of(&placed.placement));
        let copies = self.vault().copies(id).await?;
        let owner = |code: &str| match code.split_once(':') {
            Some(("queue", q)) => team.name(q).to_owned(),
            Some((_, person)) => lists_name(lists, person),
            None => code.to_owned(),
        };
        let place = match (&p.queue, &p.holder) {
            (Some(q), _) => team.name(q).to_owned(),
            (None, Some(person)) => lists_name(lists, person),
            _ => String::new(),
        };
        Ok(Some(PlaceView {
            place,
            queue: p.queue.clone(),
            holder: p.holder.as_deref().map(|h| lists_name(lists, h)),
            mine: p.holder.as_deref() == Some(who.id.as_str()),
            since: since(self.now(), p.claimed_at.unwrap_or(p.queued_at)),
            note: stand.note.map(|(note, by)| (note.0, lists_name(lists, &by))),
            tags: stand.tags,
            copies: copies.iter().map(|c| owner(&c.owner)).collect(),
            print: stand.print,
            done: p.done_at.is_some(),
        }))
    }

    async fn task_view(&self, task: &relu_vault::Task) -> Result<TaskView> {
        let content: serde_json::Value = serde_json::from_slice(&task.content).unwrap_or_default();
        let label = content.get("label").and_then(|l| l.as_str()).unwrap_or_default();
        let done = match &task.done {
            Some((by, at)) => {
                let lists = self.people().await?;
                let name = lists.iter().find(|(id, _)| id == by).map_or(by, |(_, n)| n);
                Some(format!("{name}, {}", at.date().to_french()))
            }
            None => None,
        };
        let today = self.now().date();
        Ok(TaskView {
            id: task.id.clone(),
            label: label.to_owned(),
            due: task.due_at.map(|d| d.date().to_french()),
            late: task.done.is_none() && task.due_at.is_some_and(|d| d.date() < today),
            done,
            document: task.document.clone(),
        })
    }
}

/// Copies and tasks of a route.
async fn place_beside(
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
    }
    Ok(())
}

fn closed() -> DeskError {
    DeskError::new(ErrorKind::Conflict, "orientation", "ce document n'est plus à orienter")
        .hint("s'il est classé, passez-le à une autre bannette depuis la page Bannettes")
}

/// The set that the rules in use propose; nothing without rules.
fn proposed(
    features: &Features,
    in_use: Option<&Compiled>,
    text: &relu_record::TextVersion,
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

/// Stores what rules look at and what they propose; answers the latter.
pub(super) async fn store(
    tx: &mut Tx,
    id: &DocumentId,
    features: &Features,
    in_use: Option<&Compiled>,
    text: &relu_record::TextVersion,
) -> Result<Option<ProposalSet>> {
    let set = proposed(features, in_use, text);
    let json = serde_json::to_vec(features).unwrap_or_default();
    let rules = in_use.map_or(0, |u| u.version);
    tx.store_routing(id, rules, &json, set.as_ref()).await?;
    Ok(set)
}

/// Proposals with the ids under which they are decided: place and set, since what is decided of a
/// document changes its inputs, and with them the set.
fn route_ids(set: &ProposalSet) -> Vec<(ProposalId, &relu_record::Proposal)> {
    let hash = set.hash().0;
    let hash = hash.get(..8).unwrap_or_default();
    set.with_ids().map(|(id, p)| (ProposalId(format!("{ROUTE}{}.{hash}", id.0)), p)).collect()
}

/// Whether one of these decided routes is that one: the same rule asking for the same.
fn among<'a>(refused: &'a [(DecisionId, Route)], route: &Route) -> Option<&'a DecisionId> {
    let same = |r: &Route| r.rule == route.rule && r.action == route.action;
    refused.iter().find(|(_, r)| same(r)).map(|(id, _)| id)
}

/// What the rules propose and nobody refused, without what another rule overrides.
fn standing_routes(set: &ProposalSet, refused: &[(DecisionId, Route)]) -> Vec<(ProposalId, Route)> {
    let routes = route_ids(set).into_iter().filter_map(|(id, p)| match &p.value {
        ProposalValue::Route(r) if r.overridden_by.is_none() => Some((id, r.clone())),
        _ => None,
    });
    routes.filter(|(_, r)| among(refused, r).is_none()).collect()
}

/// The queue that a person has chosen.
fn choice(decisions: &[Decision]) -> Option<&str> {
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

/// Where a filed document stands, and who gets a copy. Nothing is without an owner: what no rule
/// gives to anybody goes to the fallback queue; what is for somebody who is away, to who stands in.
fn placement(
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
            RouteAction::Print => stand.print = true,
            RouteAction::HandOver(to) => stand.hand_over.push(to.clone()),
            RouteAction::Task { .. } => {}
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
        content: relu_record::Private(serde_json::to_vec(&stand).unwrap_or_default()),
        ..Placement::default()
    };
    (placement, copies)
}

fn lines(
    set: &ProposalSet,
    refused: &[(DecisionId, Route)],
    lists: &Lists,
    reading: &Reading,
) -> Vec<RouteLine> {
    let each = route_ids(set).into_iter();
    each.filter_map(|(id, p)| {
        let ProposalValue::Route(r) = &p.value else { return None };
        Some(RouteLine {
            what: present::route_line(&named_owner(r, lists)),
            because: r.sentence.0.clone(),
            rule: r.rule.clone(),
            evidence: present::evidence(p, reading),
            overridden_by: r.overridden_by.clone(),
            refused: among(refused, r).is_some(),
            id: id.0,
        })
    })
    .collect()
}

/// The same route with the names of its owners in the place of their codes, for the screen.
fn named_owner(route: &Route, lists: &Lists) -> Route {
    let name = |o: &Owner| match o {
        Owner::Queue(q) => {
            let label = lists.queues.iter().find(|c| c.code == *q).map_or(q, |c| &c.label);
            Owner::Queue(format!("la bannette « {label} »"))
        }
        Owner::Person(p) => Owner::Person(lists_name(lists, p)),
    };
    let mut route = route.clone();
    match &mut route.action {
        RouteAction::Assign(o) | RouteAction::Copy(o) => *o = name(o),
        _ => {}
    }
    route
}

fn lists_name(lists: &Lists, person: &str) -> String {
    lists.people.iter().find(|c| c.code == person).map_or(person, |c| &c.label).to_owned()
}

fn stand_of(p: &Placement) -> Stand {
    serde_json::from_slice(&p.content).unwrap_or_default()
}

/// `depuis 3 jours`.
pub(super) fn since(now: Instant, then: Instant) -> String {
    format!("depuis {}", age(now, then))
}

/// `3 jours`, `2 h`, `5 min`.
fn age(now: Instant, then: Instant) -> String {
    let minutes = (now.0 - then.0).max(0) / 60_000;
    match minutes {
        0 => "moins d'une minute".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h", minutes / 60),
        1440..2880 => "1 jour".to_owned(),
        _ => format!("{} jours", minutes / 1440),
    }
}

fn read_set(bytes: &[u8]) -> Option<RuleSet> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_said_in_words() {
        let at = |minutes: i64| age(Instant(minutes * 60_000), Instant(0));
        assert_eq!(
            [at(0), at(5), at(61), at(1441), at(3 * 1440)],
            ["moins d'une minute", "5 min", "1 h", "1 jour", "3 jours"]
        );
    }
}
