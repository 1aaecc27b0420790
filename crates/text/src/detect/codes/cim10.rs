//! CIM-10 codes written in a text: `I10`, `E11.9`, `I48.0`, `C221`, `C2.21`, `C 22.1`.
//!
//! A code with a point is read anywhere, except those that look like a temperature or a result;
//! a code without one is read where a word announces it (`CIM-10`, `code`, `DP`…) or alone between
//! brackets. Source: CIM-10 (OMS, ATIH): a letter, two digits, then up to four signs.

use super::CIM10;
use crate::found::Sink;
use crate::lists::List;
use crate::tokens::{Gap, TokenKind};
use crate::view::View;

// Letter, digits before and after the point, and the token after the code.
struct Read {
    letter: u8,
    digits: [u8; 8],
    len: usize,
    point: bool,
    to: usize,
}

/// The code that begins at token `i`, put into the sink; the token after it.
pub(super) fn at(view: &View<'_>, i: usize, sink: &mut Sink) -> Option<usize> {
    let read = read(view, i)?;
    let mut printed = [0u8; 10];
    *printed.first_mut()? = read.letter;
    printed.get_mut(1..=read.len)?.copy_from_slice(read.digits.get(..read.len)?);
    let code = std::str::from_utf8(printed.get(..=read.len)?).ok()?;
    let category = code.get(..3)?;
    let sure = read.point
        && !view
            .rules
            .codes
            .doubtful
            .iter()
            .any(|(a, z)| (a.as_str()..=z.as_str()).contains(&category));
    if !sure && !announced(view, i) && !bracketed(view, i, read.to) {
        return None;
    }
    let written = sink.write(format_args!("{code}"));
    let f = sink.push(view.tokens, i, read.to, view.rules.codes.cim10)?;
    f.code = written;
    Some(read.to)
}

fn read(view: &View<'_>, i: usize) -> Option<Read> {
    let letter = view.token(i)?.of(view.text).bytes().next().filter(u8::is_ascii_uppercase)?;
    let mut read = Read { letter, digits: [0; 8], len: 0, point: false, to: i + 1 };
    let first = view.token(read.to).filter(|t| t.is_digits() && t.gap() <= Gap::Space)?;
    let spaced = first.gap() == Gap::Space;
    take(view, &mut read)?;
    let dotted = view.is(read.to, b'.') && view.gap(read.to) == Gap::Glued;
    if dotted && view.token(read.to + 1).is_some_and(|t| t.is_digits() && t.gap() == Gap::Glued) {
        let before = read.len;
        read.to += 1;
        take(view, &mut read)?;
        read.point = true;
        // "E11.9", or the point one digit early, as some programs print it ("C2.21").
        let after = read.len - before;
        let usual = before == 2 && after <= 4;
        let early = before == 1 && after == 2;
        if !usual && !early {
            return None;
        }
    } else if !(2..=5).contains(&read.len) {
        return None;
    }
    if view.is(read.to, b'+') && view.gap(read.to) == Gap::Glued {
        read.to += 1;
    }
    // Not followed by a letter, a unit or more digits.
    let after = view.token(read.to);
    let free = after.is_none_or(|t| {
        t.gap() != Gap::Glued
            || (t.kind() == TokenKind::Mark
                && ![b'/', b'%', b'+', b'-', b'\''].iter().any(|c| t.is_mark(*c))
                && !t.is_mark(crate::tokens::mark::DEGREE))
    });
    let decimal = after.is_some_and(|t| t.is_mark(b',') || t.is_mark(b'.'))
        && view.token(read.to + 1).is_some_and(|t| t.is_digits() && t.gap() == Gap::Glued);
    (free && !decimal && (!spaced || read.len >= 3)).then_some(read)
}

fn take(view: &View<'_>, read: &mut Read) -> Option<()> {
    for b in view.token(read.to)?.of(view.text).bytes().filter(u8::is_ascii_digit) {
        *read.digits.get_mut(read.len)? = b;
        read.len += 1;
    }
    read.to += 1;
    Some(())
}

// A word that announces codes, a few tokens before in the sentence.
fn announced(view: &View<'_>, i: usize) -> bool {
    let first = view.sentence(i).0.max(i.saturating_sub(12));
    (first..i)
        .any(|j| view.list(j, List::CodeWord).is_some_and(|(v, next)| v == CIM10 && next <= i))
}

fn bracketed(view: &View<'_>, from: usize, to: usize) -> bool {
    let open = from.checked_sub(1).is_some_and(|p| view.is(p, b'(') || view.is(p, b'['));
    // Two digits alone between brackets are more often a vertebra.
    open && (view.is(to, b')') || view.is(to, b']'))
        && to > from + 1
        && view.words(from, to).len() >= 4
}
