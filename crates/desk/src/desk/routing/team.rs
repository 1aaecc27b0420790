//! The team: its queues, who may take what, who is away and who stands in. Sealed in the vault; a new
//! installation begins with `data/bannettes.toml`.

use relu_pipeline::route::{Choice, Lists, unique};
use relu_record::{Actor, PartialDate, Role};
use serde::{Deserialize, Serialize};

use super::super::{Desk, Result};
use crate::texts::text;
use crate::view::routing::{AbsenceView, TeamQueueView, TeamView};
use crate::{DeskError, ErrorKind};

const OPERATION: &str = "équipe";
const MOST_QUEUES: usize = 60;
const MOST_ABSENCES: usize = 200;
const MOST_HOURS: u32 = 24 * 60;

/// A queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::desk) struct TeamQueue {
    pub(in crate::desk) id: String,
    pub(in crate::desk) name: String,
    pub(in crate::desk) hours: u32,
    #[serde(default)]
    roles: Vec<Role>,
    #[serde(default)]
    members: Vec<String>,
}

/// Somebody is away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::desk) struct Absence {
    account: String,
    from: PartialDate,
    to: PartialDate,
    cover: String,
}

/// The whole team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(in crate::desk) struct Team {
    pub(in crate::desk) fallback: String,
    #[serde(rename = "queue", default)]
    pub(in crate::desk) queues: Vec<TeamQueue>,
    #[serde(default)]
    absences: Vec<Absence>,
    /// Version it was read at; 0 before anybody recorded one.
    #[serde(skip)]
    version: u64,
}

/// The sentences a new installation may begin its draft with.
pub(super) fn starting_sentences() -> Vec<String> {
    #[derive(Deserialize)]
    struct Rule {
        sentence: String,
    }
    #[derive(Default, Deserialize)]
    struct File {
        #[serde(default)]
        rule: Vec<Rule>,
    }
    let file: File =
        toml::from_str(include_str!("../../../data/bannettes.toml")).unwrap_or_default();
    file.rule.into_iter().map(|r| r.sentence).collect()
}

/// The closed lists of a data folder that no server holds open, or those shipped.
pub async fn route_lists(settings: Option<&crate::Settings>) -> Result<Lists> {
    let Some(settings) = settings else {
        let team = Team::shipped();
        return Ok(Lists {
            queues: team.queues.iter().map(|q| Choice::new(&q.id, &q.name)).collect(),
            ..Lists::shipped()
        });
    };
    let desk = Desk::open(settings.clone()).await?;
    let lists = match desk.the_team().await {
        Ok(team) => desk.lists(&team).await,
        Err(e) => Err(e),
    };
    desk.close().await;
    lists
}

impl Team {
    fn shipped() -> Team {
        toml::from_str(include_str!("../../../data/bannettes.toml")).unwrap_or_default()
    }

    pub(in crate::desk) fn queue(&self, id: &str) -> Option<&TeamQueue> {
        self.queues.iter().find(|q| q.id == id)
    }

    /// The name of a queue; its code when the team no longer has it.
    pub(in crate::desk) fn name<'a>(&'a self, id: &'a str) -> &'a str {
        self.queue(id).map_or(id, |q| q.name.as_str())
    }

    /// Whether that person takes documents of that queue; the fallback is everybody's who files.
    pub(in crate::desk) fn may_take(&self, queue: &str, who: &Actor) -> bool {
        let Some(role) = who.role.filter(|r| r.may_decide_filing()) else { return false };
        self.queue(queue).is_none_or(|q| {
            q.members.contains(&who.id) || q.roles.contains(&role) || q.id == self.fallback
        })
    }

    /// Who stands in for somebody that day, if they are away. The one who stands in may be away too.
    pub(in crate::desk) fn cover<'a>(
        &'a self,
        account: &'a str,
        day: PartialDate,
    ) -> Option<&'a str> {
        let mut at = account;
        for _ in 0..self.absences.len() {
            let away = |a: &&Absence| a.account == at && a.from <= day && day <= a.to;
            match self.absences.iter().find(away) {
                Some(absence) => at = &absence.cover,
                None => break,
            }
        }
        (at != account).then_some(at)
    }
}

impl Desk {
    /// The team as recorded, or as shipped.
    pub(in crate::desk) async fn the_team(&self) -> Result<Team> {
        let Some(stored) = self.vault().team().await? else { return Ok(Team::shipped()) };
        let mut team: Team = serde_json::from_slice(&stored.content).map_err(|_| {
            DeskError::new(ErrorKind::Integrity, OPERATION, "les bannettes ne se lisent pas")
        })?;
        team.version = stored.version;
        Ok(team)
    }

    /// The closed lists of this installation.
    pub(in crate::desk) async fn lists(&self, team: &Team) -> Result<Lists> {
        let people = self.people().await?;
        Ok(Lists {
            queues: unique(team.queues.iter().map(|q| Choice::new(&q.id, &q.name)).collect()),
            people: unique(people.iter().map(|(id, name)| Choice::new(id, name)).collect()),
            destinations: unique(
                self.destinations().iter().map(|(code, label)| Choice::new(code, label)).collect(),
            ),
            ..Lists::shipped()
        })
    }

    /// Accounts that handle documents: id and name.
    pub(super) async fn people(&self) -> Result<Vec<(String, String)>> {
        let accounts = self.vault().accounts().await?.into_iter();
        let handles = accounts.filter(|a| a.active && a.role.may_decide_filing());
        Ok(handles.map(|a| (a.id.0, a.name.0)).collect())
    }

    /// The settings of the team.
    pub async fn team(&self, who: &Actor) -> Result<TeamView> {
        let (team, people) = (self.the_team().await?, self.people().await?);
        let name =
            |id: &str| people.iter().find(|(i, _)| i == id).map_or(id, |(_, n)| n).to_owned();
        let members = |q: &TeamQueue| {
            let roles = q.roles.iter().map(|r| text("role", r.as_str()));
            roles.chain(q.members.iter().map(|m| name(m))).collect::<Vec<_>>().join(", ")
        };
        let queues = team.queues.iter().map(|q| TeamQueueView {
            code: q.id.clone(),
            name: q.name.clone(),
            hours: q.hours,
            fallback: q.id == team.fallback,
            members: members(q),
        });
        let absences = team.absences.iter().enumerate().map(|(index, a)| AbsenceView {
            index,
            says: format!(
                "{} absent(e) du {} au {} : {} remplace",
                name(&a.account),
                a.from.to_french(),
                a.to.to_french(),
                name(&a.cover)
            ),
        });
        Ok(TeamView {
            queues: queues.collect(),
            absences: absences.collect(),
            people: people.clone(),
            may_change: may_change(who),
        })
    }

    /// Adds a queue, or changes the name and the hours of one.
    pub async fn save_queue(
        &self,
        who: &Actor,
        code: Option<&str>,
        name: &str,
        hours: &str,
        members: &[String],
    ) -> Result<()> {
        let name: String = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let hours = hours.trim().parse::<u32>().ok().filter(|h| (1..=MOST_HOURS).contains(h));
        let Some(hours) = hours else { return Err(wrong("le délai est un nombre d'heures")) };
        if name.is_empty() || name.chars().count() > 40 || name.contains(['«', '»', '"', '“', '”'])
        {
            return Err(wrong("le nom est vide, trop long ou contient un guillemet"));
        }
        let people = self.people().await?;
        let members: Vec<String> =
            members.iter().filter(|m| people.iter().any(|(id, _)| id == *m)).cloned().collect();
        self.change_team(who, |team| {
            let taken = team.queues.iter().any(|q| {
                Some(q.id.as_str()) != code && q.name.to_lowercase() == name.to_lowercase()
            });
            if taken {
                return Err(wrong("une bannette porte déjà ce nom"));
            }
            if let Some(code) = code {
                let Some(q) = team.queues.iter_mut().find(|q| q.id == code) else {
                    return Err(wrong("cette bannette n'existe plus"));
                };
                (q.name, q.hours) = (name, hours);
                if !members.is_empty() {
                    (q.members, q.roles) = (members, Vec::new());
                }
                return Ok(());
            }
            if team.queues.len() >= MOST_QUEUES {
                return Err(wrong("il y a trop de bannettes"));
            }
            let id = (1..).map(|n| format!("b{n}")).find(|id| team.queue(id).is_none());
            let roles = match members.is_empty() {
                true => vec![Role::Secretariat, Role::Medecin],
                false => Vec::new(),
            };
            team.queues.push(TeamQueue { id: id.unwrap_or_default(), name, hours, roles, members });
            Ok(())
        })
        .await
    }

    /// Records that somebody is away and who stands in.
    pub async fn add_absence(
        &self,
        who: &Actor,
        account: &str,
        from: &str,
        to: &str,
        cover: &str,
    ) -> Result<()> {
        let (Ok(from), Ok(to)) = (from.parse::<PartialDate>(), to.parse::<PartialDate>()) else {
            return Err(wrong("une date manque ou ne se lit pas"));
        };
        let people = self.people().await?;
        let known = |id: &str| people.iter().any(|(i, _)| i == id);
        if !from.is_full() || !to.is_full() || to < from {
            return Err(wrong("l'absence finit avant de commencer"));
        }
        if account == cover || !known(account) || !known(cover) {
            return Err(wrong("choisissez deux personnes différentes"));
        }
        let absence = Absence { account: account.to_owned(), from, to, cover: cover.to_owned() };
        self.change_team(who, |team| {
            if team.absences.len() >= MOST_ABSENCES {
                return Err(wrong("il y a trop d'absences"));
            }
            team.absences.push(absence);
            Ok(())
        })
        .await
    }

    /// Takes an absence back.
    pub async fn remove_absence(&self, who: &Actor, index: usize) -> Result<()> {
        self.change_team(who, |team| {
            if index >= team.absences.len() {
                return Err(wrong("cette absence n'existe plus"));
            }
            team.absences.remove(index);
            Ok(())
        })
        .await
    }

    async fn change_team(
        &self,
        who: &Actor,
        change: impl FnOnce(&mut Team) -> Result<()>,
    ) -> Result<()> {
        if !may_change(who) {
            let cause = "votre rôle ne change pas l'équipe";
            return Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause));
        }
        let mut team = self.the_team().await?;
        change(&mut team)?;
        let json = serde_json::to_vec(&team).unwrap_or_default();
        let mut tx = self.begin(who).await?;
        tx.set_team(team.version, &json).await?;
        Ok(tx.commit().await?)
    }
}

fn may_change(who: &Actor) -> bool {
    who.role.is_some_and(|r| r.may_activate_rules() || r.may_decide_filing())
}

fn wrong(cause: &str) -> DeskError {
    DeskError::new(ErrorKind::User, OPERATION, cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shipped_stands() {
        let team = Team::shipped();
        assert!(team.queue(&team.fallback).is_some() && team.queues.len() >= 4);
        let lists = Lists {
            queues: team.queues.iter().map(|q| Choice::new(&q.id, &q.name)).collect(),
            ..Lists::shipped()
        };
        let sentences = starting_sentences();
        assert!(sentences.len() >= 3);
        for s in sentences {
            let read = relu_pipeline::route::parse(&s, &lists);
            assert!(read.is_ok(), "{s}: {:?}", read.map_err(|e| e.message()));
        }
    }

    #[test]
    fn who_stands_in_may_be_away_too() {
        let day = |d| PartialDate::ymd(2026, 3, d).unwrap();
        let away = |account: &str, cover: &str| Absence {
            account: account.into(),
            from: day(1),
            to: day(10),
            cover: cover.into(),
        };
        let team = Team { absences: vec![away("a", "b"), away("b", "c")], ..Team::default() };
        assert_eq!(team.cover("a", day(10)), Some("c"));
        assert_eq!(team.cover("a", day(11)), None);
        assert_eq!(team.cover("c", day(5)), None);
        // Two who stand in for each other: nobody is left, and it ends.
        let round = Team { absences: vec![away("a", "b"), away("b", "a")], ..Team::default() };
        assert_eq!(round.cover("a", day(5)), None);
    }
}
