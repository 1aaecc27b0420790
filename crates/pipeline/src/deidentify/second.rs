//! The second reading: a text that was de-identified, read again by a stricter detector before it
//! leaves.
//!
//! Four readers are joined: the detector with more caution; every word of a name that was hidden
//! ([`Hidden`]), in any case, glued, cut by marks or with one letter misread; every number that was
//! hidden, however spaced; the known identity. Exactly the spans told are exempt, and the marks
//! (`[NOM]`). A residue that is `sure` blocks; the others are shown to a person.
//!
//! Units: bytes. Never fails on content.

use relu_record::Span;

use super::known::one_off;
use super::marked::marks;
use super::standin::{fold, is_particle, words};
use super::{Deidentifier, Identifier, Known, Label, Source, Workspace, gazetteer, hash};

/// What was hidden in a text: the words and numbers that must not be found again.
#[derive(Clone, Default)]
pub struct Hidden {
    names: Vec<(Vec<u8>, Label)>,
    numbers: Vec<(String, Label)>,
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hidden({} names, {} numbers)", self.names.len(), self.numbers.len())
    }
}

// Figures of a number that are enough to know it again.
const FIGURES: usize = 5;

impl Hidden {
    /// What the identifiers of a text hide.
    pub fn of(text: &str, found: &[Identifier]) -> Hidden {
        let mut hidden = Hidden::default();
        hidden.add(text, found);
        hidden
    }

    /// Adds what the identifiers of another text of the same document hide.
    pub fn add(&mut self, text: &str, found: &[Identifier]) {
        for f in found {
            let Some(written) = f.span.of(text) else { continue };
            if f.label.is_name() {
                for (_, word) in words(written) {
                    let folded = fold(word);
                    let letters = folded.iter().filter(|b| b.is_ascii_lowercase()).count();
                    let known = self.names.iter().any(|(n, _)| *n == folded);
                    if letters >= 3 && !is_particle(&folded) && !known {
                        self.names.push((folded, f.label));
                    }
                }
            } else if numbered(f.label) {
                let plain = plain(written);
                if plain.len() >= FIGURES && !self.numbers.iter().any(|(n, _)| *n == plain) {
                    self.numbers.push((plain, f.label));
                }
            }
        }
    }
}

/// Why something is thought to be left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// It is part of the known identity.
    Known,
    /// It was hidden elsewhere in the document.
    Hidden,
    /// It is written nearly as a name that was hidden.
    NearlyHidden,
    /// Its form.
    Form,
    /// Its context.
    Context,
}

impl Why {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Why::Known => "known",
            Why::Hidden => "hidden",
            Why::NearlyHidden => "nearly-hidden",
            Why::Form => "form",
            Why::Context => "context",
        }
    }
}

/// Something that may say who and is still there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Residue {
    /// Where, in the text read.
    pub span: Span,
    /// What it seems to be.
    pub label: Label,
    /// Which reader found it.
    pub why: Why,
    /// How sure, 0 to 1.
    pub certainty: f32,
    /// Whether it blocks.
    pub sure: bool,
}

// Added to the odds of being an identifier, on top of the caution of the first reading.
const STRICTER: f32 = 2.0;
// From this certainty on, what the tagger reads from context alone blocks.
const SURE: f32 = 0.98;

/// Reads `text` again; what lies in `exempt` or in a mark is not looked at. In order, without overlap.
pub fn second_reading(
    deidentifier: &Deidentifier,
    text: &str,
    exempt: &[Span],
    known: &Known,
    hidden: &Hidden,
    workspace: &mut Workspace,
) -> Vec<Residue> {
    let mut exempt = exempt.to_vec();
    exempt.extend(marks(text));
    exempt.sort_unstable_by_key(|s| (s.start, s.end));
    let mut out = Vec::new();
    hidden_again(deidentifier, text, hidden, &mut out);
    // A word or number found again is whole: one that touches an exempt span is that span's.
    out.retain(|r: &Residue| !exempt.iter().any(|e| e.overlaps(r.span)));
    deidentifier.read_again(text, &exempt, known, workspace);
    out.extend(workspace.found().iter().map(|f| residue(text, f, true)));
    deidentifier.read_again_stricter(text, &exempt, known, STRICTER, workspace);
    out.extend(workspace.found().iter().map(|f| residue(text, f, false)));
    settle(out)
}

fn residue(text: &str, f: &Identifier, usual: bool) -> Residue {
    let why = match f.source {
        Source::Known => Why::Known,
        Source::Form => Why::Form,
        Source::Context | Source::Repeated => Why::Context,
    };
    let digits = f.span.of(text).map_or(0, |w| w.bytes().filter(u8::is_ascii_digit).count());
    let sure = match why {
        Why::Known => true,
        Why::Form => !matches!(f.label, Label::Date | Label::Age) || digits >= 6,
        _ => usual && f.certainty >= SURE && f.source == Source::Context,
    };
    Residue { span: f.span, label: f.label, why, certainty: f.certainty, sure }
}

// Words and numbers that were hidden, found again.
fn hidden_again(d: &Deidentifier, text: &str, hidden: &Hidden, out: &mut Vec<Residue>) {
    if hidden.names.is_empty() && hidden.numbers.is_empty() {
        return;
    }
    for (start, word) in words(text) {
        let folded = fold(word);
        let span = Span::new(start, start + word.len());
        let ordinary = d.gazetteers.bits(hash::hash(&folded)) & gazetteer::WORD != 0;
        let small = word.chars().all(char::is_lowercase);
        if let Some((_, label)) = hidden.names.iter().find(|(n, _)| *n == folded) {
            // `petit` in small letters is a word again.
            let sure = !(ordinary && small);
            out.push(Residue { span, label: *label, why: Why::Hidden, certainty: 0.95, sure });
            continue;
        }
        if folded.len() >= 5
            && !ordinary
            && let Some(label) = nearly(hidden, &folded)
        {
            let sure = !small && folded.len() >= 6;
            let why = Why::NearlyHidden;
            out.push(Residue { span, label, why, certainty: 0.8, sure });
        }
    }
    numbers_again(text, hidden, out);
    spelt_out(text, hidden, out);
}

// One letter misread, or two hidden names written as one.
fn nearly(hidden: &Hidden, folded: &[u8]) -> Option<Label> {
    let off = |n: &[u8]| n.len() >= 6 && one_off(n, folded);
    let glued = |n: &[u8]| {
        let rest = folded.strip_prefix(n).filter(|r| r.len() >= 3);
        rest.is_some_and(|r| hidden.names.iter().any(|(o, _)| o == r))
    };
    hidden.names.iter().find(|(n, _)| off(n) || glued(n)).map(|(_, l)| *l)
}

// Numbers however spaced: runs of figures that only blanks and separators part.
fn numbers_again(text: &str, hidden: &Hidden, out: &mut Vec<Residue>) {
    if hidden.numbers.is_empty() {
        return;
    }
    let mut run: Vec<(usize, u8)> = Vec::new();
    let mut look = |run: &mut Vec<(usize, u8)>| {
        if run.len() >= FIGURES {
            let figures: String = run.iter().map(|(_, b)| char::from(*b)).collect();
            for (number, label) in &hidden.numbers {
                if let Some(at) = figures.find(number.as_str())
                    && let (Some((start, _)), Some((last, _))) =
                        (run.get(at), run.get(at + number.len() - 1))
                {
                    let span = Span::new(*start, last + 1);
                    let why = Why::Hidden;
                    out.push(Residue { span, label: *label, why, certainty: 0.99, sure: true });
                }
            }
        }
        run.clear();
    };
    let mut gap = 0;
    for (at, b) in text.bytes().enumerate() {
        if b.is_ascii_alphanumeric() {
            if !b.is_ascii_digit() && !run.is_empty() && gap > 0 {
                look(&mut run);
            }
            run.push((at, b.to_ascii_lowercase()));
            gap = 0;
        } else {
            gap += 1;
            if !matches!(b, b' ' | b'.' | b'-' | b'/') || gap > 3 {
                look(&mut run);
            }
        }
    }
    look(&mut run);
}

// A hidden name with its letters apart: `D U P O N T`, `D.U.P.O.N.T`.
fn spelt_out(text: &str, hidden: &Hidden, out: &mut Vec<Residue>) {
    let mut letters: Vec<(usize, usize, u8)> = Vec::new();
    let mut look = |letters: &mut Vec<(usize, usize, u8)>| {
        if letters.len() >= 4 {
            let joined: Vec<u8> = letters.iter().map(|l| l.2).collect();
            for (name, label) in hidden.names.iter().filter(|(n, _)| n.len() >= 4) {
                let at = joined.windows(name.len()).position(|w| w == name.as_slice());
                let ends = at.and_then(|at| letters.get(at).zip(letters.get(at + name.len() - 1)));
                if let Some((first, last)) = ends {
                    let span = Span::new(first.0, last.1);
                    let why = Why::Hidden;
                    out.push(Residue { span, label: *label, why, certainty: 0.9, sure: true });
                }
            }
        }
        letters.clear();
    };
    let mut end = 0;
    for (start, word) in words(text) {
        let near = text.get(end..start).is_some_and(|g| g.len() <= 2 && !g.contains('\n'));
        if !near || word.chars().count() > 1 {
            look(&mut letters);
        }
        end = start + word.len();
        if word.chars().count() == 1
            && let Some(b) = fold(word).first()
        {
            letters.push((start, end, *b));
        }
    }
    look(&mut letters);
}

// In order, without overlap: of two over one place the surer stays; what says more than the context
// goes before it, because a caller may think less of the context.
fn settle(mut all: Vec<Residue>) -> Vec<Residue> {
    let rank = |r: &Residue| (r.sure, r.why != Why::Context, r.certainty);
    all.sort_by(|a, b| {
        rank(b)
            .partial_cmp(&rank(a))
            .unwrap_or(std::cmp::Ordering::Equal)
            .then(a.span.start.cmp(&b.span.start))
    });
    let mut out: Vec<Residue> = Vec::new();
    for r in all {
        if !out.iter().any(|o| o.span.overlaps(r.span)) {
            out.push(r);
        }
    }
    out.sort_by_key(|r| r.span.start);
    out
}

fn numbered(label: Label) -> bool {
    matches!(
        label,
        Label::Tel
            | Label::Secu
            | Label::Ipp
            | Label::Nda
            | Label::Rpps
            | Label::Finess
            | Label::Iban
            | Label::Plaque
    )
}

fn plain(written: &str) -> String {
    written.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}
