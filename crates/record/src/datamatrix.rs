//! The INS datamatrix: the text that labels and headers carry as a two-dimensional code.
//!
//! Shape: `IS`, version `01`, 22 zeros, then `S1` matricule (15), `S2` OID (to 20), `S3` given names at
//! birth (to 100), `S4` surname at birth (to 100), `S5` sex (1), `S6` birth date `JJ-MM-AAAA` (10), `S7`
//! birthplace (5, may be left out). A field of variable length shorter than its maximum ends with GS
//! (0x1D). It is read by length, never by looking for `S4` in the text: names contain it.
//! Scanners in keyboard mode print GS as `<GS>` or swallow it: then a field ends where the rest of
//! the text reads, and only if it reads in one way. A code carries an identity and qualifies none.
//! Source: `interop-fr` fact sheet §1 (datamatrix INS).

use crate::{Ins, InsStatus, PartialDate, PatientIdentity, Private, Sex};

const HEAD: &str = "IS010000000000000000000000";
const GS: char = '\u{1d}';
/// Longest values of the fields of variable length, in characters.
const MAX_OID: usize = 20;
const MAX_NAMES: usize = 100;

/// Why a text is no INS datamatrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatamatrixError {
    /// Another kind of code.
    #[error("not an INS datamatrix")]
    Other,
    /// A field is missing, too long or not what it should be.
    #[error("a field cannot be read")]
    BadField,
    /// Without its separators it reads in more than one way.
    #[error("reads in more than one way")]
    Ambiguous,
    /// The check key of the matricule is wrong.
    #[error("wrong check key")]
    BadKey,
}

/// The identity that a datamatrix carries. Its status is *provisoire*: a code qualifies nothing.
pub fn read(text: &str) -> Result<PatientIdentity, DatamatrixError> {
    let text = text.trim_end_matches(['\r', '\n']).replace("<GS>", "\u{1d}");
    let rest = text.strip_prefix(HEAD).ok_or(DatamatrixError::Other)?;
    let (matricule, rest) = fixed(tagged(rest, "S1")?, 15)?;
    let ways: Vec<Names<'_>> = oids(tagged(rest, "S2")?).collect();
    let found = match ways.as_slice() {
        [] => return Err(DatamatrixError::BadField),
        [one] => one,
        _ => return Err(DatamatrixError::Ambiguous),
    };
    let ins = Ins::parse(matricule, found.oid).map_err(|e| match e {
        crate::IdentityError::BadKey => DatamatrixError::BadKey,
        _ => DatamatrixError::BadField,
    })?;
    let private = |s: &str| Some(s.trim()).filter(|s| !s.is_empty()).map(Private::from);
    Ok(PatientIdentity {
        birth_name: private(found.surname),
        first_name: private(found.given.split(' ').next().unwrap_or_default()),
        birth_first_names: private(found.given),
        birth_date: Some(Private(found.tail.date)),
        sex: found.tail.sex,
        birth_place: found.tail.place.and_then(private),
        ins: Some(ins),
        ins_status: InsStatus::Provisoire,
        ..PatientIdentity::default()
    })
}

/// The text of the datamatrix of an identity; `None` when a trait that it must carry is missing or
/// does not fit.
pub fn write(patient: &PatientIdentity) -> Option<String> {
    let ins = patient.ins.as_ref().filter(|i| Ins::parse(&i.value, &i.oid).is_ok())?;
    let given = patient.birth_first_names.as_ref().or(patient.first_name.as_ref())?;
    let surname = patient.birth_name.as_ref()?;
    let date = patient.birth_date.as_ref().filter(|d| d.is_full())?;
    let sex = match patient.sex? {
        Sex::F => 'F',
        Sex::M => 'M',
    };
    let mut out = format!("{HEAD}S1{}", ins.value.as_str());
    for (tag, value, max) in
        [("S2", ins.oid.as_str(), MAX_OID), ("S3", given, MAX_NAMES), ("S4", surname, MAX_NAMES)]
    {
        let long = value.chars().count();
        if long == 0 || long > max || value.contains(GS) {
            return None;
        }
        out.push_str(tag);
        out.push_str(value);
        if long < max {
            out.push(GS);
        }
    }
    let (day, month) = (date.day?, date.month?);
    out.push_str(&format!("S5{sex}S6{day:02}-{month:02}-{:04}", date.year));
    if let Some(place) = patient.birth_place.as_ref().filter(|p| p.chars().count() == 5) {
        out.push_str("S7");
        out.push_str(place);
    }
    Some(out)
}

struct Names<'a> {
    oid: &'a str,
    given: &'a str,
    surname: &'a str,
    tail: Tail<'a>,
}

struct Tail<'a> {
    sex: Option<Sex>,
    date: PartialDate,
    place: Option<&'a str>,
}

fn tagged<'a>(text: &'a str, tag: &str) -> Result<&'a str, DatamatrixError> {
    text.strip_prefix(tag).ok_or(DatamatrixError::BadField)
}

fn fixed(text: &str, long: usize) -> Result<(&str, &str), DatamatrixError> {
    let end = text.char_indices().nth(long).map_or(text.len(), |(at, _)| at);
    let value = text.get(..end).filter(|v| v.chars().count() == long);
    value.zip(text.get(end..)).ok_or(DatamatrixError::BadField)
}

/// The ways to read from the OID on.
fn oids(text: &str) -> impl Iterator<Item = Names<'_>> {
    ends(text, "S3", MAX_OID)
        .filter(|(oid, _)| !oid.is_empty() && oid.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
        .flat_map(|(oid, rest)| ends(rest, "S4", MAX_NAMES).map(move |(given, r)| (oid, given, r)))
        .flat_map(|(oid, given, rest)| {
            let names = ends(rest, "S5", MAX_NAMES);
            names.filter_map(move |(surname, rest)| {
                Some(Names { oid, given, surname, tail: tail(rest)? })
            })
        })
}

/// A field of variable length and what follows the next tag: where GS says, at its full length, or,
/// when separators were swallowed, wherever the next tag stands.
fn ends<'a>(
    text: &'a str,
    next: &'static str,
    max: usize,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    let told = text.find(GS).filter(|at| text.get(..*at).is_some_and(|v| v.chars().count() < max));
    // With separators in the text, a field without one is as long as it may be.
    let separated = text.contains(GS);
    text.char_indices().map(|(at, _)| at).take(max + 1).enumerate().filter_map(move |(n, at)| {
        let right = match told {
            Some(end) => at == end,
            None => n == max || !separated,
        };
        let value = text.get(..at).filter(|_| right && n > 0)?;
        let rest = text.get(at..)?.trim_start_matches(GS).strip_prefix(next)?;
        Some((value, rest))
    })
}

fn tail(text: &str) -> Option<Tail<'_>> {
    let mut chars = text.chars();
    let sex = match chars.next()? {
        'F' => Some(Sex::F),
        'M' => Some(Sex::M),
        'I' | 'U' => None,
        _ => return None,
    };
    let rest = chars.as_str().strip_prefix("S6")?;
    let number = |range: std::ops::Range<usize>| rest.get(range)?.parse::<u16>().ok();
    let dashed = rest.get(2..3) == Some("-") && rest.get(5..6) == Some("-");
    let small = |n: u16| u8::try_from(n).ok();
    let date = PartialDate::ymd(number(6..10)?, small(number(3..5)?)?, small(number(0..2)?)?);
    let date = date.filter(|_| dashed)?;
    let place = match rest.get(10..)?.trim_end_matches(GS) {
        "" => None,
        more => Some(more.strip_prefix("S7").filter(|p| p.chars().count() == 5)?),
    };
    Some(Tail { sex, date, place })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system;

    fn whole(surname: &str, given: &str) -> PatientIdentity {
        PatientIdentity {
            birth_name: Some(surname.into()),
            first_name: Some(given.split(' ').next().unwrap().into()),
            birth_first_names: Some(given.into()),
            birth_date: PartialDate::ymd(1979, 3, 28).map(Private),
            sex: Some(Sex::F),
            birth_place: Some("2B033".into()),
            ins: Some(Ins::parse("279035121518989", system::INS_NIR_TEST).unwrap()),
            ..PatientIdentity::default()
        }
    }

    #[test]
    fn written_and_read_back() {
        let text = write(&whole("PAT-TROIS", "DOMINIQUE ANNE")).unwrap();
        assert_eq!(
            text,
            "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE \
             ANNE\u{1d}S4PAT-TROIS\u{1d}S5FS628-03-1979S72B033"
        );
        for said in [text.clone(), text.replace('\u{1d}', "<GS>"), format!("{text}\r\n")] {
            assert_eq!(read(&said).unwrap(), whole("PAT-TROIS", "DOMINIQUE ANNE"));
        }
        // A scanner that swallows separators: read when only one way is left.
        let glued = text.replace('\u{1d}', "");
        assert_eq!(read(&glued).unwrap(), whole("PAT-TROIS", "DOMINIQUE ANNE"));
        let trap = write(&whole("ES4SAI", "LUCS4")).unwrap();
        assert_eq!(read(&trap).unwrap(), whole("ES4SAI", "LUCS4"), "tags inside names");
        let lost = trap.replace('\u{1d}', "");
        assert_eq!(read(&lost), Err(DatamatrixError::Ambiguous));
    }

    #[test]
    fn what_is_none_is_told() {
        let text = write(&whole("ESSAI", "LUC")).unwrap();
        assert_eq!(read("DC0201"), Err(DatamatrixError::Other));
        assert_eq!(read(&text.replace("8989", "8988")), Err(DatamatrixError::BadKey));
        assert_eq!(read(&text.replace("28-03", "31-02")), Err(DatamatrixError::BadField));
        assert_eq!(read(&text.replace("S1", "S9")), Err(DatamatrixError::BadField));
        let mut partial = whole("ESSAI", "LUC");
        partial.birth_date = PartialDate::y(1979).map(Private);
        assert_eq!(write(&partial), None, "a strict trait is missing");
    }

    proptest::proptest! {
        #[test]
        fn any_names_go_round(surname in "[A-Z][A-Z0-9' -]{0,98}[A-Z]", given in "[A-Z][A-Z0-9]{0,40}( [A-Z][A-Z0-9-]{1,40})?") {
            let patient = whole(&surname, &given);
            proptest::prop_assert_eq!(read(&write(&patient).unwrap()).unwrap(), patient);
        }

        #[test]
        fn any_text_is_read_without_harm(text in "(IS010000000000000000000000S1)?.{0,200}") {
            let _ = read(&text);
        }
    }
}
