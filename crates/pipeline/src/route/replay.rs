//! *Essayer avant d'utiliser*: two sets of rules on the same documents, and what would change.
//!
//! Units: counts of documents. A rule's `matched` counts documents for which it is true, `owned`
//! those that it gives to an owner; a rule that matched nothing is told, because it is often a typo.

use std::collections::BTreeMap;

use relu_record::{Route, RouteAction};

use super::{Compiled, Features};

/// A document whose route would change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change<I> {
    /// Which.
    pub document: I,
    /// Under the rules in use.
    pub was: Vec<Route>,
    /// Under the rules tried.
    pub would_be: Vec<Route>,
}

/// What a rule did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Documents for which it is true.
    pub matched: u64,
    /// Documents it gives to an owner.
    pub owned: u64,
    /// Documents for which another rule came first.
    pub overridden: u64,
}

/// The outcome of a replay.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay<I> {
    /// Documents looked at.
    pub documents: u64,
    /// How many would change.
    pub changed: u64,
    /// The first of them, as many as were asked for.
    pub changes: Vec<Change<I>>,
    /// By rule of the tried set, in their order; a rule without a match is there with zeros.
    pub counts: Vec<(String, Count)>,
    /// Pairs of rules that name different owners for one document, winner first, and how often.
    pub conflicts: BTreeMap<(String, String), u64>,
    /// Documents without an owner under the rules in use, and under those tried.
    pub without_owner: (u64, u64),
    most: usize,
}

impl<I> Replay<I> {
    /// An empty replay of `tried`, that keeps the first `most` changes.
    pub fn of(tried: &Compiled, most: usize) -> Replay<I> {
        Replay {
            documents: 0,
            changed: 0,
            changes: Vec::new(),
            counts: tried.ids().map(|id| (id.to_owned(), Count::default())).collect(),
            conflicts: BTreeMap::new(),
            without_owner: (0, 0),
            most,
        }
    }

    /// Counts one document.
    pub fn add(&mut self, document: I, f: &Features, in_use: &Compiled, tried: &Compiled) {
        self.documents += 1;
        let (was, would_be) = (in_use.routes(f), tried.routes(f));
        for (rule, (_, count)) in tried.matching(f).zip(&mut self.counts) {
            count.matched += u64::from(rule);
        }
        for r in &would_be {
            let Some((_, count)) = self.counts.iter_mut().find(|(id, _)| *id == r.rule) else {
                continue;
            };
            match (&r.action, &r.overridden_by) {
                (RouteAction::Assign(_), None) => count.owned += 1,
                (RouteAction::Assign(_), Some(winner)) => {
                    count.overridden += 1;
                    *self.conflicts.entry((winner.clone(), r.rule.clone())).or_default() += 1;
                }
                _ => {}
            }
        }
        self.without_owner.0 += u64::from(owner(&was).is_none());
        self.without_owner.1 += u64::from(owner(&would_be).is_none());
        if effect(&was) != effect(&would_be) {
            self.changed += 1;
            if self.changes.len() < self.most {
                self.changes.push(Change { document, was, would_be });
            }
        }
    }

    /// Rules that matched nothing.
    pub fn never(&self) -> impl Iterator<Item = &str> {
        self.counts.iter().filter(|(_, c)| c.matched == 0).map(|(id, _)| id.as_str())
    }
}

/// What would be done, whichever rule asks for it.
fn effect(routes: &[Route]) -> Vec<&RouteAction> {
    let mut done: Vec<&RouteAction> =
        routes.iter().filter(|r| r.overridden_by.is_none()).map(|r| &r.action).collect();
    done.sort();
    done
}

/// The owner that routes give, if any.
pub fn owner(routes: &[Route]) -> Option<&relu_record::Owner> {
    routes.iter().find_map(|r| match (&r.action, &r.overridden_by) {
        (RouteAction::Assign(owner), None) => Some(owner),
        _ => None,
    })
}
