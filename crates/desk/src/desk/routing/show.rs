//! What a document's page shows of where it goes or stands, and since when, in words.

use relu_pipeline::route::Lists;
use relu_record::{
    Actor, DecisionId, DocumentId, Instant, Owner, ProposalSet, ProposalValue, Reading, Route,
    RouteAction, Verdict,
};
use relu_vault::Task;

use super::super::decide::is_open;
use super::super::look::Opened;
use super::super::{Desk, Result};
use super::Team;
use super::choose::choice;
use super::place::{placement, stand_of};
use super::propose::{among, route_ids, standing_routes};
use crate::present;
use crate::view::routing::{PlaceView, RouteLine, RouteView, TaskView};

impl Desk {
    /// What a document's page shows of where it goes or stands.
    pub(in crate::desk) async fn route_view(
        &self,
        who: &Actor,
        opened: &Opened,
    ) -> Result<RouteView> {
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
                && is_open(opened.document.state, false),
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
            done: p.done_at.is_some(),
        }))
    }

    pub(super) async fn task_view(&self, task: &Task) -> Result<TaskView> {
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
pub(super) fn named_owner(route: &Route, lists: &Lists) -> Route {
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

pub(super) fn lists_name(lists: &Lists, person: &str) -> String {
    lists.people.iter().find(|c| c.code == person).map_or(person, |c| &c.label).to_owned()
}

/// `depuis 3 jours`.
pub(super) fn since(now: Instant, then: Instant) -> String {
    format!("depuis {}", age(now, then))
}

/// `3 jours`, `2 h`, `5 min`.
pub(super) fn age(now: Instant, then: Instant) -> String {
    let minutes = (now.0 - then.0).max(0) / 60_000;
    match minutes {
        0 => "moins d'une minute".to_owned(),
        1..60 => format!("{minutes} min"),
        60..1440 => format!("{} h", minutes / 60),
        1440..2880 => "1 jour".to_owned(),
        _ => format!("{} jours", minutes / 1440),
    }
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
