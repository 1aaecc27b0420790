//! Two texts side by side: which words of each the other does not have at that place.
//!
//! Shapes: two texts in, the spans of each that differ out, in order. Words are compared folded, numbers
//! with comma or stop alike; layout does not count. The longest common sequence of words says what
//! stands at the same place; texts too long for it are compared as lists of words. Pure.
//!
//! Source: D. Hirschberg, Algorithms for the longest common subsequence problem, 1977.

use std::collections::BTreeSet;

use relu_record::Span;

/// Most cells of the table; 2,000 words by 2,000.
const MOST_CELLS: usize = 4_000_000;

struct Piece {
    span: Span,
    key: String,
}

/// The words of each text that the other has not at that place.
pub fn differences(a: &str, b: &str) -> [Vec<Span>; 2] {
    let (x, y) = (pieces(a), pieces(b));
    let (mut same_x, mut same_y) = (vec![false; x.len()], vec![false; y.len()]);
    let alike = |i: usize, j: usize| x.get(i).zip(y.get(j)).is_some_and(|(p, q)| p.key == q.key);
    let shortest = x.len().min(y.len());
    let head = (0..shortest).take_while(|k| alike(*k, *k)).count();
    let tail = (0..shortest - head).take_while(|k| alike(x.len() - 1 - k, y.len() - 1 - k)).count();
    let (n, m) = (x.len() - head - tail, y.len() - head - tail);
    mark(&mut same_x, 0..head);
    mark(&mut same_y, 0..head);
    let (end_x, end_y) = (x.len(), y.len());
    mark(&mut same_x, end_x - tail..end_x);
    mark(&mut same_y, end_y - tail..end_y);
    if n.saturating_mul(m) <= MOST_CELLS {
        for (i, j) in common(n, m, |i, j| alike(head + i, head + j)) {
            mark(&mut same_x, head + i..head + i + 1);
            mark(&mut same_y, head + j..head + j + 1);
        }
    } else {
        let words = |of: &[Piece]| of.iter().map(|p| p.key.clone()).collect::<BTreeSet<String>>();
        let (in_x, in_y) = (words(&x), words(&y));
        x.iter().zip(&mut same_x).for_each(|(p, same)| *same |= in_y.contains(&p.key));
        y.iter().zip(&mut same_y).for_each(|(p, same)| *same |= in_x.contains(&p.key));
    }
    [left_over(a, &x, &same_x), left_over(b, &y, &same_y)]
}

fn mark(flags: &mut [bool], range: std::ops::Range<usize>) {
    if let Some(these) = flags.get_mut(range) {
        these.fill(true);
    }
}

/// Pairs of places of a longest common sequence.
fn common(n: usize, m: usize, alike: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let wide = m + 1;
    let mut longest = vec![0_u16; (n + 1) * wide];
    let at = |table: &[u16], i: usize, j: usize| table.get(i * wide + j).copied().unwrap_or(0);
    for i in (0..n).rev() {
        for j in (0..m).rev() {
            let here = if alike(i, j) {
                at(&longest, i + 1, j + 1).saturating_add(1)
            } else {
                at(&longest, i + 1, j).max(at(&longest, i, j + 1))
            };
            if let Some(cell) = longest.get_mut(i * wide + j) {
                *cell = here;
            }
        }
    }
    let (mut i, mut j, mut out) = (0, 0, Vec::new());
    while i < n && j < m {
        if alike(i, j) {
            out.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if at(&longest, i + 1, j) >= at(&longest, i, j + 1) {
            i += 1;
        } else {
            j += 1;
        }
    }
    out
}

/// Words not marked, those that follow one another as one span.
fn left_over(text: &str, pieces: &[Piece], same: &[bool]) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let mut goes_on = false;
    for (piece, same) in pieces.iter().zip(same) {
        match out.last_mut() {
            _ if *same => {}
            // A mark over the end of a line would join what the page shows apart.
            Some(last)
                if goes_on
                    && text.get(last.end..piece.span.start).is_some_and(|g| !g.contains('\n')) =>
            {
                last.end = piece.span.end;
            }
            _ => out.push(piece.span),
        }
        goes_on = !*same;
    }
    out
}

/// Words and numbers with their places.
fn pieces(text: &str) -> Vec<Piece> {
    let mut out = Vec::new();
    let mut from: Option<usize> = None;
    let mut close = |from: &mut Option<usize>, end: usize| {
        let Some(start) = from.take() else { return };
        let Some(raw) = text.get(start..end) else { return };
        let word = raw.trim_end_matches([',', '.']);
        let key = relu_text::key(word).replace(',', ".");
        out.push(Piece { span: Span::new(start, start + word.len()), key });
    };
    let mut before = ' ';
    for (i, c) in text.char_indices() {
        let inside = c.is_alphanumeric() || (matches!(c, ',' | '.') && before.is_ascii_digit());
        match (inside, from) {
            (true, None) => from = Some(i),
            (false, Some(_)) => close(&mut from, i),
            _ => {}
        }
        before = c;
    }
    close(&mut from, text.len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(a: &str, b: &str) -> [Vec<String>; 2] {
        let [x, y] = differences(a, b);
        let words = |of: Vec<Span>, text: &str| -> Vec<String> {
            of.iter().map(|s| s.of(text).unwrap().to_owned()).collect()
        };
        [words(x, a), words(y, b)]
    }

    #[test]
    fn only_what_differs_is_marked() {
        let none: Vec<String> = Vec::new();
        for (a, b, x, y) in [
            ("Sodium 138 mmol/L.", "SODIUM   138\nmmol/l", vec![], vec![]),
            ("Hémoglobine 13,2 g/dL", "Hemoglobine 13.2 g/dL", vec![], vec![]),
            ("Sodium 138 mmol/L", "Sodium 141 mmol/L", vec!["138"], vec!["141"]),
            ("né le 3 mai", "né le 3 mai à Lille", vec![], vec!["à Lille"]),
            ("a b c d", "a x y d", vec!["b c"], vec!["x y"]),
            ("fin\nun", "un", vec!["fin"], vec![]),
            ("", "mot", vec![], vec!["mot"]),
        ] {
            let owned = |v: Vec<&str>| v.into_iter().map(str::to_owned).collect::<Vec<_>>();
            assert_eq!(marked(a, b), [owned(x), owned(y)], "{a} / {b}");
        }
        assert_eq!(marked("pareil", "pareil"), [none.clone(), none]);
    }

    #[test]
    fn long_texts_are_compared_as_lists() {
        let long = |n: usize| (0..n).map(|i| format!("mot{i} ")).collect::<String>();
        let (a, b) = (format!("x {} y", long(3000)), format!("z {} t", long(2900)));
        let [x, y] = marked(&a, &b);
        assert!(x.contains(&"x".to_owned()) && y.contains(&"z".to_owned()));
    }

    proptest::proptest! {
        #[test]
        fn any_two_texts(a in "\\PC{0,120}", b in "\\PC{0,120}") {
            let [x, y] = differences(&a, &b);
            proptest::prop_assert!(x.iter().all(|s| s.is_valid_in(&a)) && y.iter().all(|s| s.is_valid_in(&b)));
            let same = differences(&a, &a);
            proptest::prop_assert!(same.iter().all(Vec::is_empty));
        }
    }
}
