//! Who: patients with their INS, professionals, structures.
//!
//! Strict traits follow the INS: birth name, all birth given names and the first of them, birth
//! date, sex, INSEE code of the birthplace; used names are kept apart and never mixed in.
//! Sources: `interop-fr` fact sheet §1 and §2 (RNIV, CI-SIS); keys computed as published there.

use serde::{Deserialize, Serialize};

use crate::{PartialDate, Private, system};

/// Why a value is not what it claims to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Wrong length or characters.
    #[error("wrong shape")]
    BadShape,
    /// The check key does not match.
    #[error("wrong check key")]
    BadKey,
    /// Not a date of the calendar.
    #[error("not a date")]
    BadDate,
}

/// A national health identity number with the OID of the authority that gave it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Ins {
    /// The 15 characters, without spaces: 13 of the number, 2 of the key.
    pub value: Private,
    /// OID of the authority.
    pub oid: String,
}

impl Ins {
    /// Reads a 15-character matricule (spaces allowed) and checks shape and key.
    /// Corsica: `2A` counts as 19 and `2B` as 18 in the key.
    pub fn parse(value: &str, oid: &str) -> Result<Ins, IdentityError> {
        let value: String =
            value.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let b = value.as_bytes();
        if b.len() != 15 || !matches!(b[0], b'1'..=b'4' | b'7' | b'8') {
            return Err(IdentityError::BadShape);
        }
        let corsica = matches!((b[5], b[6]), (b'2', b'A' | b'B'));
        let digits = b.iter().enumerate().all(|(i, c)| c.is_ascii_digit() || (i == 6 && corsica));
        // Only digits may be counted with.
        let month = digits.then(|| u32::from(b[3] - b'0') * 10 + u32::from(b[4] - b'0'));
        if !matches!(month, Some(1..=12 | 20..=99)) {
            return Err(IdentityError::BadShape);
        }
        let key: u64 = value[13..].parse().map_err(|_| IdentityError::BadShape)?;
        if Ins::key(&value[..13]) != Some(key as u8) {
            return Err(IdentityError::BadKey);
        }
        Ok(Ins { value: Private(value), oid: oid.to_owned() })
    }

    /// The two-digit key of the first 13 characters, 1 to 97; `None` when they are no number.
    pub fn key(first13: &str) -> Option<u8> {
        let plain = first13.replacen("2A", "19", 1).replacen("2B", "18", 1);
        let plain = if first13.get(5..7).is_some_and(|d| d == "2A" || d == "2B") {
            plain
        } else {
            first13.to_owned()
        };
        let n: u64 = plain.parse().ok()?;
        Some((97 - n % 97) as u8)
    }

    /// Whether the authority is one that gives an INS (the obsolete INS-C is not).
    pub fn is_ins_oid(oid: &str) -> bool {
        matches!(
            oid,
            system::INS_NIR | system::INS_NIA | system::INS_NIR_TEST | system::INS_NIR_DEMO
        )
    }
}

/// The four exclusive statuses of a digital identity (RNIV EXI SI 07). This program never raises
/// an identity to `Qualifiee` by itself: it only keeps what a source that may say so has said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InsStatus {
    /// Neither from INSi nor checked.
    #[default]
    Provisoire,
    /// From INSi, not checked with a document.
    Recuperee,
    /// Checked with a document, not from INSi.
    Validee,
    /// Both.
    Qualifiee,
}

/// Sex as INS and French exchanges know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Sex {
    /// Female.
    F,
    /// Male.
    M,
}

/// An identifier given by another system, kept beside ours.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identifier {
    /// Authority: an OID, a URI or a name as the source gave it.
    pub system: String,
    /// The value.
    pub value: Private,
    /// Kind in HL7 table 0203 or as the source says (`PI`, `IPP`, `NDA`…).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
}

impl Identifier {
    /// Whether it designates a patient in the system that gave it: neither the number of a stay nor
    /// that of an insured person, and of a system that is named.
    pub fn designates_patient(&self) -> bool {
        let kind = self.kind.as_deref().unwrap_or_default();
        !self.system.is_empty()
            && !Ins::is_ins_oid(&self.system)
            && !matches!(kind, "NH" | "SS" | "NNFRA" | "VN" | "AN" | "NDA" | "INS" | "INS-C")
    }
}

/// A patient as a document gives them. Everything is optional: a document may say only a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PatientIdentity {
    /// Surname at birth (*nom de naissance*).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_name: Option<Private>,
    /// First of the given names at birth.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Private>,
    /// All given names at birth, as printed, separated by spaces.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_first_names: Option<Private>,
    /// Surname in use (*nom utilisé*).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_name: Option<Private>,
    /// Given name in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_first_name: Option<Private>,
    /// Date of birth, as far as known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Private<PartialDate>>,
    /// Sex.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sex: Option<Sex>,
    /// INSEE (COG) code of the birthplace, five characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birth_place: Option<Private>,
    /// The INS, when the document carries one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ins: Option<Ins>,
    /// Status of the identity as the source says it.
    pub ins_status: InsStatus,
    /// Identifiers of other systems (IPP, social security number for billing…).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub identifiers: Vec<Identifier>,
    /// Postal address, one line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Private>,
    /// Telephone numbers and mail addresses.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub telecom: Vec<Private>,
}

impl PatientIdentity {
    /// Whether there is anything that could tell this patient from another.
    pub fn is_empty(&self) -> bool {
        self.birth_name.is_none()
            && self.used_name.is_none()
            && self.first_name.is_none()
            && self.used_first_name.is_none()
            && self.ins.is_none()
            && self.identifiers.is_empty()
    }
}

/// A person's name outside the INS.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct HumanName {
    /// Surname.
    pub family: Private,
    /// Given name or initials, possibly empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given: String,
    /// Title as printed (`Dr`, `Pr`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
}

impl HumanName {
    /// `Dr Jeanne MARTIN`, leaving out what is unknown.
    pub fn full(&self) -> String {
        [self.prefix.as_deref().unwrap_or(""), &self.given, &self.family]
            .iter()
            .filter(|s| !s.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// RPPS number of a professional: 11 digits with a Luhn key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rpps(String);

impl Rpps {
    /// Reads 11 digits, or 12 with the IDNPS prefix `8`. The key is not demanded, because published
    /// examples carry invented numbers: ask [`Rpps::has_valid_key`] and warn.
    pub fn parse(value: &str) -> Result<Rpps, IdentityError> {
        let digits: String = value.chars().filter(|c| !c.is_whitespace()).collect();
        let digits = match digits.len() {
            12 if digits.starts_with('8') => digits[1..].to_owned(),
            _ => digits,
        };
        if digits.len() != 11 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(IdentityError::BadShape);
        }
        Ok(Rpps(digits))
    }

    /// The 11 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the Luhn key holds.
    pub fn has_valid_key(&self) -> bool {
        luhn(&self.0)
    }
}

/// FINESS number of a structure: 9 characters, the department may be `2A` or `2B`, Luhn key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Finess(String);

impl Finess {
    /// Reads 9 characters, or 10 with the IDNST prefix `1`. The key is not demanded (see [`Rpps`]).
    pub fn parse(value: &str) -> Result<Finess, IdentityError> {
        let v: String =
            value.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let v = match v.len() {
            10 if v.starts_with('1') => v[1..].to_owned(),
            _ => v,
        };
        let b = v.as_bytes();
        let shape = b.len() == 9
            && b.iter().enumerate().all(|(i, c)| {
                c.is_ascii_digit() || (i == 1 && b[0] == b'2' && matches!(c, b'A' | b'B'))
            });
        if shape { Ok(Finess(v)) } else { Err(IdentityError::BadShape) }
    }

    /// The 9 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the Luhn key holds (departments of Corsica are not checked).
    pub fn has_valid_key(&self) -> bool {
        !self.0.bytes().all(|b| b.is_ascii_digit()) || luhn(&self.0)
    }
}

/// ADELI number of a professional: 9 characters, the department may be `2A` or `2B`. Being replaced
/// by RPPS profession by profession; it carries no key that is checked everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Adeli(String);

impl Adeli {
    /// Reads 9 characters, or 10 with the IDNPS prefix `0`.
    pub fn parse(value: &str) -> Result<Adeli, IdentityError> {
        let v = compact(value);
        let v = if v.len() == 10 { v.strip_prefix('0').unwrap_or(&v).to_owned() } else { v };
        // The shape of a FINESS: a department, then digits.
        Finess::parse(&v).ok().filter(|_| v.len() == 9).ok_or(IdentityError::BadShape)?;
        Ok(Adeli(v))
    }

    /// The 9 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// SIREN number of a legal entity: 9 digits with a Luhn key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Siren(String);

impl Siren {
    /// Reads 9 digits. The key is not demanded (see [`Rpps`]).
    pub fn parse(value: &str) -> Result<Siren, IdentityError> {
        digits(value, 9).map(Siren)
    }

    /// The 9 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the Luhn key holds.
    pub fn has_valid_key(&self) -> bool {
        luhn(&self.0)
    }
}

/// SIRET number of a place of a legal entity: its SIREN and 5 digits, with a Luhn key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Siret(String);

impl Siret {
    /// SIREN of La Poste, whose places were numbered in another way.
    const LA_POSTE: &str = "356000000";

    /// Reads 14 digits, or 15 with the IDNST prefix `3`. The key is not demanded (see [`Rpps`]).
    pub fn parse(value: &str) -> Result<Siret, IdentityError> {
        let v = compact(value);
        let v = if v.len() == 15 { v.strip_prefix('3').unwrap_or(&v).to_owned() } else { v };
        digits(&v, 14).map(Siret)
    }

    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The legal entity.
    pub fn siren(&self) -> Siren {
        Siren(self.0.get(..9).unwrap_or_default().to_owned())
    }

    /// Whether the key holds: Luhn, or for the places of La Poste also a sum of digits that five
    /// divides.
    pub fn has_valid_key(&self) -> bool {
        let sum: u32 = self.0.bytes().map(|b| u32::from(b.wrapping_sub(b'0'))).sum();
        luhn(&self.0) || (self.0.starts_with(Siret::LA_POSTE) && sum.is_multiple_of(5))
    }
}

fn compact(value: &str) -> String {
    value.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect()
}

fn digits(value: &str, long: usize) -> Result<String, IdentityError> {
    let v = compact(value);
    match v.len() == long && v.bytes().all(|b| b.is_ascii_digit()) {
        true => Ok(v),
        false => Err(IdentityError::BadShape),
    }
}

/// Whether the digits obey Luhn's formula (mod 10, doubling every second digit from the right).
pub fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| {
            let d = u32::from(b.wrapping_sub(b'0'));
            if i % 2 == 0 { d } else { d * 2 / 10 + d * 2 % 10 }
        })
        .sum();
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && sum.is_multiple_of(10)
}

/// A professional named by a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Practitioner {
    /// Name.
    pub name: HumanName,
    /// RPPS number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rpps: Option<Rpps>,
    /// Specialty as printed or coded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty: Option<String>,
}

/// A structure named by a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Organization {
    /// Name.
    pub name: String,
    /// FINESS number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finess: Option<Finess>,
}

/// To whom a document is addressed: a professional, a structure, the patient, or several of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Recipient {
    /// The person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub practitioner: Option<Practitioner>,
    /// The structure.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<Organization>,
    /// Mail address, when the source gives one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Private>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_matricules_have_their_key() {
        for m in ["279035121518989", "162018885045327", "146026322000196"] {
            assert!(Ins::parse(m, system::INS_NIR_TEST).is_ok(), "{m}");
        }
        assert_eq!(Ins::parse("279035121518988", system::INS_NIR_TEST), Err(IdentityError::BadKey));
        // Corsica: 2A counts as 19 in the key.
        let key = Ins::key("1800120A00100".replace("20A", "2A0").as_str());
        assert!(key.is_some());
    }

    #[test]
    fn what_is_no_matricule_is_refused_not_counted_with() {
        for m in ["", "279-35121518989", "2790é512151898", "2 79 13 51 215 189", "27903512151898Z"]
        {
            assert_eq!(Ins::parse(m, system::INS_NIR_TEST), Err(IdentityError::BadShape), "{m}");
        }
    }

    #[test]
    fn luhn_of_published_numbers() {
        assert!(Rpps::parse("810107350778").unwrap().has_valid_key());
        assert!(!Rpps::parse("01234567890").unwrap().has_valid_key());
        assert!(Finess::parse("1750803447").unwrap().has_valid_key());
        assert!(!Finess::parse("120456789").unwrap().has_valid_key());
        assert!(Finess::parse("2A0000014").is_ok());
        for (siret, holds) in [
            ("732 829 320 00074", true),
            ("373282932000074", true),
            ("73282932000075", false),
            // La Poste: its head office obeys Luhn, its places a sum that five divides.
            ("35600000000048", true),
            ("35600000049837", true),
            ("35600000049838", false),
        ] {
            assert_eq!(Siret::parse(siret).unwrap().has_valid_key(), holds, "{siret}");
        }
        assert!(Siret::parse("73282932000074").unwrap().siren().has_valid_key());
        assert!(!Siren::parse("732829321").unwrap().has_valid_key());
        assert!(Siren::parse("73282932").is_err() && Siret::parse("é3282932000074").is_err());
        for (adeli, read) in
            [("591234567", true), ("2A1234567", true), ("0591234567", true), ("59123456X", false)]
        {
            assert_eq!(Adeli::parse(adeli).is_ok(), read, "{adeli}");
        }
    }
}
