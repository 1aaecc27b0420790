//! Where the marks and stand-ins stand in the text of the result. The reader may part lines, repeat
//! or lose a mark (a box too small for it): each is looked for after the one before, by its own
//! characters and those before it, white space apart.

use relu_record::Span;

/// How many characters before a mark must stand before it in the result too: the more, the surer; a
/// mark that was lost may stand among them.
const CONTEXTS: [usize; 3] = [12, 6, 3];
/// How far from where it is expected a mark is looked for, in bytes without white space.
const REACH: usize = 4_000;
/// Bytes of a mark that is known again anywhere, and places tried.
const LEAST: usize = 3;
const MOST: usize = 1_000;

/// A text without white space, and where each byte of it stands.
struct Squeezed {
    text: String,
    at: Vec<usize>,
}

impl Squeezed {
    fn of(text: &str) -> Squeezed {
        let mut out = Squeezed { text: String::with_capacity(text.len()), at: Vec::new() };
        for (i, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            out.text.push(c);
            out.at.extend(std::iter::repeat_n(i, c.len_utf8()));
        }
        out
    }

    /// The span of the text that bytes `from..to` come from.
    fn span(&self, from: usize, to: usize, text: &str) -> Option<Span> {
        let start = *self.at.get(from)?;
        let last = *self.at.get(to.checked_sub(1)?)?;
        let end = last + text.get(last..)?.chars().next()?.len_utf8();
        Some(Span::new(start, end))
    }
}

/// The places in `result` of the `marks` of `expected`, in order.
pub(super) fn places(expected: &str, marks: &[Span], result: &str) -> Vec<Span> {
    let (want, have) = (Squeezed::of(expected), Squeezed::of(result));
    let wanted = marks.iter().map(|m| {
        let from = want.at.partition_point(|at| *at < m.start);
        (from, want.at.partition_point(|at| *at < m.end))
    });
    let wanted: Vec<(usize, usize)> = wanted.filter(|(from, to)| from < to).collect();
    let mut found: Vec<Option<usize>> = if want.text == have.text {
        wanted.iter().map(|(from, _)| Some(*from)).collect()
    } else {
        by_context(&want, &have, &wanted)
    };
    between(&want, &have, &wanted, &mut found);
    anywhere(&want, &have, &wanted, &mut found);
    let spans = found.iter().zip(&wanted).filter_map(|(at, (from, to))| {
        let at = (*at)?;
        have.span(at, at + (to - from), result)
    });
    spans.collect()
}

/// Each mark after the one before it, with the characters that stand before it.
fn by_context(want: &Squeezed, have: &Squeezed, wanted: &[(usize, usize)]) -> Vec<Option<usize>> {
    let mut cursor = 0_usize;
    let mut drift = 0_isize;
    let mut out = Vec::with_capacity(wanted.len());
    for (from, to) in wanted {
        let near = from.saturating_add_signed(drift);
        let found = CONTEXTS.iter().find_map(|n| {
            let before = boundary(&want.text, from.saturating_sub(*n));
            let sought = want.text.get(before..*to)?;
            // What stands before may be, or hold, the mark before.
            let start = boundary(&have.text, cursor.saturating_sub(from - before));
            let end = boundary(&have.text, (near + REACH).max(start));
            let at = start + have.text.get(start..end)?.find(sought)? + (from - before);
            (at >= cursor).then_some(at)
        });
        if let Some(at) = found {
            cursor = at + (to - from);
            drift = at as isize - *from as isize;
        }
        out.push(found);
    }
    out
}

/// The marks not found yet, between those that were.
fn between(
    want: &Squeezed,
    have: &Squeezed,
    wanted: &[(usize, usize)],
    found: &mut [Option<usize>],
) {
    let mut cursor = 0;
    for i in 0..wanted.len() {
        let (Some((from, to)), Some(here)) = (wanted.get(i), found.get(i).copied()) else { break };
        let length = to - from;
        let here = here.or_else(|| {
            let next = found.get(i + 1..)?.iter().flatten().next().copied();
            let end = next.unwrap_or(cursor + REACH).min(have.text.len());
            let sought = want.text.get(*from..*to)?;
            have.text.get(cursor..boundary(&have.text, end))?.find(sought).map(|at| cursor + at)
        });
        if let Some(at) = here {
            cursor = at + length;
        }
        if let Some(slot) = found.get_mut(i) {
            *slot = here;
        }
    }
}

/// The marks still not found, wherever they stand alone: a reader may put lines in another order. Each
/// takes one place that is no other's.
fn anywhere(
    want: &Squeezed,
    have: &Squeezed,
    wanted: &[(usize, usize)],
    found: &mut [Option<usize>],
) {
    let taken = |found: &[Option<usize>], at: usize, length: usize| {
        found
            .iter()
            .zip(wanted)
            .any(|(f, (from, to))| f.is_some_and(|f| f < at + length && at < f + (to - from)))
    };
    for (i, (from, to)) in wanted.iter().enumerate() {
        let Some(sought) = want.text.get(*from..*to).filter(|s| s.len() >= LEAST) else { continue };
        if found.get(i).copied().flatten().is_some() {
            continue;
        }
        let mut places = have.text.match_indices(sought).map(|(at, _)| at).take(MOST);
        let place = places.find(|at| !taken(found, *at, sought.len()));
        if let Some(slot) = found.get_mut(i) {
            *slot = place;
        }
    }
}

/// The next character boundary from `at` on.
fn boundary(text: &str, at: usize) -> usize {
    (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expected: &str, marks: &[&str], result: &str) -> Vec<String> {
        let mut at = 0;
        let spans: Vec<Span> = marks
            .iter()
            .map(|m| {
                let start = at + expected[at..].find(m).unwrap();
                at = start + m.len();
                Span::new(start, at)
            })
            .collect();
        places(expected, &spans, result).iter().map(|s| result[s.start..s.end].to_owned()).collect()
    }

    #[test]
    fn lines_may_be_parted_otherwise() {
        let expected = "Mme Jeanne PETIT, vue le 3 mai. Mme PETIT va bien.";
        let result = "Mme Jeanne\nPETIT, vue  le 3 mai.\nMme PETIT va bien.";
        let found = check(expected, &["Jeanne PETIT", "3 mai", "PETIT"], result);
        assert_eq!(found, ["Jeanne\nPETIT", "3 mai", "PETIT"]);
    }

    #[test]
    fn lines_may_come_in_another_order() {
        let expected = "IPP : 40817263. Mme Jeanne PETIT, vue le 3 mai, à Dinan.";
        let result = "vue le 3 mai, à Dinan.\nMme Jeanne PETIT,\nIPP : 40817263.";
        let found = check(expected, &["40817263", "Jeanne PETIT", "3 mai"], result);
        assert_eq!(found, ["40817263", "Jeanne PETIT", "3 mai"]);
    }

    #[test]
    fn a_mark_that_was_lost_takes_no_other_with_it() {
        let expected = "M. [NOM] né le [DATE] à [VILLE], suivi par [NOM]";
        let result = "M. né le [DATE] à [VILLE], suivi par [NOM]";
        // The first [NOM] is not there; the one of the end is not taken for it twice.
        let found = check(expected, &["[NOM]", "[DATE]", "[VILLE]", "[NOM]"], result);
        assert_eq!(found, ["[DATE]", "[VILLE]", "[NOM]"]);
    }
}
