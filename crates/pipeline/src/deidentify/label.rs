//! Kinds of identifiers and the states of the tagger.
//!
//! A state says what a unit is part of: nothing, the beginning of an identifier, or its
//! continuation. The kinds beyond [`Label::TAGGED`] come from rules alone.

/// A kind of identifier, named as on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Label {
    /// Family name of anybody.
    Nom,
    /// First name or initial of anybody.
    Prenom,
    /// Date other than of birth.
    Date,
    /// Date of birth.
    DateNaissance,
    /// Number and street.
    Adresse,
    /// Postal code.
    Zip,
    /// Town.
    Ville,
    /// Phone or fax number.
    Tel,
    /// Mail address.
    Mail,
    /// Social security number (NIR, INS).
    Secu,
    /// Permanent number of the patient in the hospital.
    Ipp,
    /// Number of the stay.
    Nda,
    /// Name of a hospital.
    Hopital,
    /// National number of a professional (RPPS, ADELI).
    Rpps,
    /// National number of a place of care.
    Finess,
    /// Web address or handle.
    Url,
    /// Bank account.
    Iban,
    /// Licence plate.
    Plaque,
    /// Age over 89.
    Age,
}

impl Label {
    /// All, in the order of their numbers.
    pub const ALL: [Label; 19] = [
        Label::Nom,
        Label::Prenom,
        Label::Date,
        Label::DateNaissance,
        Label::Adresse,
        Label::Zip,
        Label::Ville,
        Label::Tel,
        Label::Mail,
        Label::Secu,
        Label::Ipp,
        Label::Nda,
        Label::Hopital,
        Label::Rpps,
        Label::Finess,
        Label::Url,
        Label::Iban,
        Label::Plaque,
        Label::Age,
    ];
    /// How many of them, from the first, the tagger knows.
    pub(crate) const TAGGED: usize = 15;

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Label::Nom => "NOM",
            Label::Prenom => "PRENOM",
            Label::Date => "DATE",
            Label::DateNaissance => "DATE_NAISSANCE",
            Label::Adresse => "ADRESSE",
            Label::Zip => "ZIP",
            Label::Ville => "VILLE",
            Label::Tel => "TEL",
            Label::Mail => "MAIL",
            Label::Secu => "SECU",
            Label::Ipp => "IPP",
            Label::Nda => "NDA",
            Label::Hopital => "HOPITAL",
            Label::Rpps => "RPPS",
            Label::Finess => "FINESS",
            Label::Url => "URL",
            Label::Iban => "IBAN",
            Label::Plaque => "PLAQUE",
            Label::Age => "AGE",
        }
    }

    /// The label of that name.
    pub fn named(name: &str) -> Option<Label> {
        Label::ALL.into_iter().find(|l| l.name() == name)
    }

    /// How many digits it may hold, where the tagger alone says so.
    pub(crate) fn digits(self) -> std::ops::RangeInclusive<usize> {
        match self {
            Label::Secu => 11..=16,
            Label::Rpps | Label::Finess => 8..=12,
            Label::Tel => 6..=15,
            Label::Zip => 4..=6,
            Label::Ipp | Label::Nda => 3..=20,
            _ => 0..=usize::MAX,
        }
    }

    /// Whether it is part of the name of a person.
    pub fn is_name(self) -> bool {
        matches!(self, Label::Nom | Label::Prenom)
    }
}

/// States of the tagger: 0 outside, then beginning and continuation of each tagged label, and one
/// that nothing uses so that a row of weights is 32 wide.
pub(crate) const STATES: usize = 32;
/// Outside of any identifier.
pub(crate) const OUTSIDE: usize = 0;

/// The state of the first unit of `label`, when the tagger knows it.
pub(crate) fn begin(label: Label) -> Option<usize> {
    let at = label as usize;
    (at < Label::TAGGED).then_some(1 + 2 * at)
}

/// Whether `state` continues an identifier.
pub(crate) fn continues(state: usize) -> bool {
    state > 0 && state.is_multiple_of(2)
}

/// The label of a state.
pub(crate) fn label(state: usize) -> Option<Label> {
    let at = state.checked_sub(1)? / 2;
    Label::ALL.get(at).copied().filter(|_| at < Label::TAGGED)
}

/// Whether `next` may follow `state`.
pub(crate) fn may_follow(state: usize, next: usize) -> bool {
    state < STATES - 1
        && next < STATES - 1
        && (!continues(next) || state == next || state + 1 == next && !continues(state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_continuation_follows_its_own_beginning() {
        let (nom, prenom) = (begin(Label::Nom).unwrap(), begin(Label::Prenom).unwrap());
        assert!(may_follow(nom, nom + 1) && may_follow(nom + 1, nom + 1));
        assert!(may_follow(OUTSIDE, nom) && may_follow(nom, prenom) && may_follow(nom + 1, prenom));
        assert!(!may_follow(OUTSIDE, nom + 1) && !may_follow(prenom, nom + 1));
        assert!(!may_follow(prenom + 1, prenom + 3));
        for (at, l) in Label::ALL.into_iter().enumerate() {
            assert_eq!((l as usize, Label::named(l.name())), (at, Some(l)));
            if let Some(state) = begin(l) {
                assert_eq!((label(state), label(state + 1)), (Some(l), Some(l)));
            }
        }
        assert_eq!(label(OUTSIDE), None);
        assert_eq!(label(STATES - 1), None);
    }
}
