//! Small helpers on French words: folding, case, dates in the ways documents print them.

use relu_record::{MONTHS, PartialDate};

/// The text without diacritics; ligatures are opened.
pub(crate) fn unaccented(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' => out.push('a'),
            'ç' => out.push('c'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'î' | 'ï' | 'í' => out.push('i'),
            'ô' | 'ö' | 'ó' | 'õ' => out.push('o'),
            'ù' | 'û' | 'ü' | 'ú' => out.push('u'),
            'ÿ' => out.push('y'),
            'ñ' => out.push('n'),
            'À' | 'Â' | 'Ä' | 'Á' => out.push('A'),
            'Ç' => out.push('C'),
            'É' | 'È' | 'Ê' | 'Ë' => out.push('E'),
            'Î' | 'Ï' => out.push('I'),
            'Ô' | 'Ö' => out.push('O'),
            'Ù' | 'Û' | 'Ü' => out.push('U'),
            'œ' => out.push_str("oe"),
            'Œ' => out.push_str("OE"),
            'æ' => out.push_str("ae"),
            c => out.push(c),
        }
    }
    out
}

/// As INSi returns names: upper case without diacritics.
pub(crate) fn strict(name: &str) -> String {
    unaccented(name).to_uppercase()
}

/// `AAAAMMJJ`.
pub(crate) fn digits(d: PartialDate) -> String {
    d.to_string().replace('-', "")
}

/// `12 mars 1950`, `1er mars 1950`.
pub(crate) fn long(d: PartialDate) -> String {
    let month = usize::from(d.month.unwrap_or(1)).saturating_sub(1);
    let day = match d.day {
        Some(1) | None => "1er".to_owned(),
        Some(n) => n.to_string(),
    };
    format!("{day} {} {}", MONTHS.get(month).unwrap_or(&""), d.year)
}

/// `12.03.50`.
pub(crate) fn short(d: PartialDate) -> String {
    format!("{:02}.{:02}.{:02}", d.day.unwrap_or(1), d.month.unwrap_or(1), d.year % 100)
}

/// The date `n` days later.
pub(crate) fn plus_days(d: PartialDate, n: i64) -> PartialDate {
    let ms = d.days().unwrap_or(0).saturating_add(n).saturating_mul(86_400_000);
    relu_record::Instant(ms).date()
}

/// Whole years from `birth` to `day`.
pub(crate) fn age(birth: PartialDate, day: PartialDate) -> u16 {
    let before = (day.month, day.day) < (birth.month, birth.day);
    day.year.saturating_sub(birth.year).saturating_sub(u16::from(before))
}

/// The text with the five characters of XML escaped.
pub(crate) fn xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// The bytes of `text` in Windows-1252; what has no place there becomes `?`.
pub(crate) fn windows_1252(text: &str) -> Vec<u8> {
    text.chars().map(|c| one_byte(c).unwrap_or(b'?')).collect()
}

/// The byte of `c` in Windows-1252 (PDF's WinAnsi).
pub(crate) fn one_byte(c: char) -> Option<u8> {
    Some(match c {
        '\u{20}'..='\u{7e}' | '\n' | '\r' | '\t' => c as u8,
        '\u{a0}'..='\u{ff}' => c as u32 as u8,
        '€' => 0x80,
        '…' => 0x85,
        'Œ' => 0x8c,
        '‘' => 0x91,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '•' => 0x95,
        '–' => 0x96,
        '—' => 0x97,
        'œ' => 0x9c,
        'Ÿ' => 0x9f,
        _ => return None,
    })
}

/// The bytes of `text` in CP850, as old DOS laboratories write; what has no place becomes `?`.
pub(crate) fn cp850(text: &str) -> Vec<u8> {
    const HIGH: &[(char, u8)] = &[
        ('Ç', 0x80),
        ('ü', 0x81),
        ('é', 0x82),
        ('â', 0x83),
        ('ä', 0x84),
        ('à', 0x85),
        ('ç', 0x87),
        ('ê', 0x88),
        ('ë', 0x89),
        ('è', 0x8a),
        ('ï', 0x8b),
        ('î', 0x8c),
        ('É', 0x90),
        ('ô', 0x93),
        ('ö', 0x94),
        ('û', 0x96),
        ('ù', 0x97),
        ('À', 0xb7),
        ('È', 0xd4),
        ('Ê', 0xd2),
        ('Ô', 0xe2),
        ('µ', 0xe6),
        ('²', 0xfd),
        ('°', 0xf8),
        ('«', 0xae),
        ('»', 0xaf),
    ];
    text.chars()
        .flat_map(|c| match c {
            'œ' => vec![b'o', b'e'],
            '’' => vec![b'\''],
            '–' | '—' => vec![b'-'],
            c if c.is_ascii() => vec![c as u8],
            c => vec![HIGH.iter().find(|(k, _)| *k == c).map_or(b'?', |(_, b)| *b)],
        })
        .collect()
}

/// Upper case of running text. The micro sign stays: its capital is a Greek letter that no printer
/// of letters has. The marks of the page number stay too.
pub(crate) fn upper(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for c in text.chars() {
        inside = (inside || c == '{') && c != '}';
        match c {
            'µ' => out.push(c),
            _ if inside => out.push(c),
            _ => out.extend(c.to_uppercase()),
        }
    }
    out
}
