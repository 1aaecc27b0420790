//! A light stemmer for French: number and gender are taken off, and the commonest endings of verbs and
//! adjectives brought together. Words stay recognisable, so that the beginning of a word still finds it.
//!
//! The idea of a light stemmer (less is taken off than by a full one, for fewer wrong meetings) is that
//! of J. Savoy, "A stemming procedure and stopword list for general French corpora", JASIS 1999.

/// Endings and what takes their place, the longest first; the second value is the shortest stem left.
const ENDINGS: [(&str, usize, &str); 12] = [
    ("eaux", 2, "eau"),
    ("aux", 3, "al"),
    ("euses", 3, "eu"),
    ("euse", 3, "eu"),
    ("eux", 3, "eu"),
    ("ives", 3, "if"),
    ("ive", 3, "if"),
    ("ees", 3, ""),
    ("ee", 3, ""),
    ("er", 4, ""),
    ("es", 3, ""),
    ("e", 3, ""),
];

/// The stem of a folded word.
pub(super) fn stem(word: &str) -> String {
    if word.len() < 5 || !word.bytes().all(|b| b.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let mut stem = word.to_owned();
    let found = ENDINGS.iter().find(|(ending, shortest, _)| {
        word.strip_suffix(ending).is_some_and(|rest| rest.len() >= *shortest)
    });
    match found {
        Some((ending, _, instead)) => {
            stem.truncate(word.len() - ending.len());
            stem.push_str(instead);
        }
        None => {
            let bare = word.strip_suffix(['s', 'x']).filter(|rest| rest.len() >= 3);
            stem.truncate(bare.map_or(word.len(), str::len));
            // `opéré`, `opérés` and `opérer` are one; what ends in `e` was met above.
        }
    }
    double(&mut stem);
    stem
}

/// `arteriell` (artérielle) and `arteriel` are one.
fn double(stem: &mut String) {
    let mut end = stem.bytes().rev();
    if let (Some(a), Some(b)) = (end.next(), end.next())
        && a == b
        && !b"aeiouy".contains(&a)
        && stem.len() > 4
    {
        stem.pop();
    }
}
