//! From the states of units to identifiers: parts of one name are joined, ends are cut to what belongs
//! to a name, and what cannot be one is dropped.
//!
//! Shape: [`collect`] turns a decoded trellis into identifiers and doubts; [`bridge`] is run last, once
//! known and repeated names are in. Units: bytes. Never fails.

use relu_record::Span;

use super::decode::Trellis;
use super::gazetteer::{self, Gazetteers};
use super::label::{self, Label};
use super::units::{Kind, Unit};
use super::{Identifier, Source, hash};

/// The identifiers that the states and the sure rules say, put at the end of `found`; what was near
/// to be one, at the end of `doubts`.
pub(crate) fn collect(
    gazetteers: &Gazetteers,
    text: &str,
    units: &[Unit],
    trellis: &Trellis,
    scale: f32,
    found: &mut Vec<Identifier>,
    doubts: &mut Vec<Identifier>,
) {
    let from = found.len();
    let certainty = |margin: i32| 1.0 / (1.0 + (-margin as f32 * scale).clamp(-30.0, 30.0).exp2());
    for (i, (u, state)) in units.iter().zip(&trellis.path).enumerate() {
        let state = usize::from(*state);
        let (margin, rival) = trellis.margin.get(i).copied().unwrap_or((0, 0));
        let span = Span::new(u.start as usize, u.end as usize);
        let made = |label, source| Identifier { span, label, certainty: certainty(margin), source };
        match (label::label(state), u.sure) {
            (Some(label), _) => {
                let open = found.len() > from && label::continues(state);
                match found.last_mut().filter(|f| open && f.label == label) {
                    Some(last) => {
                        last.span.end = span.end;
                        last.certainty = last.certainty.min(certainty(margin));
                    }
                    None => found.push(made(label, Source::Context)),
                }
            }
            (None, Some(label)) => {
                found.push(Identifier { certainty: 1.0, ..made(label, Source::Form) });
            }
            (None, None) if certainty(margin) > 0.05 && u.kind != Kind::Mark => {
                doubts.extend(label::label(usize::from(rival)).map(|l| made(l, Source::Context)));
            }
            (None, None) => {}
        }
    }
    drop_codes(text, found, from);
    join(text, found, from);
    cut(text, found, from);
    trim(text, found, from, |label, words, at| {
        let bits = |w: &str| gazetteers.bits(hash::word_hash(w));
        let odd = |w: &str| w.len() > 2 && bits(w) & gazetteer::WORD == 0;
        let odd = words.split(|c: char| !c.is_alphabetic()).any(odd);
        match label {
            Label::Hopital => {
                let known = |w: &str| bits(w) & gazetteer::HOSPITAL != 0;
                odd && follows(text, at, &HOUSES)
                    || generic(words)
                    || words.split([' ', '-', '.']).any(known)
            }
            _ => odd && follows(text, at, &TITLES),
        }
    });
}

// What structured data prints of its machinery looks like a record number, a phone or an address to the
// tagger, and is nobody's: see `is_code`.
fn drop_codes(text: &str, found: &mut Vec<Identifier>, from: usize) {
    let mut at = 0;
    found.retain(|f| {
        at += 1;
        at <= from || f.source != Source::Context || f.label.is_name() || !is_code(text, f.span)
    });
}

// Longer words than this are no code that is told here.
const LONGEST_CODE: usize = 64;

// Whether the word that holds a span is the code of an answer (LOINC answer list: `LA14809-0`), a UUID
// (RFC 9562) or an object identifier of seven arcs or more (a phone number has six groups at most).
fn is_code(text: &str, span: Span) -> bool {
    let inside = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    let bytes = text.as_bytes();
    let before = bytes.get(..span.start).unwrap_or_default().iter().rev();
    let start = span.start - before.take(LONGEST_CODE).take_while(|b| inside(b)).count();
    let rest = bytes.get(start..).unwrap_or_default();
    let len = rest.iter().take(2 * LONGEST_CODE).take_while(|b| inside(b)).count();
    let word = text.get(start..start + len).unwrap_or("").trim_matches(['.', '-']);
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let hex = |s: &str| s.bytes().all(|b| b.is_ascii_hexdigit());
    let groups = || word.split('-').map(str::len);
    let answer = word.strip_prefix("LA").and_then(|w| w.split_once('-'));
    answer.is_some_and(|(n, check)| digits(n) && digits(check) && check.len() == 1)
        || groups().eq([8, 4, 4, 4, 12]) && word.split('-').all(hex)
        || word.split('.').count() >= 7 && word.split('.').all(digits)
}

// What a name in small letters follows: the kind of a house, the title of a person.
const HOUSES: [&str; 10] =
    ["hôpital", "hopital", "clinique", "polyclinique", "chu", "ch", "chr", "chru", "ghu", "ehpad"];
const TITLES: [&str; 16] = [
    "dr",
    "docteur",
    "pr",
    "professeur",
    "mme",
    "madame",
    "mr",
    "monsieur",
    "mlle",
    "nom",
    "prénom",
    "prenom",
    "patient",
    "patiente",
    "interne",
    "drs",
];

// Whether the words begin with what kind of house it is.
fn generic(words: &str) -> bool {
    let kinds = ["clinique", "hopital", "hôpital", "universitaire", "fondation", "polyclinique"];
    let head = words.split([' ', '-']).next().unwrap_or("").to_lowercase();
    kinds.contains(&head.as_str())
}

// Whether one of `heads` stands before `start`, with no more than blanks, a point or a colon between.
fn follows(text: &str, start: usize, heads: &[&str]) -> bool {
    let before = text.get(..start).unwrap_or("").trim_end_matches([' ', '\n', '.', ':']);
    let word = before.rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or("");
    word.len() <= 16 && heads.contains(&word.to_lowercase().as_str())
}

// Two parts of one name that only a hyphen parts, or a small word in the name of a place.
fn join(text: &str, found: &mut Vec<Identifier>, from: usize) {
    let mut at = from + 1;
    while let (Some(a), Some(b)) = (found.get(at.wrapping_sub(1)).copied(), found.get(at).copied())
    {
        let between = text.get(a.span.end..b.span.start).unwrap_or(",");
        let near =
            between.len() <= 8 && !between.contains(['\n', ',', ';', ':', '/', '(', ')', '|']);
        let place = match a.label {
            Label::Hopital | Label::Adresse => near,
            Label::Ville => near && between.trim() != "et" && !between.trim().is_empty(),
            _ => false,
        };
        let worded = |l: Label| l.is_name() || matches!(l, Label::Ville | Label::Hopital);
        // The town that a generic name goes on with: `Clinique du Lac de Sévrier`.
        let of = a.label == Label::Hopital
            && b.label == Label::Ville
            && generic(text.get(a.span.start..a.span.end).unwrap_or(""))
            && matches!(between, " de " | " d'" | " d’" | " du " | "-");
        let glued = between == "-" && worded(a.label) && worded(b.label);
        if (a.label == b.label && place || glued || of) && b.source == Source::Context {
            if let Some(a) = found.get_mut(at - 1) {
                a.span = Span::new(a.span.start, b.span.end);
            }
            found.remove(at);
        } else {
            at += 1;
        }
    }
}

/// The hyphen or apostrophe between two masked words goes with them; `clinique`, where no article
/// makes it a common noun, is part of the name that follows.
pub(crate) fn bridge(text: &str, found: &mut [Identifier]) {
    let worded =
        |l: Label| l.is_name() || matches!(l, Label::Ville | Label::Hopital | Label::Adresse);
    for i in 0..found.len() {
        let Some(f) = found.get(i).copied() else { continue };
        let next = found.get(i + 1).copied();
        let between = next.and_then(|n| text.get(f.span.end..n.span.start));
        let tied = next.is_some_and(|n| worded(f.label) && worded(n.label))
            && matches!(between, Some("-" | "'" | "’" | "–"))
            || next.is_some_and(|n| f.label == Label::Hopital && worded(n.label))
                && matches!(between, Some("." | ". "))
                && text.get(f.span.start..f.span.end).is_some_and(|w| w.len() == 1);
        let before = text.get(..f.span.start).unwrap_or("");
        let last = i.checked_sub(1).and_then(|k| found.get(k)).map_or(0, |p| p.span.end);
        let clinic = before.strip_suffix("clinique ").filter(|b| {
            f.label == Label::Hopital
                && b.len() >= last
                && !b.ends_with(char::is_alphabetic)
                && !b.ends_with("la ")
                && !b.ends_with("une ")
        });
        let Some(own) = found.get_mut(i) else { continue };
        if let (true, Some(n)) = (tied, next) {
            own.span = Span::new(own.span.start, n.span.start);
        }
        if let Some(rest) = clinic {
            own.span = Span::new(rest.len(), own.span.end);
        }
    }
}

// Where names end: see `end_of_name` and `end_of_hospital`.
fn cut(text: &str, found: &mut [Identifier], from: usize) {
    for f in found.iter_mut().skip(from) {
        let Some(words) = text.get(f.span.start..f.span.end) else { continue };
        let end = match f.label {
            label if label.is_name() => end_of_name(words),
            Label::Hopital => end_of_place(words, true),
            Label::Adresse => end_of_place(words, false),
            _ => None,
        };
        if let Some(end) = end {
            f.span.end = f.span.start + end;
        }
    }
}

// A name ends before a word in small letters that is too long for a particle (`de`, `van der`).
fn end_of_name(words: &str) -> Option<usize> {
    let mut at = 0;
    for word in words.split_inclusive(|c: char| !c.is_alphabetic()) {
        let letters = word.trim_end_matches(|c: char| !c.is_alphabetic());
        if at > 0 && letters.len() >= 5 && small(letters) {
            return Some(at);
        }
        at += word.len();
    }
    None
}

// The name of a place ends before three words in small letters that follow a capital, and runs over
// one end of line at most; that of a hospital ends with its sentence.
fn end_of_place(words: &str, hospital: bool) -> Option<usize> {
    let (mut at, mut capital) = (0, false);
    let mut run: Option<(usize, u32)> = None;
    let mut lines = 0;
    for word in words.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let letters = word.trim_end_matches(|c: char| !c.is_alphabetic());
        if letters.is_empty() && word.ends_with('\n') {
            at += word.len();
            continue;
        }
        let plain = letters.len() >= 4 && small(letters);
        if plain && capital {
            run = Some(run.map_or((at, 1), |(begun, n)| (begun, n + 1)));
        } else if !small(letters) && !letters.is_empty() {
            (run, capital) = (None, true);
        }
        at += word.len();
        match run {
            Some((begun, 3..)) => return Some(begun),
            _ if hospital && plain && word.ends_with(['.', ',']) => return Some(at),
            _ => {}
        }
        if word.ends_with('\n') {
            lines += 1;
            if lines > 1 {
                return Some(at);
            }
        }
    }
    None
}

fn small(letters: &str) -> bool {
    letters.chars().next().is_some_and(char::is_lowercase)
}

// An identifier begins and ends with a letter or a digit, or with what belongs to one; a name or a
// town holds at least one capital, unless a title or the other name stands before it.
fn trim(
    text: &str,
    found: &mut Vec<Identifier>,
    from: usize,
    may_be_small: impl Fn(Label, &str, usize) -> bool,
) {
    let mut at = from;
    while let Some(f) = found.get(at).copied() {
        let words = text.get(f.span.start..f.span.end).unwrap_or("");
        let inner = words.trim_end_matches(|c: char| !c.is_alphanumeric() && !"?)".contains(c));
        // The point of an initial, and the marks a rule took.
        let end = if words.get(inner.len()..).is_some_and(|w| w.starts_with('.'))
            && f.label == Label::Prenom
            && inner.chars().rev().take_while(|c| c.is_alphabetic()).count() <= 3
            || matches!(f.label, Label::Date | Label::DateNaissance)
                && words.ends_with('.')
                && short_month(inner)
        {
            inner.len() + 1
        } else {
            inner.len()
        };
        let begin = words.len()
            - words.trim_start_matches(|c: char| !c.is_alphanumeric() && !"(+@".contains(c)).len();
        let named = f.label.is_name() || f.label == Label::Ville;
        let plain = (named || f.label == Label::Hopital)
            && !words.chars().any(char::is_uppercase)
            && !may_be_small(f.label, words, f.span.start)
            && !(f.label.is_name() && words.len() > 3 && follows_name(text, found, at));
        let digits = words.bytes().filter(u8::is_ascii_digit).count();
        let few = f.source == Source::Context && !f.label.digits().contains(&digits);
        let lone = f.label.is_name() && initials(words);
        if begin >= end
            || few
            || lone && (!beside(text, found, at) || monsieur(text, found, at))
            || plain && f.source == Source::Context
            || !words.chars().any(char::is_alphanumeric)
        {
            found.remove(at);
            continue;
        }
        if let Some(kept) = found.get_mut(at) {
            kept.span = Span::new(f.span.start + begin, f.span.start + end);
        }
        at += 1;
    }
}

// Whether the words end with a month cut short (`15 oct`), whose point belongs to it.
fn short_month(words: &str) -> bool {
    let month = words.trim_start_matches(|c: char| !c.is_alphabetic()).to_lowercase();
    (3..=5).contains(&month.len())
        && month.chars().all(char::is_alphabetic)
        && !["mars", "avril", "mai", "juin", "août", "aout"].contains(&month.as_str())
}

// Whether the other name of the person stands right before.
fn follows_name(text: &str, found: &[Identifier], at: usize) -> bool {
    let (Some(f), Some(before)) = (found.get(at), at.checked_sub(1).and_then(|k| found.get(k)))
    else {
        return false;
    };
    before.label.is_name()
        && before.label != f.label
        && text.get(before.span.end..f.span.start).is_some_and(|gap| gap == " ")
}

// Letters with their points and hyphens, and no word: `J.`, `M.-C`.
fn initials(words: &str) -> bool {
    words.split(|c: char| !c.is_alphanumeric()).all(|part| part.chars().count() <= 1)
}

// Whether it is `M.` before a whole name: the title, not an initial.
fn monsieur(text: &str, found: &[Identifier], at: usize) -> bool {
    let (Some(f), Some(next)) = (found.get(at), found.get(at + 1)) else { return false };
    let whole = |i: &Identifier| text.get(i.span.start..i.span.end).is_some_and(|w| !initials(w));
    matches!(text.get(f.span.start..next.span.start), Some("M. " | "M "))
        && next.label.is_name()
        && whole(next)
}

// Whether initials stand beside a name, or after the title of a person: alone they are a type, a
// vitamin, a wave.
fn beside(text: &str, found: &[Identifier], at: usize) -> bool {
    let Some(f) = found.get(at) else { return false };
    let near = |a: usize, b: usize| {
        text.get(a..b).is_some_and(|t| t.len() <= 3 && !t.contains(|c: char| c.is_alphanumeric()))
    };
    let name = |o: &&Identifier| {
        o.label.is_name() && text.get(o.span.start..o.span.end).is_some_and(|w| !initials(w))
    };
    found.get(at + 1).filter(name).is_some_and(|o| near(f.span.end, o.span.start))
        || at > 0 && found.get(at - 1).filter(name).is_some_and(|o| near(o.span.end, f.span.start))
}
