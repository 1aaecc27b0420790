//! *Orientation par règles*: where a document goes, by rules that a team writes as sentences.
//!
//! Shape: [`Features`] are gathered once from the reading, the values that stand and what is known of
//! the patient; a [`RuleSet`] is compiled; [`Route::propose`] answers with proposals of the value
//! `Route`, each with the evidence of its conditions and the sentence of its rule as the reason.
//! A rule is data ([`rule`]), said as French ([`say`]) and read back ([`parse`]) from one closed
//! grammar (`rules/phrases.toml`). [`Compiled::why`] tells why or why not, condition by condition;
//! [`Replay`] tries a set on past documents; [`suggest`] proposes rules from counts.
//!
//! Order: the first true rule that gives an owner wins; others that name another owner are shown as
//! overridden. Copies, tasks, tags add up. Only words and marks as printed count: no clinical
//! urgency is ever computed (design, §4). The rules in use are part of the function's version, so
//! that one text, one version and one set of inputs have one set of proposals.

mod features;
mod judge;
mod parse;
mod phrases;
mod printed;
mod referring;
mod replay;
mod rule;
mod say;
mod suggest;

#[cfg(test)]
mod tests;

use relu_record::{
    Evidence, FunctionRef, Owner, Proposal, ProposalValue, Route as Routed, RouteAction, Sheet,
};

use crate::function::{Draft, sheet};

pub use features::{Deadline, Features, Known, Named, PatientFacts, Seen, named};
pub use judge::{Truth, Why};
pub use parse::{SentenceError, parse};
pub use phrases::unique;
pub use replay::{Change, Count, Replay, owner};
pub use rule::{Action, Choice, Condition, Due, Lists, MOST_RULES, Rule, RuleSet, Subject, Test};
pub use say::{say, say_test, vocabulary};
pub use suggest::{Suggestion, Went, suggest};

use judge::ReadyTest;

/// The function: its sheet. The rules are the installation's.
pub struct Route {
    sheet: Sheet,
}

impl Default for Route {
    fn default() -> Route {
        Route { sheet: sheet(include_str!("sheet.toml")) }
    }
}

impl Route {
    /// Its sheet in the register.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// The function with these rules and these inputs. `inputs` is a short hash of the features:
    /// what a person decides changes them, and with them the set of proposals.
    pub fn reference(&self, rules: u32, inputs: &str) -> FunctionRef {
        let version = format!("{}+regles-{rules}.{inputs}", self.sheet.version);
        FunctionRef { id: self.sheet.id.clone(), version }
    }

    /// What the rules propose for a document.
    pub fn propose(&self, f: &Features, rules: &Compiled, inputs: &str) -> Vec<Proposal> {
        let mut draft = Draft::new(self.reference(rules.version, inputs));
        for (route, evidence) in rules.routes_with_evidence(f) {
            let rule = route.rule.clone();
            draft.add(ProposalValue::Route(route), evidence, 1.0, &rule);
        }
        draft.finish().value
    }
}

/// A set of rules made ready to run.
pub struct Compiled {
    /// Number of the set.
    pub version: u32,
    rules: Vec<(Rule, ReadyTest, relu_record::Private)>,
}

impl Compiled {
    /// Compiles a set; the lists give the labels of its sentences.
    pub fn of(set: &RuleSet, lists: &Lists) -> Compiled {
        let rules = set.rules.iter().take(MOST_RULES);
        let rules = rules.map(|r| (r.clone(), ReadyTest::of(&r.when), say(r, lists))).collect();
        Compiled { version: set.version, rules }
    }

    /// Ids in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|(r, ..)| r.id.as_str())
    }

    /// Whether each rule is true, in order.
    pub fn matching<'a>(&'a self, f: &'a Features) -> impl Iterator<Item = bool> + 'a {
        self.rules.iter().map(|(_, test, _)| test.truth(f) == Truth::True)
    }

    /// What is to be done, in the order of the rules.
    pub fn routes(&self, f: &Features) -> Vec<Routed> {
        self.chosen(f).into_iter().map(|(route, _)| route).collect()
    }

    fn routes_with_evidence(&self, f: &Features) -> Vec<(Routed, Vec<Evidence>)> {
        let chosen = self.chosen(f).into_iter();
        chosen
            .map(|(route, test)| {
                let mut evidence = Vec::new();
                test.evidence(f, &mut evidence);
                (route, evidence)
            })
            .collect()
    }

    fn chosen(&self, f: &Features) -> Vec<(Routed, &ReadyTest)> {
        let mut out: Vec<(Routed, &ReadyTest)> = Vec::new();
        let mut winner: Option<(Owner, String)> = None;
        for (rule, test, sentence) in &self.rules {
            if test.truth(f) != Truth::True {
                continue;
            }
            for action in &rule.then {
                let mut overridden_by = None;
                if let Action::Assign(owner) = action {
                    match &winner {
                        Some((first, _)) if first == owner => continue,
                        Some((_, id)) => overridden_by = Some(id.clone()),
                        None => winner = Some((owner.clone(), rule.id.clone())),
                    }
                }
                let action = resolve(action, f);
                if out.iter().any(|(r, _)| r.action == action && r.overridden_by.is_none()) {
                    continue;
                }
                let (rule, sentence) = (rule.id.clone(), sentence.clone());
                out.push((Routed { action, rule, sentence, overridden_by }, test));
            }
        }
        // A copy to the owner says nothing.
        let owner = winner.map(|(owner, _)| owner);
        out.retain(|(r, _)| match &r.action {
            RouteAction::Copy(to) => Some(to) != owner.as_ref(),
            _ => true,
        });
        out
    }

    /// Why each rule holds for a document, or does not: the rule, its truth, its conditions.
    pub fn why(&self, f: &Features, lists: &Lists) -> Vec<(&Rule, Truth, Vec<Why>)> {
        self.rules
            .iter()
            .map(|(r, test, _)| (r, test.truth(f), judge::why(&r.when, f, lists)))
            .collect()
    }
}

/// The action for this document: a task gets its day.
fn resolve(action: &Action, f: &Features) -> RouteAction {
    match action {
        Action::Assign(owner) => RouteAction::Assign(owner.clone()),
        Action::Copy(owner) => RouteAction::Copy(owner.clone()),
        Action::Task { label, due } => {
            let due = match due {
                Due::Open => None,
                Due::Printed => f.deadlines.iter().map(|d| d.value.due).min(),
                Due::Days(n) => printed::plus_days(f.from(), i64::from(*n)),
            };
            RouteAction::Task { label: label.clone(), due }
        }
        Action::Tag(t) => RouteAction::Tag(t.clone()),
        Action::Print => RouteAction::Print,
        Action::HandOver(to) => RouteAction::HandOver(to.clone()),
    }
}

impl Lists {
    fn shipped_source(code: &str) -> String {
        static SHIPPED: std::sync::LazyLock<Lists> = std::sync::LazyLock::new(Lists::shipped);
        SHIPPED.sources.iter().find(|c| c.code == code).map_or(code, |c| &c.label).to_owned()
    }
}
