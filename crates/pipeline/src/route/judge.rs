//! Whether a rule holds for a document, and why or why not: every condition with true, false or
//! unknown, the value seen and its evidence. What is not known is never guessed: a rule applies only
//! when it is true whatever the unknown would be (Kleene's strong logic of three values).

use relu_record::{Evidence, PartialDate, Private};

use super::features::{Features, Named, Seen, name_words};
use super::phrases::{Absent, phrases};
use super::rule::{Condition, Lists, Subject, Test};
use super::say::say_condition;

/// True, false, or nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Truth {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It cannot be told.
    Unknown,
}

impl Truth {
    fn of(holds: bool) -> Truth {
        if holds { Truth::True } else { Truth::False }
    }

    fn contrary(self) -> Truth {
        match self {
            Truth::True => Truth::False,
            Truth::False => Truth::True,
            Truth::Unknown => Truth::Unknown,
        }
    }

    fn all(each: impl Iterator<Item = Truth>) -> Truth {
        each.fold(Truth::True, |a, b| match (a, b) {
            (Truth::False, _) | (_, Truth::False) => Truth::False,
            (Truth::Unknown, _) | (_, Truth::Unknown) => Truth::Unknown,
            _ => Truth::True,
        })
    }

    fn any(each: impl Iterator<Item = Truth>) -> Truth {
        Truth::all(each.map(Truth::contrary)).contrary()
    }
}

/// A condition of a rule as it stands for one document.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// The condition in French, as the rule says it.
    pub condition: Private,
    /// Whether it holds.
    pub truth: Truth,
    /// What was seen, in words; why nothing was, when nothing was.
    pub seen: Private,
    /// Where.
    pub evidence: Vec<Evidence>,
    /// Groups it stands in.
    pub depth: usize,
}

/// A condition made ready: its words folded once.
pub(super) struct Ready {
    on: Subject,
    // Folded words of each value, and the value as it stands (codes, numbers).
    values: Vec<(Vec<String>, String)>,
    days: u16,
}

/// A test made ready.
pub(super) enum ReadyTest {
    Is(Ready),
    Not(Box<ReadyTest>),
    All(Vec<ReadyTest>),
    Any(Vec<ReadyTest>),
}

impl ReadyTest {
    pub(super) fn of(test: &Test) -> ReadyTest {
        match test {
            Test::Is(c) => ReadyTest::Is(Ready::of(c)),
            Test::Not(t) => ReadyTest::Not(Box::new(ReadyTest::of(t))),
            Test::All(l) => ReadyTest::All(l.iter().map(ReadyTest::of).collect()),
            Test::Any(l) => ReadyTest::Any(l.iter().map(ReadyTest::of).collect()),
        }
    }

    pub(super) fn truth(&self, f: &Features) -> Truth {
        match self {
            ReadyTest::Is(c) => c.truth(f),
            ReadyTest::Not(t) => t.truth(f).contrary(),
            ReadyTest::All(l) => Truth::all(l.iter().map(|t| t.truth(f))),
            ReadyTest::Any(l) => Truth::any(l.iter().map(|t| t.truth(f))),
        }
    }

    /// Evidence of every condition that could be told, each place once.
    pub(super) fn evidence(&self, f: &Features, out: &mut Vec<Evidence>) {
        match self {
            ReadyTest::Is(c) => {
                let told = c.told(f);
                if told.truth != Truth::Unknown {
                    for e in told.evidence {
                        if !out.contains(&e) {
                            out.push(e);
                        }
                    }
                }
            }
            ReadyTest::Not(t) => t.evidence(f, out),
            ReadyTest::All(l) | ReadyTest::Any(l) => l.iter().for_each(|t| t.evidence(f, out)),
        }
    }
}

/// Every condition of a test, in the order of its sentence.
pub(super) fn why(test: &Test, f: &Features, lists: &Lists) -> Vec<Why> {
    let mut out = Vec::new();
    walk(test, 0, f, lists, &mut out);
    out
}

fn walk(test: &Test, depth: usize, f: &Features, lists: &Lists, out: &mut Vec<Why>) {
    match test {
        Test::Is(c) => out.push(one(c, false, depth, f, lists)),
        // A denied condition has words of its own; a denied group is told condition by condition.
        Test::Not(inner) => match &**inner {
            Test::Is(c) => out.push(one(c, true, depth, f, lists)),
            other => walk(other, depth + 1, f, lists, out),
        },
        Test::All(l) | Test::Any(l) => l.iter().for_each(|t| walk(t, depth + 1, f, lists, out)),
    }
}

fn one(c: &Condition, denied: bool, depth: usize, f: &Features, lists: &Lists) -> Why {
    let told = Ready::of(c).told(f);
    Why {
        condition: Private(say_condition(c, denied, lists)),
        truth: if denied { told.truth.contrary() } else { told.truth },
        seen: Private(told.seen.join(", ")),
        evidence: told.evidence,
        depth,
    }
}

/// A condition with what was seen for it.
struct Told {
    truth: Truth,
    seen: Vec<String>,
    evidence: Vec<Evidence>,
}

/// Values told in the answer; the rest is only counted with.
const SHOWN: usize = 6;

impl Ready {
    fn of(c: &Condition) -> Ready {
        Ready {
            on: c.on,
            values: c.values.iter().map(|v| (name_words(v), v.0.clone())).collect(),
            days: c.days.unwrap_or(0),
        }
    }

    fn truth(&self, f: &Features) -> Truth {
        self.held(f).unwrap_or_else(|| match absent(self.on).1 {
            Absent::Unknown => Truth::Unknown,
            Absent::No => Truth::False,
        })
    }

    // Whether a value seen fits; nothing when no value is seen at all.
    fn held(&self, f: &Features) -> Option<Truth> {
        let code = |seen: &str| self.values.iter().any(|(_, v)| v == seen);
        let names = |list: &[Seen<Named>], whole: bool| {
            let any = list.iter().any(|n| self.fits(&n.value, whole));
            (!list.is_empty()).then(|| Truth::of(any))
        };
        let some = |list: &[Seen<String>]| {
            (!list.is_empty()).then(|| Truth::of(list.iter().any(|m| code(&m.value))))
        };
        match self.on {
            Subject::TypeIs => f.document_type.as_ref().map(|t| Truth::of(code(&t.value.0.0))),
            Subject::SenderIs => names(&f.senders, true),
            Subject::SenderContains => names(&f.senders, false),
            Subject::StructureIs => names(&f.structures, true),
            Subject::StructureContains => names(&f.structures, false),
            Subject::SpecialtyIs => names(&f.specialties, true),
            Subject::RecipientIs => names(&f.recipients, true),
            Subject::TreatingIs => names(&f.treating, true),
            Subject::ReferringIs => names(&f.referring, true),
            Subject::StayDoctorIs => names(&f.in_charge, true),
            Subject::UnitIs => names(f.unit.as_slice(), true),
            Subject::SourceIs => Some(Truth::of(code(&f.source.value))),
            Subject::MentionIs => some(&f.mentions),
            Subject::DeadlineWritten => (!f.deadlines.is_empty()).then_some(Truth::True),
            Subject::DeadlineWithin => {
                let near = |d: &Seen<super::Deadline>| d.value.days <= self.days;
                (!f.deadlines.is_empty()).then(|| Truth::of(f.deadlines.iter().any(near)))
            }
            Subject::OlderThan => age(f).map(|days| Truth::of(days > i64::from(self.days))),
            Subject::PatientAttached => f.attached.then_some(Truth::True),
        }
    }

    fn fits(&self, seen: &Named, whole: bool) -> bool {
        self.values.iter().any(|(words, raw)| {
            let number = seen.number.as_deref() == Some(raw.trim());
            let same = if whole {
                *words == seen.words
            } else {
                words.iter().all(|w| seen.words.binary_search(w).is_ok())
            };
            number || (!words.is_empty() && same)
        })
    }

    fn told(&self, f: &Features) -> Told {
        let mut told = Told { truth: self.truth(f), seen: Vec::new(), evidence: Vec::new() };
        let mut add = |shown: String, evidence: &[Evidence]| {
            if told.seen.len() < SHOWN && !told.seen.contains(&shown) {
                told.seen.push(shown);
            }
            for e in evidence {
                if told.evidence.len() < SHOWN && !told.evidence.contains(e) {
                    told.evidence.push(e.clone());
                }
            }
        };
        match self.on {
            Subject::TypeIs => {
                f.document_type.iter().for_each(|t| add(t.value.0.1.clone(), &t.evidence));
            }
            Subject::SourceIs => {
                let shown = Lists::shipped_source(&f.source.value);
                add(shown, &f.source.evidence);
            }
            Subject::MentionIs => {
                f.mentions.iter().for_each(|m| add(m.value.0.clone(), &m.evidence));
            }
            Subject::DeadlineWritten | Subject::DeadlineWithin => {
                f.deadlines.iter().for_each(|d| add(d.value.due.to_french(), &d.evidence));
            }
            Subject::OlderThan => {
                if let (Some(days), Some(date)) = (age(f), &f.date) {
                    add(format!("{days} jours à la réception"), &date.evidence);
                }
            }
            Subject::PatientAttached => {
                if f.attached {
                    add("patient rattaché".to_owned(), &[Evidence::Record("patient".to_owned())]);
                }
            }
            Subject::SenderIs | Subject::SenderContains => each(&f.senders, &mut add),
            Subject::StructureIs | Subject::StructureContains => each(&f.structures, &mut add),
            Subject::SpecialtyIs => each(&f.specialties, &mut add),
            Subject::RecipientIs => each(&f.recipients, &mut add),
            Subject::TreatingIs => each(&f.treating, &mut add),
            Subject::ReferringIs => each(&f.referring, &mut add),
            Subject::StayDoctorIs => each(&f.in_charge, &mut add),
            Subject::UnitIs => each(f.unit.as_slice(), &mut add),
        }
        if told.seen.is_empty() {
            let (words, _) = absent(self.on);
            told.seen.push(words.to_owned());
            told.evidence.push(Evidence::Absence(words.to_owned()));
        }
        told
    }
}

fn each(list: &[Seen<Named>], add: &mut impl FnMut(String, &[Evidence])) {
    list.iter().for_each(|n| add(n.value.shown.clone(), &n.evidence));
}

fn absent(on: Subject) -> (&'static str, Absent) {
    phrases().condition(on).map_or(("", Absent::Unknown), |c| (c.absent.as_str(), c.then))
}

// Days between the document's date and the day it came.
fn age(f: &Features) -> Option<i64> {
    let date: PartialDate = f.date.as_ref()?.value.0;
    Some((f.received.days()? - date.days()?).max(0))
}
