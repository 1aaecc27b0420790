//! A printed page as blocks of lines of words, and how pages become one text with its spans.
//!
//! Shapes: [`PrintedPage`] in, text and [`Word`]s out. Units: boxes in points, origin top left.
//!
//! The text: lines end with a line feed, blocks are parted by a blank line, pages by a form feed
//! that follows a line feed (a text of N pages holds N-1 form feeds, so pages can be told apart
//! again). Words of a line are parted by a space, cells of a row by a tab. A word cut by a hyphen at
//! the end of a line is written in one piece on the first line, and its two halves are two
//! [`Word`]s, each with the span of its own letters and its own box.
//! Findings and errors: none.

use std::collections::BTreeSet;

use relu_record::{BoundingBox, Span, Word};

use super::hyphen;

/// What stands between a word and the one before it on its line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gap {
    /// A word space.
    Space,
    /// A wide gap: the next cell of a row.
    Cell,
}

/// A word as printed.
#[derive(Clone, Debug)]
pub(crate) struct PrintedWord {
    pub text: String,
    pub bbox: BoundingBox,
    /// Confidence of the recognition, 0 to 100.
    pub confidence: Option<u8>,
    /// What stands before it.
    pub gap: Gap,
    /// Letters were changed from what was recognised.
    pub repaired: bool,
}

/// A line, in reading order.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrintedLine {
    pub words: Vec<PrintedWord>,
}

/// A paragraph, a table or any group of lines set apart by white space.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrintedBlock {
    pub lines: Vec<PrintedLine>,
}

/// A page, in reading order.
#[derive(Clone, Debug, Default)]
pub(crate) struct PrintedPage {
    pub blocks: Vec<PrintedBlock>,
}

impl PrintedPage {
    /// Every word, in reading order.
    pub fn words(&self) -> impl Iterator<Item = &PrintedWord> {
        self.blocks.iter().flat_map(|b| &b.lines).flat_map(|l| &l.words)
    }
}

/// The text being built, with the words that stand in it.
#[derive(Default)]
pub(crate) struct Composer {
    pub text: String,
    pub words: Vec<Word>,
    /// Places of repaired words.
    pub repaired: Vec<Span>,
    pages: u32,
}

/// What separates two pages.
pub(crate) const PAGE_BREAK: char = '\u{c}';

impl Composer {
    /// Starts the next page; call once per page, before its content.
    fn open_page(&mut self) -> u32 {
        if self.pages > 0 {
            if !self.text.is_empty() && !self.text.ends_with(['\n', PAGE_BREAK]) {
                self.text.push('\n');
            }
            self.text.push(PAGE_BREAK);
        }
        self.pages += 1;
        self.pages - 1
    }

    /// Adds a page laid out by us.
    pub fn page(&mut self, page: &PrintedPage, compounds: &BTreeSet<String>) {
        let number = self.open_page();
        self.blocks(number, page, compounds);
    }

    /// Adds a page whose text and words exist already, then `more` as further blocks. `words` have
    /// spans into `text`.
    pub fn page_of_text(
        &mut self,
        text: &str,
        words: &[Word],
        more: &PrintedPage,
        compounds: &BTreeSet<String>,
    ) {
        let number = self.open_page();
        let base = self.text.len();
        self.text.push_str(text.trim_end());
        let end = self.text.len() - base;
        self.words.extend(words.iter().filter(|w| w.span.end <= end).map(|w| Word {
            span: w.span.shifted(base),
            page: number,
            ..*w
        }));
        if end > 0 && !more.blocks.is_empty() {
            self.text.push_str("\n\n");
        }
        self.blocks(number, more, compounds);
    }

    /// Ends the text; nothing but page breaks is no text.
    pub fn finish(mut self) -> Composer {
        if self.words.is_empty() {
            self.text.clear();
        } else if !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self
    }

    fn blocks(&mut self, page: u32, printed: &PrintedPage, compounds: &BTreeSet<String>) {
        let mut first = true;
        for block in printed.blocks.iter().filter(|b| b.lines.iter().any(|l| !l.words.is_empty())) {
            if !first {
                self.text.push_str("\n\n");
            }
            first = false;
            self.block(page, block, compounds);
        }
    }

    fn block(&mut self, page: u32, block: &PrintedBlock, compounds: &BTreeSet<String>) {
        // How many words of the next line were already written to finish a cut word.
        let mut taken = 0;
        let mut written = false;
        for (i, line) in block.lines.iter().enumerate() {
            let words = line.words.get(taken..).unwrap_or_default();
            taken = 0;
            if words.is_empty() {
                continue;
            }
            if written {
                self.text.push('\n');
            }
            written = true;
            for (n, word) in words.iter().enumerate() {
                if n > 0 {
                    self.text.push(if word.gap == Gap::Cell { '\t' } else { ' ' });
                }
                let next = (n + 1 == words.len())
                    .then(|| block.lines.get(i + 1).and_then(|l| l.words.first()))
                    .flatten();
                let cut = next.and_then(|next| {
                    hyphen::join(&word.text, &next.text, compounds).map(|keep| (keep, next))
                });
                match cut {
                    Some((kept, next)) => {
                        self.word(page, word, kept);
                        self.word(page, next, &next.text);
                        taken = 1;
                    }
                    None => self.word(page, word, &word.text),
                }
            }
        }
    }

    fn word(&mut self, page: u32, word: &PrintedWord, text: &str) {
        let start = self.text.len();
        self.text.push_str(text);
        if self.text.len() > start {
            let span = Span::new(start, self.text.len());
            if word.repaired {
                self.repaired.push(span);
            }
            self.words.push(Word { span, page, bbox: word.bbox, confidence: word.confidence });
        }
    }
}

/// The text and words of printed pages.
pub(crate) fn compose(pages: &[PrintedPage]) -> (String, Vec<Word>) {
    let compounds = compounds_of(pages.iter());
    let mut composer = Composer::default();
    for page in pages {
        composer.page(page, &compounds);
    }
    let composed = composer.finish();
    (composed.text, composed.words)
}

/// Compounds written with their hyphen somewhere in these pages.
pub(crate) fn compounds_of<'p>(pages: impl Iterator<Item = &'p PrintedPage>) -> BTreeSet<String> {
    hyphen::compounds(pages.flat_map(PrintedPage::words).map(|w| w.text.as_str()))
}

/// The smallest rectangle around both.
pub(crate) fn around(a: BoundingBox, b: BoundingBox) -> BoundingBox {
    BoundingBox { x0: a.x0.min(b.x0), y0: a.y0.min(b.y0), x1: a.x1.max(b.x1), y1: a.y1.max(b.y1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(lines: &[&str]) -> PrintedPage {
        let bbox = BoundingBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };
        let line = |l: &&str| PrintedLine {
            words: l
                .split(' ')
                .map(|t| PrintedWord {
                    text: t.trim_start_matches('|').to_owned(),
                    bbox,
                    confidence: None,
                    gap: if t.starts_with('|') { Gap::Cell } else { Gap::Space },
                    repaired: false,
                })
                .collect(),
        };
        PrintedPage { blocks: vec![PrintedBlock { lines: lines.iter().map(line).collect() }] }
    }

    #[test]
    fn cut_words_are_joined_and_keep_their_two_places() {
        let (text, words) = compose(&[page(&["une hospi-", "talisation de jour"])]);
        assert_eq!(text, "une hospitalisation\nde jour\n");
        let shown: Vec<&str> = words.iter().map(|w| w.span.of(&text).unwrap()).collect();
        assert_eq!(shown, ["une", "hospi", "talisation", "de", "jour"]);
    }

    #[test]
    fn compounds_and_names_keep_their_hyphen() {
        let (text, _) =
            compose(&[page(&["M. Jean-", "Pierre prend rendez-", "vous post-", "opératoire"])]);
        assert_eq!(text, "M. Jean-Pierre\nprend rendez-vous\npost-opératoire\n");
        let (text, _) = compose(&[page(&["du chien-", "loup puis chien-loup"])]);
        assert_eq!(text, "du chien-loup\npuis chien-loup\n");
    }

    #[test]
    fn numbers_are_never_joined_and_pages_are_told_apart() {
        let (text, words) =
            compose(&[page(&["entre 10-", "12 |mmol/L"]), PrintedPage::default(), page(&["b"])]);
        assert_eq!(text, "entre 10-\n12\tmmol/L\n\u{c}\u{c}b\n");
        assert_eq!(words.last().map(|w| w.page), Some(2));
    }
}
