//! Byte offsets to code-point offsets, and back.

use relu_record::Span;

/// Checkpoints of a text: how many code points come before every 256th byte, so that any offset is
/// found by counting at most 256 bytes.
pub struct CodePoints<'a> {
    text: &'a [u8],
    before: Vec<usize>,
}

const STEP: usize = 256;

impl<'a> CodePoints<'a> {
    /// Reads the text once.
    pub fn new(text: &'a str) -> CodePoints<'a> {
        let bytes = text.as_bytes();
        let mut before = Vec::with_capacity(bytes.len() / STEP + 1);
        let mut count = 0;
        for chunk in bytes.chunks(STEP) {
            before.push(count);
            count += starts(chunk);
        }
        CodePoints { text: bytes, before }
    }

    /// Code points before byte `at`; the end of the text when `at` lies beyond.
    pub fn at(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        let block = (at / STEP).min(self.before.len().saturating_sub(1));
        match (self.before.get(block), self.text.get(block * STEP..at)) {
            (Some(n), Some(rest)) => n + starts(rest),
            _ => 0,
        }
    }

    /// A byte span in code points.
    pub fn span(&self, span: Span) -> [usize; 2] {
        [self.at(span.start), self.at(span.end)]
    }
}

/// A place in a text, in bytes and in code points, that moves to the offsets asked for. Offsets that
/// come in order cost one pass over the text; those that go back are counted from the nearest mark,
/// so that none costs more than a fixed number of bytes.
pub struct Cursor<'t> {
    text: &'t [u8],
    marks: &'t mut Marks,
    byte: usize,
    count: usize,
}

/// Code points before every 1,024th byte that a [`Cursor`] has passed; reused from text to text.
#[derive(Debug, Default)]
pub struct Marks(Vec<usize>);

const MARK: usize = 1024;

impl<'t> Cursor<'t> {
    /// At the beginning of the text.
    pub fn new(text: &'t str, marks: &'t mut Marks) -> Cursor<'t> {
        marks.0.clear();
        marks.0.push(0);
        Cursor { text: text.as_bytes(), marks, byte: 0, count: 0 }
    }

    /// Code points before byte `at`; the end of the text when `at` lies beyond.
    #[inline]
    pub fn at(&mut self, at: usize) -> usize {
        let at = at.min(self.text.len());
        // The usual case: a little further on.
        if at < self.byte || at / MARK != self.byte / MARK {
            self.approach(at);
        }
        self.count += starts(self.text.get(self.byte..at).unwrap_or_default());
        self.byte = at;
        self.count
    }

    /// A byte span in code points.
    #[inline]
    pub fn span(&mut self, span: Span) -> [usize; 2] {
        [self.at(span.start), self.at(span.end)]
    }

    // To the last mark before `at`, or to `at` itself when it lies shortly behind.
    fn approach(&mut self, at: usize) {
        if at < self.byte && self.byte - at <= at % MARK {
            self.count -= starts(self.text.get(at..self.byte).unwrap_or_default());
            self.byte = at;
            return;
        }
        let wanted = at / MARK;
        let known = wanted.min(self.marks.0.len() - 1);
        let mut count = self.marks.0.get(known).copied().unwrap_or(0);
        for mark in known..wanted {
            count += starts(self.text.get(mark * MARK..(mark + 1) * MARK).unwrap_or_default());
            self.marks.0.push(count);
        }
        (self.byte, self.count) = (wanted * MARK, count);
    }
}

/// Byte spans of code-point ranges, in the order given; `None` when one does not lie in the text.
pub fn byte_spans(
    text: &str,
    ranges: impl Iterator<Item = [usize; 2]> + Clone,
    spans: &mut Vec<Span>,
) -> Option<()> {
    // Each offset once, in order, so that one pass over the text finds them all.
    let mut wanted: Vec<(usize, usize)> = ranges.clone().flatten().map(|n| (n, 0)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let (mut byte, mut count) = (0, 0);
    for (n, at) in &mut wanted {
        while count < *n {
            byte += width(*text.as_bytes().get(byte)?);
            count += 1;
        }
        *at = byte;
    }
    let find = |n: usize| {
        let i = wanted.binary_search_by_key(&n, |(n, _)| *n).ok()?;
        wanted.get(i).map(|(_, at)| *at)
    };
    spans.clear();
    for [start, end] in ranges {
        if start > end {
            return None;
        }
        spans.push(Span::new(find(start)?, find(end)?));
    }
    Some(())
}

// Bytes of the character that begins with `first`, in valid UTF-8.
fn width(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xE0 => 2,
        0xE0..0xF0 => 3,
        _ => 4,
    }
}

// Characters that begin in `bytes`: eight bytes at a time, those that are not 10xxxxxx.
#[inline]
fn starts(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut inside = 0;
    for w in words {
        let w = u64::from_le_bytes(*w);
        inside += ((w >> 7) & (!w >> 6) & 0x0101_0101_0101_0101).count_ones() as usize;
    }
    inside += rest.iter().filter(|b| (**b & 0xC0) == 0x80).count();
    bytes.len() - inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_counting_everywhere() {
        let text = "É à œuvre µg – 😀 ".repeat(60);
        let cp = CodePoints::new(&text);
        for (n, (at, _)) in text.char_indices().enumerate() {
            assert_eq!(cp.at(at), n);
        }
        assert_eq!(cp.at(text.len()), text.chars().count());
        assert_eq!(CodePoints::new("").at(3), 0);
    }

    #[test]
    fn a_cursor_agrees_forwards_and_backwards() {
        let text = "É à œuvre µg – 😀 plain ".repeat(400);
        let cp = CodePoints::new(&text);
        let mut marks = Marks::default();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        // In order, then by jumps of every size in both directions.
        let mut cursor = Cursor::new(&text, &mut marks);
        for at in &places {
            assert_eq!(cursor.at(*at), cp.at(*at));
        }
        let mut cursor = Cursor::new(&text, &mut marks);
        let mut i = 0;
        for step in (1..places.len()).step_by(7) {
            i = (i * 31 + step) % places.len();
            assert_eq!(cursor.at(places[i]), cp.at(places[i]), "{i}");
        }
        assert_eq!(cursor.at(usize::MAX), text.chars().count());
        assert_eq!(Cursor::new("", &mut marks).at(3), 0);
    }

    #[test]
    fn code_points_come_back_as_bytes() {
        let text = "Été 😀 fin";
        let mut spans = Vec::new();
        let asked = [[4, 5], [0, 3], [9, 9]];
        byte_spans(text, asked.iter().copied(), &mut spans).unwrap();
        let words: Vec<&str> = spans.iter().map(|s| s.of(text).unwrap()).collect();
        assert_eq!(words, ["😀", "Été", ""]);
        for bad in [[0, 10], [3, 2], [usize::MAX, usize::MAX]] {
            assert_eq!(byte_spans(text, [bad].into_iter(), &mut spans), None);
        }
    }
}
