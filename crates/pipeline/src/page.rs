//! A document's text cut into lines, cells and words, for the functions that read layout.
//!
//! A cell ends at a tab, a bar or at least two blanks. Words keep inner hyphens and apostrophes
//! (`Jean-Pierre`, `D'ANGELO`). Spans are bytes of the reading's text; comparisons use the folded
//! form of [`relu_text::key`].

use relu_record::{PartialDate, Span, month_named};

/// What a token looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `DUPONT`, `D'ANGELO`, or one capital.
    Caps,
    /// `Jean`.
    Capital,
    /// Any other word.
    Lower,
    /// Digits.
    Number,
    /// One other character.
    Sign,
}

/// A word, number or sign.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) span: Span,
    /// Folded.
    pub(crate) word: String,
    pub(crate) shape: Shape,
    /// Index of its line.
    pub(crate) line: usize,
    /// Whether it begins a cell.
    pub(crate) cell_start: bool,
}

/// A text with its tokens.
pub(crate) struct Page<'t> {
    pub(crate) text: &'t str,
    pub(crate) tokens: Vec<Token>,
    /// Lines, without their ends.
    pub(crate) lines: Vec<Span>,
}

// A longer text is read up to here: the identity stands at its beginning, and work stays bounded.
const MOST_TOKENS: usize = 60_000;

impl<'t> Page<'t> {
    /// Cuts `text`.
    pub(crate) fn of(text: &'t str) -> Page<'t> {
        let mut page = Page { text, tokens: Vec::new(), lines: Vec::new() };
        let mut at = 0;
        for piece in text.split_inclusive('\n') {
            let line = piece.trim_end_matches(['\n', '\r']);
            page.lines.push(Span::new(at, at + line.len()));
            if page.tokens.len() < MOST_TOKENS {
                page.cut_line(line, at);
            }
            at += piece.len();
        }
        page
    }

    fn cut_line(&mut self, line: &str, offset: usize) {
        let number = self.lines.len() - 1;
        let (mut at, mut blanks, mut cell_start) = (0, 0, true);
        while let Some(c) = line.get(at..).and_then(|r| r.chars().next()) {
            if c.is_whitespace() || "|¦".contains(c) {
                blanks += if c == '\t' || "|¦".contains(c) { 2 } else { 1 };
                at += c.len_utf8();
                continue;
            }
            cell_start |= blanks >= 2;
            blanks = 0;
            let len = token_len(line.get(at..).unwrap_or(""));
            let piece = line.get(at..at + len).unwrap_or("");
            self.tokens.push(Token {
                span: Span::new(offset + at, offset + at + len),
                word: relu_text::key(piece),
                shape: shape(piece),
                line: number,
                cell_start,
            });
            cell_start = false;
            at += len.max(1);
        }
    }

    /// Token `i`.
    pub(crate) fn token(&self, i: usize) -> Option<&Token> {
        self.tokens.get(i)
    }

    /// Folded word of token `i`, or nothing.
    pub(crate) fn word(&self, i: usize) -> &str {
        self.tokens.get(i).map_or("", |t| t.word.as_str())
    }

    /// The printed words from token `first` to token `last`, both included.
    pub(crate) fn printed(&self, first: usize, last: usize) -> Option<(&'t str, Span)> {
        let span = Span::new(self.tokens.get(first)?.span.start, self.tokens.get(last)?.span.end);
        Some((span.of(self.text)?, span))
    }

    /// Whether `phrase` (folded words) stands at token `i`, on one line; gives the next index.
    pub(crate) fn phrase_at(&self, i: usize, phrase: &[String]) -> Option<usize> {
        let line = self.token(i)?.line;
        let fits = phrase.iter().enumerate().all(|(k, w)| {
            self.token(i + k)
                .is_some_and(|t| t.word == *w && t.line == line && (k == 0 || !t.cell_start))
        });
        fits.then_some(i + phrase.len())
    }

    /// The folded text of the tokens before `i`, at most `n`, on its line or the one before.
    pub(crate) fn before(&self, i: usize, n: usize) -> String {
        let line = self.token(i).map_or(0, |t| t.line);
        let from = i.saturating_sub(n);
        let near = self.tokens.get(from..i).unwrap_or_default().iter();
        let near = near.filter(|t| t.line + 1 >= line).map(|t| t.word.as_str());
        near.collect::<Vec<_>>().join(" ")
    }

    /// The folded text of at most `n` tokens from `i`.
    pub(crate) fn after(&self, i: usize, n: usize) -> String {
        let end = (i + n).min(self.tokens.len());
        let near = self.tokens.get(i.min(end)..end).unwrap_or_default().iter();
        near.map(|t| t.word.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// The first token that starts at or after byte `at`.
    pub(crate) fn token_at(&self, at: usize) -> usize {
        self.tokens.partition_point(|t| t.span.start < at)
    }

    /// The date that begins at token `i`, with the index after it.
    pub(crate) fn date_at(&self, i: usize) -> Option<(PartialDate, Span, usize)> {
        let start = self.token(i)?.span.start;
        let rest = self.text.get(start..)?;
        let (date, len) = read_date(rest)?;
        let span = Span::new(start, start + len);
        Some((date, span, self.token_at(span.end)))
    }
}

/// Cuts a phrase into folded words, as a text is cut.
pub(crate) fn words(phrase: &str) -> Vec<String> {
    Page::of(phrase).tokens.into_iter().map(|t| t.word).collect()
}

fn token_len(rest: &str) -> usize {
    let mut chars = rest.char_indices().peekable();
    let Some((_, first)) = chars.next() else { return 0 };
    if first.is_ascii_digit() {
        return rest.bytes().take_while(u8::is_ascii_digit).count();
    }
    if !is_letter(first) {
        return first.len_utf8();
    }
    let mut end = first.len_utf8();
    while let Some((at, c)) = chars.next() {
        let joins = "-'’".contains(c) && chars.peek().is_some_and(|(_, n)| is_letter(*n));
        if !(is_letter(c) || c.is_ascii_digit() || joins) {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && c != 'º' && c != 'ª' || ('\u{300}'..='\u{36F}').contains(&c)
}

fn shape(piece: &str) -> Shape {
    let Some(first) = piece.chars().next() else { return Shape::Sign };
    if first.is_ascii_digit() {
        return Shape::Number;
    }
    if !is_letter(first) {
        return Shape::Sign;
    }
    // "lbrahima": no French word begins so, recognition took a capital I for a small L.
    if piece.starts_with('l') && piece.chars().nth(1).is_some_and(|c| "bcdfgkmnprstvz".contains(c))
    {
        return Shape::Capital;
    }
    // "d'ANGELO" is written like "ANGELO".
    let body = match piece.split_once(['\'', '’']) {
        Some((lead, rest)) if lead.chars().count() == 1 && !rest.is_empty() => rest,
        _ => piece,
    };
    let upper = body.chars().filter(|c| c.is_uppercase()).count();
    let lower = body.chars().filter(|c| c.is_lowercase()).count();
    let starts_upper = body.chars().next().is_some_and(char::is_uppercase);
    match (upper, lower) {
        (u, 0) if u > 0 => Shape::Caps,
        // One small letter among capitals is a slip of the recognition ("DUPlN").
        (u, 1) if u >= 4 && starts_upper => Shape::Caps,
        _ if starts_upper => Shape::Capital,
        _ => Shape::Lower,
    }
}

// What months are written as beside their names: cut short, and as recognition misreads them.
const SHORT_MONTHS: [(&str, u8); 14] = [
    ("janv", 1),
    ("jan", 1),
    ("fevr", 2),
    ("fev", 2),
    ("avr", 4),
    ("juil", 7),
    ("sept", 9),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("dec", 12),
    ("fevrler", 2),
    ("juln", 6),
    ("julllet", 7),
];

/// Reads a full date at the start of `text`: `12/03/1950`, `12.03.50`, `1950-03-12`, `12 mars 1950`,
/// `12031950`, with the usual slips of character recognition (`l2/O3/1950`). Two-digit years are
/// given as they stand (0 to 99). With its length in bytes.
pub(crate) fn read_date(text: &str) -> Option<(PartialDate, usize)> {
    spelt_date(text).or_else(|| figure_date(text))
}

// A digit, or a character that recognition puts in its place.
fn digit(c: char) -> Option<u32> {
    match c {
        'O' | 'o' | 'Q' | 'D' => Some(0),
        'l' | 'I' | '|' | 'i' => Some(1),
        'S' => Some(5),
        'B' => Some(8),
        _ => c.to_digit(10),
    }
}

fn figures(text: &str, most: usize) -> Option<(u32, usize, usize)> {
    let (mut value, mut count, mut len, mut true_digits) = (0, 0, 0, 0);
    for c in text.chars().take(most + 1) {
        let Some(d) = digit(c).filter(|_| count < most) else { break };
        true_digits += usize::from(c.is_ascii_digit());
        value = value * 10 + d;
        count += 1;
        len += c.len_utf8();
    }
    (true_digits > 0 || count == 2).then_some((value, count, len)).filter(|_| count > 0)
}

fn figure_date(text: &str) -> Option<(PartialDate, usize)> {
    let ends =
        |len: usize| !text.get(len..).unwrap_or("").starts_with(|c: char| c.is_alphanumeric());
    let (a, n, len) = figures(text, 8)?;
    if n == 8 && ends(len) {
        let date =
            PartialDate::ymd((a % 10_000) as u16, (a / 10_000 % 100) as u8, (a / 1_000_000) as u8);
        return date.filter(|d| d.year >= 1880).map(|d| (d, len));
    }
    if n == 3 || n > 4 {
        return None;
    }
    let (separator, at) = separator(text, len)?;
    let (b, n2, len2) = figures(text.get(at..)?, 2)?;
    let (same, at2) = self::separator(text, at + len2)?;
    if same != separator || n2 == 0 {
        return None;
    }
    let (mut c, mut n3, mut len3) = figures(text.get(at2..)?, 4)?;
    // "1 972": a blank that recognition put inside the year.
    if (n3 == 1 || n3 == 2 && (c == 19 || c == 20))
        && text.get(at2 + len3..).is_some_and(|r| r.starts_with(' '))
        && let Some((rest, n, len)) = text.get(at2 + len3 + 1..).and_then(|r| figures(r, 4))
        && n + n3 == 4
        && ends(at2 + len3 + 1 + len)
    {
        c = c * if n == 3 { 1000 } else { 100 } + rest;
        n3 = 4;
        len3 += 1 + len;
    }
    let end = at2 + len3;
    let (y, m, d) = match (n, n3) {
        (4, 1 | 2) => (a, b, c),
        (1 | 2, 4) => (c, b, a),
        // Pairs of digits between blanks are a telephone number.
        (1 | 2, 2) if separator != ' ' => (c, b, a),
        _ => return None,
    };
    let date = PartialDate::ymd(y as u16, u8::try_from(m).ok()?, u8::try_from(d).ok()?)?;
    ends(end).then_some((date, end))
}

fn separator(text: &str, at: usize) -> Option<(char, usize)> {
    let rest = text.get(at..)?;
    let lead = rest.len() - rest.trim_start_matches(' ').len();
    let c = rest.get(lead..)?.chars().next()?;
    if "/.-".contains(c) && lead <= 1 {
        let after = rest.get(lead + 1..)?;
        let gap = usize::from(after.starts_with(' '));
        return Some((c, at + lead + 1 + gap));
    }
    // "12 03 1950"
    (lead == 1 && c.is_ascii_digit()).then_some((' ', at + lead))
}

fn spelt_date(text: &str) -> Option<(PartialDate, usize)> {
    // "Ler janvier": a one that recognition took for a letter.
    let first = ["Ler ", "ler ", "Jer ", "ier ", "1er "].iter().any(|l| text.starts_with(l));
    let (d, n, mut at) = if first { (1, 1, 3) } else { figures(text, 2)? };
    if n > 2 {
        return None;
    }
    for lead in ["er", "ER", "ᵉʳ", "°"] {
        if text.get(at..)?.starts_with(lead) {
            at += lead.len();
        }
    }
    at += text.get(at..)?.len() - text.get(at..)?.trim_start().len();
    let word: String = text.get(at..)?.chars().take_while(|c| c.is_alphabetic()).collect();
    let folded = relu_text::key(&word);
    let short = || SHORT_MONTHS.iter().find(|(name, _)| *name == folded).map(|(_, m)| *m);
    let m = month_named(&folded).or_else(short)?;
    at += word.len();
    if text.get(at..)?.starts_with('.') {
        at += 1;
    }
    at += text.get(at..)?.len() - text.get(at..)?.trim_start().len();
    let (y, n, len) = figures(text.get(at..)?, 4)?;
    let date = PartialDate::ymd(y as u16, m, u8::try_from(d).ok()?)?;
    (n == 4 || n == 2).then_some((date, at + len))
}

/// The date with the century of a two-digit year: the last one at which it lies before `received`,
/// which for a birth is the only one under a hundred years.
pub(crate) fn with_century(date: PartialDate, received: PartialDate) -> Option<PartialDate> {
    if date.year >= 100 {
        return Some(date);
    }
    let (month, day) = (date.month?, date.day?);
    let this = PartialDate::ymd(received.year / 100 * 100 + date.year, month, day);
    this.filter(|d| *d <= received).or_else(|| {
        PartialDate::ymd((received.year / 100).checked_sub(1)? * 100 + date.year, month, day)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_found_by_its_folded_name() {
        for (name, month) in relu_record::MONTHS.iter().zip(1..) {
            assert_eq!(month_named(&relu_text::key(name)), Some(month), "{name}");
        }
        assert_eq!(month_named("brumaire"), None);
    }

    #[test]
    fn reads_dates_as_they_are_printed_and_recognised() {
        for (text, iso) in [
            ("12/03/1950", Some("1950-03-12")),
            ("12.03.1950.", Some("1950-03-12")),
            ("l2/O3/195O né", Some("1950-03-12")),
            ("1950-03-12", Some("1950-03-12")),
            ("12031950", Some("1950-03-12")),
            ("12 mars 1950", Some("1950-03-12")),
            ("1er  août 2003,", Some("2003-08-01")),
            ("12 03 1950", Some("1950-03-12")),
            ("12 / 03 / 1950", Some("1950-03-12")),
            ("12/03/1 950,", Some("1950-03-12")),
            ("Ler mars 1950", Some("1950-03-01")),
            ("31/02/1950", None),
            ("06 12 34 56 78", None),
            ("75010 PARIS", None),
        ] {
            let got = read_date(text).map(|(d, _)| d.to_string());
            assert_eq!(got.as_deref(), iso, "{text}");
        }
        let received = PartialDate::ymd(2024, 6, 1).unwrap();
        for (two, four) in
            [("12/03/50", "1950-03-12"), ("12/03/15", "2015-03-12"), ("12/07/24", "1924-07-12")]
        {
            let d = with_century(read_date(two).unwrap().0, received).unwrap();
            assert_eq!(d.to_string(), four);
        }
    }

    #[test]
    fn cells_and_shapes() {
        let p = Page::of("Nom :  D'ANGELO\tJean-Pierre né(e) le");
        let shapes: Vec<_> = p.tokens.iter().map(|t| (t.word.as_str(), t.cell_start)).collect();
        assert_eq!(
            shapes,
            [
                ("nom", true),
                (":", false),
                ("d'angelo", true),
                ("jean-pierre", true),
                ("ne", false),
                ("(", false),
                ("e", false),
                (")", false),
                ("le", false)
            ]
        );
        assert_eq!(p.tokens[2].shape, Shape::Caps);
        assert_eq!(p.tokens[3].shape, Shape::Capital);
    }
}
