//! Names of persons: which words are a name, which of them the surname.
//!
//! French usage: the surname is in capitals; without that, an administrative field puts the surname
//! first and a sentence puts the given name first. A list of given names settles what is left.
//! `née X`, `épouse X`: what follows is the name at birth, or in use.

use relu_record::Span;

use super::words::Words;
use crate::page::{Page, Shape};

/// A name as printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    pub(super) family: String,
    pub(super) given: Vec<String>,
    /// After `née`.
    pub(super) birth: Option<String>,
    /// After `épouse`, `veuve`.
    pub(super) married: Option<String>,
    pub(super) span: Span0,
    /// Whether nothing but habit told the surname from the given name.
    pub(super) guessed: bool,
}

/// A span with a default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Span0(pub(super) usize, pub(super) usize);

impl Span0 {
    pub(super) fn span(self) -> Span {
        Span::new(self.0, self.1)
    }
}

const MOST_WORDS: usize = 6;

/// The name that begins at token `i`, with the index after it. `family_first` says which order to
/// suppose when nothing tells.
pub(super) fn name_at(
    page: &Page<'_>,
    words: &Words,
    i: usize,
    family_first: bool,
) -> Option<(Name, usize)> {
    let line = page.token(i)?.line;
    let (mut at, mut picked, mut initials): (usize, Vec<usize>, bool) = (i, Vec::new(), false);
    let (mut birth, mut married) = (None, None);
    let mut end = i;
    while let Some(t) = page.token(at).filter(|t| t.line == line) {
        if t.cell_start && at > i {
            break;
        }
        let opening = usize::from(t.word == "(");
        if !picked.is_empty()
            && let Some(next) = alias(page, words, at + opening, &["nee", "ne", "n."])
        {
            birth = birth.or(Some(next.0));
            at = next.1 + usize::from(opening == 1 && page.word(next.1) == ")");
            end = at;
            continue;
        }
        if !picked.is_empty()
            && let Some(next) = alias(
                page,
                words,
                at + opening,
                &["epouse", "ep", "epse", "veuve", "vve", "divorcee"],
            )
        {
            married = married.or(Some(next.0));
            at = next.1 + usize::from(opening == 1 && page.word(next.1) == ")");
            end = at;
            continue;
        }
        // "MARTIN (DUPONT) Jeanne".
        let inner = at + 1;
        if opening == 1
            && (1..=3).contains(&picked.len())
            && birth.is_none()
            && page.word(at + 2) == ")"
            && page.token(inner).is_some_and(|t| t.shape == Shape::Caps && t.word.len() >= 3)
            && is_name_word(page, words, inner)
        {
            birth = page.printed(inner, inner).map(|p| clean(p.0));
            at += 3;
            end = at;
            continue;
        }
        if is_name_word(page, words, at) && picked.len() < MOST_WORDS {
            picked.push(at);
            at += 1;
            end = at;
            // An initial's full stop.
            if t.word.chars().count() == 1 && page.word(at) == "." {
                initials = true;
                at += 1;
                end = at;
            }
            continue;
        }
        // "DUPONT, Jean".
        let comma = (t.word == ","
            || t.word == "." && page.token(at + 1).is_some_and(|n| words.is_first_name(&n.word)))
            && picked.len() == 1
            && birth.is_none()
            && is_name_word(page, words, at + 1)
            && page.token(picked[0]).is_some_and(|p| p.shape == Shape::Caps)
            && page
                .token(at + 1)
                .is_some_and(|n| n.shape == Shape::Capital || words.is_first_name(&n.word));
        if comma {
            at += 1;
            continue;
        }
        break;
    }
    let _ = initials;
    let (family, given, guessed) = split(page, words, &picked, family_first)?;
    let last = page.token(end.checked_sub(1)?)?;
    let span = Span0(page.token(*picked.first()?)?.span.start, last.span.end);
    Some((Name { family, given, birth, married, span, guessed }, end))
}

fn is_name_word(page: &Page<'_>, words: &Words, at: usize) -> bool {
    let Some(t) = page.token(at) else { return false };
    // "LE GOFF", "de La Tour": a particle counts before another word of the name.
    let particle = words.is_particle(&t.word)
        && page.token(at + 1).is_some_and(|n| {
            n.line == t.line
                && !n.cell_start
                && matches!(n.shape, Shape::Caps | Shape::Capital)
                && (words.is_particle(&n.word) || !words.is_stop(&n.word))
        });
    match t.shape {
        Shape::Caps | Shape::Capital => {
            let digits = t.word.chars().filter(char::is_ascii_digit).count();
            let name_like =
                digits == 0 || (t.shape == Shape::Caps && t.word.len() >= 4 && digits <= 2);
            particle || (!words.is_stop(&t.word) && !words.is_doctor(&t.word) && name_like)
        }
        Shape::Lower => particle,
        _ => false,
    }
}

// "née DUPONT", "ép. MARTIN" at token `at`: the surname and the index after it.
fn alias(page: &Page<'_>, words: &Words, at: usize, heads: &[&str]) -> Option<(String, usize)> {
    let head = page.token(at)?;
    if !heads.contains(&head.word.as_str()) {
        return None;
    }
    let mut first = at + 1;
    // "né(e)", "ép."
    while ["(", "e", ")", "."].contains(&page.word(first)) {
        first += 1;
    }
    let mut next = first;
    while page.token(next).is_some_and(|t| t.line == head.line && !t.cell_start)
        && is_name_word(page, words, next)
        && next - first < 3
    {
        // After a surname in capitals, a capitalised word is the given name.
        if next > first
            && page.token(next).is_some_and(|t| t.shape == Shape::Capital)
            && page.token(next - 1).is_some_and(|t| t.shape == Shape::Caps)
        {
            break;
        }
        next += 1;
    }
    let (printed, _) = page.printed(first, next.checked_sub(1)?)?;
    (next > first).then(|| (clean(printed), next))
}

type Split = (String, Vec<String>, bool);

fn split(page: &Page<'_>, words: &Words, picked: &[usize], family_first: bool) -> Option<Split> {
    // Particles go with the word that follows; initials are no given name.
    let mut groups: Vec<(String, String, bool, bool)> = Vec::new();
    let mut carry: Option<(usize, bool)> = None;
    for &i in picked {
        let t = page.token(i)?;
        let next_picked = picked.iter().any(|&k| k > i);
        // "D. DUPONT": a single capital is an initial.
        let initial = t.word.chars().count() == 1 && t.shape == Shape::Caps;
        if words.is_particle(&t.word) && !initial && next_picked && !words.is_first_name(&t.word) {
            carry = carry.or(Some((i, true)));
            continue;
        }
        let first = carry.take().map_or(i, |c| c.0);
        let (printed, _) = page.printed(first, i)?;
        let initial = t.word.chars().count() == 1;
        groups.push((clean(printed), t.word.clone(), t.shape == Shape::Caps && !initial, initial));
    }
    let with_particle = |g: &(String, String, bool, bool)| g.0.contains(' ');
    let full: Vec<_> = groups.iter().filter(|g| !g.3).cloned().collect();
    let join = |list: &[(String, String, bool, bool)]| {
        list.iter().map(|g| g.0.clone()).collect::<Vec<_>>()
    };
    let caps = full.iter().filter(|g| g.2).count();
    match full.len() {
        0 => None,
        1 => Some((full[0].0.clone(), Vec::new(), false)),
        _ if caps > 0 && caps < full.len() => {
            let family: Vec<_> = full.iter().filter(|g| g.2).cloned().collect();
            let given: Vec<_> = full.iter().filter(|g| !g.2).cloned().collect();
            Some((join(&family).join(" "), join(&given), false))
        }
        n => {
            let trailing = full
                .iter()
                .rev()
                .take(n - 1)
                .take_while(|g| words.is_first_name(&g.1) && !with_particle(g))
                .count();
            // "SILVA MARIA DA LUZ": a particle inside the given names.
            let trailing = match full.get(n.saturating_sub(2)) {
                Some(g)
                    if n >= 3
                        && trailing == 0
                        && words.is_first_name(&g.1)
                        && (g.1 == "thi" || full.last().is_some_and(with_particle))
                        && !words.is_first_name(&full[0].1) =>
                {
                    2
                }
                _ => trailing,
            };
            let leading = full
                .iter()
                .take(n - 1)
                .take_while(|g| words.is_first_name(&g.1) && !with_particle(g))
                .count();
            let guessed = (trailing > 0) == (leading > 0);
            let (cut, family_leads) = match (trailing, leading) {
                (0, 0) if family_first => (n - 1, true),
                (0, 0) => (1, false),
                (t, 0) => (n - t, true),
                (0, l) => (l, false),
                (t, _) if family_first => (n - t, true),
                (_, l) => (l, false),
            };
            let (a, b) = full.split_at(cut);
            let (family, given) = if family_leads { (a, b) } else { (b, a) };
            Some((join(family).join(" "), join(given), guessed))
        }
    }
}

/// A name as printed, with the slips of recognition that no name holds put right.
pub(super) fn clean(printed: &str) -> String {
    let joined = printed.split_whitespace().collect::<Vec<_>>().join(" ");
    if joined.chars().any(|c| c.is_ascii_digit()) {
        return joined.replace('0', "O").replace('1', "I").replace('5', "S").replace('8', "B");
    }
    // "lbrahima" is "Ibrahima".
    let slip = joined.starts_with('l')
        && joined.chars().nth(1).is_some_and(|c| "bcdfgkmnprstvz".contains(c));
    let joined = if slip { joined.replacen('l', "I", 1) } else { joined };
    let upper = joined.chars().filter(|c| c.is_uppercase()).count();
    // "DUPlN": a small L among capitals is an I.
    if upper >= 4 && joined.chars().filter(|c| c.is_lowercase()).all(|c| c == 'l') {
        return joined.replace('l', "I");
    }
    joined
}

/// A name for comparison: folded, letters only, hyphens and apostrophes as spaces.
pub(super) fn compared(name: &str) -> String {
    let folded = relu_text::key(name);
    let spaced: String =
        folded.chars().map(|c| if c.is_alphanumeric() { c } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether two names are the same for a reader: equal once folded, or one slip apart when long.
pub(super) fn same_name(a: &str, b: &str) -> bool {
    let (a, b) = (compared(a), compared(b));
    if a == b {
        return true;
    }
    let (x, y): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    x.len().min(y.len()) >= 5 && x.len().abs_diff(y.len()) <= 1 && distance(&x, &y) <= 1
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let cost = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}
