//! What tells one person from another, folded so that two writings compare equal.

use relu_record::{PartialDate, PatientIdentity};
use relu_text::words::fold;

use super::Standing;

/// Folded bytes kept of one word of a name.
const ROOM: usize = 64;
/// Values kept of one kind: a list that gives more is not to be believed.
const MOST: usize = 32;

/// What is known of a person. Empty when nothing is.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Traits {
    ins: Vec<String>,
    ids: Vec<Id>,
    families: Vec<String>,
    given: Vec<Vec<String>>,
    birth: Option<PartialDate>,
}

#[derive(Clone, PartialEq, Eq)]
struct Id {
    system: String,
    value: String,
}

impl std::fmt::Debug for Traits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Traits([masqué])")
    }
}

impl Traits {
    /// Those of an identity as a document or a record gives it.
    pub fn of(identity: &PatientIdentity) -> Traits {
        let mut t = Traits::default();
        for name in [&identity.birth_name, &identity.used_name].into_iter().flatten() {
            t.add_family(name);
        }
        let given = [&identity.first_name, &identity.birth_first_names, &identity.used_first_name];
        for name in given.into_iter().flatten() {
            t.add_given(name);
        }
        t.birth = identity.birth_date.as_ref().map(|d| d.0);
        if let Some(ins) = &identity.ins {
            t.add_ins(&ins.value);
        }
        for id in &identity.identifiers {
            t.add_id(&id.system, &id.value);
        }
        t
    }

    /// Adds a value by the name of its field (`birth_name`, `prenom`, `ins`, `ipp`…); says whether
    /// the name was understood.
    pub fn add(&mut self, field: &str, value: &str) -> bool {
        let value = value.trim();
        let key: String = folded(field);
        match key.as_str() {
            "ins" | "nir" | "insvalue" | "matriculeins" | "secu" | "numerosecu" => {
                self.add_ins(value);
            }
            "ipp" | "id" | "mrn" | "identifiant" | "identifier" | "identifiers"
            | "identifiersvalue" | "nip" => self.add_id("", value),
            "nom" | "name" | "family" | "birthname" | "usedname" | "nomnaissance"
            | "nomdenaissance" | "nomutilise" | "nomusage" | "nomdusage" | "nomfamille"
            | "maidenname" | "lastname" => self.add_family(value),
            "prenom" | "prenoms" | "firstname" | "given" | "birthfirstnames" | "usedfirstname"
            | "prenomutilise" | "premierprenom" | "prenomsnaissance" => self.add_given(value),
            "birthdate" | "datenaissance" | "datedenaissance" | "naissance" | "dob" => {
                self.birth = self.birth.or_else(|| date(value));
                return value.is_empty() || self.birth.is_some();
            }
            _ => return false,
        }
        true
    }

    /// Adds an identifier under the authority that gave it (possibly empty: any).
    pub fn add_id(&mut self, system: &str, value: &str) {
        let value = alphanumeric(value);
        if value.len() >= 2 && self.ids.len() < MOST {
            self.ids.push(Id { system: system.trim().to_lowercase(), value });
        }
    }

    fn add_ins(&mut self, value: &str) {
        let value = alphanumeric(value);
        // 13 characters, with or without the key.
        if matches!(value.len(), 13 | 15) && self.ins.len() < MOST {
            self.ins.push(value.get(..13).unwrap_or_default().to_owned());
        }
    }

    fn add_family(&mut self, name: &str) {
        let name = folded(name);
        if !name.is_empty() && self.families.len() < MOST && !self.families.contains(&name) {
            self.families.push(name);
        }
    }

    fn add_given(&mut self, name: &str) {
        let words = words(name);
        if !words.is_empty() && self.given.len() < MOST && !self.given.contains(&words) {
            self.given.push(words);
        }
    }

    /// Whether there is enough to compare somebody with: a number, or names with a full birth date.
    pub fn is_usable(&self) -> bool {
        !self.ins.is_empty()
            || !self.ids.is_empty()
            || (!self.families.is_empty() && self.birth.is_some_and(PartialDate::is_full))
    }

    /// Whether these are those of `other`, a person of a list.
    pub(super) fn against(&self, other: &Traits) -> Standing {
        let numbers = [self.by_ins(other), self.by_id(other)];
        let names = self.by_names(other);
        if numbers.contains(&Some(true)) || names == Some(Standing::Opposed) {
            return Standing::Opposed;
        }
        match (numbers.contains(&Some(false)), names) {
            // Nearly the same traits under another number: a person looks.
            (_, Some(Standing::Unknown)) | (false, None) => Standing::Unknown,
            _ => Standing::Clear,
        }
    }

    fn by_ins(&self, other: &Traits) -> Option<bool> {
        let both = !self.ins.is_empty() && !other.ins.is_empty();
        both.then(|| self.ins.iter().any(|i| other.ins.contains(i)))
    }

    // Numbers compare under one authority only; a list that names none means any.
    fn by_id(&self, other: &Traits) -> Option<bool> {
        let same =
            |a: &Id, b: &Id| a.system == b.system || a.system.is_empty() || b.system.is_empty();
        let mut comparable = false;
        for (a, b) in self.ids.iter().flat_map(|a| other.ids.iter().map(move |b| (a, b))) {
            if same(a, b) {
                comparable = true;
                if a.value == b.value {
                    return Some(true);
                }
            }
        }
        comparable.then_some(false)
    }

    // `None` when names and dates cannot be compared.
    fn by_names(&self, other: &Traits) -> Option<Standing> {
        let (a, b) = (self.birth?, other.birth?);
        if self.families.is_empty() || other.families.is_empty() {
            return None;
        }
        let family = self.families.iter().any(|f| other.families.contains(f));
        let given = self.same_given(other);
        let near = self.families.iter().any(|f| other.families.iter().any(|o| near(f, o)));
        Some(match (a == b, near_dates(a, b), family, given) {
            (true, _, true, Some(true)) => Standing::Opposed,
            // The first name is not known; the name in use may be that of a husband; one letter or
            // one digit may be misread.
            (true, _, true, None) | (true, _, false, Some(true)) => Standing::Unknown,
            (true, _, false, None) if near => Standing::Unknown,
            (false, true, true, Some(true)) => Standing::Unknown,
            _ => Standing::Clear,
        })
    }

    // One list of first names begins as the other does; `None` when one of them is empty.
    fn same_given(&self, other: &Traits) -> Option<bool> {
        if self.given.is_empty() || other.given.is_empty() {
            return None;
        }
        let begins = |a: &[String], b: &[String]| a.iter().zip(b).all(|(x, y)| x == y);
        Some(self.given.iter().any(|a| other.given.iter().any(|b| begins(a, b))))
    }
}

fn words(name: &str) -> Vec<String> {
    name.split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty())
        .map(|word| {
            let mut room = [0; ROOM];
            let n = fold(word, &mut room);
            String::from_utf8_lossy(room.get(..n).unwrap_or_default()).into_owned()
        })
        .collect()
}

/// The words of a name, folded and joined: `Le Goff`, `LE-GOFF` and `legoff` are one.
pub(super) fn folded(name: &str) -> String {
    words(name).concat()
}

fn alphanumeric(value: &str) -> String {
    value.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// `AAAA-MM-JJ`, `JJ/MM/AAAA` (or with points or hyphens) or `AAAAMMJJ`.
fn date(value: &str) -> Option<PartialDate> {
    if let Ok(date) = value.parse::<PartialDate>() {
        return Some(date).filter(|d| d.is_full());
    }
    let parts: Vec<&str> = value.split(['/', '.', '-']).collect();
    match parts.as_slice() {
        [d, m, y] => PartialDate::ymd(y.parse().ok()?, m.parse().ok()?, d.parse().ok()?),
        [digits] => PartialDate::from_digits(digits).filter(|d| d.is_full()),
        _ => None,
    }
}

// One digit apart, or day and month changed round.
fn near_dates(a: PartialDate, b: PartialDate) -> bool {
    let (x, y) = (a.to_string(), b.to_string());
    let apart = x.bytes().zip(y.bytes()).filter(|(p, q)| p != q).count();
    let round = a.year == b.year && a.month == b.day && a.day == b.month;
    // A date known in part agrees with every date that begins as it does.
    apart <= 1 || round
}

// One letter changed, added or lost, or one name inside the other (`martin`, `martindupont`).
fn near(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    if short.len() >= 3 && (long.starts_with(short) || long.ends_with(short)) {
        return true;
    }
    let same = short.bytes().zip(long.bytes()).take_while(|(x, y)| x == y).count();
    let tail = |s: &str, n: usize| s.as_bytes().get(n..).map(<[u8]>::to_vec);
    long.len() - short.len() <= 1
        && (tail(short, same + 1) == tail(long, same + 1)
            || tail(short, same) == tail(long, same + 1))
}
