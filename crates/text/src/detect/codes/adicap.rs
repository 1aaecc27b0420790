//! ADICAP codes of pathology reports: `BHGSA7A0`, `B.H.GS.A7A0`, in the sentence of a word that
//! announces them.
//!
//! Shape: how the sample was taken and the technique (two letters), the organ (two letters), then
//! four signs for the lesion. Source: thésaurus ADICAP, version 5.

use super::ADICAP;
use crate::found::Sink;
use crate::phrases::Meaning;
use crate::tokens::Gap;
use crate::view::View;

/// Finds them.
pub(super) fn find(view: &View<'_>, sink: &mut Sink) {
    let mut next = 0;
    for hit in view.terms {
        if hit.meaning != Meaning::Announces(ADICAP) {
            continue;
        }
        let from = (hit.to as usize).max(next);
        // What was read for the last one is not read again.
        let mut end = view.sentence(hit.from as usize).1.max(next);
        // A list of codes goes on while the next line begins with one.
        while let Some((_, after)) = code(view, end) {
            end = view.sentence(end).1.max(after);
        }
        next = from.max(end);
        let mut i = from;
        while i < end {
            i = match code(view, i) {
                Some((letters, to)) => {
                    let printed = std::str::from_utf8(&letters).unwrap_or("");
                    let written = sink.write(format_args!("{printed}"));
                    if let Some(f) = sink.push(view.tokens, i, to, view.rules.codes.adicap) {
                        f.code = written;
                    }
                    to
                }
                None => i + 1,
            };
        }
    }
}

// The code that begins at token `i`: its eight signs and the token after it.
fn code(view: &View<'_>, i: usize) -> Option<([u8; 8], usize)> {
    let first = view.token(i).filter(|t| t.is_word())?;
    if first.gap() == Gap::Glued
        && i.checked_sub(1).is_some_and(|p| view.token(p).is_some_and(|t| t.is_digits()))
    {
        return None;
    }
    let mut signs = [0u8; 8];
    let mut n = 0;
    let mut at = i;
    while n < 8 {
        let t = view.token(at).filter(|t| at == i || t.gap() == Gap::Glued)?;
        if t.is_mark(b'.') && n < 5 {
            at += 1;
            continue;
        }
        for b in t.of(view.text).bytes() {
            if !(b.is_ascii_uppercase() || b.is_ascii_digit()) {
                return None;
            }
            *signs.get_mut(n)? = b;
            n += 1;
        }
        at += 1;
    }
    let ends =
        view.token(at).is_none_or(|t| t.gap() != Gap::Glued || !(t.is_word() || t.is_digits()));
    (ends && shape(&signs)).then_some((signs, at))
}

fn shape(signs: &[u8; 8]) -> bool {
    let [a, b, c, d, e, f, g, h] = *signs;
    let letters = [a, b, c, d].iter().all(u8::is_ascii_uppercase);
    let digits = [e, f, g, h].iter().all(u8::is_ascii_digit);
    // A lesion in letters and digits ends with a digit and holds one letter at least.
    let lesion = h.is_ascii_digit()
        && ((e.is_ascii_uppercase() && (g.is_ascii_uppercase() || f.is_ascii_digit()))
            || (f.is_ascii_digit() && (g.is_ascii_uppercase() || matches!(g, b'0' | b'9')))
            || (e == b'0' && f.is_ascii_uppercase()));
    letters && (digits || lesion)
}
