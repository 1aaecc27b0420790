//! Writing rules, trying them on past documents, putting them in use, going back, and why a rule
//! holds for a document or not. A draft changes nothing; putting it in use is a recorded decision of a
//! doctor or an administrator.

use std::time::Instant as Clock;

use relu_pipeline::route::{
    Compiled, Features, Lists, MOST_RULES, Replay, Rule, RuleSet, Truth, Went, Why, owner, parse,
    say, suggest,
};
use relu_record::{Actor, DocumentId, DocumentState, Instant, Owner, Route, RouteAction};
use relu_vault::{RoutedDocument, RuleSetState, StoredRules};

use super::super::accounts::Names;
use super::super::{Desk, Result, lists};
use super::show::named_owner;
use super::team;
use crate::present;
use crate::texts::text;
use crate::view::EvidenceView;
use crate::view::routing::{
    ReplayCount, ReplayRow, ReplayView, RuleSetView, RuleView, RulesView, SuggestionView, WhyLine,
    WhyRule,
};
use crate::{DeskError, ErrorKind};

const OPERATION: &str = "règles d'orientation";
/// Changes that a try shows; the rest is only counted.
const SHOWN: usize = 200;
/// Documents read at once.
const PAGE: u32 = 1_000;
/// Documents that suggestions count, the newest first.
const COUNTED: usize = 5_000;
/// A try looks back that far when nobody says otherwise.
const MONTH_DAYS: i64 = 31;
const DAY_MS: i64 = 86_400_000;

/// The rules of a stored set.
pub(super) fn read(stored: &StoredRules) -> Result<RuleSet> {
    let mut set = read_set(&stored.content).ok_or_else(|| {
        DeskError::new(ErrorKind::Integrity, OPERATION, "les règles ne se lisent pas")
    })?;
    set.version = stored.version;
    Ok(set)
}

impl Desk {
    /// The page of rules.
    pub async fn rules(&self, who: &Actor) -> Result<RulesView> {
        may_write(who)?;
        let team = self.the_team().await?;
        let (lists, names) = (self.lists(&team).await?, self.names().await?);
        let mut view = RulesView {
            words: words(&lists),
            may_activate: who.role.is_some_and(|r| r.may_activate_rules()),
            ..RulesView::default()
        };
        let mut used = RuleSet::default();
        for stored in self.vault().rule_sets().await? {
            let set = read(&stored)?;
            let shown = set_view(&stored, &set, &lists, &names);
            match stored.state {
                RuleSetState::Draft => {
                    used.rules.extend(set.rules);
                    view.draft = Some(shown);
                }
                RuleSetState::Active => {
                    used.rules.extend(set.rules);
                    view.active = Some(shown);
                }
                RuleSetState::Retired => view.older.push(shown),
            }
        }
        view.suggestions = self.suggestions(&used, &lists).await?;
        Ok(view)
    }

    /// Begins a draft with the rules in use, or with those shipped when none are.
    pub async fn begin_draft(&self, who: &Actor) -> Result<()> {
        may_write(who)?;
        self.draft(who).await.map(|_| ())
    }

    /// Writes a rule of the draft: a new one at its end, or in the place of the one of that id.
    pub async fn write_rule(&self, who: &Actor, id: Option<&str>, sentence: &str) -> Result<()> {
        may_write(who)?;
        let lists = self.lists(&self.the_team().await?).await?;
        let (when, then) = parse(sentence, &lists)
            .map_err(|e| DeskError::new(ErrorKind::User, OPERATION, e.message()))?;
        self.change_draft(who, |set| {
            let mut rule = Rule { id: set.free_id(), version: 1, when, then };
            if let Some(problem) = rule.problem() {
                return Err(DeskError::new(ErrorKind::User, OPERATION, problem));
            }
            match id {
                Some(id) => {
                    let old = set.rules.iter_mut().find(|r| r.id == id).ok_or_else(gone)?;
                    if (&old.when, &old.then) != (&rule.when, &rule.then) {
                        (rule.id, rule.version) = (old.id.clone(), old.version + 1);
                        *old = rule;
                    }
                }
                None if set.rules.len() >= MOST_RULES => {
                    return Err(DeskError::new(
                        ErrorKind::User,
                        OPERATION,
                        "il y a trop de règles",
                    ));
                }
                None => set.rules.push(rule),
            }
            Ok(())
        })
        .await
    }

    /// Takes a rule out of the draft.
    pub async fn remove_rule(&self, who: &Actor, id: &str) -> Result<()> {
        may_write(who)?;
        self.change_draft(who, |set| {
            let at = set.rules.iter().position(|r| r.id == id).ok_or_else(gone)?;
            set.rules.remove(at);
            Ok(())
        })
        .await
    }

    /// Moves a rule of the draft before the one above it, or after the one below.
    pub async fn move_rule(&self, who: &Actor, id: &str, up: bool) -> Result<()> {
        may_write(who)?;
        self.change_draft(who, |set| {
            let at = set.rules.iter().position(|r| r.id == id).ok_or_else(gone)?;
            let to = if up { at.checked_sub(1) } else { Some(at + 1) };
            if let Some(to) = to.filter(|to| *to < set.rules.len()) {
                set.rules.swap(at, to);
            }
            Ok(())
        })
        .await
    }

    /// Puts a set in use: the draft, or one used before.
    pub async fn activate_rules(&self, who: &Actor, version: u32) -> Result<()> {
        if !who.role.is_some_and(|r| r.may_activate_rules()) {
            return Err(DeskError::new(
                ErrorKind::Forbidden,
                OPERATION,
                "réservé au médecin et à l'administrateur",
            ));
        }
        let chosen = self.vault().rule_set(version).await?;
        let set = read(&chosen)?;
        if let Some((id, problem)) = set.problems().first() {
            let cause = format!("règle {id} : {problem}");
            return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
        }
        if chosen.state == RuleSetState::Active {
            return Ok(());
        }
        let in_use = self.vault().rules_in(RuleSetState::Active).await?;
        let mut tx = self.begin(who).await?;
        tx.activate_rules(&chosen, in_use.as_ref()).await?;
        Ok(tx.commit().await?)
    }

    /// Tries the draft (or that set) against the rules in use on the documents received from `from`
    /// and before `to`; the last month when nothing is said.
    pub async fn try_rules(
        &self,
        who: &Actor,
        version: Option<u32>,
        (from, to): (Option<Instant>, Option<Instant>),
    ) -> Result<ReplayView> {
        may_write(who)?;
        let stored = match version {
            Some(v) => self.vault().rule_set(v).await?,
            None => self.vault().rules_in(RuleSetState::Draft).await?.ok_or_else(no_draft)?,
        };
        let reader = Some(who).filter(|w| w.role.is_some_and(|r| r.may_decide_filing()));
        self.try_set(&read(&stored)?, reader, (from, to)).await
    }

    /// Tries sentences that nobody has kept, as [`Desk::try_rules`] does; documents go without words.
    pub async fn try_sentences(
        &self,
        sentences: &[String],
        range: (Option<Instant>, Option<Instant>),
    ) -> Result<ReplayView> {
        let lists = self.lists(&self.the_team().await?).await?;
        let mut set = RuleSet::default();
        for sentence in sentences {
            let (when, then) = parse(sentence, &lists).map_err(|e| {
                let cause = format!("« {sentence} » : {}", e.message());
                DeskError::new(ErrorKind::User, OPERATION, cause)
            })?;
            let id = set.free_id();
            set.rules.push(Rule { id, version: 1, when, then });
        }
        self.try_set(&set, None, range).await
    }

    async fn try_set(
        &self,
        tried_set: &RuleSet,
        reader: Option<&Actor>,
        (from, to): (Option<Instant>, Option<Instant>),
    ) -> Result<ReplayView> {
        let started = Clock::now();
        let lists = self.lists(&self.the_team().await?).await?;
        let used_set = match self.vault().rules_in(RuleSetState::Active).await? {
            Some(stored) => read(&stored)?,
            None => RuleSet::default(),
        };
        let (tried, used) = (Compiled::of(tried_set, &lists), Compiled::of(&used_set, &lists));
        let to = to.unwrap_or(Instant(self.now().0 + 1));
        let from = from.unwrap_or(Instant(to.0 - MONTH_DAYS * DAY_MS));
        let mut replay = Replay::of(&tried, SHOWN);
        let mut last: Option<RoutedDocument> = None;
        loop {
            let page = self.vault().routed_documents(from, to, last.as_ref(), PAGE).await?;
            for d in &page {
                if let Ok(f) = serde_json::from_slice::<Features>(&d.features) {
                    replay.add(d.document.clone(), &f, &used, &tried);
                }
            }
            match page.into_iter().next_back() {
                Some(end) => last = Some(end),
                None => break,
            }
        }
        self.replay_view(tried_set, replay, &lists, reader, (from, to), started).await
    }

    async fn replay_view(
        &self,
        tried: &RuleSet,
        replay: Replay<DocumentId>,
        lists: &Lists,
        reader: Option<&Actor>,
        (from, to): (Instant, Instant),
        started: Clock,
    ) -> Result<ReplayView> {
        let mut rows = Vec::with_capacity(replay.changes.len());
        for c in &replay.changes {
            let what = match reader {
                Some(who) => what(&lists::item(who, &self.vault().document(&c.document).await?)),
                None => String::new(),
            };
            let mut rules: Vec<&str> = c.would_be.iter().map(|r| r.rule.as_str()).collect();
            rules.dedup();
            rows.push(ReplayRow {
                document: c.document.0.clone(),
                what,
                was: routes_line(&c.was, lists),
                would_be: routes_line(&c.would_be, lists),
                rules: rules.join(", "),
            });
        }
        let counts = replay.counts.iter().zip(&tried.rules);
        Ok(ReplayView {
            from: from.date().to_french(),
            to: Instant(to.0 - 1).date().to_french(),
            version: tried.version,
            documents: replay.documents,
            changed: replay.changed,
            rows,
            counts: counts
                .map(|((id, c), rule)| ReplayCount {
                    id: id.clone(),
                    sentence: say(rule, lists).0,
                    matched: c.matched,
                    owned: c.owned,
                    overridden: c.overridden,
                })
                .collect(),
            conflicts: replay
                .conflicts
                .iter()
                .map(|((a, b), n)| (a.clone(), b.clone(), *n))
                .collect(),
            without_owner: replay.without_owner,
            took_ms: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// Why each rule holds for a document or not: the rules in use, or those of that number.
    pub async fn why(
        &self,
        who: &Actor,
        id: &DocumentId,
        version: Option<u32>,
    ) -> Result<Vec<WhyRule>> {
        if !who.role.is_some_and(|r| r.may_decide_filing()) {
            return Err(DeskError::new(ErrorKind::Forbidden, OPERATION, "votre rôle ne lit pas"));
        }
        let stored = match version {
            Some(v) => Some(self.vault().rule_set(v).await?),
            None => self.vault().rules_in(RuleSetState::Active).await?,
        };
        let opened = self.opened(who, id).await?;
        let routing = self.current_routing(&opened).await?;
        let (Some(stored), Some(routing), Some(reading)) = (stored, routing, &opened.reading)
        else {
            return Ok(Vec::new());
        };
        let features: Features = serde_json::from_slice(&routing.features).map_err(|_| {
            DeskError::new(ErrorKind::Integrity, OPERATION, "l'orientation ne se lit pas")
        })?;
        let lists = self.lists(&self.the_team().await?).await?;
        let set = read(&stored)?;
        let compiled = Compiled::of(&set, &lists);
        let evidence = |w: &Why| -> Vec<EvidenceView> {
            w.evidence.iter().map(|e| present::one_evidence(e, reading)).collect()
        };
        let line = |w: &Why| WhyLine {
            condition: w.condition.0.clone(),
            truth: code(w.truth).to_owned(),
            says: text("truth", code(w.truth)),
            seen: w.seen.0.clone(),
            evidence: evidence(w),
            depth: w.depth,
        };
        Ok(compiled
            .why(&features, &lists)
            .into_iter()
            .map(|(rule, truth, conditions)| WhyRule {
                rule: rule_view(rule, &lists),
                truth: code(truth).to_owned(),
                says: text("truth", code(truth)),
                conditions: conditions.iter().map(line).collect(),
            })
            .collect())
    }

    /// Rules that counts of where documents went speak for, and that nobody has written yet.
    async fn suggestions(&self, used: &RuleSet, lists: &Lists) -> Result<Vec<SuggestionView>> {
        let mut went: Vec<Went> = Vec::new();
        let mut last: Option<RoutedDocument> = None;
        loop {
            let to = Instant(self.now().0 + 1);
            let page = self.vault().routed_documents(Instant(0), to, last.as_ref(), PAGE).await?;
            went.extend(page.iter().filter_map(went_of));
            let extra = went.len().saturating_sub(COUNTED);
            went.drain(..extra);
            match page.into_iter().next_back() {
                Some(end) => last = Some(end),
                None => break,
            }
        }
        went.reverse();
        let known = |rule: &Rule| used.rules.iter().any(|r| r.when == rule.when);
        let found = suggest(went).into_iter().filter(|s| !known(&s.rule));
        Ok(found
            .take(20)
            .map(|s| {
                let percent = |share: f64| format!("{:.0} %", share * 100.0);
                let why = format!(
                    "{} sur les {} derniers ; intervalle à 95 % : {} à {}",
                    s.hits,
                    s.of,
                    percent(s.interval.0),
                    percent(s.interval.1)
                );
                SuggestionView { sentence: say(&s.rule, lists).0, why }
            })
            .collect())
    }

    async fn draft(&self, who: &Actor) -> Result<StoredRules> {
        if let Some(draft) = self.vault().rules_in(RuleSetState::Draft).await? {
            return Ok(draft);
        }
        let set = match self.vault().rules_in(RuleSetState::Active).await? {
            Some(stored) => read(&stored)?,
            None => self.starting_rules().await?,
        };
        let json = serde_json::to_vec(&set).unwrap_or_default();
        let mut tx = self.begin(who).await?;
        let version = tx.create_rules(&json).await?;
        tx.commit().await?;
        Ok(self.vault().rule_set(version).await?)
    }

    /// The shipped sentences that this installation's lists can still say.
    async fn starting_rules(&self) -> Result<RuleSet> {
        let lists = self.lists(&self.the_team().await?).await?;
        let mut set = RuleSet::default();
        for sentence in team::starting_sentences() {
            if let Ok((when, then)) = parse(&sentence, &lists) {
                let id = set.free_id();
                set.rules.push(Rule { id, version: 1, when, then });
            }
        }
        Ok(set)
    }

    async fn change_draft(
        &self,
        who: &Actor,
        change: impl FnOnce(&mut RuleSet) -> Result<()>,
    ) -> Result<()> {
        let stored = self.draft(who).await?;
        let mut set = read(&stored)?;
        change(&mut set)?;
        let json = serde_json::to_vec(&set).unwrap_or_default();
        let mut tx = self.begin(who).await?;
        tx.change_rules(&stored, &json).await?;
        Ok(tx.commit().await?)
    }
}

fn may_write(who: &Actor) -> Result<()> {
    if who.role.is_some_and(|r| r.may_write_rules()) {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Forbidden, OPERATION, "votre rôle n'écrit pas de règles"))
}

fn gone() -> DeskError {
    DeskError::new(ErrorKind::Conflict, OPERATION, "cette règle n'existe plus")
        .hint("rechargez la page")
}

fn no_draft() -> DeskError {
    DeskError::new(ErrorKind::Conflict, OPERATION, "il n'y a pas de brouillon à essayer")
        .hint("commencez un brouillon, ou choisissez une version")
}

fn code(truth: Truth) -> &'static str {
    match truth {
        Truth::True => "true",
        Truth::False => "false",
        Truth::Unknown => "unknown",
    }
}

/// Where a filed document went, for the counts.
fn went_of(d: &RoutedDocument) -> Option<Went> {
    use DocumentState::{AViser, Action, Classe, Clos, Vu};
    let queue =
        d.queue.clone().filter(|_| matches!(d.state, AViser | Action | Classe | Clos | Vu))?;
    let f: Features = serde_json::from_slice(&d.features).ok()?;
    let sender = f.structures.first().map(|s| s.value.0.shown.clone())?;
    let document_type = f.document_type.as_ref()?.value.0.0.clone();
    Some(Went { document_type, sender: sender.into(), queue })
}

fn rule_view(rule: &Rule, lists: &Lists) -> RuleView {
    RuleView {
        id: rule.id.clone(),
        version: rule.version,
        sentence: say(rule, lists).0,
        problem: rule.problem().map(str::to_owned),
    }
}

fn set_view(stored: &StoredRules, set: &RuleSet, lists: &Lists, names: &Names) -> RuleSetView {
    let (by, at) = match (&stored.decided_by, stored.decided_at) {
        (Some(by), Some(at)) => (by.clone(), at),
        _ => (stored.created_by.clone(), stored.created_at),
    };
    let by = Actor { id: by, kind: relu_record::ActorKind::Person, role: None };
    RuleSetView {
        version: stored.version,
        state: text("rules-state", stored.state.as_str()),
        by: format!("{}, {}", names.of(&by), at.date().to_french()),
        rules: set.rules.iter().map(|r| rule_view(r, lists)).collect(),
    }
}

/// The words a person may use, for the help beside the form.
fn words(lists: &Lists) -> Vec<(String, Vec<String>)> {
    let labels = |list: &[relu_pipeline::route::Choice]| {
        list.iter().map(|c| format!("« {} »", c.label)).collect::<Vec<_>>()
    };
    let (conditions, actions) = relu_pipeline::route::vocabulary();
    vec![
        (text("rules-words", "conditions"), conditions),
        (text("rules-words", "actions"), actions),
        (text("rules-words", "types"), labels(&lists.types)),
        (text("rules-words", "queues"), labels(&lists.queues)),
        (text("rules-words", "people"), labels(&lists.people)),
        (text("rules-words", "sources"), labels(&lists.sources)),
        (text("rules-words", "mentions"), labels(&lists.mentions)),
        (text("rules-words", "destinations"), labels(&lists.destinations)),
    ]
}

fn what(item: &crate::view::ListItem) -> String {
    let parts = [&item.patient, &item.document_type, &item.author, &item.date];
    parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(" · ")
}

/// What routes do, on one line: the owner first.
fn routes_line(routes: &[Route], lists: &Lists) -> String {
    let name = |o: &Owner| {
        let route = Route {
            action: RouteAction::Assign(o.clone()),
            rule: String::new(),
            sentence: relu_record::Private::default(),
            overridden_by: None,
        };
        present::route_line(&named_owner(&route, lists))
    };
    let first = owner(routes).map_or_else(|| text("route", "nobody"), name);
    let others = routes
        .iter()
        .filter(|r| r.overridden_by.is_none() && !matches!(r.action, RouteAction::Assign(_)));
    let others = others.map(|r| present::route_line(&named_owner(r, lists)));
    std::iter::once(first).chain(others).collect::<Vec<_>>().join(" ; ")
}

fn read_set(bytes: &[u8]) -> Option<RuleSet> {
    serde_json::from_slice(bytes).ok()
}
