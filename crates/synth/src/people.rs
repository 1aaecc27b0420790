//! Patients, doctors and structures that do not exist.
//!
//! Patients: surnames are made up, first names follow the birth year, birthplaces are real communes,
//! and the INS has a valid key in the **test** authority (1.2.250.1.213.1.4.10), with order numbers
//! 950 to 999. Doctors: RPPS of 11 digits starting with 999 (real ones start with 10), valid Luhn.
//! Structures: FINESS of the department 99, which does not exist, valid Luhn. Telephone numbers are
//! those that ARCEP keeps for fiction; mail addresses end in `.example` (RFC 2606).

use relu_record::{
    Identifier, Ins, InsStatus, PartialDate, PatientIdentity, Private, Sex, luhn, system,
};

use crate::rng::Rng;
use crate::words;

/// Authority of the local patient number (IPP) of the invented hospitals.
pub(crate) const IPP_SYSTEM: &str = "1.2.250.1.999.1.1";

/// An invented patient.
#[derive(Clone)]
pub struct Patient {
    /// Surname at birth, as the family writes it.
    pub birth_name: String,
    /// Surname in use, when it is another one.
    pub used_name: Option<String>,
    /// First given name.
    pub first_name: String,
    /// All given names at birth.
    pub first_names: Vec<String>,
    /// Date of birth.
    pub birth_date: PartialDate,
    /// Sex.
    pub sex: Sex,
    /// COG code of the birthplace.
    pub birth_place: String,
    /// Its name.
    pub birth_place_name: String,
    /// INS-NIR of the test authority.
    pub ins: String,
    /// Local number in the hospital.
    pub ipp: String,
    /// Street and number.
    pub street: String,
    /// Postal code.
    pub zip: String,
    /// Town.
    pub town: String,
    /// Telephone.
    pub phone: String,
}

impl std::fmt::Debug for Patient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Patient(masqué)")
    }
}

impl Patient {
    /// The patient as the vocabulary gives one: what a practice would hold in its base.
    pub fn identity(&self) -> PatientIdentity {
        PatientIdentity {
            birth_name: Some(words::strict(&self.birth_name).into()),
            first_name: Some(words::strict(&self.first_name).into()),
            birth_first_names: Some(words::strict(&self.first_names.join(" ")).into()),
            used_name: self.used_name.as_deref().map(|n| words::strict(n).into()),
            used_first_name: None,
            birth_date: Some(Private(self.birth_date)),
            sex: Some(self.sex),
            birth_place: Some(self.birth_place.clone().into()),
            ins: Ins::parse(&self.ins, system::INS_NIR_TEST).ok(),
            ins_status: InsStatus::Qualifiee,
            identifiers: vec![Identifier {
                system: IPP_SYSTEM.to_owned(),
                value: self.ipp.clone().into(),
                kind: Some("PI".to_owned()),
            }],
            address: Some(format!("{}, {} {}", self.street, self.zip, self.town).into()),
            telecom: vec![self.phone.clone().into()],
        }
    }

    /// The surname a secretary would call out: the used one when there is one.
    pub(crate) fn called(&self) -> &str {
        self.used_name.as_deref().unwrap_or(&self.birth_name)
    }
}

/// An invented doctor.
#[derive(Clone, Debug)]
pub(crate) struct Doctor {
    pub name: String,
    pub first_name: String,
    pub title: &'static str,
    pub specialty: String,
    pub rpps: String,
    pub female: bool,
}

impl Doctor {
    /// `Dr Jeanne VALMORIN`.
    pub fn full(&self) -> String {
        format!("{} {} {}", self.title, self.first_name, self.name.to_uppercase())
    }
}

/// An invented structure.
#[derive(Clone, Debug)]
pub(crate) struct Structure {
    pub name: String,
    pub kind: String,
    pub service: String,
    pub finess: String,
    pub street: String,
    pub zip: String,
    pub town: String,
    pub phone: String,
    pub fax: String,
}

/// Lines of a data file, without comments and blank ones.
pub(crate) fn lines(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().map(str::trim_end).filter(|l| !l.trim().is_empty() && !l.starts_with('#'))
}

struct Place {
    cog: &'static str,
    name: &'static str,
    zip: &'static str,
    since: u16,
}

fn places() -> Vec<Place> {
    lines(include_str!("../data/places.tsv"))
        .map(|l| {
            let mut f = l.split('\t');
            let mut next = || f.next().unwrap_or_default();
            let (cog, name, zip) = (next(), next(), next());
            Place { cog, name, zip, since: next().parse().unwrap_or(1943) }
        })
        .collect()
}

fn surname(rng: &mut Rng) -> String {
    let all: Vec<_> = lines(include_str!("../data/surnames.txt")).collect();
    let one = rng.pick(&all).copied().unwrap_or("Valmorin");
    // One family in twelve bears two names.
    if rng.chance(8) && !one.contains([' ', '-', '\'']) {
        let two = rng.pick(&all).copied().unwrap_or("Montarcel");
        if !two.contains([' ', '-', '\'']) && two != one {
            return format!("{one}-{two}");
        }
    }
    one.to_owned()
}

fn first_name(rng: &mut Rng, sex: Sex, year: u16) -> String {
    let data = match sex {
        Sex::F => include_str!("../data/first_names_f.txt"),
        Sex::M => include_str!("../data/first_names_m.txt"),
    };
    let of_the_time: Vec<&str> = lines(data)
        .filter_map(|l| {
            let (rest, to) = l.rsplit_once(' ')?;
            let (name, from) = rest.rsplit_once(' ')?;
            let (from, to): (u16, u16) = (from.parse().ok()?, to.parse().ok()?);
            (from <= year && year <= to).then_some(name)
        })
        .collect();
    rng.pick(&of_the_time).copied().unwrap_or("Claude").to_owned()
}

/// A patient aged about `age` on `day`.
pub(crate) fn patient(
    rng: &mut Rng,
    sex: Option<Sex>,
    age: (u16, u16),
    day: PartialDate,
) -> Patient {
    let sex = sex.unwrap_or(if rng.chance(54) { Sex::F } else { Sex::M });
    let years = rng.between(age.0.into(), age.1.into()) * 365 + rng.between(10, 350);
    let birth_date = words::plus_days(day, -years);
    let birth_name = surname(rng);
    let used_name = (sex == Sex::F && birth_date.year < 2000 && rng.chance(55))
        .then(|| surname(rng))
        .filter(|n| *n != birth_name);
    let first = first_name(rng, sex, birth_date.year);
    let mut first_names = vec![first.clone()];
    for _ in 0..rng.below(3) {
        let other = first_name(rng, sex, birth_date.year.saturating_sub(24).max(1922));
        if !first_names.contains(&other) {
            first_names.push(other);
        }
    }
    let all = places();
    let born: Vec<&Place> = all.iter().filter(|p| p.since <= birth_date.year.max(1943)).collect();
    let living: Vec<&Place> = all.iter().filter(|p| !p.zip.is_empty()).collect();
    let born = born.get(rng.below(born.len())).copied();
    let living = living.get(rng.below(living.len())).copied();
    let place = born.map_or("31555", |p| p.cog);
    Patient {
        ins: ins(rng, sex, birth_date, place),
        ipp: format!("{}", rng.between(800_000_000, 899_999_999)),
        birth_place: place.to_owned(),
        birth_place_name: born.map_or("Toulouse", |p| p.name).to_owned(),
        street: street(rng),
        zip: living.map_or("31000", |p| p.zip).to_owned(),
        town: living.map_or("Toulouse", |p| p.name).to_owned(),
        phone: format!("06 39 98 {:02} {:02}", rng.below(100), rng.below(100)),
        birth_name,
        used_name,
        first_name: first,
        first_names,
        birth_date,
        sex,
    }
}

fn street(rng: &mut Rng) -> String {
    let all: Vec<_> = lines(include_str!("../data/streets.txt")).collect();
    format!("{} {}", rng.between(1, 98), rng.pick(&all).copied().unwrap_or("rue des Glycines"))
}

/// A matricule of the test authority.
pub(crate) fn ins(rng: &mut Rng, sex: Sex, birth: PartialDate, place: &str) -> String {
    let first = if sex == Sex::M { 1 } else { 2 };
    let number = format!(
        "{first}{:02}{:02}{place}{:03}",
        birth.year % 100,
        birth.month.unwrap_or(1),
        rng.between(950, 999)
    );
    let key = Ins::key(&number).unwrap_or(97);
    format!("{number}{key:02}")
}

fn with_luhn_key(stem: &str) -> String {
    (0..10).map(|k| format!("{stem}{k}")).find(|n| luhn(n)).unwrap_or_default()
}

/// A doctor of that specialty.
pub(crate) fn doctor(rng: &mut Rng, specialty: &str) -> Doctor {
    let female = rng.chance(48);
    let sex = if female { Sex::F } else { Sex::M };
    let born = rng.between(1958, 1992) as u16;
    Doctor {
        name: surname(rng),
        first_name: first_name(rng, sex, born),
        title: if rng.chance(12) { "Pr" } else { "Dr" },
        specialty: specialty.to_owned(),
        rpps: with_luhn_key(&format!("999{:07}", rng.between(0, 9_999_999))),
        female,
    }
}

/// A structure of that kind (`hopital`, `cabinet`, `labo`…), whose service suits the specialty when
/// it has one.
pub(crate) fn structure(rng: &mut Rng, kind: &str, specialty: &str) -> Structure {
    let rows: Vec<Vec<&str>> = lines(include_str!("../data/structures.tsv"))
        .map(|l| l.split('\t').collect::<Vec<_>>())
        .filter(|f| kind.split('/').any(|k| f.first() == Some(&k)))
        .collect();
    let row = rows.get(rng.below(rows.len())).cloned().unwrap_or_default();
    let services: Vec<&str> =
        row.get(2).map(|s| s.split(';').filter(|s| !s.is_empty()).collect()).unwrap_or_default();
    // The service that suits the specialty; a hospital without one has a service of that name.
    let wanted = words::strict(specialty);
    let stem = |s: &str| words::strict(s).chars().take(6).collect::<String>();
    let service = match services.iter().find(|s| stem(s) == stem(&wanted)) {
        Some(service) => (*service).to_owned(),
        None if services.is_empty() => String::new(),
        None => crate::compose::capitalised(specialty),
    };
    let all = places();
    let towns: Vec<&Place> = all.iter().filter(|p| !p.zip.is_empty()).collect();
    let town = towns.get(rng.below(towns.len())).copied();
    let line = ["01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49"];
    let prefix = rng.pick(&line).copied().unwrap_or("01 99 00");
    let (a, b) = (rng.below(100), rng.below(99));
    Structure {
        name: row.get(1).copied().unwrap_or("Cabinet médical des Tilleuls").to_owned(),
        kind: row.first().copied().unwrap_or("cabinet").to_owned(),
        service,
        finess: with_luhn_key(&format!("990{:05}", rng.between(0, 99_999))),
        street: street(rng),
        zip: town.map_or("31000", |p| p.zip).to_owned(),
        town: town.map_or("Toulouse", |p| p.name).to_owned(),
        phone: format!("{prefix} {a:02} {b:02}"),
        fax: format!("{prefix} {a:02} {:02}", b + 1),
    }
}
