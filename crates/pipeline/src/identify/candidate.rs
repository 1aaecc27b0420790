//! Candidates for the patient: what each place of the text says of one person, which of them are
//! the same person, and the decision.
//!
//! A wrong patient is worse than none: two persons that both look like the patient, a first name or a
//! printed birth date that could not be read, end in an abstention.

use relu_record::{Identifier, Ins, PartialDate, PatientIdentity, Private, Sex, Span};

use super::names::{Name, compared, same_name};

/// How a candidate was announced, weakest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Weight {
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

pub(super) type Found<T> = Option<(T, Span)>;

/// What one place of the text says of one person.
#[derive(Clone, Debug, Default)]
pub(super) struct Candidate {
    pub(super) weight: Weight,
    pub(super) foreign: bool,
    pub(super) guessed: bool,
    pub(super) name: Found<String>,
    pub(super) birth_name: Found<String>,
    pub(super) used_name: Found<String>,
    pub(super) first: Found<String>,
    pub(super) firsts: Found<String>,
    pub(super) used_first: Found<String>,
    pub(super) birth_date: Found<PartialDate>,
    pub(super) sex: Found<Sex>,
    pub(super) birth_place: Found<String>,
    pub(super) ins: Found<Ins>,
    pub(super) ids: Vec<(Identifier, Span)>,
    pub(super) last_line: usize,
    /// Its birth date stands without a label.
    pub(super) bare_date: bool,
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
    /// Whether the text announces a birth date, read or not.
    pub(super) birth_printed: bool,
}

/// The patient with the words it rests on.
#[derive(Clone, Debug)]
pub(super) struct Patient {
    pub(super) identity: PatientIdentity,
    pub(super) spans: Vec<Span>,
    pub(super) confidence: f32,
    pub(super) rule: &'static str,
}

/// Whether a candidate bears the name of a professional of the same text.
pub(super) fn is_doctor(c: &Candidate, doctors: &[Name]) -> bool {
    let Some((family, _)) = &c.name else { return false };
    doctors.iter().any(|d| {
        let same_given = match (&c.first, d.given.first()) {
            (Some((a, _)), Some(b)) => same_name(a, b),
            _ => true,
        };
        same_name(&d.family, family) && same_given
    })
}

pub(super) fn keep<T>(slot: &mut Option<T>, value: Option<T>) {
    if slot.is_none() {
        *slot = value;
    }
}

impl Candidate {
    pub(super) fn is_blank(&self) -> bool {
        !self.has_name()
            && self.first.is_none()
            && self.birth_date.is_none()
            && self.ins.is_none()
            && self.ids.is_empty()
            && self.sex.is_none()
            && self.birth_place.is_none()
    }

    pub(super) fn has_name(&self) -> bool {
        self.name.is_some() || self.birth_name.is_some() || self.used_name.is_some()
    }

    // Given names and aliases of a full name.
    pub(super) fn take_parts(&mut self, name: &Name) {
        let span = name.span.span();
        let given = (!name.given.is_empty()).then(|| name.given.join(" "));
        keep(&mut self.first, given.map(|g| (g, span)));
        if name.given.len() > 1 {
            keep(&mut self.firsts, Some((name.given.join(" "), span)));
        }
        keep(&mut self.birth_name, name.birth.clone().map(|b| (b, span)));
        keep(&mut self.used_name, name.married.clone().map(|m| (m, span)));
    }

    pub(super) fn surnames(&self) -> impl Iterator<Item = &String> {
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

/// Who the patient is, when the candidates leave no doubt.
pub(super) fn decide(mut found: Vec<Candidate>, decision: &mut Decision) {
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
        decision.patient = merge(&group, level).filter(|p| {
            // Half an identity finds the wrong person: what is printed must have been read.
            p.identity.first_name.is_some()
                && (p.identity.birth_date.is_some()
                    || !decision.birth_printed
                    || !decision.future.is_empty())
        });
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
    });
    // The name in use repeats the only name there is.
    let birth = birth.or_else(|| all.name.clone()).or_else(|| all.used_name.clone())?;
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
