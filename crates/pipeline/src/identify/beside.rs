//! Names beside a birth date that no label announces: labels for tubes, boxes, running headers,
//! reference lines (`DUPONT Jeanne (F) 12/03/1950`, `DUPONT Jeanne - 74 ans - 12/03/1950`, a name and
//! `F - 12/03/1950` on the line below).
//!
//! A bare date is a birth date when only sex, age and signs part it from a name, and when it lies
//! well before the other dates of the document.

use relu_record::{PartialDate, Sex, Span};

use super::candidate::{Candidate, Found, Weight, keep};
use super::names::{Name, name_at};
use super::patient::Reader;
use super::words::Field;
use crate::page::{Shape, with_century};

// A bare date less than so many days before the last date of the document is that of an act.
const LEAST_DAYS: i64 = 300;
// Tokens that may part the name from its date.
const MOST_GLUE: usize = 22;
// Lines between the name and its date, those of other fields of the same box included.
const MOST_LINES: usize = 4;

impl Reader<'_, '_> {
    /// Candidates from a date that nothing announces.
    pub(super) fn beside_dates(&mut self) {
        let dates = self.dates();
        for &(i, date, span) in &dates {
            let others = dates.iter().map(|d| d.1).filter(|d| *d != date);
            let last = others.max().unwrap_or(self.received);
            if date >= last || self.announced_as_act(i) || self.value_of(i).is_some() {
                continue;
            }
            let Some(found) = self.name_above_or_before(i) else { continue };
            let old = last.days().zip(date.days()).is_some_and(|(l, d)| l - d >= LEAST_DAYS);
            let told = found.aged || found.sex.is_some();
            if !(old || told) {
                continue;
            }
            let mut c = Candidate {
                weight: Weight::Dated,
                guessed: found.name.guessed,
                name: Some((found.name.family.clone(), found.name.span.span())),
                birth_date: Some((date, span)),
                sex: found.sex,
                foreign: found.foreign,
                bare_date: true,
                last_line: self.page.token(i).map_or(0, |t| t.line),
                ..Candidate::default()
            };
            c.take_parts(&found.name);
            keep(&mut c.used_name, found.used);
            keep(&mut c.birth_name, found.born);
            // "(F)" after the date.
            keep(&mut c.sex, self.sex_near(i + 1, i + 9));
            self.found.push(c);
        }
    }

    /// The person named above a labelled birth date, in its column.
    pub(super) fn dated_below(&self, label: usize, date: (PartialDate, Span)) -> Option<Candidate> {
        let found = self.name_above_or_before(label)?;
        let mut c = Candidate {
            weight: Weight::Dated,
            guessed: found.name.guessed,
            name: Some((found.name.family.clone(), found.name.span.span())),
            birth_date: Some(date),
            sex: found.sex,
            foreign: found.foreign,
            ..Candidate::default()
        };
        c.take_parts(&found.name);
        keep(&mut c.used_name, found.used);
        keep(&mut c.birth_name, found.born);
        Some(c)
    }

    // Every full date of the page that is not after the day of reception.
    fn dates(&self) -> Vec<(usize, PartialDate, Span)> {
        let mut all = Vec::new();
        let mut i = 0;
        while i < self.page.tokens.len() {
            let step = self.page.date_at(i).filter(|_| self.starts_word(i));
            if let Some((date, span, next)) = step {
                if let Some(date) =
                    with_century(date, self.received).filter(|d| *d <= self.received)
                {
                    all.push((i, date, span));
                }
                i = next.max(i + 1);
            } else {
                i += 1;
            }
        }
        all
    }

    fn starts_word(&self, i: usize) -> bool {
        let Some(t) = self.page.token(i) else { return false };
        let before = self.page.text.get(..t.span.start).and_then(|b| b.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric() && !"/.".contains(c))
    }

    // "le 12/03/2024", "du 12/03/2024", "prélevé : 12/03/2024".
    fn announced_as_act(&self, i: usize) -> bool {
        let line = self.page.token(i).map_or(0, |t| t.line);
        let same = |k: usize| self.page.token(k).is_some_and(|t| t.line == line);
        let Some(p) = i.checked_sub(1).filter(|p| same(*p)) else { return false };
        let word = self.page.word(p);
        if word == "le" {
            let b = p.checked_sub(1).map_or("", |b| self.page.word(b));
            return !["ne", "nee", "e", ")"].contains(&b);
        }
        ["du", "au", "depuis", "en", "des", "ce", "date", "dates"].contains(&word)
    }

    fn sex_near(&self, from: usize, to: usize) -> Found<Sex> {
        let line = self.page.token(from.checked_sub(1)?)?.line;
        (from..to).find_map(|k| {
            let t = self.page.token(k).filter(|t| t.line == line)?;
            let alone = self.page.word(k + 1) != "/" && self.page.word(k.wrapping_sub(1)) != "/";
            Some((sex_of(&t.word).filter(|_| alone && t.shape != Shape::Lower)?, t.span))
        })
    }

    // Walks back from a date over sex, age and signs to the name before it.
    fn name_above_or_before(&self, date: usize) -> Option<Beside> {
        let mut beside = Beside::default();
        let here = self.page.token(date)?.line;
        let (mut k, mut steps) = (date, 0);
        while let Some(p) = k.checked_sub(1) {
            let t = self.page.token(p)?;
            let same_line = self.page.token(k)?.line == t.line;
            if !same_line {
                break;
            }
            steps += 1;
            if steps > MOST_GLUE || !self.is_glue(p) {
                break;
            }
            if let Some(sex) =
                sex_of(&t.word).filter(|_| t.shape != Shape::Lower || t.word.len() > 1)
            {
                keep(&mut beside.sex, Some((sex, t.span)));
            }
            beside.aged |= t.word == "ans" || t.word == "mois";
            k = p;
        }
        // "DUPONT JEANNE Nom d'usage : MARTIN 12/03/1950".
        if let Some(label) = self.other_name_before(k, &mut beside) {
            k = label;
            while k > 0 && self.page.word(k - 1) == "(" {
                k -= 1;
            }
        }
        let begins = k == 0 || self.page.token(k - 1)?.line != self.page.token(k)?.line;
        let cell = k < date || self.page.token(k)?.cell_start;
        if !(begins || cell && self.page.token(k)?.cell_start) {
            let start = self.page.tokens.partition_point(|t| t.line < here);
            return self.ends_with_name(start, k - 1, beside);
        }
        if !begins {
            let start = self.page.tokens.partition_point(|t| t.line < here);
            if let Some(found) = self.ends_with_name(start, k - 1, beside.clone()) {
                return Some(found);
            }
        }
        // The date's line holds nothing else: the name ends a cell of the lines above, with only
        // other fields of the same person between.
        let column = !begins || self.indented(k);
        let mut line = here;
        while line > 0 && here - line < MOST_LINES {
            line -= 1;
            let start = self.page.tokens.partition_point(|t| t.line < line);
            let end = self.page.tokens.partition_point(|t| t.line <= line);
            if start == end {
                if here - line > 1 {
                    return None;
                }
                continue;
            }
            let last_cell =
                (start..end).rev().find(|&i| self.page.token(i).is_some_and(|t| t.cell_start));
            let cells: Vec<usize> = (start..end)
                .filter(|&i| self.page.token(i).is_some_and(|t| t.cell_start))
                .collect();
            for &from in cells.iter().rev() {
                let to = cells.iter().find(|&&c| c > from).copied().unwrap_or(end);
                if let Some(found) = self.whole_name(from, to, beside.clone()) {
                    return Some(found);
                }
                if column {
                    break;
                }
            }
            let own = last_cell.is_some_and(|c| self.is_own_field(c));
            if !own {
                return None;
            }
            if let Some(cell) = last_cell {
                self.alias_at(cell, &mut beside);
            }
        }
        None
    }

    // The field whose value begins at token `i`.
    fn value_of(&self, i: usize) -> Option<Field> {
        (i.saturating_sub(8)..i)
            .find_map(|k| self.words.label_at(self.page, k).filter(|l| l.next == i))
            .map(|l| l.field)
    }

    fn indented(&self, k: usize) -> bool {
        let Some(t) = self.page.token(k) else { return false };
        let start = self.page.lines.get(t.line).map_or(0, |l| l.start);
        self.page
            .text
            .get(start..t.span.start)
            .is_some_and(|lead| lead.contains('\t') || lead.chars().count() >= 6)
    }

    // "Nom utilisé : X", "IPP : 8", "Sexe : F", "INS …": the rest of an identity block.
    fn is_own_field(&self, cell: usize) -> bool {
        let cell = cell + usize::from(self.page.word(cell) == "(");
        self.words.label_at(self.page, cell).is_some_and(|l| {
            matches!(
                l.field,
                Field::UsedName
                    | Field::BirthName
                    | Field::Ipp
                    | Field::Ins
                    | Field::Nir
                    | Field::Sex
                    | Field::BirthPlace
                    | Field::UsedFirstName
            )
        }) || ["nee", "ne", "epouse", "ep", "veuve"].contains(&self.page.word(cell))
    }

    // "Nom d'usage : MARTIN", "(nom de naissance : DUPONT)" at the start of a cell.
    fn alias_at(&self, cell: usize, beside: &mut Beside) {
        let at = cell + usize::from(self.page.word(cell) == "(");
        let label = self.words.label_at(self.page, at);
        if let Some(label) = label.filter(|l| matches!(l.field, Field::UsedName | Field::BirthName))
            && let Some((name, _)) = name_at(self.page, self.words, label.next, true)
        {
            beside.alias(label.field, &name);
        }
    }

    // A used or birth name with its label that ends just before token `k`; the label's first token.
    fn other_name_before(&self, k: usize, beside: &mut Beside) -> Option<usize> {
        let line = self.page.token(k.checked_sub(1)?)?.line;
        (k.saturating_sub(9)..k).find_map(|j| {
            let label = self
                .words
                .label_at(self.page, j)
                .filter(|_| self.page.token(j).is_some_and(|t| t.line == line))?;
            let own = matches!(label.field, Field::UsedName | Field::BirthName);
            let (name, next) = name_at(self.page, self.words, label.next, true).filter(|_| own)?;
            if next != k {
                return None;
            }
            beside.alias(label.field, &name);
            Some(j)
        })
    }

    // Sex, age, signs and the words that go with them.
    fn is_glue(&self, i: usize) -> bool {
        let Some(t) = self.page.token(i) else { return false };
        let word = t.word.as_str();
        match t.shape {
            Shape::Sign => !["%", "?", "!", "@", "#"].contains(&word),
            Shape::Number => {
                ["ans", "mois", "jours", "a"].contains(&self.page.word(i + 1)) && word.len() <= 3
            }
            _ => {
                sex_of(word).is_some()
                    || [
                        "ans",
                        "mois",
                        "jours",
                        "age",
                        "agee",
                        "de",
                        "e",
                        "sexe",
                        "ne",
                        "nee",
                        "le",
                        "ddn",
                        "dn",
                        "naissance",
                        "date",
                        "et",
                        "est",
                        "nele",
                        "neele",
                        "sex",
                        "a",
                        "naiss",
                        "d",
                    ]
                    .contains(&word)
            }
        }
    }

    // A name that ends at token `last` of a line that starts at `start`.
    fn ends_with_name(&self, start: usize, last: usize, beside: Beside) -> Option<Beside> {
        let mut best: Option<(Name, usize)> = None;
        for k in start.max(last.saturating_sub(7))..=last {
            if !self.is_free(k, start) {
                continue;
            }
            let Some((name, next)) = name_at(self.page, self.words, k, self.in_capitals(k)) else {
                continue;
            };
            if next == last + 1 && (!name.given.is_empty() || name.birth.is_some()) {
                best = Some((name, k));
                break;
            }
        }
        let (name, k) = best?;
        self.judged(name, k, start, beside)
    }

    // A cell that holds a name and nothing else but a civility, a sex or an age.
    fn whole_name(&self, from: usize, to: usize, mut beside: Beside) -> Option<Beside> {
        if self.value_of(from).is_some_and(|f| f != Field::FullName && f != Field::Name) {
            return None;
        }
        let mut k = from;
        if let Some(sex) = self.words.civility(self.page.word(k)) {
            let span = self.page.token(k)?.span;
            keep(&mut beside.sex, sex.map(|s| (s, span)));
            k += 1;
            while k < to && [".", ":", "(", "e", ")"].contains(&self.page.word(k)) {
                k += 1;
            }
        } else if let Some(l) =
            self.words.label_at(self.page, k).filter(|l| l.field == Field::FullName)
        {
            k = l.next;
        }
        let (name, next) = name_at(self.page, self.words, k, self.in_capitals(k))?;
        if name.given.is_empty() && name.birth.is_none() {
            return None;
        }
        if next > to || !(next..to).all(|i| self.is_glue(i)) {
            return None;
        }
        keep(&mut beside.sex, self.sex_near(next, to));
        self.judged(name, k, from, beside)
    }

    // Sets a professional's or a relative's name aside.
    fn judged(&self, name: Name, k: usize, start: usize, mut beside: Beside) -> Option<Beside> {
        let before = start.max(k.saturating_sub(4))..k;
        if before.clone().any(|i| self.words.is_doctor(self.page.word(i))) {
            return None;
        }
        // "opéré par", "revu avec": who did something on that day.
        let last = k.checked_sub(1).filter(|p| *p >= start).map_or("", |p| self.page.word(p));
        if ["par", "avec", "signe", "signee", "valide", "redige"].contains(&last) {
            return None;
        }
        let civil = before.rev().find_map(|i| {
            Some((self.words.civility(self.page.word(i))??, self.page.token(i)?.span))
        });
        keep(&mut beside.sex, civil);
        let dotted = usize::from(self.page.word(k.wrapping_sub(1)) == ".");
        let head = if self.civil(k) { k.saturating_sub(1 + dotted) } else { k };
        beside.foreign = self.somebody_else_before(head) || self.about_somebody_else(head);
        beside.name = name;
        Some(beside)
    }

    // Where a name may begin: a cell, after a sign, a civility or a word of prose.
    fn is_free(&self, k: usize, start: usize) -> bool {
        if k == start || self.page.token(k).is_some_and(|t| t.cell_start) {
            return true;
        }
        let Some(p) = k.checked_sub(1).and_then(|p| self.page.token(p)) else { return true };
        match p.shape {
            // "Votre patiente, Jeanne DUPONT, 74 ans".
            Shape::Sign => {
                let lower = k.checked_sub(2).and_then(|b| self.page.token(b));
                p.word != "'" && (p.word != "," || lower.is_some_and(|b| b.shape == Shape::Lower))
            }
            Shape::Lower => true,
            Shape::Number => false,
            _ => {
                self.words.civility(&p.word).is_some()
                    || self.words.is_stop(&p.word) && !self.words.is_particle(&p.word)
            }
        }
    }
}

/// A name found beside a date, with what stood between them.
#[derive(Clone, Default)]
struct Beside {
    name: Name,
    sex: Found<Sex>,
    used: Found<String>,
    born: Found<String>,
    aged: bool,
    foreign: bool,
}

impl Beside {
    fn alias(&mut self, field: Field, name: &Name) {
        let printed = Some((name.family.clone(), name.span.span()));
        let slot = if field == Field::BirthName { &mut self.born } else { &mut self.used };
        keep(slot, printed);
    }
}

fn sex_of(word: &str) -> Option<Sex> {
    match word {
        "m" | "h" | "masculin" | "homme" | "masc" => Some(Sex::M),
        "f" | "feminin" | "femme" | "fem" => Some(Sex::F),
        _ => None,
    }
}
