//! A rule said as a French sentence, from its data. [`super::parse`] reads the same words back.

use relu_record::{Owner, Private};

use super::phrases::{Takes, Verb, phrases};
use super::rule::{Action, Condition, Due, Lists, Rule, Test};

/// The sentence of a rule.
pub fn say(rule: &Rule, lists: &Lists) -> Private {
    let actions: Vec<String> = rule.then.iter().map(|a| say_action(a, lists)).collect();
    let then = match actions.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} et {last}", first.join(", ")),
    };
    Private(format!("Si {}, alors {then}.", say_test(&rule.when.clone().normal(), lists)))
}

/// The words of a test.
pub fn say_test(test: &Test, lists: &Lists) -> String {
    match test {
        Test::Is(c) => say_condition(c, false, lists),
        Test::Not(inner) => match &**inner {
            Test::Is(c) => say_condition(c, true, lists),
            other => format!("il n'est pas vrai que ({})", say_test(other, lists)),
        },
        Test::All(l) => {
            let each = |t: &Test| match t {
                Test::Any(_) => format!("({})", say_test(t, lists)),
                _ => say_test(t, lists),
            };
            l.iter().map(each).collect::<Vec<_>>().join(" et ")
        }
        Test::Any(l) => l.iter().map(|t| say_test(t, lists)).collect::<Vec<_>>().join(" ou "),
    }
}

/// The words of a condition, or of its contrary.
pub(super) fn say_condition(c: &Condition, denied: bool, lists: &Lists) -> String {
    let Some(words) = phrases().condition(c.on) else { return String::new() };
    let start = if denied { &words.no } else { &words.yes };
    let values: Vec<String> =
        c.values.iter().map(|v| quoted(lists.label(words.value, v))).collect();
    match words.value {
        Takes::None => start.clone(),
        Takes::Days => format!("{start} {}", days(c.days.unwrap_or(0))),
        _ => format!("{start} {}", values.join(" ou ")),
    }
}

/// The words of an action.
pub(super) fn say_action(action: &Action, lists: &Lists) -> String {
    let of = |verb, value: &str| {
        let Some(words) = phrases().action(verb) else { return String::new() };
        match words.value {
            Takes::None => words.says.clone(),
            list => format!("{} {}", words.says, quoted(lists.label(list, value))),
        }
    };
    match action {
        Action::Assign(Owner::Queue(q)) => of(Verb::AssignQueue, q),
        Action::Assign(Owner::Person(p)) => of(Verb::AssignPerson, p),
        Action::Copy(Owner::Queue(q)) => of(Verb::CopyQueue, q),
        Action::Copy(Owner::Person(p)) => of(Verb::CopyPerson, p),
        Action::Task { label, due } => {
            let task = of(Verb::Task, label);
            match due {
                Due::Open => task,
                Due::Printed => format!("{task} pour le délai écrit"),
                Due::Days(n) => format!("{task} pour {} après la date du document", days(*n)),
            }
        }
        Action::Tag(t) => of(Verb::Tag, t),
        Action::Print => of(Verb::Print, ""),
        Action::HandOver(d) => of(Verb::HandOver, d),
    }
}

fn quoted(words: &str) -> String {
    format!("« {words} »")
}

fn days(n: u16) -> String {
    format!("{n} {}", if n < 2 { "jour" } else { "jours" })
}

/// The words of every condition and of every action, with a blank where a value goes.
pub fn vocabulary() -> (Vec<String>, Vec<String>) {
    let blank = |words: &str, takes| match takes {
        Takes::None => words.to_owned(),
        Takes::Days => format!("{words} 12 jours"),
        _ => format!("{words} « … »"),
    };
    let conditions = phrases().conditions.iter();
    let conditions = conditions.map(|c| blank(&c.yes, c.value)).collect();
    let actions = phrases().actions.iter().map(|a| blank(&a.says, a.value)).collect();
    (conditions, actions)
}
