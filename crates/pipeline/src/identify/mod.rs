//! *Identification*: patient, author, structure, recipients and date of a document.
//!
//! Input: the reading (header and text). Output: one proposal at most for patient, author, structure
//! and date, one per recipient, and checks: `several-patients`, `no-patient`, `patient-mismatch`,
//! `ins-bad-key`, `date-in-future`. What the format's header says comes first (evidence
//! [`Evidence::Header`]); the text completes and contradicts it (evidence [`Evidence::Words`]).
//!
//! A wrong patient is worse than none: with several persons that look like the patient, none is
//! proposed. The INS datamatrix of a page completes and contradicts the text likewise (evidence
//! [`Evidence::Region`]); it carries an identity and qualifies none. An identity is never raised to *qualifiée*: a status is kept only from a header.
//!
//! Source: interop-fr fact sheet §1 (INS, RNIV), French usage for layouts.

mod beside;
mod candidate;
mod coded;
mod names;
mod others;
mod patient;
mod people;
mod sentences;
#[cfg(test)]
mod tests;
mod words;

use relu_record::{
    Annotations, Check, Evidence, Format, Outcome, PartialDate, PatientIdentity, Practitioner,
    Private, ProposalValue, Reading, Severity, Sheet, Sourced, Span,
};

use self::candidate::Decision;
use self::names::same_name;
use self::people::{People, Read};
use self::words::Words;
use crate::function::{Context, Draft, Function, check, sheet};
use crate::page::Page;

/// The function with its compiled rules.
pub(crate) struct Identify {
    sheet: Sheet,
    words: Option<Words>,
    people: People,
}

impl Identify {
    /// Compiles the rules shipped with the program; a file that does not parse fails the tests.
    pub(crate) fn embedded() -> Identify {
        let words = Words::compile(
            include_str!("rules/labels.toml"),
            include_str!("rules/words.toml"),
            include_str!("rules/first-names.txt"),
        );
        Identify {
            sheet: sheet(include_str!("sheet.toml")),
            words: words.ok(),
            people: People::compile(include_str!("rules/people.toml")).unwrap_or_default(),
        }
    }
}

impl Function for Identify {
    fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    fn propose(
        &self,
        reading: &Reading,
        _notes: &Annotations,
        context: &Context,
    ) -> Outcome<Vec<relu_record::Proposal>> {
        let mut draft = Draft::of(&self.sheet);
        let Some(words) = &self.words else { return draft.finish() };
        let page = Page::of(&reading.text);
        let read = patient::find(&page, words, context.received);
        let birth = patient_of(&mut draft, reading, &read);
        self.others(&mut draft, reading, &page, words, birth, context.received);
        draft.finish()
    }
}

fn evidence(spans: &[Span]) -> Vec<Evidence> {
    spans.iter().map(|s| Evidence::Words(*s)).collect()
}

// The patient and the checks about them; gives the birth date that was read.
fn patient_of(draft: &mut Draft, reading: &Reading, read: &Decision) -> Option<PartialDate> {
    if !read.bad_keys.is_empty() {
        let c = check(
            "ins-bad-key",
            Severity::Warning,
            "Le numéro INS imprimé a une clé fausse : il n'est pas repris.",
        );
        draft.add(c, evidence(&read.bad_keys), 1.0, "ins-key");
    }
    if !read.future.is_empty() {
        let c = check(
            "date-in-future",
            Severity::Warning,
            "Une date de naissance est postérieure à la réception : elle n'est pas reprise.",
        );
        draft.add(c, evidence(&read.future), 1.0, "birth-date");
    }
    let headers = distinct(&reading.header.patients);
    let coded = coded::patient(draft, reading);
    match headers.as_slice() {
        [one] => {
            if let Some(code) = &coded {
                coded::contradicts(
                    draft,
                    code,
                    &one.value,
                    vec![Evidence::Header(one.path.clone())],
                );
            }
            header_patient(draft, one, read, is_prose(reading))
        }
        [] => match coded {
            Some(code) => code.patient(draft, read),
            None => text_patient(draft, read),
        },
        several => {
            let at = several.iter().map(|p| Evidence::Header(p.path.clone())).collect();
            draft.add(
                several_patients("L'en-tête nomme plusieurs patients : le document est à séparer."),
                at,
                1.0,
                "header",
            );
            None
        }
    }
}

fn several_patients(message: &str) -> ProposalValue {
    ProposalValue::Check(Check {
        code: "several-patients".to_owned(),
        severity: Severity::Error,
        message: message.to_owned(),
    })
}

// The header's patients, each once; an empty one says nothing.
fn distinct(all: &[Sourced<PatientIdentity>]) -> Vec<Sourced<PatientIdentity>> {
    let mut kept: Vec<Sourced<PatientIdentity>> = Vec::new();
    for p in all.iter().filter(|p| !p.value.is_empty()) {
        if !kept.iter().any(|k| disagreement(&k.value, &p.value).is_none()) {
            kept.push(p.clone());
        }
    }
    kept
}

fn surnames(p: &PatientIdentity) -> impl Iterator<Item = &Private> {
    [&p.birth_name, &p.used_name].into_iter().flatten()
}

// Why two identities are not the same person, or nothing.
fn disagreement(a: &PatientIdentity, b: &PatientIdentity) -> Option<&'static str> {
    if let (Some(x), Some(y)) = (&a.ins, &b.ins)
        && x.value != y.value
    {
        return Some("numéro INS");
    }
    let (x, y) = (a.birth_date.as_ref().map(|d| d.0), b.birth_date.as_ref().map(|d| d.0));
    if let (Some(x), Some(y)) = (x, y)
        && x.is_full()
        && y.is_full()
        && x != y
    {
        return Some("date de naissance");
    }
    let named = surnames(a).next().is_some() && surnames(b).next().is_some();
    let shared = surnames(a).any(|x| surnames(b).any(|y| same_name(x, y)));
    if named && !shared {
        return Some("nom");
    }
    let firsts = |p: &PatientIdentity| -> Vec<String> {
        [&p.first_name, &p.used_first_name, &p.birth_first_names]
            .into_iter()
            .flatten()
            .flat_map(|f| {
                std::iter::once(names::compared(f))
                    .chain(names::compared(f).split(' ').map(str::to_owned))
                    .collect::<Vec<_>>()
            })
            .collect()
    };
    let (f, g) = (firsts(a), firsts(b));
    let meets = f.iter().any(|x| {
        g.iter().any(|y| same_name(x, y) || y.starts_with(x.as_str()) || x.starts_with(y.as_str()))
    });
    (!f.is_empty() && !g.is_empty() && !meets).then_some("prénom")
}

/// Whether the text was written as one. That of a structured body is drawn up from its entries: the
/// names and dates of birth in it are also those of children, mothers and contacts, so that only the
/// header says who the patient is.
fn is_prose(reading: &Reading) -> bool {
    !matches!(reading.format, Format::CdaN3 | Format::Fhir)
}

fn header_patient(
    draft: &mut Draft,
    header: &Sourced<PatientIdentity>,
    read: &Decision,
    prose: bool,
) -> Option<PartialDate> {
    let mut identity = header.value.clone();
    let mut at = vec![Evidence::Header(header.path.clone())];
    let mut confidence: f32 = if identity.birth_date.is_some() { 0.98 } else { 0.85 };
    if !prose {
        // Nothing in the text completes or contradicts the header.
    } else if let Some(p) = &read.patient {
        match disagreement(&identity, &p.identity) {
            None if identity.birth_date.is_none() && p.identity.birth_date.is_some() => {
                // The text completes a header that has no birth date.
                identity.birth_date = p.identity.birth_date.clone();
                identity.sex = identity.sex.or(p.identity.sex);
                at.extend(evidence(&p.spans));
            }
            None => {}
            Some(trait_name) if p.confidence >= 0.75 => {
                let message = format!(
                    "L'en-tête et le texte ne disent pas le même patient ({trait_name}) : à vérifier avant de classer."
                );
                let mut both = at.clone();
                both.extend(evidence(&p.spans));
                draft.add(
                    check("patient-mismatch", Severity::Error, &message),
                    both,
                    1.0,
                    "header-and-text",
                );
                confidence = 0.5;
            }
            Some(_) => {}
        }
    } else if read.several.len() > 1 {
        let c = several_patients(
            "Le texte nomme plusieurs patients : le document est peut-être à séparer.",
        );
        draft.add(c, evidence(&read.several), 1.0, "text");
        confidence = 0.5;
    }
    let birth = identity.birth_date.as_ref().map(|d| d.0);
    draft.add(ProposalValue::Patient(identity), at, confidence, "header");
    birth
}

fn text_patient(draft: &mut Draft, read: &Decision) -> Option<PartialDate> {
    if read.several.len() > 1 {
        let c = several_patients("Le texte nomme plusieurs patients : le document est à séparer.");
        draft.add(c, evidence(&read.several), 1.0, "text");
        return None;
    }
    let Some(p) = &read.patient else {
        let c = check(
            "no-patient",
            Severity::Warning,
            "Aucun patient sûr dans le document : à rattacher par une personne.",
        );
        let absent =
            Evidence::Absence("aucun patient reconnu dans l'en-tête ni dans le texte".to_owned());
        draft.add(c, vec![absent], 1.0, "no-patient");
        return None;
    };
    draft.add(ProposalValue::Patient(p.identity.clone()), evidence(&p.spans), p.confidence, p.rule);
    p.identity.birth_date.as_ref().map(|d| d.0)
}

impl Identify {
    // Author, structure, recipients and date: the header's, else the text's.
    fn others(
        &self,
        draft: &mut Draft,
        reading: &Reading,
        page: &Page<'_>,
        words: &Words,
        birth: Option<PartialDate>,
        received: PartialDate,
    ) {
        let header = &reading.header;
        let author = if header.authors.is_empty() { self.people.author(page, words) } else { None };
        let signs = author.as_ref().map(|a| a.value.clone());
        for a in header.authors.iter().take(1) {
            draft.add(
                ProposalValue::Author(a.value.clone()),
                vec![Evidence::Header(a.path.clone())],
                0.97,
                "header",
            );
        }
        add_read(draft, author, ProposalValue::Author);
        match &header.organization {
            Some(o) => draft.add(
                ProposalValue::Organization(o.value.clone()),
                vec![Evidence::Header(o.path.clone())],
                0.97,
                "header",
            ),
            None => add_read(draft, self.people.organization(page), ProposalValue::Organization),
        }
        for r in &header.recipients {
            draft.add(
                ProposalValue::Recipient(r.value.clone()),
                vec![Evidence::Header(r.path.clone())],
                0.95,
                "header",
            );
        }
        if header.recipients.is_empty() {
            for r in self.people.recipients(page, words) {
                // Who signs does not write to themselves.
                let signer = |s: &Practitioner| {
                    r.value
                        .practitioner
                        .as_ref()
                        .is_some_and(|p| same_name(&p.name.family, &s.name.family))
                };
                if !signs.as_ref().is_some_and(signer) {
                    add_read(draft, Some(r), ProposalValue::Recipient);
                }
            }
        }
        let dated = header.date.as_ref().or(header.act_date.as_ref());
        match dated {
            Some(d) if d.value.date > received && d.value.date.is_full() => {
                let c = check(
                    "date-in-future",
                    Severity::Warning,
                    "La date du document est postérieure à sa réception.",
                );
                draft.add(c, vec![Evidence::Header(d.path.clone())], 1.0, "header");
                draft.add(
                    ProposalValue::DocumentDate(d.value),
                    vec![Evidence::Header(d.path.clone())],
                    0.5,
                    "header",
                );
            }
            Some(d) => draft.add(
                ProposalValue::DocumentDate(d.value),
                vec![Evidence::Header(d.path.clone())],
                0.97,
                "header",
            ),
            None => add_read(
                draft,
                self.people.date(page, birth, received),
                ProposalValue::DocumentDate,
            ),
        }
    }
}

fn add_read<T>(draft: &mut Draft, read: Option<Read<T>>, value: fn(T) -> ProposalValue) {
    if let Some(r) = read {
        draft.add(value(r.value), evidence(&r.spans), r.confidence, r.rule);
    }
}
