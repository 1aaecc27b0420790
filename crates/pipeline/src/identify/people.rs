//! Author, structure, recipients and date of a document, read from its text.
//!
//! French layout: the structure and its doctors in the letterhead, the recipient in the address
//! block, the author at the end before or after the signature. Labels come first, places next.

use relu_record::{
    Finess, HumanName, Moment, Organization, PartialDate, Practitioner, Private, Recipient, Rpps,
    Span,
};
use serde::Deserialize;

use super::names::{Name, compared, name_at};
use super::words::Words;
use crate::page::{Page, Shape, words};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleFile {
    author: Vec<String>,
    recipient: Vec<String>,
    organization: Vec<String>,
    date: Vec<String>,
}

/// Compiled words.
#[derive(Default)]
pub(super) struct People {
    author: Vec<Vec<String>>,
    recipient: Vec<Vec<String>>,
    organization: Vec<Vec<String>>,
    date: Vec<Vec<String>>,
}

/// A value with its words and how sure it is.
pub(super) struct Read<T> {
    pub(super) value: T,
    pub(super) spans: Vec<Span>,
    pub(super) confidence: f32,
    pub(super) rule: &'static str,
}

/// Lines at the top where the letterhead and the address block stand.
const TOP_LINES: usize = 30;
/// Lines at the end where the signature stands.
const END_LINES: usize = 14;

impl People {
    /// Compiles the rule file.
    pub(super) fn compile(file: &str) -> Result<People, toml::de::Error> {
        let file = toml::from_str::<PeopleFile>(file)?;
        let cut = |list: &[String]| list.iter().map(|p| words(p)).collect();
        Ok(People {
            author: cut(&file.author),
            recipient: cut(&file.recipient),
            organization: cut(&file.organization),
            date: cut(&file.date),
        })
    }

    /// The author: who is labelled as such, else who signs at the end, else the only doctor of the
    /// letterhead.
    pub(super) fn author(&self, page: &Page<'_>, known: &Words) -> Option<Read<Practitioner>> {
        for (rank, phrase) in self.author.iter().enumerate() {
            for i in 0..page.tokens.len() {
                let Some(next) = page.phrase_at(i, phrase) else { continue };
                // A short label must stand alone before its value.
                let labelled = page.token(i).is_some_and(|t| t.cell_start) || phrase.len() >= 2;
                let colon = skip_signs(page, next);
                if !labelled || (colon == next && phrase.len() < 2) {
                    continue;
                }
                let named =
                    doctor_at(page, known, colon).or_else(|| plain_name(page, known, colon));
                if let Some((name, end, titled)) = named.filter(|n| n.2 || colon > next) {
                    let confidence = if rank < 12 { 0.9 } else { 0.75 };
                    return Some(practitioner(page, name, end, titled, confidence, "labelled"));
                }
            }
        }
        let recipients = self.address_block(page, known);
        let lines = page.lines.len();
        let mut last = None;
        let mut first_top = Vec::new();
        for i in 0..page.tokens.len() {
            let Some(t) = page.token(i) else { continue };
            let starts = t.cell_start
                || page
                    .tokens
                    .get(..i)
                    .unwrap_or_default()
                    .iter()
                    .rev()
                    .take_while(|p| p.line == t.line)
                    .all(|p| p.shape == Shape::Sign);
            if !known.is_doctor(&t.word) || !starts || t.shape == Shape::Lower {
                continue;
            }
            let Some((name, end, titled)) = doctor_at(page, known, i) else { continue };
            let written: usize = page
                .lines
                .get(t.line..)
                .unwrap_or_default()
                .iter()
                .filter(|l| !l.is_empty())
                .count();
            if written <= END_LINES && lines > 6 && !self.is_recipient_line(page, t.line) {
                last = Some((name, end, titled));
            } else if t.line < TOP_LINES
                && !recipients.iter().any(|r| r.line == t.line)
                && !self.is_recipient_line(page, t.line)
            {
                first_top.push((name, end, titled));
            }
        }
        if let Some((name, end, titled)) = last {
            return Some(practitioner(page, name, end, titled, 0.85, "signature"));
        }
        let mut distinct: Vec<String> = first_top.iter().map(|d| compared(&d.0.family)).collect();
        distinct.sort();
        distinct.dedup();
        if distinct.len() == 1 {
            let (name, end, titled) = first_top.into_iter().next()?;
            return Some(practitioner(page, name, end, titled, 0.7, "letterhead"));
        }
        None
    }

    fn is_recipient_line(&self, page: &Page<'_>, line: usize) -> bool {
        let start = page.tokens.partition_point(|t| t.line < line);
        (start..start + 3).any(|i| {
            page.token(i).is_some_and(|t| t.line == line)
                && self.recipient.iter().any(|p| page.phrase_at(i, p).is_some())
        })
    }

    /// The recipients: labelled ones, then the doctor of the address block.
    pub(super) fn recipients(&self, page: &Page<'_>, known: &Words) -> Vec<Read<Recipient>> {
        let mut found: Vec<Read<Recipient>> = Vec::new();
        let mut seen: Vec<String> = Vec::new();
        let mut add = |name: Name, titled: Option<String>, confidence: f32, rule| {
            let key = compared(&format!(
                "{} {}",
                name.family,
                name.given.first().map_or("", String::as_str)
            ));
            if seen.iter().all(|s| *s != key) && seen.len() < 12 {
                seen.push(key);
                found.push(Read {
                    spans: vec![name.span.span()],
                    value: Recipient {
                        practitioner: Some(Practitioner {
                            name: human(&name, titled),
                            ..Practitioner::default()
                        }),
                        ..Recipient::default()
                    },
                    confidence,
                    rule,
                });
            }
        };
        for i in 0..page.tokens.len() {
            let Some(next) = self.recipient.iter().filter_map(|p| page.phrase_at(i, p)).max()
            else {
                continue;
            };
            let colon = skip_signs(page, next);
            let opens = page.token(i).is_some_and(|t| t.cell_start) || colon > next;
            if !opens {
                continue;
            }
            // Names on the line, and on the lines below while they are doctors.
            let mut at = colon;
            let mut line = page.token(i).map_or(0, |t| t.line);
            while let Some(t) = page.token(at).filter(|t| t.line <= line + 1) {
                match doctor_at(page, known, at) {
                    Some((name, end, titled)) => {
                        line = t.line;
                        at = end;
                        add(name, titled.then(|| "Dr".to_owned()), 0.85, "labelled");
                    }
                    None if t.line > line && t.shape != Shape::Sign => break,
                    None => at += 1,
                }
            }
        }
        for block in self.address_block(page, known) {
            add(block.name, Some(block.title), 0.8, "address-block");
        }
        found
    }

    // A doctor on a line of their own near the top, with a street or a town within the next lines,
    // below other lines (the first lines are the sender's).
    fn address_block(&self, page: &Page<'_>, known: &Words) -> Vec<Block> {
        let mut blocks = Vec::new();
        for i in 0..page.tokens.len() {
            let Some(t) = page.token(i) else { continue };
            if t.line > TOP_LINES {
                break;
            }
            let polite = known.civility(&t.word).is_some()
                && page.word(i + 1) == "le"
                && known.is_doctor(page.word(i + 2));
            let polite = polite
                || known.civility(&t.word).is_some()
                    && page.word(i + 1) == "la"
                    && known.is_doctor(page.word(i + 2));
            let plain = t.cell_start && known.is_doctor(&t.word) && t.shape != Shape::Lower;
            if !(polite && t.cell_start || plain) {
                continue;
            }
            let at = if polite { i + 2 } else { i };
            let Some((name, end, _)) = doctor_at(page, known, at) else { continue };
            if page
                .token(end)
                .is_some_and(|n| n.line == t.line && !n.cell_start && n.shape != Shape::Sign)
            {
                continue;
            }
            let below =
                page.lines.get(t.line + 1..(t.line + 5).min(page.lines.len())).unwrap_or_default();
            let town = below.iter().any(|l| l.of(page.text).is_some_and(has_postcode));
            if polite || (town && t.line >= 3) {
                let title = page.token(at).and_then(|t| t.span.of(page.text)).unwrap_or("Dr");
                blocks.push(Block { name, title: short_title(title), line: t.line });
            }
        }
        blocks
    }

    /// The structure: the first line of the top that names one, with its FINESS.
    pub(super) fn organization(&self, page: &Page<'_>) -> Option<Read<Organization>> {
        let finess = labelled_number(page, "finess", 9)
            .and_then(|(n, s)| Some((Finess::parse(&n).ok()?, s)));
        for (n, line) in page.lines.iter().take(TOP_LINES / 2).enumerate() {
            let start = page.tokens.partition_point(|t| t.line < n);
            let cell = (start..start + 12)
                .filter(|&i| page.token(i).is_some_and(|t| t.line == n && t.cell_start));
            for i in cell {
                let capital = page.token(i).is_some_and(|t| t.shape != Shape::Lower);
                let hit = (i..i + 4).any(|k| {
                    page.token(k).is_some_and(|t| t.line == n)
                        && self.organization.iter().any(|p| page.phrase_at(k, p).is_some())
                });
                if !hit || !capital {
                    continue;
                }
                let end = page
                    .tokens
                    .get(i + 1..)
                    .unwrap_or_default()
                    .iter()
                    .position(|t| t.line != n || t.cell_start)
                    .map_or(page.tokens.len(), |p| i + 1 + p);
                let Some((name, span)) = page.printed(i, end - 1) else { continue };
                let words = end - i;
                // A title such as "Compte rendu de radiologie" or a sentence is no structure.
                let title = [
                    "compte",
                    "cr",
                    "ordonnance",
                    "lettre",
                    "resultat",
                    "resultats",
                    "examen",
                    "bilan",
                    "demande",
                    "irm",
                    "scanner",
                    "radiographie",
                    "echographie",
                    "service",
                    "unite",
                    "pole",
                ]
                .contains(&page.word(i));
                if title || words > 12 || span.len() > 90 || name.contains(':') || line.is_empty() {
                    continue;
                }
                let mut spans = vec![span];
                spans.extend(finess.as_ref().map(|f| f.1));
                let value = Organization { name: name.to_owned(), finess: finess.map(|f| f.0) };
                return Some(Read { value, spans, confidence: 0.8, rule: "letterhead" });
            }
        }
        let (f, span) = finess?;
        let value = Organization { name: String::new(), finess: Some(f) };
        Some(Read { value, spans: vec![span], confidence: 0.6, rule: "finess" })
    }

    /// The date of the document; never the birth date nor a date after the day of reception.
    pub(super) fn date(
        &self,
        page: &Page<'_>,
        birth: Option<PartialDate>,
        received: PartialDate,
    ) -> Option<Read<Moment>> {
        // The best rank wins; at equal rank the first in the text.
        let mut best: Option<(usize, PartialDate, Span)> = None;
        for i in 0..page.tokens.len() {
            if !page.token(i).is_some_and(|t| t.shape == Shape::Number) {
                continue;
            }
            let Some((date, span, _)) = page.date_at(i) else { continue };
            let Some(date) = crate::page::with_century(date, received) else { continue };
            let of_birth = birth == Some(date)
                || page.before(i, 6).contains("naissance")
                || page.before(i, 6).contains("ne")
                    && page.before(i, 5).split(' ').any(|w| ["ne", "nee", "ddn"].contains(&w));
            if of_birth || date > received || date.year < 1990 {
                continue;
            }
            let line = page.token(i).map_or(0, |t| t.line);
            let rank = match self.date_rank(page, i) {
                Some(rank) => rank,
                None if line < TOP_LINES => 200 + line,
                None => continue,
            };
            if best.is_none_or(|b| rank < b.0) {
                best = Some((rank, date, span));
            }
        }
        let (rank, date, span) = best?;
        let confidence = if rank == 0 {
            0.92
        } else if rank < 21 {
            0.85
        } else if rank < 100 {
            0.75
        } else {
            0.55
        };
        let rule = if rank < 100 { "announced" } else { "first-date" };
        Some(Read { value: Moment::day(date), spans: vec![span], confidence, rule })
    }

    fn date_rank(&self, page: &Page<'_>, i: usize) -> Option<usize> {
        let line = page.token(i)?.line;
        let start = page.tokens.partition_point(|t| t.line < line);
        let before = page.tokens.get(start..i)?;
        // "Paris, le 12/03/2024": a short line in which a capitalised word stands before.
        let le = before.last().is_some_and(|t| t.word == "le")
            || before.len() >= 2
                && before.last().is_some_and(|t| t.word == ":")
                && before.get(before.len() - 2).is_some_and(|t| t.word == "le");
        if le
            && before.len() <= 9
            && before.iter().any(|t| t.word == ",")
            && before
                .iter()
                .find(|t| t.shape != Shape::Sign)
                .is_some_and(|t| matches!(t.shape, Shape::Capital | Shape::Caps))
            && !before.iter().any(|t| {
                ["entre", "sorti", "hospitalise", "hospitalisee", "vu", "opere", "operee"]
                    .contains(&t.word.as_str())
            })
        {
            let short = page
                .tokens
                .get(i..)?
                .iter()
                .take_while(|t| t.line == line && !t.cell_start)
                .count()
                <= 7;
            if short {
                return Some(0);
            }
        }
        // The label nearest before, within the cell.
        let near = i.saturating_sub(8).max(start);
        let mut found: Option<(usize, usize)> = None;
        for k in near..i {
            for (rank, phrase) in self.date.iter().enumerate() {
                let Some(next) = page.phrase_at(k, phrase).filter(|n| *n <= i) else { continue };
                let fits = page.tokens.get(next..i)?.iter().all(|t| {
                    t.shape == Shape::Sign
                        || [
                            "le", "du", "a", "lundi", "mardi", "mercredi", "jeudi", "vendredi",
                            "samedi", "dimanche",
                        ]
                        .contains(&t.word.as_str())
                        || t.shape == Shape::Capital
                });
                let short_label = phrase.len() == 1 && !page.token(k).is_some_and(|t| t.cell_start);
                if fits && !short_label && found.is_none_or(|f| phrase.len() > f.1) {
                    found = Some((rank, phrase.len()));
                }
            }
        }
        found.map(|f| f.0 + 1)
    }
}

struct Block {
    name: Name,
    title: String,
    line: usize,
}

fn skip_signs(page: &Page<'_>, mut i: usize) -> usize {
    while [":", ";", "-", "(", ")", "s", "."].contains(&page.word(i)) && page.token(i).is_some() {
        i += 1;
    }
    i
}

// "Dr Jean MARTIN", "Docteur MARTIN", "Pr. J. MARTIN": the name, the index after, the title.
fn doctor_at(page: &Page<'_>, known: &Words, i: usize) -> Option<(Name, usize, bool)> {
    let mut at = i;
    while known.civility(page.word(at)).is_some()
        || ["le", "la", "."].contains(&page.word(at)) && at > i
    {
        at += 1;
        if at > i + 5 {
            return None;
        }
    }
    if !known.is_doctor(page.word(at)) {
        return None;
    }
    while known.is_doctor(page.word(at)) || [".", "(", ")"].contains(&page.word(at)) {
        at += 1;
        if at > i + 9 {
            return None;
        }
    }
    let same_line = page.token(at)?.line == page.token(i)?.line;
    let (name, end) = name_at(page, known, at, all_capitals(page, at))?;
    same_line.then_some((name, end, true))
}

fn all_capitals(page: &Page<'_>, i: usize) -> bool {
    page.token(i).is_some_and(|t| t.shape == Shape::Caps)
        && page.token(i + 1).is_some_and(|t| t.shape == Shape::Caps)
}

fn plain_name(page: &Page<'_>, known: &Words, i: usize) -> Option<(Name, usize, bool)> {
    let (name, end) = name_at(page, known, i, all_capitals(page, i))?;
    (!name.given.is_empty()).then_some((name, end, false))
}

fn short_title(title: &str) -> String {
    match relu_text::key(title).as_str() {
        "pr" | "professeur" | "prof" | "professeure" => "Pr".to_owned(),
        _ => "Dr".to_owned(),
    }
}

fn human(name: &Name, title: Option<String>) -> HumanName {
    HumanName {
        family: Private(name.family.clone()),
        given: name.given.join(" "),
        prefix: title.filter(|t| !t.is_empty()),
    }
}

fn practitioner(
    page: &Page<'_>,
    name: Name,
    end: usize,
    titled: bool,
    confidence: f32,
    rule: &'static str,
) -> Read<Practitioner> {
    let span = name.span.span();
    let rpps = rpps_near(page, end);
    let title = page.before(page.token_at(span.start), 2);
    let professor = title.split(' ').any(|w| ["pr", "professeur", "professeure"].contains(&w));
    let prefix = titled.then(|| if professor { "Pr" } else { "Dr" }.to_owned());
    let mut spans = vec![span];
    spans.extend(rpps.as_ref().map(|r| r.1));
    let value =
        Practitioner { name: human(&name, prefix), rpps: rpps.map(|r| r.0), specialty: None };
    Read { value, spans, confidence, rule }
}

// The RPPS printed on the same line or within the next two.
fn rpps_near(page: &Page<'_>, end: usize) -> Option<(Rpps, Span)> {
    let line = page.token(end.checked_sub(1)?)?.line;
    let near =
        (end..page.tokens.len()).take_while(|&i| page.token(i).is_some_and(|t| t.line <= line + 2));
    near.filter(|&i| page.word(i).starts_with("rpps")).find_map(|i| {
        let (digits, span) = digits_after(page, i + 1, 11)?;
        Some((Rpps::parse(&digits).ok()?, span))
    })
}

fn labelled_number(page: &Page<'_>, label: &str, length: usize) -> Option<(String, Span)> {
    (0..page.tokens.len().min(4_000))
        .filter(|&i| page.word(i) == label)
        .find_map(|i| digits_after(page, i + 1, length))
}

// Digits after a label, possibly in groups.
fn digits_after(page: &Page<'_>, from: usize, length: usize) -> Option<(String, Span)> {
    let (mut digits, mut span): (String, Option<Span>) = (String::new(), None);
    for i in from..from + 12 {
        let t = page.token(i)?;
        let part = t.span.of(page.text)?;
        let alnum = part.chars().all(|c| c.is_ascii_alphanumeric())
            && part.bytes().any(|b| b.is_ascii_digit());
        if alnum {
            digits.push_str(part);
            span = Some(span.map_or(t.span, |s| Span::new(s.start, t.span.end)));
        } else if !digits.is_empty()
            || t.shape != Shape::Sign
                && !["n", "numero", "no", "et", "geographique", "juridique", "ej", "eg", "site"]
                    .contains(&t.word.as_str())
        {
            return None;
        }
        if digits.len() >= length {
            return (digits.len() == length).then_some((digits, span?));
        }
    }
    None
}

fn has_postcode(line: &str) -> bool {
    line.split(|c: char| !c.is_ascii_digit()).any(|w| w.len() == 5)
}
