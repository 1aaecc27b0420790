//! What a scanner, a hurried hand or a copy does to a note, with its identifiers kept in place.

use super::LabelledNote;
use crate::rng::Rng;

/// Without accents.
pub(crate) fn without_accents(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            'à' | 'â' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            'À' | 'Â' => 'A',
            'É' | 'È' | 'Ê' | 'Ë' => 'E',
            'Î' | 'Ï' => 'I',
            'Ô' | 'Ö' => 'O',
            'Ù' | 'Û' => 'U',
            'Ç' => 'C',
            other => other,
        })
        .collect()
}

// What an OCR engine reads in the place of a character.
fn misread(c: char, rng: &mut Rng) -> &'static str {
    let of: &[&str] = match c {
        'l' => &["1", "I", "i"],
        'i' => &["l", "1", "j"],
        'e' => &["c", "é", "o"],
        'é' | 'è' => &["e", "c", "6"],
        'o' | 'O' => &["0", "c", "Q"],
        'a' => &["o", "u", "e"],
        'n' => &["u", "ri", "m"],
        'm' => &["rn", "n"],
        'r' => &["t", "n"],
        'u' => &["n", "v", "ii"],
        't' => &["f", "l"],
        's' | 'S' => &["5", "a", "z"],
        'B' => &["8", "R"],
        'I' => &["l", "1"],
        'h' => &["b", "li"],
        'c' => &["e", "o"],
        'E' => &["F", "B"],
        'G' => &["C", "6"],
        _ => &[],
    };
    rng.pick(of).copied().unwrap_or("")
}

/// Changes a note: capitals, accents, misread letters, line ends, missing marks, a copy below itself.
pub(crate) fn disturb(note: &mut LabelledNote, rng: &mut Rng) {
    if rng.chance(3) {
        rewrite(note, |c, _, out| out.extend(c.to_uppercase()));
    }
    if rng.chance(12) {
        rewrite(note, |c, _, out| out.push_str(&without_accents(&c.to_string())));
    }
    if rng.chance(12) {
        // As a word processor sets them.
        rewrite(note, |c, _, out| out.push(if c == '\'' { '’' } else { c }));
    }
    if rng.chance(4) {
        rewrite(note, |c, inside, out| out.push(if c == '-' && !inside { '–' } else { c }));
    }
    if rng.chance(2) {
        rewrite(note, |c, _, out| {
            if !matches!(c, '.' | ',' | ';' | ':') {
                out.push(c);
            }
        });
    }
    if rng.chance(9) {
        let rate = 1 + rng.below(4);
        let mut dice = rng.clone();
        rewrite(note, |c, _, out| {
            let other = if dice.below(100) < rate { misread(c, &mut dice) } else { "" };
            if other.is_empty() { out.push(c) } else { out.push_str(other) }
        });
    }
    if rng.chance(30) {
        // Lines broken where they were not, empty lines between them.
        let rate = 1 + rng.below(4);
        let mut dice = rng.clone();
        rewrite(note, |c, inside, out| match c {
            ' ' if dice.below(100) < if inside { rate } else { 2 * rate } => {
                out.push_str(if dice.chance(60) { "\n" } else { "\n\n" });
            }
            '\n' => {
                for _ in 0..1 + dice.below(3) {
                    out.push('\n');
                }
            }
            _ => out.push(c),
        });
    }
    if rng.chance(5) {
        // Blanks doubled, or gone.
        let mut dice = rng.clone();
        rewrite(note, |c, inside, out| match c {
            ' ' if dice.chance(4) => out.push_str("  "),
            ' ' if !inside && dice.chance(3) => {}
            _ => out.push(c),
        });
    }
    if rng.chance(5) && note.text.len() < 400 {
        let (text, spans) = (note.text.clone(), note.spans.clone());
        for _ in 0..1 + rng.below(3) {
            note.text.push('\n');
            let at = note.text.len();
            note.text.push_str(&text);
            note.spans.extend(spans.iter().map(|(s, e, l)| (s + at, e + at, *l)));
        }
    }
    if rng.chance(15) {
        let lines = 1 + rng.below(3);
        note.text.insert_str(0, &"\n".repeat(lines));
        note.spans.iter_mut().for_each(|s| (s.0, s.1) = (s.0 + lines, s.1 + lines));
    }
    if rng.chance(20) {
        note.text.push_str(&"\n".repeat(1 + rng.below(3)));
    }
}

// Writes the text again character by character, the spans with it; `write` hears whether the
// character lies in an identifier.
fn rewrite(note: &mut LabelledNote, mut write: impl FnMut(char, bool, &mut String)) {
    let mut out = String::with_capacity(note.text.len() + 16);
    let mut spans = Vec::with_capacity(note.spans.len());
    let mut waiting = note.spans.iter().peekable();
    let mut open: Option<(usize, usize, &'static str)> = None;
    for (at, c) in note.text.char_indices() {
        if let Some((start, end, label)) = open
            && at >= end
        {
            spans.push((start, out.len(), label));
            open = None;
        }
        if let Some((_, end, label)) = waiting.next_if(|s| s.0 == at) {
            open = Some((out.len(), *end, *label));
        }
        write(c, open.is_some(), &mut out);
    }
    if let Some((start, _, label)) = open {
        spans.push((start, out.len(), label));
    }
    // What lost all its characters is no identifier any more; what ends with a blank ends before it.
    spans.retain_mut(|s| {
        while s.1 > s.0 && out.as_bytes().get(s.1 - 1).is_some_and(u8::is_ascii_whitespace) {
            s.1 -= 1;
        }
        s.1 > s.0
    });
    (note.text, note.spans) = (out, spans);
}
