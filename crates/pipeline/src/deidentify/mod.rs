//! De-identification: where a text says who, and the text without it.
//!
//! Shape: [`Deidentifier::find`] gives the [`Identifier`]s of a text, in order and without overlap;
//! [`mask`] writes the text with their labels in their place. Three sources are joined: what is known
//! of the patient ([`Known`]), identifiers that are recognised by their form (`rules`), and a tagger
//! that reads names, towns, hospitals, addresses and the kind of every number from their context
//! (`features`, `model`, `decode`). Lists of names are signs for the tagger, never the decision.
//!
//! Units: bytes of the text. Never fails on content. The model is `models/deid.bin`, with its card
//! beside it; `train` makes it.

mod decode;
mod features;
mod gazetteer;
mod hash;
mod known;
mod label;
mod marked;
mod mask;
mod model;
pub mod opposition;
mod passage;
mod pattern;
mod policy;
mod rules;
mod second;
mod spread;
mod standin;
mod train;
mod units;

#[cfg(test)]
mod tests;

use relu_record::Span;
use relu_text::words::{Scanner, Token};

pub use gazetteer::Lists;
pub use known::Known;
pub use label::Label;
pub use marked::{marks, outside};
pub use mask::mask;
pub use passage::{Given, Passage, mask_settled};
pub use policy::{Action, HEADER_PARTS, Policy, PolicyError, Ruling, Shift};
pub use second::{Hidden, Residue, Why, second_reading};
pub use standin::{Key, Person, Replacement, Rewriter, Rewritten, rewrite};
pub use train::{Example, Settings, train};

use decode::Trellis;
use features::Sign;
use gazetteer::Gazetteers;
use model::Model;
use rules::Rules;
use units::{Kind, Reader, Unit};

/// A part of a text that says who.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Identifier {
    /// Where.
    pub span: Span,
    /// What.
    pub label: Label,
    /// How sure, 0 to 1.
    pub certainty: f32,
    /// Which source found it.
    pub source: Source,
}

/// A source of identifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// What is known of the patient.
    Known,
    /// The form of a number or an address.
    Form,
    /// The tagger.
    Context,
    /// The same words stand elsewhere in the text, where the tagger is sure of them.
    Repeated,
}

impl Source {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Source::Known => "known",
            Source::Form => "form",
            Source::Context => "context",
            Source::Repeated => "repeated",
        }
    }
}

/// Its sheet in the register of functions. It proposes a text under a policy, on demand, and not the
/// values of a proposal set.
pub fn sheet() -> relu_record::Sheet {
    crate::function::sheet(include_str!("sheet.toml"))
}

/// The shipped model.
const MODEL: &[u8] = include_bytes!("../../models/deid.bin");

// What is added to the odds of being an identifier: a name let through costs more than a word masked.
// In running prose most capitals are drugs, acronyms and eponyms; elsewhere what is no ordinary word
// is masked sooner.
const CAUTION: [f32; 3] = [0.8, -1.5, 3.0];
// Bytes of a text read at once.
const PIECE: usize = 1 << 16;

/// Finds identifiers.
pub struct Deidentifier {
    rules: Rules,
    gazetteers: Gazetteers,
    scanner: Scanner,
    model: Model,
    colon: u32,
}

/// What one thread reuses from text to text.
#[derive(Default)]
pub struct Workspace {
    tokens: Vec<Token>,
    units: Vec<Unit>,
    signs: Vec<Sign>,
    trellis: Trellis,
    found: Vec<Identifier>,
    doubts: Vec<Identifier>,
    spread: spread::Spread,
}

impl Workspace {
    /// What was found, in order.
    pub fn found(&self) -> &[Identifier] {
        &self.found
    }

    /// What was left in the text although another reading of it was near: the second-best decisions,
    /// in order, for a person to look at.
    pub fn doubts(&self) -> &[Identifier] {
        &self.doubts
    }
}

impl Deidentifier {
    /// With the shipped model and lists.
    pub fn shipped() -> Result<Deidentifier, String> {
        Deidentifier::new(MODEL, Lists::SHIPPED)
    }

    /// With a model and lists. `Err` says what cannot be read.
    pub fn new(model: &[u8], lists: Lists<'_>) -> Result<Deidentifier, String> {
        Ok(Deidentifier {
            rules: Rules::shipped()?,
            gazetteers: Gazetteers::new(lists),
            scanner: Scanner::default(),
            model: Model::read(model).ok_or("modèle illisible")?,
            colon: hash::hash(b":"),
        })
    }

    /// The identifiers of a text of nobody known.
    pub fn find(&self, text: &str) -> Vec<Identifier> {
        let mut workspace = Workspace::default();
        self.read(text, &Known::default(), &mut workspace);
        workspace.found
    }

    /// The identifiers of `text`, in `workspace`.
    pub fn read(&self, text: &str, known: &Known, workspace: &mut Workspace) {
        self.read_stricter(text, known, 0.0, workspace);
    }

    // With more caution: `stricter` is added to the odds of being an identifier.
    pub(crate) fn read_stricter(
        &self,
        text: &str,
        known: &Known,
        stricter: f32,
        workspace: &mut Workspace,
    ) {
        let caution = CAUTION.map(|c| c + stricter);
        workspace.found.clear();
        workspace.doubts.clear();
        workspace.spread.clear();
        for (base, piece) in pieces(text) {
            self.piece(piece, base, known, caution, workspace);
        }
        let Workspace { found, doubts, .. } = workspace;
        doubts.retain(|d| {
            !found.iter().any(|f| f.span.start < d.span.end && d.span.start < f.span.end)
        });
    }

    fn piece(&self, text: &str, base: usize, known: &Known, caution: [f32; 3], w: &mut Workspace) {
        let reader =
            Reader { rules: &self.rules, gazetteers: &self.gazetteers, scanner: &self.scanner };
        reader.read(text, &mut w.tokens, &mut w.units);
        features::signs(&w.units, self.colon, false, &mut w.signs);
        w.trellis.run(&self.model, &w.units, &w.signs, caution);
        let from = w.found.len();
        collect(
            &self.gazetteers,
            text,
            &w.units,
            &w.trellis,
            self.model.scale,
            &mut w.found,
            &mut w.doubts,
        );
        w.spread.learn(&w.units, w.found.get(from..).unwrap_or_default());
        w.spread.apply(&w.units, from, &mut w.found);
        known.apply(text, &w.units, from, &mut w.found);
        bridge(text, w.found.get_mut(from..).unwrap_or_default());
        for i in w.found.iter_mut().skip(from) {
            i.span = Span::new(i.span.start + base, i.span.end + base);
        }
    }
}

// The pieces of a long text, cut at the end of a line where there is one.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut base = 0;
    std::iter::from_fn(move || {
        let rest = text.get(base..).filter(|r| !r.is_empty())?;
        let mut end = rest.len().min(PIECE);
        if end < rest.len() {
            let head = rest.as_bytes().get(..end)?;
            let cut = head.iter().rposition(|b| *b == b'\n');
            end = cut.or_else(|| head.iter().rposition(|b| *b == b' ')).map_or(end, |at| at + 1);
            while !rest.is_char_boundary(end) {
                end += 1;
            }
        }
        let piece = (base, rest.get(..end)?);
        base += end;
        Some(piece)
    })
}

// The identifiers that the states and the sure rules say.
fn collect(
    gazetteers: &Gazetteers,
    text: &str,
    units: &[Unit],
    trellis: &Trellis,
    scale: f32,
    found: &mut Vec<Identifier>,
    doubts: &mut Vec<Identifier>,
) {
    let from = found.len();
    let certainty = |margin: i32| 1.0 / (1.0 + (-margin as f32 * scale).clamp(-30.0, 30.0).exp2());
    for (i, (u, state)) in units.iter().zip(&trellis.path).enumerate() {
        let state = usize::from(*state);
        let (margin, rival) = trellis.margin.get(i).copied().unwrap_or((0, 0));
        let span = Span::new(u.start as usize, u.end as usize);
        let made = |label, source| Identifier { span, label, certainty: certainty(margin), source };
        match (label::label(state), u.sure) {
            (Some(label), _) => {
                let open = found.len() > from && label::continues(state);
                match found.last_mut().filter(|f| open && f.label == label) {
                    Some(last) => {
                        last.span.end = span.end;
                        last.certainty = last.certainty.min(certainty(margin));
                    }
                    None => found.push(made(label, Source::Context)),
                }
            }
            (None, Some(label)) => {
                found.push(Identifier { certainty: 1.0, ..made(label, Source::Form) });
            }
            (None, None) if certainty(margin) > 0.05 && u.kind != Kind::Mark => {
                doubts.extend(label::label(usize::from(rival)).map(|l| made(l, Source::Context)));
            }
            (None, None) => {}
        }
    }
    join(text, found, from);
    cut(text, found, from);
    trim(text, found, from, |words| {
        let known = |w: &str| gazetteers.bits(hash::word_hash(w)) & gazetteer::HOSPITAL != 0;
        let generic = ["clinique", "hopital", "hôpital", "universitaire"];
        generic.iter().any(|g| words.starts_with(g)) || words.split([' ', '-', '.']).any(known)
    });
}

// Two parts of one name that only a hyphen parts, or a small word in the name of a place.
fn join(text: &str, found: &mut Vec<Identifier>, from: usize) {
    let mut at = from + 1;
    while let (Some(a), Some(b)) = (found.get(at.wrapping_sub(1)).copied(), found.get(at).copied())
    {
        let between = text.get(a.span.end..b.span.start).unwrap_or(",");
        let near =
            between.len() <= 8 && !between.contains(['\n', ',', ';', ':', '/', '(', ')', '|']);
        let place = match a.label {
            Label::Hopital | Label::Adresse => near,
            Label::Ville => near && between.trim() != "et" && !between.trim().is_empty(),
            _ => false,
        };
        let worded = |l: Label| l.is_name() || matches!(l, Label::Ville | Label::Hopital);
        let glued = between == "-" && worded(a.label) && worded(b.label);
        if (a.label == b.label && place || glued) && b.source == Source::Context {
            if let Some(a) = found.get_mut(at - 1) {
                a.span = Span::new(a.span.start, b.span.end);
            }
            found.remove(at);
        } else {
            at += 1;
        }
    }
}

// The hyphen or apostrophe between two masked words goes with them; `clinique`, where no article
// makes it a common noun, is part of the name that follows.
fn bridge(text: &str, found: &mut [Identifier]) {
    let worded = |l: Label| l.is_name() || matches!(l, Label::Ville | Label::Hopital);
    for i in 0..found.len() {
        let Some(f) = found.get(i).copied() else { continue };
        let next = found.get(i + 1).copied();
        let between = next.and_then(|n| text.get(f.span.end..n.span.start));
        let tied = next.is_some_and(|n| worded(f.label) && worded(n.label))
            && matches!(between, Some("-" | "'" | "’"));
        let before = text.get(..f.span.start).unwrap_or("");
        let last = i.checked_sub(1).and_then(|k| found.get(k)).map_or(0, |p| p.span.end);
        let clinic = before.strip_suffix("clinique ").filter(|b| {
            f.label == Label::Hopital
                && b.len() >= last
                && !b.ends_with(char::is_alphabetic)
                && !b.ends_with("la ")
                && !b.ends_with("une ")
        });
        let Some(own) = found.get_mut(i) else { continue };
        if let (true, Some(n)) = (tied, next) {
            own.span = Span::new(own.span.start, n.span.start);
        }
        if let Some(rest) = clinic {
            own.span = Span::new(rest.len(), own.span.end);
        }
    }
}

// A name ends before a word in small letters that is too long for a particle (`de`, `van der`).
fn cut(text: &str, found: &mut [Identifier], from: usize) {
    for f in found.iter_mut().skip(from).filter(|f| f.label.is_name()) {
        let Some(words) = text.get(f.span.start..f.span.end) else { continue };
        let mut at = 0;
        for word in words.split_inclusive(|c: char| !c.is_alphabetic()) {
            let letters = word.trim_end_matches(|c: char| !c.is_alphabetic());
            let plain = letters.chars().next().is_some_and(char::is_lowercase);
            if at > 0 && plain && letters.len() >= 5 {
                f.span.end = f.span.start + at;
                break;
            }
            at += word.len();
        }
    }
}

// An identifier begins and ends with a letter or a digit, or with what belongs to one; a name or a
// town holds at least one capital.
fn trim(
    text: &str,
    found: &mut Vec<Identifier>,
    from: usize,
    known_hospital: impl Fn(&str) -> bool,
) {
    let mut at = from;
    while let Some(f) = found.get(at).copied() {
        let words = text.get(f.span.start..f.span.end).unwrap_or("");
        let inner = words.trim_end_matches(|c: char| !c.is_alphanumeric() && !"?)".contains(c));
        // The point of an initial, and the marks a rule took.
        let end = if words.get(inner.len()..).is_some_and(|w| w.starts_with('.'))
            && f.label == Label::Prenom
            && inner.chars().rev().take_while(|c| c.is_alphabetic()).count() <= 3
        {
            inner.len() + 1
        } else {
            inner.len()
        };
        let begin = words.len()
            - words.trim_start_matches(|c: char| !c.is_alphanumeric() && !"(+".contains(c)).len();
        let named = f.label.is_name() || f.label == Label::Ville;
        let plain = (named || f.label == Label::Hopital && !known_hospital(words))
            && !words.chars().any(char::is_uppercase);
        let digits = words.bytes().filter(u8::is_ascii_digit).count();
        let few = f.source == Source::Context && !f.label.digits().contains(&digits);
        let lone = f.label.is_name() && initials(words);
        if begin >= end
            || few
            || lone && !beside(text, found, at)
            || plain && f.source == Source::Context
            || !words.chars().any(char::is_alphanumeric)
        {
            found.remove(at);
            continue;
        }
        if let Some(kept) = found.get_mut(at) {
            kept.span = Span::new(f.span.start + begin, f.span.start + end);
        }
        at += 1;
    }
}

// Letters with their points and hyphens, and no word: `J.`, `M.-C`.
fn initials(words: &str) -> bool {
    words.split(|c: char| !c.is_alphanumeric()).all(|part| part.chars().count() <= 1)
}

// Whether initials stand beside a name, or after the title of a person: alone they are a type, a
// vitamin, a wave.
fn beside(text: &str, found: &[Identifier], at: usize) -> bool {
    let Some(f) = found.get(at) else { return false };
    let near = |a: usize, b: usize| {
        text.get(a..b).is_some_and(|t| t.len() <= 3 && !t.contains(|c: char| c.is_alphanumeric()))
    };
    let name = |o: &&Identifier| {
        o.label.is_name() && text.get(o.span.start..o.span.end).is_some_and(|w| !initials(w))
    };
    found.get(at + 1).filter(name).is_some_and(|o| near(f.span.end, o.span.start))
        || at > 0 && found.get(at - 1).filter(name).is_some_and(|o| near(o.span.end, f.span.start))
}
