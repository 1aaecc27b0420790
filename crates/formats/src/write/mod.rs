//! Record to bytes, for the software that masters the record: one file a format, all of one shape
//! (`write(outgoing, …) -> bytes`), all pure. The same delivery gives the same bytes, always, so that
//! a delivery that is met again at its destination is recognised.
//!
//! What comes from documents is made harmless for the format it goes into: control characters become
//! spaces, delimiters are escaped, end tags inside a letter are spaced out. What a character set does
//! not have is written without its accent rather than as a question mark.
//! [`fhir`]: DocumentReference R4 · [`hl7v2`]: MDM and ORU · [`hprim`]: HPRIM Médecin 1.x · [`index`]:
//! the sheet that goes with a file.

pub mod fhir;
pub mod hl7v2;
pub mod hprim;
pub mod index;

use relu_record::{
    Coding, Identifier, Instant, Moment, Organization, PatientIdentity, Practitioner, Purpose,
    Sha256Hex,
};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// A document on its way out, as it was decided.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// Id of the delivery, a UUID: what the other side knows this version by.
    pub id: &'a str,
    /// What for.
    pub purpose: Purpose,
    /// Id of the delivery that is replaced or recalled.
    pub replaces: Option<&'a str>,
    /// When it was queued; the date of the message.
    pub at: Instant,
    /// Name of this installation.
    pub sender: &'a str,
    /// Name of the other side.
    pub receiver: &'a str,
    /// The patient it is filed to.
    pub patient: &'a PatientIdentity,
    /// Number by which the other side knows the patient (IPP), when it does.
    pub patient_number: Option<&'a Identifier>,
    /// Type.
    pub document_type: Option<&'a Coding>,
    /// Title.
    pub title: &'a str,
    /// Date of the document.
    pub date: Option<Moment>,
    /// Author.
    pub author: Option<&'a Practitioner>,
    /// Structure that answers for it.
    pub organization: Option<&'a Organization>,
    /// Masking codes that came with it (MASQUE_PS, INVISIBLE_PATIENT…).
    pub masks: &'a [Coding],
    /// Its text.
    pub text: &'a str,
    /// Its bytes with their media type, when they go along.
    pub payload: Option<Payload<'a>>,
}

/// Bytes that go along.
#[derive(Clone, Copy)]
pub struct Payload<'a> {
    /// Media type.
    pub media_type: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl std::fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Payload({}, {} bytes)", self.media_type, self.bytes.len())
    }
}

/// A code of letters and digits for formats that have no room for a UUID (20 characters in MSH-10, 8
/// before the dot of old file names): the beginning of the SHA-256 of the id, without `I L O U`.
pub fn code(id: &str, length: usize) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digest = Sha256Hex::of(id.as_bytes()).0;
    let nibbles = digest.bytes().map(|b| char::from(b).to_digit(16).unwrap_or(0));
    let bits: Vec<u32> = nibbles.flat_map(|n| (0..4).rev().map(move |i| (n >> i) & 1)).collect();
    bits.chunks(5)
        .take(length)
        .map(|five| five.iter().fold(0, |n, bit| n * 2 + bit))
        .filter_map(|n| ALPHABET.get(n as usize).map(|b| char::from(*b)))
        .collect()
}

/// An OID for a UUID (ITU-T X.667): `2.25.` and its number.
pub fn oid(uuid: &str) -> String {
    let plain: String = uuid.chars().filter(|c| *c != '-').collect();
    // An id that is no UUID gets a number of its own all the same.
    let number = u128::from_str_radix(&plain, 16).ok().filter(|_| plain.len() == 32);
    let digest = Sha256Hex::of(uuid.as_bytes()).0;
    let derived = || u128::from_str_radix(digest.get(..32).unwrap_or("0"), 16).unwrap_or(0);
    format!("2.25.{}", number.unwrap_or_else(derived))
}

/// A value on one line: control characters and runs of spaces become one space.
pub(crate) fn one_line(value: &str) -> String {
    let spaced: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// `AAAAMMJJ`, as far as it is known.
pub(crate) fn digits(date: relu_record::PartialDate) -> String {
    date.to_string().replace('-', "")
}

/// `AAAAMMJJhhmm`, as far as it is known.
pub(crate) fn moment_digits(moment: &Moment) -> String {
    let mut out = digits(moment.date);
    if let Some(minute) = moment.minute.filter(|_| moment.date.is_full()) {
        out.push_str(&format!("{:02}{:02}", minute / 60, minute % 60));
    }
    out
}

/// The character sets that destinations may ask for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
pub enum Encoding {
    /// Windows-1252, what most French practice software expects.
    #[default]
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// ISO 8859-1.
    #[serde(rename = "iso-8859-1")]
    Latin1,
    /// Code page 850, of old laboratory software.
    #[serde(rename = "cp850")]
    Cp850,
    /// UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
}

impl Encoding {
    /// The text in that character set; what it does not have is written without accent, or as the
    /// nearest sign.
    pub fn encode(self, text: &str) -> Vec<u8> {
        let label = match self {
            Encoding::Utf8 => return text.as_bytes().to_vec(),
            Encoding::Windows1252 => "windows-1252",
            Encoding::Latin1 => "iso-8859-1",
            Encoding::Cp850 => "IBM850",
        };
        let mut out = Vec::with_capacity(text.len());
        for c in text.chars() {
            match self.one(c, label) {
                Some(byte) => out.push(byte),
                None => near(c).chars().for_each(|n| out.push(self.one(n, label).unwrap_or(b'?'))),
            }
        }
        out
    }

    fn one(self, c: char, label: &str) -> Option<u8> {
        if c.is_ascii() {
            return Some(c as u8);
        }
        // The web calls Windows-1252 what is called ISO 8859-1: that set ends with its own signs.
        if self == Encoding::Latin1 && !('\u{a0}'..='\u{ff}').contains(&c) {
            return None;
        }
        let mut buffer = [0; 4];
        match crate::charset::encode_like(c.encode_utf8(&mut buffer), label).as_slice() {
            [b'?'] => None,
            [byte] => Some(*byte),
            _ => None,
        }
    }
}

/// What stands for a character that a set does not have.
fn near(c: char) -> String {
    let fixed = match c {
        'œ' => "oe",
        'Œ' => "OE",
        'æ' => "ae",
        'Æ' => "AE",
        '’' | '‘' | 'ʼ' => "'",
        '“' | '”' | '«' | '»' => "\"",
        '–' | '—' | '‑' | '−' => "-",
        '…' => "...",
        '•' | '·' => "-",
        '€' => "EUR",
        '≤' => "<=",
        '≥' => ">=",
        'µ' | 'μ' => "u",
        c if c.is_whitespace() => " ",
        _ => {
            let plain: String = c.nfd().filter(|c| !is_combining_mark(*c)).collect();
            return if plain.chars().eq([c]) { "?".to_owned() } else { plain };
        }
    };
    fixed.to_owned()
}

#[cfg(test)]
mod tests;
