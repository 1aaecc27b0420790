//! Bytes to text when nobody, or somebody wrong, says which character set they are in.
//!
//! Order that works for French documents: byte order mark, strict UTF-8, then the one of
//! Windows-1252, CP850 (old DOS laboratories) and MacRoman that yields French words.
//! Pure; never fails: the last resort is Windows-1252, which has a character for nearly every byte.
//! Source: `interop-fr` fact sheet §6b; code page 850 as registered at IANA.

use encoding_rs::{Encoding, MACINTOSH, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use relu_record::Finding;

use crate::notes;

/// Text, and where it came from.
pub(crate) struct Decoded {
    /// The text, without byte order mark.
    pub text: String,
    /// IANA name of the character set.
    pub charset: &'static str,
    /// Whether the choice rests on the look of the text alone.
    pub guessed: bool,
}

impl Decoded {
    /// Says which character set was recognised, when it was a guess.
    pub(crate) fn finding(&self) -> Option<Finding> {
        self.guessed.then(|| {
            let mut finding = notes::CHARSET_GUESSED.finding();
            finding.message.push_str(&format!(" Jeu reconnu : {}.", self.charset));
            finding
        })
    }
}

/// Name of a character set, and how to decode it.
type Candidate = (&'static str, fn(&[u8]) -> String);

/// Decodes bytes of an unknown character set.
pub(crate) fn decode(bytes: &[u8]) -> Decoded {
    if let Some((encoding, skip)) = Encoding::for_bom(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes.get(skip..).unwrap_or_default());
        return Decoded { text: text.into_owned(), charset: encoding.name(), guessed: false };
    }
    if let Some(encoding) = utf16_without_mark(bytes) {
        let (text, _) = encoding.decode_without_bom_handling(bytes);
        return Decoded { text: text.into_owned(), charset: encoding.name(), guessed: true };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: text.to_owned(), charset: "UTF-8", guessed: false };
    }
    let candidates: [Candidate; 3] =
        [("windows-1252", windows_1252), ("IBM850", cp850), ("macintosh", macintosh)];
    let mut best: Option<(i64, &'static str, String)> = None;
    for (name, decoder) in candidates {
        let text = decoder(bytes);
        let score = frenchness(&text);
        if best.as_ref().is_none_or(|(top, ..)| score > *top) {
            best = Some((score, name, text));
        }
    }
    let (charset, text) = best.map(|(_, n, t)| (n, t)).unwrap_or_default();
    Decoded { text, charset, guessed: true }
}

/// Decodes with the character set of that name, or `None` when the name is unknown or a byte does
/// not fit.
pub(crate) fn decode_as(bytes: &[u8], label: &str) -> Option<String> {
    let label = label.trim();
    if matches!(label.to_ascii_lowercase().as_str(), "cp850" | "ibm850" | "850" | "dos-850") {
        return Some(cp850(bytes));
    }
    let encoding = Encoding::for_label(label.as_bytes())?;
    // A byte order mark of another encoding wins over the label.
    let (encoding, skip) = Encoding::for_bom(bytes).unwrap_or((encoding, 0));
    encoding
        .decode_without_bom_handling_and_without_replacement(bytes.get(skip..)?)
        .map(|text| text.into_owned())
}

fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(400) & !1)?;
    if sample.len() < 8 {
        return None;
    }
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|b| **b == 0).count();
    let half = sample.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, high) if high * 10 > half * 8 => Some(UTF_16LE),
        (low, 0) if low * 10 > half * 8 => Some(UTF_16BE),
        _ => None,
    }
}

fn windows_1252(bytes: &[u8]) -> String {
    WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned()
}

fn macintosh(bytes: &[u8]) -> String {
    MACINTOSH.decode_without_bom_handling(bytes).0.into_owned()
}

/// Upper half of code page 850.
const CP850_HIGH: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»\
░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀\
ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

fn cp850(bytes: &[u8]) -> String {
    let high: Vec<char> = CP850_HIGH.chars().collect();
    bytes
        .iter()
        .map(|b| match b.checked_sub(128) {
            None => char::from(*b),
            Some(i) => high.get(usize::from(i)).copied().unwrap_or('\u{fffd}'),
        })
        .collect()
}

/// Text back to bytes in the character set it came in; what that set does not have becomes `?`.
pub(crate) fn encode_like(text: &str, charset: &str) -> Vec<u8> {
    match charset {
        "IBM850" => {
            let of = |c: char| match CP850_HIGH.chars().position(|h| h == c) {
                _ if c.is_ascii() => c as u8,
                Some(i) => u8::try_from(i + 128).unwrap_or(b'?'),
                None => b'?',
            };
            text.chars().map(of).collect()
        }
        "UTF-16LE" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "UTF-16BE" => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        label => match Encoding::for_label(label.as_bytes()) {
            Some(encoding) if encoding != UTF_8 => {
                let one = |c: char| {
                    let mut buffer = [0u8; 4];
                    let (bytes, _, lost) = encoding.encode(c.encode_utf8(&mut buffer));
                    if lost { vec![b'?'] } else { bytes.into_owned() }
                };
                text.chars().flat_map(one).collect()
            }
            _ => text.as_bytes().to_vec(),
        },
    }
}

/// How French the non-ASCII characters look where they stand. Lower-case accents inside lower-case
/// words count most; a capital accent inside a lower-case word, a box-drawing character or a
/// control speaks against.
fn frenchness(text: &str) -> i64 {
    let mut score = 0;
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !c.is_ascii() {
            let after = chars.peek().copied().unwrap_or(' ');
            score += weight(before, c, after);
        }
        before = c;
    }
    score
}

fn weight(before: char, c: char, after: char) -> i64 {
    let in_lower = before.is_lowercase() || after.is_lowercase();
    let alone = !before.is_alphanumeric() && !after.is_alphanumeric();
    match c {
        'é' | 'è' | 'à' | 'ç' | 'ê' | 'ù' | 'ô' | 'î' | 'â' | 'û' | 'ï' | 'ë' | 'ü' | 'œ'
            if in_lower || alone =>
        {
            4
        }
        'é' | 'è' | 'à' | 'ç' | 'ê' => 1,
        'É' | 'È' | 'À' | 'Ç' | 'Ê' | 'Ô' | 'Î' | 'Œ' | 'Ë' | 'Ï' if before.is_lowercase() => {
            -3
        }
        'É' | 'È' | 'À' | 'Ç' | 'Ê' | 'Ô' | 'Î' | 'Œ' => 3,
        '°' | 'µ' | '²' | '³' | '«' | '»' | '±' | '€' | '’' | '\u{a0}' => 2,
        '–' | '—' | '…' | '“' | '”' | '‘' | '·' | '•' | '½' | '¼' => 1,
        c if c.is_control() => -6,
        c if c.is_alphabetic() => -1,
        _ => -3,
    }
}

/// Whether the bytes are UTF-8 and use more than ASCII.
pub(crate) fn is_multibyte_utf8(bytes: &[u8]) -> bool {
    !bytes.is_ascii() && UTF_8.decode_without_bom_handling_and_without_replacement(bytes).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_page_850_has_128_characters() {
        assert_eq!(CP850_HIGH.chars().count(), 128);
        assert_eq!(cp850(&[0x82, 0x8a, 0x85, 0x87, 0xf8, 0xe6]), "éèàç°µ");
    }

    #[test]
    fn french_sentences_are_recognised_in_each_set() {
        for sentence in [
            "Bilan biologique prélevé à jeun : créatinine élevée, ferritine très diminuée.",
            "Hémoglobine 9,5 g/dl (µ 12°)",
            "Compte rendu opératoire : côlon gauche réséqué, suites simples. Façon du chirurgien.",
            "LÉSION MÉDIANE À DROITE, vérifiée",
            "reçu le 3 août",
        ] {
            let (latin, _, lost) = WINDOWS_1252.encode(sentence);
            assert!(!lost);
            let (mac, _, lost) = MACINTOSH.encode(sentence);
            assert!(!lost);
            let dos: Vec<u8> = sentence
                .chars()
                .map(|c| match CP850_HIGH.chars().position(|h| h == c) {
                    Some(i) => 128 + i as u8,
                    None => c as u8,
                })
                .collect();
            for (bytes, name) in [
                (latin.as_ref(), "windows-1252"),
                (&dos[..], "IBM850"),
                (mac.as_ref(), "macintosh"),
            ] {
                let got = decode(bytes);
                assert_eq!((got.text.as_str(), got.charset), (sentence, name));
            }
        }
    }

    #[test]
    fn marks_and_utf16() {
        assert_eq!(decode("\u{feff}é".as_bytes()).text, "é");
        let wide: Vec<u8> = "Bonjour docteur".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&wide).text, "Bonjour docteur");
    }
}
