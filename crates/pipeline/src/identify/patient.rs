//! The patient in a text: candidates from labelled fields, from civilities in sentences and from
//! names beside a birth date; groups of candidates that are one person; then a decision, or none.
//!
//! A wrong patient is worse than no patient: names of professionals and of relatives are set aside,
//! and two persons that both look like the patient end in an abstention.

use relu_record::{Identifier, Ins, PartialDate, Private, Sex, Span, system};

use super::candidate::{Candidate, Decision, Weight, decide, is_doctor, keep};
use super::names::{Name, clean, compared, name_at, same_name};
use super::words::{Field, Label, Words};
use crate::page::{Page, Shape, with_century};

/// Finds the patient of a text received that day.
pub(super) fn find(page: &Page<'_>, words: &Words, received: PartialDate) -> Decision {
    let mut reader =
        Reader { page, words, received, found: Vec::new(), decision: Decision::default() };
    reader.fields();
    reader.civilities();
    reader.beside_dates();
    let doctors = reader.doctors();
    reader.decision.birth_printed = reader.announces_birth();
    let (found, mut decision) = (reader.found, reader.decision);
    let kept: Vec<Candidate> = found
        .into_iter()
        .filter(|c| !c.foreign)
        .filter(|c| {
            c.weight == Weight::Labelled
                || c.birth_date.is_some() && !c.bare_date
                || !is_doctor(c, &doctors)
        })
        .collect();
    decide(kept, &mut decision);
    decision
}

/// Reads one page; the files beside add the ways in which a name is announced.
pub(super) struct Reader<'p, 't> {
    pub(super) page: &'p Page<'t>,
    pub(super) words: &'p Words,
    pub(super) received: PartialDate,
    pub(super) found: Vec<Candidate>,
    pub(super) decision: Decision,
}

// A record of fields ends when nothing was added for so many lines.
const RECORD_LINES: usize = 12;
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

    pub(super) fn line_end(&self, at: usize) -> usize {
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
            record.foreign = self.is_foreign(label);
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

    // "Identité patient :" says whose fields they are.
    fn is_foreign(&self, label: Label) -> bool {
        let explicit = (label.first..label.next).any(|i| {
            let w = self.page.word(i);
            // "La personne", not "personne de confiance", which is no label of a patient.
            w.starts_with("patient") || w == "identite" || w == "personne"
        });
        !explicit && self.about_somebody_else(label.first)
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
            record.foreign = self.is_foreign(label);
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
            let joins = t.word == ","
                || t.word == "-"
                || self.words.is_particle(&t.word)
                    && self.page.token(i + 1).is_some_and(|n| {
                        i + 1 < b && n.line == t.line && !n.cell_start && n.shape != Shape::Sign
                    });
            joins
                || matches!(t.shape, Shape::Caps | Shape::Capital) && !self.words.is_stop(&t.word)
                || self.words.is_first_name(&t.word)
        });
        let Some(last) = named.last() else { return false };
        let Some((printed, span)) = self.page.printed(a, last) else { return false };
        let all = clean(&printed.replace(',', " ").replace(" - ", "-"));
        // "Prénom : THI MAI" is one given name; "Prénoms :" and commas make a list.
        let list = label.field == Field::FirstNames || printed.contains(',');
        let first = if list { self.leading_name(&all) } else { all.clone() };
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

    // The first of several given names, with the particle inside it: "Maria da Luz".
    fn leading_name(&self, all: &str) -> String {
        let mut taken: Vec<&str> = Vec::new();
        for word in all.split(' ') {
            let joins = |w: &str| self.words.is_particle(w) || w == "thi";
            let open = taken.last().is_none_or(|w| joins(&compared(w)));
            if !open && !self.words.is_particle(&compared(word)) {
                break;
            }
            taken.push(word);
        }
        taken.join(" ")
    }

    fn birth_value(&mut self, record: &mut Candidate, label: Label, a: usize) -> bool {
        let Some((date, span, next)) = self.page.date_at(a) else { return false };
        let Some(date) = with_century(date, self.received) else { return false };
        if date > self.received {
            self.decision.future.push(span);
            return false;
        }
        // A name written just before belongs to the same person.
        let beside = self.name_before(label.first, !record.has_name());
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
        let unnamed = record.name.is_none() && record.first.is_none();
        if unnamed && let Some(mut dated) = self.dated_below(label.first, (date, span)) {
            dated.last_line = self.page.token(label.first).map_or(0, |t| t.line);
            self.found.push(dated);
            return false;
        }
        let conflict = record.birth_date.as_ref().is_some_and(|(old, _)| *old != date);
        if conflict {
            self.close(record);
            record.foreign = self.is_foreign(label);
        }
        if self.page.word(label.first) == "nee" && self.page.word(label.first + 1) == "le" {
            let told = self.page.token(label.first).map(|t| (Sex::F, t.span));
            keep(&mut record.sex, told);
        }
        keep(&mut record.birth_date, Some((date, span)));
        true
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

    // "né(e) le", "date de naissance": a birth date stands in the text.
    fn announces_birth(&self) -> bool {
        (0..self.page.tokens.len()).any(|i| {
            let near = || self.page.tokens.get(i + 1..(i + 9).min(self.page.tokens.len()));
            let label =
                self.words.label_at(self.page, i).is_some_and(|l| l.field == Field::BirthDate);
            (label || ["ne", "nee"].contains(&self.page.word(i)))
                && near().unwrap_or_default().iter().any(|t| t.shape == Shape::Number)
        })
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
