//! Units: what the tagger reads. A word, a mark, or a whole number such as a date or a phone number,
//! recognised by its form and read as one.
//!
//! Shape: [`Reader::read`] fills a buffer of [`Unit`]s from the tokens of a text. A word written in
//! two parts without a blank (`PaulineDurand`) is two units. Units: bytes. Never fails.

use relu_text::words::{Case, Gap, Scanner, Token, TokenKind};

use super::gazetteer::{self, Gazetteers};
use super::hash::{ROOM, chain, hash};
use super::label::Label;
use super::rules::{Class, Rules};

/// A unit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unit {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Hash of the folded word, of the mark, or of the class of a number.
    pub(crate) word: u32,
    /// Hashes of the first two and three letters, and of the last two, three and four.
    pub(crate) edges: [u32; 5],
    /// Signs of the lists, and the town that goes on here.
    pub(crate) lists: u16,
    pub(crate) kind: Kind,
    pub(crate) gap: Gap,
    pub(crate) case: Case,
    pub(crate) class: Class,
    /// Folded letters, or digits.
    pub(crate) length: u8,
    /// What a rule is sure of.
    pub(crate) sure: Option<Label>,
}

impl Unit {
    /// Whether it is a number, or a word that no list of ordinary words holds.
    pub(crate) fn is_odd(&self) -> bool {
        match self.kind {
            Kind::Mark => false,
            Kind::Number => self.class != Class::Decimal && self.class != Class::Time,
            Kind::Word => {
                self.case != Case::Lower && self.length > 2 && self.lists & gazetteer::WORD == 0
            }
        }
    }
}

/// What a unit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    Word,
    Mark,
    Number,
}

/// Bit of [`Unit::lists`]: part of a town that the list holds whole.
pub(crate) const IN_TOWN: u16 = 64;

/// Reads texts into units.
pub(crate) struct Reader<'r> {
    pub(crate) rules: &'r Rules,
    pub(crate) gazetteers: &'r Gazetteers,
    pub(crate) scanner: &'r Scanner,
}

impl Reader<'_> {
    /// Fills `units` from `text`; `tokens` is reused.
    pub(crate) fn read(&self, text: &str, tokens: &mut Vec<Token>, units: &mut Vec<Unit>) {
        self.scanner.scan(text, tokens);
        units.clear();
        let mut i = 0;
        while let Some(token) = tokens.get(i) {
            let from = token.offset();
            if let Some((end, class, label)) = self.whole(text, tokens, i) {
                let mut unit = whole_unit(text, from, end, *token, class);
                unit.sure = label;
                // A mail address begins before its `@`.
                if class == Class::Mail {
                    take_local_part(text, units, &mut unit);
                }
                units.push(unit);
                let taken = tokens.iter().skip(i).take_while(|t| t.offset() < end).count().max(1);
                // A word that goes on after the address (`x@chu.frDurand`) is a unit of its own.
                let last = tokens.get(i + taken - 1).map_or(end, |t| t.end() as usize);
                if let Some(rest) = text.get(end..last).filter(|r| !r.is_empty()) {
                    self.word(rest, end, Gap::Glued, case_of(rest), units);
                }
                i += taken;
                continue;
            }
            self.token(text, *token, units);
            i += 1;
        }
        self.towns(units);
    }

    // A number, address or date that begins at token `i`.
    fn whole(
        &self,
        text: &str,
        tokens: &[Token],
        i: usize,
    ) -> Option<(usize, Class, Option<Label>)> {
        let token = tokens.get(i)?;
        let (bytes, from) = (text.as_bytes(), token.offset());
        let next = tokens.get(i + 1);
        match token.kind() {
            TokenKind::Digits => {
                let found = self.rules.at(bytes, from);
                let alnum = alnum(text, tokens, i).filter(|e| found.is_none_or(|m| *e > m.end));
                match (alnum, found) {
                    (Some(end), _) => Some((end, Class::Alnum, None)),
                    (None, Some(m)) => Some((m.end, m.class, m.label)),
                    (None, None) => Some((token.end() as usize, Class::Number, None)),
                }
            }
            TokenKind::Mark if token.is_mark(b'@') => {
                if let Some(end) = domain(bytes, from) {
                    return Some((end, Class::Mail, Some(Label::Mail)));
                }
                let end = handle(text, *token, next)?;
                Some((end, Class::Url, Some(Label::Url)))
            }
            TokenKind::Mark => {
                let digit = next.is_some_and(|t| t.is_digits() && t.gap() <= Gap::Space);
                if !digit || !(token.is_mark(b'+') || token.is_mark(b'(')) {
                    return None;
                }
                self.rules.at(bytes, from).map(|m| (m.end, m.class, m.label))
            }
            TokenKind::Word => {
                if let Some(end) = web(text, *token, self.rules) {
                    return Some((end, Class::Url, Some(Label::Url)));
                }
                let glued = next.is_some_and(|t| t.gap() == Gap::Glued);
                if glued
                    && token.case() == Case::Upper
                    && token.len() <= 3
                    && next.is_some_and(|t| t.is_digits() || t.is_mark(b'-'))
                {
                    if let Some(m) = self.rules.at(bytes, from) {
                        return Some((m.end, m.class, m.label));
                    }
                    return alnum(text, tokens, i).map(|end| (end, Class::Alnum, None));
                }
                let month = token.len() <= 10 && {
                    let mut folded = [0; 12];
                    let n = relu_text::words::fold(token.of(text), &mut folded);
                    self.rules.is_calendar(folded.get(..n).unwrap_or_default())
                };
                if !month {
                    return None;
                }
                self.rules.at(bytes, from).map(|m| (m.end, m.class, m.label))
            }
        }
    }

    // A word or a mark; two units where small letters are followed by a capital.
    fn token(&self, text: &str, token: Token, units: &mut Vec<Unit>) {
        let (from, to) = (token.offset(), token.end() as usize);
        let Some(word) = text.get(from..to) else { return };
        if token.kind() == TokenKind::Mark {
            let mut unit = blank(from, to, token.gap(), Kind::Mark);
            unit.word = hash(word.as_bytes());
            units.push(unit);
            return;
        }
        if token.case() == Case::Mixed
            && let Some(cut) = inner_cut(word)
        {
            let (first, second) = word.split_at(cut);
            self.word(first, from, token.gap(), case_of(first), units);
            self.word(second, from + cut, Gap::Glued, case_of(second), units);
            return;
        }
        self.word(word, from, token.gap(), token.case(), units);
    }

    fn word(&self, word: &str, from: usize, gap: Gap, case: Case, units: &mut Vec<Unit>) {
        let mut folded = [0; ROOM];
        let n = relu_text::words::fold(word, &mut folded);
        let bytes = folded.get(..n).unwrap_or_default();
        let mut unit = blank(from, from + word.len(), gap, Kind::Word);
        unit.word = hash(bytes);
        let (head, tail) =
            (|k: usize| &bytes[..k.min(n)], |k: usize| &bytes[n.saturating_sub(k)..]);
        unit.edges = [hash(head(2)), hash(head(3)), hash(tail(2)), hash(tail(3)), hash(tail(4))];
        unit.case = case;
        unit.length = n.min(ROOM) as u8;
        if n > 2 {
            // In small letters most names are words.
            let seen = if case == Case::Lower {
                gazetteer::FIRST_COMMON
                    | gazetteer::WORD
                    | gazetteer::WORD_COMMON
                    | gazetteer::HOSPITAL
            } else {
                !(gazetteer::TOWN | gazetteer::TOWN_PART)
            };
            unit.lists = self.gazetteers.bits(unit.word) & seen;
        }
        units.push(unit);
    }

    // Marks the towns of the list, the longest first.
    fn towns(&self, units: &mut [Unit]) {
        let mut i = 0;
        while let Some(first) = units.get(i) {
            if first.kind != Kind::Word || first.case == Case::Lower || first.length < 2 {
                i += 1;
                continue;
            }
            let mut key = chain(0, first.word);
            let mut bits = self.gazetteers.bits(key);
            let (mut end, mut at) = (None, i);
            loop {
                if bits & gazetteer::TOWN != 0 {
                    end = Some(at);
                }
                if bits & gazetteer::TOWN_PART == 0 {
                    break;
                }
                at += 1;
                // Hyphens and apostrophes are not in the chain.
                while units.get(at).is_some_and(|u| u.kind == Kind::Mark && u.gap == Gap::Glued) {
                    at += 1;
                }
                let Some(next) =
                    units.get(at).filter(|u| u.kind == Kind::Word && u.gap <= Gap::Line)
                else {
                    break;
                };
                key = chain(key, next.word);
                bits = self.gazetteers.bits(key);
            }
            let Some(last) = end else {
                i += 1;
                continue;
            };
            let whole = if last > i { IN_TOWN | gazetteer::TOWN_PART } else { IN_TOWN };
            units.iter_mut().take(last + 1).skip(i).for_each(|u| u.lists |= whole);
            i = last + 1;
        }
    }
}

fn blank(start: usize, end: usize, gap: Gap, kind: Kind) -> Unit {
    Unit {
        start: start as u32,
        end: end as u32,
        word: 0,
        edges: [0; 5],
        lists: 0,
        kind,
        gap,
        case: Case::Lower,
        class: Class::None,
        length: 0,
        sure: None,
    }
}

fn whole_unit(text: &str, from: usize, end: usize, token: Token, class: Class) -> Unit {
    let mut unit = blank(from, end, token.gap(), Kind::Number);
    let bytes = text.as_bytes().get(from..end).unwrap_or_default();
    unit.class = class;
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    unit.length = digits.min(16) as u8;
    unit.word = hash(&[0, class as u8, if class == Class::Number { unit.length } else { 0 }]);
    unit
}

// Where the small letters end and a capitalised word begins.
fn inner_cut(word: &str) -> Option<usize> {
    let mut small = 0;
    for (at, c) in word.char_indices() {
        if c.is_lowercase() {
            small += 1;
        } else if small >= 2 && c.is_uppercase() {
            return Some(at);
        } else {
            small = 0;
        }
    }
    None
}

fn case_of(word: &str) -> Case {
    let uppers = word.chars().filter(|c| c.is_uppercase()).count();
    match (uppers, word.chars().count()) {
        (0, _) => Case::Lower,
        (u, n) if u == n => Case::Upper,
        (1, _) if word.starts_with(char::is_uppercase) => Case::Capital,
        _ => Case::Mixed,
    }
}

// The end of a run of letters and digits without a blank that looks like a number: at least three
// digits, five characters, and no long word in front.
fn alnum(text: &str, tokens: &[Token], i: usize) -> Option<usize> {
    let run = tokens.iter().skip(i).enumerate().take(12);
    let run =
        run.take_while(|(k, t)| (*k == 0 || t.gap() == Gap::Glued) && t.kind() != TokenKind::Mark);
    let last = run.last().map(|(_, t)| t.end() as usize)?;
    let bytes = text.as_bytes().get(tokens.get(i)?.offset()..last)?;
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = bytes.len() - digits;
    let enough = digits >= 4 && letters > 0 && letters <= digits && bytes.len() >= 6;
    (enough && bytes.last().is_some_and(u8::is_ascii_digit)).then_some(last)
}

// The end of the domain after the `@` at `from`.
fn domain(bytes: &[u8], from: usize) -> Option<usize> {
    let skip = bytes.iter().skip(from + 1).take(2).take_while(|b| **b == b' ').count();
    let mut end = from + 1 + skip;
    let mut dot = None;
    while let Some(b) = bytes.get(end) {
        match b {
            b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | 0x80.. => {}
            // A capital after a small letter begins the next word.
            b'A'..=b'Z' => {
                if dot.is_some() && bytes.get(end - 1).is_some_and(u8::is_ascii_lowercase) {
                    break;
                }
            }
            b'.' if bytes.get(end + 1).is_some_and(u8::is_ascii_alphanumeric) => dot = Some(end),
            _ => break,
        }
        end += 1;
    }
    (dot.is_some() && end - from > 4).then_some(end)
}

// Takes the units before the `@` that are part of the address.
fn take_local_part(text: &str, units: &mut Vec<Unit>, unit: &mut Unit) {
    let mut gap = unit.gap;
    let mut blanks = 0;
    let mut gap_is_bound = false;
    while let Some(last) = units.last() {
        let word = last.kind != Kind::Mark;
        let mark = text
            .as_bytes()
            .get(last.start as usize..last.end as usize)
            .is_some_and(|b| matches!(b, b"." | b"-" | b"_" | b"+"));
        if !word && !mark || last.sure.is_some() && last.class != Class::Date {
            break;
        }
        if gap >= Gap::Line {
            break;
        }
        // A mark with blanks around it, in an address whose `@` has them too.
        let bound = mark && unit.gap != Gap::Glued || gap_is_bound;
        gap_is_bound = mark && unit.gap != Gap::Glued;
        if gap != Gap::Glued && !bound {
            // One blank before the `@`, and one hole in the name when that blank is there.
            blanks += 1;
            let hole = blanks == 2 && gap == Gap::Wide;
            if !(blanks == 1 && !units.is_empty() && unit.gap != Gap::Glued && gap == unit.gap
                || hole)
            {
                break;
            }
        }
        gap = last.gap;
        unit.start = last.start;
        units.pop();
    }
    unit.gap = gap;
}

// The end of a name on a social network: `@` with a blank before it and a word stuck to it.
fn handle(text: &str, at: Token, next: Option<&Token>) -> Option<usize> {
    let next = next.filter(|n| n.gap() == Gap::Glued && n.kind() == TokenKind::Word)?;
    if at.gap() == Gap::Glued && at.offset() > 0 {
        return None;
    }
    let rest = text.get(next.offset()..)?;
    let end = rest.find(|c: char| !c.is_alphanumeric() && !"._-".contains(c));
    let taken = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches(['.', '-']);
    (taken.chars().count() >= 3).then_some(next.offset() + taken.len())
}

// The end of a web address that begins with `token`.
fn web(text: &str, token: Token, rules: &Rules) -> Option<usize> {
    let from = token.offset();
    let rest = text.get(from..)?;
    let head = rest.as_bytes().get(..4)?;
    let known = head.eq_ignore_ascii_case(b"http") || head.eq_ignore_ascii_case(b"www.");
    let point = || text.as_bytes().get(token.end() as usize) == Some(&b'.');
    if !(known || point() && rules.is_host(rest.as_bytes())) {
        return None;
    }
    let end = rest
        .find(|c: char| c.is_whitespace() || "\"<>«»()[]{}|,;".contains(c))
        .unwrap_or(rest.len());
    let taken = rest.get(..end)?.trim_end_matches(['.', ':', '!', '?', '\'']);
    (taken.len() > 7 && taken.contains('.')).then_some(from + taken.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deidentify::gazetteer::Lists;

    fn units(text: &str) -> Vec<(String, Class)> {
        let rules = Rules::shipped().unwrap();
        let gazetteers = Gazetteers::new(Lists {
            first_names: "",
            surnames: "",
            towns: "Saint-Malo\t1\n",
            words: "",
            hospitals: "",
        });
        let scanner = Scanner::default();
        let reader = Reader { rules: &rules, gazetteers: &gazetteers, scanner: &scanner };
        let (mut tokens, mut units) = (Vec::new(), Vec::new());
        reader.read(text, &mut tokens, &mut units);
        units.iter().map(|u| (text[u.start as usize..u.end as usize].to_owned(), u.class)).collect()
    }

    #[test]
    fn numbers_are_read_whole() {
        use Class::*;
        for (text, expected) in [
            ("Accueil0541410427", vec![("Accueil", None), ("0541410427", Phone)]),
            (
                "le 0 3 / 0 9 / 2 0 7 3,",
                vec![("le", None), ("0 3 / 0 9 / 2 0 7 3", Date), (",", None)],
            ),
            ("PaulineDurand", vec![("Pauline", None), ("Durand", None)]),
            ("n° 2038H20391", vec![("n", None), ("°", None), ("2038H20391", Alnum)]),
            ("a.b@chu-x.frDurand", vec![("a.b@chu-x.fr", Mail), ("Durand", None)]),
            ("mail ab  cd @ chu.fr", vec![("mail", None), ("ab  cd @ chu.fr", Mail)]),
            ("m sol0 _ a @ chu.fr", vec![("m", None), ("sol0 _ a @ chu.fr", Mail)]),
            ("voir @zel_outrabec.", vec![("voir", None), ("@zel_outrabec", Url), (".", None)]),
            ("dosage @ 1547", vec![("dosage", None), ("@", None), ("1547", Number)]),
            ("instagram.com/zelvine", vec![("instagram.com/zelvine", Url)]),
            ("voir www.exemple.fr.", vec![("voir", None), ("www.exemple.fr", Url), (".", None)]),
            (
                "TA 14/18 C1",
                vec![
                    ("TA", None),
                    ("14", Number),
                    ("/", None),
                    ("18", Number),
                    ("C", None),
                    ("1", Number),
                ],
            ),
            ("2A271 Olmeto", vec![("2A271", Zip), ("Olmeto", None)]),
        ] {
            let expected: Vec<_> = expected.into_iter().map(|(t, c)| (t.to_owned(), c)).collect();
            assert_eq!(units(text), expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn units_lie_on_characters_in_order(text in "\\PC{0,60}|[a-zA-Zé0-9@./+( \\n-]{0,60}|[0-3 ./@+-]{0,40}") {
            let rules = Rules::shipped().unwrap();
            let gazetteers = Gazetteers::default();
            let scanner = Scanner::default();
            let reader = Reader { rules: &rules, gazetteers: &gazetteers, scanner: &scanner };
            let (mut tokens, mut units) = (Vec::new(), Vec::new());
            reader.read(&text, &mut tokens, &mut units);
            let mut last = 0;
            for u in units {
                proptest::prop_assert!(u.start >= last && u.end > u.start);
                proptest::prop_assert!(text.get(u.start as usize..u.end as usize).is_some());
                last = u.end;
            }
        }
    }
}
