//! Dates and durations in French words and figures.
//!
//! Finds absolute dates (`11/01/2017`, `11 janvier 2017`, `déc. 2004`, `en 2019`), dates counted
//! from the note (`il y a 3 mois`, `dans 2 ans`, `hier`) and durations (`pendant 10 jours`). Norms as
//! on the wire: `2017-01-11`, `????-08-09`, `-365 days`, `during 30 days`. A number that could be a
//! telephone, a page or a measure is no date.

use relu_record::PartialDate;

use crate::old::scan::Scan;
use crate::old::terms::is_word_edge;

/// A date or duration in the folded text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) label: &'static str,
    pub(crate) norm: String,
    /// Days from the note, for dates counted from it.
    pub(crate) offset: Option<i64>,
    pub(crate) date: Option<PartialDate>,
    pub(crate) rule: &'static str,
}

const MONTHS: [(&str, u8); 40] = [
    ("janvier", 1),
    ("janv", 1),
    ("jan", 1),
    ("fevrier", 2),
    ("fevr", 2),
    ("fev", 2),
    ("mars", 3),
    ("avril", 4),
    ("avr", 4),
    ("mai", 5),
    ("juin", 6),
    ("juillet", 7),
    ("juil", 7),
    ("aout", 8),
    ("septembre", 9),
    ("sept", 9),
    ("sep", 9),
    ("octobre", 10),
    ("oct", 10),
    ("novembre", 11),
    ("nov", 11),
    ("decembre", 12),
    ("dec", 12),
    ("january", 1),
    ("february", 2),
    ("march", 3),
    ("april", 4),
    ("may", 5),
    ("june", 6),
    ("july", 7),
    ("august", 8),
    ("september", 9),
    ("october", 10),
    ("november", 11),
    ("december", 12),
    ("janvler", 1),
    ("fevrler", 2),
    ("juln", 6),
    ("julllet", 7),
    ("avrll", 4),
];

const UNITS: [(&str, i64); 16] = [
    ("jours", 1),
    ("jour", 1),
    ("j", 1),
    ("semaines", 7),
    ("semaine", 7),
    ("sem", 7),
    ("mois", 30),
    ("annees", 365),
    ("annee", 365),
    ("ans", 365),
    ("an", 365),
    ("heures", 0),
    ("heure", 0),
    ("h", 0),
    ("quinzaine", 15),
    ("trimestre", 90),
];

const SMALL_NUMBERS: [(&str, i64); 14] = [
    ("un", 1),
    ("une", 1),
    ("deux", 2),
    ("trois", 3),
    ("quatre", 4),
    ("cinq", 5),
    ("six", 6),
    ("sept", 7),
    ("huit", 8),
    ("neuf", 9),
    ("dix", 10),
    ("douze", 12),
    ("quinze", 15),
    ("vingt", 20),
];

/// The dates of a folded text, in order, not overlapping.
pub(crate) fn find(text: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        let fresh = is_word_edge(text, at) && (c.is_ascii_digit() || c.is_ascii_lowercase());
        let here = if fresh { date_at(text, at) } else { None };
        match here {
            Some(f) if f.end > at => {
                at = f.end;
                found.push(f);
            }
            _ => at += skip(rest, c),
        }
    }
    found
}

// To the next possible start: past the word or the number.
fn skip(rest: &str, c: char) -> usize {
    if c.is_ascii_digit() {
        rest.bytes().take_while(u8::is_ascii_digit).count()
    } else if c.is_ascii_lowercase() {
        rest.bytes().take_while(u8::is_ascii_lowercase).count()
    } else {
        c.len_utf8()
    }
}

fn date_at(text: &str, at: usize) -> Option<Found> {
    if text.as_bytes().get(at)?.is_ascii_digit() {
        return figures(text, at).or_else(|| day_month(text, at));
    }
    relative(text, at).or_else(|| month_year(text, at)).or_else(|| year_alone(text, at))
}

fn absolute(
    start: usize,
    end: usize,
    (y, m, d): (Option<u16>, Option<u8>, Option<u8>),
    rule: &'static str,
) -> Option<Found> {
    let date = match (y, m, d) {
        (Some(y), Some(m), Some(d)) => Some(PartialDate::ymd(y, m, d)?),
        (Some(y), Some(m), None) => Some(PartialDate::ym(y, m)?),
        (Some(y), None, None) => Some(PartialDate::y(y)?),
        // The day must exist in some year.
        (None, Some(m), Some(d)) => PartialDate::ymd(2000, m, d).and(None),
        _ => None,
    };
    let part = |n: Option<u8>| n.map_or("??".to_owned(), |n| format!("{n:02}"));
    let year = y.map_or("????".to_owned(), |y| format!("{y:04}"));
    let norm = format!("{year}-{}-{}", part(m), part(d));
    Some(Found { start, end, label: "date", norm, offset: None, date, rule })
}

// 11/01/2017, 11-01-17, 2017-01-11, and 09/08 after "le".
fn figures(text: &str, at: usize) -> Option<Found> {
    let before = text.get(..at)?.trim_end_matches(' ');
    let previous = text.get(..at)?.chars().next_back();
    if previous.is_some_and(|c| {
        ".,/-+:".contains(c)
            && text.get(..at - 1).is_some_and(|t| t.ends_with(|c: char| c.is_ascii_digit()))
    }) {
        return None;
    }
    let mut s = Scan::new(text, at);
    if let Some(y) = s.digits(4, 4) {
        let separator = s.peek().filter(|c| "-/.".contains(*c))?;
        s.at += 1;
        let m = s.digits(2, 2)?;
        if s.peek() != Some(separator) {
            return None;
        }
        s.at += 1;
        let d = s.digits(2, 2)?;
        let end = s.at;
        if !(1900..=2100).contains(&y) || !closed(text, end) {
            return None;
        }
        return absolute(at, end, (Some(y as u16), Some(m as u8), Some(d as u8)), "DAT002");
    }
    let d = s.digits(1, 2)?;
    let spaced = s.peek() == Some(' ');
    s.skip_blanks();
    let separator = s.peek().filter(|c| "/.-".contains(*c))?;
    s.at += 1;
    s.skip_blanks();
    let m = s.digits(1, 2)?;
    let short_end = s.at;
    s.skip_blanks();
    let valid = (1..=31).contains(&d) && (1..=12).contains(&m);
    if valid && s.peek() == Some(separator) {
        let mut long = s;
        long.at += 1;
        long.skip_blanks();
        let year = long.digits(4, 4).or_else(|| {
            let two = long.digits(2, 2)?;
            // A two-digit year beyond the next few is of the last century.
            Some(if two <= 40 { 2000 + two } else { 1900 + two })
        });
        if let Some(y) = year.filter(|y| (1850..=2150).contains(y))
            && closed(text, long.at)
        {
            PartialDate::ymd(y as u16, m as u8, d as u8)?;
            return absolute(at, long.at, (Some(y as u16), Some(m as u8), Some(d as u8)), "DAT001");
        }
        return None;
    }
    let announced = ["le", "du", "au", "depuis le", "vu le"].iter().any(|w| {
        before.strip_suffix(w).is_some_and(|t| !t.ends_with(|c: char| c.is_alphanumeric()))
    });
    if valid && separator == '/' && !spaced && announced && closed(text, short_end) {
        PartialDate::ymd(2000, m as u8, d as u8)?;
        return absolute(at, short_end, (None, Some(m as u8), Some(d as u8)), "DAT003");
    }
    None
}

// Nothing after that makes the figures part of something longer.
fn closed(text: &str, end: usize) -> bool {
    let mut rest = text.get(end..).unwrap_or("").chars();
    match rest.next() {
        Some(c) if c.is_alphanumeric() => false,
        Some('/' | '-') => !rest.next().is_some_and(|c| c.is_ascii_digit()),
        _ => true,
    }
}

fn month(s: &mut Scan<'_>) -> Option<u8> {
    let (name, m) = MONTHS.iter().find(|(name, _)| {
        s.rest().starts_with(name) && {
            let mut look = *s;
            look.take_word(name)
        }
    })?;
    s.at += name.len();
    s.take(".");
    Some(*m)
}

// 11 janvier 2017, 1er septembre.
fn day_month(text: &str, at: usize) -> Option<Found> {
    let mut s = Scan::new(text, at);
    let d = s.digits(1, 2).filter(|d| (1..=31).contains(d))?;
    if d == 1 {
        s.take("er");
    }
    s.skip_blanks();
    let m = month(&mut s)?;
    let bare_end = s.at;
    s.skip_blanks();
    let year = s.digits(4, 4).filter(|y| (1850..=2150).contains(y));
    let end = if year.is_some() { s.at } else { bare_end };
    if year.is_some() {
        PartialDate::ymd(year? as u16, m, d as u8)?;
    }
    absolute(at, end, (year.map(|y| y as u16), Some(m), Some(d as u8)), "DAT004")
}

// Décembre 2004, sept 2017, en août.
fn month_year(text: &str, at: usize) -> Option<Found> {
    let mut s = Scan::new(text, at);
    let announced = s.take_word("en") || s.take_word("depuis") || s.take_word("fin");
    s.skip_blanks();
    let word = s.at;
    let m = month(&mut s)?;
    let bare_end = s.at;
    s.skip_blanks();
    if let Some(y) = s.digits(4, 4).filter(|y| (1850..=2150).contains(y)) {
        return absolute(word, s.at, (Some(y as u16), Some(m), None), "DAT005");
    }
    // "mars" and "mai" alone say little; a month without year must be announced.
    announced.then(|| absolute(word, bare_end, (None, Some(m), None), "DAT006"))?
}

// en 2019, depuis 2015, (2010).
fn year_alone(text: &str, at: usize) -> Option<Found> {
    let mut s = Scan::new(text, at);
    s.take_any(&[
        "en",
        "depuis",
        "annee",
        "debut",
        "fin",
        "courant",
        "ete",
        "printemps",
        "automne",
        "hiver",
    ])?;
    s.skip_blanks();
    let word = s.at;
    let y = s.digits(4, 4).filter(|y| (1900..=2100).contains(y))?;
    closed(text, s.at).then(|| absolute(word, s.at, (Some(y as u16), None, None), "DAT007"))?
}

fn count(s: &mut Scan<'_>) -> Option<i64> {
    if let Some(n) = s.digits(1, 3) {
        return Some(i64::from(n));
    }
    SMALL_NUMBERS.iter().find(|(w, _)| s.take_word(w)).map(|(_, n)| *n)
}

fn unit(s: &mut Scan<'_>) -> Option<i64> {
    UNITS.iter().find(|(w, _)| s.take_word(w)).map(|(_, days)| *days).filter(|d| *d > 0)
}

// il y a 1 an, dans 3 mois, hier, pendant 10 jours.
fn relative(text: &str, at: usize) -> Option<Found> {
    const DAYS: [(&str, i64); 9] = [
        ("avant-hier", -2),
        ("avant hier", -2),
        ("depuis hier", -1),
        ("hier", -1),
        ("aujourd'hui", 0),
        ("ce jour", 0),
        ("apres-demain", 2),
        ("demain", 1),
        ("la veille", -1),
    ];
    let mut s = Scan::new(text, at);
    let signed = |n: i64| format!("{n:+} {}", if n.abs() == 1 { "day" } else { "days" });
    if let Some((_, n)) = DAYS.iter().find(|(w, _)| s.take_word(w)) {
        let norm = signed(*n);
        return Some(Found {
            start: at,
            end: s.at,
            label: "date",
            norm,
            offset: Some(*n),
            date: None,
            rule: "DAT008",
        });
    }
    let sign = match s.take_any(&[
        "il y a",
        "depuis",
        "dans",
        "d'ici",
        "pendant",
        "pdt",
        "durant",
        "sur une duree de",
        "pour une duree de",
    ])? {
        "il y a" | "depuis" => -1,
        "dans" | "d'ici" => 1,
        _ => 0,
    };
    s.skip_blanks();
    s.take_any(&["environ", "plus de", "moins de", "pres de", "les", "la", "plus d'", "moins d'"]);
    s.skip_blanks();
    let n = count(&mut s)?;
    s.skip_blanks();
    let days = n.checked_mul(unit(&mut s)?)?;
    let (label, norm, offset, rule) = if sign == 0 {
        (
            "duration",
            format!("during {days} {}", if days == 1 { "day" } else { "days" }),
            None,
            "DAT010",
        )
    } else {
        ("date", signed(sign * days), Some(sign * days), "DAT009")
    };
    Some(Found { start: at, end: s.at, label, norm, offset, date: None, rule })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_dates_and_leaves_other_numbers() {
        for (text, norms) in [
            ("le 09/08", vec!["????-08-09"]),
            ("Il est venu le 1er Septembre pour", vec!["????-09-01"]),
            ("- Décembre 2004 :", vec!["2004-12-??"]),
            ("il y a 1 an pdt 1 mois", vec!["-365 days", "during 30 days"]),
            ("Vu le 11 janvier\n2017 .", vec!["2017-01-11"]),
            ("CS le 11-01-2017 1/3", vec!["2017-01-11"]),
            ("venu en 2019 pour", vec!["2019-??-??"]),
            ("page 1/1, 06 12 34 56 78, 4.09-11, dextro 5.7", vec![]),
            ("2024-02-30 et 31/06/17", vec![]),
            ("prélevé 2024-02-28", vec!["2024-02-28"]),
        ] {
            let got: Vec<_> =
                find(crate::squeeze(text).text()).into_iter().map(|f| f.norm).collect();
            assert_eq!(got, norms, "{text}");
        }
    }
}
