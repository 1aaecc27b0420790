//! Suggestions of rules from counts of past decisions over type, sender and queue. Texts are never
//! looked at: a count of a person's own actions holds no content (design, invariant 11).
//!
//! Units: documents; the interval is Wilson's at 95 %. Limits: `rules/suggest.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use relu_record::{Owner, Private};
use serde::Deserialize;

use super::rule::{Action, Condition, Rule, Subject, Test};

/// Where one document went.
#[derive(Clone, Debug)]
pub struct Went {
    /// Code of its type.
    pub document_type: String,
    /// Name of its sender.
    pub sender: Private,
    /// Queue it was filed to.
    pub queue: String,
}

/// A rule that the counts speak for.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Of the last documents of the type from the sender, how many went there.
    pub hits: u32,
    /// How many there were.
    pub of: u32,
    /// Interval of the share.
    pub interval: (f64, f64),
    /// Where.
    pub queue: String,
    /// The rule, without id.
    pub rule: Rule,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    last: u32,
    least: u32,
    low: f64,
}

fn limits() -> &'static Limits {
    static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
        // A file that does not parse suggests nothing.
        toml::from_str(include_str!("rules/suggest.toml")).unwrap_or(Limits {
            last: 0,
            least: u32::MAX,
            low: 1.0,
        })
    });
    &LIMITS
}

/// Suggestions from where documents went, newest first; the surest first.
pub fn suggest(went: impl IntoIterator<Item = Went>) -> Vec<Suggestion> {
    let limits = limits();
    let mut groups: BTreeMap<(String, Private), (u32, BTreeMap<String, u32>)> = BTreeMap::new();
    for w in went {
        let (n, queues) = groups.entry((w.document_type, w.sender)).or_default();
        if *n < limits.last {
            *n += 1;
            *queues.entry(w.queue).or_default() += 1;
        }
    }
    let mut found: Vec<Suggestion> = groups
        .into_iter()
        .filter_map(|((document_type, sender), (of, queues))| {
            let (queue, hits) = queues.into_iter().max_by_key(|(_, n)| *n)?;
            let interval = wilson(hits, of);
            (of >= limits.least && interval.0 >= limits.low).then(|| {
                let rule = rule(&document_type, sender, &queue);
                Suggestion { hits, of, interval, queue, rule }
            })
        })
        .collect();
    found.sort_by(|a, b| b.interval.0.total_cmp(&a.interval.0));
    found
}

fn rule(document_type: &str, sender: Private, queue: &str) -> Rule {
    let is = |on, value: Private| Test::Is(Condition { on, values: vec![value], days: None });
    Rule {
        id: String::new(),
        version: 1,
        when: Test::All(vec![
            is(Subject::TypeIs, document_type.into()),
            is(Subject::StructureIs, sender),
        ]),
        then: vec![Action::Assign(Owner::Queue(queue.to_owned()))],
    }
}

/// Wilson's interval of a share at 95 %.
fn wilson(hits: u32, of: u32) -> (f64, f64) {
    if of == 0 {
        return (0.0, 1.0);
    }
    const Z: f64 = 1.959_964;
    let (n, p) = (f64::from(of), f64::from(hits) / f64::from(of));
    let z2 = Z * Z / n;
    let middle = (p + z2 / 2.0) / (1.0 + z2);
    let half = Z / (1.0 + z2) * (p * (1.0 - p) / n + z2 / (4.0 * n)).sqrt();
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
