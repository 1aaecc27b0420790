//! Values that come again, as small charts: what was printed, never judged.

use std::collections::BTreeMap;

use relu_record::PartialDate;

use super::told::{Measured, ToldFact};
use super::{Filed, dated};
use crate::view::timeline::{Point, Series};

/// Charts shown at most, and values of one.
const MOST: usize = 24;
const MOST_POINTS: usize = 400;

/// The series of a file, those with most values first.
pub(super) fn series(file: &[Filed], wanted: impl Fn(&Filed, &ToldFact) -> bool) -> Vec<Series> {
    let mut all: BTreeMap<&str, Vec<(&Measured, Point)>> = BTreeMap::new();
    for filed in file {
        for fact in filed.told.facts.iter().filter(|f| wanted(filed, f)) {
            if let Some(m) = &fact.measure {
                all.entry(&m.key).or_default().push((m, point(filed, fact, m)));
            }
        }
    }
    let mut series: Vec<Series> = all.into_values().filter_map(one).collect();
    series.sort_by(|a, b| b.points.len().cmp(&a.points.len()).then(a.name.cmp(&b.name)));
    series.truncate(MOST);
    series
}

fn point(filed: &Filed, fact: &ToldFact, m: &Measured) -> Point {
    let (date, dated) = dated(filed, fact);
    let number = |n: f64| n.to_string().replace('.', ",");
    let shown = match m.upper {
        Some(upper) => format!("{}/{} {}", number(upper), number(m.value), m.unit),
        None => format!("{} {}", number(m.value), m.unit),
    };
    Point {
        day: first_day(date),
        date: date.to_french(),
        dated,
        value: m.value,
        upper: m.upper,
        shown: shown.trim().to_owned(),
        flag: m.flag.clone(),
        document: filed.document.id.clone(),
        fact: fact.id.clone(),
        in_text: fact.in_text,
        confirmed: fact.decision.is_some(),
    }
}

/// One chart: at least two dates. The same value of the same day, told again by a letter, is one.
fn one(mut found: Vec<(&Measured, Point)>) -> Option<Series> {
    found.sort_by(|(_, a), (_, b)| a.day.cmp(&b.day).then(b.confirmed.cmp(&a.confirmed)));
    let mut points: Vec<Point> = Vec::new();
    let (mut reference, mut differs) = (None, false);
    let (name, unit) = found.first().map(|(m, _)| (m.name.clone(), m.unit.clone()))?;
    for (m, point) in found {
        if let Some(range) = &m.range {
            differs |= reference.as_ref().is_some_and(|r| r != range);
            reference = Some(range.clone());
        }
        let again =
            |p: &Point| p.day == point.day && p.value == point.value && p.upper == point.upper;
        if !points.iter().rev().take_while(|p| p.day == point.day).any(again) {
            points.push(point);
        }
    }
    let reference = reference.filter(|_| !differs);
    let several = points.first().map(|p| p.day) != points.last().map(|p| p.day);
    let from = points.len().saturating_sub(MOST_POINTS);
    points.drain(..from);
    let bounds = reference.as_deref().map(bounds).unwrap_or_default();
    several.then_some(Series { name, unit, reference, bounds, points })
}

/// A date without a day or month counts as its first day.
fn first_day(date: PartialDate) -> i64 {
    let whole = PartialDate::ymd(date.year, date.month.unwrap_or(1), date.day.unwrap_or(1));
    whole.and_then(PartialDate::days).unwrap_or_default()
}

/// The bounds of a printed range: `4,0-6,0`, `[60 - 110]`, `< 5`, `> 60`.
fn bounds(range: &str) -> (Option<f64>, Option<f64>) {
    let plain = range.replace(',', ".");
    let mut numbers = plain
        .split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .filter_map(|n| n.trim_matches('.').parse::<f64>().ok());
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(low), Some(high), None) if low < high => (Some(low), Some(high)),
        (Some(n), None, None) if plain.contains('<') || plain.contains('≤') => (None, Some(n)),
        (Some(n), None, None) if plain.contains('>') || plain.contains('≥') => (Some(n), None),
        _ => (None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_ranges_are_read_or_left_alone() {
        for (range, wanted) in [
            ("4,0-6,0", (Some(4.0), Some(6.0))),
            ("[60 - 110]", (Some(60.0), Some(110.0))),
            ("< 5", (None, Some(5.0))),
            ("> 60", (Some(60.0), None)),
            ("12", (None, None)),
            ("négatif", (None, None)),
            ("4 - 6 ou 10", (None, None)),
            ("6-4", (None, None)),
        ] {
            assert_eq!(bounds(range), wanted, "{range}");
        }
    }
}
