//! The patient in a text: candidates from labelled fields, from civilities in sentences and from
//! names beside a birth date; groups of candidates that are one person; then a decision, or none.
//!
//! A wrong patient is worse than no patient: names of professionals and of relatives are set aside,
//! and two persons that both look like the patient end in an abstention.

use relu_record::{Identifier, Ins, PartialDate, PatientIdentity, Private, Sex, Span, system};

use super::names::{Name, clean, compared, name_at, same_name};
use super::words::{Field, Label, Words};
use crate::page::{Page, Shape, with_century};

/// How a candidate was announced, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    /// A civility and a name, nothing else.
    #[default]
    Bare,
    /// A sentence says that it is the patient.
    Announced,
    /// A name beside a birth date.
    Dated,
    /// A field of a header.
    Labelled,
}

type Found<T> = Option<(T, Span)>;

/// What one place of the text says of one person.
#[derive(Clone, Debug, Default)]
struct Candidate {
    weight: Weight,
    foreign: bool,
    guessed: bool,
    name: Found<String>,
    birth_name: Found<String>,
    used_name: Found<String>,
    first: Found<String>,
    firsts: Found<String>,
    used_first: Found<String>,
    birth_date: Found<PartialDate>,
    sex: Found<Sex>,
    birth_place: Found<String>,
    ins: Found<Ins>,
    ids: Vec<(Identifier, Span)>,
    last_line: usize,
}

/// What was decided about the patient of a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Decision {
    /// The patient, when there is exactly one.
    pub(super) patient: Option<Patient>,
    /// Names of the persons that each look like the patient, when there are several.
    pub(super) several: Vec<Span>,
    /// INS numbers whose key is wrong.
    pub(super) bad_keys: Vec<Span>,
    /// Birth dates after the day of reception.
    pub(super) future: Vec<Span>,
}

/// The patient with the words it rests on.
#[derive(Clone, Debug)]
pub(super) struct Patient {
    pub(super) identity: PatientIdentity,
    pub(super) spans: Vec<Span>,
    pub(super) confidence: f32,
    pub(super) rule: &'static str,
}

/// Finds the patient of a text received that day.
pub(super) fn find(page: &Page<'_>, words: &Words, received: PartialDate) -> Decision {
    let mut reader =
        Reader { page, words, received, found: Vec::new(), decision: Decision::default() };
    reader.fields();
    reader.civilities();
    let doctors = reader.doctors();
    let (found, mut decision) = (reader.found, reader.decision);
    let kept: Vec<Candidate> = found
        .into_iter()
        .filter(|c| !c.foreign)
        .filter(|c| {
            c.weight == Weight::Labelled || c.birth_date.is_some() || !is_doctor(c, &doctors)
        })
        .collect();
    decide(kept, &mut decision);
    decision
}

struct Reader<'p, 't> {
    page: &'p Page<'t>,
    words: &'p Words,
    received: PartialDate,
    found: Vec<Candidate>,
    decision: Decision,
}

// A record of fields ends when nothing was added for so many lines.
const RECORD_LINES: usize = 12;
// Words that may stand between a name and its birth date.
const TAIL_WORDS: usize = 26;

impl Reader<'_, '_> {
    // Labelled fields: value after the label, in the next cell, or below.
    fn fields(&mut self) {
        let mut record = Candidate { weight: Weight::Labelled, ..Candidate::default() };
        let mut pending: Vec<Label> = Vec::new();
        let mut at = 0;
        while at < self.page.tokens.len() {
            let end = self.line_end(at);
            let items = self.items(at, end);
            let valued = items.iter().any(|(l, a, b)| a < b && l.field != Field::Other);
            let covered: usize = items.iter().map(|(l, _, b)| b - l.first).sum();
            let only_labels =
                !items.is_empty() && items.iter().all(|(_, a, b)| a == b) && covered == end - at;
            if only_labels {
                pending.extend(items.iter().map(|i| i.0));
            } else if items.is_empty() && !pending.is_empty() {
                for (a, b) in self.cells(at, end) {
                    if pending.is_empty() {
                        break;
                    }
                    let label = pending.remove(0);
                    if !self.value(&mut record, label, a, b) && label.field == Field::BirthDate {
                        pending.clear();
                    }
                }
            } else {
                pending.clear();
                for &(label, a, b) in &items {
                    if a < b {
                        self.value(&mut record, label, a, b);
                    }
                }
                // "Nom :" at the end of a line whose other fields have their value.
                let open = items.last().filter(|(_, a, b)| a == b && (valued || items.len() == 1));
                pending.extend(open.map(|i| i.0));
            }
            at = end;
        }
        self.close(&mut record);
    }

    fn line_end(&self, at: usize) -> usize {
        let line = self.page.token(at).map_or(0, |t| t.line);
        at + self
            .page
            .tokens
            .get(at..)
            .unwrap_or_default()
            .iter()
            .take_while(|t| t.line == line)
            .count()
    }

    fn cells(&self, at: usize, end: usize) -> Vec<(usize, usize)> {
        let mut cells: Vec<(usize, usize)> = Vec::new();
        for i in at..end {
            if i == at || self.page.token(i).is_some_and(|t| t.cell_start) {
                cells.push((i, i));
            }
            if let Some(c) = cells.last_mut() {
                c.1 = i + 1;
            }
        }
        cells
    }

    // The labels of a line with the tokens of their values.
    fn items(&self, at: usize, end: usize) -> Vec<(Label, usize, usize)> {
        let mut items: Vec<(Label, usize, usize)> = Vec::new();
        let mut i = at;
        while i < end {
            if let Some(label) = self.words.label_at(self.page, i) {
                items.push((label, label.next.min(end), label.next.min(end)));
                i = label.next.max(i + 1);
                continue;
            }
            if let Some(item) = items.last_mut() {
                let gap = self.page.token(i).is_some_and(|t| t.cell_start);
                // A value ends with its cell; what follows belongs to nobody.
                if item.2 == i && (item.1 == item.2 || !gap) {
                    item.2 = i + 1;
                }
            }
            i += 1;
        }
        items
    }

    // Puts the value of a field into the record; says whether it was one.
    fn value(&mut self, record: &mut Candidate, label: Label, a: usize, b: usize) -> bool {
        let line = self.page.token(a).map_or(0, |t| t.line);
        if line > record.last_line + RECORD_LINES && record.has_name() {
            self.close(record);
        }
        let names_anew = matches!(label.field, Field::FullName | Field::Name | Field::BirthName);
        // Fields of somebody else, or a date without a name, end where a name begins elsewhere.
        if names_anew && line > record.last_line && !record.has_name() && record.foreign {
            self.close(record);
        }
        if record.is_blank() {
            record.foreign = self.about_somebody_else(label.first);
        }
        let done = match label.field {
            Field::Other => false,
            Field::BirthName | Field::UsedName | Field::Name | Field::FullName => {
                self.name_value(record, label, a)
            }
            Field::FirstName | Field::FirstNames | Field::UsedFirstName => {
                self.first_value(record, label, a, b)
            }
            Field::BirthDate => self.birth_value(record, label, a),
            Field::Sex => self.sex_value(record, a),
            Field::BirthPlace => self.place_value(record, a, b),
            Field::Ins | Field::Nir => self.number_value(record, label.field, a),
            Field::Ipp => self.ipp_value(record, a, b),
        };
        if done {
            record.last_line = line;
        }
        done
    }

    fn name_value(&mut self, record: &mut Candidate, label: Label, a: usize) -> bool {
        let (mut i, mut sex) = (a, None);
        while let Some(s) = self.words.civility(self.page.word(i)) {
            sex = sex.or(s.map(|s| (s, self.page.token(i).map_or(Span::new(0, 0), |t| t.span))));
            i += 1;
            while [".", "(", "e", ")", ":"].contains(&self.page.word(i)) {
                i += 1;
            }
        }
        if self.words.is_doctor(self.page.word(i)) || self.words.is_other(self.page.word(i)) {
            return false;
        }
        let Some((name, next)) = name_at(self.page, self.words, i, true) else { return false };
        let span = name.span.span();
        let whole = || {
            let parts = self.page.text.get(span.start..span.end).unwrap_or("");
            (clean(parts), span)
        };
        let plain = label.field != Field::FullName
            && (name.given.is_empty() || name.guessed)
            && name.birth.is_none()
            && name.married.is_none();
        let family = if plain { whole() } else { (name.family.clone(), span) };
        let slot = match label.field {
            Field::BirthName => &record.birth_name,
            Field::UsedName => &record.used_name,
            _ => &record.name,
        };
        let other_person = slot.as_ref().is_some_and(|(old, _)| !same_name(old, &family.0))
            || (label.field == Field::FullName
                && record.birth_name.as_ref().is_some_and(|(old, _)| {
                    !same_name(old, &family.0)
                        && !name.birth.as_ref().is_some_and(|b| same_name(b, old))
                        && !record.used_name.as_ref().is_some_and(|(u, _)| same_name(u, &family.0))
                }));
        if other_person {
            self.close(record);
            record.foreign = self.about_somebody_else(label.first);
        }
        let weak = [
            "objet",
            "ref",
            "re",
            "pour",
            "enfant",
            "bebe",
            "interesse",
            "interessee",
            "nouveau-ne",
        ]
        .contains(&self.page.word(label.first));
        if weak && record.is_blank() {
            record.weight = Weight::Announced;
        }
        match label.field {
            Field::BirthName => keep(&mut record.birth_name, Some(family)),
            Field::UsedName => keep(&mut record.used_name, Some(family)),
            _ => keep(&mut record.name, Some(family)),
        }
        record.guessed |= name.guessed && label.field == Field::FullName;
        if !plain {
            record.take_parts(&name);
        }
        keep(&mut record.sex, sex);
        // "Patient : DUPONT Jean, né le 12/03/1950" or "DUPONT Jean 12/03/1950".
        if label.field == Field::FullName {
            self.tail(record, next, true);
        }
        true
    }

    fn first_value(&mut self, record: &mut Candidate, label: Label, a: usize, b: usize) -> bool {
        let named = (a..b).take_while(|&i| {
            let Some(t) = self.page.token(i) else { return false };
            let joins = t.word == "," || t.word == "-";
            joins
                || matches!(t.shape, Shape::Caps | Shape::Capital) && !self.words.is_stop(&t.word)
                || self.words.is_first_name(&t.word)
        });
        let Some(last) = named.last() else { return false };
        let Some((printed, span)) = self.page.printed(a, last) else { return false };
        let all = clean(&printed.replace(',', " ").replace(" - ", "-"));
        // "Prénom : THI MAI" is one given name; "Prénoms :" and commas make a list.
        let list = label.field == Field::FirstNames || printed.contains(',');
        let head = if list { all.split(' ').next().unwrap_or("") } else { all.as_str() };
        let first = head.to_owned();
        if first.is_empty() {
            return false;
        }
        if record.first.as_ref().is_some_and(|(old, _)| {
            label.field == Field::FirstName
                && !same_name(old, &first)
                && record.has_name()
                && !compared(&all).contains(&compared(old))
        }) {
            self.close(record);
        }
        let several = all.contains(' ');
        match label.field {
            Field::UsedFirstName => keep(&mut record.used_first, Some((first, span))),
            _ => {
                keep(&mut record.first, Some((first, span)));
                if several || label.field == Field::FirstNames {
                    keep(&mut record.firsts, Some((all, span)));
                }
            }
        }
        true
    }

    fn birth_value(&mut self, record: &mut Candidate, label: Label, a: usize) -> bool {
        let Some((date, span, next)) = self.page.date_at(a) else { return false };
        let Some(date) = with_century(date, self.received) else { return false };
        if date > self.received {
            self.decision.future.push(span);
            return false;
        }
        // A name written just before belongs to the same person.
        let beside = self.name_before(label.first);
        if let Some((name, sex, foreign, line)) = beside {
            let mut dated = Candidate {
                weight: Weight::Dated,
                guessed: name.guessed,
                name: Some((name.family.clone(), name.span.span())),
                birth_date: Some((date, span)),
                sex,
                foreign,
                last_line: line,
                ..Candidate::default()
            };
            dated.take_parts(&name);
            self.tail(&mut dated, next, false);
            self.found.push(dated);
            return false;
        }
        let conflict = record.birth_date.as_ref().is_some_and(|(old, _)| *old != date);
        if conflict {
            self.close(record);
            record.foreign = self.about_somebody_else(label.first);
        }
        if self.page.word(label.first) == "nee" && self.page.word(label.first + 1) == "le" {
            let told = self.page.token(label.first).map(|t| (Sex::F, t.span));
            keep(&mut record.sex, told);
        }
        keep(&mut record.birth_date, Some((date, span)));
        true
    }

    // The name that ends just before token `i`, on its line or, when `i` begins its line, on the
    // line before; with the sex its civility tells and whether it is somebody else's.
    #[allow(clippy::type_complexity)]
    fn name_before(&self, i: usize) -> Option<(Name, Found<Sex>, bool, usize)> {
        let here = self.page.token(i)?.line;
        let last = i.checked_sub(1)?;
        let line = self.page.token(last)?.line;
        if here > line + 1 {
            return None;
        }
        let start = self.page.tokens.partition_point(|t| t.line < line);
        self.name_ending(start, last).or_else(|| {
            // A label that begins a cell further right: its name is in the last cell of the line
            // above, when that line has several.
            if here != line || !self.page.token(i)?.cell_start {
                return None;
            }
            let last = start.checked_sub(1)?;
            let above = self.page.token(last)?.line;
            let first = self.page.tokens.partition_point(|t| t.line < above);
            let cell = |k: &usize| self.page.token(*k).is_some_and(|t| t.cell_start);
            let start = (first..=last).rev().find(cell)?;
            (here == above + 1 && start > first).then(|| self.name_ending(start, last))?
        })
    }

    // The name among tokens `start..=last` that reaches their end.
    #[allow(clippy::type_complexity)]
    fn name_ending(&self, start: usize, last: usize) -> Option<(Name, Found<Sex>, bool, usize)> {
        let line = self.page.token(start)?.line;
        let i = last + 1;
        // A label on the way means that the name was read as a field.
        if (start..=last).any(|k| {
            self.words
                .label_at(self.page, k)
                .is_some_and(|l| l.field != Field::Other && l.field != Field::BirthDate)
        }) {
            return None;
        }
        for k in start..=last {
            let free = k == start
                || self.page.word(k.wrapping_sub(1)) == ":"
                || self.page.token(k).is_some_and(|t| t.cell_start)
                || self.words.civility(self.page.word(k.wrapping_sub(1))).is_some()
                || (self.page.word(k.wrapping_sub(1)) == "."
                    && k >= 2
                    && self.words.civility(self.page.word(k - 2)).is_some());
            if !free {
                continue;
            }
            let Some((name, next)) = name_at(self.page, self.words, k, self.in_capitals(k)) else {
                continue;
            };
            if name.given.is_empty() && name.birth.is_none() && !self.civil(k) {
                continue;
            }
            let between = self.page.tokens.get(next..i)?;
            let closes = between.iter().all(|t| {
                t.shape == Shape::Sign
                    || t.word == "et"
                    || ["sexe", "m", "f", "h"].contains(&t.word.as_str())
            });
            // The name must end its line when the date is on the next one.
            if !closes || between.len() > 4 {
                continue;
            }
            let civil = if self.page.word(k.wrapping_sub(1)) == "." {
                k.checked_sub(2)
            } else {
                k.checked_sub(1)
            };
            let sex = civil.filter(|&c| c >= start).and_then(|c| {
                Some((self.words.civility(self.page.word(c))??, self.page.token(c)?.span))
            });
            let head = if self.civil(k) { civil.unwrap_or(k) } else { k };
            if head > start && self.words.is_doctor(self.page.word(head - 1))
                || self.words.is_doctor(self.page.word(start))
            {
                return None;
            }
            let foreign = self.somebody_else_before(head) || self.about_somebody_else(head);
            return Some((name, sex, foreign, line));
        }
        None
    }

    fn civil(&self, k: usize) -> bool {
        let civil =
            |i: Option<usize>| i.is_some_and(|i| self.words.civility(self.page.word(i)).is_some());
        civil(k.checked_sub(1))
            || self.page.word(k.wrapping_sub(1)) == "." && civil(k.checked_sub(2))
    }

    fn sex_value(&self, record: &mut Candidate, a: usize) -> bool {
        let Some(t) = self.page.token(a) else { return false };
        let sex = match t.word.as_str() {
            "m" | "masculin" | "homme" | "h" | "male" | "masc" | "garcon" => Sex::M,
            "f" | "feminin" | "femme" | "fem" | "fille" => Sex::F,
            _ => return false,
        };
        // "Sexe : M / F" is a form, not an answer.
        let slash = self.page.token(a + 1).is_some_and(|n| n.word == "/" && n.line == t.line);
        if !slash {
            keep(&mut record.sex, Some((sex, t.span)));
        }
        !slash
    }

    fn place_value(&self, record: &mut Candidate, a: usize, b: usize) -> bool {
        let code = (a..b).find_map(|i| {
            let t = self.page.token(i)?;
            let code = t.word.to_uppercase();
            (code.len() == 5 && code.bytes().filter(u8::is_ascii_digit).count() >= 4)
                .then_some((code, t.span))
        });
        let done = code.is_some();
        keep(&mut record.birth_place, code);
        done
    }

    fn number_value(&mut self, record: &mut Candidate, field: Field, a: usize) -> bool {
        let Some(start) = self.page.token(a).map(|t| t.span.start) else { return false };
        let line_end =
            self.page.token(a).and_then(|t| self.page.lines.get(t.line)).map_or(start, |l| l.end);
        let Some(rest) = self.page.text.get(start..line_end) else { return false };
        let (mut digits, mut end) = (String::new(), start);
        for (at, c) in rest.char_indices() {
            let wanted =
                c.is_ascii_digit() || (digits.len() == 6 && matches!(c, 'A' | 'B' | 'a' | 'b'));
            // Recognition slips that no matricule holds.
            let c = match c {
                'O' | 'o' => '0',
                'l' | 'I' => '1',
                c => c,
            };
            if wanted || c.is_ascii_digit() {
                digits.push(c.to_ascii_uppercase());
                end = start
                    + at
                    + rest.get(at..).and_then(|r| r.chars().next()).map_or(1, char::len_utf8);
            } else if !(c == ' ' || c == '\u{a0}' || c == '/' || c == '.' && digits.len() >= 13)
                || digits.is_empty()
            {
                break;
            }
            if digits.len() == 15 {
                break;
            }
        }
        let span = Span::new(start, end);
        if digits.len() != 15 && digits.len() != 13 {
            return false;
        }
        match Ins::parse(&digits, &self.oid()) {
            Ok(ins) if field == Field::Ins => keep(&mut record.ins, Some((ins, span))),
            Err(relu_record::IdentityError::BadKey) if field == Field::Ins => {
                self.decision.bad_keys.push(span);
                return false;
            }
            _ => {
                let id = Identifier {
                    system: "NIR".to_owned(),
                    value: Private(digits),
                    kind: Some("NH".to_owned()),
                };
                if record.ids.iter().all(|(i, _)| *i != id) {
                    record.ids.push((id, span));
                }
            }
        }
        true
    }

    // The OID printed in the document, or that of production.
    fn oid(&self) -> String {
        let known = [system::INS_NIR_TEST, system::INS_NIR_DEMO, system::INS_NIA, system::INS_NIR];
        known.iter().find(|o| self.page.text.contains(*o)).unwrap_or(&system::INS_NIR).to_string()
    }

    fn ipp_value(&self, record: &mut Candidate, a: usize, b: usize) -> bool {
        let Some(t) =
            self.page.token(a).filter(|t| a < b && t.word.bytes().any(|c| c.is_ascii_digit()))
        else {
            return false;
        };
        let value = t.span.of(self.page.text).unwrap_or("").to_owned();
        let id = Identifier {
            system: "IPP".to_owned(),
            value: Private(value),
            kind: Some("PI".to_owned()),
        };
        if record.ids.iter().all(|(i, _)| i.kind != id.kind) {
            record.ids.push((id, t.span));
        }
        true
    }

    // Civilities in sentences and address lines.
    fn civilities(&mut self) {
        for i in 0..self.page.tokens.len() {
            let Some(sex) = self.words.civility(self.page.word(i)) else { continue };
            let Some(t) = self.page.token(i) else { continue };
            // "m" is a civility only as a capital.
            if t.word == "m" && t.shape != Shape::Caps {
                continue;
            }
            let mut at = i + 1;
            while [".", "(", "e", ")"].contains(&self.page.word(at)) && at < i + 5 {
                at += 1;
            }
            let neutral = sex.is_none();
            if neutral && self.page.word(at) == ":" {
                continue;
            }
            if !self
                .page
                .token(at)
                .is_some_and(|n| n.line <= t.line + 1 && (n.line == t.line || at == i + 1))
            {
                continue;
            }
            let civil_next = self.words.civility(self.page.word(at)).is_some();
            let titled = ["le", "la"].contains(&self.page.word(at))
                && (self.words.is_doctor(self.page.word(at + 1))
                    || self.words.is_other(self.page.word(at + 1)));
            if titled || civil_next || self.words.is_doctor(self.page.word(at)) {
                continue;
            }
            let Some((name, next)) = name_at(self.page, self.words, at, self.in_capitals(at))
            else {
                continue;
            };
            let announced = self.words.announces(&self.page.before(i, 12))
                || self.words.tells(&self.page.after(next, 8));
            let mut c = Candidate {
                weight: if announced { Weight::Announced } else { Weight::Bare },
                guessed: name.guessed,
                name: Some((name.family.clone(), name.span.span())),
                sex: sex.map(|s| (s, t.span)),
                foreign: self.somebody_else_before(i)
                    || self.somebody_else_after(next)
                    || self.about_somebody_else(i),
                last_line: t.line,
                ..Candidate::default()
            };
            c.take_parts(&name);
            self.tail(&mut c, next, true);
            if c.birth_date.is_some() {
                c.weight = c.weight.max(Weight::Dated);
            }
            self.found.push(c);
        }
    }

    fn in_capitals(&self, i: usize) -> bool {
        let line = self.page.token(i).map_or(0, |t| t.line);
        let near = self.page.tokens.get(i..).unwrap_or_default().iter();
        near.take_while(|t| t.line == line).take(2).all(|t| t.shape == Shape::Caps)
    }

    // What follows a name: a birth date with its label or in brackets, a sex, an alias.
    fn tail(&mut self, c: &mut Candidate, next: usize, bare_date: bool) {
        for i in next..(next + TAIL_WORDS).min(self.page.tokens.len()) {
            if let Some(label) =
                self.words.label_at(self.page, i).filter(|l| l.field == Field::BirthDate)
            {
                // "né le" of the person just named.
                if let Some((date, span, _)) = self.page.date_at(label.next) {
                    let Some(date) = with_century(date, self.received) else { return };
                    if date > self.received {
                        self.decision.future.push(span);
                    } else {
                        keep(&mut c.birth_date, Some((date, span)));
                        if self.page.word(i) == "nee" {
                            keep(&mut c.sex, self.page.token(i).map(|t| (Sex::F, t.span)));
                        }
                    }
                    return;
                }
            }
            let word = self.page.word(i);
            let stop = word == "." && i > next + 1
                || self.words.civility(word).is_some()
                    && i > next
                    && self.page.token(i).is_some_and(|t| t.shape != Shape::Lower)
                    && !["m", "f"].contains(&word)
                || self.words.is_doctor(word);
            if stop
                || self.words.label_at(self.page, i).is_some_and(|l| {
                    matches!(l.field, Field::FullName | Field::Name | Field::BirthName)
                })
            {
                return;
            }
            // "(12/03/1950)", "- 12/03/1950", "DUPONT Jean 12/03/1950 M".
            let near = i <= next + 2
                && bare_date
                && self
                    .page
                    .token(i)
                    .zip(self.page.token(next.saturating_sub(1)))
                    .is_some_and(|(a, b)| a.line == b.line);
            let framed =
                ["(", "-", ",", "["].contains(&self.page.word(i.wrapping_sub(1))) && i > next;
            if near
                && (framed || (i == next && c.weight == Weight::Labelled))
                && let Some((date, span, _)) = self.page.date_at(i)
            {
                let Some(date) = with_century(date, self.received).filter(|d| *d <= self.received)
                else {
                    return;
                };
                // A bare date of the last days is that of the document.
                let recent =
                    self.received.days().zip(date.days()).is_some_and(|(r, d)| r - d < 400);
                if !recent || framed && self.page.word(i - 1) == "(" {
                    keep(&mut c.birth_date, Some((date, span)));
                }
                return;
            }
        }
    }

    // "sa mère, Mme X": somebody else's word just before, in the same sentence.
    fn somebody_else_before(&self, i: usize) -> bool {
        let line = self.page.token(i).map_or(0, |t| t.line);
        let from = i.saturating_sub(4);
        let near = self.page.tokens.get(from..i).unwrap_or_default();
        // A sentence ends at a stop, and at a line that ends with a sign ("Cher Confrère,").
        let cut = near.windows(2).rposition(|w| {
            let stop = [".", ";"].contains(&w[0].word.as_str());
            stop || (w[0].line < w[1].line && w[0].shape == Shape::Sign)
        });
        let at = self.page.token(i).map_or(0, |t| t.span.start);
        let ends_line = |t: &crate::page::Token| t.line < line && t.shape == Shape::Sign;
        let near = near.get(cut.map_or(0, |c| c + 1)..).unwrap_or_default();
        let own = near.last().is_some_and(ends_line);
        !own && near.iter().any(|t| {
            let titled = self.words.is_doctor(&t.word) && t.span.end + 2 >= at;
            let speaks = self.words.is_other(&t.word) || titled;
            speaks
                && (t.line == line
                    || (t.line + 1 == line
                        && self.page.token(i).is_some_and(|n| n.shape != Shape::Caps)
                        && wrapped(self.page, t.line)))
        })
    }

    // "Mme X, infirmière": a profession or a relation just after.
    fn somebody_else_after(&self, next: usize) -> bool {
        let line = self.page.token(next.saturating_sub(1)).map_or(0, |t| t.line);
        let near =
            self.page.tokens.get(next..(next + 4).min(self.page.tokens.len())).unwrap_or_default();
        near.first().is_some_and(|t| [",", "(", "-"].contains(&t.word.as_str()))
            && near.iter().take(4).filter(|t| t.line <= line + 1).any(|t| {
                self.words.is_other(&t.word) && !["bebe", "femme"].contains(&t.word.as_str())
            })
    }

    // A heading above, or words before on the line, that speak of a professional or a relative.
    fn about_somebody_else(&self, first: usize) -> bool {
        let Some(line) = self.page.token(first).map(|t| t.line) else { return false };
        let start = self.page.tokens.partition_point(|t| t.line < line);
        let cell = (start..=first)
            .rev()
            .find(|&i| self.page.token(i).is_some_and(|t| t.cell_start))
            .unwrap_or(start);
        let before = self.page.tokens.get(cell..first).unwrap_or_default();
        if before.len() <= 6
            && before.iter().any(|t| self.words.is_other(&t.word) || self.words.is_doctor(&t.word))
        {
            return true;
        }
        let Some(above) = start.checked_sub(1).and_then(|i| self.page.token(i)) else {
            return false;
        };
        let from = self.page.tokens.partition_point(|t| t.line < above.line);
        let heading = self.page.tokens.get(from..start).unwrap_or_default();
        let colon = heading.iter().position(|t| t.word == ":");
        let bare = colon.is_none_or(|c| c + 1 == heading.len());
        let close = line - above.line <= 2;
        let sentence = heading.iter().any(|t| t.word == ",");
        close
            && bare
            && !sentence
            && heading.len() <= 6
            && heading.iter().any(|t| self.words.is_other(&t.word))
            && !heading.iter().any(|t| t.word.starts_with("patient"))
            && !heading.iter().any(|t| self.words.is_doctor(&t.word))
    }

    fn close(&mut self, record: &mut Candidate) {
        let fresh = Candidate { weight: Weight::Labelled, ..Candidate::default() };
        let done = std::mem::replace(record, fresh);
        if !done.is_blank() {
            self.found.push(done);
        }
    }

    fn doctors(&self) -> Vec<Name> {
        let titled =
            (0..self.page.tokens.len()).filter(|&i| self.words.is_doctor(self.page.word(i)));
        titled
            .filter_map(|i| {
                let at = i + 1 + usize::from(self.page.word(i + 1) == ".");
                name_at(self.page, self.words, at, false).map(|n| n.0)
            })
            .collect()
    }
}

// A line long enough to go on with the next one.
fn wrapped(page: &Page<'_>, line: usize) -> bool {
    page.lines.get(line).is_some_and(|l| l.len() >= 50)
}

fn is_doctor(c: &Candidate, doctors: &[Name]) -> bool {
    let Some((family, _)) = &c.name else { return false };
    doctors.iter().any(|d| {
        let same_given = match (&c.first, d.given.first()) {
            (Some((a, _)), Some(b)) => same_name(a, b),
            _ => true,
        };
        same_name(&d.family, family) && same_given
    })
}

fn keep<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

impl Candidate {
    fn is_blank(&self) -> bool {
        !self.has_name()
            && self.first.is_none()
            && self.birth_date.is_none()
            && self.ins.is_none()
            && self.ids.is_empty()
            && self.sex.is_none()
            && self.birth_place.is_none()
    }

    fn has_name(&self) -> bool {
        self.name.is_some() || self.birth_name.is_some() || self.used_name.is_some()
    }

    // Given names and aliases of a full name.
    fn take_parts(&mut self, name: &Name) {
        let span = name.span.span();
        let given = (!name.given.is_empty()).then(|| name.given.join(" "));
        keep(&mut self.first, given.map(|g| (g, span)));
        if name.given.len() > 1 {
            keep(&mut self.firsts, Some((name.given.join(" "), span)));
        }
        keep(&mut self.birth_name, name.birth.clone().map(|b| (b, span)));
        keep(&mut self.used_name, name.married.clone().map(|m| (m, span)));
    }

    fn surnames(&self) -> impl Iterator<Item = &String> {
        [&self.name, &self.birth_name, &self.used_name].into_iter().flatten().map(|f| &f.0)
    }

    fn shares_surname(&self, other: &Candidate) -> bool {
        self.surnames().any(|a| other.surnames().any(|b| same_name(a, b)))
    }

    fn first_agrees(&self, other: &Candidate) -> Option<bool> {
        let (a, b) = (self.first.as_ref()?, other.first.as_ref()?);
        let all = |c: &Candidate| c.firsts.as_ref().map_or(String::new(), |f| compared(&f.0));
        let (x, y) = (compared(&a.0), compared(&b.0));
        let within = |list: String, n: &str| !list.is_empty() && list.split(' ').any(|w| w == n);
        Some(
            same_name(&x, &y)
                || within(all(self), &y)
                || within(all(other), &x)
                || x.starts_with(&format!("{y} "))
                || y.starts_with(&format!("{x} ")),
        )
    }

    // The same words in another order, when the order was guessed.
    fn swapped(&self, other: &Candidate) -> bool {
        let bag = |c: &Candidate| {
            let mut w: Vec<String> = [c.name.as_ref(), c.first.as_ref()]
                .into_iter()
                .flatten()
                .flat_map(|f| compared(&f.0).split(' ').map(str::to_owned).collect::<Vec<_>>())
                .collect();
            w.sort();
            w
        };
        (self.guessed || other.guessed) && self.first.is_some() && bag(self) == bag(other)
    }

    fn same_person(&self, other: &Candidate) -> bool {
        let dates = match (&self.birth_date, &other.birth_date) {
            (Some((a, _)), Some((b, _))) => Some(a == b),
            _ => None,
        };
        match (self.shares_surname(other), self.first_agrees(other), dates) {
            (true, Some(true), _) => true,
            (true, None, Some(false)) | (true, Some(false), _) => self.swapped(other),
            (true, None, _) => true,
            // Another surname with the same first name and birth date: born and married names, or a
            // slip of recognition.
            (false, Some(true), Some(true)) => true,
            (false, _, _) => self.swapped(other),
        }
    }
}

fn decide(mut found: Vec<Candidate>, decision: &mut Decision) {
    // Stable: strongest first, then as they stand in the text.
    found.sort_by_key(|c| (std::cmp::Reverse(c.weight), c.guessed));
    let mut groups: Vec<Vec<Candidate>> = Vec::new();
    let mut nameless = Vec::new();
    for c in found {
        if !c.has_name() {
            nameless.push(c);
            continue;
        }
        match groups.iter_mut().find(|g| g.iter().any(|m| m.same_person(&c))) {
            Some(group) => group.push(c),
            None => groups.push(vec![c]),
        }
    }
    let has = |g: &[Candidate], f: &dyn Fn(&Candidate) -> bool| g.iter().any(f);
    let strong = |g: &Vec<Candidate>| {
        has(g, &|c| c.birth_date.is_some() || c.ins.is_some())
            || has(g, &|c| c.weight == Weight::Labelled && c.first.is_some())
    };
    let tell = |g: &Vec<Candidate>| has(g, &|c| c.first.is_some());
    let mut chosen: Vec<Vec<Candidate>> = groups.iter().filter(|g| strong(g)).cloned().collect();
    let mut level = "labelled-or-dated";
    if chosen.is_empty() {
        // A name that a sentence announces, when a birth date stands apart or it has a given name.
        let dated = nameless.iter().any(|c| c.birth_date.is_some());
        chosen = groups
            .iter()
            .filter(|g| g[0].weight >= Weight::Announced && (tell(g) || dated))
            .cloned()
            .collect();
        level = "announced";
    }
    if chosen.is_empty() {
        chosen = groups.iter().filter(|g| tell(g)).cloned().collect();
        level = "only-name";
        if chosen.len() > 1 {
            return;
        }
    }
    if chosen.len() > 1 {
        if level == "labelled-or-dated" {
            decision.several = chosen
                .iter()
                .filter_map(|g| {
                    g.iter().find_map(|c| c.name.as_ref().or(c.birth_name.as_ref())).map(|f| f.1)
                })
                .collect();
        }
        return;
    }
    if let Some(mut group) = chosen.pop() {
        // Fields without a name of their own are this patient's, unless their birth date says no.
        let dates: Vec<PartialDate> =
            group.iter().filter_map(|c| c.birth_date.as_ref().map(|d| d.0)).collect();
        group.extend(nameless.into_iter().filter(|c| {
            c.birth_date.as_ref().is_none_or(|d| dates.is_empty() || dates.contains(&d.0))
        }));
        decision.patient = merge(&group, level);
    }
}

fn merge(group: &[Candidate], rule: &'static str) -> Option<Patient> {
    let mut all = Candidate::default();
    for c in group {
        for (to, from) in [
            (&mut all.name, &c.name),
            (&mut all.birth_name, &c.birth_name),
            (&mut all.used_name, &c.used_name),
            (&mut all.used_first, &c.used_first),
            (&mut all.birth_place, &c.birth_place),
            (&mut all.first, &c.first),
            (&mut all.firsts, &c.firsts),
        ] {
            keep(to, from.clone());
        }
        keep(&mut all.sex, c.sex);
        keep(&mut all.ins, c.ins.clone());
        for id in &c.ids {
            if all.ids.iter().all(|(i, _)| *i != id.0) {
                all.ids.push(id.clone());
            }
        }
    }
    // A given name that was guessed against one that was not: the surname may be the other word.
    all.birth_date = most_frequent(group.iter().filter_map(|c| c.birth_date));
    let torn = group.iter().any(|c| c.birth_date.is_some()) && all.birth_date.is_none();
    let birth = all.birth_name.clone().or_else(|| {
        all.name.clone().filter(|n| all.used_name.as_ref().is_none_or(|u| !same_name(&u.0, &n.0)))
    })?;
    let used =
        all.used_name.clone().or_else(|| all.name.clone().filter(|n| !same_name(&n.0, &birth.0)));
    let mut spans: Vec<Span> = vec![birth.1];
    spans.extend(
        [&used, &all.first, &all.firsts, &all.used_first, &all.birth_place]
            .into_iter()
            .flatten()
            .map(|f| f.1),
    );
    spans.extend(all.birth_date.map(|d| d.1));
    spans.extend(all.sex.map(|s| s.1));
    spans.extend(all.ins.as_ref().map(|i| i.1));
    spans.extend(all.ids.iter().map(|i| i.1));
    spans.sort();
    spans.dedup();
    let private = |f: Found<String>| f.map(|f| Private(f.0));
    let identity = PatientIdentity {
        birth_name: Some(Private(birth.0)),
        first_name: private(all.first),
        birth_first_names: private(all.firsts),
        used_name: private(used),
        used_first_name: private(all.used_first),
        birth_date: all.birth_date.map(|d| Private(d.0)),
        sex: all.sex.map(|s| s.0),
        birth_place: private(all.birth_place),
        ins: all.ins.map(|i| i.0),
        identifiers: all.ids.into_iter().map(|i| i.0).collect(),
        ..PatientIdentity::default()
    };
    let full = identity.first_name.is_some() && identity.birth_date.is_some();
    let best = group.iter().map(|c| c.weight).max().unwrap_or_default();
    let base = match (best, full) {
        (Weight::Labelled, true) => 0.97,
        (Weight::Dated, true) => 0.95,
        (Weight::Announced, true) => 0.9,
        (Weight::Labelled | Weight::Dated, false) => 0.8,
        (Weight::Announced, false) => 0.75,
        (Weight::Bare, _) => 0.6,
    };
    let guessed = group.iter().all(|c| c.guessed);
    let confidence = base - if torn { 0.25 } else { 0.0 } - if guessed { 0.1 } else { 0.0 };
    Some(Patient { identity, spans, confidence, rule })
}

// The date given most often; none when two are given as often.
fn most_frequent(dates: impl Iterator<Item = (PartialDate, Span)>) -> Found<PartialDate> {
    let mut counts: Vec<((PartialDate, Span), usize)> = Vec::new();
    for d in dates {
        match counts.iter_mut().find(|(k, _)| k.0 == d.0) {
            Some((_, n)) => *n += 1,
            None => counts.push((d, 1)),
        }
    }
    let best = counts.iter().map(|c| c.1).max()?;
    let mut top = counts.iter().filter(|c| c.1 == best);
    let first = top.next()?.0;
    top.next().is_none().then_some(first)
}
