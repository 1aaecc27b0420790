//! *Déjà reçu* : whether two documents are the same report that came twice, by scan, mail or CDA.
//!
//! [`sketch`] gives a few numbers that two near-identical texts share (minhash bands over folded
//! words; a misread word changes few of them), to be stored as blind tokens. [`compare`] then looks
//! at both: patient, date, words and numbers. Two results of one template differ in date or numbers
//! and are never the same. Pure; thresholds in `rules/alike.toml`.
//!
//! Source: A. Broder, On the resemblance and containment of documents, 1997.

mod side;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use relu_record::{PartialDate, PatientIdentity};
use serde::Deserialize;

use crate::page::Page;

pub use side::differences;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Rules {
    sketch: SketchRules,
    same: SameRules,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct SketchRules {
    #[allow(dead_code)]
    why: String,
    least_letters: usize,
    least_words: usize,
    bands: u64,
    rows: u64,
    dated_bands: usize,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct SameRules {
    #[allow(dead_code)]
    why: String,
    words: f32,
    numbers: f32,
    least_numbers: usize,
    least_size: f32,
    days_apart: u64,
    dated_numbers: f32,
    shapes: Vec<String>,
}

static RULES: LazyLock<Rules> =
    LazyLock::new(|| toml::from_str(include_str!("rules/alike.toml")).unwrap_or_default());

/// One of the two documents compared.
#[derive(Clone, Copy)]
pub struct Report<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its patient, as far as known.
    pub patient: Option<&'a PatientIdentity>,
    /// Its date, as far as known.
    pub date: Option<PartialDate>,
}

/// What a comparison found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// The same report.
    Same,
    /// Another patient.
    OtherPatient,
    /// Another date.
    OtherDate,
    /// The same words with other numbers.
    OtherNumbers,
    /// Other words.
    OtherWords,
}

/// Numbers that near-identical texts share; empty for a text too short to say.
pub fn sketch(text: &str) -> Vec<u64> {
    let rules = &RULES.sketch;
    let words = words(text);
    if words.len() < rules.least_words {
        return Vec::new();
    }
    let lowest = |n: u64| words.iter().map(|w| hash(w, n)).min().unwrap_or(0);
    (0..rules.bands)
        .map(|band| {
            (0..rules.rows)
                .fold(band, |sum, row| mixed(sum ^ lowest(band * rules.rows + row).rotate_left(17)))
        })
        .collect()
}

/// What a document can be found by, and what its copies are looked for by: bands of its sketch with
/// the date of birth or, for those in which none was read, with the document's date.
pub struct Keys {
    /// Kept with the document.
    pub own: Vec<String>,
    /// Looked for.
    pub wanted: Vec<String>,
}

/// The keys of a document.
pub fn keys(text: &str, born: Option<PartialDate>, date: Option<PartialDate>) -> Keys {
    let sketch = sketch(text);
    let under = |key: String, bands: usize| {
        let band = move |(n, value): (usize, &u64)| format!("{key}:{n}:{value:x}");
        sketch.iter().take(bands).enumerate().map(band).collect::<Vec<_>>()
    };
    const UNREAD: &str = "?";
    let key = born.map_or_else(|| UNREAD.to_owned(), |d| d.to_string());
    let mut own = under(key, usize::MAX);
    if let Some(date) = date {
        own.extend(under(format!("d{date}"), RULES.sketch.dated_bands));
    }
    let mut wanted = own.clone();
    // Of those whose patient was not read, nobody's date of birth is known.
    if born.is_some() {
        wanted.extend(under(UNREAD.to_owned(), usize::MAX));
    }
    Keys { own, wanted }
}

/// Whether two documents are the same report.
pub fn compare(a: Report<'_>, b: Report<'_>) -> Compared {
    let rules = &RULES.same;
    if let (Some(p), Some(q)) = (a.patient, b.patient)
        && other_patient(p, q)
    {
        return Compared::OtherPatient;
    }
    let other_date = a.date.zip(b.date).is_some_and(|(d, e)| d != e);
    if other_date && !two_dates_of_one(&a, &b) {
        return Compared::OtherDate;
    }
    let (x, y) = (words(a.text), words(b.text));
    let (small, large) = (x.len().min(y.len()), x.len().max(y.len()));
    let common = x.intersection(&y).count();
    let share = |part: usize, whole: usize| part as f32 / whole.max(1) as f32;
    if small == 0 || share(small, large) < rules.least_size || share(common, small) < rules.words {
        return Compared::OtherWords;
    }
    let (m, n) = (numbers(a.text), numbers(b.text));
    let count = |of: &BTreeMap<String, usize>| of.values().sum::<usize>();
    let least = count(&m).min(count(&n));
    let both: usize = m.iter().map(|(k, v)| (*v).min(n.get(k).copied().unwrap_or(0))).sum();
    if least >= rules.least_numbers && share(both, least) < rules.numbers {
        return Compared::OtherNumbers;
    }
    // A result that quotes the one before holds its numbers too, and others beside them.
    let most = count(&m).max(count(&n));
    if other_date && (least < rules.least_numbers || share(both, most) < rules.dated_numbers) {
        return Compared::OtherDate;
    }
    Compared::Same
}

/// Whether two dates that differ may be two dates of one report (of the act, dictated, signed): they
/// are few days apart, and the text of the one dated first prints the later date too. A report that
/// only quotes the one before it is not printed in that one.
fn two_dates_of_one(a: &Report<'_>, b: &Report<'_>) -> bool {
    let (Some(d), Some(e)) = (a.date, b.date) else { return false };
    let near = d.days().zip(e.days()).is_some_and(|(d, e)| d.abs_diff(e) <= RULES.same.days_apart);
    let (first, later) = if d < e { (a.text, e) } else { (b.text, d) };
    near && prints(first, later)
}

fn prints(text: &str, date: PartialDate) -> bool {
    let page = Page::of(text);
    (0..page.tokens.len()).any(|i| page.date_at(i).is_some_and(|(found, _, _)| found == date))
}

fn other_patient(a: &PatientIdentity, b: &PatientIdentity) -> bool {
    if let (Some(x), Some(y)) = (&a.birth_date, &b.birth_date)
        && x != y
    {
        return true;
    }
    let names = |p: &PatientIdentity| -> BTreeSet<String> {
        [&p.birth_name, &p.used_name].into_iter().flatten().map(|n| relu_text::key(n)).collect()
    };
    let given = |p: &PatientIdentity| -> BTreeSet<String> {
        [&p.first_name, &p.used_first_name]
            .into_iter()
            .flatten()
            .map(|n| relu_text::key(n))
            .collect()
    };
    let apart = |x: BTreeSet<String>, y: BTreeSet<String>| {
        !x.is_empty() && !y.is_empty() && x.is_disjoint(&y) && {
            let shapes =
                |of: BTreeSet<String>| of.iter().map(|n| shape(n)).collect::<BTreeSet<_>>();
            shapes(x).is_disjoint(&shapes(y))
        }
    };
    // A surname misread is not another person when birth date and first name agree.
    apart(given(a), given(b)) || (apart(names(a), names(b)) && a.birth_date.is_none())
}

/// A name with each letter put for all that recognition takes for it, so that a misread name is no
/// other name. As long as the name: Louis and Louise stay two people.
fn shape(name: &str) -> String {
    let class = |c: char| {
        let of = RULES.same.shapes.iter().find(|s| s.contains(c));
        of.and_then(|s| s.chars().next()).unwrap_or(c)
    };
    name.chars().map(class).collect()
}

fn words(text: &str) -> BTreeSet<String> {
    let folded = relu_text::key(text);
    folded
        .split(|c: char| !c.is_alphabetic())
        .filter(|w| w.chars().count() >= RULES.sketch.least_letters)
        .map(str::to_owned)
        .collect()
}

/// Numbers with how often each stands, `13,20` and `13.20` alike.
fn numbers(text: &str) -> BTreeMap<String, usize> {
    let mut out = BTreeMap::new();
    let part = |c: char| c.is_ascii_digit() || c == ',' || c == '.';
    for piece in text.split(|c: char| !part(c)) {
        let number = piece.trim_matches([',', '.']).replace(',', ".");
        if number.bytes().filter(u8::is_ascii_digit).count() >= 2 {
            *out.entry(number).or_insert(0) += 1;
        }
    }
    out
}

/// FNV-1a with a seed, then mixed.
fn hash(word: &str, seed: u64) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ mixed(seed.wrapping_add(1));
    let fold = |h: u64, b: u8| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3);
    mixed(word.bytes().fold(start, fold))
}

/// The finaliser of SplitMix64.
fn mixed(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "LABORATOIRE DU PORT Compte rendu d'examens biologiques Madame DURAND née le 03/02/1951 \
        prélèvement du 10/06/2024 Hémoglobine 13,2 g/dL Leucocytes 7,5 G/L Plaquettes 250 G/L \
        Créatinine 85 µmol/L Sodium 138 mmol/L Potassium 4,15 mmol/L Cholestérol total 2,10 g/L \
        validé biologiquement par le docteur Lambert antériorités disponibles auprès du secrétariat";

    fn report(text: &str) -> Report<'_> {
        Report { text, patient: None, date: None }
    }

    #[test]
    fn a_misread_copy_is_the_same_and_shares_a_band() {
        let misread = REPORT.replace("Hémoglobine", "Hémoglohine").replace("Sodium", "Sodlum");
        assert_eq!(compare(report(REPORT), report(&misread)), Compared::Same);
        let (a, b) = (sketch(REPORT), sketch(&misread));
        assert_eq!(a.len(), 16);
        assert!(a.iter().any(|x| b.contains(x)));
        assert_eq!(sketch(REPORT), a);
        assert!(sketch("Bonjour").is_empty());
    }

    #[test]
    fn the_next_result_of_the_same_template_is_another() {
        let next = REPORT
            .replace("13,2", "11,8")
            .replace("7,5", "9,1")
            .replace("250", "310")
            .replace("85", "97")
            .replace("138", "141");
        assert_eq!(compare(report(REPORT), report(&next)), Compared::OtherNumbers);
        let day = |text, d| Report { date: PartialDate::ymd(2024, 6, d), ..report(text) };
        assert_eq!(compare(day(REPORT, 10), day(REPORT, 11)), Compared::OtherDate);
        // The control of the day after quotes the day before, in the same words and numbers.
        let control = format!("{} antériorité du 10/06/2024", REPORT.replace("10/06", "11/06"));
        assert_eq!(compare(day(REPORT, 10), day(&control, 11)), Compared::OtherDate);
        // The act and the signature of one report are two dates of it.
        let signed = format!("{REPORT} signé le 12/06/2024");
        assert_eq!(compare(day(&signed, 10), day(&signed, 12)), Compared::Same);
        let born = |name: &str| PatientIdentity {
            first_name: Some(name.into()),
            ..PatientIdentity::default()
        };
        let (paule, luc, misread) = (born("Paule"), born("Luc"), born("Pauie"));
        let of = |p| Report { patient: Some(p), ..report(REPORT) };
        assert_eq!(compare(of(&paule), of(&luc)), Compared::OtherPatient);
        assert_eq!(compare(of(&paule), of(&misread)), Compared::Same);
        let twins = (born("Louis"), born("Louise"));
        assert_eq!(compare(of(&twins.0), of(&twins.1)), Compared::OtherPatient);
        let other = "Ordonnance pour Monsieur Noël : bisoprolol cinq milligrammes chaque matin.";
        assert_eq!(compare(report(REPORT), report(other)), Compared::OtherWords);
    }
}
